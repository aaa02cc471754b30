"""Reads and writes mazes as text, and finds the line, column and cells an error must name.

Drawings: '#' wall, ' ' or '.' floor, 'S' start, 'G' or 'E' goal (also small, or 'A' and 'B'), 'o'
path; any rectangle of 3x3 to 40x40, several separated by empty lines. A row of spaces is a row,
only a line without any character separates. What else a text holds (titles, lists, other walls) is
brought to this form by `drawings`, `notation`, `symbols` and `readings`; what follows is strict.

Rows of different widths are an error, with one exception: an editor may have stripped the spaces at
the ends of the lines. They are put back when no line ends in a space, the first column has floor,
so that the maze is not one with a frame around it, and floor is not drawn by '.' alone.

Maze-Hard: lines of 900 characters, a 30x30 maze row by row, alone or as a field of the CSV with the
header `source,question,answer,rating`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from puzzles.contract.tokens import Answer, Tokens
from puzzles.errors import PuzzleError
from puzzles.maze.puzzle import FLOOR, GOAL, MAX_SIDE, MIN_SIDE, PATH, START, WALL, Maze, rows_of
from puzzles.maze.reading.drawings import ENDS, FRAME, MAX_MAZES, Drawing, Row, Sizes, is_closed
from puzzles.maze.reading.flat import flat_fields, flat_rows
from puzzles.maze.reading.games import refuse_games
from puzzles.maze.reading.notation import with_fields_as_cells, with_numbers_as_cells
from puzzles.maze.reading.pieces import LEGEND, pieces_of
from puzzles.maze.reading.places import with_places
from puzzles.maze.reading.readings import cells_of
from puzzles.maze.reading.shapes import (
    with_brackets,
    with_first_line_aligned,
    with_rows_apart,
    with_wide_cells,
)
from puzzles.maze.reading.symbols import (
    are_lines,
    from_lines,
    plain,
    with_legend,
    with_letters,
    with_posts,
)
from puzzles.maze.reading.tokens import (
    PARTED,
    SIDE_BY_SIDE,
    joins,
    maze_of,
    require_same,
    walk,
    with_openings,
)
from puzzles.maze.reading.underscores import from_underscores, is_underscored
from puzzles.maze.rules import judge
from puzzles.text.text_grid import Line, counted, read_cells

_TRACED = (
    "walls that are drawn with _ and | cannot be read; write # for a wall, one character a cell"
)
_MAP_UNMARKED = "a MovingAI map names no start and goal: write S and G into two of its cells"

MARKS = "+Xx*@.·O🟨🟦🟪🟧🟡🟠🟣👣"
"""What else than 'o' a path may be drawn with."""

ARROWS = "<>^v←→↑↓⬅➡⬆⬇"
"""What a path may be drawn with together."""

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
    mazes: list[Maze] = []
    for piece in pieces_of(text):
        if len(mazes) == MAX_MAZES:
            raise PuzzleError(
                f"a text of more than {MAX_MAZES} mazes is not supported", hint="split the file"
            )
        if isinstance(piece, Line):
            mazes.append(_read_flat(piece))
        elif not (piece.answer and mazes):
            maze = _read_maze(piece)
            if maze.path and mazes and mazes[-1] == replace(maze, path=mazes[-1].path):
                mazes.pop()  # its path is drawn below it
            mazes.append(maze)
    if not mazes:
        raise PuzzleError("there is no maze in the text", hint="draw it with # for walls, S and G")
    return mazes


def draw(maze: Maze, answer: Answer | None = None) -> str:
    """Lines of the maze, with 'o' on the floor that `answer` marks.

    Floor is ' ', or '.' where spaces would not be read as floor. If that is no help, because all
    walls come in pairs, a line with rows and columns stands above.
    """
    tokens = maze.tokens()
    if answer is not None:
        tokens[(answer > 0) & (tokens == FLOOR)] = PATH
    spaced = "\n".join(rows_of(tokens)) + "\n"
    dotted = spaced.replace(" ", ".")
    height, width = tokens.shape
    for text in (spaced, dotted):
        if _reads_as(text, tokens):
            return text
    return f"{height} {width}\n{dotted}"


def _reads_as(text: str, tokens: Tokens) -> bool:
    try:
        [piece] = pieces_of(text)
        return isinstance(piece, Drawing) and np.array_equal(tokens_of(rows_drawn(piece)), tokens)
    except (PuzzleError, ValueError):  # ValueError: more than one piece
        return False


def _read_flat(line: Line) -> Maze:
    """A maze of one line, with the answer of the field after it if there is one."""
    starts = flat_fields(line)
    rows = flat_rows(line, starts[0])
    question = tokens_of(rows)
    maze = maze_of(question, rows)
    if len(starts) == 1:
        return maze
    rows = flat_rows(line, starts[1])
    answer = tokens_of(rows)
    require_same(answer, question, rows)
    marks = (answer == PATH).astype(np.uint8)
    verdict = judge(maze.tokens(), marks)
    if not verdict.solved:
        raise PuzzleError(
            f"the answer is not a shortest path: {'; '.join(verdict.reasons)}",
            line=line.number,
            column=starts[1] + 1,
            cells=verdict.broken,
        )
    return replace(maze, path=walk(maze, marks))


def rows_drawn(drawing: Drawing, shape: Sizes | None = None) -> tuple[Row, ...]:
    """One character of the alphabet a cell; `shape` is what is known of the maze."""
    if drawing.legend:
        drawing = with_legend(drawing, drawing.legend)
    if not drawing.exact:
        drawing = with_brackets(with_rows_apart(with_wide_cells(with_first_line_aligned(drawing))))
    if not drawing.exact and is_underscored(drawing):
        drawing = from_underscores(drawing)
    if not drawing.exact:
        drawing = with_posts(with_fields_as_cells(with_numbers_as_cells(drawing)))
    drawing = plain(drawing)
    if not drawing.exact and are_lines(drawing):
        drawing = from_lines(drawing)
    rows = cells_of(drawing, shape)
    if drawing.places and not ENDS & set("".join(row.text for row in rows)):
        rows = with_places(rows, drawing.places)
    return with_letters(rows)


def tokens_of(rows: Sequence[Row]) -> Tokens:
    """(height, width) tokens, `PATH` for 'o'."""
    width = max(len(row.text) for row in rows)
    if not (MIN_SIDE <= len(rows) <= MAX_SIDE and MIN_SIDE <= width <= MAX_SIDE):
        raise PuzzleError(
            f"a maze of {counted(len(rows), 'row')} and {counted(width, 'column')} "
            "is not supported",
            hint=f"mazes have {MIN_SIDE} to {MAX_SIDE} rows and columns; {PARTED}",
            line=rows[0].number,
        )
    hint = _hint_for(rows)
    tokens = np.full((len(rows), width), FLOOR, dtype=np.uint8)
    cells = []
    for row in rows:
        columns = row.columns if row.text else (1,)
        straight = columns[-1] - columns[0] + 1 == len(row.text)
        if straight or ALPHABET.keys() >= set(row.text):
            first = columns[0]
            cells.append(read_cells(row.text, ALPHABET, line=row.number, column=first, hint=hint))
        else:
            for character, column in zip(row.text, columns, strict=True):
                read_cells(character, ALPHABET, line=row.number, column=column, hint=hint)
    _require_even(rows)
    for line, values in zip(tokens, cells, strict=True):
        line[: len(values)] = values
    return tokens


def _hint_for(rows: Sequence[Row]) -> str:
    """What a drawing with other characters looks like, and what to do about it."""
    drawn = Counter("".join(row.text for row in rows))
    if min(max(drawn[c] for c in ends) for ends in ("SsA", "GgEeB")) > 1:
        return SIDE_BY_SIDE
    if drawn["_"] and drawn["|"] and not drawn["#"]:
        return _TRACED
    once = [c for c in drawn if drawn[c] == 1 and c not in ALPHABET and c.isprintable()]
    if drawn["#"] and once and len(ENDS & set(drawn)) < len("SG"):
        return f"if {once[0]!a} is the start or the goal, write S or G for it; {LEGEND}"
    if not drawn["#"]:
        others = [c for c, _ in drawn.most_common() if c not in ALPHABET or c == "o"]
        if others and others[0].isprintable() and drawn[others[0]] > len(rows):
            return f"there is no #: if {others[0]!a} is the wall, write # for it; {LEGEND}"
    return LEGEND


def _require_even(rows: Sequence[Row]) -> None:
    """Refuse rows of different widths, unless their last spaces were stripped (see above)."""
    widths = Counter(len(row.text) for row in rows)
    if len(widths) == 1:
        return
    widest = max(widths)
    stripped = not any(
        row.text.endswith(" ") or ("." in row.text and len(row.text) < widest) for row in rows
    )
    framed = all(row.text[:1] in FRAME for row in rows)
    drawn = "".join(row.text for row in rows)
    usual = widths.most_common(1)[0][0]
    closed = is_closed([row.text for row in rows if len(row.text) == usual])  # and lines around it
    if stripped and not framed and not closed and (" " in drawn or "." not in drawn):
        return
    odd = next(row for row in rows if len(row.text) != usual)
    raise PuzzleError(
        f"this row has {counted(len(odd.text), 'cell')}, others have {usual}",
        hint="every row of a maze has the same number of cells; '.' is floor, too",
        line=odd.number,
    )


def _read_maze(drawing: Drawing) -> Maze:
    refuse_games(drawing)
    rows = rows_drawn(drawing)
    drawn = set("".join(row.text for row in rows))
    if drawing.grid and not drawn & set("SGAEB"):
        raise PuzzleError("the map has no start S", hint=_MAP_UNMARKED, line=rows[0].number)
    others = drawn.difference(ALPHABET)
    one = len(others) == 1 and others <= set(MARKS)
    if "#" in drawn and "o" not in drawn and (one or (others and others <= set(ARROWS))):
        marked = replaced(rows, "".join(others), "o")
        if joins(tokens_of(marked)):
            rows = marked
    if len(others) == 1 and not drawn & set(" .o") and is_closed([row.text for row in rows]):
        rows = replaced(rows, "".join(others), ".")  # there is no other floor
    tokens = tokens_of(rows)
    _require_sense(drawn, tokens, rows)
    return maze_of(with_openings(tokens), rows)


def replaced(rows: Sequence[Row], old: str, new: str) -> tuple[Row, ...]:
    """With `new` for each of the characters `old`."""
    table = dict.fromkeys(map(ord, old), new)
    return tuple(row._replace(text=row.text.translate(table)) for row in rows)


def _require_sense(drawn: set[str], tokens: Tokens, rows: Sequence[Row]) -> None:
    """Refuse letters that have another meaning than ours in most drawings that have them."""
    if "B" in drawn and drawn & set("EeGg") and not drawn & set("AaSs"):
        hint = "B is the goal of a maze; the start is S or A"
        raise PuzzleError("the maze has no start S", hint=hint, line=rows[0].number)
    if "o" in drawn and "#" not in drawn and not joins(tokens):
        raise PuzzleError(
            "there is no wall #, and o is no path from S to G",
            hint="if o is the wall, write # for it; if it is floor, write '.'",
            line=rows[0].number,
        )
    if "#" not in drawn and drawn >= {".", " "}:
        raise PuzzleError(
            "there is no wall #, and both '.' and blanks stand in the maze",
            hint="if '.' is the wall, write # for it; if it is floor, write '.' for each blank",
            line=rows[0].number,
        )
