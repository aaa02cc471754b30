"""The models in the box: whole, small, as their cards say, and really able to solve."""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest

from hrm import bundled
from hrm.bundled import BUNDLED, Card, bundled_folder, bundled_model, cards
from hrm.cli.doctor import bundled_hashes
from hrm.errors import ModelError
from hrm.events import Finished
from hrm.model.checkpoint import load_model, read_metadata
from hrm.solving.accuracy import accuracy
from hrm.solving.policy import Policy
from hrm.solving.session import solve
from hrm.store.registry import display_name, resolve_model
from puzzles import domain

MAX_BYTES = 8_000_000


@pytest.mark.parametrize("card", cards(), ids=lambda card: card.name)
def test_card_describes_its_file(card: Card) -> None:
    data = card.path.read_bytes()
    assert len(data) <= MAX_BYTES
    assert hashlib.sha256(data).hexdigest() == card.sha256
    config, metadata = read_metadata(card.path)
    model = load_model(card.path)
    assert metadata["domain"] == card.task
    assert card.parameters == sum(p.numel() for p in model.parameters())
    assert config.vocabulary == domain(card.task).spec.size
    first, *later = card.commands
    assert first.startswith("hrm train --task")
    usual = ("hrm train --task", "hrm train --resume", "hrm models export", "hrm models average")
    assert all(command.startswith(usual) for command in later)
    for measured in card.accuracy:
        assert measured.solved <= measured.n
        assert measured.command.startswith("hrm ")


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"parameters": "many"}, "its parameters must be a whole number, not text"),
        ({"accuracy": [{"set": "easy"}]}, "its accuracy[0] has no n"),
        ({"sha256": None}, "its sha256 must be text, not nothing"),
    ],
)
def test_a_damaged_card_is_named(
    changed: dict[str, object], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = bundled_folder() / "maze-mini.json"
    values = {**json.loads(card.read_text(encoding="utf-8")), **changed}
    (tmp_path / card.name).write_text(json.dumps(values), encoding="utf-8")
    monkeypatch.setattr(bundled, "bundled_folder", lambda: tmp_path)
    with pytest.raises(ModelError, match=re.escape(message)) as caught:
        cards()
    assert str(tmp_path / card.name) in caught.value.message
    assert "Install hrm again" in caught.value.hint


def test_every_task_has_a_model_and_a_card() -> None:
    assert {card.name for card in cards()} == set(BUNDLED.values())
    assert all("as on its card" in line and "NOT" not in line for line in bundled_hashes().values())


def test_names_and_folders_are_found(tmp_path: Path) -> None:
    assert resolve_model("maze-mini", "maze") == bundled_model("maze")
    assert display_name(bundled_model("sudoku")) == "sudoku-mini"
    run = tmp_path / "my-run"
    run.mkdir()
    (run / "model.safetensors").touch()
    assert resolve_model(str(run), "sudoku") == run / "model.safetensors"
    assert display_name(run / "model.safetensors") == "my-run"
    with pytest.raises(ModelError, match="there is no model 'sudoku-huge'"):
        resolve_model("sudoku-huge", "sudoku")


@pytest.mark.parametrize(
    ("task", "name"),
    [
        *(("sudoku", name) for name in domain("sudoku").examples() if name not in ("extreme",)),
        ("maze", "small"),
        ("maze", "tree"),
    ],
)
def test_examples_are_solved(task: str, name: str) -> None:
    kind = domain(task)
    [puzzle] = kind.find(name) or []
    *_, last = solve(load_model(bundled_model(task)), kind, puzzle, Policy())
    assert isinstance(last, Finished)
    assert last.solved


@pytest.mark.parametrize(
    ("task", "level", "least"),
    [("sudoku", "easy", 0.9), ("sudoku", "minimal", 0.6), ("maze", "small", 0.7)],
)
def test_fresh_puzzles_are_solved_in_a_single_pass(task: str, level: str, least: float) -> None:
    """Not the measured accuracy of the card, but a floor that a broken model would fall through."""
    kind = domain(task)
    rng = np.random.default_rng(7)
    puzzles = [kind.generate(rng, level) for _ in range(30)]
    result = accuracy(load_model(bundled_model(task)), kind, puzzles, 16)
    assert result.valid >= least * result.count
