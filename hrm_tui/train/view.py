"""The train screen's widgets and where they lie: curves, sample puzzle, runs."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from hrm.terminal import clean, clean_line
from hrm.training.standing import RunInfo
from hrm_tui.train.form import TrainForm
from hrm_tui.train.sample import SamplePanel
from hrm_tui.train.shown import RunHistory, ShownRun
from hrm_tui.widgets.charts import Chart

_TALL = 26
"""Lines from which on there is room for a table beside both charts."""


_LEAST = 8
"""Characters of the run's name, which is left out where the state leaves room for fewer."""


class TrainView(Vertical):
    """Draws what it is given; knows nothing of processes or threads."""

    DEFAULT_CSS = """
    TrainView {
        #headline, #command { height: 1; padding: 0 1; }
        #command { color: $text-muted; text-overflow: ellipsis; text-wrap: nowrap; }
        #said { height: auto; max-height: 4; padding: 0 1; color: $accent; }
        #said.wrong { color: $error; text-style: bold; }
        #middle { height: 1fr; }
        #curves { width: 1fr; }
        #where { height: 1; padding: 0 1; color: $text-muted; text-overflow: ellipsis; }
        #where { text-wrap: nowrap; }
        #levels { height: auto; max-height: 8; padding: 0 1; margin-top: 1; display: none; }
        .panel { border: round $border-blurred; border-title-color: $text-muted; padding: 0 1; }
        #sample-panel { width: 36; }
        #sample-said { height: auto; max-height: 2; }
        #runs-panel { height: 5; }
        OptionList { height: 1fr; padding: 0; background: $background; }
        OptionList, OptionList:focus { border: none; }
    }
    """

    def compose(self) -> ComposeResult:
        yield Static(id="headline", markup=False)
        yield TrainForm()
        yield Static(id="said", markup=False)
        yield Static(id="where", markup=False)
        with Horizontal(id="middle"):
            with Vertical(id="curves"):
                yield Chart("loss", none="no step yet", id="loss")
                yield Chart(
                    "solved, held out",
                    low=0.0,
                    high=1.0,
                    percent=True,
                    none="not measured yet",
                    id="solved",
                )
                yield Static(id="levels", markup=False)
            yield SamplePanel()
        with Vertical(id="runs-panel", classes="panel") as runs:
            runs.border_title = "runs"
            yield OptionList(id="runs", markup=False)
        yield Static(id="command", markup=False)

    @property
    def runs(self) -> OptionList:
        return self.query_one("#runs", OptionList)

    @property
    def sample(self) -> SamplePanel:
        return self.query_one(SamplePanel)

    def show(self, shown: ShownRun) -> None:
        """The run's name and state, its course so far, and how long it still takes."""
        self._show_headline(shown.folder.name if shown.folder else "", shown.words())
        self._show_figures(shown.figures)
        goes_on = shown.standing is None or shown.standing.going_on
        course = shown.figures.line(goes_on=goes_on)
        where = course if shown.folder is not None else "Enter on Start begins a run."
        self.query_one("#where", Static).update(Content(where))

    def _show_headline(self, what: str, state: str) -> None:
        left = "hrm ▸ train"
        for_name = self.size.width - len(left) - len(state) - 7
        if what and for_name >= _LEAST:
            left += f" ▸ {clean_line(what, min(for_name, 60))}"
        free = max(2, self.size.width - 2 - len(left) - len(state))
        text = Content.assemble((left, "bold"), " " * free, (state, "bold $accent"))
        self.query_one("#headline", Static).update(text)

    def _show_figures(self, figures: RunHistory) -> None:
        points = [(step.step, step.loss) for step in figures.steps]
        loss = f"{points[-1][1]:.3g}" if points else ""
        self.query_one("#loss", Chart).show(points, loss)
        solved = [(event.step, event.solved / max(1, event.count)) for event in figures.evaluations]
        newest = ""
        if figures.evaluations:
            last = figures.evaluations[-1]
            newest = f"{last.solved} of {last.count} ({solved[-1][1]:.1%})"
        self.query_one("#solved", Chart).show(solved, newest)
        levels = self.query_one("#levels", Static)
        table = figures.levels(self.query_one("#curves").size.width - 2)
        levels.display = bool(table) and self.size.height >= _TALL
        levels.update(Content(table))

    def show_command(self, command: str) -> None:
        self.query_one("#command", Static).update(Content(f"$ {clean_line(command, 500)}"))

    def say(self, text: str, *, wrong: bool = False) -> None:
        line = self.query_one("#said", Static)
        line.display = bool(text)
        self.query_one("#about").display = not text  # there is no room for both
        line.update(Content(clean(text)))
        line.set_class(wrong, "wrong")

    def show_runs(self, runs: Sequence[RunInfo]) -> None:
        """The cursor stays on its run."""
        before = self.runs.highlighted_option
        self.runs.clear_options()
        self.runs.add_options([Option(_line(run), id=str(run.folder)) for run in runs])
        names = [str(run.folder) for run in runs]
        if names:
            kept = before.id if before is not None and before.id in names else names[0]
            self.runs.highlighted = names.index(kept or names[0])
        panel = self.query_one("#runs-panel")
        panel.set_class(not runs, "empty")
        panel.border_title = (
            "runs · enter watch, again solve with it · r resume · i keep · d default"
        )


def _line(run: RunInfo) -> Text:
    text = Text(f"{clean_line(run.folder.name, 40):<24}", no_wrap=True, overflow="ellipsis")
    text.append(f" {run.standing.state:<10}", "bold")
    text.append(f" {clean_line(run.task, 8):<6} step {run.step:<6,}", "dim")
    if run.evaluated is not None:
        text.append(f" solved {run.evaluated.solved} of {run.evaluated.count}")
    return text
