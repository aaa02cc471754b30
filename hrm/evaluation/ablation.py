"""An ablation of the Sudoku mini: variants trained for equal time and compared.

`hrm ablate` runs `hrm train` for every variant and seed, one after the other, and evaluates all
models on the same held-out puzzles in a single pass. The same command resumes an interrupted
ablation. The table is written to OUT/table.md.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hrm.errors import EXIT_INTERRUPTED, EXIT_SOLVED, UserError
from hrm.records import RecordError, read_record

SEGMENTS = 16
"""Most segments of the single pass over a held-out puzzle."""

CLUES = 34
"""Clues in the easier held-out set, about as in a newspaper; the other set is minimal."""

HELD_OUT_SEED = 34_000_000
"""A seed that no run of an ablation uses."""

VARIANTS: Mapping[str, Sequence[str]] = {
    "mini": (),
    # three heads of attention within row, column and box, and one everywhere
    "a state for each cell": (
        "symbols=0",
        "hidden=64",
        "heads=4",
        "intermediate=192",
        "relation_heads=3",
        "relation_mix=attention",
    ),
    "rows, columns and boxes only": ("relation_heads=3",),
    "one mean of a group": ("heads=1",),
    "gradient of one step": ("gradient=one_step",),
    # scale-free like Adam, so it gets AdamW's usual rate for this width and not Muon's
    "AdamATan2 for Muon": ("optimizer=adam_atan2", "learning_rate=1e-3", "weight_decay=0.1"),
    "one segment in training": ("max_segments=1",),
    "Q-continue": ("halting=q_learning",),
}
"""Name → the settings that differ from the preset."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AblationPlan:
    """`steps`, if not 0, replaces `minutes`; `count` is the size of each held-out set."""

    out: Path
    minutes: float = 2.0
    steps: int = 0
    seeds: int = 3
    count: int = 200
    threads: int = 1
    changes: tuple[str, ...] = ()
    """Settings for all variants."""

    @property
    def effort(self) -> str:
        """The training time of each run, in words."""
        length = f"{self.steps} steps" if self.steps else f"{self.minutes:g} minutes"
        return f"{length} of training each, {self.threads} thread(s)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The result of one run: it solved `eased` and `minimal` of `count` puzzles each; `effort` is
    that of its plan."""

    effort: str
    eased: int
    minimal: int
    count: int
    steps: int
    examples: int


Train = Callable[[Sequence[str]], int]
"""Runs `hrm train` with the given arguments and returns the exit code."""


def in_a_process(arguments: Sequence[str]) -> int:
    """Run in a new process, so that no run profits from the caches or memory of another.

    Interrupts are forwarded so that the run can save. It has its own process group, because a
    terminal would otherwise send it Ctrl-C a second time.
    """
    command = [sys.executable, "-m", "hrm", *arguments]
    with subprocess.Popen(command, start_new_session=os.name != "nt") as process:
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                with contextlib.suppress(OSError, ValueError):  # it has already ended
                    process.send_signal(signal.SIGINT)


def ablate(
    plan: AblationPlan,
    variants: Mapping[str, Sequence[str]] = VARIANTS,
    train: Train = in_a_process,
) -> str:
    """Do all remaining runs and return the Markdown table. Raises `UserError` if a run fails."""
    scores: dict[str, list[Score]] = {name: [] for name in variants}
    sets = None
    for seed in range(plan.seeds):  # outer loop, so that an unfinished table is fair
        for name, changes in variants.items():
            folder = plan.out / f"{name.replace(' ', '-').lower()}-{seed}"
            if not (folder / "score.json").exists():
                _train(plan, folder, seed, [*plan.changes, *changes], train)
                sets = sets or held_out(plan.count)
                _evaluate(folder, sets, plan.effort)
            scores[name].append(_read(folder, plan))
            _write(plan.out / "table.md", table(scores, variants, plan))
    return table(scores, variants, plan)


def _train(
    plan: AblationPlan, folder: Path, seed: int, changes: Sequence[str], train: Train
) -> None:
    end = ("--steps", str(plan.steps)) if plan.steps else ("--minutes", str(plan.minutes))
    machine = ("--threads", str(plan.threads))
    if (folder / "config.json").exists():
        code = train(["train", "--resume", str(folder), *end, *machine])
    else:
        # the run's own evaluations are not needed
        settings = ["evaluate_every=0", "evaluate_count=1", *changes]
        pairs = [part for setting in settings for part in ("--set", setting)]
        new = ("--task", "sudoku", "--preset", "mini", "--seed", str(seed), "--out", str(folder))
        code = train(["train", *new, *end, *machine, *pairs])
    if code == EXIT_INTERRUPTED:
        raise KeyboardInterrupt
    if code != EXIT_SOLVED:
        hint = "Call this again: what is finished is kept."
        raise UserError(f"training in {folder} ended with exit code {code}", hint)


def held_out(count: int) -> tuple[list[Any], list[Any]]:
    """`count` Sudokus with `CLUES` clues and as many minimal ones, always the same."""
    import numpy as np

    from puzzles.sudoku import bulk
    from puzzles.sudoku.puzzle import Sudoku

    rng = np.random.default_rng(HELD_OUT_SEED)
    givens, solutions = bulk.minimal_puzzles(rng, 2 * count)
    eased = givens[:count].copy()
    for row, solution in zip(eased, solutions, strict=False):
        blanks = rng.permutation(np.flatnonzero(row == 0))
        back = blanks[: max(0, CLUES - np.count_nonzero(row))]
        row[back] = solution[back]
    both = np.concatenate((eased, givens[count:]))
    puzzles = [
        Sudoku(tuple(row.tolist()), tuple(solution.tolist()))
        for row, solution in zip(both, solutions, strict=True)
    ]
    return puzzles[:count], puzzles[count:]


def _evaluate(folder: Path, sets: tuple[list[Any], list[Any]], effort: str) -> None:
    from hrm.model.checkpoint import load_model, read_metadata
    from hrm.solving.accuracy import outcomes
    from puzzles.sudoku.domain import SudokuDomain

    path = folder / "model.safetensors"
    model, (_, about) = load_model(path), read_metadata(path)
    # a pass ends when the rules hold, so answers are compared rather than halting
    eased, minimal = (
        sum(bool(o.confirmed) for o in outcomes(model, SudokuDomain(), part, SEGMENTS, rules=True))
        for part in sets
    )
    score = Score(
        effort=effort,
        eased=eased,
        minimal=minimal,
        count=len(sets[0]),
        steps=about["step"],
        examples=about["examples"],
    )
    _write(folder / "score.json", json.dumps(asdict(score)))


def _read(folder: Path, plan: AblationPlan) -> Score:
    path = folder / "score.json"
    try:
        score = read_record(path, Score)
    except (OSError, RecordError) as error:
        raise UserError(
            f"{path} cannot be read ({error})", "Delete it to measure again."
        ) from error
    if (score.count, score.effort) != (plan.count, plan.effort):
        raise UserError(
            f"{path} is of {score.count} puzzles and {score.effort}, not of {plan.count} and "
            f"{plan.effort}",
            "Choose another --out, or delete it to measure again.",
        )
    return score


def _write(path: Path, text: str) -> None:
    from hrm.files import write_atomically

    write_atomically(path, text.encode())


def table(
    scores: Mapping[str, Sequence[Score]], variants: Mapping[str, Sequence[str]], plan: AblationPlan
) -> str:
    """A Markdown table: mean and range over the finished seeds, in percent of `count` puzzles."""
    lines = [
        f"{plan.effort}, one pass of at most {SEGMENTS} "
        f"segments that ends when every rule holds, n = {plan.count} a set; mean (lowest to "
        "highest) over seeds.",
        "",
        f"| variant | settings | seeds | {CLUES} clues, % | minimal, % | steps | puzzles seen |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, of in scores.items():
        if of:
            settings = " ".join(f"`{change}`" for change in variants[name]) or "the preset"
            cells = [
                name,
                settings,
                str(len(of)),
                _span([100 * score.eased / score.count for score in of]),
                _span([100 * score.minimal / score.count for score in of]),
                _mean([score.steps for score in of]),
                _mean([score.examples for score in of]),
            ]
            lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _span(values: Sequence[float]) -> str:
    return f"{sum(values) / len(values):.1f} ({min(values):.1f} to {max(values):.1f})"


def _mean(values: Sequence[int]) -> str:
    return f"{sum(values) / len(values):,.0f}"
