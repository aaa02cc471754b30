"""One dialog for every list: examples, levels, recent puzzles, ARC tasks, the puzzles of a file.

Typing filters, the puzzle under the cursor is drawn beside the list, enter takes it. Whatever can
take long - reading the list, a puzzle, making one - happens in a worker thread.
"""

from __future__ import annotations

from asyncio import sleep, to_thread
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from hrm.errors import UserError
from hrm.terminal import clean, clean_line
from hrm_tui.dialogs.base import Dialog, caption, error_text
from hrm_tui.sources import Chosen
from hrm_tui.widgets.board import Board
from puzzles import domain
from puzzles.contract.protocol import AnyDomain
from puzzles.drawing.montage import blocks, render
from puzzles.drawing.picture import Picture, Room
from puzzles.errors import PuzzleError

PAUSE = 0.15
"""Seconds that the cursor rests on a line before its puzzle is read or made."""

MOST_SHOWN = 500
"""Lines of the list; the filter reaches the others."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A line of the list and the puzzles it stands for; `read` may raise UserError, PuzzleError."""

    label: str
    detail: str
    read: Callable[[], Chosen]

    def matches(self, words: Sequence[str]) -> bool:
        text = f"{self.label} {self.detail}".casefold()
        return all(word in text for word in words)


class ChooseDialog(Dialog[Chosen]):
    """`gather` makes the list, in a worker thread; `working` is said while a puzzle is read."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "move(1)", "Next", show=False),
        Binding("up", "move(-1)", "Previous", show=False),
        Binding("pagedown", "move(10)", "Ten down", show=False),
        Binding("pageup", "move(-10)", "Ten up", show=False),
    ]
    HELP = "Type to narrow the list, choose with the arrow keys or the mouse, enter takes it."

    def __init__(
        self,
        title: str,
        gather: Callable[[], Sequence[Choice]],
        *,
        working: str = "reading…",
        none: str = "There is nothing to choose.",
    ) -> None:
        super().__init__()
        self._title, self._gather = title, gather
        self._working, self._none = working, none
        self._choices: Sequence[Choice] | None = None  # until they are read
        self._shown: list[Choice] = []
        self._previewed: Chosen | None = None

    def compose(self) -> ComposeResult:
        with Vertical(classes="box wide"):
            yield caption(self._title, "title")
            yield Input(placeholder="type to narrow the list", id="filter")
            with Horizontal():
                yield OptionList(id="list", markup=False)
                with Vertical(id="preview"):
                    yield Board(id="picture")
                    yield Static(id="remark", markup=False)
            yield caption("", "message")
            yield caption("enter take · ↑↓ choose · esc back", "keys")

    def on_mount(self) -> None:
        for board in self.query(Board):
            board.can_focus = False
        self.say("reading the list…")
        self._collect()

    @work
    async def _collect(self) -> None:
        try:
            self._choices = await to_thread(self._gather)
        except (UserError, PuzzleError) as error:
            self.complain(error)
            return
        self._refresh_list(self.query_one("#filter", Input).value)

    @on(Input.Changed, "#filter")
    def _narrow(self, event: Input.Changed) -> None:
        self._refresh_list(event.value)

    def _refresh_list(self, wanted: str) -> None:
        if self._choices is None:
            return
        words = wanted.casefold().split()
        found = [choice for choice in self._choices if choice.matches(words)]
        self._shown = found[:MOST_SHOWN]
        listed = self.query_one("#list", OptionList)
        listed.clear_options()
        listed.add_options([Option(_line(choice)) for choice in self._shown])
        listed.highlighted = 0 if self._shown else None
        if not self._shown:
            self._draw_preview(None)
        if not self._choices:
            self.say(self._none)
        elif not found:
            self.say(f"nothing matches “{wanted}”")
        else:
            rest = f"; the first {MOST_SHOWN} are shown" if len(found) > MOST_SHOWN else ""
            self.say(f"{len(found)} of {len(self._choices)}{rest}" if words or rest else "")

    def action_move(self, by: int) -> None:
        listed = self.query_one("#list", OptionList)
        if self._shown:
            wanted = (listed.highlighted or 0) + by
            listed.highlighted = max(0, min(len(self._shown) - 1, wanted))

    @on(OptionList.OptionHighlighted, "#list")
    def _highlight(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_index < len(self._shown):
            self._draw_preview(self._shown[event.option_index])

    @work(exclusive=True, group="preview")
    async def _draw_preview(self, choice: Choice | None) -> None:
        """Clears the preview of the choice before, so that moving fast through the list waits for
        nothing."""
        self._show_puzzle(None, "")
        if choice is None:
            return
        await sleep(PAUSE)
        self._show_puzzle(None, self._working)
        try:
            chosen = await to_thread(choice.read)
        except (UserError, PuzzleError) as error:
            self._show_puzzle(None, error_text(error))
        else:
            more = len(chosen.puzzles) - 1
            self._show_puzzle(chosen, f"and {more} more" if more else "")

    def _show_puzzle(self, chosen: Chosen | None, remark: str) -> None:
        """The first puzzle of a choice, as large as there is room."""
        self._previewed = chosen
        if not self.is_attached or not self.query(Board):
            return  # it was left meanwhile
        board, line = self.query_one("#picture", Board), self.query_one("#remark", Static)
        line.display = bool(remark)
        line.update(Content(clean(remark)))
        picture = Picture(())
        if chosen is not None:
            picture = _preview(domain(chosen.task), chosen.puzzles[0], board.room)
        board.show(picture)

    @on(Board.Resized, "#picture")
    def _draw_again(self) -> None:
        if self._previewed is not None:
            self._show_puzzle(self._previewed, str(self.query_one("#remark", Static).content))

    @on(Input.Submitted, "#filter")
    def _submit(self) -> None:
        highlighted = self.query_one("#list", OptionList).highlighted
        if highlighted is not None:
            self._take(self._shown[highlighted])

    @on(OptionList.OptionSelected, "#list")
    def _select(self, event: OptionList.OptionSelected) -> None:
        if event.option_index < len(self._shown):
            self._take(self._shown[event.option_index])

    @work(exclusive=True, group="take")
    async def _take(self, choice: Choice) -> None:
        self.say(self._working)
        try:
            chosen = await to_thread(choice.read)
        except (UserError, PuzzleError) as error:
            self.complain(error)
        else:
            self.dismiss(chosen)


def _preview(kind: AnyDomain, puzzle: Any, room: Room) -> Picture:
    """Of an ARC task the test comes first, as it is what tells the puzzles of one task apart."""
    if not kind.adapts:
        return render(kind, puzzle, room=room)
    test = blocks(render(kind, puzzle, room=replace(room, rows=room.rows // 2)))[-1]
    shown = blocks(render(kind, puzzle, room=room))[:-1]
    return Picture((*test.rows, *(row for block in shown for row in ((), *block.rows))))


def _line(choice: Choice) -> Text:
    line = Text(clean_line(choice.label, 60))
    if choice.detail:
        line.append(f"  {clean_line(choice.detail, 80)}", "dim")
    return line
