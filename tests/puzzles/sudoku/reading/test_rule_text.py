"""Rules as people write them: names, sizes and rules files, with symbols of one's own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from puzzles.errors import PuzzleError
from puzzles.sudoku.domain import SudokuDomain
from puzzles.sudoku.reading.rule_text import read_rule_text, require_symbols, with_size
from puzzles.sudoku.rules import box_of

DOMAIN = SudokuDomain()
FILE = """
size = 6
symbols = "RGBYPO"
boxes = "3x2"
rules = ["x"]

[[groups]]
name = "the corners"
cells = ["r1c1", "r1c6", "r6c2"]
"""


def test_a_rules_file_says_what_a_new_puzzle_is_and_how_it_is_written() -> None:
    puzzle = DOMAIN.generate(np.random.default_rng(1), "easy", FILE)
    assert (puzzle.size, box_of(puzzle.rules), len(puzzle.rules.layers)) == (6, (3, 2), 3)
    text = DOMAIN.format(puzzle)
    assert text.startswith("symbols: RGBYPO\nrules: boxes=3x2, x\ngroup the corners: r1c1 r1c6")
    (again,) = DOMAIN.parse(text)
    assert again == puzzle
    assert again.notation.symbols == "RGBYPO"
    assert set(DOMAIN.render(again).plain()) - set("RGBYPO·│─┼ \n") == set()
    (answer,) = DOMAIN.solve(puzzle)
    written = DOMAIN.write_answers([(puzzle, [answer])])
    above = DOMAIN.rules_above(puzzle)
    assert text.startswith(above)
    assert written.startswith(above)
    assert set(written.removeprefix(above)) <= set("RGBYPO\n")
    for rules in ("", FILE):  # what is written says its rules, and may say those of the file again
        (full,) = DOMAIN.parse(written, rules)
        assert (full.givens, full.rules) == (puzzle.solution, puzzle.rules)
    assert np.array_equal(DOMAIN.read_answers(written, [puzzle])[0], answer)


def test_symbols_of_ones_own_are_drawn_and_written_in_a_usual_nine_too() -> None:
    rules = 'size = 9\nsymbols = "abcdefghi"\n'
    puzzle = DOMAIN.generate(np.random.default_rng(1), "easy", rules)
    assert DOMAIN.parse(DOMAIN.format(puzzle)) == [puzzle]
    assert "a" in DOMAIN.render(puzzle).plain()
    (answer,) = DOMAIN.solve(puzzle)
    written = DOMAIN.write_answers([(puzzle, [answer])])
    assert set(written.removeprefix("symbols: ")) <= set("abcdefghi\n")
    rows = [".........", "ABCDEFGHI", *["........."] * 7]
    (read,) = DOMAIN.parse("\n".join(rows), rules)
    assert read.givens[9:18] == tuple(range(1, 10))


def test_a_size_chooses_among_two_readings() -> None:
    text = "\n".join(["1..............."] + ["................"] * 15)
    with pytest.raises(PuzzleError, match="4×4 puzzle or a 16×16 puzzle"):
        DOMAIN.parse(text)
    assert [puzzle.size for puzzle in DOMAIN.parse(text, "size=16")] == [16]
    assert [puzzle.size for puzzle in DOMAIN.parse(text, "size=4")] == [4] * 16


@given(st.sampled_from(["", "x", "x, latin", "size=6", "size = 6\n", "[[groups]]\n"]))
def test_a_settled_size_is_the_only_one(text: str) -> None:
    settled = DOMAIN.settled_rules(text, 6)
    assert read_rule_text(settled).size == 6
    assert read_rule_text(settled).names == read_rule_text(text).names
    assert with_size(settled, 6) == settled
    with pytest.raises(PuzzleError, match="6×6 puzzles, not for 9×9"):
        with_size(settled, 9)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x,y", "no rule 'y'"),
        ("size=6,size=8", "two sizes"),
        ("size=3", "4 to 25 rows, not 3"),
        ("size = 6.5\n", "size is a whole number"),
        ("rows = 6\n", "no field 'rows'"),
        ("size = 6\nsize = 6\n", "not TOML"),
        ("size = 6\n" + "#" * 1_000_000, "longer than 1,000,000 characters"),
        ('boxes = "2by3"\n', "boxes are height and width"),
        ('boxes = "2x3"\nrules = ["latin"]\n', "latin and boxes=2x3 exclude"),
        ('symbols = "ABC"\nsize = 4\n', "a text of 4 characters"),
        ('symbols = "ABCDE"\nsize = 4\n', "5 symbols, a 4×4 puzzle has 4"),
        ('symbols = "ABCa"\nsize = 4\n', "a and A count as one"),
        ('symbols = "AB.C"\nsize = 4\n', "'.' cannot be a symbol"),
        ("groups = 3\n", "groups are tables"),
        ("rules = 3\n", "rules is a list of texts"),
        ('[[groups]]\ncells = ["r1c1", "r9c9"]\nname="ends"\n', "ends: 'r9c9' is no cell of a 4×4"),
    ],
)
def test_what_is_no_rule_is_named(text: str, words: str) -> None:
    with pytest.raises(PuzzleError, match=words):
        DOMAIN.parse("1234341221434321", text)


@given(st.text(max_size=8))
def test_symbols_are_taken_or_refused_with_a_sentence(text: str) -> None:
    try:
        assert require_symbols(text, 4) == text
    except PuzzleError:
        return
    assert len(set(text)) == 4


@pytest.mark.parametrize(
    "rules",
    ["", "x", "windoku", "latin", "size=6", "jigsaw,size=6", "boxes=3x2,size=6", FILE],
)
def test_more_of_the_same_can_be_asked_for(rules: str) -> None:
    puzzle = DOMAIN.generate(np.random.default_rng(1), "easy", rules)
    alike = DOMAIN.rules_like(puzzle)
    assert bool(alike) == bool(rules)
    again = DOMAIN.generate(np.random.default_rng(2), "easy", alike)
    assert again != puzzle
    assert again.notation.symbols == puzzle.notation.symbols
    if "jigsaw" in rules:
        assert again.rules.regions != puzzle.rules.regions
        assert again.rules.layers == puzzle.rules.layers
    else:
        assert again.rules == puzzle.rules


def test_every_variant_that_is_offered_can_be_made() -> None:
    for rules in DOMAIN.variants.values():
        if rules != "size=25":
            assert DOMAIN.generate(np.random.default_rng(1), "easy", rules).solution
