"""Tables of puzzles of other sizes with their answers, and what else a record may hold."""

from __future__ import annotations

import pytest

from puzzles.errors import PuzzleError
from puzzles.sudoku.domain import SudokuDomain
from puzzles.sudoku.reading.formats import read_sudokus

SMALL, SOLVED = "1030040201404001", "1234341221434321"
PUZZLE = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
REGIONS = "aaaabbcccaabbbbcccaaabbbcccdddeeefffdddeeefffdddeeefffggghhhiiiggghhhiiiggghhhiii"


@pytest.mark.parametrize(
    "text",
    [
        f"puzzle,solution\n{SMALL},{SOLVED}\n",
        f'"quizzes";"solutions"\n"{SMALL.replace("0", ".")}";"{SOLVED}"\n',
        f"id,puzzle,solution,difficulty\n7,{SMALL},{SOLVED},easy\n",
        f'puzzle,solution\n"{" ".join(SMALL)}","{" ".join(SOLVED)}"\n',
        f"{SMALL},{SOLVED}\n",
    ],
)
def test_a_table_of_another_size_has_answers(text: str) -> None:
    [puzzle] = read_sudokus(text)
    assert puzzle.givens == tuple(map(int, SMALL))
    assert puzzle.solution == tuple(map(int, SOLVED))
    [answer] = SudokuDomain().read_answers(text, [puzzle])
    assert SudokuDomain().check(puzzle, answer).solved


def test_puzzles_of_several_sizes_stand_in_one_table() -> None:
    puzzles = read_sudokus(f"size,puzzle\n4,{SMALL}\n9,{PUZZLE}\n4,{SMALL}\n")
    assert [puzzle.size for puzzle in puzzles] == [4, 9, 4]


def test_a_table_of_another_size_may_be_long() -> None:
    puzzles = read_sudokus("puzzle,solution\n" + f"{SMALL},{SOLVED}\n" * 40)
    assert [puzzle.size for puzzle in puzzles] == [4] * 40


def test_an_answer_has_the_digits_of_its_puzzle() -> None:
    """0 of 16×16 is a digit where the puzzle has another blank, and the answer has none."""
    row = "0123456789ABCDEF"
    shifts = [4 * (r % 4) + r // 4 for r in range(16)]
    full = "".join(row[at:] + row[:at] for at in shifts)
    [puzzle] = read_sudokus(f"puzzle,solution\n.{full[1:]},{full}\n")
    assert puzzle.solution is not None
    assert puzzle.solution[:3] == (1, 2, 3)


@pytest.mark.parametrize(
    "text",
    [
        f"puzzle,regions\n{PUZZLE},{REGIONS}\n",
        f"puzzle,layout\n{PUZZLE},{REGIONS.translate(str.maketrans('abcdefghi', '123456789'))}\n",
        f"{PUZZLE} {REGIONS}\n",
    ],
)
def test_regions_beside_a_puzzle_are_not_left_out(text: str) -> None:
    with pytest.raises(PuzzleError, match="regions of a jigsaw"):
        read_sudokus(text)


@pytest.mark.parametrize("swapped", [False, True])
def test_regions_in_a_list_of_cells_are_compared_with_boxes(swapped: bool) -> None:
    cells = sorted(
        ([r, c] for r in range(9) for c in range(9)), key=lambda cell: (cell[0] // 3, cell[1] // 3)
    )
    if swapped:
        cells[0], cells[9] = cells[9], cells[0]
    regions = [cells[at : at + 9] for at in range(0, 81, 9)]
    text = f'{{"puzzle": "{PUZZLE}", "regions": {regions}}}'
    if swapped:
        with pytest.raises(PuzzleError, match="regions of a jigsaw"):
            read_sudokus(text)
    else:
        assert len(read_sudokus(text)) == 1


@pytest.mark.parametrize("text", ["{}\n\n{}", '{{"puzzle": "{}", "regions": "{}"}}'])
def test_regions_in_one_line_below_a_puzzle_are_read(text: str) -> None:
    [puzzle] = read_sudokus(text.format(PUZZLE, REGIONS))
    assert puzzle.rules.regions[3:5] == (0, 1)
    with pytest.raises(PuzzleError, match="stands twice in region"):
        read_sudokus(f"...1{'.' * 15}1{'.' * 61}\n\n{REGIONS}")


@pytest.mark.parametrize(
    "text",
    [
        f"<pre>{{}}{PUZZLE[2:]}</pre>",
        f'{{{{"board": "{{}}{PUZZLE[2:]}"}}}}',
        f'sudoku = "{{}}{PUZZLE[2:]}"',
    ],
)
def test_a_clash_is_named_whatever_the_notation(text: str) -> None:
    assert len(read_sudokus(text.format("53"))) == 1
    with pytest.raises(PuzzleError, match="5 stands twice in row 1"):
        read_sudokus(text.format("55"))
