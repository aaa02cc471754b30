"""How pictures, verdicts and tables look as text. Everything here returns rich objects or strings;
who prints them, and where, is decided by the commands."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from io import StringIO

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from hrm.events import Adapted, Finished, Segment, Update
from hrm.policy import sigmoid
from hrm.terminal import clean, clean_line
from puzzles.base import Picture

# The palette in which ARC tasks are usually shown, with the ink that reads best on each colour.
_ARC = {
    0: ("#000000", "white"),
    1: ("#0074d9", "white"),
    2: ("#ff4136", "white"),
    3: ("#2ecc40", "black"),
    4: ("#ffdc00", "black"),
    5: ("#aaaaaa", "black"),
    6: ("#f012be", "white"),
    7: ("#ff851b", "black"),
    8: ("#7fdbff", "black"),
    9: ("#870c25", "white"),
}
STYLES: Mapping[str, str] = {
    "given": "bold",
    "answer": "cyan",
    "new": "bold green",
    "broken": "bold red",
    "unsure": "yellow",
    "blank": "dim",
    "line": "dim",
    "label": "italic",
    "wall": "bright_black",
    "floor": "",
    "path": "bold cyan",
    "start": "bold green",
    "goal": "bold magenta",
    **{f"color{number}": f"{ink} on {paper}" for number, (paper, ink) in _ARC.items()},
}
_GAP = "   "
_REASONS_SHOWN = 6


class _PipedConsole(Console):
    def on_broken_pipe(self) -> None:
        """Leave to `hrm.cli` what a closed pipe means, where rich would exit with 1."""
        raise  # noqa: PLE0704 - called while the error is handled


def data_console() -> Console:
    """Standard output. Nothing printed through it is parsed as markup, emoji or highlighted."""
    return _PipedConsole(markup=False, emoji=False, highlight=False, soft_wrap=True)


def talk_console() -> Console:
    """Standard error, for notes and progress."""
    return Console(stderr=True, markup=False, emoji=False, highlight=False, soft_wrap=True)


def tally(done: int, total: int) -> None:
    """Counts puzzles in a line of a terminal's standard error."""
    if sys.stderr.isatty():
        typer.echo(f"\r{done} of {total} puzzles", err=True, nl=done == total)


def as_svg(text: str, title: str) -> str:
    """Lines of text as the picture of a terminal window."""
    width = max(map(len, text.splitlines()), default=1)
    console = Console(record=True, file=StringIO(), width=width, highlight=False)
    console.print(Text(text), soft_wrap=True)
    return console.export_svg(title=title)


def picture_lines(picture: Picture) -> list[Text]:
    """One styled line a row; a role without a style is shown plain."""
    return [
        Text.assemble(*((clean(cell.text), STYLES.get(cell.role, "")) for cell in row))
        for row in picture.rows
    ]


def beside(blocks: Sequence[tuple[str, Picture]], width: int) -> Text:
    """Titled pictures next to each other, or below each other where `width` columns are too few."""
    titled = [[Text(clean_line(title), "italic"), *picture_lines(p)] for title, p in blocks]
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


def counted(number: int, noun: str) -> str:
    """`1 rule`, `4 rules`."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def caption(event: Segment | Adapted) -> str:
    """What the model is doing, in one or two lines below an animated board."""
    if isinstance(event, Adapted):
        return (
            f"adapting to the demonstrations · step {event.step} · loss {event.loss:.3f} · "
            f"{event.reproduced} of {event.demonstrations} reproduced · "
            f"{event.seconds:.0f} of {event.budget:.0f} s"
        )
    copy = f"symmetric copy {event.attempt} · " if event.attempt else ""
    changed = counted(int(event.changed.sum()), "cell")
    broken = counted(len(event.broken), "cell")
    where = f"{copy}segment {event.number} of {event.limit}"
    return f"{where} · {changed} changed · {broken} in conflict\n{clean_line(event.why)}"


def progress_inside(update: Update, number: int) -> str:
    """Where segment `number` stands, in the updates of its two levels."""
    step = "high level" if update.level == "high" else f"low step {update.step} of {update.steps}"
    return f"segment {number}: cycle {update.cycle} of {update.cycles}, {step} …"


def verdict(finished: Finished, last: Segment | None) -> str:
    """One sentence or a few on one line: solved or not, how it was found, why it stopped."""
    effort = f"{counted(finished.segments, 'segment')}, {finished.seconds:.2f} s"
    how = _how(finished)
    if finished.solved:
        rules = "It equals the known answer" if finished.found == "vote" else "Every rule holds"
        parts = [f"Solved in {effort}, {how}.", f"{rules}."]
    elif finished.solved is None:
        parts = [f"Unverified after {effort}, {how}: the answer of this test is not known."]
    else:
        broken = "neither attempt is the known answer"
        if finished.found != "vote":
            broken = f"{counted(len(finished.reasons), 'rule')} broken"
        parts = [f"Not solved: {broken} after {effort}, {how}."]
    parts += [_stopped(finished, last), clean_line(finished.note)]
    return " ".join(part for part in parts if part)


def _how(finished: Finished) -> str:
    if finished.found == "vote":
        copies = "1 copy" if finished.attempts == 1 else f"{finished.attempts} copies"
        return f"by vote over {copies}"
    if finished.found == "symmetric copies":
        return f"by symmetric copies ({finished.attempts} tried)"
    if finished.attempts and not finished.solved:
        return f"single pass ({finished.attempts} symmetric copies did not help)"
    return "single pass"


def _stopped(finished: Finished, last: Segment | None) -> str:
    if finished.reason == "limit":
        return "It stopped at the limit."
    if finished.reason == "verified":
        return "It stopped because the rules confirmed the answer."
    if last is None or not last.stops:
        return "It stopped because halt > continue."
    halt, go_on = sigmoid(last.q_halt), sigmoid(last.q_continue)
    return f"It stopped because halt {halt:.2f} > continue {go_on:.2f}."


def reasons(sentences: Sequence[str]) -> str:
    """The first broken rules, one a line, and how many more there are."""
    lines = [f"  - {clean_line(sentence)}" for sentence in sentences[:_REASONS_SHOWN]]
    if len(sentences) > _REASONS_SHOWN:
        lines.append(f"  - and {len(sentences) - _REASONS_SHOWN} more")
    return "\n".join(lines)


def results_table(names: Mapping[int, str], finished: Mapping[int, Finished]) -> Table:
    """One row a puzzle in input order; numbers count from 1."""
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
    """`solved n / N (x %), single pass k, with symmetric copies m, seconds`."""
    solved = Counter(end.found for end in finished.values() if end.solved)
    unknown = sum(end.solved is None for end in finished.values())
    number = sum(solved.values())
    parts = [f"solved {number} / {total} ({100 * number / total:.1f} %)"]
    if "vote" not in {end.found for end in finished.values()}:
        parts.append(f"single pass {solved['single pass']}")
        parts.append(f"with symmetric copies {solved['symmetric copies']}")
    if unknown:
        parts.append(f"unverified {unknown}")
    if len(finished) < total:
        parts.append(f"unfinished {total - len(finished)}")
    if seconds is not None:
        parts.append(f"{seconds:.1f} s")
    return ", ".join(parts)
