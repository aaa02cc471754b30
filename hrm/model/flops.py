"""Counts floating-point operations from the configuration.

A multiply and an add for every weight and position, and attention's two products. Norms, softmax
and optimisers are left out, as is usual.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from hrm.model.config import MESSAGES, HRMConfig
from puzzles.contract.protocol import AnyDomain


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Floating-point operations of one example: a segment's `forward`, and a training `step`."""

    forward: float
    step: float


def work(
    config: HRMConfig,
    domain: AnyDomain,
    shape: tuple[int, int],
    *,
    exact_q_target: bool = False,
    states: float = 0,
) -> Work:
    """Operations on a canvas of `shape`; a gradient costs two more of each graded product.

    `exact_q_target`: Q-learning with a second forward; `states`: vectors of a cell that are
    computed, where they are not as many as the model's symbols or ways.
    """
    cells, states = shape[0] * shape[1], states or config.states
    size = cells * states if config.symbols or config.ways else cells + config.prefix
    if config.choices or config.ways:
        heads = MESSAGES if config.ways else config.relation_heads + 1
        mixing = 4.0 * size * config.hidden * heads * config.per_head
    elif config.symbols:
        mixing = _pooling(config, domain, shape)
    elif config.token_intermediate:
        mixing = 6.0 * config.hidden * size * config.token_intermediate
    else:
        comparing = _comparing(config, domain, shape) / config.heads
        width = config.heads * config.per_head
        mixing = 4 * size * config.hidden * width * (1 + comparing)
        mixing += 4 * size**2 * width * comparing
    layer = mixing + 6 * size * config.hidden * config.intermediate
    low = layer * config.low_layers
    high = layer * (config.high_layers or config.low_layers)
    cycle = high + low * (config.low_cycles if config.low_layers else 0)
    said: float = config.vocabulary + config.cell_features
    if config.symbols:
        said = states
    if config.choices:  # also what is said of each, for which see `choice_inputs`
        said += states * (6 + 2 * config.cell_features)
    head = 2 * cells * config.hidden * said
    graded = cycle if config.gradient == "last_cycle" else low + high
    forward = config.high_cycles * cycle + head
    second = forward if exact_q_target else 0
    return Work(forward=forward, step=forward + second + 2 * (graded + head))


def _comparing(config: HRMConfig, domain: AnyDomain, shape: tuple[int, int]) -> int:
    """Heads with queries and keys: not those that follow a pointer or take means."""
    if config.relation_mix == "mean":
        return config.heads - config.relation_heads
    relations = domain.relations(np.zeros((1, *shape), dtype=np.uint8))
    pointers = 0 if relations is None else relations.pointers.shape[1]
    return config.heads - min(pointers, config.relation_heads)


def _pooling(config: HRMConfig, domain: AnyDomain, shape: tuple[int, int]) -> float:
    """Of a layer for interchangeable symbols: scores, weighted means, and what groups say."""
    relations = domain.relations(np.zeros((1, *shape), dtype=np.uint8))
    assert relations is not None
    groups = [len(np.unique(g[g >= 0])) for g in relations.groups[0, : config.relation_heads]]
    cells, heads, symbols = shape[0] * shape[1], config.heads, config.symbols
    means = (len(groups) + 1) * cells * symbols * heads
    places = sum(groups) * symbols + cells
    return 2 * config.hidden * (2 * means + places * heads * config.hidden)
