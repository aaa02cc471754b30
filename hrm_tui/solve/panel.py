"""Why the model stops or continues: which segment it is, and the sentence."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from textual.content import Content
from textual.widgets import Static

from hrm.events import Finished, Segment, Update
from hrm.solving.wording import brief, caption, learning_lines, place, reasons, sentence, verdict
from hrm.terminal import clean
from hrm_tui.solve.playback import Playback

STYLE_OF = {True: "bold $success", False: "bold $error", None: "bold $warning"}
_ABOUT = (
    "A small neural network fills in all cells at once, then revises its whole answer, segment by "
    "segment, until it is sure. Stronger means surer."
)
_ABOUT_SHORT = "A neural network fills in all cells, then revises them until it is sure."
_ABOUT_LEARNING = (
    "The network has never seen this task. It trains on the demonstrations until it reproduces "
    "them; then it answers the test many times, and the answers vote."
)
_ABOUT_LEARNING_SHORT = "A neural network trains on the demonstrations, then its answers vote."
"""For who has never heard of it, where there is room."""

_LEARNING = "It begins to learn from the demonstrations…"

_READY = """Press space to let the model think.

← and → then step through what it thought; here it says why it stopped or went on.

p solves the puzzle yourself, g makes another one, o opens a file, F1 shows all keys."""


_READY_LEARNING = """Press space to let the model learn the task from its demonstrations.

← and → then step through what it made of it; here it says how far it is.

p solves the task yourself, a finds another one by its id, o opens a file, F1 shows all keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What the panel shows beside the frame: whether thinking continues, how far it is inside its
    segment, what could be done about an answer that is wrong, a message in place of everything.
    `soon`: nobody has asked yet, but it begins by itself; `adapts`: it learns the task first."""

    running: bool = False
    soon: bool = False
    adapts: bool = False
    update: Update | None = None
    advice: str = ""
    message: str = ""


class ThinkingPanel(Static):
    """Redrawn for every frame and while a slow segment makes progress. With two lines or fewer it
    says only what matters most."""

    DEFAULT_CSS = "ThinkingPanel { height: 1fr; min-height: 1; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)
        self._frame: tuple[Playback, Moment] | None = None

    def show(self, playback: Playback, moment: Moment) -> None:
        self._frame = playback, moment
        self.refresh()

    def render(self) -> Content:
        if self._frame is None:
            return Content("")
        if self.size.height <= COMPACT:
            said = next(_lines(*self._frame, compact=True), Content(""))
            return said[: len(_fitting(said.plain, max(1, self.size.width), self.size.height))]
        lines = list(_lines(*self._frame))
        return Content("\n").join([*lines, *self._about(lines)])

    def _about(self, lines: list[Content]) -> Iterator[Content]:
        """A general explanation, if it fits below the text about the frame."""
        assert self._frame is not None
        playback, moment = self._frame
        width = max(1, self.size.width)
        if moment.message or playback.at_end:
            return
        learning = moment.adapts and not playback.segment
        said = textwrap.wrap(_ABOUT_LEARNING if learning else _ABOUT, width)
        used = sum(
            len(textwrap.wrap(part, width)) or 1 for one in lines for part in one.plain.split("\n")
        )
        if used + 1 + len(said) <= self.size.height:
            yield Content("")
            quiet = playback.segment is not None or bool(playback.adapted)
            yield Content.styled("\n".join(said), "$foreground-muted" if quiet else "")


COMPACT = 2
"""Lines of the panel where the window is narrow."""


def _fitting(text: str, width: int, lines: int) -> str:
    """`text` without the last of its sentences, and then of the parts of one, that there is no room
    for."""
    for end, kept in ((". ", "."), (", ", "")):
        while len(textwrap.wrap(text, width)) > lines and end in text:
            text = text.rpartition(end)[0] + kept
    return text


def _lines(playback: Playback, moment: Moment, *, compact: bool = False) -> Iterator[Content]:
    """The first one is what matters most; of a `compact` panel it is the only one."""
    if moment.message:
        yield Content.styled(clean(moment.message), "$warning")
        yield Content("")
    segment, end = playback.segment, playback.finished
    if playback.at_end and end is not None:
        yield from _ending(end, playback.segments, moment, compact=compact)
    elif segment is not None and compact:
        yield _said(playback, brief)
    elif segment is not None:
        yield Content.styled(place(segment, playback.cycle), "bold")
        yield _said(playback)
    elif playback.learned is not None:
        said = caption if compact else learning_lines
        yield Content(said(playback.learned))
    elif not moment.message:
        yield Content(_waiting(playback, moment, compact=compact))
    if moment.running and playback.position == playback.last and playback.segments:
        yield Content("")
        yield Content.styled(_progress(moment.update), "$foreground-muted")


def _said(playback: Playback, words: Callable[[Segment], str] = sentence) -> Content:
    """In the middle of a segment, the last decision, muted: a sentence that is gone after a third
    of a second cannot be read."""
    if playback.decided is None:
        return Content("It is working on its first answer.")
    said = words(playback.decided)
    return Content.styled(said, "$foreground-muted") if playback.inside else Content(said)


def _waiting(playback: Playback, moment: Moment, *, compact: bool) -> str:
    if moment.soon or (moment.running and not playback.started):
        about = _ABOUT_LEARNING_SHORT if moment.adapts else _ABOUT_SHORT
        return about if compact else "The model is loading and begins by itself."
    if moment.running:
        return _LEARNING if moment.adapts else _progress(moment.update)
    if playback.last:
        return "This is the puzzle; → is the first segment."
    return _READY_LEARNING if moment.adapts else _READY


def _progress(update: Update | None) -> str:
    if update is None:
        return "thinking…"
    step = f", step {update.step} of {update.steps}" if update.steps else ""
    return f"thinking: cycle {update.cycle} of {update.cycles}{step}"


def _ending(
    end: Finished, segments: list[Segment], moment: Moment, *, compact: bool
) -> Iterator[Content]:
    said = verdict(end, segments[-1] if segments else None)
    if compact and moment.advice:
        said = f"{said.split(': ')[0]}. {moment.advice}"
    yield Content.styled(said, STYLE_OF[end.solved])
    if moment.advice:  # before the reasons, of which the board marks the cells as well
        yield Content(moment.advice)
    if end.solved is False and end.reasons:
        yield Content(reasons(end.reasons[:2]))
