"""The layout of a scene: a title, the board as large as it can be, and the words below it."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from rich.style import Style
from rich.text import Text

from hrm.movie.scenes import Scene
from hrm.styles import Palette, picture_lines
from hrm.terminal import clean_line
from puzzles.drawing.picture import Room

LEAST = (40, 16)
"""Columns and lines without which there is no room for a board and its words."""

NARROWEST = 70
"""Columns that the words take where the board is narrower, if there are so many."""

GAUGE = 21
"""Columns of the gauge, an odd number: its middle is where continuing turns into halting."""

_BESIDES = 2
"""Lines that are always there besides board and words: the title and the heading."""

_MOST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Stage:
    """A screen of `columns` × `rows` characters; `palette` has the styles of the roles."""

    columns: int
    rows: int
    palette: Palette

    @property
    def room(self) -> Room:
        """The room for the board if one line is left for words."""
        return self.palette.room(self.columns, self.rows - _BESIDES - 1)

    def lines(self, title: str, scene: Scene, note: str = "") -> list[Text]:
        """Exactly `rows` lines, none wider than the stage; `note` is beside the title."""
        board = picture_lines(scene.picture, self.palette)[: self.room.rows]
        widest = max((line.cell_len for line in board), default=0)
        width = min(self.columns, max(widest, NARROWEST))
        left = (self.columns - width) // 2
        free = self.rows - len(board) - _BESIDES
        gap = [Text()] if free >= 4 else []
        words = min(free - 2 * len(gap), _MOST_WORDS)
        shown = [_title(title, note, width), *gap, *_centred(board, widest, width), *gap]
        shown.append(self._heading(scene, width))
        # a single line may be longer than the others
        shown += self._words(scene, width if words > 1 else self.columns - left, words)
        lines = [Text() for _ in range((self.rows - len(shown)) // 2)]
        for line in shown:
            line.truncate(self.columns - left)
            line.pad_left(left)
            lines.append(line)
        return lines + [Text() for _ in range(self.rows - len(lines))]

    def _heading(self, scene: Scene, width: int) -> Text:
        heading = Text().append(clean_line(scene.heading, width), Style(bold=True))
        if scene.halting is not None:
            self._put_gauge(heading, scene, scene.halting, width)
        return heading

    def _words(self, scene: Scene, width: int, lines: int) -> Iterator[Text]:
        said = [part for words in scene.words for part in textwrap.wrap(clean_line(words), width)]
        if len(said) > lines:
            said = [*said[: lines - 1], _shortened(" ".join(said[lines - 1 :]), width)]
        for number in range(lines):
            yield Text(said[number] if number < len(said) else "", self._style(scene))

    def _style(self, scene: Scene) -> Style:
        if scene.ended:
            role = {True: "new", False: "broken", None: "unsure"}[scene.solved]
            return self.palette.styles.get(role, Style())
        return Style(dim=scene.old)

    def _put_gauge(self, heading: Text, scene: Scene, share: float, width: int) -> None:
        """Put the gauge at the right, if there is room: `chance 1 in 830 ━━━━━━━━──┼──────────`."""
        dim = Style(dim=True)
        gauge = Text.assemble(("chance ", dim), f"{scene.chance} ", *self._gauge(share))
        free = width - heading.cell_len - gauge.cell_len
        if free > 1:
            heading.append(" " * free)
            heading.append_text(gauge)

    def _gauge(self, share: float) -> Iterator[tuple[str, Style]]:
        full, middle = round(GAUGE * share), GAUGE // 2
        marks = ["━" if place < full else "─" for place in range(GAUGE)]
        marks[middle] = "┿" if middle < full else "┼"
        bar = "".join(marks)
        strong = self.palette.styles.get("new" if share > 0.5 else "path", Style())
        yield bar[:full], strong
        yield bar[full:], self.palette.styles.get("line", Style())


def _centred(board: list[Text], widest: int, width: int) -> Iterator[Text]:
    """Pad all lines by the same number of columns, because the lines of a board differ in
    length."""
    before = max(0, width - widest) // 2
    for line in board:
        line.pad_left(before)
        yield line


def _title(title: str, note: str, width: int) -> Text:
    line = Text().append(clean_line(title, width), Style(bold=True))
    free = width - line.cell_len - len(note)
    if note and free > 1:
        line.append(" " * free).append(note, Style(dim=True))
    return line


def _shortened(text: str, width: int) -> str:
    """As many whole sentences as fit; if not even one does, its beginning and `…`."""
    whole = text[: width + 1].rpartition(". ")[0]
    return f"{whole}." if whole else clean_line(text, width)
