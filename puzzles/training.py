"""What training asks of a kind of puzzle: rows that are generated, the puzzles of a file, symmetric
copies, and how a row of a data set becomes a puzzle again.

`Training` is the contract. `PuzzleByPuzzle` answers all of it with the methods that a domain has
anyway (`generate`, `encode`, `target`, `augment`, `parse_file`), one puzzle after the other; a kind
of puzzle that is made by the thousand brings a faster one of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from puzzles.contract.defaults import DomainDefaults
from puzzles.contract.protocol import AnyDomain
from puzzles.contract.tokens import FloatGrid, Layout, Numbers, RulesArray, Tokens
from puzzles.errors import PuzzleError
from puzzles.text.encoding import MAX_TEXT, encoding_of

Bytes: TypeAlias = NDArray[np.uint8]
Shape: TypeAlias = tuple[int, int]
"""(height, width) of a canvas."""

TRIES = 20
"""Draws of a symmetric copy until one has the canvas of its original."""


class Pairs(NamedTuple):
    """Examples of one canvas: `tokens` and `targets` (n, cells), `rules` as `Domain.rules` gives
    them."""

    tokens: Bytes
    targets: Bytes
    rules: RulesArray | None = None


class Maker(Protocol):
    """Generates examples of one canvas; `share` is its part of the training steps."""

    @property
    def shape(self) -> Shape: ...

    @property
    def share(self) -> float: ...

    def make(self, rng: np.random.Generator, count: int) -> Pairs: ...


class Listed(Protocol):
    """The puzzles of a file, each with a number: that of its line, or its place."""

    @property
    def numbers(self) -> Numbers: ...

    def read(self, numbers: Numbers | None = None) -> Iterator[tuple[Shape, Pairs]]:
        """Blocks of one canvas each, of all puzzles or of those with `numbers`; raises
        `PuzzleError`."""
        ...


class Training(Protocol):
    """Everything here raises `PuzzleError` where it cannot do what is asked."""

    settings: Mapping[str, Any]
    """What the preset mini sets for these puzzles beside what it sets for all."""
    mix: Mapping[str, float]
    """Kinds of generated puzzles and their weights, where nobody chooses them."""
    options: frozenset[str]
    """Of `hrm data build`, those that mean something: `mix`, `size`, `min-rating`."""

    def makers(self, mix: Mapping[str, float], layout: Layout) -> Sequence[Maker]:
        """One for each canvas of the kinds in `mix`, whose weights are positive."""
        ...

    def tests(self, mix: Mapping[str, float], rng: np.random.Generator, count: int) -> list[Any]:
        """About `count` puzzles to evaluate a run on, each with the name of its kind, where a mix
        has several; none: those of the domain's `evaluation_level` will do."""
        ...

    def listed(
        self, path: Path, *, min_rating: float | None = None, distinct: bool = False
    ) -> Listed:
        """The puzzles of a file; `distinct`: of those that count as one only the first. Raises
        `OSError` and `UnicodeDecodeError`, too."""
        ...

    def alike(self, tokens: Bytes, shape: Shape) -> Bytes:
        """Rows that are equal where two puzzles (n, cells) count as one."""
        ...

    def alike_shape(self, shape: Shape) -> Shape:
        """The canvas of what `alike` gives for puzzles of `shape`."""
        ...

    def redraw(self, rng: np.random.Generator, pairs: Pairs, shape: Shape) -> Pairs:
        """A random symmetric copy of each row, on the same canvas."""
        ...

    def nearest(self, pairs: Pairs, shape: Shape, scores: FloatGrid) -> Bytes:
        """Targets (n, cells) like those of `pairs`, of a puzzle with several right answers the one
        to which `scores` (n, cells, tokens), logits, give the highest sum."""
        ...

    def further_copies(self, augment: int | None) -> int:
        """How many copies a data set has beside each original, for what a person says."""
        ...

    def copies(self, rng: np.random.Generator, pairs: Pairs, shape: Shape, further: int) -> Pairs:
        """Each row followed by `further` symmetric copies of it."""
        ...

    def as_published(self, pairs: Pairs) -> Pairs:
        """With the targets that a data set stores, which may score more cells."""
        ...

    def canvas(self, cells: int) -> Shape:
        """Of a data set that does not say its shape."""
        ...

    def puzzle(self, tokens: Bytes, target: Bytes, shape: Shape) -> Any:
        """The puzzle, with its answer, that one row (cells,) of a data set holds."""
        ...

    def facts_of_file(self, path: Path) -> Mapping[str, Any]:
        """What a model has to remember of the data it was trained on, for `Domain.with_facts`."""
        ...

    def facts_of_set(self, vocabulary: int, cells: int, shape: Shape | None) -> Mapping[str, Any]:
        """The same of a data set with so many tokens and cells, perhaps of a known shape."""
        ...


@dataclass(frozen=True, slots=True)
class ListedPairs:
    """Puzzles that are in memory already, numbered by their place."""

    numbers: Numbers
    rows: Sequence[tuple[Shape, Bytes, Bytes]]

    def read(self, numbers: Numbers | None = None) -> Iterator[tuple[Shape, Pairs]]:
        chosen = self.numbers if numbers is None else numbers
        groups: dict[Shape, list[tuple[Bytes, Bytes]]] = {}
        for number in chosen.tolist():
            shape, tokens, target = self.rows[number]
            groups.setdefault(shape, []).append((tokens, target))
        for shape in sorted(groups):
            tokens, targets = (np.stack(side) for side in zip(*groups[shape], strict=True))
            yield shape, Pairs(tokens, targets)


@dataclass(frozen=True, slots=True)
class LevelMaker:
    """Puzzles of one level, which have to be of one canvas."""

    domain: AnyDomain
    level: str
    layout: Layout
    shape: Shape
    share: float

    def make(self, rng: np.random.Generator, count: int) -> Pairs:
        made = [self.domain.generate(rng, self.level) for _ in range(count)]
        drawn = [pair_of(self.domain, puzzle, self.layout) for puzzle in made]
        for tokens, _ in drawn:
            if tokens.shape != self.shape:
                raise PuzzleError(
                    f"the level {self.level} of {self.domain.name} has puzzles of "
                    f"{_by(self.shape)} and of {_by(tokens.shape)}",
                    hint="A level that is trained on has one size; or write `training` yourself.",
                )
        tokens, targets = (np.stack([t.ravel() for t in side]) for side in zip(*drawn, strict=True))
        return Pairs(tokens, targets, self.domain.rules(made))


def pair_of(kind: AnyDomain, puzzle: Any, layout: Layout = "native") -> tuple[Tokens, Tokens]:
    """Tokens and target of a puzzle, completed where it has no answer yet."""
    tokens = kind.encode(puzzle, layout)
    target = kind.target(puzzle, layout)
    if target is None:
        target = kind.target(kind.completed(puzzle), layout)
    if target is None:
        name = getattr(puzzle, "name", "")
        raise PuzzleError(
            f"the puzzle{f' {name}' if name else ''} has no answer to learn from",
            hint="Give puzzles with their answers.",
        )
    return tokens, target


class PuzzleByPuzzle:
    """`Training` of any domain, by its own methods.

    `settings` are of the preset mini. A row of a data set is read as the drawing of its glyphs.
    """

    options = frozenset({"mix"})

    def __init__(self, domain: AnyDomain, settings: Mapping[str, Any]) -> None:
        self.domain = domain
        self.settings = settings
        self.mix: Mapping[str, float] = dict.fromkeys(domain.levels, 1.0)

    def makers(self, mix: Mapping[str, float], layout: Layout) -> Sequence[Maker]:
        unknown = [kind for kind in mix if kind not in self.domain.levels]
        if unknown:
            raise PuzzleError(
                f"mix: unknown kind {unknown[0][:40]!r}",
                hint=f"Kinds: {', '.join(self.domain.levels)}.",
            )
        return [
            LevelMaker(self.domain, level, layout, self._shape_of(level, layout), share)
            for level, share in mix.items()
            if share
        ]

    def tests(self, mix: Mapping[str, float], rng: np.random.Generator, count: int) -> list[Any]:
        return []

    def _shape_of(self, level: str, layout: Layout) -> Shape:
        puzzle = self.domain.generate(np.random.default_rng(0), level)
        height, width = self.domain.encode(puzzle, layout).shape
        return height, width

    def listed(
        self, path: Path, *, min_rating: float | None = None, distinct: bool = False
    ) -> Listed:
        rows = []
        for puzzle in self.domain.parse_file(read_whole(path), path):
            tokens, target = pair_of(self.domain, puzzle)
            rows.append(((tokens.shape[0], tokens.shape[1]), tokens.ravel(), target.ravel()))
        return ListedPairs(numbered(rows, self if distinct else None), rows)

    def alike(self, tokens: Bytes, shape: Shape) -> Bytes:
        return tokens

    def alike_shape(self, shape: Shape) -> Shape:
        return shape

    def redraw(self, rng: np.random.Generator, pairs: Pairs, shape: Shape) -> Pairs:
        if getattr(type(self.domain), "augment", None) is DomainDefaults.augment:
            return pairs
        copies = [
            self._copy(rng, tokens, target, shape)
            for tokens, target in zip(pairs.tokens, pairs.targets, strict=True)
        ]
        tokens, targets = (np.stack(side) for side in zip(*copies, strict=True))
        return Pairs(tokens, targets)

    def _copy(
        self, rng: np.random.Generator, tokens: Bytes, target: Bytes, shape: Shape
    ) -> tuple[Bytes, Bytes]:
        puzzle = self.puzzle(tokens, target, shape)
        for _ in range(TRIES):
            copy, _ = self.domain.augment(puzzle, rng)
            drawn = pair_of(self.domain, copy)
            if drawn[0].shape == shape:
                return drawn[0].ravel(), drawn[1].ravel()
        return tokens, target

    def nearest(self, pairs: Pairs, shape: Shape, scores: FloatGrid) -> Bytes:
        """Every puzzle has one right answer, unless its domain says otherwise."""
        return pairs.targets

    def further_copies(self, augment: int | None) -> int:
        return augment or 0

    def copies(self, rng: np.random.Generator, pairs: Pairs, shape: Shape, further: int) -> Pairs:
        return random_copies(self.redraw, rng, pairs, shape, further)

    def as_published(self, pairs: Pairs) -> Pairs:
        return pairs

    def canvas(self, cells: int) -> Shape:
        height, width = self.domain.spec.official
        if height * width != cells:
            raise no_canvas(self.domain, cells)
        return height, width

    def puzzle(self, tokens: Bytes, target: Bytes, shape: Shape) -> Any:
        kind, glyphs = self.domain, self.domain.spec.glyphs
        drawn = "\n".join("".join(glyphs[t] for t in row) for row in tokens.reshape(shape).tolist())
        (puzzle,) = kind.parse(drawn + "\n")
        if not np.array_equal(kind.encode(puzzle, "native").ravel(), tokens):
            raise PuzzleError(
                f"{kind.name}: a row of a data set is not read back from its glyphs",
                hint="Let `parse` read the drawing of the glyphs, or write `training().puzzle`.",
            )
        return puzzle if kind.target(puzzle, "native") is not None else kind.completed(puzzle)

    def facts_of_file(self, path: Path) -> Mapping[str, Any]:
        return {}

    def facts_of_set(self, vocabulary: int, cells: int, shape: Shape | None) -> Mapping[str, Any]:
        spec = self.domain.spec
        if vocabulary != spec.size:
            raise PuzzleError(f"it has {vocabulary} tokens, {self.domain.name} has {spec.size}")
        return {}


def random_copies(
    redraw: Callable[[np.random.Generator, Pairs, Shape], Pairs],
    rng: np.random.Generator,
    pairs: Pairs,
    shape: Shape,
    further: int,
) -> Pairs:
    """Each row followed by `further` copies that `redraw` draws."""
    tokens, targets = (np.repeat(side, further + 1, axis=0) for side in pairs[:2])
    drawn = np.arange(len(tokens)) % (further + 1) > 0
    copies = redraw(rng, Pairs(tokens[drawn], targets[drawn]), shape)
    tokens[drawn], targets[drawn] = copies.tokens, copies.targets
    return Pairs(tokens, targets)


def numbered(rows: Sequence[tuple[Shape, Bytes, Bytes]], training: Training | None) -> Numbers:
    """The numbers of the rows; with `training`, only the first of rows that `alike` makes equal."""
    if training is None:
        return np.arange(len(rows))
    first: dict[tuple[Shape, bytes], int] = {}
    for number, (shape, tokens, _) in enumerate(rows):
        same = training.alike(tokens[None], shape).tobytes()
        first.setdefault((training.alike_shape(shape), same), number)
    return np.array(sorted(first.values()), np.int64)


def read_whole(path: Path) -> str:
    """A file's text, UTF-8 or UTF-16; raises `PuzzleError` for one that is too long."""
    with path.open("rb") as file:
        encoding = encoding_of(file.read(4096))
    with path.open(encoding=encoding) as text_file:
        text = text_file.read(MAX_TEXT + 1)
    if len(text) > MAX_TEXT:
        raise PuzzleError(f"the file has more than {MAX_TEXT} characters", hint="Split it.")
    return text


def no_canvas(kind: AnyDomain, cells: int) -> PuzzleError:
    return PuzzleError(f"it has {cells} cells, which is no canvas of {kind.name}")


def _by(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))
