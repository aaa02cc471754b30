"""Typing or pasting a puzzle as text, with every error shown beside the text that has it."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import Callable
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, TextArea

from hrm.errors import UserError
from hrm.terminal import clean
from hrm_tui.dialogs.base import Dialog, caption
from hrm_tui.sources import Chosen, read_pasted
from puzzles import domain
from puzzles.errors import PuzzleError
from puzzles.text.text_grid import counted

MOST_SAMPLE, WIDEST_SAMPLE = 16, 84
"""Lines of a sample, and columns, in which a Sudoku in one line has room."""


def sample_of(task: str) -> str:
    """What may be typed, in its shortest forms: an example as the domain writes it, and as it
    draws it where it reads its own drawing."""
    kind = domain(task)
    found = kind.find(kind.default_example) if kind.default_example else None
    if not found:
        return ""
    written = clean(kind.format(found[0])).strip("\n").split("\n")
    lines = [_cut(line) for line in written[:MOST_SAMPLE]]
    drawn = kind.render(found[0]).plain()
    try:
        readable = len(lines) == 1 and kind.parse(drawn) == [found[0]]
    except PuzzleError:
        readable = False
    more = ["", "or", "", *drawn.split("\n")] if readable else []
    return "\n".join(["for example", "", *lines, *more])


def _cut(line: str) -> str:
    return line if len(line) <= WIDEST_SAMPLE else f"{line[: WIDEST_SAMPLE - 1]}…"


class EnterDialog(Dialog[Chosen]):
    """Starts with `text`, which may already be wrong; `keep` is called with unfinished text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "accept", "Use it", id="enter.accept", priority=True),
        Binding("ctrl+e", "find_error", "Go to the error", id="enter.error", priority=True),
    ]
    HELP = (
        "Any common form is read: 81 characters or nine lines of Sudoku, a maze drawn with # S G, "
        "the JSON of an ARC task. Nothing typed is lost: it is still there the next time."
    )

    def __init__(self, task: str, text: str, keep: Callable[[str], None]) -> None:
        super().__init__()
        self._kind, self._first, self._keep = task, text, keep
        self._place: tuple[int, int] | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="box wide"):
            yield caption("Type or paste a puzzle", "title")
            yield TextArea(
                self._first,
                id="text",
                show_line_numbers=True,
                tab_behavior="focus",
                placeholder=sample_of(self._kind),
            )
            yield caption("", "message")
            with Horizontal(classes="buttons"):
                yield Button("Use it", id="accept", variant="primary")
                yield caption("ctrl+s use it · ctrl+e go to the error · esc back", "keys")

    def on_mount(self) -> None:
        self.query_one(TextArea).focus()
        self._glance()

    @on(TextArea.Changed)
    def _glance(self) -> None:
        self._keep(self.query_one(TextArea).text)
        self._read(accept=False)

    @on(Button.Pressed, "#accept")
    def action_accept(self) -> None:
        self._read(accept=True)

    @work(exclusive=True)
    async def _read(self, *, accept: bool) -> None:
        """Say what the text holds, or what is wrong with it and where."""
        text = self.query_one(TextArea).text
        self._place = None
        if not text.strip():
            self.say("A Sudoku, maze or ARC task in any usual form. On a board: esc, then e.")
            return
        try:
            chosen = await to_thread(read_pasted, text, self._kind)
        except (PuzzleError, UserError) as error:
            self.complain(error)
            if isinstance(error, PuzzleError) and error.line is not None:
                self._place = (error.line - 1, (error.column or 1) - 1)
            if accept:
                self.action_find_error()
            return
        self.say(counted(len(chosen.puzzles), f"{chosen.task} puzzle"))
        if accept:
            self.dismiss(chosen)

    def action_find_error(self) -> None:
        """Put the cursor where the error is; nothing if the text has none or it has no place."""
        if self._place is not None:
            area = self.query_one(TextArea)
            area.move_cursor(self._place, center=True)
            area.focus()
