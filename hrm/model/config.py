"""The architecture of a model: HRM, TRM, the plain transformer and our own small models.

No torch here, so that cards and the command line can read configurations quickly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, Literal, get_type_hints

from hrm.records import require

if TYPE_CHECKING:
    from puzzles.contract.relations import Relations

Positions = Literal["none", "rope", "rope2d", "learned"]
Halting = Literal["q_learning", "halt_only"]

AT_INFERENCE = ("halt_threshold", "halt_agreement", "halt_patience")
"""Fields that say when to stop. They are no part of the architecture and change no training."""

MESSAGES = 5
"""Heads of each layer for ways out of a cell; `hrm.model.ways.WayLayer` says for what."""

_UNSEEN = ("high_layers", "low_layers", "high_cycles", "low_cycles", "prefix")
_MOST = 256
"""Of the sizes that no single weight's shape shows: a header that lies about them would otherwise
be believed until it has used up time or memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HRMConfig:
    """Architecture only: nothing here depends on a batch, a data set or a schedule.

    vocabulary          number of token ids, the same for input and answer
    hidden, heads       width of the states, attention heads
    head_width          channels of a head; 0: hidden / heads
    intermediate        inner width of the SwiGLU
    high_layers         layers of the high level; 0: the low level's stack serves both (TRM)
    low_layers          layers of the low level; 0: no low level, a plain transformer
    high_cycles         N, high-level updates a segment
    low_cycles          T, low-level updates before each high-level update
    gradient            one_step: through the last low and the last high update (HRM);
                        last_cycle: through the whole last cycle (TRM)
    positions           how cells are told apart: none, rope (reading order), rope2d, learned
    cells               fixed number of cells; needed for learned positions and token mixing
    token_intermediate  inner width of TRM's token-mixing MLP; 0: attention
    relation_heads      first heads of each layer that may look along one relation each
    relation_mix        what such a head makes of a group of cells: attention to them or their mean
    cell_features       first features of each cell that are added to its token's embedding
    symbols             the last tokens of the vocabulary, if they are interchangeable: the state
                        then has a vector for each cell and symbol, and `heads` weighted means
                        are taken of each group of the first `relation_heads` relations and of the
                        symbols of a cell; 0: a vector for each cell
    choices             whether each canvas says which of the `symbols` its answer may have: there
                        is a vector for each cell and one of these, and one more for all tokens
                        that are no symbols. Heads of width hidden / heads, one for each of
                        `relation_heads` and one for the cell, take plain means. The puzzle
                        embedding then has a vector for the puzzle and one for each symbol
    ways                ways out of a cell, if the state has a vector for each open one, with one
                        set of weights for all; 0: see above. Heads of width hidden / heads
    prefix              puzzle tokens before the cells; 0: the puzzle is added to every cell
    puzzle_ids          rows of the puzzle embedding; 0: none, and no prefix
    puzzle_width        width of a puzzle embedding row, spread over the prefix
    halting             q_learning compares two values; halt_only asks whether q_halt > 0
    halt_reads          what the halting head reads: the first position or the mean of z_H
    halt_threshold      of halt_only at inference: the logit that q_halt has to exceed. In training
                        rows halt at 0, where being right is as likely as being wrong
    halt_agreement      how much lower the threshold is where the answer is the same as after the
                        segment before
    halt_patience       a model also stops so many segments after its highest q_halt; the answer of
                        that segment then counts, also at the limit. 0: the last answer counts
    """

    vocabulary: int
    hidden: int = 512
    heads: int = 8
    head_width: int = 0
    intermediate: int = 1536
    high_layers: int = 4
    low_layers: int = 4
    high_cycles: int = 2
    low_cycles: int = 2
    gradient: Literal["one_step", "last_cycle"] = "one_step"
    positions: Positions = "rope"
    cells: int = 0
    token_intermediate: int = 0
    relation_heads: int = 0
    relation_mix: Literal["attention", "mean"] = "attention"
    cell_features: int = 0
    symbols: int = 0
    choices: bool = False
    ways: int = 0
    prefix: int = 0
    puzzle_ids: int = 0
    puzzle_width: int = 0
    halting: Halting = "q_learning"
    halt_reads: Literal["first", "mean"] = "first"
    halt_threshold: float = 0.0
    halt_agreement: float = 0.0
    halt_patience: int = 0
    rope_theta: float = 10000.0
    norm_eps: float = 1e-5

    def __post_init__(self) -> None:
        for name, kind in get_type_hints(type(self)).items():
            _require(name, getattr(self, name), kind)
        self._check_bounds()
        if self.prefix and not self.puzzle_ids:
            raise ValueError(f"a prefix of {self.prefix} needs puzzle_ids, and there are none")
        if self.prefix and self.relation_mix == "mean" and self.relation_heads == self.heads:
            raise ValueError(
                "relation_mix mean takes no prefix: set prefix to 0, or fewer relation_heads"
            )
        self._check_states()
        if self.hidden % self.heads and not self.head_width:
            raise ValueError(f"hidden {self.hidden} is not a multiple of heads {self.heads}")
        if self.high_layers + self.low_layers < 1:
            raise ValueError("high_layers and low_layers are both 0: the model has no layers")
        if self.low_layers and self.low_cycles < 1:
            raise ValueError(f"low_cycles must be at least 1, not {self.low_cycles}")
        if self.relation_heads > self.heads and not self.symbols:
            raise ValueError(f"relation_heads {self.relation_heads} exceeds heads {self.heads}")
        if (self.positions == "learned" or self.token_intermediate) and not self.cells:
            raise ValueError("learned positions and token mixing need a fixed number of cells")
        channels = {"rope": 2, "rope2d": 4}.get(self.positions, 1)
        if self.per_head % channels:
            raise ValueError(
                f"{self.positions} needs a head width divisible by {channels}, not {self.per_head}"
            )
        width = self.hidden * (self.symbols + 2 if self.choices else 1)
        if self.puzzle_ids and not self.prefix and self.puzzle_width != width:
            raise ValueError(f"puzzle_width must be {width} here, not {self.puzzle_width}")
        if self.prefix and self.puzzle_width > self.prefix * self.hidden:
            raise ValueError(
                f"puzzle_width {self.puzzle_width} does not fit a prefix of "
                f"{self.prefix} × {self.hidden}"
            )

    def _check_states(self) -> None:
        """Check what states of more than a cell leave no choice of."""
        if self.ways:
            none = ("relation_heads", "cell_features", "puzzle_ids", "symbols")
            self._require_all("ways", dict.fromkeys(none, 0))
        if self.symbols or self.choices:
            wanted: dict[str, str | int] = {"relation_mix": "mean", "head_width": 0}
            if not self.choices:
                wanted |= {"cell_features": 0, "puzzle_ids": 0}
            self._require_all("symbols", wanted)
            self._check_symbols()

    def _require_all(self, states: str, wanted: Mapping[str, str | int]) -> None:
        always = {"positions": "none", "halt_reads": "mean", "prefix": 0, "token_intermediate": 0}
        for name, value in {**wanted, **always}.items():
            if getattr(self, name) != value:
                raise ValueError(
                    f"with {states}, {name} must be {value}, not {getattr(self, name)}"
                )

    def _check_symbols(self) -> None:
        if not self.symbols:
            raise ValueError("choices need symbols, and there are none")
        if self.symbols >= self.vocabulary:
            raise ValueError(
                f"symbols {self.symbols} must be fewer than the vocabulary {self.vocabulary}"
            )

    def _check_bounds(self) -> None:
        for name in ("vocabulary", "hidden", "heads", "intermediate", "high_cycles"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1, not {getattr(self, name)}")
        for name in _UNSEEN:
            if getattr(self, name) > _MOST:
                raise ValueError(f"{name} must be at most {_MOST}, not {getattr(self, name)}")

    @property
    def per_head(self) -> int:
        """Channels of a head."""
        return self.head_width or self.hidden // self.heads

    @property
    def relates(self) -> bool:
        """Whether the relations of a puzzle's cells have to be known."""
        return bool(self.relation_heads or self.cell_features or self.ways)

    @property
    def first_symbol(self) -> int:
        """The token of the first of `symbols`."""
        return self.vocabulary - self.symbols

    @property
    def states(self) -> int:
        """Vectors of a cell, where a canvas does not say how many."""
        return self.symbols + 1 if self.choices else max(1, self.symbols, self.ways)

    def missing(self, relations: Relations | None) -> tuple[str, str] | None:
        """The first field that asks for more than `relations` have, and what they have."""
        heads = 0 if relations is None else len(relations)
        if heads < self.relation_heads:
            return "relation_heads", f"{heads} relations"
        features = 0 if relations is None else relations.features.shape[-1]
        if features < self.cell_features:
            return "cell_features", f"{features} features of each cell"
        ways = 0 if relations is None or relations.ways is None else relations.ways.back.shape[-1]
        if self.ways not in (0, ways):
            return "ways", f"{ways} ways out of each cell"
        return None

    @property
    def layout(self) -> Literal["official", "native"]:
        """Models that count positions in reading order or need all cells know one canvas only."""
        fixed = self.positions in ("rope", "learned") or self.token_intermediate
        return "official" if fixed else "native"

    @classmethod
    def from_mapping(cls, values: Mapping[str, Any]) -> HRMConfig:
        """Build from a checkpoint header; a ValueError names unknown and missing fields."""
        known = {f.name for f in fields(cls)}
        unknown = sorted(set(values) - known)
        if unknown:
            raise ValueError(f"unknown configuration field {unknown[0]!r}")
        if "vocabulary" not in values:
            raise ValueError("configuration field 'vocabulary' is missing")
        return cls(**values)


def _require(name: str, value: object, kind: Any) -> None:
    require(name, value, kind)
    if kind is float and not value and name not in AT_INFERENCE:
        raise ValueError(f"{name} must be a number above 0, not {value!r}")
