"""A user's own puzzles: what is trained on, what is kept for evaluation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hrm.data.files import own_held_out, own_sources, read_arc
from hrm.errors import PuzzleFileError
from puzzles import domain
from puzzles.maze.domain import MazeDomain
from puzzles.maze.puzzle import Maze, rows_of
from puzzles.sudoku.bulk import minimal_puzzles
from puzzles.text.text_grid import DIHEDRAL

GIVENS, _ = minimal_puzzles(np.random.default_rng(0), 60)
LINES = ["".join(map(str, row)) for row in GIVENS]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "mine.csv"
    path.write_text("\n".join(LINES))
    return path


def held(path: Path, count: int = 100) -> list[tuple[int, ...]]:
    found = own_held_out(domain("sudoku"), path, count, np.random.default_rng(5))
    return [puzzle.givens for puzzle in found]


def test_what_is_held_out_is_never_drawn(path: Path) -> None:
    (source,) = own_sources(domain("sudoku"), path, ids=False)
    kept = {tuple(row) for row in (source.examples.inputs - 1).tolist()}
    out = held(path)
    assert len(out) == 3
    assert len(kept) == 57
    assert kept | set(out) == {tuple(row) for row in GIVENS.tolist()}
    (puzzle,) = own_held_out(domain("sudoku"), path, 1, np.random.default_rng(0))
    assert puzzle.solution is not None


def test_a_file_may_be_as_a_spreadsheet_or_powershell_writes_it(path: Path) -> None:
    plain = held(path)
    lines = path.read_text().splitlines()
    path.write_text("\n".join(["# mine", *lines, ""]), encoding="utf-16")
    assert held(path) == plain
    path.write_text("\n".join(",".join(puzzle) for puzzle in lines))
    assert held(path) == plain


def test_mazes_that_are_held_out_are_not_drawn_turned_either(tmp_path: Path) -> None:
    kind, rng = MazeDomain(), np.random.default_rng(3)
    copies = [
        rows_of(symmetry.apply(maze.tokens()))
        for maze in (kind.generate(rng, "small") for _ in range(20))
        for symmetry in DIHEDRAL
    ]
    path = tmp_path / "mazes.txt"
    path.write_text("\n\n".join("\n".join(rows).replace(" ", ".") for rows in copies))
    held = {maze.tokens().tobytes() for maze in own_held_out(domain("maze"), path, 99, rng)}
    assert len(held) == 1  # a twentieth of 20, whatever the copies
    [source] = own_sources(domain("maze"), path, ids=False)
    assert not held & {row.tobytes() for row in source.make(rng, 2000).tokens}


def test_rectangles_that_are_held_out_are_not_drawn_on_their_side(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    texts = []
    for _ in range(60):
        grid = rng.choice(list("#."), (3, 5), p=(0.2, 0.8))
        grid[1] = "."
        grid[1, 0], grid[1, 4] = "S", "G"
        texts += ["\n".join(map("".join, symmetry.apply(grid))) for symmetry in DIHEDRAL]
    path = tmp_path / "mazes.txt"
    path.write_text("\n\n".join(texts))
    held = [maze.tokens() for maze in own_held_out(domain("maze"), path, 99, rng)]
    kept = {
        (source.shape, row.tobytes())
        for source in own_sources(domain("maze"), path, ids=False)
        for row in source.make(rng, 2000).tokens
    }
    for tokens in held:
        copies = [symmetry.apply(tokens) for symmetry in DIHEDRAL]
        assert not {(copy.shape, copy.tobytes()) for copy in copies} & kept


def test_the_split_depends_on_the_puzzles_only(path: Path) -> None:
    before = held(path)
    path.write_text("\n".join(["puzzle", *reversed(LINES), *LINES[:30]]))
    assert held(path) == before


def test_every_draw_is_a_copy_of_its_own(path: Path) -> None:
    (source,) = own_sources(domain("sudoku"), path, ids=True)
    rows = source.make(np.random.default_rng(0), 200)
    assert len(np.unique(rows.tokens, axis=0)) == 200
    assert rows.puzzle_ids is not None
    assert not rows.puzzle_ids.any()
    clues = np.sort(np.count_nonzero(rows.tokens[:57] > 1, axis=1))
    originals = np.count_nonzero(source.examples.inputs > 1, axis=1)
    assert np.array_equal(clues, np.sort(originals))  # an epoch shows each once


def test_one_puzzle_is_too_few(path: Path) -> None:
    path.write_text(f"{LINES[0]}\n{LINES[0]}\n")
    with pytest.raises(PuzzleFileError, match="only one puzzle of 9x9"):
        own_sources(domain("sudoku"), path, ids=False)
    path.write_text("puzzle,solution\n")
    with pytest.raises(PuzzleFileError, match="holds no puzzle"):
        own_sources(domain("sudoku"), path, ids=False)


def test_mazes_of_each_shape_have_a_source(tmp_path: Path) -> None:
    path = tmp_path / "mazes.txt"
    square = ["S #\n   \n# G", "S  \n # \n# G", "S  \n## \n  G"]
    wide = ["S # \n    \n# G ", "S   \n #  \n# G "]
    path.write_text("\n\n".join(square + wide) + "\n")
    sources = own_sources(domain("maze"), path, ids=False)
    assert [source.shape for source in sources] == [(3, 3), (3, 4)]
    assert [source.share for source in sources] == pytest.approx([2 / 3, 1 / 3])
    out = own_held_out(domain("maze"), path, 9, np.random.default_rng(0))
    assert sorted(maze.shape for maze in out) == [(3, 3), (3, 4)]
    drawn = [tuple(text.split("\n")) for text in square + wide]
    assert all(isinstance(maze, Maze) and maze.path and maze.rows in drawn for maze in out)
    assert [source.task for source in sources] == ["maze", "maze"]


def test_unreadable_files_are_named(tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes(b"\xe9" * 90)
    (tmp_path / "bad.csv").write_text("5" * 4000)
    for name, words in (
        ("latin.csv", "not UTF-8"),
        ("none.csv", r"none.csv cannot be read \(No such file"),
        (".", "cannot be"),
        ("bad.csv", "bad.csv: line 1: the line is too long"),
    ):
        with pytest.raises(PuzzleFileError, match=words):
            own_sources(domain("sudoku"), tmp_path / name, ids=False)


def task(colour: int, output: bool = True) -> dict[str, Any]:
    pair = {"input": [[colour]], "output": [[colour, colour]]}
    return {"train": [pair], "test": [pair if output else {"input": [[colour]]}]}


def test_arc_tasks_are_found_in_folders_of_folders(tmp_path: Path) -> None:
    for name, colour in (("b/two", 2), ("a/one", 1), ("data/evaluation/three", 3), ("c/two", 2)):
        file = tmp_path / f"{name}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(task(colour)))
    found = read_arc(tmp_path)
    assert [(puzzle.task, kept) for puzzle, kept in found] == [
        ("one", False),
        ("three", True),
        ("two", False),
    ]
    assert read_arc(tmp_path / "a" / "one.json")[0][0].task == "one"
    (tmp_path / "c" / "two.json").write_text(json.dumps(task(5)))
    with pytest.raises(PuzzleFileError, match="task two differs between"):
        read_arc(tmp_path)


def test_a_broken_task_is_named(tmp_path: Path) -> None:
    with pytest.raises(PuzzleFileError, match=r"holds no \.json files"):
        read_arc(tmp_path)
    (tmp_path / "x.json").write_text('{"train": []')
    with pytest.raises(PuzzleFileError, match=r"x\.json: .*not JSON"):
        read_arc(tmp_path)
