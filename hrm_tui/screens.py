"""The table of the app's full screens, so that each is imported when it is first shown."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol, cast, runtime_checkable

from textual.screen import Screen

WIDTHS = [(0, "-narrow"), (100, "-normal"), (160, "-wide")]
"""Columns from which on a screen has a class: terminals usually have 80, 100 or many more."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a screen's class is, the keys that show it, what it is for, and the keys' label if that
    is not the screen's name."""

    module: str
    name: str
    keys: str
    purpose: str
    label: str = ""


PLACES = {
    "solve": Place("hrm_tui.solve.screen", "SolveScreen", "f2", "Watch a model solve the puzzle"),
    "play": Place(
        "hrm_tui.play.screen", "PlayScreen", "p,f3", "Solve the puzzle yourself", "Play yourself"
    ),
    "models": Place("hrm_tui.models.screen", "ModelsScreen", "f4", "Get, check and choose models"),
    "train": Place("hrm_tui.train.screen", "TrainScreen", "f5", "Train a model and watch it learn"),
}


@runtime_checkable
class ShowsPuzzle(Protocol):
    """A screen that shows the app's current puzzle."""

    def load(self, task: str, puzzle: Any, source: str) -> None:
        """Show another puzzle; called when the screen is mounted, on the app's thread."""
        ...


@runtime_checkable
class ShowsTrace(Protocol):
    """A screen that can play a saved solve."""

    def load_trace(self, path: Path) -> None: ...


@runtime_checkable
class PlaysUnasked(Protocol):
    """A screen that can begin by itself."""

    def play_unasked(self) -> None:
        """Begin soon, unless the person does something before."""
        ...


@runtime_checkable
class ChoosesModel(Protocol):
    """An app in which one model can be used in the place of another."""

    def use_model(self, task: str, name: str) -> None:
        """From the next start on; an empty name means the default."""
        ...


@runtime_checkable
class MayStay(Protocol):
    """A screen with work that outlives it, or ends with the app."""

    async def may_leave(self) -> bool:
        """Ask what becomes of it; False where the person stays. Called in a worker."""
        ...


def screen_class(name: str) -> type[Screen[Any]]:
    """Imports its module; KeyError for a name that is not in `PLACES`."""
    place = PLACES[name]
    return cast(type[Screen[Any]], getattr(import_module(place.module), place.name))
