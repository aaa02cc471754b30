"""The options that `hrm solve` and `hrm record` share: the puzzles, the model and the machine."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from hrm.cli import options
from hrm.cli.pulling import fetch_missing
from hrm.engine import Report, SolveSettings, domain_of_model
from hrm.puzzle_files import read_puzzles, read_rules
from hrm.solving.policy import Policy
from puzzles.contract.protocol import AnyDomain


@dataclass(frozen=True, slots=True, kw_only=True)
class SolveOptions:
    rules: options.Rules = ""
    size: options.Size = 0
    model: options.Model = ""
    yes: options.Yes = False
    device: options.Device = "auto"
    threads: options.Threads = 0

    def read(self, task: str, argument: str) -> tuple[AnyDomain, list[Any]]:
        """The domain of the model, and the puzzles that the argument PUZZLE names."""
        kind = domain_of_model(task, self.model)
        return kind, read_puzzles(kind, argument, read_rules(kind, self.rules, self.size))

    def settings(
        self,
        task: str,
        policy: Policy,
        *,
        steps: int = 0,
        report: Report | None = None,
        beliefs: bool = False,
    ) -> SolveSettings:
        return SolveSettings(
            model=self.model,
            fetch=partial(fetch_missing, task=task, yes=self.yes),
            device=self.device,
            threads=self.threads,
            steps=steps,
            policy=policy,
            report=report,
            beliefs=beliefs,
        )
