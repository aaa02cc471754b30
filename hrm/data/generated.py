"""Generated puzzles as training sources."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hrm.data.rows import Rows
from hrm.errors import UserError
from puzzles.contract.protocol import AnyDomain
from puzzles.contract.tokens import Layout
from puzzles.errors import PuzzleError
from puzzles.training import Maker


@dataclass(frozen=True, slots=True)
class GeneratedSource:
    """Puzzles of one `Maker`. With `ids`, for a model with puzzle embeddings, every row has puzzle
    id 0, as in the published Sudoku and maze data."""

    task: str
    maker: Maker
    ids: bool = False

    @property
    def shape(self) -> tuple[int, int]:
        return self.maker.shape

    @property
    def share(self) -> float:
        return self.maker.share

    @property
    def ruled(self) -> bool:
        """Whether its puzzles have rules beyond what the canvas shows."""
        return bool(getattr(self.maker, "ruled", False))

    def make(self, rng: np.random.Generator, count: int) -> Rows:
        pairs = self.maker.make(rng, count)
        ids = np.zeros(len(pairs.tokens), np.int64) if self.ids else None
        return Rows(pairs.tokens, pairs.targets, ids, pairs.rules)


def require_weights(mix: Mapping[str, float]) -> None:
    """Raises `UserError` unless all weights are at least 0 and one is positive."""
    if not mix or min(mix.values()) < 0 or sum(mix.values()) <= 0:
        raise UserError(f"mix {dict(mix)} has no positive weight", "Give kind:weight pairs.")


def makers_of(kind: AnyDomain, mix: Mapping[str, float], layout: Layout) -> Sequence[Maker]:
    """The makers of a mix; raises `UserError` for an invalid one."""
    if not kind.levels:
        raise UserError(
            f"{kind.name} puzzles are not generated, so there is nothing to train on",
            "Give a file or a data set with --data.",
        )
    require_weights(mix)
    try:
        return kind.training().makers(mix, layout)
    except PuzzleError as error:
        raise UserError(str(error), error.hint) from error


def generated_sources(
    kind: AnyDomain, mix: Mapping[str, float], layout: Layout, *, ids: bool
) -> list[GeneratedSource]:
    """One source for each canvas size of the mix."""
    return [GeneratedSource(kind.name, maker, ids) for maker in makers_of(kind, mix, layout)]
