"""`hrm models` as a person uses it; fetching is in `test_transfer`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import tiny
from scripted import SUDOKU, Shell

from hrm.bundled import cards
from hrm.errors import ModelError
from hrm.model.checkpoint import read_checkpoint, save_model
from hrm.store.catalog import entries, here, words_of
from hrm.store.installed import find
from hrm.store.plan import source_of
from hrm.store.registry import display_name, resolve_model

GOLDEN = Path(__file__).parents[2] / "support" / "golden" / "official-sudoku"
NAME = "org/model"


@pytest.fixture
def ours(tmp_path: Path) -> Path:
    """A file of ours that a run might have left."""
    path = tmp_path / "runs" / "evening" / "model.safetensors"
    path.parent.mkdir(parents=True)
    facts = {"domain": "sudoku", "valid": 30, "count": 40}
    save_model(path, tiny.SUDOKU, tiny.build(tiny.SUDOKU).state_dict(), facts)
    return path


def listed(shell: Shell, *options: object) -> dict[str, dict[str, Any]]:
    ran = shell("models", "list", "--json", *options)
    assert (ran.code, ran.err) == (0, "")
    return {model["name"]: model for model in json.loads(ran.out)["models"]}


def test_the_list_of_an_empty_store(shell: Shell) -> None:
    found = listed(shell)
    assert found["sudoku-mini"]["where"] == "bundled"
    assert found["sudoku-mini"]["default"]
    accuracy = found["sudoku-mini"]["accuracy"][0]
    assert accuracy["source"] == "measured here"
    assert accuracy["n"] >= 100
    published = found["sapientinc/HRM-checkpoint-maze-30x30-hard"]
    assert (published["where"], published["path"]) == ("available", None)
    assert set(listed(shell, "--task", "arc")) == {
        "arc-mini",
        "sapientinc/HRM-checkpoint-ARC-2",
        "Sanjin2024/TinyRecursiveModels-ARC-AGI-1",
    }


@pytest.mark.parametrize("columns", [40, 80, 100, 200])
def test_the_list_fits_every_terminal(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    ran = shell("models", "ls")
    assert ran.code == 0
    assert max(map(len, ran.out.splitlines())) <= columns
    lines = ran.out.splitlines()
    assert len(lines) == 2 + len(entries()), "one line a model"
    assert lines[2].startswith("sudoku-mini *")
    (card,) = (card for card in cards() if card.name == "sudoku-mini")
    first = card.accuracy[0]
    assert f"{(first.single_pass or 0) / first.n:.1%}".replace("%", " %") in lines[2]
    words = " ".join(ran.out.split())
    for least, word in ((72, "bundled"), (72, "0.28 M"), (96, "109.0 MB"), (96, "of 422,786")):
        assert (word in words) == (columns >= least)
    assert columns < 80 or "HRM-checkpoint-maze-30x30-hard" in ran.out


def test_a_pipe_gets_whole_names(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    ran = shell("models", "list")
    assert "…" not in ran.out
    assert "TinyRecursiveModels-Sudoku-Extreme-mlp" in ran.out


def test_runs_are_models_too(shell: Shell, ours: Path) -> None:
    (ours.parent / "config.json").write_text(json.dumps({"task": "sudoku"}))
    run = listed(shell)["runs/evening"]
    assert (run["where"], run["task"], run["default"]) == ("run", "sudoku", False)
    assert run["bytes"] == ours.stat().st_size
    assert shell("models", "default", "sudoku", "runs/evening").code == 0
    assert listed(shell)["runs/evening"]["default"]
    assert here("sudoku")[0].name == "runs/evening"


def test_what_a_model_was_trained_on_is_shown_in_words(shell: Shell) -> None:
    assert words_of({"arc1-training": 1}) == "arc1-training"
    assert words_of({"eased": 0.6, "minimal": 0.4}) == "eased 60%, minimal 40%"
    assert words_of([1, 23456]) == "1, 23,456"
    assert words_of({"a": {"b": "c"}}) == "a: b: c"
    assert "{" not in shell("models", "show", "arc-mini").out


def test_a_model_is_shown_in_words_by_the_name_that_the_list_has(shell: Shell) -> None:
    shown = shell("models", "show", "sudoku-mini").out
    bundled = dict(line.split(maxsplit=1) for line in shown.splitlines())
    assert bundled["default"] == "yes, for sudoku"
    assert bundled["size"].endswith(" MB")
    assert bundled["commands"].endswith("; --json has them")
    assert not {"bytes", "command"} & bundled.keys()
    short = "HRM-checkpoint-sudoku-extreme"
    assert short in shell("models", "list").out
    published = shell("models", "show", short)
    assert published.code == 0
    assert "available" in published.out
    assert "default" not in published.out


def test_a_group_by_itself_says_its_commands(shell: Shell) -> None:
    for group in ("models", "data"):
        ran = shell(group)
        assert (ran.code, ran.err) == (0, "")
        assert ran.out.startswith(f"Usage: hrm {group}")


def test_an_installed_name_is_that_model_for_every_command(shell: Shell, ours: Path) -> None:
    shell("models", "import", ours)
    Path("evening").write_text("no model")
    installed = find("evening")
    assert installed is not None
    assert resolve_model("evening") == installed.path
    with pytest.raises(ModelError, match="not a safetensors file"):
        read_checkpoint(resolve_model("./evening"))


def test_a_model_that_is_named_twice_is_removed_once(shell: Shell, ours: Path) -> None:
    shell("models", "import", ours)
    ran = shell("models", "rm", "evening", ours, "--yes")
    assert ran.code == 0, ran.err
    assert find("evening") is None


def test_names_come_from_where_a_model_lies(shell: Shell, ours: Path) -> None:
    assert display_name(ours.parent) == "evening"
    versioned = ours.parent.rename(ours.parent.with_name("HRM-v1.5"))
    assert display_name(versioned) == "HRM-v1.5"
    snapshot = Path("models--org--thing") / "snapshots" / ("a" * 40)
    snapshot.mkdir(parents=True)
    (snapshot / "model.safetensors").symlink_to(versioned / "model.safetensors")
    assert shell("models", "import", snapshot / "model.safetensors").code == 0
    assert find("thing") is not None
    assert source_of("https://host/trm-sudoku/step_21700")[2] == "trm-sudoku"


def test_a_home_of_nobody_is_a_folder_like_others(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HRM_HOME", "~nosuchuser/x")
    assert shell("models", "list").code == 0


@pytest.mark.parametrize(
    ("name", "word"),
    [("sudoku-mini", "is bundled and cannot be removed"), ("x", "no model 'x' is installed")],
)
def test_what_cannot_be_removed(shell: Shell, ours: Path, name: str, word: str) -> None:
    shell("models", "import", ours)
    ran = shell("models", "rm", "evening", name, "--yes")
    assert ran.code == 4
    assert word in ran.err
    assert find("evening") is not None  # all or none


def test_a_damaged_model_is_found(shell: Shell, ours: Path) -> None:
    shell("models", "import", ours)
    installed = find("evening")
    assert installed is not None
    data = bytearray(installed.path.read_bytes())
    data[-1] ^= 1
    installed.path.chmod(0o644)
    installed.path.write_bytes(data)
    ran = shell("models", "verify")
    assert ran.code == 4
    bad = [line for line in ran.out.splitlines() if "BAD" in line]
    assert [line.split()[0] for line in bad] == ["evening"]
    assert shell("models", "verify", "maze-mini").code == 0
    ran = shell("models", "verify", "x")
    assert ran.code == 4
    assert "no model 'x' is here" in ran.err
    ran = shell("solve", "sudoku", SUDOKU, "--model", "evening")
    assert ran.code == 4
    assert "hash differs" in ran.err


def test_a_bundled_name_is_not_given_away(shell: Shell, ours: Path) -> None:
    ran = shell("models", "import", ours, "--name", "sudoku-mini")
    assert ran.code == 2
    assert "sudoku-mini is the name of a bundled model" in ran.err
    assert find("sudoku-mini") is None


def test_a_run_is_imported_with_what_it_measured(shell: Shell, ours: Path) -> None:
    ran = shell("models", "import", ours.parent, "--json")
    assert json.loads(ran.out)["name"] == "evening"
    entry = listed(shell)["evening"]
    assert entry["accuracy"][0]["percent"] == 75.0
    assert entry["accuracy"][0]["n"] == 40
    ours.unlink()
    assert "75.0 %" in shell("models", "show", "evening").out


def test_defaults_are_chosen_listed_and_unset(shell: Shell, ours: Path) -> None:
    assert shell("models", "default").out.split()[:2] == ["sudoku", "sudoku-mini"]
    ran = shell("models", "default", "sudoku", ours.relative_to(Path.cwd()))
    assert ran.code == 0
    chosen = json.loads(shell("models", "default", "--json").out)["defaults"]
    assert chosen == {"sudoku": str(ours), "maze": "maze-mini", "arc": "arc-mini"}
    options = ("--segments", 1, "--attempts", 0, "--json")
    ran = shell("solve", "sudoku", SUDOKU, *options)
    assert json.loads(ran.out.splitlines()[0])["model"] == "evening"
    assert shell("models", "default", "sudoku", "--unset").out.split() == ["sudoku", "sudoku-mini"]
    assert shell("models", "default", "sudoku", "sudoku-mini", "--unset").code == 2
    assert shell("models", "default", "chess").code == 2
    for name in ("no-such", "maze-mini", "bnsh/HRM-checkpoint-sudoku-full"):
        assert shell("models", "default", "sudoku", name).code == 4


def test_a_folder_and_a_file_are_shown_by_their_path(shell: Shell, ours: Path) -> None:
    shown = json.loads(shell("models", "show", GOLDEN, "--json").out)
    assert (shown["task"], shown["where"], shown["default"]) == ("sudoku", "file", False)
    assert shown["parameters"] == 263_746
    assert shown["bytes"] == (GOLDEN / "checkpoint").stat().st_size
    assert json.loads(shell("models", "show", ours, "--json").out)["metadata"]["valid"] == 30
    assert shell("models", "show", "no-such").code == 4


@pytest.mark.parametrize("to", ["safetensors", "official"])
def test_export_and_import_again(shell: Shell, to: str) -> None:
    out = Path("out.safetensors" if to == "safetensors" else "folder")
    ran = shell("models", "export", GOLDEN, out, "--to", to)
    assert (ran.code, ran.out) == (0, "")
    assert read_checkpoint(out)[0] == read_checkpoint(GOLDEN)[0]
    ran = shell("models", "export", GOLDEN, out, "--to", to)
    assert ran.code == 2
    assert "is there already" in ran.err
    assert shell("models", "export", GOLDEN, out, "--to", to, "--force").code == 0
    assert shell("models", "import", out, "--name", "again").code == 0


def test_a_base_is_exported_of_models_that_know_tasks_only(shell: Shell) -> None:
    assert shell("models", "export", "arc-mini", "base.safetensors", "--to", "base").code == 0
    assert read_checkpoint(Path("base.safetensors"))[0].puzzle_ids == 1
    ran = shell("models", "export", "maze-mini", "base.safetensors", "--to", "base", "--force")
    assert ran.code == 4
    assert "has no puzzle embedding" in ran.err


def test_a_cache_that_cannot_be_written_is_named(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("HRM_HOME", str(tmp_path / "file"))
    ran = shell("models", "import", GOLDEN, "--name", "mine")
    assert ran.code == 2
    assert "error:" in ran.err


def test_a_model_named_twice_is_removed_once(shell: Shell) -> None:
    shell("models", "import", GOLDEN, "--name", "mine")
    ran = shell("models", "rm", "mine", "mine", "--yes")
    assert ran.code == 0, ran.err


def test_an_export_that_cannot_be(shell: Shell) -> None:
    ran = shell("models", "export", "sudoku-mini", "folder", "--to", "official")
    assert ran.code == 4
    assert "the official layout cannot say" in ran.err
    Path("published").mkdir()
    Path("published", "all_config.yaml").write_text("of a step_100")
    ran = shell("models", "export", GOLDEN, "published", "--to", "official")
    assert ran.code == 2
    assert "published is there already" in ran.err
    ran = shell("models", "export", "sudoku-mini", "no/such/place.safetensors")
    assert ran.code == 2
    assert "cannot be written" in ran.err


@pytest.mark.parametrize(
    "command", ["list", "show", "pull", "verify", "rm", "prune", "import", "export", "default"]
)
def test_every_command_has_help(shell: Shell, command: str) -> None:
    ran = shell("models", command, "--help")
    assert ran.code == 0
    assert ran.out.startswith(f"Usage: hrm models {command}")
