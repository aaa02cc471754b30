"""Two attempts at an ARC test out of the answers to its symmetric variants.

Whole grids seldom agree in every cell, though most variants may be right about each: so the first
attempt is what they say together, cell by cell, and the second the grid that most of them gave.
"""

from __future__ import annotations

from collections import Counter, defaultdict
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
    """A variant's answer after its last segment, mapped back to the task as it is.

    `scores` (height, width, 10): log-probability of each colour. `halting` is a probability;
    `halted` says whether the model stopped by itself.
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
        """From tokens (H, W) and their (H, W, 12) log-probabilities on the variant's canvas."""
        answer = read_tokens(tokens)
        height, width = answer.shape
        colours = log_probabilities[:height, :width, FIRST_COLOUR:]
        back = symmetry.dihedral.inverse().apply(colours)[..., list(symmetry.colours)]
        return cls(symmetry.undo(answer), back, halting, halted, segments)


def consensus(votes: Sequence[Vote]) -> Answer:
    """The likeliest colour of every cell, over the votes of the commonest size."""
    sizes: dict[tuple[int, ...], list[Vote]] = defaultdict(list)
    for vote in votes:
        sizes[vote.answer.shape].append(vote)
    most = max(sizes.values(), key=lambda group: (len(group), _surest(group)))
    likeliest: Answer = np.mean([vote.scores for vote in most], axis=0).argmax(-1).astype(np.uint8)
    return likeliest


def attempts(votes: Sequence[Vote]) -> list[Candidate]:
    """The consensus, then the most frequent answers that differ from it: two, or one where all
    agree. Ties go to the surer to halt. `share` counts the votes for exactly that grid."""
    parties: dict[tuple[tuple[int, ...], bytes], list[Vote]] = defaultdict(list)
    for vote in votes:
        parties[_key(vote.answer)].append(vote)
    first = consensus(votes)
    ranked = sorted(parties.values(), key=lambda p: (len(p), _surest(p)), reverse=True)
    rest = [party[0].answer for party in ranked if _key(party[0].answer) != _key(first)]
    shares = Counter({key: len(party) / len(votes) for key, party in parties.items()})
    return [Candidate(answer=a, share=shares[_key(a)]) for a in (first, *rest)][:ATTEMPTS]


def standings(votes: Sequence[Vote]) -> tuple[Candidate, ...]:
    """The distinct answers, the one with the largest share first; ties go to the surer to halt."""
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
    """The end of a test, `votes[0]` being of the task as it is.

    The caller fills in `seconds` and `puzzle`.
    """
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
