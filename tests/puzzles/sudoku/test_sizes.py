"""Sudokus of any size and rule: what is read, refused, solved, made, and encoded for a network."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puzzles.contract.tokens import NO_GROUP, Numbers
from puzzles.errors import PuzzleError, TooHardError
from puzzles.sudoku import kernels
from puzzles.sudoku.domain import Sudoku, SudokuDomain
from puzzles.sudoku.generator import filled, random_regions
from puzzles.sudoku.reading.rule_text import read_rule_text, read_rules
from puzzles.sudoku.ruled_bulk import Digits, ruled_puzzles
from puzzles.sudoku.rules import CLASSIC, Rules, box_of, tables, usual
from puzzles.sudoku.solver import NINE, board_of, rate, search, solve
from puzzles.sudoku.symmetry import random_symmetry

DOMAIN = SudokuDomain()
FOUR = "1234\n3412\n2143\n4321"
SIX = "1....." + "\n......" * 5
JIGSAW = "1...." + "\n....." * 4
REGIONS = "AABBB\nAABBC\nADDEC\nDDECC\nDEEEC"
SHORT = """
[[groups]]
name = "a pair"
cells = ["r1c2", "r4c4"]

[[groups]]
name = "the corners"
cells = ["r1c1", "r1c6", "r6c1", "r6c6"]
"""
LATIN = f'rules = ["latin"]\n{SHORT}'
KINDS = [(4, ""), (6, ""), (8, ""), (9, "x"), (9, "windoku"), (7, "jigsaw"), (5, "latin"), (10, "")]


def counted(givens: Digits, rules: Rules) -> tuple[Numbers, Numbers]:
    """What the compiled solver finds: the answers, 2 for any more, and its guesses."""
    counts, guesses = np.zeros((2, len(givens)), np.int64)
    groups = kernels.groups_of(tables(rules))
    kernels.solve_each(givens, np.zeros_like(givens), counts, guesses, groups, kernels.NO_LIMIT)
    return counts, guesses


def test_the_usual_nine_is_as_it_was() -> None:
    assert tables(CLASSIC) == NINE
    assert usual(9) is CLASSIC
    assert Sudoku((0,) * 81) == Sudoku((0,) * 81, rules=Rules(9, CLASSIC.regions))
    assert Sudoku((0,) * 81) != Sudoku((0,) * 81, rules=read_rules("x", 9))


@pytest.mark.parametrize(
    ("text", "rules", "size", "boxes", "layers"),
    [
        (FOUR, "", 4, (2, 2), 0),
        (FOUR.replace("\n", ""), "", 4, (2, 2), 0),
        (SIX, "", 6, (2, 3), 0),
        (SIX, "boxes=3x2", 6, (3, 2), 0),
        ("1 2 | . . | . .\n" + ". . | . . | . .\n" * 5, "", 6, (3, 2), 0),
        (SIX, "x", 6, (2, 3), 2),
        (f"rules: x\ngroup ends: r1c2 r6c5\n{SIX}", "", 6, (2, 3), 3),
        (SIX, '[[groups]]\nname = "ends"\ncells = ["r1c2", "r6c5"]', 6, (2, 3), 1),
        (JIGSAW, "latin", 5, None, 0),
        (f"{JIGSAW}\n\n{REGIONS}", "", 5, None, 0),
        ("12 ." + " ." * 10 + ("\n" + ". " * 12) * 11, "", 12, (3, 4), 0),
        ("." * 256, "", 16, (4, 4), 0),
        ("." * 625, "", 25, (5, 5), 0),
        ("." * 81, "windoku", 9, (3, 3), 1),
        ("2x2:1o", "", 4, (2, 2), 0),
        ("2x3x:a2zh", "", 6, (2, 3), 2),
    ],
)
def test_what_is_read(
    text: str, rules: str, size: int, boxes: tuple[int, int] | None, layers: int
) -> None:
    (puzzle,) = DOMAIN.parse(text, rules)
    assert puzzle.size == size
    assert box_of(puzzle.rules) == boxes
    assert len(puzzle.rules.layers) == layers
    assert DOMAIN.parse(DOMAIN.format(puzzle)) == [puzzle]


def test_hex_of_sixteen_is_read_where_a_mark_is_the_blank() -> None:
    (puzzle,) = DOMAIN.parse("0.F............." + "\n" + ("." * 16 + "\n") * 15)
    assert puzzle.givens[:3] == (1, 0, 16)
    assert DOMAIN.format(puzzle).startswith("0.F")


@pytest.mark.parametrize(
    ("text", "rules", "words"),
    [
        (FOUR.replace("4321", "4311"), "", "line 4, column 4: 1 stands twice in row 4"),
        (SIX[:-1] + "1", "x", "line 6, column 6: 1 stands twice in the main diagonal"),
        (JIGSAW, "", "5×5 grid has no boxes"),
        (f"{JIGSAW}\n\n{REGIONS[:-1]}E", "", "region C has 4 cells"),
        (f"{JIGSAW}\n\n{REGIONS.replace('E', 'D')}", "", "4 regions, a 5×5 Sudoku has 5"),
        (f"{SIX[:-6]}7.....", "", "line 6, column 1: '7' is no symbol of a 6×6 puzzle"),
        (SIX[:-7], "", "only 5 of 6 rows"),
        (
            f"regions: {' '.join(REGIONS.replace('E', 'D').split())}\n{JIGSAW}",
            "",
            "line 2: 4 regions, a 5×5 Sudoku has 5",
        ),
        (f"regions: AABBB\n{JIGSAW}\nregions\n{REGIONS}", "", "above the puzzle and below it"),
        (f"regions: AABBB\n{JIGSAW}", "", "line 2: 5 cells in the regions"),
        ("1" + "." * 15 + ("\n" + "." * 16) * 15, "", "4×4 puzzle or a 16×16 puzzle"),
        (f"{SIX}\n\n" + "123456\n456123\n231564\n564231\n312645\n645312", "", "two puzzles or"),
        ("." * 81, "diagonal", "no rule 'diagonal'"),
        ("." * 81, "jigsaw", "needs its regions"),
        ("3x3k:zzzc", "", "killer"),
    ],
)
def test_what_is_refused(text: str, rules: str, words: str) -> None:
    with pytest.raises(PuzzleError, match=words):
        DOMAIN.parse(text, rules)


@pytest.mark.parametrize(("size", "rules"), KINDS)
@pytest.mark.parametrize("level", ["easy", "minimal"])
def test_a_made_puzzle_has_one_answer_and_survives_text_and_copies(
    size: int, rules: str, level: str
) -> None:
    rng = np.random.default_rng(size)
    puzzle = DOMAIN.generate(rng, level, f"{rules},size={size}")
    (answer,) = DOMAIN.solve(puzzle)
    assert tuple(answer.ravel().tolist()) == puzzle.solution
    assert DOMAIN.check(puzzle, answer).solved
    assert DOMAIN.parse(DOMAIN.format(puzzle)) == [puzzle]
    written = DOMAIN.write_answers([(puzzle, [answer])])
    assert np.array_equal(DOMAIN.read_answers(written, [puzzle])[0], answer)
    assert DOMAIN.parse(written) == [Sudoku(puzzle.solution, rules=puzzle.rules)]
    drawn = DOMAIN.rules_above(puzzle) + DOMAIN.render(puzzle).plain()
    assert DOMAIN.parse(drawn) == [puzzle]
    copy, undo = DOMAIN.augment(puzzle, rng)
    assert np.array_equal(undo(DOMAIN.solve(copy)[0]), answer)
    tokens = DOMAIN.encode(puzzle, "native")
    assert np.array_equal(DOMAIN.decode(tokens, puzzle, "native") > 0, tokens > 1)
    if level == "minimal":
        for cell in np.flatnonzero(puzzle.givens)[:4]:
            fewer = (*puzzle.givens[:cell], 0, *puzzle.givens[cell + 1 :])
            assert len(solve(fewer, 2, tables(puzzle.rules))) == 2


@pytest.mark.parametrize(
    ("size", "rules"),
    [(4, ""), (6, "x"), (9, "jigsaw"), (8, "jigsaw"), (5, "latin"), (6, SHORT), (6, LATIN)],
)
def test_bulk_puzzles_and_the_compiled_solver_agree_with_the_plain_one(
    size: int, rules: str
) -> None:
    givens, solutions, shown = ruled_puzzles(np.random.default_rng(0), 4, size, rules)
    again = ruled_puzzles(np.random.default_rng(0), 4, size, rules)
    assert all(np.array_equal(a, b) for a, b in zip((givens, solutions, shown), again, strict=True))
    for clues, solution, regions in zip(givens, solutions, shown[:, 0], strict=True):
        known = read_rules(rules, size, regions.tolist() if "jigsaw" in rules else ())
        digits = tuple(clues.tolist())
        assert solve(digits, 2, tables(known)) == [tuple(solution.tolist())]
        counts, guesses = counted(clues[None], known)
        assert counts.tolist() == [1]
        assert guesses.tolist() == [rate(digits, tables(known)).guesses]


@pytest.mark.parametrize(
    ("size", "rules"), [(4, ""), (6, "jigsaw"), (9, "jigsaw"), (9, "x"), (6, LATIN)]
)
def test_no_clue_of_a_bulk_puzzle_can_be_taken_away(size: int, rules: str) -> None:
    givens, _, shown = ruled_puzzles(np.random.default_rng(3), 2, size, rules)
    for clues, regions in zip(givens, shown[:, 0], strict=True):
        known = read_rules(rules, size, regions.tolist() if "jigsaw" in rules else ())
        for cell in np.flatnonzero(clues):
            fewer = clues.copy()
            fewer[cell] = 0
            assert counted(fewer[None], known)[0].tolist() == [2]


def test_many_groups_of_two_cells_are_made_and_told() -> None:
    pairs = "".join(
        f'[[groups]]\nname = "p{r}{c}"\ncells = ["r{r}c{c}", "r{r + 1}c{c + 1}"]\n'
        for r in (1, 3, 5)
        for c in range(1, 6)
    )
    givens, solutions, shown = ruled_puzzles(np.random.default_rng(0), 2, 6, pairs)
    known = read_rules(pairs, 6)
    assert counted(givens, known)[0].tolist() == [1, 1]
    assert set(shown[0, 1].tolist()) == {*range(15), NO_GROUP}
    related = DOMAIN.relations(givens.reshape(2, 6, 6), shown).groups[0, 5]
    assert len(set(related.tolist()) - {-1}) == 15
    assert all(solutions[:, a].tolist() != solutions[:, b].tolist() for a, b in [(0, 7), (1, 8)])


def test_relations_name_the_first_cell_of_every_group() -> None:
    (jigsaw,) = DOMAIN.parse(f"rules: x\n{JIGSAW}\n\n{REGIONS}")
    (latin,) = DOMAIN.parse(JIGSAW, "latin")
    shown = DOMAIN.rules([jigsaw, latin])
    assert shown is not None
    assert (shown[1] == NO_GROUP).all()
    related = DOMAIN.relations(np.zeros((2, 5, 5), np.uint8), shown)
    assert related.symbols == 5
    kinds = ("row", "column", "region")
    for puzzle, groups in zip((jigsaw, latin), related.groups, strict=True):
        layers: list[dict[int, int]] = [{}, {}, {}]
        for group in tables(puzzle.rules).groups:
            if (kind := group.name.split()[0]) in kinds:
                firsts = dict.fromkeys(group.cells, min(group.cells))
                layers[kinds.index(kind)].update(firsts)
        layers[2] = layers[2] or layers[0]  # rows in place of regions
        for slot, firsts in enumerate(layers):
            assert groups[slot].tolist() == [firsts.get(cell, -1) for cell in range(25)]
    assert np.flatnonzero(related.groups[0, 5] >= 0).tolist() == [0, 6, 12, 18, 24]
    assert (related.groups[1, 3] == related.groups[1, 0]).all()  # what a row and a row share
    assert related.groups[1, 4].tolist() == list(range(25))
    assert (related.groups[1, 5:] == -1).all()
    assert DOMAIN.rules([Sudoku((0,) * 81)]) is None


def test_a_windoku_of_sixteen_is_made_and_no_two_are_alike() -> None:
    rules, rng = read_rules("windoku", 16), np.random.default_rng(3)
    grids = [filled(rng, rules) for _ in range(3)]
    assert len({Sudoku(grid, rules=rules) for grid in grids}) == 3


@pytest.mark.parametrize("rules", ["latin", "x", "latin,x"])
def test_the_largest_grids_are_filled_under_further_rules(rules: str) -> None:
    known = read_rules(rules, 25)
    assert Sudoku(filled(np.random.default_rng(1), known), rules=known).givens.count(0) == 0


@given(seed=st.integers(0, 2**32 - 1), kind=st.sampled_from(["windoku", "x", "jigsaw", "latin"]))
@settings(max_examples=20)
def test_a_symmetric_copy_keeps_its_groups(seed: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    regions = random_regions(rng, 9) if kind == "jigsaw" else ()
    text = f'rules = ["{kind}"]\n[[groups]]\nname = "ends"\ncells = ["r1c1", "r2c2", "r9c9"]'
    rules = read_rule_text(text).rules(9, regions)
    _, source = random_symmetry(rng, rules)
    moved = rules.moved(source.tolist())
    for before, after in zip(rules.further, moved.further, strict=True):
        assert {int(source[cell]) for cell in after.cells} == set(before.cells)
    assert sorted(source.tolist()) == list(range(81))
    lines = source.reshape(9, 9)
    straight = (lines // 9 == lines[:, :1] // 9).all() and (lines % 9 == lines[:1] % 9).all()
    turned = (lines % 9 == lines[:, :1] % 9).all() and (lines // 9 == lines[:1] // 9).all()
    assert straight or turned


def test_rules_that_no_grid_keeps_are_given_up_by_the_thousand_too() -> None:
    row = " ".join(f'"r{r}c{c}",' for r, c in ((1, 1), (1, 2), (1, 3), (2, 4)))
    other = " ".join(f'"r{r}c{c}",' for r, c in ((1, 1), (1, 2), (1, 4), (2, 4)))
    text = f'rules = ["latin"]\n[[groups]]\nname = "a"\ncells = [{row}]\n'
    text += f'[[groups]]\nname = "b"\ncells = [{other}]'
    with pytest.raises(PuzzleError, match="no 4×4 grid was found"):
        ruled_puzzles(np.random.default_rng(1), 1, 4, text)


def test_a_large_jigsaw_that_cannot_be_filled_is_given_up_soon(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = []
    monkeypatch.setattr("puzzles.sudoku.generator._fill", lambda rng, known: asked.append(known))
    with pytest.raises(PuzzleError, match="no 16×16 grid was found"):
        DOMAIN.generate(np.random.default_rng(1), "easy", "jigsaw,size=16")
    assert 1 < len(set(asked)) <= 10


def test_what_is_too_hard_to_check_has_clues_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("puzzles.sudoku.generator._RATE_BUDGET", 100 * 2)
    made = DOMAIN.generate(np.random.default_rng(5), "minimal", "size=10")
    monkeypatch.undo()
    least = DOMAIN.generate(np.random.default_rng(5), "minimal", "size=10")
    assert made.rating is not None
    assert least.rating is not None
    assert made.rating < 2 <= least.rating
    assert sum(map(bool, made.givens)) > sum(map(bool, least.givens))
    assert len(DOMAIN.solve(made)) == 1


def test_a_search_that_takes_too_long_is_given_up() -> None:
    known = tables(usual(25))
    rng = np.random.default_rng(1)

    grid = np.array(filled(rng, usual(25)))
    grid[rng.permutation(625)[:340]] = 0
    with pytest.raises(TooHardError, match="25×25 puzzle is too hard to check"):
        search(board_of(grid.tolist(), known), 2, known, budget=625 * 3)


@pytest.mark.parametrize(
    ("text", "literal"),
    [
        ("1.3..4.12.......", True), ("1.3..4.12.....-.", False), ("5.3..4.12.......", False),
        ("1" + "." * 35, True), ("G" + "0" * 255, True), ("1" * 35, False),
        ("y" + "." * 624, False), ("P" + "." * 624, True), ("3x3x:zzzc", True),
        ("9j:zzzc,zz", True), ("notes.txt", False), ("abcd.abcd.abcd.x", False),
    ],
)  # fmt: skip
def test_whole_puzzles_of_any_size_are_arguments(text: str, literal: bool) -> None:
    assert DOMAIN.literal(text) == literal


def solo_regions(regions: list[int], size: int) -> str:
    """The part of a Solo id that draws regions, which `puzzles.sudoku.reading.solo` reads."""
    edges = [
        regions[r * size + c] != regions[r * size + c + 1]
        for r in range(size)
        for c in range(size - 1)
    ] + [
        regions[r * size + c] != regions[(r + 1) * size + c]
        for c in range(size)
        for r in range(size - 1)
    ]
    text, run = "", 0
    for drawn in [*edges, True]:
        if not drawn:
            run += 1
            continue
        while run > 25:
            text, run = text + "z", run - 25
        text += "_" if run == 0 else chr(ord("a") + run - 1)
        run = 0
    return text


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from([4, 5, 6, 9]))
def test_solo_ids_of_jigsaws_are_read(seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    givens, solutions, shown = ruled_puzzles(rng, 1, size, "jigsaw")
    cells = "_".join(str(d) if d else "a" for d in givens[0].tolist())
    grid = cells.replace("_a", "a").replace("a_", "a")
    (puzzle,) = DOMAIN.parse(f"{size}j:{grid},{solo_regions(shown[0, 0].tolist(), size)}")
    assert puzzle.givens == tuple(givens[0].tolist())
    assert puzzle.rules == Rules(size, tuple(shown[0, 0].tolist()))
    assert solve(puzzle.givens, 2, tables(puzzle.rules)) == [tuple(solutions[0].tolist())]


@pytest.mark.parametrize("text", ["4j:p,zz", "4j:p", "4j:o,_a", "5j:zzzz,a", "9j:zzzc,%", "4j:p,1"])
def test_solo_ids_that_do_not_fit_are_refused(text: str) -> None:
    with pytest.raises(PuzzleError):
        DOMAIN.parse(text)


def cells(size: int) -> list[list[int]]:
    """A grid of which a third is blank, with numbers up to its size."""
    rng = np.random.default_rng(size)
    full = np.reshape(filled(rng, read_rules("", size)), (size, size))
    return np.where(rng.random((size, size)) < 0.33, 0, full).tolist()


def table(grid: list[list[int]], between: str, blank: str, form: str = "{}") -> str:
    return "\n".join(between.join(form.format(n) if n else blank for n in row) for row in grid)


TABLES: dict[str, Callable[[list[list[int]]], str]] = {
    "numbers of two digits": lambda g: table(g, " ", "00", "{:02}"),
    "numbers of two digits and dots": lambda g: table(g, " ", "..", "{:02}"),
    "commas and nothing for a blank": lambda g: table(g, ",", ""),
    "tabs and nothing for a blank": lambda g: table(g, "\t", ""),
    "tags": lambda g: (
        "<table>"
        + "".join("<tr>" + "".join(f"<td>{n or ''}</td>" for n in row) + "</tr>\n" for row in g)
        + "</table>"
    ),
    "Eigen": lambda g: "m << " + table(g, ", ", "0").replace("\n", ",\n") + ";",
    "Octave in blocks": lambda g: "\n\n".join(
        f" Columns {a + 1} through {b}:\n\n" + table([row[a:b] for row in g], "   ", "0")
        for a, b in ((0, len(g) // 2), (len(g) // 2, len(g)))
    ),
}


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("size", [4, 6, 12, 16, 25])
def test_larger_numbers_are_read_from_tables(name: str, size: int) -> None:
    grid = cells(size)
    [puzzle] = DOMAIN.parse(TABLES[name](grid))
    assert puzzle.givens == tuple(n for row in grid for n in row)


@pytest.mark.parametrize("blank", [".", "-1", ""])
def test_numbers_from_0_are_not_read_with_0_as_a_blank(blank: str) -> None:
    between = " " if blank == "." else ","
    text = "\n".join(between.join(str(n - 1) if n else blank for n in row) for row in cells(16))
    with pytest.raises(PuzzleError):
        DOMAIN.parse(text)
