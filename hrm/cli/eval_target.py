"""The model and the puzzles of `hrm eval`, `scale` and `analyze`, identified reproducibly."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hrm.cli import options
from hrm.cli.options import require_level
from hrm.devices import usable_device
from hrm.engine import domain_of_model
from hrm.errors import PuzzleFileError, UserError
from hrm.files import sha256_of
from hrm.model.files import weights_file
from hrm.puzzle_files import read_puzzles, read_rules
from hrm.terminal import clean_line
from puzzles.contract.protocol import AnyDomain

if TYPE_CHECKING:
    from hrm.model.hrm import HRM
    from hrm.training.distributed import Ranks

MOST = 2**31
"""More puzzles than any data set holds."""

GENERATED = 200
"""Default number of generated puzzles."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvalTarget:
    """The options for the model and for the puzzles it is evaluated on."""

    task: options.Task
    model: options.Model = ""
    data: options.Data = ""
    level: options.Level = ""
    rules: options.Rules = ""
    size: options.Size = 0
    count: options.Draw = 0
    seed: options.DrawSeed = 0
    device: options.Device = "auto"
    threads: options.Threads = 0

    @property
    def kind(self) -> AnyDomain:
        return domain_of_model(self.task, self.model)

    def open(self, ranks: Ranks | None = None) -> tuple[HRM, dict[str, Any]]:
        """Load the model; returns it with its name, hash and data for the report. Raises
        `ModelError`."""
        from hrm.model.checkpoint import load_model
        from hrm.store.registry import display_name, resolve_model

        path = resolve_model(self.model, self.task)
        device = usable_device(self.device, self.threads)
        network = load_model(path, device=ranks.device(device) if ranks else device)
        file = weights_file(path) if path.is_dir() else path
        digest = sha256_of(file)
        data = self._source or f"generated {require_level(self.kind, self.level)}"
        record = {"model": display_name(path), "sha256": digest, "task": self.task, "data": data}
        if self._rules:
            record["rules"] = self._rules
        return network, record

    @property
    def _rules(self) -> str:
        return read_rules(self.kind, self.rules, self.size)

    @property
    def _source(self) -> str:
        """`--data`, or for a domain with collections the one that `--level` names."""
        if self.kind.collections and not self.data:
            return self.level or self.kind.collections[0]
        return self.data

    def puzzles(self) -> list[Any]:
        """Generated puzzles, or at most `count` of --data; the same in every call."""
        import numpy as np

        from hrm.data.layout import is_dataset

        kind, rng, source = self.kind, np.random.default_rng(self.seed), self._source
        if self.level and self.data:
            raise UserError("--level is of generated puzzles", "Leave out --level or --data.")
        if self.level:
            require_level(kind, self.level)
        if not source:
            level = require_level(kind, self.level)
            count = self.count or GENERATED
            if rules := self._rules:
                return [kind.generate(rng, level, rules) for _ in range(count)]
            return [kind.generate(rng, level) for _ in range(count)]
        if source in kind.collections:
            puzzles = kind.collection(source)
        elif is_dataset(Path(source).expanduser()):
            from hrm.data.sources import held_out

            return held_out(source, self.task, self.count or MOST, rng)
        else:
            puzzles = [kind.completed(puzzle) for puzzle in _read(kind, source, self._rules)]
        if not self.count:
            return puzzles
        if not kind.adapts:
            return [puzzles[i] for i in sorted(rng.permutation(len(puzzles))[: self.count])]
        tasks = sorted({puzzle.task for puzzle in puzzles})  # whole tasks, with all their tests
        drawn = {tasks[i] for i in rng.permutation(len(tasks))[: self.count]}
        return [puzzle for puzzle in puzzles if puzzle.task in drawn]


def title(header: Mapping[str, Any], n: int) -> str:
    """The model, its hash, the data and the number of puzzles in one line."""
    model, data = clean_line(header["model"]), clean_line(header["data"])
    return f"{model} {header['sha256'][:8]} · {data} · n = {n}"


def fingerprint(puzzles: Sequence[Any]) -> str:
    """SHA-256 of puzzles and their known answers, which identifies the data."""
    digest = hashlib.sha256()
    for puzzle in puzzles:
        digest.update(f"{puzzle!r}\n".encode())
    return digest.hexdigest()


def _read(kind: AnyDomain, source: str, rules: str) -> list[Any]:
    try:
        return read_puzzles(kind, source, rules)
    except PuzzleFileError as error:
        if not kind.collections:
            raise
        raise PuzzleFileError(
            error.message, f"{error.hint} Data sets are {', '.join(kind.collections)}."
        ) from None
