"""The README's pictures are drawn by `make pictures`, are small, and play without anything else."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree

import pytest
from svg_player import keyframes, seconds_of, seen_at

import hrm_tui

PICTURES = Path(hrm_tui.__file__).with_name("pictures")
LARGEST = 400_000


@pytest.mark.parametrize("name", ["sudoku.svg", "maze.svg", "solve.svg"])
def test_a_picture_is_small_and_needs_nothing_from_elsewhere(name: str) -> None:
    text = (PICTURES / name).read_text(encoding="utf-8")
    ElementTree.fromstring(text)
    assert len(text) < LARGEST
    assert text.count("http") == 1
    assert "<script" not in text


@pytest.mark.parametrize("name", ["sudoku.svg", "maze.svg"])
def test_a_recording_moves_and_ends_solved(name: str) -> None:
    text = (PICTURES / name).read_text(encoding="utf-8")
    starts = sorted({when for steps in keyframes(text).values() for when, _ in steps} - {1.0})
    assert len(starts) >= 8
    frames = [seen_at(text, seconds_of(text) * when + 0.01) for when in starts]
    assert all(before != after for before, after in pairwise(frames))
    last = "".join(letter for _, _, letter, *_ in sorted(frames[-1].letters))
    assert "Solvedin" in last
