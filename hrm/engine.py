"""The one place where the command line meets torch: settings in, a function that solves out."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, TypeAlias

from hrm.devices import usable_device
from hrm.events import Adapted, SolveEvent, Started, Update
from hrm.solving.policy import Policy
from hrm.store.registry import NotInstalledError, display_name, resolve_model
from puzzles.base import AnyDomain

Solver: TypeAlias = Callable[[Sequence[Any]], Iterator[SolveEvent]]
"""Puzzles to their events; `puzzle` in an event is an index into the sequence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveSettings:
    """What a person chose for a solve.

    `model` is a name, a path, or empty for the default model of the task; `fetch` is asked for
    it where it is missing; `threads` 0 leaves torch's choice; `budget` is seconds of
    adaptation for an ARC task. `report` hears of progress inside the segments of a single puzzle,
    whose segments carry `beliefs` where those are wanted.
    """

    model: str = ""
    fetch: Callable[[NotInstalledError], Path] | None = field(default=None, compare=False)
    device: str = "cpu"
    threads: int = 0
    budget: float = 60.0
    policy: Policy = field(default_factory=Policy)
    report: Callable[[Update], None] | None = field(default=None, compare=False)
    beliefs: bool = False


def open_solver(domain: AnyDomain, settings: SolveSettings) -> Solver:
    """Load the model; raises ModelError.

    An ARC model adapts to one task after the other; other puzzles go as one batch.
    """
    task = domain.name
    path = _model_file(settings, task)  # a question comes before torch is loaded

    import torch

    from hrm.model.checkpoint import load_model
    from hrm.solving.attempts import select_many
    from hrm.solving.batch import solve_many
    from hrm.solving.session import Session

    if settings.threads:
        torch.set_num_threads(settings.threads)
    device = usable_device(settings.device)
    model = load_model(path, device=device)
    shown = display_name(path)
    policy = settings.policy

    def adapt_each(puzzles: Sequence[Any]) -> Iterator[SolveEvent]:
        from hrm.arc.solve import solve_task

        tasks: dict[tuple[Any, ...], dict[int, Any]] = defaultdict(dict)
        for index, puzzle in enumerate(puzzles):
            tasks[puzzle.task, puzzle.demonstrations][index] = puzzle
        for tests in tasks.values():
            events = solve_task(model, tests, policy, settings.budget, model_name=shown)
            yield from without_viewer_time(events)

    def choose_each(puzzles: Sequence[Any]) -> Iterator[SolveEvent]:
        events = select_many(model, domain, dict(enumerate(puzzles)), policy, model_name=shown)
        return without_viewer_time(events) if len(puzzles) == 1 else events

    def solve_all(puzzles: Sequence[Any]) -> Iterator[SolveEvent]:
        if policy.select != "verified":
            return choose_each(puzzles)
        if len(puzzles) == 1:
            session = Session(
                model,
                domain,
                puzzles[0],
                model_name=shown,
                report=settings.report,
                beliefs=settings.beliefs,
            )
            return without_viewer_time(session.start(policy))
        return solve_many(model, domain, puzzles, policy, model_name=shown)

    return adapt_each if domain.adapts else solve_all


def _model_file(settings: SolveSettings, task: str) -> Path:
    try:
        return resolve_model(settings.model, task)
    except NotInstalledError as missing:
        if settings.fetch is None:
            raise
        return settings.fetch(missing)


def without_viewer_time(events: Iterator[SolveEvent]) -> Iterator[SolveEvent]:
    """Events of puzzles, one after the other, whose `seconds` leave out how long viewers held them
    up.

    An animation waits between its frames, which says nothing about the model.
    """
    held = 0.0
    for event in events:
        mine = event
        if isinstance(event, Started):
            held = 0.0
        elif not isinstance(event, Adapted):  # whose seconds are of its training alone
            mine = replace(event, seconds=max(0.0, event.seconds - held))
        given = time.perf_counter()
        yield mine
        held += time.perf_counter() - given
