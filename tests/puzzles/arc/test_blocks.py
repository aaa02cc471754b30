"""ARC tasks under titles, as people paste them from prompts and YAML: each is the task that one
sees, and what is unclear is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from puzzles.arc.domain import ArcDomain
from puzzles.errors import PuzzleError

ARC = ArcDomain()
Grid = list[list[int]]


def lines(grid: Grid, between: str) -> str:
    return "\n".join(between.join(map(str, row)) for row in grid)


DRAWN: dict[str, Callable[[Grid], str]] = {
    "blanks": lambda grid: lines(grid, " "),
    "nothing between": lambda grid: lines(grid, ""),
    "commas": lambda grid: lines(grid, ", "),
    "bars": lambda grid: "|" + lines(grid, "|").replace("\n", "|\n|") + "|",
    "a list": lambda grid: str(grid).replace("], ", "],\n "),
    "a fence": lambda grid: f"```\n{lines(grid, ' ')}\n```",
    "a line between": lambda grid: lines(grid, " ").replace("\n", "\n\n"),
}


def prompt(task: dict[str, Any], draw: Callable[[Grid], str], mark: str = "") -> str:
    """With `mark` around titles, such as the stars of Markdown."""
    text = "Find the rule that turns each input into its output.\n\n"
    for number, pair in enumerate(task["train"], start=1):
        text += f"{mark}Example {number}{mark}\n"
        for side in ("input", "output"):
            text += f"{mark}{side.title()}:{mark}\n{draw(pair[side])}\n\n"
    for pair in task["test"]:
        text += f"{mark}Test{mark}\n"
        for side, grid in sorted(pair.items()):
            text += f"{mark}{side.title()}:{mark}\n{draw(grid)}\n"
    return text


def in_lists(task: dict[str, Any], draw: Callable[[Grid], str]) -> str:
    return "\n".join(
        f"{part.title()} Example {number}: Input: {pair['input']} "
        + (f"Output: {pair['output']}" if "output" in pair else "")
        for part, pairs in task.items()
        for number, pair in enumerate(pairs, start=1)
    )


def in_yaml(task: dict[str, Any], row: Callable[[list[int]], str]) -> str:
    text = ""
    for part, pairs in task.items():
        text += f"{part}:\n"
        for pair in pairs:
            mark = "- "
            for side, grid in sorted(pair.items()):
                text += f"{mark}{side}:\n" + "".join(map(row, grid))
                mark = "  "
    return text


def yaml_cells(row: list[int]) -> str:
    first, *others = row
    return f"  - - {first}\n" + "".join(f"    - {cell}\n" for cell in others)


FORMS: dict[str, Callable[[dict[str, Any], Callable[[Grid], str]], str]] = {
    "prompt": prompt,
    "prompt in Markdown": lambda task, draw: prompt(task, draw, "**"),
    "open output": lambda task, draw: (
        prompt(task, draw) + ("" if "output" in task["test"][-1] else "Output:\n")
    ),
    "lists": in_lists,
    "YAML": lambda task, draw: in_yaml(task, lambda row: f"  - {row}\n"),
    "YAML in lines": lambda task, draw: in_yaml(task, yaml_cells),
    "YAML of rows": lambda task, draw: in_yaml(task, lambda row: f"  {row},\n"),
}


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    width = draw(st.integers(1, 5))
    row = st.lists(st.integers(0, 9), min_size=width, max_size=width)
    return draw(st.lists(row, min_size=1, max_size=5))


@st.composite
def tasks(draw: st.DrawFn) -> dict[str, Any]:
    pair = st.fixed_dictionaries({"input": grids(), "output": grids()})
    test = st.fixed_dictionaries({"input": grids()}, optional={"output": grids()})
    return {
        "train": draw(st.lists(pair, min_size=1, max_size=3)),
        "test": draw(st.lists(test, min_size=1, max_size=2)),
    }


def content(text: str) -> list[Any]:
    return [(puzzle.demonstrations, puzzle.input, puzzle.output) for puzzle in ARC.parse(text)]


@pytest.mark.parametrize("form", FORMS)
@settings(max_examples=40)
@given(task=tasks(), drawn=st.sampled_from(sorted(DRAWN)))
def test_a_task_under_titles_is_read(form: str, task: dict[str, Any], drawn: str) -> None:
    text = FORMS[form](task, DRAWN[drawn])
    assert content(text) == content(json.dumps(task))
    assert ARC.likeness(text) == 2


@settings(max_examples=100)
@given(task=tasks(), data=st.data())
def test_a_damaged_line_is_never_left_out(task: dict[str, Any], data: st.DataObject) -> None:
    drawn = prompt(task, DRAWN["blanks"]).split("\n")
    rows = [at for at, line in enumerate(drawn) if line and line[0].isdigit()]
    at = data.draw(st.sampled_from(rows))
    drawn[at] = data.draw(st.sampled_from(("a b", "1 x 2", "0 10", "1 2 -3", "3.5")))
    with pytest.raises(PuzzleError):
        ARC.parse("\n".join(drawn))


INPUT = "Input:\n0 1\n"
OUTPUT = "Output:\n1 0\n"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (INPUT + OUTPUT, "pairs of input and output without a test"),
        (OUTPUT, "an output stands here before its input"),
        (INPUT + "Output:\n" + INPUT, "line 3: no grid stands below this output"),
        ("Input:\n\nOutput:\n1 0\n", "line 1: no grid stands below this input"),
        (INPUT + "and then\n1 0\n" + OUTPUT, "line 4: this row stands below no title"),
        ("Input:\n0 10\n" + OUTPUT, "line 2: '0 10' is no row of colours"),
        ("Input: 0 1 or so\n" + OUTPUT, "line 1: '0 1 or so' is no row of colours"),
        (f"Example\n{INPUT}{OUTPUT}Test\n{INPUT}" * 2, "a second task begins here"),
        ("What goes in?\n1 2\n", "not JSON"),
    ],
)
def test_what_is_unclear_is_refused(text: str, words: str) -> None:
    with pytest.raises(PuzzleError) as caught:
        ARC.parse(text)
    assert words in str(caught.value)
