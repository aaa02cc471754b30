"""`hrm analyze`: charts and numbers about the states of a model during a solve."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

from hrm.cli.eval_target import EvalTarget, title
from hrm.cli.help import thinking_option
from hrm.cli.options import AsJson, Csv, Svg, flattened
from hrm.cli.output import as_csv, as_svg, data_console, print_json, print_text, talk_console, tally
from hrm.errors import UserError
from hrm.files import written_if
from hrm.plot import Axis, Convergence, chart
from puzzles.text.text_grid import counted

if TYPE_CHECKING:
    from hrm.evaluation.inside import Inside
    from hrm.model.hrm import HRM

_NAMES = {"high": "z_H", "low": "z_L"}
_SETTLED = 1e-2
"""A state has converged if its last relative step is below this."""
_ALL = 0.999
"""Share of cells that counts as all cells."""


@flattened
def analyze(
    target: EvalTarget,
    segments: Annotated[
        int, thinking_option(metavar="N", min=2, max=1024, help="Segments to run.")
    ] = 16,
    svg: Svg = None,
    csv: Csv = None,
    as_json: AsJson = False,
) -> None:
    """Analyse how a model reasons: residuals, dimensionality, decisions and halting.

    \b
      hrm analyze sudoku --level extreme
      hrm analyze maze --count 50 --svg inside.svg
    """
    if target.kind.adapts:
        raise UserError(
            f"a model for {target.task} knows nothing of a task before it has adapted to it",
            "Analyze a Sudoku or maze model.",
        )
    with written_if(svg, csv) as (picture, table):
        network, header = target.open()
        header["seed"] = target.seed
        inside, beside = _measured(network, target, segments)
        text = "\n\n".join(_charts(header, inside, beside))
        if picture:
            picture.write(as_svg(text, "hrm analyze"))
        if table:
            table.write(_csv(inside, beside))
    if as_json:
        measured = {"trained": _plain(inside), "untrained": _plain(beside)}
        print_json({**header, "segments": segments, **measured})
    else:
        print_text(data_console(), text)


def _measured(network: HRM, target: EvalTarget, segments: int) -> tuple[Inside, Inside]:
    """The trained model, and one with random weights for comparison."""
    import torch

    from hrm.evaluation.inside import look_inside
    from hrm.model.hrm import HRM

    kind, puzzles = target.kind, target.puzzles()
    inside = look_inside(network, kind, puzzles, segments, report=tally)
    if inside.n < len(puzzles):
        talk_console().print(f"note: only the {inside.n} of {len(puzzles)} that are of one size")
    untrained = HRM(network.config, torch.Generator().manual_seed(target.seed))
    beside = untrained.to(network.device).eval()
    report = partial(tally, what="puzzles with random weights")
    return inside, look_inside(beside, kind, puzzles, segments, report=report)


def _charts(header: Mapping[str, Any], inside: Inside, beside: Inside) -> Iterator[str]:
    yield title(header, inside.n)
    yield _findings(inside)
    seen = Convergence.of(inside.low.tolist(), inside.high.tolist())
    yield "Convergence: how far each update moves the state\n" + chart(
        {"z_L, each step": seen.low, "z_H, each cycle": seen.high}, seen.cycles, seen.sizes
    )
    yield "Dimensionality: participation ratio of the states after each segment\n" + _dimensions(
        inside, beside
    )
    for level, path in inside.paths.items():
        one, two = inside.explained[level]
        points = [tuple(point) for point in path.tolist()]
        yield (
            f"Path of the mean {_NAMES[level]} over segments, {one + two:.0%} of the variance\n"
            + chart(
                {"segments": points, "the first": points[:1], "the last": points[-1:]},
                Axis.over([x for x, _ in points], name=f"first component ({one:.0%})"),
                Axis.over([y for _, y in points], name=f"second component ({two:.0%})"),
            )
        )
    decided = {
        f"{'solved' if flag else 'not solved'}": list(enumerate(100 * share, start=1))
        for flag, share in inside.decided.items()
        if share is not None
    }
    yield "Decided: cells whose answer changes no more\n" + chart(
        decided,
        Axis(1, len(inside.dimensions["high"]), name="segments"),
        Axis.over([v for line in decided.values() for _, v in line], name="% of cells"),
    )
    yield "Halting: how sure the model is, and how often it is right\n" + chart(
        {
            "σ(q_halt)": list(enumerate(100 * inside.sure, start=1)),
            "right": list(enumerate(100 * inside.correct, start=1)),
        },
        Axis(1, len(inside.sure), name="segments"),
        Axis(0, 100, name="% of puzzles"),
    )


def _findings(inside: Inside) -> str:
    """The findings, in at most three sentences."""
    total = len(inside.sure)
    moved = f"The last update moves the state by {inside.high[-1]:.1e} of its size"
    settled = "the state has settled" if inside.high[-1] < _SETTLED else "it is still moving"
    lines = [f"{moved} (the first by {inside.high[0]:.1e}): {settled}."]
    shares = inside.decided[inside.right * 2 >= inside.n]
    if shares is not None:
        done = next((n for n, share in enumerate(shares, 1) if share > _ALL), total)
        lines.append(
            f"{shares[0]:.0%} of the cells keep their first answer; 99.9 % are decided after "
            f"{counted(done, 'segment')} of {total}."
        )
    lines.append(
        f"At the end {inside.correct[-1]:.0%} of the puzzles are right and the model is "
        f"{inside.sure[-1]:.0%} sure of it; after one segment {inside.correct[0]:.0%} are, and it "
        f"is {inside.sure[0]:.0%} sure."
    )
    return "\n".join(lines)


def _dimensions(inside: Inside, beside: Inside) -> str:
    series = {
        f"{_NAMES[level]}{suffix}": list(enumerate(of.dimensions[level].tolist(), start=1))
        for of, suffix in ((inside, ""), (beside, " untrained"))
        for level in of.dimensions
    }
    values = [v for line in series.values() for _, v in line]
    last = ", ".join(f"{name} {line[-1][1]:.1f}" for name, line in series.items())
    picture = chart(
        series,
        Axis(1, max(map(len, series.values())), name="segments"),
        Axis(0, max(values), name="participation ratio"),
    )
    return f"{picture}\nat the end: {last}"


def _plain(inside: Inside) -> dict[str, Any]:
    return {
        "n": inside.n,
        "right": inside.right,
        "low": inside.low.tolist(),
        "high": inside.high.tolist(),
        "dimensions": {level: v.tolist() for level, v in inside.dimensions.items()},
        "paths": {level: v.tolist() for level, v in inside.paths.items()},
        "explained": inside.explained,
        "sure": inside.sure.tolist(),
        "correct": inside.correct.tolist(),
        "decided": {
            "right" if flag else "wrong": None if v is None else v.tolist()
            for flag, v in inside.decided.items()
        },
    }


def _csv(inside: Inside, beside: Inside) -> str:
    """Long format: model, measure, index (from 1), value."""
    rows: list[tuple[object, ...]] = []
    for name, of in (("trained", inside), ("untrained", beside)):
        measures: dict[str, Any] = {"residual z_L": of.low, "residual z_H": of.high}
        measures |= {f"dimensions {_NAMES[level]}": v for level, v in of.dimensions.items()}
        measures |= {"sure": of.sure, "correct": of.correct}
        measures |= {
            f"decided {'right' if flag else 'wrong'}": v
            for flag, v in of.decided.items()
            if v is not None
        }
        for measure, values in measures.items():
            for index, value in enumerate(values.tolist(), start=1):
                rows.append((name, measure, index, f"{value:.6g}"))
    return as_csv(["model", "measure", "index", "value"], rows)
