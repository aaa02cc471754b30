"""What the app asks of a model, so that its screens and their tests need no torch.

Everything here may block for seconds: call it from worker threads only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from hrm.devices import usable_device
from hrm.engine import PuzzleSession, Report, domain_of_model, open_session
from hrm.events import SolveEvent
from hrm.solving.policy import Policy
from hrm.store.registry import display_name, resolve_model
from puzzles.text.text_grid import counted

if TYPE_CHECKING:
    from hrm.model.hrm import HRM


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model to choose from; `name` is what `session` and `solve` take."""

    name: str
    description: str


class Engine(Protocol):
    """Models that solve puzzles, with real weights or from a script. `chosen` are those that a
    person chose, by the task they are for; `usual` says how a puzzle is solved unless a screen
    asks for something else."""

    chosen: dict[str, str]
    usual: Policy

    @property
    def place(self) -> str:
        """Where it computes, such as `cpu · 2 threads`; empty until `load` has returned."""
        ...

    def load(self) -> None:
        """Import what is heavy. Returns at once when called again; raises `UserError`."""
        ...

    def models(self, task: str) -> list[ModelInfo]:
        """Models for a task, the one that an empty name means first."""
        ...

    def session(
        self, task: str, puzzle: Any, model: str = "", report: Report | None = None
    ) -> PuzzleSession:
        """Load the model, empty for the usual one, and take in the puzzle; raises `UserError`."""
        ...

    def solve(
        self,
        task: str,
        puzzle: Any,
        policy: Policy,
        model: str = "",
        report: Report | None = None,
    ) -> Iterator[SolveEvent]:
        """Events of a solve that is not continued later."""
        ...


class TorchEngine:
    """Trained models. `threads` 0 leaves torch's choice. A model that was loaded stays in
    memory."""

    def __init__(self, device: str = "cpu", threads: int = 0, usual: Policy | None = None) -> None:
        self._device, self._threads = device, threads
        self.usual = usual or Policy()
        self.chosen: dict[str, str] = {}
        self._place = ""
        self._models: dict[Path, tuple[int, HRM]] = {}
        self._lock = Lock()  # two screens may ask at once, and a model must be loaded once

    @property
    def place(self) -> str:
        return self._place

    def load(self) -> None:
        with self._lock:
            if self._place:
                return
            import torch

            import hrm.arc.solve  # noqa: F401  (torch's optimisers and all else that a solve imports)

            self._device = usable_device(self._device, self._threads)
            threads = counted(torch.get_num_threads(), "thread")
            self._place = f"cpu · {threads}" if self._device == "cpu" else self._device

    def models(self, task: str) -> list[ModelInfo]:
        from hrm.store.catalog import here, millions, solved_share

        return [
            ModelInfo(
                entry.name,
                f"{millions(entry.parameters)} parameters, {entry.where}, {solved_share(entry)}",
            )
            for entry in here(task)
        ]

    def session(
        self, task: str, puzzle: Any, model: str = "", report: Report | None = None
    ) -> PuzzleSession:
        self.load()
        path = resolve_model(model, task)
        return open_session(
            self._model(path),
            domain_of_model(task, model),
            puzzle,
            model_name=display_name(path),
            report=report,
            beliefs=True,
        )

    def solve(
        self,
        task: str,
        puzzle: Any,
        policy: Policy,
        model: str = "",
        report: Report | None = None,
    ) -> Iterator[SolveEvent]:
        yield from self.session(task, puzzle, model, report).start(policy)

    def _model(self, path: Path) -> HRM:
        from hrm.model.checkpoint import load_model

        with self._lock:
            changed = _changed(path)
            known = self._models.get(path)
            if known is None or known[0] != changed:  # a training writes its model again and again
                known = self._models[path] = changed, load_model(path, device=self._device)
            return known[1]


def _changed(path: Path) -> int:
    """Nanoseconds since 1970; -1 where there is nothing, which loading it will say better."""
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return -1
