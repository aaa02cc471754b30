"""A name leads to one model, or to one sentence about how to get it."""

from __future__ import annotations

from pathlib import Path

import pytest

from hrm.bundled import BUNDLED, bundled_model, cards
from hrm.download.references import parse_reference
from hrm.errors import EXIT_MODEL, ModelError, UserError
from hrm.store.registry import (
    KNOWN,
    NotInstalledError,
    default_model,
    defaults_file,
    measured,
    read_defaults,
    resolve_model,
    set_default,
    unset_default,
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HRM_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    "name",
    [
        *(known.name for known in KNOWN),
        "somebody/anything",
        "somebody/anything@v1.2:weights.safetensors",
        "https://example.org/model.safetensors",
    ],
)
def test_what_can_be_fetched_says_how(name: str) -> None:
    with pytest.raises(NotInstalledError) as caught:
        resolve_model(name, "sudoku")
    assert caught.value.reference == name
    assert caught.value.hint == f"`hrm models pull {name}` fetches it."
    assert caught.value.exit_code == EXIT_MODEL


def test_a_published_name_may_lack_its_owner() -> None:
    with pytest.raises(NotInstalledError) as caught:
        resolve_model("HRM-checkpoint-sudoku-full", "sudoku")
    assert caught.value.reference == "bnsh/HRM-checkpoint-sudoku-full"


def test_a_near_miss_is_suggested() -> None:
    with pytest.raises(ModelError, match="there is no model 'sudoku-min' for sudoku") as caught:
        resolve_model("sudoku-min", "sudoku")
    assert caught.value.hint.startswith("Perhaps sudoku-mini?")


def test_known_models_are_what_the_rest_expects() -> None:
    assert {known.task for known in KNOWN} == set(BUNDLED)
    for known in KNOWN:
        reference = parse_reference(known.name)
        assert reference is not None
        assert str(reference) == known.name
        assert all(0 < accuracy.percent <= 100 for accuracy in known.accuracy)


def test_cards_tell_a_single_pass_or_the_mean_over_tasks_in_their_order() -> None:
    by_task = {card.task: (measured(card), card.accuracy) for card in cards()}
    for reported, found in by_task.values():
        assert {one.source for one in reported} == {"measured here"}
        assert [(one.set, one.n) for one in reported] == [(of.set, of.n) for of in found]
    (sudoku, *_), (entry, *_) = by_task["sudoku"]
    assert "minimal" in sudoku.set  # neither the easiest nor the hardest stands for all
    assert sudoku.percent == pytest.approx(100 * (entry.single_pass or 0) / entry.n)
    for one, of in zip(*by_task["arc"], strict=True):
        assert of.pass_at_2 is not None
        assert one.percent == 100 * of.pass_at_2
        # the mean over tasks cannot be far from the share of tests
        assert of.pass_at_2 == pytest.approx(of.solved / of.n, abs=0.05)
        assert "likewise" not in one.set


@pytest.mark.parametrize("inside", ["model.safetensors", "checkpoint"])
def test_folders_of_runs_and_published_ones(home: Path, inside: str) -> None:
    folder = home / "org" / "name"  # a folder here comes before a name on the hub
    folder.mkdir(parents=True)
    (folder / inside).touch()
    found = resolve_model("org/name", "sudoku")
    ours = inside == "model.safetensors"
    assert found == (Path("org/name") / inside if ours else Path("org/name"))


def test_a_default_is_used_until_it_is_unset(home: Path) -> None:
    assert resolve_model("", "maze") == bundled_model("maze")
    (home / "mine.safetensors").touch()
    set_default("maze", "mine.safetensors")
    assert default_model("maze") == "mine.safetensors"
    assert resolve_model("", "maze") == Path("mine.safetensors")
    assert resolve_model("", "sudoku") == bundled_model("sudoku")
    unset_default("maze")
    unset_default("maze")
    assert resolve_model("", "maze") == bundled_model("maze")


def test_a_default_that_went_away_is_named() -> None:
    set_default("maze", "gone")
    with pytest.raises(ModelError, match="there is no model 'gone' for maze"):
        resolve_model("", "maze")


@pytest.mark.parametrize("content", ["", "{", "[]", '{"maze": 3}', '{"maze": ""}', "[" * 100_000])
def test_a_broken_list_of_defaults_is_named(content: str) -> None:
    defaults_file().parent.mkdir(parents=True)
    defaults_file().write_text(content)
    with pytest.raises(UserError, match=r"default-models\.json is not a list of default models"):
        read_defaults()
