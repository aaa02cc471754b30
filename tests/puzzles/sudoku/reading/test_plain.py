"""The fast way through long files gives what the strict readers give, puzzle for puzzle, or leaves
the text to them; and nothing takes long, whatever a file holds."""

from __future__ import annotations

import json
import random
import time
import tracemalloc
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puzzles.errors import PuzzleError
from puzzles.sudoku.puzzle import Sudoku
from puzzles.sudoku.reading import formats
from puzzles.sudoku.reading.formats import read_sudokus
from puzzles.sudoku.reading.plain import plain_puzzles
from puzzles.text.text_grid import numbered_lines

ANSWER = "534678912672195348198342567859761423426853791713924856961537284287419635345286179"
GIVEN = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
ROWS = "\n".join(GIVEN[i : i + 9] for i in range(0, 81, 9))
BOXES = "\n".join(
    " | ".join(" ".join(row[i : i + 3]) for i in (0, 3, 6)) for row in ROWS.split("\n")
)

PIECES = (
    GIVEN + "\n",
    GIVEN.replace(".", "0") + "\n",
    ANSWER + "\n",
    ROWS + "\n",
    f"Grid 01\n{ROWS}\n",
    BOXES + "\n---+---\n",
    "\n",
    "# a comment\n",
    f"{GIVEN},{ANSWER}\n",
    f"{GIVEN},{ANSWER},4.5\n",
    f"{GIVEN},,7\n",
    f"{GIVEN[:-1]}\n",
    f"5{GIVEN[:80]}\n",
    f"{GIVEN},{ANSWER[::-1]}\n",
    "hello\n",
    "Solution:\n",
    ROWS.replace("\n", "\n\n", 1) + "\n",
    "\n".join(",".join(row) for row in ROWS.split("\n")) + "\n",
)
HEADERS = ("", "puzzle,solution\n", "solution,puzzle\n", "id;puzzle\n", "\ufeff", "puzzle\n")


def known(puzzle: Sudoku) -> tuple[object, ...]:
    return puzzle.givens, puzzle.solution, puzzle.name, puzzle.rating, puzzle.rules, puzzle.notation


def outcome(read: Callable[[], list[Sudoku]]) -> object:
    try:
        return [known(puzzle) for puzzle in read()]
    except PuzzleError as error:
        return str(error), error.hint


@settings(max_examples=300, deadline=None)
@given(header=st.sampled_from(HEADERS), pieces=st.lists(st.sampled_from(PIECES), max_size=5))
def test_the_fast_way_is_the_slow_way(header: str, pieces: list[str]) -> None:
    text = header + "".join(pieces)
    puzzles, rest = plain_puzzles(text)
    if rest:
        return
    slow = outcome(lambda: formats._with_answers(formats._read(numbered_lines(text), "")))
    assert outcome(lambda: formats._with_answers(puzzles)) == slow


@settings(max_examples=100, deadline=None)
@given(header=st.sampled_from(HEADERS), pieces=st.lists(st.sampled_from(PIECES), max_size=5))
def test_a_long_text_is_read_as_a_short_one(header: str, pieces: list[str]) -> None:
    """But for sizes and forms that are mixed with plain lines."""
    text = header + "".join(pieces)
    puzzles, rest = plain_puzzles(text)
    if not rest or not puzzles:
        return
    lines = numbered_lines(text)
    slow = outcome(lambda: formats._with_answers(formats._read_nine(lines, "")))
    assert outcome(lambda: formats._with_answers([*puzzles, *formats._rest(text, rest)])) == slow


JSON = json.dumps([[int(c) for c in row] for row in ROWS.replace(".", "0").split("\n")])


@pytest.mark.parametrize(
    "text",
    [
        f'{{"puzzle": "{GIVEN}", "solution": "{ANSWER}", "rating": 3}}\n' * 3,
        f'{{"id": "a", "clues": 30, "puzzle": "{GIVEN}"}}\n' * 3,
        f"[{JSON},\n{JSON}]",
        f'id,puzzle,solution,clues,difficulty\n1,{GIVEN},{ANSWER},30,2.2\n"2","{GIVEN}","{ANSWER}",30,',
        f"1,{GIVEN},{ANSWER},30,2.2\n",
    ],
)
def test_other_long_files_are_read_fast(text: str) -> None:
    puzzles, rest = plain_puzzles(text)
    assert rest == 0
    assert {puzzle.givens for puzzle in puzzles} == {tuple(map(int, GIVEN.replace(".", "0")))}
    assert len(puzzles) == text.count(GIVEN) + text.count(JSON)


def repeated(piece: str, size: int) -> str:
    return piece * (size // len(piece))


SIZE = 4_900_000
LONG = {
    "lines": lambda: repeated(GIVEN + "\n", SIZE),
    "csv": lambda: "puzzle,solution\n" + repeated(f"{GIVEN},{ANSWER}\n", SIZE),
    "rows": lambda: repeated(ROWS + "\n\n", SIZE),
    "a bad last line": lambda: repeated(GIVEN + "\n", SIZE) + "55" + GIVEN[2:],
    "one character": lambda: "1" * SIZE,
    "one character a line": lambda: "1\n" * (SIZE // 10),
    "brackets": lambda: "[" * 100_000,
    "pairs of brackets": lambda: "[" * 100_000 + "]" * 100_000,
    "words": lambda: repeated("lorem ipsum dolor sit amet\n", SIZE),
    "digits": lambda: "".join(random.Random(0).choices("0123456789\n", k=SIZE)),
    "characters": lambda: "".join(random.Random(0).choices(" .,;|+-#[]{}\"'aA1\n", k=SIZE)),
    "fields": lambda: repeated("5,5,5,5,5,5,5,5,5\n", SIZE),
    "no fields": lambda: repeated(",,,,,,,,\n", SIZE),
    "a drawing": lambda: repeated("+---+---+\n|   |   |\n", SIZE),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", LONG)
def test_five_megabytes_take_a_second(name: str) -> None:
    """Twice that, for a busy machine; tracemalloc slows the second time down."""
    text = LONG[name]()
    begin = time.process_time()
    outcome(lambda: read_sudokus(text))
    assert time.process_time() - begin < 2
    tracemalloc.start()
    outcome(lambda: read_sudokus(text))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200_000_000
