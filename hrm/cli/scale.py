"""`hrm scale`: accuracy against the number of segments and operations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

from rich.table import Table

from hrm.cli.eval_target import EvalTarget, title
from hrm.cli.help import thinking_option
from hrm.cli.options import AsJson, Csv, Svg, flattened
from hrm.cli.output import as_csv, as_svg, data_console, print_json, print_text, tally
from hrm.errors import UserError
from hrm.files import written_if
from puzzles.contract.protocol import AnyDomain
from puzzles.text.text_grid import counted

if TYPE_CHECKING:
    from hrm.evaluation.scaling import Point
    from hrm.model.hrm import HRM


@flattened
def scale(
    target: EvalTarget,
    most: Annotated[
        int, thinking_option(metavar="N", min=2, max=4096, help="Segments of the longest pass.")
    ] = 64,
    svg: Svg = None,
    csv: Csv = None,
    as_json: AsJson = False,
) -> None:
    """Measure accuracy against the number of segments, and draw the curve.

    \b
      hrm scale sudoku --level minimal
      hrm scale maze --most 128 --svg curve.svg
    """
    if target.kind.adapts:
        raise UserError(
            f"{target.task} answers come from adapting to a task, not from longer passes",
            f"hrm eval {target.task} measures them, with --budget SECONDS.",
        )
    with written_if(svg, csv) as (picture, table):
        network, header = target.open()
        points, flop = _measured(network, target.kind, target.puzzles(), most)
        header["seed"] = target.seed
        text = "\n\n".join((title(header, points[0].n), _findings(points), _chart(points)))
        if picture:
            picture.write(as_svg(text, "hrm scale"))
        if table:
            table.write(_csv(points, flop))
    if as_json:
        print_json({**header, "flop": flop, "points": list(map(asdict, points))})
    else:
        console = data_console()
        print_text(console, text)
        console.print(_table(points, flop))


def _measured(
    network: HRM, kind: AnyDomain, puzzles: Sequence[Any], most: int
) -> tuple[Sequence[Point], float]:
    """The points of the curve, and the operations of a segment on the largest canvas."""
    import numpy as np

    from hrm.evaluation.scaling import curve, passes
    from hrm.model.flops import work

    parts = []
    for part in passes(network, kind, puzzles, most):
        parts.append(part)
        tally(sum(len(p.right) for p in parts), len(puzzles))
    config = network.config
    canvases = [kind.encode(puzzle, config.layout) for puzzle in puzzles]
    shape = max((canvas.shape for canvas in canvases), key=math.prod)
    vectors = 0.0
    if config.ways:
        largest = np.stack([canvas for canvas in canvases if canvas.shape == shape])
        vectors = network.geometry(shape, kind.relations(largest)).vectors
    return curve(parts), work(config, kind, shape, states=vectors).forward


def _findings(points: Sequence[Point]) -> str:
    """The findings, in two sentences."""
    first, last = points[0], points[-1]
    best = max(p.checked for p in points)
    enough = next(p for p in points if p.checked == best)
    if not best:
        return f"It solves none in {counted(last.limit, 'segment')}."
    lines = [
        f"One pass solves {_percent(best, last.n)} within {counted(enough.limit, 'segment')} and "
        f"{_percent(first.checked, first.n)} after {counted(first.limit, 'segment')}, where the "
        "rules end it.",
        f"By its own halting the model solves {_percent(last.halting, last.n)} in "
        f"{last.used:.1f} segments on average; the rules would need {last.needed:.1f}.",
    ]
    return "\n".join(lines)


def _percent(count: int, n: int) -> str:
    return f"{100 * count / n:.1f} %"


def _chart(points: Sequence[Point]) -> str:
    from hrm.plot import Axis, chart

    n = points[0].n
    series = {
        "exactly this many segments": [(p.limit, 100 * p.fixed / n) for p in points],
        "until the model halts": [(p.limit, 100 * p.halting / n) for p in points],
        "until the rules hold": [(p.limit, 100 * p.checked / n) for p in points],
    }
    limits = [float(p.limit) for p in points]
    x = Axis.over(limits, logarithmic=True, name="segments at most")
    return chart(series, x, Axis(0, 100, name="% solved"))


def _table(points: Sequence[Point], flop: float) -> Table:
    table = Table(box=None, pad_edge=False)
    heads = ("segments", "fixed", "halting", "mean", "GFLOP", "rules", "mean", "GFLOP")
    for name in heads:
        table.add_column(name, justify="right")
    for p in points:
        table.add_row(
            *(str(p.limit), str(p.fixed)),
            *(str(p.halting), f"{p.used:.1f}", f"{p.used * flop / 1e9:.2f}"),
            *(str(p.checked), f"{p.needed:.1f}", f"{p.needed * flop / 1e9:.2f}"),
        )
    return table


def _csv(points: Sequence[Point], flop: float) -> str:
    heading = [*asdict(points[0]), "halting_gflop", "checked_gflop"]
    costs = ([f"{mean * flop / 1e9:.4f}" for mean in (p.used, p.needed)] for p in points)
    rows = ([*asdict(p).values(), *cost] for p, cost in zip(points, costs, strict=True))
    return as_csv(heading, rows)
