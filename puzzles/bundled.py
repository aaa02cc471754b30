"""The example puzzles that come with the package, by name."""

from __future__ import annotations

from importlib.resources import files
from itertools import takewhile
from pathlib import PurePath

_FOLDER = files("puzzles") / "examples"


def example_names(domain: str) -> tuple[str, ...]:
    """Names of a domain's examples, sorted; those that begin with a number come last, by it."""
    names = (PurePath(file.name).stem for file in (_FOLDER / domain).iterdir())
    return tuple(sorted(names, key=_by_number))


def _by_number(name: str) -> tuple[int, str]:
    return int("".join(takewhile(str.isdigit, name)) or 0), name


def example_text(domain: str, name: str) -> str | None:
    """Text of an example's file, None if there is no example of that name."""
    for file in (_FOLDER / domain).iterdir():
        if PurePath(file.name).stem == name:
            return file.read_text(encoding="utf-8")
    return None
