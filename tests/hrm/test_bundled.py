"""The models in the box: whole, small, as their cards say, and really able to solve."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from hrm.bundled import BUNDLED, Card, bundled_model, cards
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
    assert card.facts["parameters"] == sum(p.numel() for p in model.parameters())
    assert config.vocabulary == domain(card.task).spec.size
    first, *later = card.facts["commands"]
    assert first.startswith("hrm train --task")
    usual = ("hrm train --task", "hrm train --resume", "hrm models export")
    assert all(command.startswith(usual) for command in later)
    for measured in card.facts["accuracy"]:
        assert 0 <= measured["solved"] <= measured["n"]
        assert measured["command"].startswith("hrm ")


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
