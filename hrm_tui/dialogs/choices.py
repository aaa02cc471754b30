"""The lists a person can choose a puzzle from: what is in the box, what was seen before, what can
be made. Each function may take a second and is called in a worker thread."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial

from hrm.terminal import clean_line
from hrm_tui.dialogs.choose import Choice
from hrm_tui.recent import Recent, read_recent
from hrm_tui.sources import Chosen, made
from puzzles import domain, domains
from puzzles.contract.protocol import AnyDomain


def examples(first: str) -> list[Choice]:
    """The bundled puzzles, those of the task in use first, each kind from easy to hard."""
    return [
        Choice(name, f"{kind.name} · {_summary(kind, name)}", partial(_find, kind.name, name))
        for kind in _kinds(first)
        for name in sorted(kind.examples(), key=partial(_rank, kind))
    ]


def _rank(kind: AnyDomain, name: str) -> int:
    """Levels have an order, other names come after them."""
    return kind.levels.index(name) if name in kind.levels else len(kind.levels)


def _summary(kind: AnyDomain, name: str) -> str:
    found = kind.find(name)
    assert found  # the domain has it among its examples
    more = f" · {len(found)} puzzles" if len(found) > 1 else ""
    return f"{kind.summary(found[0])}{more}"


_OFFERED = 4
"""Levels of each variant: the hardest take long in large grids."""


def levels(first: str) -> list[Choice]:
    """Every level that a puzzle can be made of, from easy to hard, then variants such as other
    sizes; for ARC a task is drawn from a dataset. What is shown of one is what is taken."""
    return [choice for kind in _kinds(first) for choice in _levels_of(kind)]


def _levels_of(kind: AnyDomain) -> Iterator[Choice]:
    for level in kind.levels:
        detail = " · ".join(filter(None, (kind.name, kind.level_summary(level))))
        yield Choice(level, detail, cache(partial(made, kind.name, level)))
    for title, rules in kind.variants.items():
        for level in kind.levels[:_OFFERED]:
            make = cache(partial(made, kind.name, level, rules, title))
            yield Choice(f"{title} {level}", kind.name, make)


def recent() -> list[Choice]:
    return [Choice(entry.source, entry.task, partial(_parse, entry)) for entry in read_recent()]


def arc_tasks() -> list[Choice]:
    """All tasks of ARC-AGI-1 and 2 by id; a task of both appears where it was published first."""
    from puzzles.arc.datasets import load_tasks
    from puzzles.arc.puzzle import DATASETS

    found: dict[str, Choice] = {}
    for dataset in DATASETS:
        for puzzle in load_tasks(dataset):
            detail = f"{dataset} · {len(puzzle.demonstrations)} pairs"
            found.setdefault(puzzle.task, Choice(puzzle.task, detail, partial(_arc, puzzle.task)))
    return list(found.values())


def puzzles_of(chosen: Chosen) -> list[Choice]:
    """The puzzles of one file, numbered from 1."""
    return [
        Choice(
            f"{number}",
            clean_line(puzzle.name, 40),
            partial(Chosen, chosen.task, (puzzle,), f"{chosen.source} · {number}"),
        )
        for number, puzzle in enumerate(chosen.puzzles, start=1)
    ]


def _kinds(first: str) -> list[AnyDomain]:
    """Every domain, that of the task in use first."""
    return sorted(domains(), key=lambda kind: kind.name != first)


def _find(task: str, name: str) -> Chosen:
    found = domain(task).find(name)
    assert found is not None  # `examples` lists only names that are found
    return Chosen(task, tuple(found), name)


def _arc(identity: str) -> Chosen:
    return _find("arc", identity)


def _parse(entry: Recent) -> Chosen:
    kind = domain(entry.task)
    puzzles = (kind.published(puzzle) for puzzle in kind.parse(entry.text))
    return Chosen(entry.task, tuple(puzzles), entry.source)
