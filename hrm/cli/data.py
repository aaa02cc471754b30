"""`hrm data`: builds data sets for training and describes them."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.progress import (
    DownloadColumn,
    MofNCompleteColumn,
    TaskID,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from hrm.cli import options
from hrm.cli.help import PlainCommand, PlainGroup, help_alone, puzzle_option
from hrm.cli.output import data_console, progress, talk_console
from hrm.errors import PuzzleFileError, UserError
from hrm.terminal import clean_line, shown
from puzzles import domain
from puzzles.contract.protocol import AnyDomain
from puzzles.text.text_grid import counted

if TYPE_CHECKING:
    from hrm.data.build import Building
    from hrm.data.layout import Split

GENERATED = "generated"

ARC_COPIES = 1000
"""Default number of copies of an ARC task, as published."""

data = typer.Typer(
    cls=PlainGroup,
    help="""Build and inspect training data in the published layout.

    \b
      hrm data build sudoku data/1k --source sudoku-extreme --subsample 1000
      hrm data show data/1k
    """,
    rich_markup_mode=None,
    add_completion=False,
    callback=help_alone,
    invoke_without_command=True,
)

Source = Annotated[
    list[str] | None,
    puzzle_option(
        metavar="PATH",
        help="CSV, a folder with train.csv and test.csv, sudoku-extreme or maze-hard (downloaded); "
        "for ARC data sets or folders. May be repeated. [default: generated; ARC: "
        "arc1-training and arc1-evaluation]",
    ),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildOptions:
    """What a data set is built from; None for an option that was not given."""

    source: Source = None
    count: Annotated[
        int | None,
        puzzle_option(
            metavar="N", min=1, max=10_000_000, help="Puzzles to generate. [default: 10000]"
        ),
    ] = None
    mix: Annotated[
        str | None,
        puzzle_option(
            metavar="KIND:WEIGHT,...",
            help="Generated puzzles: Sudokus eased, minimal, extreme, sparse; others by level. "
            "[default: Sudoku eased:0.7,minimal:0.3]",
        ),
    ] = None
    size: Annotated[
        int | None,
        puzzle_option(
            metavar="N",
            min=4,
            max=40,
            help="Side of generated mazes and Sudokus. [default: maze 30, Sudoku 9]",
        ),
    ] = None
    augment: Annotated[
        int | None,
        typer.Option(
            min=0,
            max=100_000,
            metavar="N",
            help="Symmetric copies beside the original; of a maze 1 or 8 with it. [default: "
            "Sudoku 0, maze 1, ARC 1000]",
        ),
    ] = None
    subsample: Annotated[
        int | None,
        puzzle_option(
            metavar="N", min=1, help="Random puzzles to take from a file. [default: all]"
        ),
    ] = None
    min_rating: Annotated[
        float | None, puzzle_option(metavar="RATING", help="Lowest rating of a file's Sudokus.")
    ] = None
    test: Annotated[
        int | None,
        puzzle_option(
            min=0,
            metavar="N",
            help="Test puzzles. [default: 1000 generated, all of test.csv, else 5 %]",
        ),
    ] = None
    seed: Annotated[int, typer.Option(metavar="N", min=0, help="Random seed.")] = 0
    rules: Annotated[str | None, typer.Option(hidden=True)] = None  # refused, with what to do

    @property
    def generated(self) -> bool:
        return (self.source or [GENERATED]) == [GENERATED]

    def steps(self, kind: AnyDomain, out: Path) -> Generator[Building, None, None]:
        """The build, which starts when it is iterated."""
        if kind.adapts:
            from hrm.data.build_arc import build_arc

            sources = self.source or ["arc1-training", "arc1-evaluation"]
            copies = ARC_COPIES if self.augment is None else self.augment
            return build_arc(out, sources, copies, self.seed)
        from hrm.data.build import BuildRecipe
        from hrm.data.build import build as build_puzzles

        mix = {str(self.size): 1.0} if self.size else {}
        recipe = BuildRecipe(
            seed=self.seed,
            tests=self.test,
            augment=kind.training().further_copies(self.augment),
            min_rating=self.min_rating,
            mix=_weights(self.mix) if self.mix else mix,
            **_files(
                kind.name, self.source or [GENERATED], self.count or 10_000, self.subsample or 0
            ),
        )
        return build_puzzles(kind.name, out, recipe)

    def refuse_unused(self, kind: AnyDomain) -> None:
        """Raises `BadParameter` for an option that has no effect on these puzzles."""
        generated = self.generated and not kind.adapts
        if generated and not kind.levels:
            raise typer.BadParameter(
                f"{kind.name} puzzles are not generated: give a file with --source"
            )
        own = frozenset() if kind.adapts else kind.training().options
        no_effect = (
            f"does not apply to {'generated puzzles' if generated else 'files'} of {kind.name}"
        )
        applies = {
            "rules": (
                False,
                "cannot be kept in a data set of the published layout. `hrm train` has --rules, "
                "and trains on generated puzzles without a data set",
            ),
            "count": (generated, "is for generated puzzles; --subsample draws from a file"),
            "mix": (generated and "mix" in own, no_effect),
            "size": (generated and "size" in own, no_effect),
            "subsample": (
                not generated and not kind.adapts,
                "is for files; --count says how many to generate, and ARC sources are taken whole",
            ),
            "min_rating": (not generated and "min-rating" in own, "is for files of Sudokus"),
            "test": (
                not kind.adapts,
                f"does not apply to {kind.name}: its tasks have tests of their own",
            ),
        }
        for name, (used, why) in applies.items():
            if getattr(self, name) is not None and not used:
                raise typer.BadParameter(f"--{name.replace('_', '-')} {why}")


@data.command(cls=PlainCommand)
@options.flattened
def build(
    task: options.Task,
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Folder to create.")],
    *,
    what: BuildOptions,
) -> None:
    """Write a data set in the published layout.

    \b
      hrm data build sudoku data/1k --source sudoku-extreme --subsample 1000
      hrm data build arc data/arc1
    """
    from hrm.data.writer import refuse_existing

    refuse_existing(out)  # before anything is downloaded
    kind = domain(task)
    what.refuse_unused(kind)
    _follow(what.steps(kind, out))
    talk_console().print(f"{clean_line(str(out))} is built.")
    _describe(out)


@data.command(cls=PlainCommand)
def show(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A data set's folder.")],
) -> None:
    """Describe a data set and check all its arrays.

    \b
      hrm data show data/1k
      hrm data show downloads/maze-30x30-hard-1k
    """
    _describe(folder)


def _files(task: str, sources: list[str], count: int, subsample: int) -> dict[str, Any]:
    """The fields of a `BuildRecipe` that name its files and the number of puzzles."""
    from hrm.data.fetched import ONLINE

    if len(sources) > 1:
        raise typer.BadParameter("only ARC data sets are built from several sources")
    name = sources[0]
    if name == GENERATED:
        return {"count": count}
    if name in ONLINE:
        if ONLINE[name][0] != task:
            raise typer.BadParameter(f"{name} holds puzzles of {ONLINE[name][0]}, not of {task}")
        training, testing = _download(name)
        return {"training": training, "testing": testing, "count": subsample}
    path = Path(os.path.expanduser(name))
    if path.is_dir():
        tests = path / "test.csv"
        files = {"training": path / "train.csv", "testing": tests if tests.exists() else None}
        return {**files, "count": subsample}
    if not path.exists():
        known = ", ".join([GENERATED, *(name for name, (of, _) in ONLINE.items() if of == task)])
        raise PuzzleFileError(
            f"there is no file or folder {shown(name)}", f"Or name a known data set: {known}."
        )
    return {"training": path, "count": subsample}


def _download(name: str) -> tuple[Path, Path]:
    """Paths of a published data set's two CSVs, downloaded with a progress bar on stderr."""
    from hrm.data.fetched import fetched

    steps = fetched(name)
    with closing(steps), progress(DownloadColumn()) as display:
        bars: dict[str, TaskID] = {}
        while True:
            try:
                step = next(steps)
            except StopIteration as end:
                files: tuple[Path, Path] = end.value
                return files
            if step.file not in bars:
                bars[step.file] = display.add_task(clean_line(step.file))
            display.update(bars[step.file], completed=step.done, total=step.total)


def _weights(text: str) -> dict[str, float]:
    weights = {}
    for part in text.split(","):
        kind, _, weight = part.partition(":")
        try:
            weights[kind.strip()] = float(weight or 1)
        except ValueError:
            raise typer.BadParameter(f"--mix {shown(part)} is not kind:weight") from None
    if min(weights.values()) < 0 or not 0 < sum(weights.values()) < float("inf"):
        raise typer.BadParameter(f"--mix {shown(text)} has no positive weight")
    return weights


def _follow(steps: Generator[Building, None, None]) -> None:
    """Run a build with a progress bar; on any exception, Ctrl-C included, its files are removed."""
    columns = MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn()
    with closing(steps), progress(*columns) as display:
        bars = {}
        for step in steps:
            if step.split not in bars:
                bars[step.split] = display.add_task(step.split, total=step.total)
            display.update(bars[step.split], completed=step.done)


def _describe(folder: Path) -> None:
    from hrm.data.layout import SPLITS, is_dataset, read_identifiers, read_split

    if not is_dataset(folder):
        raise UserError(
            f"{folder} is not a data set: there is no train/dataset.json",
            "`hrm data build` creates one.",
        )
    console = data_console()
    for name in SPLITS:
        if (folder / name).is_dir():
            console.print(f"{name + ':':7}{_sentence(read_split(folder, name))}")
    names = len(read_identifiers(folder))
    console.print(f"names: {counted(names, 'puzzle identifier')}")


def _sentence(split: Split) -> str:
    meta = split.meta
    groups = sum(examples.groups for examples in split.sets)
    puzzles = sum(len(examples.identifiers) for examples in split.sets)
    rows = sum(len(examples.inputs) for examples in split.sets)
    return (
        f"{counted(groups, 'group')}, {counted(puzzles, 'puzzle')}, {counted(rows, 'row')} of "
        f"{meta.seq_len} cells, {meta.vocab_size} tokens, sets {', '.join(meta.sets)}"
    )
