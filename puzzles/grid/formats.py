"""Grids as people write them: CSV with the columns input and output, JSON, JSON Lines, drawings.

A grid is text, a character a cell and a line a row, or a JSON list of rows, whose cells are numbers
or strings of any length. One row alone, or a flat list, is a sequence.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from puzzles.errors import PuzzleError
from puzzles.grid.puzzle import (
    LONGEST_SIDE,
    MOST_CELLS,
    MOST_GLYPHS,
    OUTSIDE,
    GridPuzzle,
    Rows,
    Sides,
    as_array,
    on_canvas,
)
from puzzles.text.json_text import kind, load_json
from puzzles.text.text_grid import Line, numbered_lines, split_blocks

Symbols = list[list[str]]

_LONGEST_DOCUMENT = 1_000_000
"""Characters of JSON that is decoded as a whole; longer files are JSON Lines."""

HINT = "A grid is lines of characters, or a JSON list of rows."


@dataclass(frozen=True, slots=True)
class Written:
    """A puzzle as it stands in a file, before its symbols are numbered; `glyphs` only where it says
    how they are, and `canvas` where it says that there is one."""

    line: int
    given: Symbols
    wanted: Symbols | None
    glyphs: tuple[str, ...] = ()
    name: str = ""
    canvas: Sides | None = None

    @property
    def sides(self) -> list[Sides]:
        """Of the input, and of the output where it is known."""
        return [(len(rows), len(rows[0])) for rows in (self.given, self.wanted) if rows]


def read_written(text: str) -> list[Written]:
    """Every puzzle of a text; raises `PuzzleError` with its line."""
    lines = numbered_lines(text)
    first = next((line for line in lines if line.text.strip()), None)
    if first is None:
        return []
    if first.text.lstrip().startswith(("[", "{")):
        whole = _of_document(text, first.number)
        return whole or [_of_json(line) for line in lines if line.text.strip()]
    columns = [name.strip().lower() for name in next(_records(csv.reader([first.text])), [])]
    if "input" in columns:
        return list(_of_csv(text, columns))
    blocks = split_blocks(lines, lambda line: not line.text.strip())
    return [
        Written(block[0].number, _even([list(line.text) for line in block], block[0].number), None)
        for block in blocks
    ]


def _of_csv(text: str, columns: Sequence[str]) -> Iterator[Written]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    number = 1
    for row in _records(reader):
        line, number = number, reader.line_num + 1
        if not any(row) or [cell.strip().lower() for cell in row] == list(columns):
            continue
        if len(row) > len(columns):
            raise PuzzleError(
                f"{len(row)} columns where the header names {len(columns)}",
                hint="Put quotes around a field that holds commas.",
                line=line,
            )
        fields = dict(zip(columns, row, strict=False))
        if not fields.get("input"):
            raise PuzzleError("the record has no input", line=line)
        output = fields.get("output", "")
        wanted = read_symbols(output, line) if output else None
        name = fields.get("name", "")
        yield Written(line, read_symbols(fields["input"], line), wanted, (), name)


def _records(reader: Any) -> Iterator[list[str]]:
    csv.field_size_limit(1 << 20)
    try:
        yield from reader
    except csv.Error as error:
        raise PuzzleError(f"this is no CSV ({error})", line=reader.line_num) from error


def _of_document(text: str, line: int) -> list[Written]:
    """The puzzles of a text that is one piece of JSON: a grid, an object, or a list of either; none
    where it is something else, such as JSON Lines, or long."""
    if len(text) > _LONGEST_DOCUMENT:
        return []
    try:
        value = load_json(text)
    except PuzzleError:
        return []
    entries = value if isinstance(value, list) and value else [value]
    are_grids = all(isinstance(e, list) and e and isinstance(e[0], list) for e in entries)
    if not are_grids and not all(isinstance(entry, dict) for entry in entries):
        entries = [value]
    return [_written(entry, line) for entry in entries]


def _of_json(line: Line) -> Written:
    return _written(_json(line.text, line.number), line.number)


def _written(value: object, line: int) -> Written:
    if not isinstance(value, dict):
        return Written(line, _symbols_of(value, line), None)
    if "input" not in value:
        raise PuzzleError("the object has no input", line=line)
    output, glyphs = value.get("output"), value.get("symbols", [])
    if not isinstance(glyphs, list) or not all(isinstance(glyph, str) for glyph in glyphs):
        raise PuzzleError("symbols is no list of texts", line=line)
    wanted = None if output is None else _symbols_of(output, line)
    given = _symbols_of(value["input"], line)
    canvas = _canvas_in(value, line)
    return Written(line, given, wanted, tuple(glyphs), str(value.get("name", "")), canvas)


def _canvas_in(value: Mapping[str, Any], line: int) -> Sides | None:
    match value.get("canvas"):
        case None:
            return None
        case [int(height), int(width)] if min(height, width) > 0 and height * width <= MOST_CELLS:
            return height, width
        case _:
            raise PuzzleError(
                f"canvas is no height and width with at most {MOST_CELLS} cells", line=line
            )


def _json(text: str, line: int) -> object:
    try:
        return load_json(text)
    except PuzzleError as error:
        message = str(error).partition(": ")[2] if error.line else str(error)
        raise PuzzleError(message, hint=HINT, line=line) from None


def read_symbols(text: str, line: int) -> Symbols:
    """The grid in a text, drawn or as JSON."""
    if text.lstrip().startswith("["):
        return _symbols_of(_json(text, line), line)
    rows = text.replace("\r\n", "\n").strip("\n").split("\n")
    return _even([list(row) for row in rows], line)


def _symbols_of(value: object, line: int) -> Symbols:
    if isinstance(value, str) and value.strip("\r\n"):
        return read_symbols(value, line)
    if not isinstance(value, list) or not value:
        raise PuzzleError(f"a grid is a list of rows, not {kind(value)}", hint=HINT, line=line)
    rows = value if isinstance(value[0], list) else [value]
    found: Symbols = []
    for row in rows:
        if not isinstance(row, list):
            raise PuzzleError(f"a row is a list, not {kind(row)}", hint=HINT, line=line)
        for cell in row:
            if type(cell) not in (int, str) or cell == "":
                raise PuzzleError(f"a cell is a number or a text, not {kind(cell)}", line=line)
        found.append([str(cell) for cell in row])
    return _even(found, line)


def _even(rows: Symbols, line: int) -> Symbols:
    width = len(rows[0]) if rows else 0
    for number, row in enumerate(rows, start=1):
        if len(row) != width or not row:
            raise PuzzleError(
                f"row {number} of the grid has {len(row)} cells, row 1 has {width}", line=line
            )
    if max(len(rows), width) > LONGEST_SIDE or len(rows) * width > MOST_CELLS:
        raise PuzzleError(
            f"the grid is {len(rows)}x{width}; at most {MOST_CELLS} cells are taken", line=line
        )
    return rows


def glyphs_of(found: Sequence[Written]) -> tuple[str, ...]:
    """How tokens are written: token 0 (padding) as nothing, so also `OUTSIDE` where there is a
    canvas; then the symbols that only inputs have, then those of outputs, each in order. Raises
    `PuzzleError` for more than there is room for."""
    for one in found:
        if one.glyphs:
            return one.glyphs
    outputs = {cell for one in found for row in one.wanted or () for cell in row}
    inputs = {cell for one in found for row in one.given for cell in row} - outputs
    unwritten = ("",) if canvas_of(found) is None else ("", "")
    glyphs = (*unwritten, *sorted(inputs, key=_rank), *sorted(outputs, key=_rank))
    if len(glyphs) > MOST_GLYPHS:
        raise PuzzleError(
            f"{len(inputs | outputs)} different symbols; at most {MOST_GLYPHS - len(unwritten)} "
            "are taken",
            hint="Cells are symbols, not measurements: put numbers into fewer classes.",
        )
    return glyphs


def canvas_of(found: Sequence[Written]) -> Sides | None:
    """Of the puzzles of a file: None where every output has the size of its input. Raises
    `PuzzleError` for one that is too large."""
    said = next((one.canvas for one in found if one.canvas), None)
    if said or all(len(set(one.sides)) == 1 for one in found):
        return said
    height, width = (
        max(side) for side in zip(*(s for one in found for s in one.sides), strict=True)
    )
    if height * width > MOST_CELLS:
        raise PuzzleError(
            f"inputs and outputs have different sizes, so that all need a canvas of "
            f"{height}x{width} together; at most {MOST_CELLS} cells are taken",
            hint="Leave out the largest ones.",
        )
    return height, width


def _rank(glyph: str) -> tuple[int, int, str]:
    """Whole numbers by size, before everything else."""
    whole = glyph.isascii() and glyph.isdecimal() and len(glyph) < 10
    return (0, int(glyph), glyph) if whole else (1, 0, glyph)


def numbered(
    found: Sequence[Written],
    glyphs: tuple[str, ...],
    shapes: Sequence[Sides] = (),
    canvas: Sides | None = None,
) -> list[GridPuzzle]:
    """With tokens in place of symbols, on a canvas if there is one. Raises `PuzzleError` for a
    symbol that is none of `glyphs`, an input whose size is none of `shapes` if there are any, and
    an output of a size that cannot be."""
    if on_canvas(glyphs) is (canvas is None):
        raise PuzzleError("symbols and canvas do not belong together")
    tokens = {glyph: token for token, glyph in enumerate(glyphs) if glyph}
    puzzles = []
    for one in found:
        shape, *others = one.sides
        if shapes and shape not in shapes:
            known = ", ".join(map(_by, shapes))
            raise PuzzleError(
                f"the grid is {_by(shape)}; the model was trained on {known}", line=one.line
            )
        if canvas is None and others and others != [shape]:
            raise PuzzleError(
                f"the input is {_by(shape)}, its output {_by(others[0])}",
                hint="In the data that the model was trained on both always had one size.",
                line=one.line,
            )
        given, wanted = (
            None if rows is None else _placed(_tokens(rows, tokens, one.line), canvas, one.line)
            for rows in (one.given, one.wanted)
        )
        assert given is not None
        puzzles.append(GridPuzzle(given, wanted, glyphs, one.name))
    return puzzles


def _by(sides: Sides) -> str:
    return f"{sides[0]}x{sides[1]}"


def _placed(rows: Rows, canvas: Sides | None, line: int) -> Rows:
    """At the top left of the canvas."""
    if canvas is None:
        return rows
    height, width = canvas
    if len(rows) > height or len(rows[0]) > width:
        raise PuzzleError(
            f"the grid is {_by((len(rows), len(rows[0])))}; the model has room for {_by(canvas)}",
            line=line,
        )
    outside = (OUTSIDE,) * (width - len(rows[0]))
    filled = tuple((*row, *outside) for row in rows)
    return filled + ((OUTSIDE,) * width,) * (height - len(rows))


def _tokens(rows: Symbols, tokens: Mapping[str, int], line: int) -> Rows:
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row, start=1):
            if cell not in tokens:
                known = " ".join(list(tokens)[:40])
                raise PuzzleError(
                    f"row {number}, column {column} of the grid has the unknown symbol "
                    f"{cell[:20]!a}",
                    hint=f"Known symbols: {known}" + (" …" if len(tokens) > 40 else ""),
                    line=line,
                )
    return tuple(tuple(tokens[cell] for cell in row) for row in rows)


def write_puzzle(puzzle: GridPuzzle) -> str:
    """A JSON object that says how its tokens are written, without the answer."""
    rows = [
        [puzzle.glyphs[token] for token in row]
        for row in puzzle.grid(as_array(puzzle.cells)).tolist()
    ]
    named: dict[str, Any] = {"name": puzzle.name} if puzzle.name else {}
    if puzzle.on_canvas:
        named["canvas"] = puzzle.shape
    written = {**named, "symbols": list(puzzle.glyphs), "input": rows}
    return json.dumps(written, ensure_ascii=False) + "\n"


def write_symbols(rows: Symbols) -> str:
    """A drawing where every symbol is one character, else JSON on a line."""
    if all(len(cell) == 1 for row in rows for cell in row) and rows[0][0] not in "[{":
        return "\n".join("".join(row) for row in rows) + "\n"
    return json.dumps(rows[0] if len(rows) == 1 else rows, ensure_ascii=False) + "\n"
