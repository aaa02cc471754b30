"""Shortest paths through mazes and the generators of mazes, compiled with numba for training.

There are two kinds of maze: random walls, and spanning trees of corridors, the kind that people
draw. A tree lives on a lattice of cells with walls between them; a lattice cell becomes floor when
it joins the tree, and `rows` and `columns` say where the lattice is on the grid.
`puzzles.maze.bulk` makes the arrays that these functions fill. Importing this module loads numba.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from puzzles.compiled import compiled
from puzzles.contract.tokens import IGNORE, Numbers, Position, Tokens
from puzzles.maze.puzzle import FLOOR, GOAL, PATH, START, UNREACHED, WALL, Distances

MAX_TRIES = 100_000
"""Grids drawn for one maze before its wanted path length counts as out of reach."""

PATIENCE = 200
"""Redrawn rectangles before a random grid is given up for a new one."""


@compiled
def carve_tree(rng: np.random.Generator, grid: Tokens, share: float) -> None:
    """Fill `grid` with walls and floor: a tree, then every wall between two neighbouring lattice
    cells opened with probability `share`. A quarter are uniform spanning trees."""
    grid[:] = WALL
    rows, columns = _lattice(rng, grid.shape[0]), _lattice(rng, grid.shape[1])
    if rng.random() < 0.25:
        _wilson(rng, grid, rows, columns)
    else:
        _grow(rng, grid, rows, columns)
    _open_walls(rng, grid, rows, columns, share)


@compiled
def _lattice(rng: np.random.Generator, length: int) -> Numbers:
    """Coordinates of the lattice along one side: every second cell, from 0 or 1 to the far edge or
    the cell before it. Where the parity does not fit, one gap is a cell wider."""
    first = rng.integers(0, 2)
    last = length - 1 - rng.integers(0, 2)
    nodes = (last - first) // 2 + 1
    wider = rng.integers(1, nodes) if (last - first) % 2 == 1 else nodes
    coordinates = np.empty(nodes, dtype=np.int64)
    for i in range(nodes):
        coordinates[i] = first + 2 * i + (1 if i >= wider else 0)
    return coordinates


@compiled
def _carve(grid: Tokens, rows: Numbers, columns: Numbers, here: Position, there: Position) -> None:
    """Make floor of two neighbouring lattice cells and what lies between them."""
    top, bottom = min(here[0], there[0]), max(here[0], there[0])
    left, right = min(here[1], there[1]), max(here[1], there[1])
    grid[rows[top] : rows[bottom] + 1, columns[left] : columns[right] + 1] = FLOOR


@compiled
def _grow(rng: np.random.Generator, grid: Tokens, rows: Numbers, columns: Numbers) -> None:
    """Growing tree: extend the newest cell (depth-first, long corridors) or a random one (Prim).

    Half of the trees are purely depth-first; the others draw how often the newest cell is taken.
    """
    height, width = rows.size, columns.size
    newest = 1.0 if rng.random() < 0.5 else rng.random()
    active = np.empty(height * width, dtype=np.int64)
    active[0] = rng.integers(0, height * width)
    grid[rows[active[0] // width], columns[active[0] % width]] = FLOOR
    size = 1
    choices = np.empty((4, 2), dtype=np.int64)
    while size > 0:
        pick = size - 1 if rng.random() < newest else rng.integers(0, size)
        r, c = active[pick] // width, active[pick] % width
        free = 0
        for step_r, step_c in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            y, x = r + step_r, c + step_c
            if 0 <= y < height and 0 <= x < width and grid[rows[y], columns[x]] == WALL:
                choices[free, 0], choices[free, 1] = y, x
                free += 1
        if free == 0:
            # keeps the order of age, which depth-first search needs
            active[pick : size - 1] = active[pick + 1 : size].copy()
            size -= 1
            continue
        y, x = choices[rng.integers(0, free)]
        _carve(grid, rows, columns, (r, c), (y, x))
        active[size] = y * width + x
        size += 1


@compiled
def _wilson(rng: np.random.Generator, grid: Tokens, rows: Numbers, columns: Numbers) -> None:
    """Uniform spanning tree by loop-erased random walks (Wilson 1996)."""
    height, width = rows.size, columns.size
    root = rng.integers(0, height * width)
    grid[rows[root // width], columns[root % width]] = FLOOR
    leaves_to = np.empty(height * width, dtype=np.int64)
    for begin in range(height * width):
        cell = begin
        while grid[rows[cell // width], columns[cell % width]] == WALL:
            leaves_to[cell] = _lattice_step(rng, cell, height, width)
            cell = int(leaves_to[cell])
        end, cell = cell, begin
        while cell != end:
            after = leaves_to[cell]
            here, there = (cell // width, cell % width), (after // width, after % width)
            _carve(grid, rows, columns, here, there)
            cell = int(after)


@compiled
def _lattice_step(rng: np.random.Generator, cell: int, height: int, width: int) -> int:
    """A uniformly random neighbour of `cell`, both numbered row by row."""
    while True:
        direction = int(rng.integers(0, 4))
        r, c = cell // width, cell % width
        if direction < 2:
            r += 2 * direction - 1
        else:
            c += 2 * direction - 5
        if 0 <= r < height and 0 <= c < width:
            return int(r * width + c)


@compiled
def _open_walls(
    rng: np.random.Generator, grid: Tokens, rows: Numbers, columns: Numbers, share: float
) -> None:
    """Open each wall between neighbouring lattice cells with probability `share`."""
    for i in range(rows.size):
        for j in range(columns.size):
            if i + 1 < rows.size and rng.random() < share:
                _carve(grid, rows, columns, (i, j), (i + 1, j))
            if j + 1 < columns.size and rng.random() < share:
                _carve(grid, rows, columns, (i, j), (i, j + 1))


@compiled
def distances_to(tokens: Tokens, row: int, column: int, distances: Distances) -> int:
    """Breadth-first steps to (row, column) for every cell, `UNREACHED` behind walls.

    Writes (height, width) `distances` and returns the number of cells reached.
    """
    height, width = tokens.shape
    distances[:] = UNREACHED
    queue = np.empty(height * width, dtype=np.int32)
    queue[0] = row * width + column
    distances[row, column] = 0
    first, last = 0, 1
    while first < last:
        r, c = divmod(queue[first], width)
        first += 1
        for step_r, step_c in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            y, x = r + step_r, c + step_c
            if not (0 <= y < height and 0 <= x < width):
                continue
            if tokens[y, x] != WALL and distances[y, x] == UNREACHED:
                distances[y, x] = distances[r, c] + 1
                queue[last] = y * width + x
                last += 1
    return last


@compiled
def mark_path(target: Tokens, distances: Distances, row: int, column: int) -> None:
    """Walk the canonical shortest path from (row, column) and mark the cells before the goal.

    It takes the first of up, down, left, right that is one step nearer to the goal.
    """
    height, width = target.shape
    while distances[row, column] > 1:
        for step_r, step_c in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            y, x = row + step_r, column + step_c
            inside = 0 <= y < height and 0 <= x < width
            if inside and distances[y, x] == distances[row, column] - 1:
                row, column = y, x
                break
        target[row, column] = PATH


@compiled
def mark_likeliest(tokens: Tokens, scores: NDArray[np.float64], answers: Tokens) -> None:
    """In each of (count, height, width) `answers`, mark the shortest path with the highest sum of
    scores; of equal ones that which takes the first of up, down, left, right."""
    count, height, width = tokens.shape
    far = np.empty((height, width), dtype=np.int32)
    for index in range(count):
        grid, best = tokens[index], scores[index].copy()  # of the way from a cell to the goal
        start, goal = np.flatnonzero(grid == START)[0], np.flatnonzero(grid == GOAL)[0]
        distances_to(grid, goal // width, goal % width, far)
        row, column = start // width, start % width
        steps = far[row, column]
        for cell in np.argsort(far.ravel()):
            r, c = cell // width, cell % width
            if 1 < far[r, c] < steps:
                best[r, c] += best[_likeliest_step(far, best, r, c)]
        for _ in range(1, steps):
            row, column = _likeliest_step(far, best, row, column)
            answers[index, row, column] = PATH


@compiled
def _likeliest_step(
    far: Distances, best: NDArray[np.float64], row: int, column: int
) -> tuple[int, int]:
    """Of the neighbours that are one step nearer to the goal, the one with the highest score."""
    height, width = far.shape
    found = (row, column)
    for step_r, step_c in ((-1, 0), (1, 0), (0, -1), (0, 1)):
        y, x = row + step_r, column + step_c
        if not (0 <= y < height and 0 <= x < width) or far[y, x] != far[row, column] - 1:
            continue
        if found == (row, column) or best[y, x] > best[found]:
            found = (y, x)
    return found


@compiled
def _far_cells(
    rng: np.random.Generator, tokens: Tokens, distances: Distances, least: int, far: Numbers
) -> tuple[int, int]:
    """Look for a goal with cells at least `least` steps away: a random floor cell, else the cell
    farthest from it, else the cell farthest from that.

    Writes those cells to `far`, numbered row by row, and the goal as its last entry. Returns how
    many there are, and the longest shortest path that was seen.
    """
    width = tokens.shape[1]
    floor = np.flatnonzero(tokens != WALL)
    longest, found = 0, 0
    if floor.size <= least:
        return found, longest
    goal = floor[rng.integers(0, floor.size)]
    for _ in range(3):
        if distances_to(tokens, goal // width, goal % width, distances) <= least:
            break
        farthest = goal
        for cell in floor:
            steps = distances[cell // width, cell % width]
            if steps >= least:
                far[found] = cell
                found += 1
            if steps > distances[farthest // width, farthest % width]:
                farthest = cell
        longest = max(longest, distances[farthest // width, farthest % width])
        if found > 0:
            break
        goal = farthest
    far[-1] = goal
    return found, longest


@compiled
def _place_ends(
    rng: np.random.Generator, tokens: Tokens, target: Tokens, distances: Distances, least: int
) -> int:
    """Put a start and a goal at least `least` steps apart on the floor, and mark the target.

    The start is the farthest of one, two or four far enough cells drawn at random, so lengths vary
    and lean to long. Returns the longest shortest path that was seen; below `least`, nothing was
    written but `distances`.
    """
    height, width = tokens.shape
    far = np.empty(height * width + 1, dtype=np.int64)
    found, longest = _far_cells(rng, tokens, distances, least, far)
    if found == 0:
        return longest
    start, goal = far[rng.integers(0, found)], far[-1]
    for _ in range((1 << rng.integers(0, 3)) - 1):
        other = far[rng.integers(0, found)]
        if distances[other // width, other % width] > distances[start // width, start % width]:
            start = other
    tokens[start // width, start % width] = START
    tokens[goal // width, goal % width] = GOAL
    for r in range(height):
        for c in range(width):
            target[r, c] = IGNORE if tokens[r, c] == WALL else tokens[r, c]
    mark_path(target, distances, start // width, start % width)
    return longest


@compiled
def fill_random(rng: np.random.Generator, tokens: Tokens, targets: Tokens, min_path: int) -> int:
    """Write one maze a slice; returns how many before one failed `MAX_TRIES` times.

    One grid in 200 has a path of 111 steps at 30x30. A grid that falls short is therefore not
    thrown away: a rectangle of it is redrawn at the same density, and the new grid kept if its
    longest path is no shorter. After `PATIENCE` rectangles a new grid and density are drawn.
    """
    count, height, width = tokens.shape
    distances = np.empty((height, width), dtype=np.int32)
    trial = np.empty((height, width), dtype=np.uint8)
    least = max(min_path, 2)
    for index in range(count):
        longest, density = 0, 0.0
        for attempt in range(MAX_TRIES):
            trial[:] = tokens[index]
            if attempt % PATIENCE == 0:
                longest, density = 0, 0.30 + 0.12 * rng.random()
                _draw_walls(rng, trial, density)
            else:
                top, left = rng.integers(0, height), rng.integers(0, width)
                patch = trial[top : top + height // 4, left : left + width // 4]
                _draw_walls(rng, patch, density)
            reached = _place_ends(rng, trial, targets[index], distances, least)
            if reached >= longest:
                longest = reached
                tokens[index] = trial
            if reached >= least:
                break
        else:
            return index
    return int(count)


@compiled
def _draw_walls(rng: np.random.Generator, grid: Tokens, density: float) -> None:
    for r in range(grid.shape[0]):
        for c in range(grid.shape[1]):
            grid[r, c] = WALL if rng.random() < density else FLOOR


@compiled
def fill_trees(
    rng: np.random.Generator, tokens: Tokens, targets: Tokens, openings: float, min_path: int
) -> int:
    """Write one maze a slice; returns how many before one failed `MAX_TRIES` times."""
    count, height, width = tokens.shape
    distances = np.empty((height, width), dtype=np.int32)
    least = max(min_path, 2)
    for index in range(count):
        for _ in range(MAX_TRIES):
            carve_tree(rng, tokens[index], openings * rng.random())
            if _place_ends(rng, tokens[index], targets[index], distances, least) >= least:
                break
        else:
            return index
    return int(count)
