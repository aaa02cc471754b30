"""What the app asks of a model, so that its screens and their tests need no torch.

Everything here may block for seconds: call it from worker threads only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from hrm.bundled import cards
from hrm.events import SolveEvent, Update
from hrm.solving.policy import Method, Policy
from hrm.store.registry import default_model, display_name, resolve_model
from puzzles import domain
from puzzles.text_grid import counted

if TYPE_CHECKING:
    from hrm.model.hrm import HRM

Report: TypeAlias = Callable[[Update], None]
"""Hears of progress inside a segment, on the thread that thinks; what it raises ends the solve."""


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model to choose from; `name` is what `session` and `solve` take."""

    name: str
    description: str


class PuzzleSession(Protocol):
    """One puzzle in a model's mind. Each call's events end with `Finished`; closing it cancels."""

    @property
    def method(self) -> Method:
        """What is tried after a failed pass."""
        ...

    def start(self, policy: Policy) -> Iterator[SolveEvent]:
        """Started, then the first pass and what `policy` tries after it. The first call of all."""
        ...

    def think_on(self, policy: Policy) -> Iterator[SolveEvent]:
        """Go on from where the first pass ended, up to `policy.segments` in all."""
        ...

    def try_again(self, policy: Policy) -> Iterator[SolveEvent]:
        """Try `policy.attempts` symmetric copies or what-ifs."""
        ...


class Engine(Protocol):
    """Models that solve puzzles, with real weights or from a script. `chosen` are those that a
    person chose, by the task they are for."""

    chosen: dict[str, str]

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
        """Events of a solve that nobody will want to continue."""
        ...


class TorchEngine:
    """Trained models. `threads` 0 leaves torch's choice; `budget` is seconds of adaptation to an
    ARC task. A model that was loaded stays in memory."""

    def __init__(self, device: str = "cpu", threads: int = 0, budget: float = 60.0) -> None:
        self._device, self._threads, self._budget = device, threads, budget
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
            from hrm.devices import usable_device

            self._device = usable_device(self._device)
            if self._threads:
                torch.set_num_threads(self._threads)
            threads = counted(torch.get_num_threads(), "thread")
            self._place = f"cpu · {threads}" if self._device == "cpu" else self._device

    def models(self, task: str) -> list[ModelInfo]:
        from hrm.store.installed import installed

        found = [
            ModelInfo(card.name, f"{card.facts['parameters']:,} parameters, bundled")
            for card in cards()
            if card.task == task
        ]
        found += [
            ModelInfo(model.name, f"{model.bytes / 1e6:,.0f} MB, installed")
            for model in installed()
            if model.task == task
        ]
        usual = default_model(task)
        return sorted(found, key=lambda model: model.name != usual)

    def session(
        self, task: str, puzzle: Any, model: str = "", report: Report | None = None
    ) -> PuzzleSession:
        self.load()
        from hrm.solving.session import Session

        path = resolve_model(model, task)
        name, loaded = display_name(path), self._model(path)
        kind = domain(task)
        if kind.adapts:
            return _ArcSession(loaded, puzzle, name, self._budget)
        return Session(loaded, kind, puzzle, model_name=name, report=report, beliefs=True)

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


class _ArcSession:
    """An ARC task is learned anew each time, because its adapted weights are gone with its votes;
    thinking longer therefore means to learn for twice as long."""

    def __init__(self, model: HRM, puzzle: Any, name: str, budget: float) -> None:
        self._model, self._puzzle, self._name, self._budget = model, puzzle, name, budget

    @property
    def method(self) -> Method:
        return "symmetric copies"

    def start(self, policy: Policy) -> Iterator[SolveEvent]:
        from hrm.arc.solve import solve_arc

        return solve_arc(
            self._model, self._puzzle, policy, budget=self._budget, model_name=self._name
        )

    def think_on(self, policy: Policy) -> Iterator[SolveEvent]:
        self._budget *= 2
        return self.start(policy)

    def try_again(self, policy: Policy) -> Iterator[SolveEvent]:
        return self.start(policy)
