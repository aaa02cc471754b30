"""Single Sudoku puzzles of a wanted level in plain Python: one is made in a few hundredths of a
second, before a compiled generator would have loaded. The extreme level needs thousands of solver
runs and takes the compiled one all the same.

9×9 with boxes alone is what it always was; any other size and rule goes through `make_ruled`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import numpy as np

from puzzles.errors import PuzzleError, TooHardError
from puzzles.sudoku.puzzle import SYMBOLS, Notation, Sudoku
from puzzles.sudoku.reading.rule_text import RuleText, read_rules
from puzzles.sudoku.rules import (
    CLASSIC,
    Rules,
    Tables,
    box_of,
    box_regions,
    box_shape,
    no_grid,
    tables,
)
from puzzles.sudoku.solver import (
    ALL,
    DEAD,
    SEARCH_LIMIT,
    SOLVED,
    Grid,
    board_of,
    place,
    rate,
    search,
    settle,
)
from puzzles.sudoku.symmetry import random_symmetry


@dataclass(frozen=True, slots=True)
class Level:
    """Clues to leave, or as few as possible where `clues` is 0, and the allowed guesses."""

    clues: int
    least_guesses: int = 0
    most_guesses: float = inf


LEVELS = {
    "easy": Level(36, most_guesses=0),
    "newspaper": Level(34),
    "medium": Level(32, most_guesses=0),
    "hard": Level(28, least_guesses=1),
    "minimal": Level(0),
    "extreme": Level(0, least_guesses=20),
}


def summary_of(level: Level) -> str:
    """Clues of a 9×9 and guesses, as a person reads them in a list."""
    if not level.clues:
        return f"{level.least_guesses}+ guesses" if level.least_guesses else "about 24 clues"
    clues = f"{level.clues} clues"
    if level.least_guesses:
        return f"{level.least_guesses}+ guesses, {clues}"
    return clues if level.most_guesses else f"{clues}, no guessing"


def make(rng: np.random.Generator, level: Level) -> tuple[Grid, Grid, int]:
    """Givens with one answer, that answer, and the guesses our solver needs."""
    if level is LEVELS["extreme"]:
        return _make_extreme(rng, level)
    while True:
        solution = random_grid(rng)
        givens = carve(rng, solution, level.clues)
        guesses = rate(givens).guesses
        enough = not level.clues or 81 - givens.count(0) == level.clues
        if enough and level.least_guesses <= guesses <= level.most_guesses:
            return givens, solution, guesses


def _make_extreme(rng: np.random.Generator, level: Level) -> tuple[Grid, Grid, int]:
    from puzzles.sudoku.bulk import extreme_puzzles

    (givens,), (solution,) = extreme_puzzles(rng, 1, level.least_guesses)
    made = tuple(givens.tolist())
    return made, tuple(solution.tolist()), rate(made).guesses


def random_grid(rng: np.random.Generator) -> Grid:
    """Random digits in the tightest cell until the grid is full, from scratch after a dead end."""
    cell = DEAD
    while cell != SOLVED:
        if cell == DEAD:
            board = [ALL] * 81
            cell = int(rng.integers(81))
        digits = [bit for bit in (1 << d for d in range(9)) if board[cell] & bit]
        place(board, cell, digits[rng.integers(len(digits))])
        cell, _ = settle(board)
    return tuple((-mask).bit_length() for mask in board)


def carve(rng: np.random.Generator, solution: Grid, clues: int) -> Grid:
    """Take clues away in random order while the answer stays the only one, down to `clues`."""
    givens = list(solution)
    left = 81
    for cell in rng.permutation(81).tolist():
        if left == clues:
            break
        givens[cell] = 0
        board = board_of(givens)
        board[cell] &= ~(1 << (solution[cell] - 1))
        if search(board, limit=1)[0]:  # another digit fits here, so the clue is needed
            givens[cell] = solution[cell]
        else:
            left -= 1
    return tuple(givens)


TRIES = 5
"""Puzzles of which the hardest is taken where a level asks for guesses."""

REGION_TRIES, LARGE_TRIES = 200, 10
"""Random regions that are tried for one that can be filled, and so many above 12×12, where each
takes a second and hardly any can."""

_FILLS, _LEAST_FILL, _FILL_SHARE = 20, 200, 2
"""Searches for a grid, the guesses of each, and the same for each cell of a large one: an empty
25×25 takes some 300."""

_NEED_BUDGET = 10_000
"""Cells that guesses may look at before a clue counts as needed, in grids above 9×9."""

_RATE_BUDGET = 240_000
"""The same for a whole puzzle, a fifth of what `hrm check` spends."""

WINDOKU_16 = (
    "123456789ABCDEFG567923ABGDFEC841DGAC14FE23876B59EBF8DG9C456123A7"
    "B35E4C67812G9FDA786DG25FCEA914B39AC2B813F4D5G7E6GF41EAD9673B82C5"
    "25D76FEGB8143A9C49G38B2A5C7DF16E8EBFC541369A7G2DAC16973DEFG2B584"
    "348BA9C61G5FED726DE5F1B472C3A9G8F72G3D85A9E64C1BC19A7EG2DB48563F"
)
"""A grid of nine windows, which the search here does not find; there are many."""

_SWAPS = 6
"""Exchanged pairs of cells for each cell of a grid: then the boxes it began with are gone."""


def make_ruled(rng: np.random.Generator, level: str, rules: Rules) -> tuple[Grid, Grid, int]:
    """Givens with one answer, that answer and the guesses our solver needs, for any rules.

    A level leaves the share of the cells that it leaves in 9×9, or as many more as it takes to keep
    the answer the only one and, where it asks for no guess, to be found by singles alone. Where it
    asks for guesses, the hardest of a few puzzles is taken. What is too hard to check has clues put
    back. Raises `PuzzleError` where no grid is found.
    """
    asked, known = LEVELS[level], tables(rules)
    clues = asked.clues * rules.cells // CLASSIC.cells
    best: tuple[Grid, Grid, int] | None = None
    for _ in range(TRIES if asked.least_guesses else 1):
        solution = filled(rng, rules)
        givens = reduce(rng, solution, clues, known, by_singles=asked.most_guesses == 0)
        givens, guesses = _rated(rng, givens, solution, known)
        made = givens, solution, guesses
        if best is None or made[2] > best[2]:
            best = made
        if best[2] >= asked.least_guesses:
            break
    assert best is not None
    return best


def _rated(
    rng: np.random.Generator, givens: Grid, solution: Grid, tables: Tables
) -> tuple[Grid, int]:
    """Givens of which our solver can tell that they have one answer, and the guesses that it takes:
    one more clue a row is put back until it can."""
    while True:
        try:
            return givens, search(board_of(givens, tables), 2, tables, _RATE_BUDGET)[1]
        except TooHardError:
            again = list(givens)
            blanks = [cell for cell, digit in enumerate(givens) if not digit]
            for cell in rng.permutation(blanks)[: tables.size].tolist():
                again[cell] = solution[cell]
            givens = tuple(again)


def made(rng: np.random.Generator, level: str, rule_text: RuleText) -> Sudoku:
    """A puzzle under rules that a person names or writes down, 9×9 where they have no size; a
    jigsaw gets random regions. Raises `PuzzleError`."""
    size = rule_text.size or 9
    for left in reversed(range(REGION_TRIES if size <= 12 else LARGE_TRIES)):
        known = rule_text.rules(size, random_regions(rng, size) if rule_text.wants_regions else ())
        try:
            givens, solution, guesses = make_ruled(rng, level, known)
            break
        except PuzzleError:
            if not left or not rule_text.wants_regions:
                raise
    notation = Notation(rule_text.symbols or SYMBOLS, rows=True)
    return Sudoku(givens, solution, level, float(guesses), known, notation)


def filled(rng: np.random.Generator, rules: Rules) -> Grid:
    """A random answer; large grids of boxes alone and of windoku are shuffled, not searched, which
    reaches fewer.

    Raises `PuzzleError` where none is found: some regions allow none.
    """
    shape = box_of(rules)
    if rules == read_rules("windoku", 16):
        relabel, source = random_symmetry(rng, rules)
        return tuple(relabel[1 + SYMBOLS.index(WINDOKU_16[cell])].item() for cell in source)
    if shape is not None and rules.size > 12 and not rules.layers:
        return _shuffled(rng, *shape)
    for _ in range(_FILLS):
        grid = _fill(rng, tables(rules))
        if grid is not None:
            return grid
    raise no_grid(rules.size)


def _fill(rng: np.random.Generator, tables: Tables) -> Grid | None:
    """Random digits by depth-first search, None where it takes too many guesses.

    Raises `PuzzleError` where it ends, and there is no answer.
    """
    boards = [[tables.full] * len(tables.peers)]
    for _ in range(max(_LEAST_FILL, _FILL_SHARE * len(tables.peers))):
        if not boards:
            raise PuzzleError("no grid keeps these rules", hint="Try other regions.")
        board = boards[-1]
        cell, bit = settle(board, tables)
        if cell == SOLVED:
            return tuple((-mask).bit_length() for mask in board)
        if cell == DEAD:
            boards.pop()
            continue
        if len(boards) == 1:
            cell = int(rng.choice([c for c, mask in enumerate(board) if mask > 0]))
        bits = [1 << d for d in range(tables.size) if board[cell] >> d & 1]
        bit = bits[rng.integers(len(bits))]
        boards.append(board.copy())
        board[cell] &= ~bit
        place(boards[-1], cell, bit, tables.peers)
    return None


def _shuffled(rng: np.random.Generator, height: int, width: int) -> Grid:
    size = height * width
    rows = [b * height + i for b in rng.permutation(width) for i in rng.permutation(height)]
    columns = [b * width + i for b in rng.permutation(height) for i in rng.permutation(width)]
    digits = (rng.permutation(size) + 1).tolist()
    return tuple(
        digits[(width * (row % height) + row // height + column) % size]
        for row in rows
        for column in columns
    )


def reduce(
    rng: np.random.Generator, solution: Grid, clues: int, tables: Tables, *, by_singles: bool
) -> Grid:
    """Take clues away in random order while the answer stays the only one, or is found by singles,
    down to `clues`. A clue whose need is too hard to tell stays."""
    givens = list(solution)
    left = len(givens)
    for cell in rng.permutation(left).tolist():
        if left == clues:
            break
        givens[cell] = 0
        if _is_needed(givens, cell, solution, tables, by_singles):
            givens[cell] = solution[cell]
        else:
            left -= 1
    return tuple(givens)


def _is_needed(
    givens: list[int], cell: int, solution: Grid, tables: Tables, by_singles: bool
) -> bool:
    board = board_of(givens, tables)
    if by_singles:
        return settle(board, tables)[0] != SOLVED
    board[cell] &= ~(1 << (solution[cell] - 1))
    if not board[cell]:
        return False
    budget = _NEED_BUDGET if tables.size > 9 else SEARCH_LIMIT
    try:
        return bool(search(board, 1, tables, budget, solution)[0])
    except TooHardError:
        return True


def random_regions(rng: np.random.Generator, size: int) -> tuple[int, ...]:
    """Connected regions: pairs of cells at borders change their regions, from boxes or rows on."""
    shape = box_shape(size)
    regions = list(box_regions(size, shape)) if shape else [i // size for i in range(size * size)]
    left = _SWAPS * size * size
    for _ in range(50 * left):
        if not left:
            break
        left -= _swap(rng, regions, size)
    return tuple(regions)


def _swap(rng: np.random.Generator, regions: list[int], size: int) -> bool:
    """Give a random cell to a neighbouring region and one of that region back, if both stay
    connected."""
    cell = int(rng.integers(size * size))
    others = {regions[near] for near in _near(cell, size)} - {regions[cell]}
    if not others:
        return False
    mine, other = regions[cell], int(rng.choice(sorted(others)))
    regions[cell] = other
    back = [
        c
        for c, region in enumerate(regions)
        if region == other and c != cell and any(regions[n] == mine for n in _near(c, size))
    ]
    if back:
        given = back[rng.integers(len(back))]
        regions[given] = mine
        if _is_connected(regions, mine, size) and _is_connected(regions, other, size):
            return True
        regions[given] = other
    regions[cell] = mine
    return False


def _near(cell: int, size: int) -> list[int]:
    row, column = divmod(cell, size)
    near = [cell - size] * (row > 0) + [cell + size] * (row < size - 1)
    return near + [cell - 1] * (column > 0) + [cell + 1] * (column < size - 1)


def _is_connected(regions: list[int], region: int, size: int) -> bool:
    members = {cell for cell, number in enumerate(regions) if number == region}
    reached = [members.pop()]
    while reached:
        for near in _near(reached.pop(), size):
            if near in members:
                members.remove(near)
                reached.append(near)
    return not members
