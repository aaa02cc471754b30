"""Consoles, and pictures, results and tables as text; the commands print them."""

from __future__ import annotations

import csv
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from io import StringIO
from typing import Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn
from rich.table import Table
from rich.text import Text

from hrm.events import SCHEMA, Finished, Found
from hrm.styles import PLAIN, Palette, picture_lines
from hrm.terminal import clean, clean_line
from puzzles.contract.protocol import AnyDomain
from puzzles.drawing.picture import Picture, Room

_GAP = "   "


class _PipedConsole(Console):
    def on_broken_pipe(self) -> None:
        """Let `hrm.cli.boundary` handle a closed pipe; rich would exit with 1."""
        raise  # noqa: PLE0704 - called while the error is handled


def data_console() -> Console:
    """Standard output, without markup, emoji codes or highlighting."""
    return _PipedConsole(markup=False, emoji=False, highlight=False, soft_wrap=True)


def talk_console() -> Console:
    """Standard error, for notes and progress, without markup."""
    return Console(stderr=True, markup=False, emoji=False, highlight=False, soft_wrap=True)


def is_interactive() -> bool:
    """Whether the user can be asked a question."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def progress(
    *columns: ProgressColumn, console: Console | None = None, transient: bool = False
) -> Progress:
    """Progress bars on stderr, if that is a terminal: description, bar and `columns`. `transient`
    bars disappear at the end."""
    console = console or talk_console()
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        *columns,
        console=console,
        transient=transient,
        disable=not console.is_terminal,
    )


def print_json(facts: Mapping[str, object]) -> None:
    """Print one JSON object with the schema version on a line of stdout."""
    typer.echo(json.dumps({"schema": SCHEMA, **facts}))


def print_text(console: Console, text: str) -> None:
    """Wrapped between words in a terminal; whole lines where a program reads them."""
    console.print(Text(text), soft_wrap=not console.is_terminal)


def tally(done: int, total: int, what: str = "puzzles") -> None:
    """Show a count of puzzles on stderr, if that is a terminal."""
    if sys.stderr.isatty():
        typer.echo(f"\r{done} of {total} {what}", err=True, nl=done == total)


def as_csv(heading: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    file = StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(heading)
    writer.writerows(rows)
    return file.getvalue()


def as_svg(text: str, title: str) -> str:
    """Lines of text as an SVG picture of a terminal window."""
    width = max(map(len, text.splitlines()), default=1)
    console = Console(record=True, file=StringIO(), width=width, highlight=False)
    console.print(Text(text), soft_wrap=True)
    return console.export_svg(title=title)


STILL = (60, 24)
"""Most columns and lines of a picture that is not animated."""


def still_room(console: Console, palette: Palette, domain: AnyDomain) -> Room | None:
    """Room for one of two pictures side by side, or for an ARC demonstration; None without a
    terminal."""
    if not console.is_terminal:
        return None
    width = (console.width - len(_GAP)) // 2 if not domain.adapts else console.width
    return palette.room(min(width, STILL[0]), min(console.height - 6, STILL[1]))


def print_rules(console: Console, domain: AnyDomain, puzzle: Any) -> None:
    """What is written above a drawing, so that a board that was printed can be read again. On a
    terminal, which is for a person, without lines that would wrap."""
    for line in clean(domain.rules_above(puzzle)).splitlines():
        if not console.is_terminal or len(line) <= console.width:
            console.print(Text(line), soft_wrap=True)


def beside(blocks: Sequence[tuple[str, Picture]], width: int, palette: Palette = PLAIN) -> Text:
    """Titled pictures side by side, or below each other if they are wider than `width` columns."""
    titled = [
        [Text(clean_line(title), "italic"), *picture_lines(p, palette)] for title, p in blocks
    ]
    widths = [max(line.cell_len for line in lines) for lines in titled]
    if sum(widths) + len(_GAP) * (len(widths) - 1) > width:
        return Text("\n\n").join(Text("\n").join(lines) for lines in titled)
    rows = []
    for number in range(max(map(len, titled))):
        row = Text()
        for lines, column in zip(titled, widths, strict=True):
            line = lines[number].copy() if number < len(lines) else Text()
            line.pad_right(column - line.cell_len + len(_GAP))
            row.append_text(line)
        row.rstrip()
        rows.append(row)
    return Text("\n").join(rows)


def results_table(names: Mapping[int, str], finished: Mapping[int, Finished]) -> Table:
    """One row per puzzle in input order, numbered from 1."""
    table = Table(box=SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for heading in ("number", "name", "solved", "segments", "how found", "seconds"):
        numeric = heading in ("number", "segments", "seconds")
        table.add_column(heading, justify="right" if numeric else "left", no_wrap=True)
    for index in sorted(finished):
        end = finished[index]
        word, style = {
            True: ("yes", "green"),
            False: ("no", "red"),
            None: ("unverified", "yellow"),
        }[end.solved]
        table.add_row(
            str(index + 1),
            Text(clean_line(names.get(index, ""), 24)),
            Text(word, style),
            str(end.segments),
            end.found if end.solved is not False else "-",
            f"{end.seconds:.2f}",
        )
    return table


def summary(finished: Mapping[int, Finished], total: int, seconds: float | None) -> str:
    """`solved n / N (x %), single pass k, with symmetric copies m, seconds`; or with what-ifs."""
    solved = Counter(end.found for end in finished.values() if end.solved)
    unknown = sum(end.solved is None for end in finished.values())
    number = sum(solved.values())
    parts = [f"solved {number} / {total} ({100 * number / total:.1f} %)"]
    found = {end.found for end in finished.values()}
    if "vote" not in found:
        others: Found = "what-ifs" if "what-ifs" in found else "symmetric copies"
        parts.append(f"single pass {solved['single pass']}")
        parts.append(f"with {others} {solved[others]}")
    if unknown:
        parts.append(f"unverified {unknown}")
    if len(finished) < total:
        parts.append(f"unfinished {total - len(finished)}")
    if seconds is not None:
        parts.append(f"{seconds:.1f} s")
    return ", ".join(parts)
