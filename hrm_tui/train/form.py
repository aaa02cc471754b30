"""What to train: task, preset and minutes in one line, checked as they are chosen."""

from __future__ import annotations

import math

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input, Select, Static

from hrm.training.presets import PRESETS, preset_names
from hrm_tui.train.process import NewRun
from puzzles import domains

LONGEST = 100_000.0
"""Minutes, ten weeks; more is a slip of the finger."""


class TrainForm(Vertical):
    """Posts `Planned` when a person starts; says in its second line what a preset is, or what is
    wrong."""

    DEFAULT_CSS = """
    TrainForm {
        height: auto; padding: 0 1;
        #line { height: 1; }
        #line Static { width: auto; padding: 0 1; color: $text-muted; }
        #line .first { padding-left: 0; }
        #task { width: 12; }
        #preset { width: 19; }
        #minutes { width: 9; }
        Button { margin-left: 1; min-width: 9; }
        #about { height: 1; color: $text-muted; text-overflow: ellipsis; text-wrap: nowrap; }
        #about.wrong { color: $error; text-style: bold; }
    }
    """

    class Planned(Message):
        """Begin to train this."""

        def __init__(self, plan: NewRun) -> None:
            super().__init__()
            self.plan = plan

    class Changed(Message):
        """The form says something else; `plan` is None where it is wrong."""

        def __init__(self, plan: NewRun | None) -> None:
            super().__init__()
            self.plan = plan

    def compose(self) -> ComposeResult:
        with Horizontal(id="line"):
            yield Static("task", classes="first plain")
            tasks = [(kind.name, kind.name) for kind in domains() if kind.levels]
            yield Select(tasks, allow_blank=False, value=tasks[0][1], id="task", compact=True)
            yield Static("preset", classes="plain")
            yield Select(
                _presets(tasks[0][1]), allow_blank=False, value="mini", id="preset", compact=True
            )
            yield Static("minutes")
            yield Input("5", id="minutes", compact=True, tooltip="Of training, in all")
            yield Button("Start", id="start", compact=True, variant="primary")
        yield Static(id="about", markup=False)

    @property
    def chosen_task(self) -> str:
        return str(self.query_one("#task", Select).value)

    def choose(self, task: str) -> None:
        """Offer to train this, if it can be generated."""
        chooser = self.query_one("#task", Select)
        if any(kind.name == task and kind.levels for kind in domains()):
            chooser.value = task

    def focus_start(self) -> None:
        """So that enter begins."""
        self.query_one("#start", Button).focus()

    def plan(self) -> NewRun:
        """Raises ValueError with a sentence where a field is wrong."""
        text = self.query_one("#minutes", Input).value.strip()
        try:
            minutes = float(text)
        except ValueError:
            minutes = math.nan
        if not 0 < minutes <= LONGEST:
            raise ValueError(f"minutes: a number above 0, up to {LONGEST:,.0f}")
        return NewRun(self.chosen_task, str(self.query_one("#preset", Select).value), minutes)

    @on(Select.Changed, "#task")
    def _list_presets(self) -> None:
        presets = self.query_one("#preset", Select)
        chosen = presets.value
        offered = _presets(self.chosen_task)
        with presets.prevent(Select.Changed):
            presets.set_options(offered)
            names = [name for _, name in offered]
            presets.value = chosen if chosen in names else names[0]
        self._judge()

    @on(Input.Changed)
    @on(Select.Changed, "#preset")
    def _judge(self) -> None:
        line = self.query_one("#about", Static)
        try:
            plan: NewRun | None = self.plan()
        except ValueError as error:
            plan = None
            line.update(Content(str(error)))
        else:
            line.update(Content(PRESETS[str(self.query_one("#preset", Select).value)].about))
        line.set_class(plan is None, "wrong")
        self.query_one("#start", Button).disabled = plan is None
        self.post_message(self.Changed(plan))

    @on(Input.Submitted)
    @on(Button.Pressed)
    def _start(self) -> None:
        try:
            plan = self.plan()
        except ValueError:
            return  # which the line below says already
        self.post_message(self.Planned(plan))


def _presets(task: str) -> list[tuple[str, str]]:
    return [(name, name) for name in preset_names(task)]
