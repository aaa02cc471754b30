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
from hrm_tui.train.shown import RunHistory
from hrm_tui.widgets.board import Board
from hrm_tui.widgets.charts import Chart
from puzzles.base import Picture


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
        #pair { height: 1fr; }
        #pair Chart { width: 1fr; }
        #where { height: 1; padding: 0 1; color: $text-muted; }
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
        with Horizontal(id="middle"):
            with Vertical(id="curves"):
                yield Static(id="where", markup=False)
                yield Chart("loss", none="no step yet", id="loss")
                yield Chart(
                    "solved, held out", low=0.0, high=1.0, none="not measured yet", id="solved"
                )
                with Horizontal(id="pair"):
                    yield Chart("segments", none="no step yet", id="segments")
                    yield Chart("examples/s", low=0.0, none="no step yet", id="speed")
            with Vertical(id="sample-panel", classes="panel") as sample:
                sample.border_title = "newest checkpoint"
                yield Board(id="sample")
                yield Static(id="sample-said", markup=False)
        with Vertical(id="runs-panel", classes="panel") as runs:
            runs.border_title = "runs"
            yield OptionList(id="runs", markup=False)
        yield Static(id="command", markup=False)

    def on_mount(self) -> None:
        self.query_one("#sample", Board).can_focus = False

    @property
    def runs(self) -> OptionList:
        return self.query_one("#runs", OptionList)

    def show_headline(self, what: str, state: str) -> None:
        left = f"hrm ▸ train{f' ▸ {clean_line(what, 60)}' if what else ''}"
        free = max(2, self.size.width - 2 - len(left) - len(state))
        text = Content.assemble((left, "bold"), " " * free, (state, "bold $accent"))
        self.query_one("#headline", Static).update(text)

    def show_figures(self, figures: RunHistory) -> None:
        shown = {name: f"{value:.3g}" for name, value in figures.means.items()}
        for name, key in (("loss", "loss"), ("segments", "segments"), ("rows_per_second", "speed")):
            points = [(step.step, getattr(step, name)) for step in figures.steps]
            self.query_one(f"#{key}", Chart).show(points, shown.get(name, ""))
        solved = [(event.step, event.solved / max(1, event.count)) for event in figures.evaluations]
        newest = ""
        if figures.evaluations:
            last = figures.evaluations[-1]
            newest = f"{last.solved} of {last.count} ({solved[-1][1]:.1%})"
        self.query_one("#solved", Chart).show(solved, newest)
        self.query_one("#where", Static).update(Content(figures.line()))

    def show_sample(self, picture: Picture | None, sentence: str) -> None:
        if picture is not None:
            self.query_one("#sample", Board).show(picture)
        self.query_one("#sample", Board).display = picture is not None
        self.query_one("#sample-said", Static).update(Content(clean_line(sentence)))

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
        self.query_one("#runs-panel").border_title = (
            "runs · enter watch · r resume" if runs else "no runs yet in ./runs"
        )


def _line(run: RunInfo) -> Text:
    text = Text(f"{clean_line(run.folder.name, 40):<24}")
    text.append(f"  {run.standing.state:<10}", "bold")
    text.append(f"  {clean_line(run.task, 8):<6}  step {run.step:<7,}", "dim")
    if run.evaluated is not None:
        text.append(f"  solved {run.evaluated.solved} of {run.evaluated.count}")
    return text
