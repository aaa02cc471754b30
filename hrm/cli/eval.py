"""`hrm eval`: measures the accuracy of a model."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, replace
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from hrm.cli import options
from hrm.cli.eval_target import EvalTarget, fingerprint
from hrm.cli.help import machine_option, output_option
from hrm.cli.options import Effort, flattened
from hrm.devices import usable_device
from hrm.errors import UserError
from hrm.files import require_different, written_if
from hrm.solving.policy import Policy, method_of
from puzzles.contract.protocol import AnyDomain

if TYPE_CHECKING:
    from hrm.evaluation.ranks import Judge
    from hrm.evaluation.scores import PuzzleResult
    from hrm.model.hrm import HRM
    from hrm.training.distributed import Ranks


@flattened
def evaluate(
    target: EvalTarget,
    effort: Effort,
    budget: options.Budget = 60.0,
    batch: Annotated[int, machine_option(metavar="N", min=1, help="Puzzles in a batch.")] = 64,
    out: Annotated[
        Path | None,
        output_option(metavar="FILE", help="Log every puzzle; an evaluation resumes from it."),
    ] = None,
    csv: options.Csv = None,
    submission: Annotated[
        Path | None,
        output_option(metavar="FILE", help="ARC: write the attempts in Kaggle's format."),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Measure a model's accuracy: single pass, own halting, and with further attempts.

    \b
      hrm eval sudoku --level minimal --count 500
      hrm eval maze --data mazes.txt --out log.jsonl
      torchrun --nproc-per-node 2 -m hrm eval arc --data arc1-evaluation
    """
    from hrm.cli import eval_report as report

    adapts = target.kind.adapts
    if submission and not adapts:
        raise UserError("--submission is for ARC", "Use --out and --csv for other puzzles.")
    policy = effort.policy(target.task, target.seed, budget)
    require_different(out, csv, submission)
    with _processes(usable_device(target.device)) as ranks:
        with written_if(*((csv, submission) if ranks.writes else (None, None))) as files:
            network, header = target.open(ranks)
            puzzles = target.puzzles()
            header |= _settings_of(target, policy, puzzles)
            judge = _judge_of(target, network, policy, batch)
            done = _follow(ranks, puzzles, judge, header, batch, out)
            known = [one for one in done if one.known]
            table, answers = files
            if table:
                table.write(report.csv_of(known))
            if answers:
                answers.write(_submission(target.kind, puzzles, done))
        if ranks.writes:
            tasks = [puzzle.task for puzzle in puzzles] if adapts else []
            report.show(header, known, tasks, as_json=as_json)


def _settings_of(target: EvalTarget, policy: Policy, puzzles: list[Any]) -> dict[str, Any]:
    """The settings on which the results depend; a log with other settings is not continued."""
    method = method_of(target.kind)
    settled = asdict(replace(policy, attempts=policy.tries(method))) | {"method": method}
    found = {"n": len(puzzles), "puzzles": fingerprint(puzzles), "policy": settled}
    if target.kind.adapts:  # the result depends on the speed of the device
        limits = {"budget": policy.budget, "device": target.device, "threads": target.threads}
        return found | limits
    return found if target.kind.checkable else found | {"checkable": False}


@contextmanager
def _processes(device: str) -> Iterator[Ranks]:
    """This process's rank among those that torchrun started."""
    from hrm.evaluation.ranks import PATIENCE
    from hrm.training.distributed import from_environment

    with replace(from_environment(os.environ, device), timeout=PATIENCE) as ranks:
        yield ranks


def _judge_of(target: EvalTarget, network: HRM, policy: Policy, batch: int) -> Judge:
    from hrm.evaluation.judge import judge, judge_arc

    if target.kind.adapts:
        return lambda puzzles: judge_arc(network, puzzles, policy)
    return lambda puzzles: judge(network, target.kind, puzzles, policy, batch)


def _follow(
    ranks: Ranks,
    puzzles: list[Any],
    judge: Judge,
    header: Mapping[str, Any],
    batch: int,
    out: Path | None,
) -> list[PuzzleResult]:
    """Evaluate the puzzles that the log at `out` does not have; returns all results in order."""
    from hrm.cli import eval_report as report
    from hrm.evaluation.log import Log
    from hrm.evaluation.ranks import everyone, judge_together

    with ExitStack() as stack:
        log = stack.enter_context(closing(Log(out, header))) if out and ranks.writes else None
        done, *_ = everyone(ranks, list(log.done) if log else [])
        known = {one.puzzle for one in done}
        left = {number: puzzle for number, puzzle in enumerate(puzzles) if number not in known}
        if "budget" in header:  # keep the tests of a task together
            found = judge_together(ranks, left, judge, 1, attrgetter("task"))
        else:
            found = judge_together(ranks, left, judge, batch)
        tick = stack.enter_context(report.progress(len(puzzles), len(done), shown=ranks.writes))
        for one in found:
            done.append(one)
            if log:
                log.add(one)
            tick(one)
    return sorted(done, key=lambda one: one.puzzle)


def _submission(kind: AnyDomain, puzzles: list[Any], done: list[PuzzleResult]) -> str:
    import numpy as np

    return kind.write_answers(
        [(puzzles[one.puzzle], [np.array(a, dtype=np.uint8) for a in one.answers]) for one in done]
    )
