"""`hrm eval`: how accurate a model is, in counts with intervals, by difficulty."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hrm.cli.inputs import write_text
from hrm.cli.measured import drawn, opened, origin
from hrm.cli.options import (
    AsJson,
    Attempts,
    Budget,
    Csv,
    Data,
    Device,
    Draw,
    DrawSeed,
    Level,
    Model,
    Noise,
    Segments,
    SelectHow,
    Task,
    Threads,
)
from hrm.errors import UserError
from hrm.policy import Policy
from puzzles.base import AnyDomain
from puzzles.domains import domain

if TYPE_CHECKING:
    from hrm.scores import Judged


def evaluate(
    task: Task,
    model: Model = "",
    data: Data = "",
    level: Level = "",
    count: Draw = 0,
    seed: DrawSeed = 0,
    segments: Segments = 64,
    attempts: Attempts = 8,
    select: SelectHow = "verified",
    noise: Noise = 0.0,
    budget: Budget = 60.0,
    batch: Annotated[int, typer.Option(min=1, help="Puzzles in a batch.")] = 64,
    device: Device = "cpu",
    threads: Threads = 0,
    out: Annotated[
        Path | None, typer.Option(help="Log of every puzzle; an evaluation that stopped goes on.")
    ] = None,
    csv: Csv = None,
    submission: Annotated[
        Path | None, typer.Option(help="ARC: write the attempts in Kaggle's format.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure a model's accuracy: by its own halting, with the rules, with symmetric copies."""
    from hrm.cli import eval_report as report
    from hrm.evaluation import judge, judge_arc
    from hrm.evaluation_log import Log

    if submission and task != "arc":
        raise UserError("--submission is for ARC", "Use --out and --csv for other puzzles.")
    kind = domain(task)
    policy = Policy(segments=segments, attempts=attempts, seed=seed, select=select, noise=noise)
    puzzles = drawn(kind, data, level, count, seed)
    network, header = opened(task, model, device, threads)
    header |= {
        "task": task,
        "data": origin(kind, data, level),
        "n": len(puzzles),
        "policy": asdict(policy),
        **({"budget": budget} if task == "arc" else {}),
    }
    log = Log(out, header) if out else None
    done: list[Judged] = list(log.done) if log else []
    left = dict(enumerate(puzzles))
    for one in done:
        left.pop(one.puzzle, None)
    found = (
        judge_arc(network, left, policy, budget)
        if task == "arc"
        else judge(network, kind, left, policy, batch)
    )
    with report.progress(len(puzzles), len(done)) as tick:
        for one in found:
            done.append(one)
            if log:
                log.add(one)
            tick(one)
    done.sort(key=lambda one: one.puzzle)
    tasks = [puzzle.task for puzzle in puzzles] if task == "arc" else []
    report.show(header, done, tasks, as_json=as_json)
    if csv:
        write_text(csv, report.as_csv(done))
    if submission:
        write_text(submission, _submission(kind, puzzles, done))


def _submission(kind: AnyDomain, puzzles: list[Any], done: list[Judged]) -> str:
    import numpy as np

    return kind.write_answers(
        [(puzzles[one.puzzle], [np.array(a, dtype=np.uint8) for a in one.answers]) for one in done]
    )
