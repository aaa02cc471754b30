"""The run that the train screen shows, and what may be done with it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from hrm_tui.train_figures import Figures
from hrm_tui.train_runs import Standing

_MARKS = {"finished": "●", "failed": "✗", "elsewhere": "◐"}


@dataclass
class Shown:
    """`folder` is None while no run is shown, `standing` while nothing is known of it.

    `stopping` since a person wants its process to end, `asked` since the process knows it,
    `paused` where it should go on later.
    """

    folder: Path | None = None
    standing: Standing | None = None
    figures: Figures = field(default_factory=Figures)
    paused: bool = False
    stopping: bool = False
    asked: bool = False

    @property
    def training(self) -> bool:
        """Whether a process that an app has begun is at work on it."""
        return self.standing is not None and self.standing.state == "training"

    @property
    def can_stop(self) -> bool:
        return self.training and not self.stopping

    @property
    def can_go_on(self) -> bool:
        return self.paused and not self.training

    def words(self) -> str:
        """A few words for the end of the first line."""
        if self.standing is None:
            return ""
        if not self.training:
            if self.paused and self.standing.state == "stopped":
                return "‖ paused"
            return f"{_MARKS.get(self.standing.state, '○')} {self.standing.state}"
        if self.stopping:
            what = "pausing" if self.paused else "stopping"
            return f"◌ {what} after this step" if self.asked else f"◌ {what} once it has begun"
        if self.figures.last is None:
            return "◌ starting"
        progress = self.figures.progress
        return "◐ measuring" if progress >= 1.0 else f"◐ training {progress:.0%}"
