"""Training data: a position says everything, and what is generated is what it claims to be."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import numpy as np
import pytest
import tiny
from numpy.typing import NDArray

from hrm.data.rows import IGNORE_LABEL, Rows, Source, Stream, to_batch
from hrm.data.sources import sources
from hrm.errors import UserError
from puzzles import domain
from puzzles.maze.domain import MazeDomain
from puzzles.maze.puzzle import Maze, rows_of
from puzzles.sudoku.solver import rate, solve


def stream(source: Source | None = None, *, position: int = 0, seed: int = 0) -> Stream:
    return Stream(source or tiny.Drill(), (7, seed), position, 8)


def test_rows_do_not_depend_on_how_they_are_taken() -> None:
    whole = stream().take(30)
    parts = stream()
    pieces = [parts.take(count).tokens for count in (1, 7, 8, 12, 2)]
    assert np.array_equal(np.concatenate(pieces), whole.tokens)
    assert parts.position == 30


@pytest.mark.parametrize("position", [0, 1, 8, 13, 24])
def test_a_position_is_all_that_a_resume_needs(position: int) -> None:
    before = stream()
    if position:
        before.take(position)
    after = stream(position=before.position)
    assert np.array_equal(before.take(11).tokens, after.take(11).tokens)


def test_a_position_may_be_set_back_and_forth() -> None:
    back = stream()
    first = back.take(20).tokens
    back.position = 4
    assert np.array_equal(back.take(16).tokens, first[4:])
    back.position = 0
    assert np.array_equal(back.take(20).tokens, first)


def test_streams_differ_by_seed_and_source() -> None:
    drawn = [stream(seed=seed).take(8).tokens for seed in (0, 1)]
    drawn.append(Stream(tiny.Drill(), (8, 0), 0, 8).take(8).tokens)
    assert not any(np.array_equal(drawn[i], drawn[j]) for i, j in ((0, 1), (0, 2), (1, 2)))


@dataclass
class Slow:
    """Says which thread made a chunk, and can be held up."""

    shape: tuple[int, int] = (1, 2)
    share: float = 1.0
    task: str = "sudoku"
    threads: list[str] = field(default_factory=list)
    made: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def make(self, rng: np.random.Generator, count: int) -> Rows:
        self.threads.append(threading.current_thread().name)
        rows = np.full((count, 2), len(self.threads), dtype=np.uint8)
        self.made.release()
        return Rows(rows, rows)


def test_the_next_chunk_is_made_in_the_background() -> None:
    source = Slow()
    ahead = stream(source)
    ahead.take(1)
    for _ in range(2):  # the chunk that was asked for, and the one ahead
        assert source.made.acquire(timeout=60)
    assert source.threads[0] == threading.current_thread().name
    assert source.threads[1].startswith("data")
    taken = ahead.take(15)
    assert source.made.acquire(timeout=60)
    assert taken.tokens[:, 0].tolist() == [1] * 7 + [2] * 8
    assert len(source.threads) == 3
    ahead.close()


def test_a_failing_source_fails_where_rows_are_taken() -> None:
    class Broken(Slow):
        def make(self, rng: np.random.Generator, count: int) -> Rows:
            if self.threads:
                raise RuntimeError("no more")
            return super().make(rng, count)

    broken = stream(Broken())
    broken.take(8)
    with pytest.raises(RuntimeError, match="no more"):
        broken.take(1)


def test_a_batch_ignores_what_is_not_scored() -> None:
    rows = Rows(np.array([[1, 2]], np.uint8), np.array([[0, 3]], np.uint8), np.array([4]))
    batch = to_batch(rows)
    assert batch.tokens.tolist() == [[1, 2]]
    assert batch.labels.tolist() == [[IGNORE_LABEL, 3]]
    assert batch.puzzle_ids is not None
    assert batch.puzzle_ids.tolist() == [4]


def clues(rows: Rows) -> NDArray[np.int64]:
    count: NDArray[np.int64] = np.count_nonzero(rows.tokens > 1, axis=1)
    return count


def test_sudoku_rows_are_puzzles_with_their_only_answer() -> None:
    source = sources("sudoku", {"eased": 1.0, "minimal": 1.0})[0]
    rows = source.make(np.random.default_rng(3), 24)
    assert rows.tokens.shape == rows.targets.shape == (24, 81)
    for tokens, targets in zip(rows.tokens, rows.targets, strict=True):
        givens = tuple((tokens - 1).tolist())
        assert solve(givens) == [tuple((targets - 1).tolist())]
    again = source.make(np.random.default_rng(3), 24)
    assert np.array_equal(rows.tokens, again.tokens)


def test_sudoku_mixes_are_respected() -> None:
    rng = np.random.default_rng(0)
    minimal = clues(sources("sudoku", {"minimal": 1.0})[0].make(rng, 40))
    eased = clues(sources("sudoku", {"eased": 1.0, "minimal": 0.0})[0].make(rng, 40))
    assert minimal.max() <= 30
    assert eased.mean() > minimal.mean() + 4
    half = clues(sources("sudoku", {"eased": 1.0, "minimal": 1.0})[0].make(rng, 80))
    assert minimal.mean() + 1 < half.mean() < eased.mean() - 1


def test_extreme_sudokus_need_guesses() -> None:
    """A symmetric copy may need more or fewer than its original, as ties are broken otherwise."""
    rows = sources("sudoku", {"extreme": 1.0})[0].make(np.random.default_rng(1), 8)
    guesses = [rate(tuple((tokens - 1).tolist())).guesses for tokens in rows.tokens]
    assert min(guesses) > 0
    assert np.mean(guesses) >= 4


def test_sparse_sudokus_have_few_clues() -> None:
    rows = sources("sudoku", {"sparse": 1.0})[0].make(np.random.default_rng(1), 8)
    assert clues(rows).max() <= 21


def test_maze_rows_are_mazes_with_a_shortest_path() -> None:
    source = sources("maze", {"9": 1.0})[0]
    rows = source.make(np.random.default_rng(2), 12)
    domain = MazeDomain()
    assert rows.tokens.shape == (12, 81)
    for tokens, targets in zip(rows.tokens, rows.targets, strict=True):
        maze = Maze(rows=rows_of(tokens.reshape(9, 9)))
        answer = domain.decode(targets.reshape(9, 9), maze, "native")
        assert domain.check(maze, answer).solved


@pytest.mark.parametrize(("task", "mix", "relations"), [("sudoku", "minimal", 8), ("maze", "7", 8)])
def test_the_task_says_how_cells_are_related(task: str, mix: str, relations: int) -> None:
    (source,) = sources(task, {mix: 1.0})
    canvases = source.make(np.random.default_rng(0), 2).tokens.reshape(2, *source.shape)
    related = domain(source.task).relations(canvases)
    assert related is not None
    assert len(related) == relations
    assert related.pointers.shape[-1] == related.groups.shape[-1] == canvases[0].size


def test_maze_sizes_become_sources_with_their_share() -> None:
    made = sources("maze", {"9": 0.25, "11": 0.0, "15": 0.75})
    assert [(source.shape, source.share) for source in made] == [((9, 9), 0.25), ((15, 15), 0.75)]
    (sudoku,) = sources("sudoku", {"eased": 1.0})
    assert (sudoku.task, sudoku.shape) == ("sudoku", (9, 9))


def test_a_model_with_puzzle_ids_gets_the_blank_one() -> None:
    (plain,) = sources("maze", {"9": 1.0})
    (source,) = sources("maze", {"9": 1.0}, puzzle_ids=1)
    rows, same = (each.make(np.random.default_rng(0), 5) for each in (source, plain))
    assert rows.puzzle_ids is not None
    assert rows.puzzle_ids.tolist() == [0] * 5
    assert same.puzzle_ids is None
    assert np.array_equal(rows.tokens, same.tokens)
    assert (source.task, source.shape, source.share) == (plain.task, plain.shape, plain.share)


@dataclass
class Ordered(Slow):
    """Knows its rows by their number."""

    def chunk(self, seed: tuple[int, ...], number: int, count: int) -> Rows:
        first = sum(seed) + number * count
        rows = np.arange(2 * first, 2 * (first + count), dtype=np.uint8).reshape(-1, 2)
        return Rows(rows, rows)


def test_an_ordered_source_gets_the_seed_and_the_number() -> None:
    taken = stream(Ordered(), seed=3, position=5).take(20).tokens
    assert taken.ravel().tolist() == list(range(30, 70))


@pytest.mark.parametrize(
    ("task", "mix", "message"),
    [
        ("sudoku", {}, "no positive weight"),
        ("sudoku", {"eased": 0.0}, "no positive weight"),
        ("sudoku", {"eased": 1.0, "minimal": -1.0}, "no positive weight"),
        ("sudoku", {"eased": 1.0, "evil": 1.0}, "unknown kind 'evil'"),
        ("maze", {"4": 1.0}, "'4' is not a maze size"),
        ("maze", {"41": 1.0}, "'41' is not a maze size"),
        ("maze", {"nine": 1.0}, "'nine' is not a maze size"),
        ("maze", {"9" * 5000: 1.0}, "is not a maze size"),
    ],
)
def test_bad_mixes_are_refused(task: str, mix: dict[str, float], message: str) -> None:
    with pytest.raises(UserError, match=message):
        sources(task, mix)
