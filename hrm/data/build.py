"""Builds data sets in the published layout, from files of puzzles or from generated puzzles.

As in the published recipes, the first puzzle of a group is the original and the others are its
symmetric copies: random symmetries for Sudoku, the other seven of the square for mazes. The test
split is never augmented. The same seed gives the same data set on every machine.
"""

from __future__ import annotations

import shlex
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

import numpy as np

from hrm.data.files import reading
from hrm.data.generated import makers_of
from hrm.data.layout import BLANK
from hrm.data.writer import SetWriter, new_folder, write_identifiers
from hrm.errors import PuzzleFileError, UserError
from puzzles import domain
from puzzles.contract.protocol import AnyDomain
from puzzles.contract.tokens import Numbers
from puzzles.errors import PuzzleError
from puzzles.training import Listed, Maker, Pairs, Shape

BLOCK = 4096
"""Puzzles generated in one call."""

ROWS = 32_768
"""Most rows in memory at a time, approximately."""

TEST_SHARE = 0.05
"""Share of a file's puzzles used as tests, if neither a test file nor a number is given."""

GENERATED_TESTS = 1000

_TRAINING, _TEST, _COPIES, _CHOICE = range(4)
"""The second number of each generator's seed."""

CELLS = 81
"""Canvas size for which `BLOCK` puzzles are generated at a time; larger ones come in smaller
blocks."""

Block = tuple[Shape, Pairs]


@dataclass(frozen=True, slots=True)
class Building:
    """Progress of a build: puzzles written, with all their copies, of the split's total."""

    split: str
    done: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildRecipe:
    """What to build.

    training     file of puzzles; None: they are generated
    testing      file of test puzzles; None: test puzzles are split off the training file, in which
                 repeated puzzles then count once
    count        number of puzzles to generate, or most puzzles to take from a file (0: all)
    tests        most test puzzles; None: the whole test file, or a default share
    augment      symmetric copies of each puzzle; 0 or 7 for mazes
    min_rating   lowest rating of a file's Sudokus
    mix          kinds of generated puzzles and their weights; empty: the domain's default
    """

    seed: int = 0
    training: Path | None = None
    testing: Path | None = None
    count: int = 0
    tests: int | None = None
    augment: int = 0
    min_rating: float | None = None
    mix: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Puzzles:
    """The originals of one split: their number, and blocks of their rows."""

    count: int
    blocks: Iterator[Block]


def build(task: str, out: Path, recipe: BuildRecipe) -> Generator[Building, None, None]:
    """Write a data set to the new folder `out`, yielding progress. Raises `UserError`.

    Closing the iterator removes the unfinished folder.
    """
    try:
        with closing(_built(domain(task), out, recipe)) as steps:
            yield from steps
    except PuzzleError as error:
        raise UserError(str(error), error.hint) from error


def _built(kind: AnyDomain, out: Path, recipe: BuildRecipe) -> Generator[Building, None, None]:
    make = _generated if recipe.training is None else _of_files
    if recipe.training is not None:
        with reading(recipe.training):
            kind = kind.with_facts(kind.training().facts_of_file(recipe.training))
    with new_folder(out) as folder:
        training, tests = make(kind, recipe)
        writers: list[SetWriter] = []
        shapes: list[Shape] = []
        for split, puzzles, augment in (("train", training, recipe.augment), ("test", tests, 0)):
            shape, blocks = _peeked(puzzles.blocks, shapes[0] if shapes else kind.spec.official)
            shapes.append(shape)
            with SetWriter(folder, split, shape[0] * shape[1]) as writer:
                for done in _written(writer, kind, recipe, blocks, shapes[0], augment):
                    yield Building(split, done, puzzles.count)
            writers.append(writer)
        for writer in writers:
            writer.finish(kind.spec.size, shape=_recorded_shape(kind, shapes[0]))
        write_identifiers(folder, [BLANK])


def _peeked(blocks: Iterator[Block], otherwise: Shape) -> tuple[Shape, Iterator[Block]]:
    """The canvas shape of the first block, and an iterator over all blocks."""
    first = next(blocks, None)
    if first is None:
        return otherwise, iter(())
    return first[0], chain([first], blocks)


def _recorded_shape(kind: AnyDomain, shape: Shape) -> Shape | None:
    """`shape`, unless it follows from the number of cells."""
    try:
        return None if kind.training().canvas(shape[0] * shape[1]) == shape else shape
    except PuzzleError:
        return shape


def _written(
    writer: SetWriter,
    kind: AnyDomain,
    recipe: BuildRecipe,
    blocks: Iterator[Block],
    shape: Shape,
    augment: int,
) -> Iterator[int]:
    """Write originals and copies; yields the number of originals written so far."""
    done = 0
    for found, block in blocks:
        if found != shape:
            raise PuzzleError(
                f"puzzles of {shape[0]}x{shape[1]} and of {found[0]}x{found[1]} cannot be in one "
                "data set",
                hint="Choose kinds of one size with --mix, or give a file with one size; training "
                "takes any.",
            )
        _require_storable(kind, block, shape, recipe)
        for pairs in _with_copies(kind, block, shape, augment, recipe.seed, done):
            stored = kind.training().as_published(pairs)
            originals = len(stored.tokens) // (augment + 1)
            writer.append(
                stored.tokens,
                stored.targets,
                rows=np.ones(len(stored.tokens), int),
                puzzles=np.full(originals, augment + 1),
            )
            done += originals
            yield done


def _require_storable(kind: AnyDomain, block: Pairs, shape: Shape, recipe: BuildRecipe) -> None:
    """Raises `PuzzleError` for what the published layout cannot hold, with the command that trains
    on it without a data set."""
    if block.tokens.max(initial=0) >= kind.spec.size:
        lacking = (
            f"{kind.name} puzzles of {shape[0]}x{shape[1]} have more symbols than a data set has"
        )
    elif block.rules is not None:
        lacking = "puzzles with further rules cannot be in a data set of the published layout"
    else:
        return
    if recipe.training is not None:
        what = f"--data {shlex.quote(str(recipe.training))}"
    else:
        mix = ",".join(f"{name}:{weight:g}" for name, weight in recipe.mix.items())
        what = f"--set {shlex.quote(f'mix={mix}')}"
    raise PuzzleError(
        lacking, hint=f"Train without a data set: hrm train --task {kind.name} {what}"
    )


def _with_copies(
    kind: AnyDomain, block: Pairs, shape: Shape, augment: int, seed: int, first: int
) -> Iterator[Pairs]:
    """Blocks of originals, each followed by its copies; `first` is the number of the first one."""
    if not augment:
        yield block
        return
    step = max(1, ROWS // (augment + 1))
    for start in range(0, len(block.tokens), step):
        part = Pairs(block.tokens[start : start + step], block.targets[start : start + step])
        rng = np.random.default_rng([seed, _COPIES, first + start])
        yield kind.training().copies(rng, part, shape, augment)


def _of_files(kind: AnyDomain, recipe: BuildRecipe) -> tuple[_Puzzles, _Puzzles]:
    assert recipe.training is not None
    listed = _listed(kind, recipe.training, recipe, distinct=recipe.testing is None)
    numbers = listed.numbers
    if len(numbers) == 0:
        rated = "" if recipe.min_rating is None else f" rated at least {recipe.min_rating:g}"
        raise PuzzleFileError(f"{recipe.training} has no puzzle{rated}", "Give another --source.")
    rng = np.random.default_rng([recipe.seed, _CHOICE])
    if recipe.testing is None:
        kept, held = _chosen(rng, numbers, recipe, round(TEST_SHARE * len(numbers)))
        return _read(recipe.training, listed, kept), _read(recipe.training, listed, held)
    others = _listed(kind, recipe.testing, recipe)
    tests = _tests_or(recipe, len(others.numbers))
    held = np.sort(rng.permutation(others.numbers)[:tests])
    kept = np.sort(rng.permutation(numbers)[: recipe.count or None])
    return _read(recipe.training, listed, kept), _read(recipe.testing, others, held)


def _listed(kind: AnyDomain, path: Path, recipe: BuildRecipe, *, distinct: bool = False) -> Listed:
    with reading(path):
        return kind.training().listed(path, min_rating=recipe.min_rating, distinct=distinct)


def _read(path: Path, listed: Listed, numbers: Numbers) -> _Puzzles:
    def blocks() -> Iterator[Block]:
        with reading(path):
            yield from listed.read(numbers)

    return _Puzzles(len(numbers), blocks())


def _tests_or(recipe: BuildRecipe, default: int) -> int:
    return default if recipe.tests is None else recipe.tests


def _chosen(
    rng: np.random.Generator, candidates: Numbers, recipe: BuildRecipe, tests: int
) -> tuple[Numbers, Numbers]:
    """Disjoint puzzle numbers for training and for tests, both sorted."""
    order = rng.permutation(candidates)
    held, kept = np.split(order, [_tests_or(recipe, tests)])
    if len(kept) == 0:
        raise UserError(
            f"{recipe.training} has {len(order)} puzzles, too few for {len(held)} tests",
            "Ask for fewer with --test.",
        )
    return np.sort(kept[: recipe.count or None]), np.sort(held)


def _generated(kind: AnyDomain, recipe: BuildRecipe) -> tuple[_Puzzles, _Puzzles]:
    makers = makers_of(kind, recipe.mix or kind.training().mix, "native")
    if not recipe.mix:  # the default mix must have one size
        makers = [maker for maker in makers if maker.shape == makers[0].shape]
    tests = _tests_or(recipe, GENERATED_TESTS)
    return (
        _Puzzles(recipe.count, _made(makers, recipe, recipe.count, _TRAINING)),
        _Puzzles(tests, _made(makers, recipe, tests, _TEST)),
    )


def _made(makers: Sequence[Maker], recipe: BuildRecipe, count: int, part: int) -> Iterator[Block]:
    """Blocks of `count` puzzles, divided among the makers by their shares."""
    ends = np.round(count * np.cumsum([maker.share for maker in makers]) / _total(makers))
    counts = np.diff(ends, prepend=0).astype(int).tolist()
    for number, (maker, own) in enumerate(zip(makers, counts, strict=True)):
        cells = maker.shape[0] * maker.shape[1]
        step = max(1, BLOCK * CELLS // cells)
        for first in range(0, own, step):
            seed = [recipe.seed, part, first, *([number] if number else [])]
            yield maker.shape, maker.make(np.random.default_rng(seed), min(step, own - first))


def _total(makers: Sequence[Maker]) -> float:
    return sum(maker.share for maker in makers)
