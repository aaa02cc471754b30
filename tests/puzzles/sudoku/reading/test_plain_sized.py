"""Files of Sudokus of other sizes are read fast as the readers of single puzzles read them."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence

import pytest

from puzzles.errors import PuzzleError
from puzzles.sudoku.puzzle import Sudoku
from puzzles.sudoku.reading.csv import with_records_as_lines
from puzzles.sudoku.reading.formats import read_sudokus
from puzzles.sudoku.reading.plain_sized import plain_sized
from puzzles.sudoku.reading.sized import read_sized
from puzzles.text.text_grid import numbered_lines

FOUR = ("1..4.4..2....3.1", "1234341221434321")
SIX = ("1..4..4.6..3.3.5..5..2..3..6..6..3.2", "123456456123231564564231312645645312")

Pair = tuple[str, str]

FORMS: dict[str, Callable[[Sequence[Pair]], str]] = {
    "a header": lambda p: "puzzle,solution\n" + "\n".join(map(",".join, p)),
    "a header with tabs": lambda p: "puzzle\tsolution\n" + "\n".join(map("\t".join, p)),
    "commas": lambda p: "\n".join(map(",".join, p)),
    "semicolons": lambda p: "\n".join(map(";".join, p)),
    "tabs": lambda p: "\n".join(map("\t".join, p)),
    "ids and tabs": lambda p: "\n".join(f"{n}\t{a}\t{b}" for n, (a, b) in enumerate(p)),
    "zeros": lambda p: "\n".join("\t".join(each).replace(".", "0") for each in p),
}
JSON: dict[str, Callable[[Sequence[Pair]], str]] = {
    "JSON lines": lambda p: "\n".join(json.dumps({"puzzle": a, "solution": b}) for a, b in p),
    "JSON lines of questions": lambda p: "\n".join(
        json.dumps({"id": 3, "question": a, "answer": b}) for a, b in p
    ),
}


def turned(pair: Pair) -> Pair:
    symbols = "".join(sorted(set(pair[1])))
    table = str.maketrans(symbols, symbols[::-1])
    return pair[0].translate(table), pair[1].translate(table)


MIXED = [FOUR, SIX, turned(FOUR), turned(SIX)]


def facts(puzzles: Sequence[Sudoku]) -> list[tuple[object, ...]]:
    return [(p.givens, p.solution, p.name, p.rules, p.notation, p.rating) for p in puzzles]


@pytest.mark.parametrize("form", FORMS)
def test_records_are_read_as_one_by_one(form: str) -> None:
    text = FORMS[form](MIXED)
    fast = plain_sized(text)
    assert len(fast) == 4
    assert all(puzzle.solution for puzzle in fast)
    assert facts(fast) == facts(read_sized(with_records_as_lines(numbered_lines(text))))
    assert facts(read_sudokus(text)) == facts(fast)


@pytest.mark.parametrize("form", [*FORMS, *JSON])
@pytest.mark.parametrize("pair", [FOUR, SIX])
def test_one_record_is_read_with_its_answer(form: str, pair: Pair) -> None:
    [puzzle] = read_sudokus({**FORMS, **JSON}[form]([pair]))
    assert "".join(map(str, puzzle.givens)).replace("0", ".") == pair[0]
    assert puzzle.solution == tuple(map(int, pair[1]))


@pytest.mark.parametrize("form", JSON)
def test_json_lines_are_read(form: str) -> None:
    found = read_sudokus(JSON[form](MIXED))
    assert [puzzle.size for puzzle in found] == [4, 6, 4, 6]
    assert all(puzzle.solution for puzzle in found)


@pytest.mark.parametrize("puzzle", [FOUR[0], SIX[0]])
def test_puzzles_alone_are_read_as_one_by_one(puzzle: str) -> None:
    text = "\n".join([puzzle] * 9)
    assert facts(plain_sized(text)) == facts(read_sized(numbered_lines(text)))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n".join(["\t".join(FOUR)] * 9 + ["\t".join((FOUR[0], turned(FOUR)[1]))]), "line 10"),
        ("\n".join(["\t".join(FOUR)] * 9 + ["\t".join((FOUR[0], "1" * 16))]), "line 10"),
        ("\n".join(["\t".join(FOUR)] * 9 + [FOUR[0].replace("1", "x") + "5"]), "line 10"),
    ],
)
def test_a_wrong_record_is_named(text: str, message: str) -> None:
    assert plain_sized(text) == []
    with pytest.raises(PuzzleError, match=message):
        read_sudokus(text)


def test_rows_of_one_puzzle_are_no_puzzles() -> None:
    rows = [f"{'123456789ABCDEFG'[n:]}{'123456789ABCDEFG'[:n]}" for n in (0, 4, 8, 12)]
    rows += [row[k:] + row[:k] for k in (1, 2, 3) for row in rows]
    assert plain_sized("\n".join(rows)) == []
    [puzzle] = read_sudokus("\n".join(rows))
    assert puzzle.size == 16


@pytest.mark.parametrize("form", ["a header", "tabs", "JSON lines"])
def test_five_megabytes_take_a_second(form: str) -> None:
    text = {**FORMS, **JSON}[form]([FOUR])
    line = text.split("\n")[-1] + "\n"
    text = text + "\n" + line * (4_900_000 // len(line))
    start = time.process_time()
    assert len(read_sudokus(text)) > 50_000
    assert time.process_time() - start < 6  # a second where no other work slows it
