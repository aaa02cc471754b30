"""Any grid to any grid: what is read, how symbols are numbered, what is said of what is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from puzzles import domain
from puzzles.contract.properties import examine
from puzzles.errors import PuzzleError
from puzzles.grid.domain import GridDomain
from puzzles.grid.puzzle import GridPuzzle

DRAWN = 'input,output\n"ab\n.a","xb\n.x"\n'
SEQUENCE = 'Output,Input,name\n"[3, 10, 2]","[10, 3, 2]",first\n'


def read(text: str) -> list[GridPuzzle]:
    return list(GridDomain().parse(text))


def test_a_csv_of_drawings() -> None:
    (puzzle,) = read(DRAWN)
    assert puzzle.glyphs == ("", "a", ".", "b", "x")  # of outputs last
    assert puzzle.cells == ((1, 3), (2, 1))
    assert puzzle.answer == ((4, 3), (2, 4))


def test_a_csv_of_sequences() -> None:
    (puzzle,) = read(SEQUENCE)
    assert puzzle.glyphs == ("", "2", "3", "10")
    assert (puzzle.cells, puzzle.answer, puzzle.name) == (((3, 2, 1),), ((2, 3, 1),), "first")


def test_drawings_and_json_without_answers() -> None:
    first, second = read("ab\nba\n\nbb\nbb\n")
    assert (first.shape, first.answer, second.cells) == ((2, 2), None, ((2, 2), (2, 2)))
    (sequence,) = read("hello\n")
    assert sequence.shape == (1, 5)
    (flat,) = read('["up", "down"]\n')
    assert flat.glyphs == ("", "down", "up")
    (both,) = read('{"input": [[1, 2]], "output": [[2, 2]]}')
    assert both.answer == ((2, 2),)


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("as_text", [False, True])
def test_json_may_be_one_document(indent: int | None, as_text: bool) -> None:
    grids = [["ab", "ba"], ["bb", "aa"]]
    given, wanted = ("\n".join(g) if as_text else [list(row) for row in g] for g in grids)
    pair = {"input": given, "output": wanted}
    for document in (pair, [pair], {**pair, "name": "x"}):
        (puzzle,) = read(json.dumps(document, indent=indent))
        assert (puzzle.cells, puzzle.answer) == (((1, 2), (2, 1)), ((2, 2), (1, 1)))
    many = [[list(row) for row in grid] for grid in grids]
    assert [puzzle.shape for puzzle in read(json.dumps(many, indent=indent))] == [(2, 2), (2, 2)]
    (one,) = read(json.dumps(many[0], indent=indent))
    assert one.cells == ((1, 2), (2, 1))


@given(
    st.integers(1, 4).flatmap(
        lambda width: st.lists(
            st.lists(st.text("ab .,\"'#[{é1", min_size=1), min_size=width, max_size=width),
            min_size=1,
            max_size=4,
        )
    )
)
def test_format_and_answers_read_back(rows: list[list[str]]) -> None:
    (puzzle,) = read(json.dumps({"input": rows, "output": rows}))
    fitted = GridDomain(puzzle.glyphs)
    (again,) = fitted.parse(fitted.format(puzzle))
    assert (again.cells, again.glyphs) == (puzzle.cells, puzzle.glyphs)
    answer = np.array(puzzle.answer, np.uint8)
    if all(cell.strip() for row in rows for cell in row):  # a blank line separates drawings
        (found,) = fitted.read_answers(fitted.write_answers([(puzzle, [answer])]), [puzzle])
        assert np.array_equal(found, answer)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("input,output\n" + "a" * 1000 + ',"' + "a\n" * 9 + '"\n', "a canvas of 9x1000"),
        ('{"input": ["a"], "canvas": [0, 2]}\n', "canvas is no height and width"),
        ('{"input": ["a"], "symbols": ["", "", "a"]}\n', "symbols and canvas"),
        ('input\n"ab\na"\n', "line 2: row 2 of the grid has 1 cells, row 1 has 2"),
        ('input,output\n"ab","ba"\n"c","d","e"\n', "line 3: 3 columns where the header names 2"),
        ("output,input\nab,\n", "line 2: the record has no input"),
        ('input\n"[1, 2"\n', "line 2: not JSON"),
        ('input\n"[[1], 2]"\n', "a row is a list, not the number"),
        ("[1.5]\n", "a cell is a number or a text, not the number 1.5"),
        ('{"output": [1]}\n', "line 1: the object has no input"),
        ("ab\na\n", "row 2 of the grid has 1 cells"),
        ("a" * 5000 + "\n", "at most 4096 cells are taken"),
        ("[" * 100 + "\n", "nested deeper"),
        ('"' + "1" * 2_000_000, "field larger than"),
        ("".join(map(chr, range(0x4E00, 0x4E00 + 300))) + "\n", "300 different symbols"),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str) -> None:
    with pytest.raises(PuzzleError) as caught:
        read(text)
    assert said in str(caught.value)


def test_what_a_model_does_not_know_is_named() -> None:
    facts = {"glyphs": ["", ".", "#"], "shapes": [[2, 2]]}
    fitted = GridDomain().with_facts(facts)
    assert fitted.parse("#.\n.#\n")[0].cells == ((2, 1), (1, 2))
    with pytest.raises(
        PuzzleError, match=r"row 2, column 1 of the grid has the unknown symbol 'x'"
    ):
        fitted.parse("#.\nx#\n")
    with pytest.raises(PuzzleError, match=r"line 3: the grid is 1x2; the model was trained on 2x2"):
        fitted.parse("\n\n#.\n")
    for broken in ({"glyphs": 5}, {"glyphs": ["", 5]}, {"glyphs": ["", "a"], "shapes": [["x"]]}):
        with pytest.raises(PuzzleError, match="does not say which symbols"):
            GridDomain().with_facts(broken)
    assert GridDomain().with_facts({}).glyphs == ()


CROPPED = 'input,output\n"..ab\n..ba","ab\nba"\nab,"a\nb\na"\n'


def test_outputs_of_another_size_share_a_canvas_with_their_inputs() -> None:
    first, second = read(CROPPED)
    assert first.glyphs == ("", "", ".", "a", "b")  # the first two are written as nothing
    assert first.cells == ((2, 2, 3, 4), (2, 2, 4, 3), (1, 1, 1, 1))
    assert first.answer == ((3, 4, 1, 1), (4, 3, 1, 1), (1, 1, 1, 1))
    assert second.answer == ((3, 1, 1, 1), (4, 1, 1, 1), (3, 1, 1, 1))
    kind = GridDomain()
    assert kind.render(first).plain() == ". . a b\n. . b a\n"
    assert kind.parse(kind.format(second)) == [GridPuzzle(second.cells, None, second.glyphs)]
    answers = [np.array(one.answer, np.uint8) for one in (first, second)]
    fitted = GridDomain(first.glyphs, canvas=(3, 4))
    text = fitted.write_answers([(first, answers[:1]), (second, answers[1:])])
    assert text == "ab\nba\n\na\nb\na\n"
    found = fitted.read_answers(text, [first, second])
    assert all(np.array_equal(*pair) for pair in zip(found, answers, strict=True))
    assert (kind.difficulty(first), kind.summary(second)) == ("2x4", "1×2")


def test_the_size_of_an_answer_is_judged_with_it() -> None:
    kind = GridDomain()
    first, _ = kind.parse(CROPPED)
    wanted = np.array(first.answer, np.uint8)
    assert kind.check(first, wanted).solved
    taller, holed, nothing = wanted.copy(), wanted.copy(), np.full_like(wanted, 1)
    taller[2, 0] = 3
    holed[0, 0] = 1
    assert kind.check(first, taller).reasons == ("the size differs: got 3x2, wants 2x2",)
    assert kind.check(first, taller).broken == ((2, 0),)
    assert kind.check(first, holed).reasons == ("1 of 12 cells differ",)
    assert kind.check(first, nothing).reasons == ("the size differs: got 0x0, wants 2x2",)
    assert kind.write_answers([(first, [holed])]) == "?b\nba\n"
    assert kind.write_answers([(first, [nothing])]) == "null\n"


def test_a_canvas_is_remembered(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(CROPPED)
    training = GridDomain().training()
    facts = training.facts_of_file(path)
    assert facts == {
        "glyphs": ["", "", ".", "a", "b"],
        "shapes": [[1, 2], [2, 4]],
        "canvas": [3, 4],
    }
    ((shape, pairs),) = training.listed(path).read()
    assert (shape, pairs.tokens.shape) == ((3, 4), (2, 12))
    fitted = GridDomain().with_facts(facts)
    assert fitted.spec.official == (3, 4)
    assert fitted.parse("aa\n")[0].cells[0] == (3, 3, 1, 1)
    for text, said in (
        ("aaa\n", r"the grid is 1x3; the model was trained on 1x2, 2x4"),
        ("input,output\nab,aaaaa\n", r"line 2: the grid is 1x5; the model has room for 3x4"),
    ):
        with pytest.raises(PuzzleError, match=said):
            fitted.parse(text)
    same = GridDomain().with_facts({"glyphs": ["", "a", "b"], "shapes": [[1, 2]]})
    with pytest.raises(PuzzleError, match="line 2: the input is 1x2, its output 1x1"):
        same.parse("input,output\nab,a\n")
    for broken in ({**facts, "canvas": [0, 4]}, {**facts, "canvas": None}, {**facts, "canvas": 5}):
        with pytest.raises(PuzzleError, match="does not say which symbols"):
            GridDomain().with_facts(broken)


@given(st.data())
def test_any_sizes_come_back_from_the_canvas(data: st.DataObject) -> None:
    sides = st.tuples(st.integers(1, 4), st.integers(1, 4))
    grids = sides.flatmap(
        lambda s: st.lists(
            st.lists(st.sampled_from(["a", "bc", " "]), min_size=s[1], max_size=s[1]),
            min_size=s[0],
            max_size=s[0],
        )
    )
    pairs = data.draw(st.lists(st.tuples(grids, grids), min_size=1, max_size=4))
    lines = [json.dumps({"input": asked, "output": wanted}) for asked, wanted in pairs]
    for puzzle, (asked, wanted) in zip(read("\n".join(lines)), pairs, strict=True):
        assert puzzle.written(puzzle.grid(np.array(puzzle.cells, np.uint8))) == asked
        assert puzzle.written(puzzle.grid(np.array(puzzle.answer, np.uint8))) == wanted
        (again,) = read(GridDomain().format(puzzle))
        assert (again.cells, again.glyphs) == (puzzle.cells, puzzle.glyphs)


def test_an_answer_is_judged_by_the_data_alone() -> None:
    kind = GridDomain()
    (known,) = kind.parse(DRAWN)
    wrong = np.array(known.answer, np.uint8)
    wrong[0, 0] = 1
    verdict = kind.check(known, wrong)
    assert (verdict.solved, verdict.broken) == (False, ((0, 0),))
    assert verdict.reasons == ("1 of 4 cells differ",)
    assert kind.render(known, wrong, verdict).plain() == "a!b\n. x"
    assert kind.check(known, wrong[:1]).reasons == ("the size differs: got 1x2, wants 2x2",)
    (unknown,) = kind.parse("ab\n")
    assert kind.check(unknown, wrong[:1]).solved is None
    partly = GridPuzzle(((1, 1),), ((0, 2),), ("", "a", "b"))
    assert kind.check(partly, np.array([[7, 2]], np.uint8)).solved  # 0 is not scored


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        (DRAWN, {"glyphs": ["", "a", ".", "b", "x"], "shapes": [[2, 2]]}),
        (CROPPED, {"glyphs": ["", "", ".", "a", "b"], "shapes": [], "canvas": [3, 4]}),
    ],
)
def test_it_keeps_the_contract(text: str, facts: dict[str, Any]) -> None:
    kind = GridDomain().with_facts(facts)
    puzzle = kind.parse(text)[0]
    problems = [(one.promise, one.problem) for one in examine(kind, puzzle=puzzle) if one.problem]
    assert problems == []
    assert domain("grid").name == "grid"


def test_relations_are_neighbours_row_and_column() -> None:
    found = GridDomain().relations(np.zeros((1, 2, 3), np.uint8))
    assert found.pointers[0].tolist() == [
        [0, 1, 2, 0, 1, 2],
        [3, 4, 5, 3, 4, 5],
        [0, 0, 1, 3, 3, 4],
        [1, 2, 2, 4, 5, 5],
    ]
    assert found.groups[0].tolist() == [[0, 0, 0, 3, 3, 3], [0, 1, 2, 0, 1, 2]]


def test_a_file_to_train_on_has_outputs(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("input,output\nab,ba\nbb,\n")
    with pytest.raises(PuzzleError, match="line 3: there is no output to learn from"):
        GridDomain().training().listed(path)
    path.write_text("input,output\nab,ba\nbb,bb\nab,ba\n")
    facts = GridDomain().training().facts_of_file(path)
    assert facts == {"glyphs": ["", "a", "b"], "shapes": [[1, 2]]}
    listed = GridDomain().training().listed(path, distinct=True)
    assert listed.numbers.tolist() == [0, 1]
