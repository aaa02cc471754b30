"""Every form in which Sudoku are stored and pasted, and what is said of those that are wrong."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from puzzles.errors import PuzzleError
from puzzles.sudoku.puzzle import Sudoku
from puzzles.sudoku.reading.formats import read_sudokus
from puzzles.text.encoding import MAX_TEXT

PUZZLE = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
ANSWER = "534678912672195348198342567859761423426853791713924856961537284287419635345286179"
SWAPPED = ANSWER.translate(str.maketrans("35", "53"))
OTHER = ANSWER[:9] + "." * 72
SUDOKU = Sudoku(tuple(map(int, PUZZLE.replace(".", "0"))))
ROWS = [PUZZLE[i : i + 9] for i in range(0, 81, 9)]
NINE = "\n".join(ROWS)
SPACED = "\n".join(" ".join(row) for row in ROWS)

SIMPLE_SUDOKU = """\
 *-----------*
 |53.|.7.|...|
 |6..|195|...|
 |.98|...|.6.|
 |---+---+---|
 |8..|.6.|..3|
 |4..|8.3|..1|
 |7..|.2.|..6|
 |---+---+---|
 |.6.|...|28.|
 |...|419|..5|
 |...|.8.|.79|
 *-----------*
"""
PIPES = """\
5 3 . | . 7 . | . . .
6 . . | 1 9 5 | . . .
. 9 8 | . . . | . 6 .
------+-------+------
8 . . | . 6 . | . . 3
4 . . | 8 . 3 | . . 1
7 . . | . 2 . | . . 6
------+-------+------
. 6 . | . . . | 2 8 .
. . . | 4 1 9 | . . 5
. . . | . 8 . | . 7 9"""
SPREAD = "\n".join(",".join(row.replace(".", " ")) for row in ROWS)
FRAMED = """\
.-------.-------.-------.
| 5 3 . | . 7 . | . . . |
| 6 . . | 1 9 5 | . . . |
| . 9 8 | . . . | . 6 . |
:-------+-------+-------:
| 8 . . | . 6 . | . . 3 |
| 4 . . | 8 . 3 | . . 1 |
| 7 . . | . 2 . | . . 6 |
:-------+-------+-------:
| . 6 . | . . . | 2 8 . |
| . . . | 4 1 9 | . . 5 |
| . . . | . 8 . | . 7 9 |
'-------'-------'-------'
"""
BARRED = "\n".join(f"│{'│'.join(row.replace('.', ' '))}│" for row in ROWS)
BARS_INSIDE = "\n".join(" | ".join(row.replace(".", " ")) for row in ROWS)
COPIED = "\n".join("\t".join(row).replace(".", "") for row in ROWS)
SDK = f"#AAn author\n#DA description\n[Puzzle]\n{NINE}\n[State]\n{ANSWER}\n"


@pytest.mark.parametrize(
    "text",
    [
        PUZZLE,
        PUZZLE.replace(".", "0"),
        PUZZLE.replace(".", "_"),
        PUZZLE.replace(".", "*"),
        f"\ufeff{PUZZLE}\r\n",
        f"  {PUZZLE} # by hand",
        f"{PUZZLE} // by hand",
        NINE,
        SPACED,
        SPACED.replace("\n", "\r"),
        "\n\n".join("\n".join(ROWS[i : i + 3]) for i in (0, 3, 6)),
        SIMPLE_SUDOKU,
        PIPES,
        PIPES.replace("|", "│").replace("-", "─").replace("+", "┼").replace(".", "·"),
        "\n".join(f"{row} # row" for row in ROWS),
        SDK,
        f"puzzle\n{PUZZLE},",
        f"Grid 01\n{NINE}",
        f"  SUDOKU #3\n{SPACED}",
        PUZZLE.replace(".", "-"),
        PUZZLE.replace(".", "x"),
        NINE.replace(".", "X"),
        PIPES.replace(".", "-"),
        FRAMED,
        SPREAD,
        SPREAD.replace(" ", ""),
        SPREAD.replace(" ", "0").replace(",", ";"),
        ",".join(PUZZLE),
        "\n\n".join(ROWS),
        BARRED,
        BARRED.replace("\n", "\n├─┼─┼─┤\n"),
        BARS_INSIDE,
        COPIED,
        *(drawn.replace(".", " ") for drawn in (SIMPLE_SUDOKU, PIPES, FRAMED)),
        PIPES.replace(".", " ").replace(" | ", " │ "),
        "\n".join(line.rstrip() for line in PIPES.replace(".", " ").split("\n")),
        "\n".join(f"  {row[:3]}|{row[3:6]}|{row[6:]}".replace(".", " ") for row in ROWS),
        "\n".join(f"| {row[:3]} | {row[3:6]} | {row[6:]} |".replace(".", " ") for row in ROWS),
    ],
)
def test_one_puzzle_in_every_form(text: str) -> None:
    assert read_sudokus(text) == [SUDOKU]


def test_spaces_in_drawn_boxes_are_blanks_only_where_cells_can_be() -> None:
    drawn = PIPES.replace(".", " ")
    for row in ("5 3 4 | 6 7 8 | 9 1 2 3", "5 4| 6   8 | 9 1 2"):
        with pytest.raises(PuzzleError, match=r"line 1, .* a row has 9"):
            read_sudokus(drawn.replace(drawn.split("\n")[0], row))
    clash = drawn.replace("|   7   |", "|   7 7 |", 1)
    with pytest.raises(PuzzleError, match="line 1, column 13: 7 stands twice"):
        read_sudokus(clash)


@pytest.mark.parametrize(
    ("text", "rating"),
    [
        (f"{PUZZLE},{ANSWER}", None),
        (f"{PUZZLE},{ANSWER},4.5", 4.5),
        (f"puzzle,solution,rating\n{PUZZLE},{ANSWER},4.5", 4.5),
        (f"source,question,answer,rating\nhttp://x.org,{PUZZLE},{ANSWER},4", 4.0),
        (f"a source,{PUZZLE},{ANSWER},4", 4.0),
        (f'rating,solution,puzzle\n4,"{ANSWER}","{PUZZLE}"', 4.0),
        (f"7,{PUZZLE},{ANSWER},30,2.2", 2.2),
        (f"7,{PUZZLE},{ANSWER},30", 30.0),
        (f"{PUZZLE},{ANSWER},hard", None),
        (f"{PUZZLE},{ANSWER},nan", None),
        (f"puzzle,solution,difficulty\n{PUZZLE},{ANSWER},easy", None),
        (f"{PUZZLE};{ANSWER};4.5;1.2", 4.5),
        (f"puzzle\tsolution\trating\n{PUZZLE}\t{ANSWER}\t4.5", 4.5),
        (f"0000183b305c {PUZZLE} {ANSWER}  4.5", 4.5),
        (f"name\tpuzzle\tsolution\trating\n\t{PUZZLE}\t{ANSWER}\t", None),
        (f"name\tpuzzle\tsolution\nMy first\t{PUZZLE}\t{ANSWER}", None),
        (f"source,question,answer,rating\nforum #12,{PUZZLE},{ANSWER},3", 3.0),
        (f"a//b,{PUZZLE},{ANSWER},3", 3.0),
        (f'puzzle,source,solution,rating\n{PUZZLE},"book #1",{ANSWER},3 # mine', 3.0),
        (f"Quizzes,Solutions\n{PUZZLE.replace('.', '0')},{ANSWER}", None),
    ],
)
def test_csv_brings_solution_and_rating(text: str, rating: float | None) -> None:
    (puzzle,) = read_sudokus(text)
    assert puzzle == SUDOKU
    assert puzzle.solution == tuple(map(int, ANSWER))
    assert puzzle.rating == rating


def test_nine_dashes_are_a_row_where_dashes_are_blanks() -> None:
    empty = "---------\n"
    (puzzle,) = read_sudokus(f"12-------\n{empty * 7}--3------\n")
    assert puzzle.givens == (1, 2, *[0] * 72, 3, *[0] * 6)
    (puzzle,) = read_sudokus(f"{empty}{NINE}\n{empty}")
    assert puzzle == SUDOKU


def test_many_puzzles_are_named_after_their_lines() -> None:
    text = f"# many\n{PUZZLE}\n{OTHER}\n\n{NINE}\n{SIMPLE_SUDOKU}{PUZZLE},{ANSWER}\n{PIPES}\n"
    puzzles = read_sudokus(text)
    other = Sudoku(tuple(map(int, OTHER.replace(".", "0"))))
    assert puzzles == [SUDOKU, other, *[SUDOKU] * 4]
    assert [puzzle.name for puzzle in puzzles] == [f"line {n}" for n in (2, 3, 5, 15, 27, 28)]


@pytest.mark.parametrize(
    ("text", "line", "column", "cells", "words"),
    [
        ("", None, None, (), "no puzzle"),
        ("# only a comment\n\n", None, None, (), "no puzzle"),
        (PUZZLE[:-1], 1, 81, (), "80 cells, but a row has 9 and a whole puzzle 81"),
        (f"{PUZZLE}.", 1, 83, (), "82 cells"),
        (f"\n{PUZZLE[:40]}x{PUZZLE[41:]}", 2, 41, (), "stray character 'x'"),
        (PUZZLE[:-1] + "\x1b", 1, 81, (), r"stray character '\x1b'"),
        (f"{PUZZLE[:9]}[/b]{PUZZLE[9:]}", 1, 10, (), "stray character '['"),
        (PUZZLE.replace("1", "ж"), 1, 13, (), r"stray character '\u0436'"),
        ("55" + PUZZLE[2:], 1, 2, ((0, 0), (0, 1)), "5 stands twice in row 1"),
        (PIPES.replace("7 9", "8 9"), 11, 19, ((8, 4), (8, 7)), "8 stands twice in row 9"),
        (NINE.replace("...419..5", "5..419..."), 8, 1, ((0, 0), (7, 0)), "5 stands twice in col"),
        (f"# c\n{NINE[:-10]}", 2, None, (), "only 8 of 9 rows, up to line 9"),
        (f"{NINE[:-10]}\n\n{NINE}", 1, None, (), "only 8 of 9 rows"),
        (f"{NINE[:-10]}\n{PUZZLE}", 1, None, (), "only 8 of 9 rows"),
        (NINE[:-1], 9, 9, (), "8 cells, but a row has 9"),
        (f"{PUZZLE},4{ANSWER[1:]}", 1, 85, ((0, 0), (0, 2)), "of the stored solution"),
        (f"{OTHER},{SWAPPED}", 1, 83, ((0, 0),), "has 3 in r1c1, the puzzle gives 5"),
        (f"{PUZZLE},{ANSWER[:-1]}.", 1, 163, ((8, 8),), "no digit in r9c9"),
        (f"{PUZZLE},{ANSWER[:-1]}", 1, 163, (), "80 cells"),
        ("Easy\n" + NINE[:-1], 10, 9, (), "8 cells, but a row has 9"),
        (PUZZLE.replace(".", "-").replace("5", "."), 1, 3, (), "stray character '-'"),
        (SPREAD.replace("1,9,5", "1,9,9"), 2, 11, ((1, 4), (1, 5)), "9 stands twice in row 2"),
        ("solution,rating\n", 1, None, (), "no column of puzzles"),
        (f"{NINE}\nSolution\n{NINE}", 11, 3, ((0, 2),), "no digit in r1c3"),
        (f"{SPREAD[:18]},,,,,,,,\n{SPREAD[18:]}", 10, None, (), "only 1 of 9 rows"),
        (
            f"rating,solution,puzzle\n1,{ANSWER[:-1]}.,{PUZZLE}",
            2,
            83,
            ((8, 8),),
            "no digit in r9c9",
        ),
        (f"puzzle,solution\n{PUZZLE},{PUZZLE}", 2, 85, ((0, 2),), "no digit in r1c3"),
        (f"source,question\n{PUZZLE}\nx,", 3, None, (), "0 cells"),
        ("rating,puzzle\n1\n3,\n", 2, 2, (), "1 cell, but"),
        ('a"b,', 1, 1, (), "stray character 'a'"),
        ("1" * (MAX_TEXT + 1), None, None, (), "lines of more than 20,000"),
    ],
)
def test_an_error_names_the_place(
    text: str,
    line: int | None,
    column: int | None,
    cells: tuple[tuple[int, int], ...],
    words: str,
) -> None:
    with pytest.raises(PuzzleError) as raised:
        read_sudokus(text)
    error = raised.value
    assert words in str(error)
    assert (error.line, error.cells) == (line, cells)
    if column is not None:
        assert error.column == column
    assert str(error).isprintable()


def test_the_place_is_said_once() -> None:
    with pytest.raises(PuzzleError, match=r"^line 1, column 2: 5 stands twice in row 1$"):
        read_sudokus("55" + PUZZLE[2:])


PIECES = st.one_of(
    st.sampled_from(
        [PUZZLE, ANSWER, NINE, PIPES, SIMPLE_SUDOKU, SDK, ROWS[0], "puzzle,solution,rating"]
    ),
    st.sampled_from([",", "\n", '"', "#", "//", "-+-", "[State]", "\0", "\x85", "\u2028", "|||"]),
    st.text(max_size=100),
    st.text('0123456789.,_*|-+\n "', max_size=100),
    st.integers(0, 100).map(lambda n: "." * n),
)
TEXTS = st.lists(PIECES, max_size=12).map("".join)


def check_reads_or_refuses(text: str) -> None:
    try:
        puzzles = read_sudokus(text)
    except PuzzleError:
        return
    assert puzzles
    assert all(len(puzzle.givens) == puzzle.size**2 for puzzle in puzzles)


@settings(max_examples=100, deadline=None)
@given(text=TEXTS)
@example(text="," * 200_000)
@example(text="\n" * 20_000)
@example(
    text="1" * 5
    + ".1....11.1...1..1..11..1...1..11.1.1......"
    + "...1.11.1.1....1111"
    + "." * 10
    + "1...1.111..1."
)
@example(text='"' * 200_000)
@example(text='"' + "#" * 200_000)
@example(text=f"{PUZZLE},{'9' * 200_000}")
def test_nothing_but_a_puzzle_error_comes_out(text: str) -> None:
    check_reads_or_refuses(text)


@pytest.mark.slow
@settings(max_examples=10_000, deadline=None)
@given(text=TEXTS)
def test_nothing_but_a_puzzle_error_comes_out_of_ten_thousand_texts(text: str) -> None:
    check_reads_or_refuses(text)
