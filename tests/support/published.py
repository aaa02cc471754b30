"""Data sets as other programs write them: the published layout by plain numpy, without ours."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray


def write_split(
    folder: Path,
    split: str,
    groups: Sequence[Sequence[tuple[NDArray[Any], NDArray[Any], int]]],
    *,
    vocabulary: int,
    cells: int,
    identifiers: int = 1,
    dtype: Any = np.uint8,
    **meta: Any,
) -> None:
    """`groups` hold puzzles, a puzzle is (n, cells) inputs, labels, and its identifier."""
    path = folder / split
    path.mkdir(parents=True)
    puzzles = [puzzle for group in groups for puzzle in group]
    empty = np.zeros((0, cells), dtype)
    np.save(path / "all__inputs.npy", np.concatenate([empty, *(p[0] for p in puzzles)]))
    np.save(path / "all__labels.npy", np.concatenate([empty, *(p[1] for p in puzzles)]))
    np.save(path / "all__puzzle_identifiers.npy", np.array([p[2] for p in puzzles], np.int32))
    rows = np.cumsum([0, *(len(p[0]) for p in puzzles)])
    np.save(path / "all__puzzle_indices.npy", rows.astype(np.int32))
    ends = np.cumsum([0, *map(len, groups)])
    np.save(path / "all__group_indices.npy", ends.astype(np.int32))
    document = {
        "seq_len": cells,
        "vocab_size": vocabulary,
        "pad_id": 0,
        "ignore_label_id": 0,
        "blank_identifier_id": 0,
        "num_puzzle_identifiers": identifiers,
        "total_groups": len(groups),
        "mean_puzzle_examples": 1.0,
        "sets": ["all"],
    }
    (path / "dataset.json").write_text(json.dumps(document | meta))


def write_sudokus(
    folder: Path, train: Sequence[Sequence[tuple[str, str]]], test: Sequence[tuple[str, str]]
) -> None:
    """Groups of (puzzle, solution) of 81 digits each."""
    for split, groups in (("train", train), ("test", [[pair] for pair in test])):
        drawn = [[(tokens(p), tokens(s), 0) for p, s in group] for group in groups]
        write_split(folder, split, drawn, vocabulary=11, cells=81)
    (folder / "identifiers.json").write_text('["<blank>"]')


def tokens(digits: str) -> NDArray[np.uint8]:
    """(1, 81)"""
    return np.array([[int(digit) + 1 for digit in digits]], np.uint8)
