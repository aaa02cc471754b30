"""How a training run learned, as a still SVG: the share of puzzles that it solves over its time.

Read from a run's `metrics.jsonl`, whose lines may be from anyone; see `hrm.training.standing`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from rich.color_triplet import ColorTriplet

from hrm.errors import UserError
from hrm.movie.frames import Theme
from hrm.movie.svg import FONT
from hrm.plot import Points
from hrm.styles import shade
from hrm.terminal import clean_line, duration, shown
from hrm.training.events import Evaluated, StepDone
from hrm.training.standing import METRICS, Tail, parse, task_of

WIDTH, HEIGHT = 760, 320
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 24, 72, 52
"""Of the picture, and what lies around the plot, in the picture's units."""

_SMOOTH = 0.3
"""Weight of the newest batch in the thin line: one batch has 64 puzzles or fewer."""

_FEW = 5
"""Measurements below which the line between them is dotted: nobody knows how it went."""

_TICKS = (1, 2, 5, 10, 15, 30, 60, 120, 240, 480, 1440, 2880)
"""Minutes between marks of the axis of time; there are at most eight."""


@dataclass(frozen=True, slots=True)
class Learning:
    """Shares of solved puzzles against minutes of training: of `count` held-out ones (`measured`),
    and of the training batches (`learned`), a running mean."""

    task: str
    count: int
    steps: int
    minutes: float
    measured: Points
    learned: Points


def read_learning(folder: Path) -> Learning:
    """Raises `UserError` if the folder is not that of a run, or nothing has been recorded yet."""
    events = [parse(line) for line in Tail(folder / METRICS).lines()]
    done = [event for event in events if isinstance(event, StepDone)]
    found = [event for event in events if isinstance(event, Evaluated)]
    if len(done) < 2:
        raise UserError(
            f"{shown(str(folder))} has no record of a training run",
            "Give the folder of a run that has trained for a while, such as runs/sudoku-….",
        )
    steps, times = [one.step for one in done], [one.seconds / 60 for one in done]

    def when(step: int) -> float:
        """The minutes at a step, interpolated between the records beside it."""
        after = min(max(1, bisect_left(steps, step)), len(steps) - 1)
        length = steps[after] - steps[after - 1] or 1
        share = (step - steps[after - 1]) / length
        return max(0.0, times[after - 1] + share * (times[after] - times[after - 1]))

    measured = [(when(one.step), one.solved / max(1, one.count)) for one in found]
    last = max([*steps, *(one.step for one in found)])
    return Learning(
        task=task_of(folder),
        count=found[-1].count if found else 0,
        steps=last,
        minutes=when(last),
        measured=measured,
        learned=list(_smooth(times, [one.exact for one in done])),
    )


def _smooth(times: list[float], shares: list[float]) -> Iterator[tuple[float, float]]:
    mean = shares[0]
    for minute, share in zip(times, shares, strict=True):
        mean += _SMOOTH * (share - mean)
        yield minute, mean


def draw_learning(learning: Learning, look: Theme) -> str:
    """The text of the file."""
    strong, weak = _ink(look, "new"), _ink(look, "path")
    end = duration(60 * learning.minutes)
    title = f"{clean_line(learning.task, 40)}: {learning.steps:,} steps in {end}"
    x, y = _LEFT, _TOP - 22
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        f'width="{WIDTH}" height="{HEIGHT}" role="img" font-family="{FONT}" font-size="13" '
        f'fill="{look.ink.hex}" stroke="none">',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" rx="6" fill="{look.paper.hex}"/>',
        f'<text x="{x}" y="28" font-size="15" font-weight="700">{escape(title)}</text>',
        f'<circle cx="{x + 5}" cy="{y - 4}" r="5" fill="{strong.hex}"/>',
        f'<text x="{x + 18}" y="{y}">solved of {learning.count:,} held-out puzzles</text>',
        f'<path d="M{x + 290} {y - 4}h24" stroke="{weak.hex}" stroke-width="2"/>',
        f'<text x="{x + 322}" y="{y}">right among the puzzles it trains on</text>',
        *_axes(learning, look),
        f'<path d="{_line(learning, learning.learned)}" fill="none" stroke="{weak.hex}" '
        'stroke-width="2" stroke-linejoin="round"/>',
    ]
    if learning.measured:
        dashed = ' stroke-dasharray="2 6"' if len(learning.measured) < _FEW else ""
        parts.append(
            f'<path d="{_line(learning, learning.measured)}" fill="none" stroke="{strong.hex}" '
            f'stroke-width="2.5" stroke-linejoin="round"{dashed}/>'
        )
    for minute, share in learning.measured:
        across, up = _place(learning, minute, share)
        parts.append(f'<circle cx="{across:g}" cy="{up:g}" r="5" fill="{strong.hex}"/>')
    if learning.measured:
        across, up = _place(learning, *learning.measured[-1])
        below = up < _TOP + 24
        parts.append(
            f'<text x="{across - 8:g}" y="{up + (22 if below else -12):g}" text-anchor="end" '
            f'font-weight="700" fill="{strong.hex}">{100 * learning.measured[-1][1]:g} %</text>'
        )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _axes(learning: Learning, look: Theme) -> Iterator[str]:
    """Lines and numbers of both axes."""
    faint, quiet = shade(look.ink, look.paper, 0.2).hex, shade(look.ink, look.paper, 0.7).hex
    for percent in (0, 25, 50, 75, 100):
        _, up = _place(learning, 0, percent / 100)
        yield f'<path d="M{_LEFT} {up:g}H{WIDTH - _RIGHT}" stroke="{faint}"/>'
        yield (
            f'<text x="{_LEFT - 10}" y="{up + 4:g}" text-anchor="end" fill="{quiet}">'
            f"{percent} %</text>"
        )
    step = next((tick for tick in _TICKS if learning.minutes / tick <= 8), learning.minutes / 8)
    number = 0
    while number * step <= learning.minutes * 1.001:
        across, _ = _place(learning, number * step, 0)
        yield (
            f'<text x="{across:g}" y="{HEIGHT - _BOTTOM + 20}" text-anchor="middle" '
            f'fill="{quiet}">{number * step:g}</text>'
        )
        number += 1
    yield (
        f'<text x="{(_LEFT + WIDTH - _RIGHT) / 2:g}" y="{HEIGHT - 12}" text-anchor="middle" '
        f'fill="{quiet}">minutes of training</text>'
    )


def _place(learning: Learning, minute: float, share: float) -> tuple[float, float]:
    """A point of the chart in the picture, rounded to tenths."""
    across = _LEFT + (WIDTH - _LEFT - _RIGHT) * minute / (learning.minutes or 1.0)
    up = _TOP + (HEIGHT - _TOP - _BOTTOM) * (1 - share)
    return round(across, 1), round(up, 1)


def _line(learning: Learning, points: Points) -> str:
    places = [_place(learning, minute, share) for minute, share in points]
    return "M" + "L".join(f"{across:g} {up:g}" for across, up in places)


def _ink(look: Theme, role: str) -> ColorTriplet:
    """The colour of a role in the theme's palette."""
    style = look.palette.styles.get(role)
    found = style.color if style is not None else None
    return found.get_truecolor(look.named) if found is not None else look.ink
