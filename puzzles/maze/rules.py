"""Judges a marked path by the rules alone, and says which cells break it and how."""

from __future__ import annotations

from puzzles.contract.protocol import Verdict
from puzzles.contract.tokens import Answer, Position, Tokens
from puzzles.maze.puzzle import (
    GOAL,
    START,
    UNREACHED,
    WALL,
    Distances,
    distances_from,
    neighbours,
    only,
)
from puzzles.text.text_grid import counted


def judge(tokens: Tokens, answer: Answer) -> Verdict:
    """Solved if the marks are exactly the cells of one shortest path; any of several is right.

    `tokens` is the maze, (height, width); marks on start and goal mean nothing.
    """
    if answer.shape != tokens.shape:
        sizes = [" x ".join(map(str, shape)) for shape in (answer.shape, tokens.shape)]
        return Verdict(False, (), (f"the answer is {sizes[0]}, the maze {sizes[1]}",))
    start, goal = only(tokens, START), only(tokens, GOAL)
    distances = distances_from(tokens, goal)
    if distances[start] == UNREACHED:
        return Verdict(False, (start, goal), ("the goal cannot be reached",))
    marked = _marked(answer)
    faults = _faults(tokens, marked - {start, goal}, start, goal)
    if not faults:
        faults = _detour(distances, marked - {start, goal}, start)
    broken = {cell for cells, _ in faults for cell in cells}
    return Verdict(not faults, tuple(sorted(broken)), tuple(reason for _, reason in faults))


def is_path(tokens: Tokens, answer: Answer) -> bool:
    """Whether the marks are one unbranched path from start to goal, however long."""
    start, goal = only(tokens, START), only(tokens, GOAL)
    return not _faults(tokens, _marked(answer) - {start, goal}, start, goal)


def _marked(answer: Answer) -> set[Position]:
    return {(int(row), int(column)) for row, column in zip(*answer.nonzero(), strict=True)}


Fault = tuple[set[Position], str]


def _faults(tokens: Tokens, marked: set[Position], start: Position, goal: Position) -> list[Fault]:
    """What keeps the marks from being a single path without branches; empty for any such path."""
    shape = (tokens.shape[0], tokens.shape[1])
    walls = {cell for cell in marked if tokens[cell] == WALL}
    way = (marked - walls) | {start, goal}
    degree = {cell: sum(other in way for other in neighbours(cell, shape)) for cell in way}
    joined = _component(way, start, shape)
    apart = way - joined - {goal}
    ends = {start, goal}
    branches = {cell for cell in joined if degree[cell] > (1 if cell in ends else 2)}
    # where start and goal are joined, a cell with one neighbour leads nowhere; otherwise it is
    # where the path breaks off
    tips = {cell for cell in joined - ends if degree[cell] < 2}
    faults: list[Fault] = []
    if walls:
        faults.append((walls, f"{counted(len(walls), 'path cell')} on walls"))
    if goal not in joined:
        loose = {cell for cell in way if degree[cell] < (1 if cell in ends else 2)}
        faults.append((loose, "the path has a gap between start and goal"))
    elif tips:
        faults.append((tips, counted(len(tips), "dead end")))
    if branches:
        faults.append((branches, f"the path branches at {counted(len(branches), 'cell')}"))
    if apart and goal in joined:
        faults.append((apart, f"{counted(len(apart), 'path cell')} apart from the path"))
    return faults


def _detour(distances: Distances, marked: set[Position], start: Position) -> list[Fault]:
    """How much longer an unbranched path is than the shortest, and its steps off the goal."""
    shape = (distances.shape[0], distances.shape[1])
    taken, needed = len(marked) + 1, int(distances[start])
    if taken == needed:
        return []
    away: set[Position] = set()
    cell, left = start, set(marked)
    while left:
        following = next(other for other in neighbours(cell, shape) if other in left)
        if distances[following] > distances[cell]:
            away.add(following)
        left.discard(following)
        cell = following
    return [(away, f"the path has {taken} steps, {taken - needed} more than the shortest")]


def _component(cells: set[Position], origin: Position, shape: tuple[int, int]) -> set[Position]:
    """The cells that are joined to `origin` through `cells`."""
    reached, frontier = {origin}, [origin]
    while frontier:
        for other in neighbours(frontier.pop(), shape):
            if other in cells and other not in reached:
                reached.add(other)
                frontier.append(other)
    return reached
