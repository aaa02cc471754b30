"""Sudoku, maze and ARC puzzles: parsing, rules, exact solving, generation; without torch.

The table of puzzle kinds, so that a name given by a person reaches its domain: three of our own,
and those that other packages offer as entry points of the group `hrm.domains`.

A domain's module is imported when it is asked for: reading Sudoku must not wait for ARC data.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import cast

from puzzles.contract.guard import guarded
from puzzles.contract.protocol import AnyDomain
from puzzles.errors import PuzzleError

GROUP = "hrm.domains"

_OWN = {
    "sudoku": ("puzzles.sudoku.domain", "SudokuDomain"),
    "maze": ("puzzles.maze.domain", "MazeDomain"),
    "arc": ("puzzles.arc.domain", "ArcDomain"),
    "grid": ("puzzles.grid.domain", "GridDomain"),
}
NAMES = tuple(_OWN)
"""Of our own kinds; `names` has those from outside too."""

_registered: dict[str, AnyDomain] = {}


def names() -> tuple[str, ...]:
    """All kinds of puzzle: our own, those of installed packages, those registered."""
    return tuple(dict.fromkeys((*_OWN, *_offered(), *_registered)))


def domain(name: str) -> AnyDomain:
    """The domain of `name`, one of `names()`; KeyError for any other.

    Raises `PuzzleError` where a package's domain cannot be loaded.
    """
    if name in _registered:
        return _registered[name]
    if name in _OWN:
        module, attribute = _OWN[name]
        return cast(AnyDomain, getattr(import_module(module), attribute)())
    return _load(_offered()[name])


def domains() -> Iterator[AnyDomain]:
    """Every domain that can be loaded, our own first."""
    for name in names():
        try:
            yield domain(name)
        except PuzzleError:  # who asks for it by name is told
            continue


@contextmanager
def registered(new: AnyDomain) -> Iterator[None]:
    """Makes a domain known by its name inside the `with` block; for tests and notebooks."""
    if new.name in names():
        raise ValueError(f"there is a domain {new.name} already")
    _registered[new.name] = guarded(new)
    try:
        yield
    finally:
        del _registered[new.name]


@cache
def _offered() -> dict[str, EntryPoint]:
    """Entry points by name; a name of our own stays ours."""
    return {point.name: point for point in entry_points(group=GROUP) if point.name not in _OWN}


@cache
def _load(point: EntryPoint) -> AnyDomain:
    package = point.dist.name if point.dist else ""
    try:
        make = cast(Callable[[], AnyDomain], point.load())
        made = make()
        if made.name != point.name:
            raise TypeError(f"its domain is called {made.name!a}")
    except Exception as error:  # code from outside may fail in any way
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        raise PuzzleError(
            f"the domain {point.name}{f' of {package}' if package else ''} cannot be loaded: "
            f"{reason[:200]}",
            hint="Update the package that offers it, or uninstall it.",
        ) from error
    return guarded(made, package)
