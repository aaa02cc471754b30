"""The app: which screen is shown, which puzzle they share, and the dialogs that choose another."""

from __future__ import annotations

import asyncio
import gc
import os
import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar

from textual import work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.events import Event, Paste
from textual.reactive import reactive
from textual.screen import Screen

from hrm.errors import UserError
from hrm.terminal import clean, clean_line
from hrm_tui.commands import binding_ids, commands, is_key, taken_keys
from hrm_tui.crashes import QuietApp
from hrm_tui.dialogs.base import error_text
from hrm_tui.dialogs.help import HelpScreen
from hrm_tui.dialogs.questions import QUESTIONS, enter, which_of
from hrm_tui.engine import Engine
from hrm_tui.recent import keep_draft, kept_draft, remember
from hrm_tui.screens import (
    PLACES,
    WIDTHS,
    MayStay,
    PlaysUnasked,
    ShowsPuzzle,
    ShowsTrace,
    screen_class,
)
from hrm_tui.settings import Settings, keep_theme, kept_theme, usable_keys
from hrm_tui.sources import Chosen, Current, doubt_of, first_of, read_pasted
from hrm_tui.themes import THEMES, first_theme, with_visible_lines
from puzzles.contract.guard import DomainError
from puzzles.errors import PuzzleError

_FUNCTION_KEY = re.compile(r"f\d+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """What the app shows first. `model` is empty for the usual one; a `trace` needs no puzzle;
    `autoplay` lets the model think about the puzzle unasked."""

    chosen: Chosen
    screen: str = "solve"
    trace: Path | None = None
    model: str = ""
    autoplay: bool = False


class HrmApp(QuietApp[None]):
    """`current` is the puzzle that all screens show; a screen that shows it has `load`.

    `engine_state` says while the engine is loading, and then where it computes or why it cannot.
    """

    TITLE = "hrm"
    CSS_PATH = "app.tcss"
    # the first screen at once, and not after an empty one: a tenth of the time of the start
    DEFAULT_MODE = "solve"
    HORIZONTAL_BREAKPOINTS = WIDTHS
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "f1",
            "help",
            "Help",
            id="help",
            tooltip="What this screen does, and its keys",
        ),
        *(
            Binding(
                place.keys,
                f"visit('{name}')",
                place.label or name.capitalize(),
                id=f"visit.{name}",
                tooltip=place.purpose,
                show=name == "play",
            )
            for name, place in PLACES.items()
        ),
        Binding("n", "enter", "New", id="new", tooltip="Type or paste a puzzle"),
        *(
            Binding(
                question.key,
                f"ask('{name}')",
                question.title,
                id=name,
                tooltip=question.purpose,
                show=question.shown,
            )
            for name, question in QUESTIONS.items()
        ),
        Binding(
            "O",
            "another",
            "Another",
            id="another",
            show=False,
            tooltip="Another puzzle of the file you opened",
        ),
        Binding(
            "q",
            "quit",
            "Quit",
            id="quit",
            show=False,
            tooltip="Quit; so do ^q anywhere, and ^c where no text is selected",
        ),
        Binding("ctrl+q", "quit", show=False, priority=True),
    ]

    engine_state: reactive[str] = reactive("loading the engine…")

    def __init__(self, engine: Engine, settings: Settings, start: Start) -> None:
        # without colour Textual mixes greys, unless its colours are those of the terminal
        super().__init__(ansi_color=True if "NO_COLOR" in os.environ else None)
        self.engine, self.settings, self.start = engine, settings, start
        self.current = start.chosen.at(0)
        self._file: Chosen | None = None  # the last one with several puzzles
        if start.model:
            engine.chosen[self.current.task] = start.model
        self.draft = self._kept_draft = kept_draft()
        self._older_drafts: list[str] = []
        self._loaded: dict[str, Current] = {}
        for name in PLACES:
            self.add_mode(name, partial(_make_screen, name))
        for theme in THEMES:
            self.register_theme(theme)
        self._known_theme = first_theme(
            self.settings.theme,
            kept_theme(),
            available=tuple(self.available_themes),
            colour=not self.no_color,
        )
        # set before anything is drawn: a change of theme applies every style again
        self.set_reactive(HrmApp.theme, self._known_theme)

    def get_key_display(self, binding: Binding) -> str:
        """`F3` and `⇧←`, as keyboards have it."""
        shown = super().get_key_display(binding).replace("shift+", "⇧")
        return shown.upper() if _FUNCTION_KEY.fullmatch(shown) else shown

    def get_css_variables(self) -> dict[str, str]:
        return with_visible_lines(super().get_css_variables())

    async def on_mount(self) -> None:
        problems = [*self.settings.problems, *self._apply_keys()]
        if self.settings.theme and self.settings.theme not in self.available_themes:
            problems.append(f"config.toml: there is no theme {clean_line(self.settings.theme, 40)}")
        await self.action_visit(self.start.screen)
        if self.start.trace is not None and isinstance(self.screen, ShowsTrace):
            self.screen.load_trace(self.start.trace)
        elif self.start.autoplay and isinstance(self.screen, PlaysUnasked):
            self.screen.play_unasked()
        for problem in problems:
            self.notify(problem, severity="warning", markup=False)
        self._load_engine()
        if len(self.start.chosen.puzzles) > 1:
            self._take_first()

    @work(exclusive=True, group="dialog")
    async def _take_first(self) -> None:
        await self.take(self.start.chosen)

    def _apply_keys(self) -> tuple[str, ...]:
        """Take over the file's keys; returns what was wrong with them."""
        if not self.settings.keys:
            return ()
        for name in PLACES:
            screen_class(name)  # their bindings have to be known, as those of the dialogs
        for name in ("edit", "enter", "open"):
            import_module(f"hrm_tui.dialogs.{name}")
        keys, problems = usable_keys(self.settings, binding_ids(), is_key)
        self.set_keymap(keys)
        return (*problems, *taken_keys(keys, type(self)))

    @work
    async def _load_engine(self) -> None:
        """Load it after the first picture, which a dialog that opens at once keeps from being
        drawn."""
        drawn = asyncio.Event()
        self.call_after_refresh(drawn.set)
        with suppress(TimeoutError):
            await asyncio.wait_for(drawn.wait(), 0.25)
        gc.freeze()  # what was imported stays
        gc.enable()
        try:
            await asyncio.to_thread(self.engine.load)
        except UserError as error:
            self.engine_state = error.message
            self.notify(error_text(error), severity="error", markup=False)
        else:
            self.engine_state = self.engine.place
            self._doubt(self.current)

    async def action_visit(self, name: str) -> None:
        """Show a screen with the current puzzle; what it did with that puzzle before is kept."""
        await self.switch_mode(name)
        self._show_current()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "visit" or parameters[0] != self.current_mode

    def _show_current(self) -> None:
        screen = self.screen_stack[0]  # help may lie above it
        if (
            isinstance(screen, ShowsPuzzle)
            and self._loaded.get(self.current_mode) is not self.current
        ):
            self._loaded[self.current_mode] = self.current
            screen.load(*self.current)

    async def take(self, chosen: Chosen | None) -> bool:
        """Show what a dialog returned; of several puzzles the person chooses one, or none."""
        if chosen is not None and len(chosen.puzzles) > 1:
            self._file = chosen
            chosen = await self.push_screen_wait(which_of(chosen))
        if chosen is None:
            return False
        self.current = chosen.at(0)
        self._doubt(self.current)
        self._remember()
        if chosen.trace is not None or not isinstance(self.screen_stack[0], ShowsPuzzle):
            await self.switch_mode("solve")
        self._show_current()
        screen = self.screen_stack[0]
        if chosen.trace is not None and isinstance(screen, ShowsTrace):
            screen.load_trace(chosen.trace)
        return True

    def use_model(self, task: str, name: str) -> None:
        """Solve puzzles of `task` with this model from the next start on; empty: the default."""
        self.engine.chosen[task] = name
        self._loaded.pop("solve", None)  # that screen keeps what it thought with the one before

    async def solve_with(self, task: str, name: str) -> None:
        """Show the solve screen with another model, and a puzzle that it is for."""
        self.use_model(task, name)
        if self.current.task != task:
            self.current = first_of(task).at(0)
        await self.action_visit("solve")

    @work(exclusive=True, group="doubt")
    async def _doubt(self, current: Current) -> None:
        doubt = await asyncio.to_thread(doubt_of, current)
        if doubt and self.current is current:
            self.notify(doubt, severity="warning", timeout=15, markup=False)

    def _remember(self) -> None:
        try:
            remember(self.current)
        except (OSError, UserError) as error:
            self.notify(
                f"The list of recent puzzles is not kept: {error}", severity="warning", markup=False
            )

    @work(exclusive=True, group="dialog")
    async def action_ask(self, question: str) -> None:
        """Show one of `QUESTIONS` and take its answer."""
        try:
            dialog = QUESTIONS[question].dialog(self.current)
        except (DomainError, UserError) as error:
            self.notify(error_text(error), severity="warning", markup=False)
            return
        await self.take(await self.push_screen_wait(dialog))

    @work(exclusive=True, group="dialog")
    async def action_enter(self) -> None:
        if await self.take(await self._ask_text(self.draft, self._keep_draft)):
            self.draft = self._older_drafts.pop() if self._older_drafts else ""

    async def _ask_text(self, text: str, keep: Callable[[str], None]) -> Chosen | None:
        return await self.push_screen_wait(enter(self.current, text, keep))

    @work(exclusive=True, group="dialog")
    async def action_another(self) -> None:
        if self._file is None:
            self.notify("No file with several puzzles was opened yet.", markup=False)
        else:
            await self.take(self._file)

    def _keep_draft(self, text: str) -> None:
        self.draft = text

    def action_help(self) -> None:
        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen))

    async def action_quit(self) -> None:
        self.action_help_quit()

    def action_help_quit(self) -> None:
        """Ctrl-C, where no field uses it to copy, does what it does elsewhere."""
        if not any(worker.name == "_leave" for worker in self.workers):
            self._leave()

    @work(group="dialog")  # not exclusive: who stays comes back to the dialog that was open
    async def _leave(self) -> None:
        """Quit, if no screen has a person stay, and no dialog that lies on one."""
        for name in PLACES:
            with suppress(KeyError):  # it was never shown
                for screen in self.get_screen_stack(name):
                    if isinstance(screen, MayStay) and not await screen.may_leave():
                        return
        self.exit()

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        return commands(self, screen)

    async def on_event(self, event: Event) -> None:
        """Pasted text is outside text: it is cleaned before any widget sees it."""
        if isinstance(event, Paste) and not event.is_forwarded:
            event.text = clean(event.text.replace("\r\n", "\n").replace("\r", "\n"))
        await super().on_event(event)

    def on_paste(self, event: Paste) -> None:
        """A paste that no field took is meant as a puzzle."""
        if isinstance(self.screen, ShowsPuzzle) and event.text.strip():
            self._take_pasted(event.text)

    @work(exclusive=True, group="dialog")
    async def _take_pasted(self, text: str) -> None:
        try:
            chosen = await asyncio.to_thread(read_pasted, text, self.current.task)
        except (PuzzleError, UserError):
            # says what is wrong with it; an unfinished text stays if this one becomes a puzzle, or
            # is left as it came
            before = self.draft

            def keep(changed: str) -> None:
                self.draft = before if changed == text else changed

            if await self.take(await self._ask_text(text, keep)):
                self.draft = before
            elif before.strip() and self.draft != before:
                self._older_drafts.append(before)
                self.notify("The text you had begun before comes back after this one: n, twice.")
        else:
            await self.take(chosen)

    def watch_theme(self, name: str) -> None:
        if self._known_theme and name != self._known_theme:
            self._known_theme = name
            try:
                keep_theme(name)
            except (OSError, UserError) as error:
                self.notify(f"The theme is not kept: {error}", severity="warning", markup=False)

    def save_state(self) -> None:
        """What only memory holds; everything else is saved when it changes."""
        text = "\n\n".join(filter(str.strip, [*self._older_drafts, self.draft]))
        if text == self._kept_draft:
            return  # another app may have kept one since
        with suppress(OSError, UserError):  # no screen is left for an error
            keep_draft(text)


def _make_screen(name: str) -> Screen[Any]:
    return screen_class(name)()
