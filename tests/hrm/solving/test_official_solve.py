"""Published models at work: their folders solve all three tasks on their own canvases.

The models are random, so no answer is right; what is tested is which tokens they are shown, on
which canvas, and that whatever they say becomes an answer of the puzzle's own size.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import tiny
import torch
from scripted import MAZE, SUDOKU, Ran, Shell
from torch import Tensor

from hrm.model.checkpoint import load_model, save_model
from hrm.model.config import HRMConfig
from hrm.model.export import export_official
from hrm.model.hrm import HRM, SegmentOutput
from hrm.solving.policy import Policy
from hrm.solving.session import solve
from puzzles import domain

GOLDEN = Path(__file__).parents[2] / "support" / "golden"
ONE = Policy(segments=1, attempts=0)
PUBLISHED = HRMConfig(
    vocabulary=11,
    hidden=16,
    heads=2,
    intermediate=256,
    high_layers=1,
    low_layers=1,
    high_cycles=1,
    low_cycles=1,
    prefix=1,
    puzzle_ids=1,
    puzzle_width=16,
)
TASK = {
    "train": [{"input": [[1, 2], [3, 4]], "output": [[4, 3], [2, 1]]}],
    "test": [{"input": [[5, 6, 7], [0, 0, 8]], "output": [[8, 0, 0], [7, 6, 5]]}],
}


def official(folder: Path, config: HRMConfig) -> Path:
    """A folder like those on the hub, with random weights."""
    model = folder / "model.safetensors"
    save_model(model, config, tiny.build(config).state_dict(), {})
    export_official(model, folder / "published")
    return folder / "published"


def finish(ran: Ran) -> dict[str, object]:
    """The last event of a solve with --json."""
    assert ran.err == "" or "note:" in ran.err
    last: dict[str, object] = json.loads(ran.out.splitlines()[-1])
    assert last["event"] == "finished"
    return last


@pytest.mark.parametrize("name", ["official-sudoku", "official-trm-attn"])
def test_golden_folders_solve_and_import(shell: Shell, name: str) -> None:
    options = ("--segments", 2, "--attempts", 0, "--json")
    ran = shell("solve", "sudoku", SUDOKU, "--model", GOLDEN / name, *options)
    assert ran.code == 1  # random weights
    from_folder = [json.loads(line) for line in ran.out.splitlines()]
    assert shell("models", "import", GOLDEN / name).code == 0
    ran = shell("solve", "sudoku", SUDOKU, "--model", name, *options)
    from_store = [json.loads(line) for line in ran.out.splitlines()]
    assert len(from_folder) == len(from_store) == 4  # started, two segments, finished
    for mine, theirs in zip(from_folder, from_store, strict=True):
        assert mine.get("answer") == theirs.get("answer")
        assert mine.get("q_halt") == theirs.get("q_halt")


def watched(model: HRM, monkeypatch: pytest.MonkeyPatch, said: int) -> list[Tensor]:
    """Tokens that the model is shown; its answer becomes token `said` everywhere."""
    seen: list[Tensor] = []
    segment = model.segment

    def spy(carry: object, tokens: Tensor, *rest: object, **named: object) -> SegmentOutput:
        seen.append(tokens)
        out: SegmentOutput = segment(carry, tokens, *rest, **named)  # type: ignore[arg-type]
        logits = torch.zeros_like(out.logits)
        logits[..., said] = 9.0
        return replace(out, logits=logits)

    monkeypatch.setattr(model, "segment", spy)
    return seen


def test_sudoku_is_encoded_as_published(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Blank 1, digit d as d + 1, in reading order."""
    kind = domain("sudoku")
    model = load_model(official(tmp_path, PUBLISHED))
    seen = watched(model, monkeypatch, said=4)
    *_, last = solve(model, kind, kind.parse(SUDOKU)[0], ONE)
    want = [1 if c == "." else int(c) + 1 for c in SUDOKU]
    assert seen[0].tolist() == [want]
    assert set(last.candidates[0].answer.ravel().tolist()) >= {3}  # type: ignore[union-attr]


def test_a_small_maze_is_walled_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = domain("maze")
    model = load_model(official(tmp_path, replace(PUBLISHED, vocabulary=6)))
    seen = watched(model, monkeypatch, said=5)
    [maze] = kind.parse(MAZE)
    segment = [*solve(model, kind, maze, ONE)][1]
    canvas = seen[0].reshape(30, 30).numpy()
    token = {"#": 1, " ": 2, "S": 3, "G": 4}
    want = np.full((30, 30), token["#"])
    want[:4, :4] = [[token[c] for c in line.ljust(4)] for line in MAZE.splitlines()]
    np.testing.assert_array_equal(canvas, want)
    # path everywhere decodes to every floor cell of the maze itself, and to nothing beyond
    floor = (want[:4, :4] == token[" "]).astype(np.uint8)
    np.testing.assert_array_equal(segment.answer, floor)  # type: ignore[union-attr]
    assert segment.confidence.shape == (4, 4)  # type: ignore[union-attr]
    assert segment.changed.shape == (4, 4)  # type: ignore[union-attr]


def test_arc_lies_on_a_canvas_with_a_border(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Colour c as c + 2, a border of 1 to the right and below, 0 elsewhere."""
    kind = domain("arc")
    model = load_model(official(tmp_path, replace(PUBLISHED, vocabulary=12)))
    seen = watched(model, monkeypatch, said=2)
    [puzzle] = kind.parse(json.dumps(TASK))
    [*_] = solve(model, kind, puzzle, ONE)
    want = np.zeros((30, 30), dtype=np.int64)
    want[2, :3] = want[:2, 3] = 1  # without meeting in the corner
    want[:2, :3] = np.array(TASK["test"][0]["input"]) + 2
    np.testing.assert_array_equal(seen[0].reshape(30, 30).numpy(), want)


@pytest.mark.parametrize(
    ("task", "vocabulary", "text"), [("sudoku", 11, SUDOKU + "\n"), ("maze", 6, MAZE + "\n")]
)
def test_published_layouts_solve_from_the_command_line(
    shell: Shell, tmp_path: Path, task: str, vocabulary: int, text: str
) -> None:
    folder = official(tmp_path, replace(PUBLISHED, vocabulary=vocabulary))
    (tmp_path / "puzzle.txt").write_text(text)
    options = ("--model", folder, "--segments", 2, "--attempts", 2, "--json")
    last = finish(shell("solve", task, "puzzle.txt", *options))
    assert last["solved"] is False
    assert last["attempts"] == 2


def test_a_published_arc_model_learns_a_task(shell: Shell, tmp_path: Path) -> None:
    folder = official(tmp_path, replace(PUBLISHED, vocabulary=12, puzzle_ids=7))
    (tmp_path / "task.json").write_text(json.dumps(TASK))
    options = ("--model", folder, "--budget", 1, "--attempts", 1, "--segments", 1, "--json")
    last = finish(shell("solve", "arc", "task.json", *options))
    assert last["found"] == "vote"


def test_a_model_of_another_task_is_refused(shell: Shell, tmp_path: Path) -> None:
    ran = shell("solve", "maze", "small", "--model", official(tmp_path, PUBLISHED))
    assert ran.code == 4
    assert "the model has 11 tokens, maze has 6" in ran.err
