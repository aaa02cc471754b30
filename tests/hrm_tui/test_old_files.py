"""What version 0.1.0 of the app wrote, or a person for it, is still read."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from hrm_tui.play.saved import SavedGames
from hrm_tui.recent import read_recent
from hrm_tui.settings import read_settings
from puzzles import domain

OLD = Path(__file__).parents[1] / "support" / "old_files" / "home"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HRM_HOME", str(shutil.copytree(OLD, tmp_path / "home")))


def test_a_saved_game_continues() -> None:
    (recent,) = read_recent()
    assert (recent.task, recent.source) == ("sudoku", "mine")
    (puzzle,) = domain("sudoku").parse(recent.text)
    found = SavedGames().read("sudoku", puzzle)
    assert found is not None
    game, saved = found
    assert (saved.seconds, saved.hints, saved.finished) == (12.5, 1, False)
    assert game.undo()
    assert game.undo()
    assert not game.undo()


def test_settings_are_those_that_were_written() -> None:
    settings = read_settings()
    assert (settings.theme, settings.mouse, settings.problems) == ("hrm-light", False, ())
    assert settings.keys == {"open": "o,ctrl+o"}
