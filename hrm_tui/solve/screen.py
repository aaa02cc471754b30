"""Watching a model think: the solve screen's keys, and where their messages go."""

from __future__ import annotations

import time
from asyncio import to_thread
from pathlib import Path
from typing import Any, ClassVar, Protocol, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.events import Resize
from textual.geometry import clamp
from textual.screen import ModalScreen, Screen
from textual.timer import Timer

from hrm.errors import UserError
from hrm.solving.recording import read_recording
from hrm.terminal import clean_line
from hrm_tui.dialogs.base import error_text
from hrm_tui.dialogs.pick import Choice, PickDialog
from hrm_tui.engine import Engine
from hrm_tui.screens import WIDTHS
from hrm_tui.solve.exporting import export
from hrm_tui.solve.keys import KEYS
from hrm_tui.solve.layout import FOLDING, HEIGHTS, LOW
from hrm_tui.solve.playback import SOONEST, WAIT
from hrm_tui.solve.solving import Solving
from hrm_tui.solve.thinker import Ended, Opened, Progressed, Received, Thinker
from hrm_tui.solve.timeline import Timeline
from hrm_tui.solve.view import ShownMoment, SolveView
from hrm_tui.sources import Current
from hrm_tui.widgets.board import Board
from hrm_tui.widgets.key_line import KeyLine
from puzzles.errors import PuzzleError

UNASKED = 1.0
"""Seconds for which the first puzzle is shown before the model begins by itself."""


class _HasEngine(Protocol):
    engine: Engine


class SolveScreen(Screen[None]):
    """Thinking runs ahead in a thread and is buffered; what is shown follows at its own speed."""

    HELP = (
        "HRM, the Hierarchical Reasoning Model, is a small recurrent network. It fills in the "
        "whole puzzle at once, then revises it, segment by segment, and decides by itself when to "
        "stop.\n\n"
        "The board shows what it believes: the stronger a mark, the surer it is.\n"
        "halting: after each segment it estimates the chance that its answer is right, and weighs "
        "stopping against continuing, on a logarithmic scale. Right of the middle it wants to "
        "stop. It continues all the same if the answer breaks a rule.\n"
        "segments: how many cells it is less than 90 % sure of, how many it changed, and how many "
        "rules its answer breaks.\n"
        "inside: a segment has high-level cycles, in each of which the slow state is updated once "
        "and the fast state several times. The curves show how far each update moves them: they "
        "fall as the network settles on an answer."
    )
    DEFAULT_CSS = FOLDING
    HORIZONTAL_BREAKPOINTS = WIDTHS
    VERTICAL_BREAKPOINTS = HEIGHTS
    BINDINGS: ClassVar[list[BindingType]] = [*KEYS]

    def __init__(self) -> None:
        super().__init__()
        self._solving: Solving | None = None
        self._thinker: Thinker | None = None
        self._clock: Timer | None = None
        self._frame: tuple[object, ...] = ()
        self._soon = False
        self._since = 0.0

    def on_mount(self) -> None:
        if hasattr(self.app, "engine_state"):  # an app that loads its engine in a worker
            self.watch(self.app, "engine_state", self.on_screen_resume, init=False)

    def on_resize(self, event: Resize) -> None:
        for name, lines in LOW.items():
            self.set_class(event.size.height < lines, name)

    def compose(self) -> ComposeResult:
        yield SolveView()
        yield KeyLine()

    @property
    def _engine(self) -> Engine:
        return cast(_HasEngine, self.app).engine

    @property
    def solving(self) -> Solving:
        """There is one from the first `load` on; `check_action` keeps the keys back before it."""
        assert self._solving is not None
        return self._solving

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "strip" and self._solving is not None and not self._solving.kind.adapts:
            return False  # there are no demonstrations
        return self._solving is not None or not any(
            isinstance(binding, Binding) and binding.action.startswith(action)
            for binding in self.BINDINGS
        )

    def load(self, task: str, puzzle: Any, source: str) -> None:
        """Show another puzzle, ready to think; whatever was thought about the old one ends."""
        if self._thinker is None:
            self._thinker = Thinker(self, self._engine)
        self._thinker.forget()
        before = self._solving
        self._solving = Solving(
            Current(task, puzzle, source), self._thinker, self._engine.chosen.get(task, "")
        )
        if before is not None:
            self._solving.playback.speed = before.playback.speed
            if task == before.current.task:
                self._solving.single = before.single
        self._set_clock()
        self._refresh()

    def play_unasked(self) -> None:
        self._soon = True
        self._refresh()
        self.set_timer(UNASKED, self._begin_unasked)

    def _begin_unasked(self) -> None:
        self._soon = False
        untouched = self._solving is not None and not self._solving.begun
        if untouched and self.app.screen is self:
            self.action_play()

    @work(exclusive=True, group="trace")
    async def load_trace(self, path: Path) -> None:
        """Play a saved trace; keys that need a model then start it on the trace's puzzle."""
        before = self._solving
        try:
            recording = await to_thread(read_recording, path)
        except UserError as error:
            self.notify(error_text(error), severity="error", markup=False)
            return
        if self._solving is not before:
            return  # another puzzle was chosen meanwhile
        first = recording.domain.published(recording.puzzles[0])
        self.load(recording.domain.name, first, path.name)
        for event in recording.of(0):
            self.solving.take(event)
        self.solving.playback.go(0)
        self.solving.playback.playing = True
        if len(recording.puzzles) > 1:
            self._say(f"The trace has {len(recording.puzzles)} puzzles; this is the first.")
        self._refresh()

    def use_model(self, name: str, task: str) -> None:
        """Solve puzzles of `task` with another model from the next start on, here and beside a
        player; empty for the usual one."""
        self._engine.chosen[task] = name
        if self._solving is not None and self._solving.current.task == task:
            self._solving.model = name

    def _refresh(self) -> None:
        solving = self.solving
        shown = ShownMoment(
            kind=solving.kind,
            puzzle=solving.puzzle,
            source=solving.current.source,
            playback=solving.playback,
            moment=solving.moment(soon=self._soon),
            place=self._engine.place or str(getattr(self.app, "engine_state", "")),
            state=solving.state(),
            model=solving.model,
            exact=solving.exact,
        )
        self.query_one(SolveView).show(shown)

    def _say(self, text: str) -> None:
        if text:
            self.notify(clean_line(text), markup=False)

    # what the thread says

    @on(Opened)
    def _opened(self, message: Opened) -> None:
        if not message.stale:
            self.solving.thinker.keep(message)

    @on(Received)
    def _received(self, message: Received) -> None:
        if not message.stale:
            self.solving.take(message.event)
            self._refresh()

    @on(Progressed)
    def _progressed(self, message: Progressed) -> None:
        if not message.stale:
            self.solving.update = message.update
            self._refresh()

    @on(Ended)
    def _ended(self, message: Ended) -> None:
        if not message.stale:
            self.solving.thinker.end()
            self.solving.message = "" if message.error is None else error_text(message.error)
            if message.error is None:
                self.solving.wake()
            self._refresh()

    def on_screen_suspend(self) -> None:
        if self._solving is not None and not isinstance(self.app.screen, ModalScreen):
            self._solving.rest()  # a dialog is only a moment

    def on_screen_resume(self) -> None:
        if self._solving is not None:
            self._refresh()

    def on_unmount(self) -> None:
        if self._thinker is not None:
            self._thinker.cancel()

    # transport

    def _set_clock(self, seconds: float = WAIT) -> None:
        if self._clock is not None:
            self._clock.stop()
        self._clock = self.set_timer(seconds, self._tick)

    def _tick(self) -> None:
        """Show the next frame when this one has been shown for its time."""
        playback, now = self.solving.playback, time.monotonic()
        frame = playback.frame
        if frame != self._frame:
            self._frame, self._since = frame, now
        if now - self._since >= playback.delay and self.solving.tick():
            self._frame = playback.frame
            self._since = now
            self._refresh()
        left = self._since + playback.delay - now
        self._set_clock(clamp(left, SOONEST, WAIT))

    def action_play(self) -> None:
        self.solving.play()
        self._refresh()

    def action_step(self, frames: int) -> None:
        self.solving.step(frames)
        self._refresh()

    def action_leap(self, segments: int) -> None:
        self._go(self.solving.playback.position + segments)

    def action_first(self) -> None:
        self._go(0)

    def action_last(self) -> None:
        self.solving.follow()
        self._refresh()

    @on(Timeline.Chosen)
    def _scrub(self, message: Timeline.Chosen) -> None:
        self._go(message.position)

    def _go(self, position: int) -> None:
        self.solving.go(position)
        self._refresh()

    def action_speed(self, by: int) -> None:
        self.solving.playback.change_speed(by)
        self._refresh()

    # what is asked of the model

    def action_restart(self) -> None:
        self.solving.restart()
        self._refresh()

    def action_longer(self) -> None:
        self._say(self.solving.longer())
        self._refresh()

    def action_copies(self) -> None:
        self._say(self.solving.copies())
        self._refresh()

    def action_single(self) -> None:
        self.solving.single = not self.solving.single
        follow = "vote" if self.solving.kind.adapts else "follow a wrong answer"
        others = f"{self.solving.others} {follow}"
        self._say(f"From the next start on, {'a single pass' if self.solving.single else others}.")

    @work(exclusive=True, group="exact")
    async def action_exact(self) -> None:
        """Show the exact answer until another frame is asked for, or hide it again."""
        solving = self.solving
        try:
            hidden = solving.exact is not None
            answers = [] if hidden else await to_thread(solving.kind.solve, solving.puzzle)
        except PuzzleError as error:
            self.notify(error_text(error), severity="error", markup=False)
            return
        solving.exact = answers[0] if answers else None
        if answers:
            solving.playback.playing = False
            self._say("This is one of several answers." if len(answers) > 1 else "")
        elif not hidden:
            exact = solving.kind.exact
            self._say("This puzzle has no solution." if exact else "There is no known answer.")
        self._refresh()

    @work(exclusive=True, group="dialog")
    async def action_model(self) -> None:
        before = self.solving
        task = before.current.task
        try:
            models = await to_thread(self._engine.models, task)
        except UserError as error:
            self.notify(error_text(error), severity="error", markup=False)
            return
        if self.app.screen is not self or self.solving is not before:
            return  # the person has gone elsewhere, or on to another puzzle
        lines = [Choice(model.name, model.name, model.description) for model in models]
        name = await self.app.push_screen_wait(PickDialog(f"Models for {task}", lines))
        if name is not None:
            self.use_model(name, task)
            self.action_restart()

    # what lies beside the model

    @work(exclusive=True, group="dialog")
    async def action_export(self) -> None:
        try:
            written = await export(self, self.solving)
        except (UserError, PuzzleError, OSError) as error:
            self.notify(error_text(error), severity="error", markup=False)
        else:
            self._say(f"Written to {written}." if written else "")

    def action_inside(self) -> None:
        self.query_one(SolveView).toggle_class("unfolded")

    def action_cursor(self, rows: int, columns: int) -> None:
        self.query_one(SolveView).board.move_cursor(rows, columns)

    def action_strip(self, columns: int, rows: int) -> None:
        """By half of what is seen."""
        strip = self.query_one("#strip", Board)
        width, height = strip.size
        strip.scroll_relative(x=columns * width // 2, y=rows * height // 2, animate=False)
