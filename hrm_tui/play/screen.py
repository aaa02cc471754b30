"""Playing by hand, with a model as a partner that gives hints, points ahead and races."""

from __future__ import annotations

import time
from asyncio import to_thread
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Key
from textual.screen import Screen

from hrm.errors import UserError
from hrm_tui.dialogs.base import error_text
from hrm_tui.dialogs.size import SizeDialog
from hrm_tui.play.moves import KEYS, MOVES, InputState, click, offered, type_key
from hrm_tui.play.partner import Foreseen, Partner, Raced, Reviewed, Then
from hrm_tui.play.race import PACE
from hrm_tui.play.saved import Autosave, SavedGames, puzzle_of
from hrm_tui.play.session import PlaySession, resumed
from hrm_tui.play.view import PLAY_WIDTHS, PlayView
from hrm_tui.sources import Chosen, Current, made
from hrm_tui.widgets.board import Board
from hrm_tui.widgets.key_line import KeyLine
from puzzles.contract.guard import DomainError
from puzzles.errors import PuzzleError
from puzzles.game import AnyGame, Forecast, new_game

if TYPE_CHECKING:
    from hrm_tui.app import HrmApp


class PlayScreen(Screen[None]):
    """`now` is the clock of the games, in seconds; `pace` that of a race, see `PACE`."""

    DEFAULT_CSS = """
    PlayScreen.-alone PlaySide { display: none; }
    PlayScreen.-slim PlaySide.-arc { width: 20; padding: 0 0 0 1; }
    PlayScreen.-wide PlaySide { width: 46; }
    PlayScreen.-alone.-high, PlayScreen.-slim.-high {
        .-words { layout: vertical; }
        .-words PlaySide {
            display: block; width: 1fr; height: auto; max-height: 3; padding: 0 1;
        }
        .-words Words { margin: 0; }
        .-words #quiet { height: 0; }
    }
    """
    HORIZONTAL_BREAKPOINTS = PLAY_WIDTHS
    VERTICAL_BREAKPOINTS = [(0, "-low"), (18, "-high")]  # noqa: RUF012  (as Textual has it)
    HELP = (
        "Solve the puzzle yourself. Arrow keys move, in a maze they walk; digits write, in ARC "
        "they paint. The first hint says where to look and why, the second gives the answer. "
        "Every move is saved: leave when you like. The cells that may not hold the same digit as "
        "the one under the cursor are tinted, equal digits are tinted more."
    )
    BINDINGS: ClassVar[list[BindingType]] = [binding for binding, _ in KEYS]
    AUTO_FOCUS = "#game"

    def __init__(self, *, now: Callable[[], float] = time.monotonic, pace: float = PACE) -> None:
        super().__init__()
        self._now, self._pace = now, pace
        self._games = SavedGames()
        self._autosave = Autosave(self, self._games)
        self._hand = InputState()
        self._round: PlaySession | None = None

    @property
    def round(self) -> PlaySession:
        assert self._round is not None  # `check_action` lets nothing through before `load`
        return self._round

    @property
    def game(self) -> AnyGame:
        return self.round.game

    @property
    def view(self) -> PlayView:
        return self.query_one(PlayView)

    @property
    def hrm_app(self) -> HrmApp:
        return cast("HrmApp", self.app)

    def compose(self) -> ComposeResult:
        yield PlayView()
        yield KeyLine(own=6)

    def on_mount(self) -> None:
        self._partner = Partner(self, self.hrm_app.engine)
        self.set_interval(1.0, self._tick)

    def load(self, task: str, puzzle: Any, source: str) -> None:
        """Play another puzzle, from where it was left if it was played before."""
        self._leave()
        try:
            self._round = resumed(self._games, task, puzzle, source, self._now)
        except UserError as error:
            self.notify(error_text(error), severity="warning", markup=False, timeout=10)
            self._round = PlaySession(new_game(task, puzzle), source, self._now)
        except PuzzleError as error:  # this kind of puzzle has no game
            self._refuse(error)
            return
        self._partner.begin(task, puzzle)
        self._hand.pencil = False
        self.view.open(self.round)
        self.round.start_clock()
        self.refresh_bindings()
        self.call_after_refresh(self._draw)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return offered(str(parameters[0]) if action == "play" else action, self._round)

    # the clock and the disk

    def _leave(self) -> None:
        """Stop clock and model, and save; a puzzle that was only looked at leaves no file, nor the
        place of a game that another app has gone on with."""
        if self._round is None:
            return
        self._partner.leave()
        self.round.watch.pause()
        if self.round.played:
            self._autosave.keep_now(self.round.saved())

    def on_screen_suspend(self) -> None:
        if self._round is not None:
            self.round.watch.pause()

    def on_screen_resume(self) -> None:
        if self._round is not None:
            self.round.start_clock()

    def on_unmount(self) -> None:
        self._leave()

    def _tick(self) -> None:
        if self._round is not None and self.round.watch.running and self._hand.timed:
            self.view.show_words(self.round, self._hand)

    def _draw(self) -> None:
        if self._round is None:
            return
        try:
            self.view.show(self.round, self._hand, self._partner.race)
        except DomainError as error:  # a game from outside that cannot be shown is not played on
            self._partner.leave()
            self._refuse(error)

    def _refuse(self, error: PuzzleError) -> None:
        """Play nothing, and say why."""
        self._round = None
        self.view.refuse(error_text(error))
        self.refresh_bindings()

    def _say(self, sentence: str) -> None:
        self.round.sentence = sentence
        self._draw()

    # moves

    def step(self, rows: int, columns: int) -> None:
        """What the board asks for: in a maze the path goes there, else the cursor."""
        if self._round is None or self._round.paused:
            return
        if self.game.head is not None:
            self._moved(self.game.step(rows, columns))
        else:
            self.view.board.move_cursor(rows, columns)

    @on(Board.Resized)
    @on(Board.CursorMoved, "#game")
    def _draw_again(self) -> None:
        self._draw()

    @on(Board.Clicked, "#game")
    def _click(self, event: Board.Clicked) -> None:
        with self._naming_faults():
            self._moved(click(self.game, self._hand, event.at, selected=event.selected))

    @on(Board.Clicked, "#colours")
    def _take_colour(self, event: Board.Clicked) -> None:
        self._hand.colour = event.at[1]
        self._draw()

    def on_key(self, event: Key) -> None:
        """Characters that a game writes beside the digits come before the keys of the screen."""
        with self._naming_faults():
            digit = self.game.digit_of(event.character or "") if self._round is not None else 0
            at = self.view.board.cursor
            if digit and at is not None and self.check_action("type", ()):
                event.stop()
                self._moved(self.game.write(at, digit, pencil=self._hand.pencil))

    @contextmanager
    def _naming_faults(self) -> Iterator[None]:
        """Say what failed in a game from outside where no action does, and play on."""
        try:
            yield
        except DomainError as error:
            self.notify(error_text(error), severity="error", markup=False, timeout=10)

    def action_type(self, key: str) -> None:
        """Write at the cursor. An action like the arrows', so that keys act in their order."""
        at = self.view.board.cursor
        if at is not None:
            self._moved(type_key(self.game, self._hand, at, key))

    def action_play(self, name: str) -> None:
        """Make one of `MOVES` at the cursor."""
        self._moved(MOVES[name](self.game, self._hand, self.view.board.cursor or (0, 0)))

    def _moved(self, did: bool) -> None:
        """Show, save and judge what a move did, if it did anything."""
        self.view.keep_cursor(self.game)
        if did:
            before = self.round.won
            if self.round.moved():
                self.round.sentence = f"{self.round.sentence} {self._partner.lose_race()}".strip()
                self._partner.review()
            if before and not self.round.won:
                self.view.show_choices(())
            self.refresh_bindings()
            self._autosave.keep(self.round.saved())
        self._draw()

    @on(Reviewed)
    def _show_review(self, event: Reviewed) -> None:
        """Say what the model needed and what can be played next."""
        if event.stale or not self.round.won:
            return
        self.round.level, self.round.needed = event.level, event.needed
        self.refresh_bindings()
        self.view.show_choices(self.round.choices())
        self._draw()

    def action_another(self) -> None:
        self._make(self.round.level)

    def action_harder(self) -> None:
        self._make(self.round.harder or self.round.level)

    @work(exclusive=True, group="make")
    async def _make(self, level: str) -> None:
        """Play a new puzzle, unless another was chosen while it was made."""
        before = self.hrm_app.current
        self._say(f"Making a puzzle ({level}) …")
        try:
            alike = self.game.domain.rules_like(self.game.puzzle)
            chosen = await to_thread(made, self.game.task, level, alike)
        except PuzzleError as error:
            self._say(error_text(error))
            return
        if self._still_wanted(before):
            await self.hrm_app.take(chosen)
        elif self.hrm_app.current is before:
            self.round.sentence = ""

    def _still_wanted(self, before: Current) -> bool:
        """Whether the person has neither chosen another puzzle since nor gone elsewhere, be it to a
        dialog: what was asked for earlier does not overrule what is done now."""
        return self.hrm_app.current is before and self.app.screen is self

    def action_check(self) -> None:
        self.round.check()
        self._draw()

    def action_pencil(self) -> None:
        self._hand.pencil = not self._hand.pencil
        self._draw()

    @work(exclusive=True, group="dialog")
    async def action_size(self) -> None:
        height, width = self.game.answer().shape
        size = await self.app.push_screen_wait(SizeDialog((height, width)))
        if size is not None:
            self._moved(self.game.resize(*size))

    def action_timer(self) -> None:
        self._hand.timed = not self._hand.timed
        self._draw()

    def action_pause(self) -> None:
        self.round.toggle_pause()
        self.refresh_bindings()
        self._draw()

    # the model

    def action_hint(self) -> None:
        if self.game.wants_forecast():
            self._foresee(self._give_hint)
        else:
            self._give_hint(self._partner.forecast)

    def _give_hint(self, forecast: Forecast | None) -> None:
        advice = self.round.hint(forecast)
        said = self.round.sentence
        if advice.played:
            self._moved(True)
            if not self.round.won:
                self.round.sentence = said
        self._draw()
        if advice.at is not None and self.game.head is None:
            self.view.board.put_cursor(advice.at)

    def action_where(self) -> None:
        self._foresee(self._show_next)

    def _show_next(self, forecast: Forecast | None) -> None:
        if forecast is not None:
            self.round.show_next(forecast)
        self._draw()

    def _foresee(self, then: Then) -> None:
        if not self._partner.foresee(then):
            learns = "The model learns the demonstrations; play on for a minute."
            self._say(learns if self.game.domain.adapts else "The model is thinking; play on.")

    @on(Foreseen)
    def _take_forecast(self, event: Foreseen) -> None:
        if event.error is not None and self._partner.expects(event):
            self.notify(error_text(event.error), severity="error", markup=False)
            self._say("The model cannot be asked.")
        self._partner.take(event)

    def action_race(self) -> None:
        """Start a race; one that is running ends and its board goes."""
        if self.round.won:
            self.round.sentence = "This game is over; x starts it again."
        else:
            watch = self.round.watch
            self._partner.toggle_race(self._pace, lambda: not watch.running)
        self._draw()

    @on(Raced)
    def _take_race(self, event: Raced) -> None:
        self._say(self._partner.take_race(event) or self.round.sentence)

    # other games and screens

    def action_look(self, rows: int, columns: int) -> None:
        self.view.demonstrations.scroll_relative(columns, rows, animate=False, force=True)

    async def action_solver(self) -> None:
        await self.hrm_app.action_visit("solve")

    @work(exclusive=True, group="latest")
    async def action_latest(self) -> None:
        before = self.hrm_app.current
        saved = await to_thread(self._games.latest, self.game)
        if not self._still_wanted(before):
            return
        if saved is None:
            self._say("There is no other unfinished game.")
            return
        await self.hrm_app.take(Chosen(saved.task, (puzzle_of(saved),), saved.source))
