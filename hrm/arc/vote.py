"""Combines the answers of symmetric variants to two attempts at an ARC test.

Whole grids rarely agree in every cell, although most variants may be right about each cell. So the
first attempt is the cell-by-cell consensus, and the second the most frequent other grid.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hrm.events import Candidate, Finished
from puzzles.arc.domain import ArcDomain
from puzzles.arc.puzzle import FIRST_COLOUR, ArcPuzzle, Symmetry, read_tokens
from puzzles.contract.tokens import Answer, FloatGrid, Tokens

ATTEMPTS = 2

_DOMAIN = ArcDomain()


@dataclass(frozen=True, slots=True)
class Vote:
    """A variant's final answer, mapped back to the unchanged task.

    `scores` (height, width, 10) are the log-probabilities of the colours, `halting` is σ(q_halt),
    `halted` whether the model halted before the limit.
    """

    answer: Answer
    scores: FloatGrid
    halting: float
    halted: bool
    segments: int

    @classmethod
    def of(
        cls,
        tokens: Tokens,
        log_probabilities: FloatGrid,
        symmetry: Symmetry,
        *,
        halting: float,
        halted: bool,
        segments: int,
    ) -> Vote:
        """From tokens (H, W) and log-probabilities (H, W, 12) on the variant's canvas."""
        answer = read_tokens(tokens)
        height, width = answer.shape
        colours = log_probabilities[:height, :width, FIRST_COLOUR:]
        back = symmetry.dihedral.inverse().apply(colours)[..., list(symmetry.colours)]
        return cls(symmetry.undo(answer), back, halting, halted, segments)


def consensus(votes: Sequence[Vote]) -> Answer:
    """The likeliest colour of every cell, over the votes with the most frequent size."""
    sizes: dict[tuple[int, ...], list[Vote]] = defaultdict(list)
    for vote in votes:
        sizes[vote.answer.shape].append(vote)
    most = max(sizes.values(), key=lambda group: (len(group), _surest(group)))
    likeliest: Answer = np.mean([vote.scores for vote in most], axis=0).argmax(-1).astype(np.uint8)
    return likeliest


def attempts(votes: Sequence[Vote]) -> list[Candidate]:
    """The consensus and the most frequent answer that differs from it, if there is one; `share`
    counts the votes for exactly that grid."""
    first = consensus(votes)
    ranked = standings(votes)
    agreed = [one for one in ranked if _key(one.answer) == _key(first)]
    others = [one for one in ranked if _key(one.answer) != _key(first)]
    return [*(agreed or [Candidate(answer=first, share=0.0)]), *others][:ATTEMPTS]


def standings(votes: Sequence[Vote]) -> tuple[Candidate, ...]:
    """The distinct answers by number of votes; ties are broken by the halting probability."""
    parties: dict[tuple[tuple[int, ...], bytes], list[Vote]] = defaultdict(list)
    for vote in votes:
        parties[_key(vote.answer)].append(vote)
    ranked = sorted(parties.values(), key=lambda p: (len(p), _surest(p)), reverse=True)
    return tuple(Candidate(answer=p[0].answer, share=len(p) / len(votes)) for p in ranked)


def unanimous(votes: Sequence[Vote]) -> bool:
    return len({_key(vote.answer) for vote in votes}) == 1


def _key(answer: Answer) -> tuple[tuple[int, ...], bytes]:
    return answer.shape, answer.tobytes()


def _surest(votes: Sequence[Vote]) -> float:
    return float(np.mean([vote.halting for vote in votes]))


def elect(puzzle: ArcPuzzle, votes: Sequence[Vote], reproduced: int) -> Finished:
    """The Finished event of a test; `votes[0]` is for the unchanged task. The caller sets `seconds`
    and `puzzle`."""
    chosen = attempts(votes)
    verdicts = [_DOMAIN.check(puzzle, candidate.answer) for candidate in chosen]
    solved = verdicts[0].solved if verdicts[0].solved is None else any(v.solved for v in verdicts)
    note = f"{reproduced} of {len(puzzle.demonstrations)} demonstrations reproduced"
    if solved is None:
        note += "; the answer is unverified"
    elif solved and not verdicts[0].solved:
        note += "; the second attempt is right"
    return Finished(
        candidates=tuple(chosen),
        solved=solved,
        reasons=() if solved else verdicts[0].reasons,
        broken=verdicts[0].broken,
        reason="halted" if votes[0].halted else "limit",
        found="vote",
        segments=votes[0].segments,
        attempts=len(votes),
        seconds=0.0,
        note=f"{note}.",
        reproduced=reproduced == len(puzzle.demonstrations),
    )
