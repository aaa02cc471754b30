"""What a Sudoku forbids: the groups of cells that hold a symbol once each, for any size and rule.

Rows and columns are always groups; regions are boxes, any other partition (jigsaw) or none (latin).
Further groups, such as the diagonals of X, lie in layers, inside which no two share a cell: a layer
is what one relation head of a network can look at.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from math import isqrt
from typing import Any

from puzzles.errors import PuzzleError

SMALLEST, LARGEST = 4, 25
REGION_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXY"
_CELL = re.compile(r"r(\d{1,2})c(\d{1,2})")


@dataclass(frozen=True, slots=True)
class Group:
    """Cells that hold no symbol twice; `name` ends the sentence "5 stands twice in …"."""

    name: str
    cells: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """Cells are numbered from 0, row after row.

    `regions` has a number for each cell, renumbered here in the order of the first cells, or is
    empty where there are no regions. Raises `PuzzleError` for a size out of range, regions of
    another size or number, and groups that overlap inside a layer or cannot be filled.
    """

    size: int
    regions: tuple[int, ...] = ()
    layers: tuple[tuple[Group, ...], ...] = ()

    def __post_init__(self) -> None:
        if not SMALLEST <= self.size <= LARGEST:
            raise PuzzleError(f"a Sudoku has {SMALLEST} to {LARGEST} rows, not {self.size}")
        if self.regions:
            numbers = {label: i for i, label in enumerate(dict.fromkeys(self.regions))}
            object.__setattr__(self, "regions", tuple(numbers[label] for label in self.regions))
            require_regions(self.size, self.regions, REGION_LETTERS)
        for layer in self.layers:
            _require_layer(self.size, layer)

    @property
    def cells(self) -> int:
        return self.size**2

    @property
    def further(self) -> tuple[Group, ...]:
        """The groups beside rows, columns and regions."""
        return tuple(group for layer in self.layers for group in layer)

    def moved(self, source: Sequence[int]) -> Rules:
        """The rules of a grid whose cell i shows the cell `source[i]` of this one."""
        target = {old: new for new, old in enumerate(source)}
        return replace(
            self,
            regions=tuple(self.regions[old] for old in source) if self.regions else (),
            layers=tuple(
                tuple(
                    Group(group.name, tuple(sorted(target[c] for c in group.cells)))
                    for group in layer
                )
                for layer in self.layers
            ),
        )


def require_regions(size: int, regions: Sequence[Any], names: Sequence[str]) -> None:
    """Raises `PuzzleError` unless there are `size` regions of `size` cells; `names` are theirs, in
    the order of their first cells."""
    if len(regions) != size**2:
        raise PuzzleError(
            f"{len(regions)} cells in the regions, a {size}×{size} Sudoku has {size**2}"
        )
    members: dict[Any, list[int]] = {}
    for cell, label in enumerate(regions):
        members.setdefault(label, []).append(cell)
    if len(members) != size:
        last = [cells[0] for cells in members.values()][-1]
        raise PuzzleError(
            f"{len(members)} regions, a {size}×{size} Sudoku has {size}",
            cells=[divmod(last, size)],
        )
    for name, cells in zip(names, members.values(), strict=False):
        if len(cells) != size:
            raise PuzzleError(
                f"region {name} has {len(cells)} cells, a region here has {size}",
                cells=[divmod(cell, size) for cell in cells],
            )


def _require_layer(size: int, layer: Sequence[Group]) -> None:
    seen: set[int] = set()
    for group in layer:
        if not 2 <= len(group.cells) <= size:
            raise PuzzleError(f"{group.name} has {len(group.cells)} cells, a group has 2 to {size}")
        if len(set(group.cells)) < len(group.cells):
            raise PuzzleError(f"{group.name} names a cell twice")
        if min(group.cells) < 0 or max(group.cells) >= size**2:
            raise PuzzleError(f"{group.name} has a cell outside the {size}×{size} grid")
        if not seen.isdisjoint(group.cells):
            raise PuzzleError(f"{group.name} overlaps another group of its layer")
        seen.update(group.cells)


def box_shape(size: int) -> tuple[int, int] | None:
    """Height and width of the boxes that a size usually has, None for a prime."""
    for height in range(isqrt(size), 1, -1):
        if size % height == 0:
            return height, size // height
    return None


def box_regions(size: int, shape: tuple[int, int] | None = None) -> tuple[int, ...]:
    """Regions that are boxes of `shape`, by default the usual ones; raises `PuzzleError`."""
    shape = shape or box_shape(size)
    if shape is None:
        raise PuzzleError(
            f"a {size}×{size} grid has no boxes",
            hint="Choose the rule latin, or jigsaw with its regions below it, after an empty line.",
        )
    height, width = shape
    if height * width != size:
        raise PuzzleError(
            f"boxes of {height}×{width} do not fit a {size}×{size} grid",
            hint=f"Height times width must be {size}; without boxes=… they have the usual shape.",
        )
    across = size // width
    return tuple(
        row // height * across + column // width for row in range(size) for column in range(size)
    )


def no_grid(size: int) -> PuzzleError:
    """Of a search for a full grid that was given up, or has shown that there is none."""
    return PuzzleError(
        f"no {size}×{size} grid was found that keeps these rules",
        hint="Try a smaller size, other regions, or fewer rules.",
    )


CLASSIC = Rules(9, box_regions(9))


@lru_cache(64)
def usual(size: int) -> Rules:
    """Boxes and nothing else; raises `PuzzleError` where a size has none."""
    return CLASSIC if size == 9 else Rules(size, box_regions(size))


def box_of(rules: Rules) -> tuple[int, int] | None:
    """Height and width of the regions if they are boxes in reading order."""
    if not rules.regions:
        return None
    width = next((c for c in range(rules.size) if rules.regions[c]), rules.size)
    if rules.size % width or not 1 < width < rules.size:
        return None
    shape = rules.size // width, width
    return shape if box_regions(rules.size, shape) == rules.regions else None


@dataclass(frozen=True, slots=True)
class Tables:
    """What the solver needs of rules: `units` are the groups in which each symbol has one place,
    `groups` all groups, `peers` the cells that each cell sees, `full` the set of all symbols."""

    size: int
    full: int
    groups: tuple[Group, ...]
    units: tuple[tuple[int, ...], ...]
    peers: tuple[tuple[int, ...], ...]


@lru_cache(256)
def tables(rules: Rules) -> Tables:
    size = rules.size
    groups = [Group(f"row {r + 1}", tuple(range(size * r, size * r + size))) for r in range(size)]
    groups += [Group(f"column {c + 1}", tuple(range(c, size * size, size))) for c in range(size)]
    if rules.regions:
        boxes = box_of(rules) is not None
        members: list[list[int]] = [[] for _ in range(size)]
        for cell, number in enumerate(rules.regions):
            members[number].append(cell)
        groups += [
            Group(f"box {i + 1}" if boxes else f"region {REGION_LETTERS[i]}", tuple(cells))
            for i, cells in enumerate(members)
        ]
    groups += rules.further
    seen: list[set[int]] = [set() for _ in range(rules.cells)]
    for group in groups:
        for cell in group.cells:
            seen[cell].update(group.cells)
    return Tables(
        size,
        (1 << size) - 1,
        tuple(groups),
        tuple(group.cells for group in groups if len(group.cells) == size),
        tuple(tuple(sorted(others - {cell})) for cell, others in enumerate(seen)),
    )


def diagonals(size: int) -> tuple[tuple[Group, ...], ...]:
    """Two layers: in the middle of an odd grid they cross."""
    return (
        (Group("the main diagonal", tuple(i * size + i for i in range(size))),),
        (Group("the other diagonal", tuple(i * size + size - 1 - i for i in range(size))),),
    )


def windows(size: int) -> tuple[Group, ...]:
    """The windows of windoku, square boxes a cell away from the edges and from one another."""
    side = isqrt(size)
    if side * side != size:
        raise PuzzleError(
            f"windoku needs square boxes, a {size}×{size} grid has none",
            hint="Choose 9×9, 16×16 or 25×25, or leave windoku out.",
        )
    starts = range(1, size - side, side + 1)
    corners = [(row, column) for row in starts for column in starts]
    return tuple(
        Group(
            f"window {number}",
            tuple((row + i) * size + column + j for i in range(side) for j in range(side)),
        )
        for number, (row, column) in enumerate(corners, start=1)
    )


def with_groups(rules: Rules, groups: Iterable[Group]) -> Rules:
    """The same with further groups, each in the first new layer where it overlaps none."""
    layers: list[list[Group]] = []
    for group in groups:
        for layer in layers:
            if all(set(group.cells).isdisjoint(other.cells) for other in layer):
                layer.append(group)
                break
        else:
            layers.append([group])
    return replace(rules, layers=rules.layers + tuple(map(tuple, layers)))


def named_group(name: object, cells: Iterable[str], size: int) -> Group:
    """A group of cells such as r1c1; raises `PuzzleError`."""
    if not isinstance(name, str) or not name.isprintable() or not 0 < len(name) <= 40:
        raise PuzzleError("the name of a group is not a text of 1 to 40 characters")
    numbers = []
    for text in cells:
        found = _CELL.fullmatch(text.strip().lower())
        if not found or not all(1 <= int(part) <= size for part in found.groups()):
            raise PuzzleError(
                f"{name}: {text[:20]!a} is no cell of a {size}×{size} grid",
                hint="r1c1 is the first cell, r1c2 the one to its right.",
            )
        numbers.append((int(found[1]) - 1) * size + int(found[2]) - 1)
    group = Group(name, tuple(numbers))
    _require_layer(size, [group])
    return group
