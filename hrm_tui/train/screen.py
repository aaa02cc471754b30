"""The training screen: start a run, watch it, pause it, resume an earlier one.

The training itself is a process of its own, see `hrm_tui.train.process`; this screen reads its
files.
"""

from __future__ import annotations

import time
from asyncio import to_thread
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import OptionList

from hrm.errors import UserError
from hrm.store.manage import add
from hrm.store.registry import set_default
from hrm.terminal import clean, clean_line
from hrm.training.events import Evaluated, Saved
from hrm.training.standing import RUNS, RunInfo, has_model, runs_in, task_of
from hrm_tui.dialogs.base import error_text
from hrm_tui.dialogs.name import NameDialog
from hrm_tui.dialogs.pick import Choice, PickDialog
from hrm_tui.screens import WIDTHS
from hrm_tui.train.follow import POLL, Follower, Learned
from hrm_tui.train.form import TrainForm
from hrm_tui.train.process import HRM, NewRun, as_typed, ask_to_stop, resume_arguments, start
from hrm_tui.train.sample import PACE, Sampler, Tried
from hrm_tui.train.shown import ShownRun
from hrm_tui.train.view import TrainView
from hrm_tui.widgets.key_line import KeyLine, binding
from puzzles import names

if TYPE_CHECKING:
    from hrm_tui.app import HrmApp

LOOK_EVERY = 20.0
"""Seconds between looks for a newer checkpoint."""

_key = partial(binding, "train")


class TrainScreen(Screen[None]):
    """`program` stands in for `hrm`, `root` is the folder of the runs; `look_every` and `poll` are
    seconds between looks for a newer checkpoint and for news of the run."""

    HELP = (
        "Train a model of your own: choose a task, a preset (how large the model is) and minutes, "
        "then Start. The loss says how wrong it is on what it trains on; below it is how many "
        "puzzles it solves that it never saw. The board shows what its newest checkpoint makes of "
        "one puzzle.\n\n"
        "The run is a process of its own: it continues while you use the other screens, and after "
        "the app has closed if you want that. Whatever stops it, it saves first and can be "
        "resumed."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        _key("space", "pause", "Pause", "Save and end the run's process; again resumes"),
        _key("s", "stop", "Stop", "Save and end the run; it can be resumed"),
        _key("r", "resume", "Resume", "Resume the run under the cursor"),
        _key("i", "keep", "Keep", "Keep the model of the run under the cursor under a name"),
        _key("d", "make_default", "Default", "Use the model of the run under the cursor"),
        _key("c", "copy", "Copy command", "Copy the command line to the clipboard", shown=False),
        _key("ctrl+r", "refresh_list", "Refresh", "Look again for runs", shown=False),
    ]
    AUTO_FOCUS = "#runs"
    DEFAULT_CSS = """
    TrainScreen.-normal #sample-panel { width: 43; }
    TrainScreen.-wide {
        #sample-panel { width: 60; }
        #runs-panel { height: 14; }
    }
    TrainScreen.-short {
        #sample-panel { border: none; border-top: solid $border-blurred; }
        #runs-panel { height: 3; border: none; border-top: solid $border-blurred; }
    }
    TrainScreen.-alone #sample-panel, TrainScreen.-alone #line Static { display: none; }
    TrainScreen.-alone, TrainScreen.-slim {
        #line .plain { display: none; }
        #preset { width: 12; }
        #minutes { width: 5; }
    }
    TrainScreen.-alone #task { width: 11; }
    TrainScreen #runs-panel.empty { display: none; }
    """
    HORIZONTAL_BREAKPOINTS = [  # noqa: RUF012
        (0, "-alone"),
        (56, "-slim"),
        (76, "-narrow"),
        *WIDTHS[1:],
    ]
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012  (as Textual has it)

    def __init__(
        self,
        *,
        root: Path = RUNS,
        program: Sequence[str] = HRM,
        look_every: float = LOOK_EVERY,
        poll: float = POLL,
        pace: float = PACE,
    ) -> None:
        super().__init__()
        self._root, self._program, self._look_every = root, program, look_every
        self._pace = pace
        self._runs: list[RunInfo] = []
        self._shown = ShownRun()
        self._command = ""
        self._keys: tuple[bool, ...] = ()
        self._follower = Follower(self, poll)

    def compose(self) -> ComposeResult:
        yield TrainView()
        yield KeyLine(own=4)

    def on_mount(self) -> None:
        self._sampler = Sampler(self, self._hrm_app.engine, self._pace)
        self.set_interval(self._look_every, self._try_newest)
        self.view.say("")
        self.query_one(TrainForm).choose(self._hrm_app.current.task)
        self.view.sample.show_puzzle_of(self.query_one(TrainForm).chosen_task)
        self._draw()
        self._list()

    def on_unmount(self) -> None:
        self._follower.leave()

    @property
    def _hrm_app(self) -> HrmApp:
        return cast("HrmApp", self.app)

    @property
    def view(self) -> TrainView:
        return self.query_one(TrainView)

    # what is shown

    def _draw(self) -> None:
        shown = self._shown
        self.view.show(shown)
        keys = (shown.can_stop, shown.can_go_on)
        if keys != self._keys:  # the footer is made anew for it
            self._keys = keys
            self.refresh_bindings()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "pause":
            return self._shown.can_stop or self._shown.can_go_on
        if action in ("resume", "keep", "make_default"):
            return bool(self._runs)
        return self._shown.can_stop if action == "stop" else True

    def _try_newest(self) -> None:
        if self._sampler.look():
            self.view.sample.say("loading the newest checkpoint")

    @on(TrainForm.Changed)
    def _show_plan(self, event: TrainForm.Changed) -> None:
        self.view.say("")
        if self._shown.folder is None and event.plan is not None:
            self._show_command(event.plan.arguments())
            self.view.sample.show_puzzle_of(event.plan.task)

    def _show_command(self, arguments: Sequence[str]) -> None:
        self._command = as_typed(arguments)
        self.view.show_command(self._command)

    def action_copy(self) -> None:
        self.app.copy_to_clipboard(clean(self._command))
        self.notify("The command is in the clipboard, if the terminal allows it.", markup=False)

    # the list

    def action_refresh_list(self) -> None:
        self._list()

    def on_screen_resume(self) -> None:
        self._list()

    @work(exclusive=True, group="list")
    async def _list(self) -> None:
        """Read the runs again; one that is training is shown if nothing else is."""
        self._runs = await to_thread(runs_in, self._root)
        self.view.show_runs(self._runs)
        self.refresh_bindings()
        if not self._runs and self.focused is self.view.runs:
            self.query_one(TrainForm).focus_start()
        going_on = [run.folder for run in self._runs if run.standing.state == "training"]
        if going_on and self._shown.folder is None:
            self._watch(going_on[0], resume_arguments(going_on[0]))
            self.view.say("This run went on while the app was closed.")

    def _chosen(self) -> RunInfo | None:
        place = self.view.runs.highlighted
        return self._runs[place] if place is not None and place < len(self._runs) else None

    @on(OptionList.OptionSelected, "#runs")
    async def _look_at(self) -> None:
        """Watch the run; again, once it has ended, solve with it."""
        run = self._chosen()
        if run is None:
            return
        if run.folder != self._shown.folder:
            self._watch(run.folder, resume_arguments(run.folder))
        elif not self._shown.training and self._chosen_with_model() is not None:
            await self._hrm_app.solve_with(run.task, str(run.folder))

    def _chosen_with_model(self) -> RunInfo | None:
        """The run under the cursor, if it has a model that can be used; else says why not."""
        run = self._chosen()
        if run is None:
            self.view.say("There is no run yet; start one above.")
        elif not has_model(run.folder):
            self.view.say(f"{clean_line(run.folder.name, 60)} has saved no model yet.")
        elif run.task not in names():
            self.view.say("Its puzzles are not known here.", wrong=True)
        else:
            return run
        return None

    @work(exclusive=True, group="dialog")
    async def action_keep(self) -> None:
        run = self._chosen_with_model()
        if run is None:
            return
        name = await self.app.push_screen_wait(NameDialog(run.folder.name))
        if not name:
            return
        try:
            kept = await to_thread(add, run.folder, name)
        except UserError as error:
            self.view.say(error_text(error), wrong=True)
        else:
            self.view.say(f"Kept as {kept.name}; F4 lists it, m on the solve screen chooses it.")

    @work(exclusive=True, group="default")
    async def action_make_default(self) -> None:
        run = self._chosen_with_model()
        if run is None:
            return
        name = str(run.folder.resolve())
        try:
            await to_thread(set_default, run.task, name)
        except UserError as error:
            self.view.say(error_text(error), wrong=True)
            return
        self._hrm_app.use_model(run.task, "")
        self.view.say(f"{run.task} uses this run's model from now on; F4 changes that.")

    # one run

    @on(TrainForm.Planned)
    def _begin(self, event: TrainForm.Planned) -> None:
        folder = self._root / time.strftime(f"{event.plan.task}-%Y%m%d-%H%M%S")
        self._launch(folder, event.plan.arguments(folder), event.plan)

    def action_resume(self) -> None:
        run = self._chosen()
        if run is None:
            self.view.say("There is no run to resume; start one above.")
        elif run.standing.state == "elsewhere":
            self.view.say("Another process seems to train it; resume it once that has ended.")
        elif run.standing.state == "finished":
            longer = as_typed(["train", "--resume", str(run.folder), "--minutes", "N"])
            self.view.say(f"It is trained to its end. To go on: {clean_line(longer)}")
        else:
            self._launch(run.folder, resume_arguments(run.folder))

    def _launch(self, folder: Path, arguments: Sequence[str], plan: NewRun | None = None) -> None:
        if why := self._shown.in_the_way(self._root):
            self.view.say(why, wrong=True)
            return
        try:
            child = start(folder, arguments, self._program)
        except UserError as error:
            self.view.say(error_text(error), wrong=True)
            return
        self._follower.adopt(child)
        self._watch(folder, arguments, plan.task if plan else "")
        self.view.runs.focus()
        self._list()

    def _watch(self, folder: Path, arguments: Sequence[str], task: str = "") -> None:
        """Show this run from its beginning and follow it; one that was shown before continues."""
        self._shown.pass_on_stop(at_once=True)
        self._shown = ShownRun(folder)
        self.view.say("")
        self._show_command(arguments)
        self.view.sample.show_puzzle_of(task or task_of(folder))
        self._sampler.begin(folder, self.view.sample.sample)
        self._follower.follow(folder)
        self._draw()

    @on(Learned)
    def _learn(self, event: Learned) -> None:
        if event.stale:
            return
        figures = self._shown.figures
        begins = figures.last is None
        for new in event.events:
            figures.add(new)
        begun = begins and figures.last is not None  # only now the list has it
        if begun or any(isinstance(new, Evaluated | Saved) for new in event.events):
            self._list()  # which says how far it is
        first, self._shown.standing = self._shown.standing is None, event.standing
        if not event.standing.going_on:
            self._end(failed=event.standing.state == "failed")
        elif self._shown.stopping:
            self._shown.pass_on_stop()
        if first:
            self._try_newest()
        self._draw()

    def _end(self, *, failed: bool) -> None:
        self._shown.stopping = self._shown.asked = False
        self._try_newest()
        self.view.say(self._shown.outcome(), wrong=failed)
        self._list()

    @on(Tried)
    def _show_try(self, event: Tried) -> None:
        if not event.stale:
            self.view.sample.show(event.frame, event.sentence)

    # pausing, stopping, leaving

    def action_pause(self) -> None:
        if self._shown.folder is not None and self._shown.can_go_on:
            self._launch(self._shown.folder, resume_arguments(self._shown.folder))
        else:
            self._stop(paused=True)

    def action_stop(self) -> None:
        self._stop(paused=False)

    def _stop(self, *, paused: bool) -> None:
        self._shown.paused, self._shown.stopping = paused, True
        self._shown.pass_on_stop()
        self._draw()

    async def may_leave(self) -> bool:
        """Ask what becomes of the runs, if there are any; False where the person stays."""
        self._shown.pass_on_stop(at_once=True)
        training = self._shown.still_training(self._root)
        if not training:
            return True
        lines = [
            Choice("stop", "Stop it", "it saves, and can be resumed"),
            Choice("go on", "Let it train on", "this screen finds it again"),
        ]
        names = ", ".join(sorted(clean_line(folder.name, 60) for folder in training))
        answer = await self.app.push_screen_wait(PickDialog(f"Being trained: {names}", lines))
        if answer == "stop":
            for folder in training:
                ask_to_stop(folder)
        return answer is not None
