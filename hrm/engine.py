"""Opens a model and solves puzzles of any kind with it, for the command line and the app.

Importing this module loads no torch; its functions may block for seconds.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

from hrm.devices import usable_device
from hrm.errors import ModelError
from hrm.events import Adapted, SolveEvent, Started, Update
from hrm.solving.policy import Method, Policy
from hrm.store.registry import NotInstalledError, display_name, resolve_model
from puzzles import domain
from puzzles.contract.protocol import AnyDomain

if TYPE_CHECKING:
    from hrm.model.hrm import HRM

Solver: TypeAlias = Callable[[Sequence[Any]], Iterator[SolveEvent]]
"""Maps puzzles to events; `puzzle` in an event is an index into the sequence."""


def domain_of_model(task: str, model: str) -> AnyDomain:
    """The domain of a task, with the facts of the named model if it needs them; raises
    `ModelError`."""
    kind = domain(task)
    if not kind.needs_facts:
        return kind
    from hrm.model.checkpoint import read_metadata

    path = resolve_model(model, task)
    facts = {} if path.is_dir() else read_metadata(path)[1].get("facts", {})
    if not facts:
        raise ModelError(
            f"{display_name(path)} was not trained for {task}: it does not say on which symbols",
            f"Train a model with: hrm train --task {task} --data FILE",
        )
    return kind.with_facts(facts)


Report: TypeAlias = Callable[[Update], None]
"""Called with the progress inside a segment, in the solving thread; an exception ends the solve."""


class PuzzleSession(Protocol):
    """One puzzle and a model. The events of each call end with `Finished`; closing the iterator
    cancels."""

    @property
    def method(self) -> Method:
        """What is tried after a failed pass."""
        ...

    def start(self, policy: Policy) -> Iterator[SolveEvent]:
        """Started, the first pass, and further attempts if it failed. Must be called first."""
        ...

    def think_on(self, policy: Policy) -> Iterator[SolveEvent]:
        """Continue the first pass, up to `policy.segments` in all."""
        ...

    def try_again(self, policy: Policy) -> Iterator[SolveEvent]:
        """Try `policy.attempts` symmetric copies or what-ifs."""
        ...


class ArcSession:
    """An ARC task. Adapted weights are not kept, so every call adapts again, and `think_on` does so
    for twice as long."""

    def __init__(self, model: HRM, puzzle: Any, name: str) -> None:
        self._model, self._puzzle, self._name = model, puzzle, name
        self._times = 1

    @property
    def method(self) -> Method:
        return "symmetric copies"

    def start(self, policy: Policy) -> Iterator[SolveEvent]:
        from hrm.arc.solve import solve_arc

        longer = replace(policy, budget=policy.budget * self._times)
        return solve_arc(self._model, self._puzzle, longer, model_name=self._name)

    def think_on(self, policy: Policy) -> Iterator[SolveEvent]:
        self._times *= 2
        return self.start(policy)

    def try_again(self, policy: Policy) -> Iterator[SolveEvent]:
        return self.start(policy)


def open_session(
    model: HRM,
    domain: AnyDomain,
    puzzle: Any,
    *,
    model_name: str = "",
    report: Report | None = None,
    beliefs: bool = False,
) -> PuzzleSession:
    if domain.adapts:
        return ArcSession(model, puzzle, model_name)
    from hrm.solving.session import Session

    return Session(model, domain, puzzle, model_name=model_name, report=report, beliefs=beliefs)


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveSettings:
    """The settings of a solve.

    model    a name, a path, or "" for the default model of the task
    fetch    called if the model is not installed; returns its path
    threads  CPU threads; 0: torch's default
    steps    training steps of an adaptation to an ARC task; 0: `policy.budget` limits it
    report   called with the progress inside segments, for a single puzzle
    beliefs  whether the segments of a single puzzle carry beliefs
    """

    model: str = ""
    fetch: Callable[[NotInstalledError], Path] | None = field(default=None, compare=False)
    device: str = "cpu"
    threads: int = 0
    steps: int = 0
    policy: Policy = field(default_factory=Policy)
    report: Report | None = field(default=None, compare=False)
    beliefs: bool = False


def open_solver(domain: AnyDomain, settings: SolveSettings) -> Solver:
    """Load the model and return a solver; raises `ModelError`.

    ARC tasks are adapted to one after the other; other puzzles are solved in batches.
    """
    path = _model_file(settings, domain.name)  # may ask the user, so before torch is loaded

    from hrm.model.checkpoint import load_model

    model = load_model(path, device=usable_device(settings.device, settings.threads))
    return _LoadedSolver(model, domain, settings, display_name(path))


@dataclass(frozen=True, slots=True)
class _LoadedSolver:
    """A `Solver` with its model."""

    model: HRM
    domain: AnyDomain
    settings: SolveSettings
    name: str

    def __call__(self, puzzles: Sequence[Any]) -> Iterator[SolveEvent]:
        from hrm.solving.attempts import select_many
        from hrm.solving.batch import solve_many

        policy = self.settings.policy
        if self.domain.adapts:
            return self._adapt_each(puzzles)
        if policy.select != "verified":
            numbered = dict(enumerate(puzzles))
            events = select_many(self.model, self.domain, numbered, policy, model_name=self.name)
            return without_viewer_time(events) if len(puzzles) == 1 else events
        if len(puzzles) == 1:
            return without_viewer_time(self._session(puzzles[0]).start(policy))
        return solve_many(self.model, self.domain, puzzles, policy, model_name=self.name)

    def _session(self, puzzle: Any) -> PuzzleSession:
        return open_session(
            self.model,
            self.domain,
            puzzle,
            model_name=self.name,
            report=self.settings.report,
            beliefs=self.settings.beliefs,
        )

    def _adapt_each(self, puzzles: Sequence[Any]) -> Iterator[SolveEvent]:
        from hrm.arc.solve import solve_task

        tasks: dict[tuple[Any, ...], dict[int, Any]] = defaultdict(dict)
        for index, puzzle in enumerate(puzzles):
            tasks[puzzle.task, puzzle.demonstrations][index] = puzzle
        policy, steps = self.settings.policy, self.settings.steps
        for tests in tasks.values():
            events = solve_task(self.model, tests, policy, model_name=self.name, steps=steps)
            yield from without_viewer_time(events)


def _model_file(settings: SolveSettings, task: str) -> Path:
    try:
        return resolve_model(settings.model, task)
    except NotInstalledError as missing:
        if settings.fetch is None:
            raise
        return settings.fetch(missing)


def without_viewer_time(events: Iterator[SolveEvent]) -> Iterator[SolveEvent]:
    """Subtract the time spent in viewers from the `seconds` of events.

    An animation waits between its frames, which is no time of the model.
    """
    held = 0.0
    for event in events:
        timed = event
        if isinstance(event, Started):
            held = 0.0
        elif not isinstance(event, Adapted):  # its seconds cover training only
            timed = replace(event, seconds=max(0.0, event.seconds - held))
        given = time.perf_counter()
        yield timed
        held += time.perf_counter() - given
