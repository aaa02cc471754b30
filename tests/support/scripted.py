"""A solver that plays a script instead of running a model, and one way to call the command line.

The command line's tests are about files, words and exit codes; they need events, not torch.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from hrm.cli.boundary import main
from hrm.engine import SolveSettings
from hrm.events import Candidate, Finished, Found, Segment, SolveEvent, Started
from puzzles.contract.protocol import AnyDomain
from puzzles.contract.tokens import Answer

SUDOKU = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
SUDOKU_ANSWER = "534678912672195348198342567859761423426853791713924856961537284287419635345286179"
MAZE = "S # \n  # \n    \n# #G"


@dataclass
class Script:
    """How the scripted model fares: `wrong` puzzles end unsolved, `copied` ones by a copy,
    `what_if` ones by a what-if."""

    wrong: frozenset[int] = frozenset()
    copied: frozenset[int] = frozenset()
    what_if: frozenset[int] = frozenset()
    error: BaseException | None = None
    settings: list[SolveSettings] = field(default_factory=list)

    def open(self, domain: AnyDomain, settings: SolveSettings) -> Callable[..., Any]:
        self.settings.append(settings)
        return lambda puzzles: self._events(domain, puzzles)

    def _events(self, domain: AnyDomain, puzzles: Sequence[Any]) -> Iterator[SolveEvent]:
        for index, puzzle in enumerate(puzzles):
            yield Started(
                domain=domain.name,
                model="scripted",
                text=domain.format(puzzle),
                name=puzzle.name,
                limit=16,
                attempts=8,
                puzzle=index,
            )
        for index, puzzle in reversed(list(enumerate(puzzles))):  # out of order, as batches are
            if self.error is not None:
                raise self.error
            yield from self._thinking(domain, puzzle, index)

    def _thinking(self, domain: AnyDomain, puzzle: Any, index: int) -> Iterator[SolveEvent]:
        blank = np.zeros_like(domain.encode(puzzle, "native"))
        last = blank if index in self.wrong else domain.solve(puzzle)[0]
        yield segment(1, blank, index=index, stops=False)
        yield segment(2, last, index=index, stops=True)
        verdict = domain.check(puzzle, last)
        copied, what_if = index in self.copied, index in self.what_if
        found: Found = "single pass" if domain.checkable else "vote"
        yield Finished(
            candidates=(Candidate(answer=last),),
            solved=verdict.solved,
            reasons=verdict.reasons,
            broken=verdict.broken,
            reason=("verified" if copied or what_if else "halted" if verdict.solved else "limit"),
            found="symmetric copies" if copied else "what-ifs" if what_if else found,
            segments=2,
            attempts=8 if copied or what_if or index in self.wrong else 0,
            seconds=0.41,
            puzzle=index,
        )


def segment(number: int, answer: Answer, *, index: int = 0, stops: bool = False) -> Segment:
    """A segment that changed everything and is sure of it."""
    return Segment(
        number=number,
        limit=16,
        answer=answer,
        confidence=np.full(answer.shape, 0.98765, dtype=np.float32),
        changed=np.ones(answer.shape, dtype=np.bool_),
        broken=() if stops else ((0, 1),),
        q_halt=2.5866 if stops else -1.0,
        q_continue=-2.5866 if stops else 0.5,
        stops=stops,
        why="The network is 93 % sure that it is right, so it stops."
        if stops
        else "The network sees a chance of 27 % that it is right, so it continues.",
        low_residuals=(0.5, 0.25),
        high_residuals=(0.75,),
        seconds=0.1 * number,
        puzzle=index,
    )


def finished(answer: Answer) -> Finished:
    """The end of a single pass of three segments that halted with a right answer."""
    return Finished(
        candidates=(Candidate(answer=answer),),
        solved=True,
        reasons=(),
        broken=(),
        reason="halted",
        found="single pass",
        segments=3,
        attempts=0,
        seconds=0.1,
    )


@dataclass(frozen=True)
class Ran:
    """Exit code and both streams of one command line."""

    code: int
    out: str
    err: str


class Shell:
    """Calls the whole command line in this process, error boundary included."""

    def __init__(self, capsys: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        self._capsys = capsys
        self._patch = patch

    def __call__(self, *arguments: object, stdin: bytes = b"") -> Ran:
        self._patch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin)))
        code = main([str(argument) for argument in arguments])
        captured = self._capsys.readouterr()
        return Ran(code, captured.out, captured.err)
