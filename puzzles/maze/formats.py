"""Reads and writes mazes as text, and finds the line, column and cells an error must name.

Drawings: '#' wall, ' ' or '.' floor, 'S' start, 'G' or 'E' goal (also small, or 'A' and 'B'), 'o'
path; any rectangle of 3x3 to 40x40, several separated by empty lines. A row of spaces is a row,
only a line without any character separates. Rows of different widths are an error, with one
exception: an editor may have stripped the spaces at the ends of the lines. They are put back when
no line ends in a space, the first column has floor, so that the maze is not one with a frame around
it, and floor is not drawn by '.' alone. Spaces around a whole frame are dropped, as are those that
part all cells of a framed maze; where they are floor, it is drawn by '.'.

Maze-Hard: lines of 900 characters, a 30x30 maze row by row, alone or as a field of the CSV with the
header `source,question,answer,rating`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from puzzles.base import Answer, Position, PuzzleError, Tokens
from puzzles.grid import Line, numbered_lines, read_cells, split_blocks
from puzzles.maze.puzzle import (
    FLOOR,
    GOAL,
    MAX_SIDE,
    MIN_SIDE,
    PATH,
    START,
    UNREACHED,
    WALL,
    Maze,
    distances_from,
    neighbours,
    only,
    rows_of,
)
from puzzles.maze.rules import judge

FLAT_SIDE = 30
FLAT = FLAT_SIDE**2
"""Length of a whole Maze-Hard maze on one line."""

LEGEND = "a maze is drawn with # wall, space or . floor, S start, G goal, o path"

_PARTED = "an empty line ends one, so write rows without walls with '.'"

_FRAME = frozenset("#SsGgEeAB")
"""Characters of a frame, with start and goal in it."""

_WHOLE = slice(None)

HEADER = "source,question,answer,rating"

ALPHABET = {
    "#": np.uint8(WALL),
    " ": np.uint8(FLOOR),
    ".": np.uint8(FLOOR),
    **dict.fromkeys("SsA", np.uint8(START)),
    **dict.fromkeys("GgEeB", np.uint8(GOAL)),
    "o": np.uint8(PATH),
}


def read_mazes(text: str) -> list[Maze]:
    """Every maze of a text; 'o' is floor, and the known answer if it is a right one.

    Raises `PuzzleError` for a text without mazes, a maze that breaks the format, has not exactly
    one start and one goal, or whose goal cannot be reached; and for a CSV answer that is wrong.
    """
    mazes = []
    for block in _blocks(text):
        if _is_flat(block[0]):
            mazes.append(_read_flat(block[0]))
        else:
            mazes.append(_maze(_read_drawing(block), block))
    if not mazes:
        raise PuzzleError("there is no maze in the text", hint="draw it with # for walls, S and G")
    return mazes


def read_drawn_answers(text: str, mazes: Sequence[Maze]) -> list[Answer]:
    """The 'o' of drawings of `mazes`, or of Maze-Hard's lines, right or wrong, in their order.

    Raises `PuzzleError` if the number of drawings differs, or a cell that is not 'o' does.
    """
    blocks = _blocks(text)
    if len(blocks) != len(mazes):
        raise PuzzleError(f"{len(blocks)} answers for {len(mazes)} mazes")
    answers = []
    for block, maze in zip(blocks, mazes, strict=True):
        drawn, column = _read_answer(block)
        _require_same(drawn, maze.tokens(), block, column)
        answers.append((drawn == PATH).astype(np.uint8))
    return answers


def _read_answer(block: Sequence[Line]) -> tuple[Tokens, int]:
    """Its tokens and the column where they begin; of a record the last field, its answer."""
    if not _is_flat(block[0]):
        return _read_drawing(block), 1
    begin = 0 if len(block[0].text) == FLAT else _flat_fields(block[0])[-1]
    return _read_cells_flat(block[0], begin), begin + 1


def draw(maze: Maze, answer: Answer | None = None) -> str:
    """Lines of the maze, with 'o' on the floor that `answer` marks.

    Floor is ' ', or '.' where spaces would be read as those around a frame or between its cells.
    """
    tokens = maze.tokens()
    if answer is not None:
        tokens[(answer > 0) & (tokens == FLOOR)] = PATH
    text = "\n".join(rows_of(tokens))
    if _read_drawing(numbered_lines(text)).shape != tokens.shape:
        text = text.replace(" ", ".")
    return text + "\n"


def _blocks(text: str) -> list[list[Line]]:
    """Lines of each maze: a drawing's, or the only one of a flat maze."""
    blocks: list[list[Line]] = []
    for run in split_blocks(numbered_lines(text), lambda line: not line.text):
        drawing: list[Line] = []
        for line in run:
            if not _is_flat(line):
                drawing.append(line)
                continue
            blocks.extend([drawing] if drawing else [])
            drawing = []
            if not _is_header(line):
                blocks.append([line])
        blocks.extend([drawing] if drawing else [])
    return blocks


def _is_flat(line: Line) -> bool:
    return len(line.text) >= FLAT or _is_header(line)


def _is_header(line: Line) -> bool:
    if len(line.text) > 2 * len(HEADER):
        return False
    names = line.text.strip().lower().replace('"', "").split(",")
    return "question" in names and set(names) <= set(HEADER.split(","))


def _read_flat(line: Line) -> Maze:
    """A maze of one line, with the answer of the field after it if there is one."""
    if len(line.text) == FLAT:
        return _maze(_read_cells_flat(line, 0), [line])
    starts = _flat_fields(line)
    question = _read_cells_flat(line, starts[0])
    maze = _maze(question, [line], column=starts[0] + 1)
    if len(starts) == 1:
        return maze
    answer = _read_cells_flat(line, starts[1])
    _require_same(answer, question, [line], column=starts[1] + 1)
    marks = (answer == PATH).astype(np.uint8)
    verdict = judge(maze.tokens(), marks)
    if not verdict.solved:
        raise PuzzleError(
            f"the answer is not a shortest path: {'; '.join(verdict.reasons)}",
            line=line.number,
            column=starts[1] + 1,
            cells=verdict.broken,
        )
    return replace(maze, path=_walk(maze, marks))


def _flat_fields(line: Line) -> list[int]:
    """Offsets of the comma-separated fields with a maze's length, quotes around them left out; at
    least one, else `PuzzleError`."""
    starts, offset = [], 0
    for field in line.text.split(","):
        quoted = len(field) == FLAT + 2 and field[0] == field[-1] == '"'
        if quoted or len(field) == FLAT:
            starts.append(offset + quoted)
        offset += len(field) + 1
    if not starts:
        raise PuzzleError(
            f"no field has {FLAT} characters", hint=f"expected {HEADER}", line=line.number
        )
    return starts


def _read_cells_flat(line: Line, begin: int) -> Tokens:
    """900 characters from offset `begin` to (30, 30) tokens."""
    text = line.text[begin : begin + FLAT]
    cells = read_cells(text, ALPHABET, line=line.number, column=begin + 1, hint=LEGEND)
    return cells.reshape(FLAT_SIDE, FLAT_SIDE)


def _read_drawing(block: Sequence[Line]) -> Tokens:
    """Lines of one maze to (height, width) tokens, `PATH` where they have 'o'."""
    cut = _cut(block)
    rows = [read_cells(line.text, ALPHABET, line=line.number, hint=LEGEND)[cut] for line in block]
    width = max(len(row) for row in rows)
    if not (MIN_SIDE <= len(rows) <= MAX_SIDE and MIN_SIDE <= width <= MAX_SIDE):
        raise PuzzleError(
            f"a maze of {len(rows)} rows and {width} columns is not supported",
            hint=f"mazes have {MIN_SIDE} to {MAX_SIDE} rows and columns; {_PARTED}",
            line=block[0].number,
        )
    if cut == _WHOLE:
        _require_even(block)
    tokens = np.full((len(rows), width), FLOOR, dtype=np.uint8)
    for row, cells in zip(tokens, rows, strict=True):
        row[: len(cells)] = cells
    return tokens


def _cut(block: Sequence[Line]) -> slice:
    """Which characters of a framed drawing's lines are cells: not the spaces around the frame, nor
    those between any two cells; of other drawings all."""
    indent = _indent(block)
    for step in (2, 1):
        rows = [line.text[indent::step].rstrip(" ") for line in block]
        width = len(rows[0])
        if not width or any(len(row) != width for row in rows):
            continue
        sides = {row[0] for row in rows} | {row[-1] for row in rows}
        closed = _FRAME.issuperset({*sides, *rows[0], *rows[-1]})
        if step == 2:
            apart = not any(line.text[indent + 1 :: 2].strip(" ") for line in block)
            framed = closed and apart and min(width, len(rows)) > MIN_SIDE
        else:
            framed = width >= MIN_SIDE and (closed or (not indent and sides == {"#"}))
        if framed:
            return slice(indent, indent + step * width, step)
    return _WHOLE


def _indent(block: Sequence[Line]) -> int:
    """Spaces that all lines begin with."""
    return min(len(line.text) - len(line.text.lstrip(" ")) for line in block)


def _require_even(block: Sequence[Line]) -> None:
    """Refuse rows of different widths, unless their last spaces were stripped (see above)."""
    widths = Counter(len(line.text) for line in block)
    if len(widths) == 1:
        return
    stripped = not any(line.text.endswith(" ") for line in block)
    indent = _indent(block)
    framed = all(line.text[indent : indent + 1] in _FRAME for line in block)
    drawn = "".join(line.text for line in block)
    if stripped and not framed and (" " in drawn or "." not in drawn):
        return
    usual = widths.most_common(1)[0][0]
    odd = next(line for line in block if len(line.text) != usual)
    raise PuzzleError(
        f"this row has {len(odd.text)} cells, others have {usual}",
        hint="every row of a maze has the same number of cells; '.' is floor, too",
        line=odd.number,
    )


def _maze(tokens: Tokens, block: Sequence[Line], column: int = 1) -> Maze:
    """Check the rules of a maze, and attach the drawn path if it is right."""
    start = _require_one(tokens, START, "start S", block, column)
    goal = _require_one(tokens, GOAL, "goal G", block, column)
    if distances_from(tokens, goal)[start] == UNREACHED:
        raise _at("the goal cannot be reached from the start", [goal, start], block, column)
    marks = (tokens == PATH).astype(np.uint8)
    maze = Maze(rows_of(np.where(tokens == PATH, FLOOR, tokens)))
    if marks.any() and judge(maze.tokens(), marks).solved:
        return replace(maze, path=_walk(maze, marks))
    return maze


def _require_one(
    tokens: Tokens, token: int, noun: str, block: Sequence[Line], column: int
) -> Position:
    """The only cell with `token`; an error names the second, or the first line if there is none."""
    cells = [(int(row), int(column)) for row, column in np.argwhere(tokens == token)]
    if not cells:
        raise PuzzleError(f"the maze has no {noun}", hint=_PARTED, line=block[0].number)
    if len(cells) > 1:
        message = f"the maze has {len(cells)} cells marked as {noun}, this is the second"
        raise _at(message, [cells[1], cells[0], *cells[2:]], block, column)
    return cells[0]


def _at(message: str, cells: Sequence[Position], block: Sequence[Line], column: int) -> PuzzleError:
    """An error at the first of `cells`, in a drawing or `column` of a flat line."""
    row, cell = cells[0]
    if len(block) == 1:
        line, where = block[0].number, column + row * FLAT_SIDE + cell
    else:
        first, _, step = _cut(block).indices(len(block[row].text))
        line, where = block[row].number, first + step * cell + 1
    return PuzzleError(message, line=line, column=where, cells=sorted(cells))


def _require_same(drawn: Tokens, maze: Tokens, block: Sequence[Line], column: int = 1) -> None:
    """Refuse a drawing that is not the maze with 'o' on some of its floor."""
    if drawn.shape != maze.shape:
        sizes = [f"{shape[0]}x{shape[1]}" for shape in (drawn.shape, maze.shape)]
        raise PuzzleError(f"the answer is {sizes[0]}, the maze {sizes[1]}", line=block[0].number)
    other = np.argwhere(np.where(drawn == PATH, FLOOR, drawn) != maze)
    if len(other):
        cells = [(int(row), int(column)) for row, column in other]
        raise _at("the answer has another cell here than the maze", cells, block, column)


def _walk(maze: Maze, marks: Answer) -> tuple[Position, ...]:
    """The marked cells of a right answer in walking order."""
    path: list[Position] = []
    cell: Position | None = only(maze.tokens(), START)
    left = {(int(row), int(column)) for row, column in np.argwhere(marks)}
    while cell is not None:
        left.discard(cell)
        around: Iterable[Position] = neighbours(cell, maze.shape)
        cell = next((other for other in around if other in left), None)
        path.extend([cell] if cell is not None else [])
    return tuple(path)
