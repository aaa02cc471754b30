"""HRM: two recurrent transformer stacks that share the work of a segment (arXiv 2506.21734).

One class also covers the Tiny Recursive Model, the plain transformer and our relation-head family,
through `HRMConfig`. It holds parameters only: labels, counters and random state live elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from hrm.model.choices import KINDS as CHOICE_KINDS
from hrm.model.choices import ChoiceLayer, choice_inputs
from hrm.model.config import HRMConfig
from hrm.model.files import INITIAL_STATES
from hrm.model.geometry import Geometry, geometry_of
from hrm.model.layers import Layer, Linear, Stack, embedding_scale, truncated_normal_
from hrm.model.symbols import SymbolLayer, kinds
from hrm.model.ways import Observer, OpenWays, WayInputs, WayLayer, means_over
from puzzles.contract.relations import Relations

KINDS = 3
"""What a cell of interchangeable symbols can be: blank, this symbol, another one."""

RULED_OUT = -1e9
"""Logit of a token that is no answer."""


@dataclass(frozen=True, slots=True)
class Carry:
    """State between segments: `high` and `low`, both (B, P + L, D), detached."""

    high: Tensor
    low: Tensor

    def restart(self, rows: Tensor, start: Carry) -> Carry:
        """The rows (B,) that are True begin anew from `start`, which broadcasts over the batch."""
        return Carry(
            torch.where(rows[:, None, None], start.high, self.high),
            torch.where(rows[:, None, None], start.low, self.low),
        )

    def take(self, rows: Tensor | slice) -> Carry:
        """Only the given rows: a (B,) mask, indices, or a slice, which copies nothing."""
        return Carry(self.high[rows], self.low[rows])


@dataclass(frozen=True, slots=True)
class SegmentOutput:
    """`logits` (B, L, V) without the puzzle prefix; `q_halt`, `q_continue` (B,) float32 logits."""

    carry: Carry
    logits: Tensor
    q_halt: Tensor
    q_continue: Tensor


class HRM(nn.Module):
    """`segment` runs N high-level cycles of T low-level updates and reads out a whole answer."""

    def __init__(self, config: HRMConfig, generator: torch.Generator | None = None) -> None:
        super().__init__()
        self.config = config
        hidden = config.hidden
        self.compute_dtype = torch.float32
        inputs = KINDS if config.symbols else config.vocabulary
        std = hidden**-0.5
        if config.choices:
            inputs, std = CHOICE_KINDS, 1.0
        self.embed_tokens = nn.Parameter(
            truncated_normal_(torch.empty(inputs, hidden), std, generator)
        )
        if config.positions == "learned":
            table = torch.empty(config.prefix + config.cells, hidden)
            self.embed_positions = nn.Parameter(truncated_normal_(table, hidden**-0.5, generator))
        if config.puzzle_ids:
            self.puzzle_embedding = nn.Parameter(
                torch.zeros(config.puzzle_ids, config.puzzle_width)
            )
        if config.cell_features:
            weights = torch.empty(config.cell_features * (1 + config.choices), hidden)
            std = config.cell_features**-0.5
            self.embed_features = nn.Parameter(truncated_normal_(weights, std, generator))
        if config.ways:
            self.embed_ways = WayInputs(config.vocabulary, config.ways, hidden, generator)
        self.high = Stack(self._layers(config.high_layers, generator))
        self.low = Stack(self._layers(config.low_layers, generator))
        outputs = 1 if config.symbols else config.vocabulary
        self.lm_head = Linear(hidden, outputs, generator)
        # Starting at "continue, surely not halting" keeps Q-learning from stopping too early.
        self.q_head = nn.Linear(hidden, 2)
        nn.init.zeros_(self.q_head.weight)
        nn.init.constant_(self.q_head.bias, -5.0)
        for name in INITIAL_STATES:
            state = truncated_normal_(torch.empty(hidden), 1.0, generator)
            self.register_buffer(name, state)
        self.high_init: Tensor
        self.low_init: Tensor

    def _layers(self, count: int, generator: torch.Generator | None) -> list[nn.Module]:
        c = self.config
        if c.ways:
            return [
                WayLayer(c.hidden, c.per_head, c.intermediate, eps=c.norm_eps, generator=generator)
                for _ in range(count)
            ]
        if c.choices:
            return [
                ChoiceLayer(
                    c.hidden,
                    c.relation_heads + 1,
                    c.per_head,
                    c.intermediate,
                    eps=c.norm_eps,
                    generator=generator,
                )
                for _ in range(count)
            ]
        if c.symbols:
            return [
                SymbolLayer(
                    c.hidden,
                    c.relation_heads,
                    c.heads,
                    c.intermediate,
                    eps=c.norm_eps,
                    generator=generator,
                )
                for _ in range(count)
            ]
        return [
            Layer(
                c.hidden,
                c.heads,
                c.per_head,
                c.intermediate,
                eps=c.norm_eps,
                positions=c.prefix + c.cells if c.token_intermediate else None,
                mix_width=c.token_intermediate,
                generator=generator,
            )
            for _ in range(count)
        ]

    @property
    def device(self) -> torch.device:
        return self.embed_tokens.device

    def compile_stacks(self) -> None:
        """Run both levels with torch.compile from now on; see `hrm.devices.require_compiler`."""
        self.low.compile()
        self.high.compile()

    def geometry(self, shape: tuple[int, int], relations: Relations | None = None) -> Geometry:
        """See `hrm.model.geometry.geometry_of`."""
        return geometry_of(self.config, shape, relations, self.device, self.compute_dtype)

    def initial_carry(
        self, shape: tuple[int, ...] | torch.Size, geometry: Geometry | None = None
    ) -> Carry:
        """The starting state for (batch, cells): random, fixed when the model was made.

        `geometry` says how many symbols a cell may have; without it, as many as in training."""
        batch, cells = shape[0], shape[1] + self.config.prefix
        cells *= (geometry and geometry.symbols) or self.config.states
        high, low = (
            t.to(self.compute_dtype).expand(batch, cells, -1).clone()
            for t in (self.high_init, self.low_init)
        )
        return Carry(high, low)

    def embed(self, tokens: Tensor, puzzle_ids: Tensor | None, geometry: Geometry) -> Tensor:
        """Input injection (B, P + L, D) for tokens (B, L) and puzzle ids (B,); with S symbols
        (B, L · S, D)."""
        c = self.config
        if c.choices:
            return self._embed_choices(tokens, puzzle_ids, geometry)
        if geometry.symbols:
            inputs = kinds(tokens, geometry.symbols, c.first_symbol).to(self.compute_dtype)
            return inputs @ self.embed_tokens.to(inputs.dtype) * embedding_scale(c.hidden)
        x = F.embedding(tokens, self.embed_tokens.to(self.compute_dtype))
        if c.puzzle_ids:
            rows = self._rows(puzzle_ids)
            if c.prefix:
                rows = F.pad(rows, (0, c.prefix * c.hidden - c.puzzle_width))
                x = torch.cat((rows.view(-1, c.prefix, c.hidden), x), dim=1)
            else:
                x = x + rows[:, None]
        if c.positions == "learned":
            x = (x + self.embed_positions.to(x.dtype)) * 0.5**0.5  # keeps the variance
        x = x * embedding_scale(c.hidden)
        if geometry.features is not None:
            features = geometry.features @ self.embed_features.to(x.dtype)
            x = x + F.pad(features, (0, 0, c.prefix, 0))
        return x

    def _rows(self, puzzle_ids: Tensor | None) -> Tensor:
        """The puzzle embeddings (B, width) of puzzle ids (B,)."""
        if puzzle_ids is None:
            raise ValueError("this model has puzzle embeddings: pass puzzle_ids (batch,)")
        rows = F.embedding(puzzle_ids, self.puzzle_embedding, sparse=True)
        return rows.to(self.compute_dtype)

    def _embed_choices(
        self, tokens: Tensor, puzzle_ids: Tensor | None, geometry: Geometry
    ) -> Tensor:
        """What is said of each cell and choice, and the vectors of the puzzle and of the choice."""
        c = self.config
        inputs = choice_inputs(tokens, geometry, c.first_symbol).to(self.compute_dtype)
        weights: Tensor = self.embed_tokens
        if c.cell_features:
            weights = torch.cat((weights, self.embed_features))
        x = inputs @ weights.to(inputs.dtype)
        if not c.puzzle_ids:
            return x
        assert geometry.choices is not None
        of_puzzle, *of_symbols = self._rows(puzzle_ids).view(-1, c.symbols + 2, c.hidden).unbind(1)
        which = (geometry.choices - (c.first_symbol - 1))[..., None].expand(len(x), -1, c.hidden)
        own = torch.stack(of_symbols, dim=1).gather(1, which) + of_puzzle[:, None]  # (B, S, D)
        cells = x.view(len(x), -1, *own.shape[1:]) + own[:, None] * embedding_scale(c.hidden)
        return cells.flatten(1, 2)

    def segment(
        self,
        carry: Carry,
        tokens: Tensor,
        puzzle_ids: Tensor | None = None,
        geometry: Geometry | None = None,
        observer: Observer | None = None,
    ) -> SegmentOutput:
        """One segment on tokens (B, L). Without `geometry` the cells form one row.

        Gradient flows through the last updates only, as `config.gradient` says; the carry comes
        back detached.
        """
        if geometry is None:
            geometry = self.geometry((1, tokens.shape[1]))
        if geometry.back is None:
            x = self.embed(tokens, puzzle_ids, geometry)
            high, low = self._think(carry, x, geometry, observer)
        else:
            ways = OpenWays.of(geometry, len(tokens))
            inputs = self.embed(tokens, puzzle_ids, geometry).flatten(0, 1)[ways.cells]
            x = inputs + self.embed_ways(tokens, geometry, ways).to(inputs.dtype)
            packed = Carry(ways.pack(carry.high), ways.pack(carry.low))
            states = self._think(packed, x, ways, observer and ways.unpacked(observer))
            high, low = (ways.unpack(state) for state in states)
        carry = Carry(high.detach(), low.detach())
        return SegmentOutput(
            carry, self.answer(high, geometry), *self.halting_values(high, geometry)
        )

    def _think(
        self, carry: Carry, x: Tensor, geometry: Geometry | OpenWays, observer: Observer | None
    ) -> tuple[Tensor, Tensor]:
        """The states of both levels after the cycles of a segment."""
        c = self.config
        low_stack = self.low if c.low_layers else None
        high_stack = self.high if c.high_layers else self.low
        cycle = ([True] * c.low_cycles if low_stack else []) + [False]
        graded = len(cycle) if c.gradient == "last_cycle" else min(2, len(cycle))
        updates = cycle * c.high_cycles
        high, low = carry.high, carry.low
        for index, is_low in enumerate(updates):
            last = index >= len(updates) - graded
            with torch.set_grad_enabled(torch.is_grad_enabled() and last):
                if is_low and low_stack is not None:
                    before, low = low, low_stack(low, high + x, geometry)
                    after = low
                else:
                    before, high = high, high_stack(high, low if low_stack else x, geometry)
                    after = high
            if observer is not None:
                observer("low" if is_low else "high", before, after)
        return high, low

    def answer(self, high: Tensor, geometry: Geometry) -> Tensor:
        """Logits (B, L, V) of a state z_H; with symbols, what is no answer is ruled out."""
        if geometry.back is not None:
            high = means_over(high, geometry.back, geometry.ways)
        logits: Tensor = self.lm_head(high[:, self.config.prefix :])
        if not geometry.symbols:
            return logits
        of_each = logits.view(len(high), -1, geometry.symbols)
        if geometry.choices is None:
            return F.pad(of_each, (self.config.first_symbol, 0), value=RULED_OUT)
        ruled_out = of_each.new_full((*of_each.shape[:2], self.config.vocabulary), RULED_OUT)
        return ruled_out.scatter(-1, geometry.choices[:, None].expand_as(of_each), of_each)

    def halting_values(self, high: Tensor, geometry: Geometry) -> tuple[Tensor, Tensor]:
        """`q_halt` and `q_continue` (B,) of a state z_H (B, P + L, D): what its segment says."""
        if geometry.back is not None:
            high = means_over(high, geometry.back, high.shape[1])
        read = high.mean(1) if self.config.halt_reads == "mean" else high[:, 0]
        q = self.q_head(read.float())
        return q[:, 0], q[:, 1]


def mean_row(model: HRM) -> Tensor:
    """(1, width) row from which a new task starts: the average of at most 8191 rows.

    Published tables have a million rows, which need not all be read from the disk for this.
    """
    table = model.puzzle_embedding
    return table[:: _stride(len(table))].detach().float().mean(0, keepdim=True)


def sampled(rows: int) -> str:
    """How many of a table's rows `mean_row` reads: "5", "5000 of 10000"."""
    read = len(range(0, rows, _stride(rows)))
    return f"{rows}" if read == rows else f"{read} of {rows}"


def _stride(rows: int) -> int:
    return max(1, rows // 4096)
