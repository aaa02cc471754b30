"""ARC text from anywhere: what is read, which mistake is named where, and that nothing else ever
comes out of the readers than puzzles or a `PuzzleError`."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puzzles.arc.datasets import load_tasks
from puzzles.arc.domain import ArcDomain
from puzzles.arc.folders import read_folder
from puzzles.arc.formats import read_file, with_solutions
from puzzles.arc.puzzle import ArcPuzzle
from puzzles.contract.tokens import Answer
from puzzles.errors import PuzzleError
from puzzles.text.encoding import MAX_TEXT

ARC = ArcDomain()

TASK = '{"train": [{"input": [[1, 2]], "output": [[2, 1]]}], "test": [{"input": [[3, 4]]}]}'


def task(**changes: object) -> dict[str, Any]:
    """A valid task with `train` or `test` exchanged."""
    pair = {"input": [[1, 2], [3, 4]], "output": [[5]]}
    return {"train": [pair], "test": [pair]} | changes


def with_grid(grid: object) -> str:
    return json.dumps(task(train=[{"input": grid, "output": [[1]]}]))


def test_a_task_gives_one_puzzle_for_each_test() -> None:
    pairs = [
        {"input": [[1]], "output": [[2]]},
        {"input": [[3]]},
        {"input": [[4]], "output": None},
        {"input": [[5]], "output": []},
    ]
    puzzles = ARC.parse(json.dumps(task(test=pairs, difficulty=0.48297101449275367)))
    assert [puzzle.input for puzzle in puzzles] == [((1,),), ((3,),), ((4,),), ((5,),)]
    assert [puzzle.output for puzzle in puzzles] == [((2,),), None, None, None]
    assert [puzzle.test for puzzle in puzzles] == [0, 1, 2, 3]
    assert len({puzzle.task for puzzle in puzzles}) == 1


def test_an_unnamed_task_is_named_after_its_content() -> None:
    [first], [same] = ARC.parse(TASK), ARC.parse(TASK.replace(" ", "\r\n"))
    [other] = ARC.parse(TASK.replace("[[3, 4]]", "[[3, 5]]"))
    assert len(first.task) == 8
    assert first.task == same.task != other.task


def test_a_challenges_file_holds_many_tasks() -> None:
    puzzles = ARC.parse(json.dumps({"b": task(), "a": task()}))
    assert [puzzle.task for puzzle in puzzles] == ["b", "a"]


def test_the_largest_challenges_file_of_the_arc_prize_is_read() -> None:
    tasks: dict[str, dict[str, list[object]]] = {}
    for puzzle in load_tasks("arc2-training"):
        shown = [{"input": pair.input, "output": pair.output} for pair in puzzle.demonstrations]
        of = tasks.setdefault(puzzle.task, {"train": [*shown], "test": []})
        of["test"].append({"input": puzzle.input})
    assert ARC.parse(json.dumps(tasks)) == list(load_tasks("arc2-training"))


@pytest.mark.parametrize("name", ["train", "test"])
def test_a_file_called_like_a_key_of_the_format_reads_back(name: str, tmp_path: Path) -> None:
    file = tmp_path / f"{name}.json"
    file.write_text(TASK, encoding="utf-8")
    [puzzle] = read_file(file)
    assert puzzle.task == name
    assert ARC.parse(ARC.format(puzzle)) == [puzzle]


def test_a_byte_order_mark_and_unknown_keys_are_no_mistake() -> None:
    [puzzle] = ARC.parse("\ufeff" + json.dumps(task(note="x")))
    assert puzzle.input == ((1, 2), (3, 4))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the text is empty"),
        (" \n", "the text is empty"),
        ("[]", "an ARC task is an object with train and test, not an empty list"),
        ("{}", "not an empty object"),
        ("3", "not the number 3"),
        ('{"train": []}', "train is a list of at least one pair, not an empty list"),
        ('{"test": []}', "the task: has no train"),
        ('{"t": {"train": [{}]}}', "task t: train pair 1: has no input"),
        ('{"t": 1}', "task t: expected an object with train and test, not the number 1"),
        ('{"": {}}', "'' is not an id of a task"),
        (json.dumps({"a\x1b[31m": task()}), r"'a\\x1b\[31m' is not an id of a task"),
        (json.dumps({"a" * 65: task()}), "is not an id of a task"),
        (json.dumps(task(train=[3])), "train pair 1: expected an object with input, not the numb"),
        (json.dumps(task(test=None)), "test is a list of at least one pair, not null"),
        (json.dumps(task(train=[{"input": [[1]]}])), "train pair 1: has no output"),
        (json.dumps(task(test=[{"output": [[1]]}])), "test pair 1: has no input"),
        (json.dumps(task(test=[{"input": [[1]], "output": [[10]]}])), "test pair 1, output, row 1"),
        (with_grid([]), "train pair 1, input: a grid is a list of 1 to 30 rows, not 0"),
        (with_grid([[1]] * 31), "a grid is a list of 1 to 30 rows, not 31"),
        (with_grid([[1] * 31]), "input, row 1: a row is a list of 1 to 30 colours, not 31"),
        (with_grid([[]]), "input, row 1: a row is a list of 1 to 30 colours, not 0"),
        (with_grid("1x"), "is no row of colours"),
        (with_grid([[1], 2]), "input, row 2: a row is a list of 1 to 30 colours, not the number 2"),
        (with_grid([[1, 2], [3]]), "input, row 2: 1 wide where row 1 is 2 wide"),
        (with_grid([[1, 2], [3, 10]]), "row 2, column 2: the number 10 is not a colour"),
        (with_grid([[-1]]), "column 1: the number -1 is not a colour"),
        (with_grid([[1.5]]), "the number 1.5 is not a colour"),
        (with_grid([[True]]), "a truth value is not a colour"),
        (with_grid([["x"]]), "a string is not a colour"),
        (with_grid([[None]]), "null is not a colour"),
        (with_grid([[[1]]]), "a list is not a colour"),
        (with_grid([[{"a": 1}]]), "an object is not a colour"),
        (with_grid([[float("nan")]]), "NaN is not a colour"),
        (with_grid([[float("-inf")]]), "-Infinity is not a colour"),
        (with_grid([[1]]).replace("[[1]]", "[[1e999]]"), "the number inf is not a colour"),
    ],
)
def test_every_mistake_is_named(text: str, message: str) -> None:
    with pytest.raises(PuzzleError, match=message):
        ARC.parse(text)


def test_a_wrong_colour_tells_its_cell() -> None:
    with pytest.raises(PuzzleError) as caught:
        ARC.parse(with_grid([[1, 2], [3, 10]]))
    assert caught.value.cells == ((1, 1),)


def test_broken_json_tells_line_and_column() -> None:
    with pytest.raises(PuzzleError, match="line 2, column 3: not JSON: Expecting") as caught:
        ARC.parse("{\n  trains: []}")
    assert (caught.value.line, caught.value.column) == (2, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[" * MAX_TEXT, "line 1, column 9: nested deeper than 8 levels"),
        ('{"a":' * (MAX_TEXT // 5), "nested deeper than 8 levels"),
        ("\n[[[[\n [[[[[", "line 3, column 6: nested deeper"),
        ("[" + "9" * (MAX_TEXT - 2) + "]", "a number of 4999998 digits"),
        (with_grid([[10**40]]), "a number of 41 digits"),
        (" " * (MAX_TEXT + 1), "more than the limit of 5000000"),
        ('{"a": 1, "b": 2, "a": 3}', "the key 'a' occurs twice in one object"),
        ('\\"' * (MAX_TEXT // 2), "not JSON"),
        ('"' + '\\"' * (MAX_TEXT // 2 - 1), "not JSON: Unterminated string"),
        ("[" + "{}," * 300_000, "not JSON"),
        ('"' * MAX_TEXT, "not JSON"),
        ("]" * 1000 + "[" * 1000, "not JSON"),
    ],
    ids=lambda value: value[:12],
)
def test_a_bomb_is_refused(text: str, message: str) -> None:
    with pytest.raises(PuzzleError, match=message):
        ARC.parse(text)


def test_brackets_and_digits_in_strings_are_harmless() -> None:
    [puzzle] = ARC.parse(json.dumps({'[[[[[[[[[["123456789012': task()}))
    assert puzzle.task == '[[[[[[[[[["123456789012'


def test_a_folder_is_read_in_the_order_of_its_names(tmp_path: Path) -> None:
    (tmp_path / "b.json").write_text(TASK, encoding="utf-8")
    (tmp_path / "a.json").write_text(json.dumps({"z": task(), "y": task()}), encoding="utf-8")
    (tmp_path / "notes.txt").write_text("no task", encoding="utf-8")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "._b.json").write_bytes(b"\0\5\x16\7")  # macOS leaves such beside copies
    (tmp_path / "c.json").write_text(TASK, encoding="utf-16")  # as PowerShell writes it
    assert [puzzle.task for puzzle in read_folder(tmp_path)] == ["z", "y", "b", "c"]


def test_challenges_know_their_solutions_beside_them(tmp_path: Path) -> None:
    challenges, solutions = tmp_path / "arc_challenges.json", tmp_path / "arc_solutions.json"
    challenges.write_text(json.dumps({"a": task(test=[{"input": [[1]]}] * 2), "b": task()}))
    assert {puzzle.output for puzzle in read_file(challenges) if puzzle.task == "a"} == {None}
    solutions.write_text(json.dumps({"a": [[[2]], [[3]]]}))
    for puzzles in (read_file(challenges), read_folder(tmp_path)):
        assert [p.output for p in puzzles if p.task == "a"] == [((2,),), ((3,),)]
    solutions.write_text(json.dumps({"a": [[[2]], [[10]]]}))
    with pytest.raises(PuzzleError, match=r"arc_solutions\.json, task a, test 2"):
        read_folder(tmp_path)
    solutions.write_text("[]")
    with pytest.raises(PuzzleError, match="solutions are an object of tasks"):
        read_file(challenges)
    solutions.write_text("oops")
    with pytest.raises(PuzzleError, match=r"arc_solutions\.json: line 1, column 1: not JSON"):
        with_solutions([], challenges)
    solutions.write_bytes(b"\xff")
    with pytest.raises(PuzzleError, match=r"arc_solutions\.json: not UTF-8 text"):
        with_solutions([], challenges)


def test_a_folder_names_the_file_that_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(PuzzleError, match=r"hold no \.json file"):
        read_folder(tmp_path)
    (tmp_path / "one.json").write_text(TASK, encoding="utf-8")
    wrong = tmp_path / "two.json"
    for content, message in (
        (
            json.dumps({"one": task(test=[{"input": [[3]]}])}).encode(),
            "task one has two contents, in 'one.json' and in 'two.json'",
        ),
        (b"{", "two.json: line 1, column 2: not JSON"),
        (b"\xff", "two.json: not UTF-8 text"),
        (b" " * (MAX_TEXT + 1), "two.json: larger than the limit"),
    ):
        wrong.write_bytes(content)
        with pytest.raises(PuzzleError, match=message):
            read_folder(tmp_path)


def test_a_missing_file_is_a_puzzle_error(tmp_path: Path) -> None:
    with pytest.raises(PuzzleError, match=r"gone\.json: cannot be read \(No such file"):
        read_file(tmp_path / "gone.json")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[]", "a submission is an object of tasks, not an empty list"),
        ("{}", "task t, test 2: no answer in the submission"),
        ('{"t": [{}]}', "task t, test 2: no answer in the submission"),
        ('{"t": {"1": 2}}', "no answer in the submission"),
        ('{"t": [1, 1]}', "test 2: expected an object with attempt_1, not the number 1"),
        ('{"t": [{}, {}]}', "test 2: has no attempt_1"),
        ('{"t": [{}, {"attempt_1": [[11]]}]}', "attempt_1, row 1, column 1: the number 11 is not"),
    ],
)
def test_a_wrong_submission_is_named(text: str, message: str) -> None:
    puzzle = ArcPuzzle("t", (), ((1,),), test=1)
    with pytest.raises(PuzzleError, match=message):
        ARC.read_answers(text, [puzzle])


def test_the_attempt_that_is_right_is_the_answer() -> None:
    puzzle = ArcPuzzle("t", (), ((1,),), output=((7,),))
    two = '{"t": [{"attempt_1": [[5]], "attempt_2": [[7]]}]}'
    for known, expected in ((puzzle, 7), (replace(puzzle, output=None), 5)):
        [answer] = ARC.read_answers(two, [known])
        assert answer.tolist() == [[expected]]


LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(-2, 12), st.floats(), st.integers(), st.text(max_size=5)
)
KEYS = st.one_of(st.sampled_from(["train", "test", "input", "output"]), st.text(max_size=3))
DOCUMENTS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(KEYS, inner, max_size=4),
        st.fixed_dictionaries({"train": inner, "test": inner}),
        st.fixed_dictionaries({"input": inner, "output": inner}).map(lambda pair: [pair]),
    ),
    max_leaves=12,
).map(json.dumps)

SPLINTERS = (*'[]{}",:\\0\n', "10", "null", "\ud800", "\u202e", "\x1b", "1e9", '"train"', "[[1]]")


def damaged(seed: int) -> str:
    """A valid challenges file with a few pieces cut, doubled or exchanged."""
    rng = random.Random(seed)
    text = json.dumps({"t": task(), "u": task(test=[{"input": [[1]]}])})
    for _ in range(rng.randint(1, 4)):
        start = rng.randrange(len(text))
        end = min(len(text), start + rng.choice((0, 1, 1, 2, 9)))
        text = text[:start] + rng.choice((*SPLINTERS, "", text[start:end] * 2)) + text[end:]
    return text


TEXTS = st.one_of(st.text(max_size=40), DOCUMENTS, st.integers(0, 2**32 - 1).map(damaged))


def check_read_or_refused(text: str) -> None:
    """What is read survives a round trip and fits a canvas; what is refused can be shown."""
    refusal = ""
    puzzles: list[ArcPuzzle] = []
    try:
        puzzles = ARC.parse(text)
    except PuzzleError as error:
        refusal = str(error)
    assert bool(puzzles) != bool(refusal)
    assert refusal.isprintable()
    for puzzle in puzzles:
        assert ARC.parse(ARC.format(puzzle)) == [puzzle]
        assert ARC.encode(puzzle, "official").shape == (30, 30)
        assert "→" in ARC.render(puzzle).plain()


@settings(max_examples=300, deadline=None)
@given(TEXTS)
def test_any_text_is_read_or_refused(text: str) -> None:
    check_read_or_refused(text)


@pytest.mark.slow
@settings(max_examples=12_000, deadline=None)
@given(TEXTS)
def test_any_text_is_read_or_refused_at_length(text: str) -> None:
    check_read_or_refused(text)


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_any_submission_is_read_or_refused(text: str) -> None:
    refusal = ""
    answers: list[Answer] = []
    try:
        answers = ARC.read_answers(text, [ArcPuzzle("t", (), ((1,),))])
    except PuzzleError as error:
        refusal = str(error)
    assert bool(answers) != bool(refusal)
    assert refusal.isprintable()
    assert all(answer.max() <= 9 for answer in answers)
