"""Plays the animated SVGs of `hrm.movie.svg` the slow way: what is seen at a time, read back from
the text of the file. It knows as much of SVG and CSS as those files use."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from itertools import product
from xml.etree import ElementTree

from hrm.movie.svg import HEIGHT, WIDTH

_SVG = "{http://www.w3.org/2000/svg}"
_MOVE = re.compile(r"M([\d.]+) ([\d.]+)((?:[hv]-?[\d.]+)+z?)")
_STEP = re.compile(r"([hv])(-?[\d.]+)")

Letter = tuple[int, int, str, str, bool, bool]
"""Line, column, character, colour, bold, italic."""


@dataclass
class Seen:
    """Letters, the colour of every unit that is filled, and the half strokes of lines."""

    letters: set[Letter] = field(default_factory=set)
    filled: dict[tuple[int, int], str] = field(default_factory=dict)
    strokes: set[tuple[str, float, str, float, float]] = field(default_factory=set)


def keyframes(svg: str) -> dict[str, list[tuple[float, bool]]]:
    """Of every animation the shares of its time from which it is shown or hidden."""
    found = {}
    for name, body in re.findall(r"@keyframes (\w+)\{((?:[^{}]+\{[^}]+\})+)\}", svg):
        steps = re.findall(r"([\d.]+%|to)\{visibility:(\w+)\}", body)
        found[name] = [
            (1.0 if when == "to" else float(when[:-1]) / 100, what == "visible")
            for when, what in steps
        ]
    return found


def seconds_of(svg: str) -> float:
    """How long it takes until it begins again."""
    length = re.search(r"animation:([\d.]+)s step-end infinite", svg)
    assert length is not None
    return float(length[1])


def seen_at(svg: str, seconds: float | None) -> Seen:
    """Everything that is visible; None is a viewer that plays nothing."""
    root = ElementTree.fromstring(svg)
    hidden = re.search(r"((?:\.\w+,?)+)\{visibility:hidden\}", svg)
    still = set() if hidden is None else {name[1:] for name in hidden[1].split(",")}
    moves = keyframes(svg)
    seen = Seen()
    for element in root:
        name = element.get("class", "")
        if name and seconds is None:
            shown = name not in still
        elif name:
            share = seconds / seconds_of(svg) % 1  # type: ignore[operator]
            begun = [visible for when, visible in moves[name] if when <= share + 1e-9]
            shown = begun[-1] if begun else name not in still
        else:
            shown = True
        if shown:
            for part in element if name else [element]:
                _add(seen, part)
    return seen


def _add(seen: Seen, part: ElementTree.Element) -> None:
    if part.tag == f"{_SVG}text":
        _add_letters(seen, part)
    elif part.tag == f"{_SVG}path" and part.get("stroke"):
        for x, y, path in _MOVE.findall(part.get("d", "")):
            (step,) = _STEP.findall(path)
            _add_strokes(seen, part, float(x), float(y), *step)
    elif part.tag == f"{_SVG}path":
        for x, y, path in _MOVE.findall(part.get("d", "")):
            wide, high = (float(step) for _, step in _STEP.findall(path)[:2])
            rows = range(round(float(y)), round(float(y) + high))
            columns = range(round(float(x)), round(float(x) + wide))
            for unit in product(rows, columns):
                seen.filled[unit] = part.get("fill", "")


def _add_letters(seen: Seen, text: ElementTree.Element) -> None:
    letters = text.text or ""
    xs = [int(x) for x in text.get("x", "").split()]
    ys = [int(y) for y in text.get("y", "").split()]
    assert len(xs) == len(letters)
    assert len(ys) in (1, len(letters))
    for number, (x, letter) in enumerate(zip(xs, letters, strict=True)):
        place = ys[number % len(ys)] // HEIGHT, x // WIDTH
        bold, italic = "font-weight" in text.attrib, "font-style" in text.attrib
        seen.letters.add((*place, letter, text.get("fill", ""), bold, italic))


def _add_strokes(
    seen: Seen, path: ElementTree.Element, x: float, y: float, way: str, length: str
) -> None:
    half = (WIDTH if way == "h" else HEIGHT) / 2
    key = path.get("stroke", ""), float(path.get("stroke-width", ""))
    for number in range(round(float(length) / half)):
        here = (x + number * half, y) if way == "h" else (x, y + number * half)
        seen.strokes.add((key[0], key[1], way, *here))
