"""The report of `hrm eval`: counts with intervals, by difficulty, and halting."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

from rich.progress import MofNCompleteColumn, TextColumn, TimeRemainingColumn
from rich.table import Table

from hrm.cli import output
from hrm.cli.output import as_csv, data_console, print_json, print_text
from hrm.evaluation.judge import task_scores
from hrm.evaluation.scores import Halting, PuzzleResult, Scores, Share, by_difficulty, halting
from hrm.terminal import clean_line

_NARROW = 64
"""Columns below which the tables leave out what is said elsewhere, rather than wrap their cells."""


@contextmanager
def progress(total: int, done: int, *, shown: bool) -> Iterator[Callable[[PuzzleResult], None]]:
    """A progress bar with running counts on stderr, if `shown` and if that is a terminal."""
    if not shown:
        yield lambda one: None
        return
    columns = (
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn(
            "{task.fields[solved]} solved" + (" since it resumed" if done else ""), markup=False
        ),
    )
    with output.progress(*columns, transient=True) as bar:
        task = bar.add_task("evaluating", total=total, completed=done, solved=0)
        solved = 0

        def tick(one: PuzzleResult) -> None:
            nonlocal solved
            solved += one.verified
            bar.update(task, advance=1, solved=solved)

        yield tick


def show(
    header: Mapping[str, Any],
    judged: Sequence[PuzzleResult],
    tasks: Sequence[str],
    *,
    as_json: bool,
) -> None:
    """Print the report. `judged` are the puzzles with known answers; `tasks` maps puzzle numbers to
    ARC tasks and is empty for other puzzles."""
    unverified = header["n"] - len(judged)
    scores, groups, stops = Scores.of(judged), by_difficulty(judged), halting(judged)
    means = task_scores(judged, tasks) if tasks and judged else None
    if as_json:
        record = {**header, "scores": asdict(scores), "halting": asdict(stops)}
        record["by_difficulty"] = {name: asdict(group) for name, group in groups.items()}
        if tasks:
            record["pass_at_1"], record["pass_at_2"] = means or (None, None)
            record["unverified"] = unverified
        print_json(record)
        return
    console = data_console()
    print_text(console, _title(header))
    if unverified:
        console.print(f"{unverified} of them have no known output and are not counted")
    if not judged:
        return
    print_text(console, _finding(scores, header))
    console.print()
    console.print(_counts(scores, header, narrow=console.width < _NARROW))
    if means:
        console.print(
            f"averaged over tasks: pass@1 {_percent(means[0])}, pass@2 {_percent(means[1])}"
        )
        print_text(console, _agreement(judged, scores, stops))
    elif stops.segments:
        print_text(console, _halting(scores, stops))
    console.print(f"{scores.seconds:.3f} s a puzzle")
    console.print()
    console.print(_groups(groups, header, arc=bool(means), narrow=console.width < _NARROW))


def _table(name: str, *columns: str, narrow: bool) -> Table:
    """A column of names, then columns of numbers, which are never cut."""
    table = Table(box=None, pad_edge=False, padding=(0, 1, 0, 0) if narrow else (0, 1))
    table.add_column(name)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table


def _checkable(header: Mapping[str, Any]) -> bool:
    """Whether rules can check the answers; the header of an evaluation says so only where not."""
    return bool(header.get("checkable", True))


def _finding(scores: Scores, header: Mapping[str, Any]) -> str:
    """The result in a sentence."""
    if "budget" in header:
        return (
            f"One of two attempts is right for {_percent(scores.verified.share)} of the tests, the "
            f"first for {_percent(scores.right.share)}."
        )
    if not _checkable(header):
        return f"It answers {_percent(scores.right.share)} of them right, by its own halting."
    further = f"{_percent(scores.verified.share)} of them, " if _others(header) else ""
    return (
        f"It solves {further}{_percent(scores.single.share)} in one pass, "
        f"{_percent(scores.right.share)} by its own halting."
    )


def _title(header: Mapping[str, Any]) -> str:
    policy = header["policy"]
    effort = f"at most {policy['segments']} segments, {_tries(policy)}"
    if "budget" in header:
        effort = f"{header['budget']:g} s a task"
    return (
        f"{clean_line(str(header['model']))} {header['sha256'][:8]} · {header['task']} · "
        f"{clean_line(str(header['data']), 60)} · n = {header['n']} · "
        f"{effort}, seed {policy['seed']}"
    )


def _tries(policy: Mapping[str, Any]) -> str:
    """What may be tried after a failed pass."""
    if policy["select"] == "verified":
        return f"{policy['attempts']} {policy['method']}"
    return f"{policy['attempts']} copies, {policy['select']}"


def _rows(scores: Scores, header: Mapping[str, Any]) -> list[tuple[str, Share]]:
    if "budget" in header:
        return [("first attempt", scores.right), ("one of two", scores.verified)]
    if not _checkable(header):
        return [("own halting", scores.right)]
    rows = [
        ("own halting", scores.right),
        ("  as stored", scores.exact),
        ("one pass", scores.single),
    ]
    if others := _others(header):
        rows.append((f"with {others}", scores.verified))
    if scores.path is not None:
        rows.insert(1, ("  any path", scores.path))
    return rows


def _counts(scores: Scores, header: Mapping[str, Any], *, narrow: bool) -> Table:
    table = _table("solved", "count", "share", "95 %" if narrow else "95 % interval", narrow=narrow)
    for name, share in _rows(scores, header):
        table.add_row(name, f"{share.count}/{share.n}", _percent(share.share), _interval(share))
    return table


def _halting(scores: Scores, stops: Halting) -> str:
    mean, median, most, longest = scores.segments
    lines = [
        f"right cells {_percent(scores.cells)}",
        f"segments until it halts: mean {mean:.1f}, median {median:.0f}, "
        f"90 % within {most:.0f}, most {longest:.0f}",
        f"halting: wants to stop exactly when right in {_percent(stops.accuracy)} of "
        f"{stops.segments} segments, calibration error {stops.error:.3f}",
    ]
    return "\n".join(lines)


def _agreement(judged: Sequence[PuzzleResult], scores: Scores, stops: Halting) -> str:
    """How well reproduced demonstrations and vote shares predict that an ARC answer is right."""
    known = [one.halting[0] for one in judged if one.halting]
    first_right = [right for _, reproduced, right in known if reproduced]
    others = [right for _, reproduced, right in known if not reproduced]
    return (
        f"right cells of the first attempt {_percent(scores.cells)}\n"
        f"every demonstration reproduced: first attempt right in "
        f"{sum(first_right)} of {len(first_right)}, "
        f"else in {sum(others)} of {len(others)}\n"
        f"share of the votes as a probability: calibration error {stops.error:.3f}"
    )


def _groups(
    groups: Mapping[str, Scores], header: Mapping[str, Any], *, arc: bool, narrow: bool
) -> Table:
    passes = ["first", "either"] if arc else ["halts", "one pass"]
    if not arc and (others := _others(header)):
        passes.append(f"with {others}")
    passes = passes if _checkable(header) else passes[:1]
    if narrow:
        passes = [name.removeprefix("with ") for name in passes]
    effort = [] if narrow else ["segments", "s a puzzle"]
    table = _table("difficulty", "n", *passes, *effort, narrow=narrow)
    for name, group in groups.items():
        shares = [group.right, group.single, group.verified]
        if arc:
            shares.remove(group.single)
        shares = shares[: len(passes)]
        figures = [] if narrow else [f"{group.segments[0]:.1f}", f"{group.seconds:.3f}"]
        table.add_row(
            clean_line(name, 40),  # of a log that may be anybody's
            str(group.n),
            *(_percent(share.share) for share in shares),
            *figures,
        )
    return table


def _others(header: Mapping[str, Any]) -> str:
    """What is tried after a failed pass, empty if nothing is."""
    policy = header["policy"]
    if not policy["attempts"]:
        return ""
    what_ifs = policy["select"] == "verified" and policy["method"] == "what-ifs"
    return "what-ifs" if what_ifs else "copies"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _interval(share: Share) -> str:
    return f"{100 * share.low:.1f}-{100 * share.high:.1f}"


def csv_of(judged: Sequence[PuzzleResult]) -> str:
    """One line per difficulty, and one for all puzzles."""
    names = ("right", "exact", "single", "verified")
    rows: list[tuple[object, ...]] = []
    for name, group in {**by_difficulty(judged), "all": Scores.of(judged)}.items():
        counts = (getattr(group, share).count for share in names)
        figures = (f"{group.cells:.4f}", f"{group.segments[0]:.3f}", f"{group.seconds:.4f}")
        rows.append((name, group.n, *counts, *figures))
    return as_csv(["difficulty", "n", *names, "cells", "segments", "seconds"], rows)
