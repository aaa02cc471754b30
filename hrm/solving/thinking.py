"""Runs a model on a batch of puzzles, one segment at a time; finished rows are dropped.

Solving, trying copies and measuring accuracy are all loops over `Rollout.run` or
`Rollout.segment`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from hrm.errors import ModelError
from hrm.events import Alternatives, CycleBeliefs, Update
from hrm.model.config import HRMConfig
from hrm.model.geometry import Geometry
from hrm.model.hrm import HRM, Carry, SegmentOutput
from hrm.model.threads import shared_threads
from hrm.model.ways import Observer
from hrm.solving.surest import Surest
from puzzles.contract.protocol import AnyDomain
from puzzles.contract.relations import Relations
from puzzles.contract.tokens import BoolGrid, FloatGrid, Layout, RulesArray, Tokens

ALTERNATIVES = 3
"""Number of likeliest tokens per cell in `Alternatives`."""


class Rollout:
    """Puzzles of one canvas size and their carry; `rows` are the indices of the remaining ones,
    which have had `number` segments."""

    def __init__(
        self,
        model: HRM,
        domain: AnyDomain,
        puzzles: Sequence[Any],
        puzzle_ids: Tensor | None = None,
    ) -> None:
        layout, device = model.config.layout, model.device
        canvases = np.stack([domain.encode(puzzle, layout) for puzzle in puzzles])
        relations = _fit(model.config, domain, canvases, domain.rules(puzzles))
        self.shape: tuple[int, int] = canvases.shape[1:]
        self._model = model
        tokens = canvases.reshape(len(puzzles), -1).astype(np.int64)
        self._tokens = torch.from_numpy(tokens).to(device)
        if puzzle_ids is None and model.config.puzzle_ids:
            puzzle_ids = torch.zeros(len(puzzles), dtype=torch.int64, device=device)
        self._ids = puzzle_ids
        self._geometry = model.geometry(self.shape, relations)
        self._carry: Carry = model.initial_carry(self._tokens.shape, self._geometry)
        self._answers: Tensor | None = None
        self._surest = Surest(model.config.halt_patience)
        self.number = 0
        self.rows = np.arange(len(puzzles))
        self._staying = np.ones(len(puzzles), dtype=np.bool_)

    def run(self, limit: int, *, cycles: bool = False) -> Iterator[SegmentReadout]:
        """Segments up to number `limit`, fewer if all rows are dropped with `drop`."""
        while len(self.rows) and self.number < limit:
            yield self.segment(cycles=cycles)
            if not self._staying.all():
                self.keep(self._staying)

    def drop(self, place: int) -> None:
        """Drop the row at `place` of the readout before the next segment of `run`."""
        self._staying[place] = False

    @torch.inference_mode()
    def segment(self, observer: Observer | None = None, *, cycles: bool = False) -> SegmentReadout:
        """Run one segment on all remaining rows.

        With `cycles`, the state of every high-level cycle is kept for `SegmentReadout.beliefs`.
        """

        def part(rows: slice) -> tuple[SegmentOutput, list[Tensor]]:
            states: list[Tensor] = []

            def keeping(level: Literal["low", "high"], before: Tensor, after: Tensor) -> None:
                if level == "high":
                    states.append(after)
                if observer is not None:
                    observer(level, before, after)

            return self._part(rows, keeping if cycles else observer), states

        if observer is not None or self._model.device.type != "cpu":
            parts = [part(slice(None))]
        else:
            threads = shared_threads(torch.get_num_threads())
            parts = threads.map(part, threads.parts(len(self.rows)))
        outs = [out for out, _ in parts]
        high, low, logits, q_halt, q_continue = (
            _joined(of)
            for of in zip(
                *((o.carry.high, o.carry.low, o.logits, o.q_halt, o.q_continue) for o in outs),
                strict=True,
            )
        )
        self._carry = Carry(high, low)
        self.number += 1
        answers = logits.argmax(-1)
        chances = q_halt.float().sigmoid().tolist()
        if self._model.config.halting == "halt_only":
            # relative to the threshold, so that all models stop if q_halt > q_continue
            q_halt = q_halt - self._threshold(answers).to(q_halt)
            q_continue = -q_halt
        self._answers = answers
        geometry = self._geometry
        states = [_joined(of) for of in zip(*(states for _, states in parts), strict=True)]
        read_out = [partial(self._read_out, state, geometry) for state in states]
        readout = SegmentReadout(logits, answers, q_halt, q_continue, self.shape, chances, read_out)
        readout.count(self.number, self._surest)
        return readout

    def _threshold(self, answers: Tensor) -> Tensor:
        """What q_halt has to exceed, of each row."""
        config = self._model.config
        threshold = torch.full((len(answers),), config.halt_threshold)
        if self._answers is not None and config.halt_agreement:
            threshold[(answers == self._answers).all(-1).cpu()] -= config.halt_agreement
        return threshold

    def _read_out(self, state: Tensor, geometry: Geometry, row: int) -> Tensor:
        """Logits (L, V) of one row of a state z_H."""
        one = slice(row, row + 1)
        return self._model.answer(state[one], geometry.take(one))[0]

    @torch.inference_mode()
    def _part(self, rows: slice, observer: Observer | None = None) -> SegmentOutput:
        return self._model.segment(
            self._carry.take(rows),
            self._tokens[rows],
            None if self._ids is None else self._ids[rows],
            self._geometry.take(rows),
            observer=observer,
        )

    def disturb(self, noise: float, generators: Sequence[torch.Generator]) -> None:
        """Add normal noise to the carry, whose values are about 1, so that attempts differ.

        `generators` has a CPU generator for each of `rows`.
        """

        def disturbed(state: Tensor) -> Tensor:
            drawn = [torch.randn(state.shape[1:], generator=of_row) for of_row in generators]
            return state + noise * torch.stack(drawn).to(state)

        self._carry = Carry(disturbed(self._carry.high), disturbed(self._carry.low))

    def keep(self, staying: BoolGrid) -> None:
        """Drop the rows that are False in `staying`, one flag for each of `rows`."""
        mask = torch.from_numpy(staying).to(self._tokens.device)
        self.rows = self.rows[staying]
        self._staying = np.ones(len(self.rows), dtype=np.bool_)
        self._surest.keep(staying)
        if self._answers is not None:
            self._answers = self._answers[mask]
        self._tokens, self._carry = self._tokens[mask], self._carry.take(mask)
        self._geometry = self._geometry.take(mask)
        if self._ids is not None:
            self._ids = self._ids[mask]


def _joined(parts: Sequence[Tensor]) -> Tensor:
    return torch.cat(list(parts)) if len(parts) > 1 else parts[0]


def by_canvas(
    domain: AnyDomain, puzzles: Sequence[Any], layout: Layout
) -> dict[tuple[int, ...], list[int]]:
    """Group puzzles by canvas shape (height, width): a batch needs equal shapes."""
    canvases: dict[tuple[int, ...], list[int]] = defaultdict(list)
    for index, puzzle in enumerate(puzzles):
        canvases[domain.encode(puzzle, layout).shape].append(index)
    return canvases


def _fit(
    config: HRMConfig, domain: AnyDomain, canvases: Tokens, rules: RulesArray | None
) -> Relations | None:
    """The relations for the model's heads on canvases (n, height, width); raises `ModelError` if
    the model does not fit the puzzles."""
    if config.vocabulary != domain.spec.size:
        raise ModelError(
            f"the model has {config.vocabulary} tokens, {domain.name} has {domain.spec.size}",
            "It was made for another kind of puzzle; choose one with --model.",
        )
    _require_known(config, domain, canvases, rules)
    cells = canvases[0].size
    if config.cells not in (0, cells):
        raise ModelError(f"the model knows boards of {config.cells} cells, this one has {cells}")
    if not config.relates:
        return None
    relations = domain.relations(canvases, rules)
    if missing := config.missing(relations):
        name, there = missing
        raise ModelError(f"the model has {name}={getattr(config, name)}, {domain.name} {there}")
    return relations


def _require_known(
    config: HRMConfig, domain: AnyDomain, canvases: Tokens, rules: RulesArray | None
) -> None:
    """Raises `ModelError` for a size or rules that need a model with interchangeable symbols."""
    if config.symbols or config.ways:
        return
    (height, width), (rows, columns) = canvases.shape[1:], domain.spec.official
    one_size = config.layout == "official" or bool(domain.spec.further)
    hint = "Choose one whose symbols are interchangeable with --model."
    if one_size and (height, width) != (rows, columns):
        raise ModelError(
            f"the model knows {rows}×{columns} only, this puzzle is {height}×{width}", hint
        )
    if rules is not None and domain.spec.further:
        raise ModelError(
            f"the model knows the usual {rows}×{columns} only, this puzzle has rules of its own",
            hint,
        )


class SegmentReadout:
    """The outputs of a batch after a segment, on the CPU.

    chances  what the model estimates that each answer is right
    wants    the model wants to halt: q_halt > q_continue
    halts    it halts: it wants to, or has waited `halt_patience` segments in vain to get surer
    counted  (rows, height, width) the answers that count if the pass ends here: the newest, or
             where the model does not want to halt, that of which it was surest
    surest   the numbers of the segments after which they were given, from 1
    """

    halts: list[bool]
    counted: Tokens
    surest: list[int]

    def __init__(
        self,
        logits: Tensor,
        answers: Tensor,
        q_halt: Tensor,
        q_continue: Tensor,
        shape: tuple[int, int],
        chances: list[float],
        cycles: Sequence[Callable[[int], Tensor]] = (),
    ) -> None:
        """`answers` (rows, L) are the likeliest tokens; `cycles` give the logits (L, V) of a row
        after every high-level cycle, computed when asked for."""
        self._logits, self._shape, self._cycles = logits, shape, cycles
        self.tokens: Tokens = answers.to(torch.uint8).cpu().numpy().reshape(-1, *shape)
        self.q_halt = q_halt.tolist()
        self.q_continue = q_continue.tolist()
        self.chances = chances
        self.wants = (q_halt > q_continue).tolist()

    def count(self, number: int, surest: Surest) -> None:
        """Set `halts`, `counted` and `surest` after segment `number` of the pass."""
        wants = np.array(self.wants, dtype=np.bool_)
        waited = surest.see(number, self.chances, self.tokens)
        self.halts = (wants | waited).tolist()
        self.counted = np.where(wants[:, None, None], self.tokens, surest.answers)
        self.surest = np.where(wants, number, surest.numbers).tolist()

    def log_probabilities(self, row: int) -> np.ndarray[Any, np.dtype[np.float32]]:
        """(height, width, tokens)"""
        return self._logits[row].float().log_softmax(-1).cpu().numpy().reshape(*self._shape, -1)

    def probabilities(self, row: int) -> FloatGrid:
        """(height, width, tokens)"""
        likely: FloatGrid = np.exp(self.log_probabilities(row))
        return likely

    def certainty(self, row: int) -> float:
        """Mean log-probability of the answer over the cells."""
        return self._logits[row].float().log_softmax(-1).amax(-1).mean().item()

    def alternatives(self, row: int, shape: tuple[int, ...]) -> Alternatives:
        """The likeliest tokens of the top left `shape` cells, at most `ALTERNATIVES` each."""
        count = min(ALTERNATIVES, self._logits.shape[-1])
        best = self._logits[row].float().softmax(-1).topk(count)
        tokens = best.indices.to(torch.uint8).T.reshape(count, *self._shape)
        likely = best.values.T.reshape(count, *self._shape)
        crop = np.s_[:, : shape[0], : shape[1]]
        return Alternatives(tokens.cpu().numpy()[crop], likely.cpu().numpy()[crop])

    @torch.inference_mode()
    def beliefs(self, row: int, shape: tuple[int, ...]) -> CycleBeliefs | None:
        """The beliefs of the top left `shape` cells after every cycle; None without `cycles`."""
        if not self._cycles:
            return None
        logits = torch.stack([read_out(row) for read_out in self._cycles])
        likely = logits.float().softmax(-1).mul(255).round().to(torch.uint8).cpu().numpy()
        crop = np.s_[:, : shape[0], : shape[1]]
        return likely.reshape(len(likely), *self._shape, -1)[crop]


class Residuals:
    """An observer that records the relative size of every update of the first row.

    `report` is called after every update.
    """

    def __init__(
        self, config: HRMConfig | None = None, report: Callable[[Update], None] | None = None
    ) -> None:
        self.low: list[float] = []
        self.high: list[float] = []
        self._config, self._report = config, report

    def __call__(self, level: Literal["low", "high"], before: Tensor, after: Tensor) -> None:
        size = torch.linalg.vector_norm(before[0]).item()
        step = torch.linalg.vector_norm(after[0] - before[0]).item()
        (self.low if level == "low" else self.high).append(step / max(size, 1e-9))
        if self._config is not None and self._report is not None:
            self._report(self._update(level, self._config))

    def _update(self, level: Literal["low", "high"], config: HRMConfig) -> Update:
        steps = config.low_cycles if config.low_layers else 0
        cycle = len(self.high) + (level == "low")
        return Update(
            level=level,
            cycle=cycle,
            cycles=config.high_cycles,
            step=len(self.low) - steps * (cycle - 1),
            steps=steps,
        )
