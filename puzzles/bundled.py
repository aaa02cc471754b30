"""The example puzzles that come with the package, by name."""

from __future__ import annotations

from importlib.resources import files
from pathlib import PurePath

_FOLDER = files("puzzles") / "examples"


def example_names(domain: str) -> tuple[str, ...]:
    """Names of a domain's examples, sorted."""
    return tuple(sorted(PurePath(file.name).stem for file in (_FOLDER / domain).iterdir()))


def example_text(domain: str, name: str) -> str | None:
    """Text of an example's file, None if there is no example of that name."""
    for file in (_FOLDER / domain).iterdir():
        if PurePath(file.name).stem == name:
            return file.read_text(encoding="utf-8")
    return None
