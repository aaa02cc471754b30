"""Settings: who wins over whom, what is refused and how it is said, and files that come back."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hrm.errors import UserError
from hrm.training.config import SETTINGS, flat, override
from hrm.training.presets import PRESETS
from hrm.training.settings import (
    Layer,
    as_toml,
    by_source,
    from_environment,
    from_file,
    from_flags,
    resolve,
    resolve_again,
    settings,
)

TASK = from_flags({"task": "sudoku"})


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_flags_win_over_variables_over_a_file_over_the_preset(tmp_path: Path) -> None:
    file = from_file(written(tmp_path, "seed = 1\nkeep = 1\nclip = 1\nmax_segments = 1"))
    variables = from_environment({"HRM_SEED": "2", "HRM_KEEP": "2", "HRM_CLIP": "2", "HOME": "/"})
    flags = from_flags({"task": "sudoku", "seed": 3}, ["keep=3"])
    resolved = resolve([file, variables, flags])
    config, sources = resolved.config, resolved.sources
    assert (config.seed, config.keep, config.clip, config.max_segments) == (3, 3, 2.0, 1)
    assert sources["seed"] == "--seed"
    assert sources["keep"] == "--set"
    assert sources["clip"] == "HRM_CLIP from the environment"
    assert sources["max_segments"] == str(tmp_path / "mine.toml")
    assert sources["relation_heads"] == "preset mini"
    assert sources["floor"] == "default"
    assert sources.keys() == {"task", "preset", *SETTINGS}


def test_task_and_preset_come_from_anywhere(tmp_path: Path) -> None:
    file = from_file(written(tmp_path, 'task = "maze"\npreset = "hrm-27m"'))
    assert resolve([file]).chosen == {"task": "maze", "preset": "hrm-27m"}
    both = [file, from_environment({"HRM_PRESET": "trm-attention"}), TASK]
    resolved = resolve(both)
    assert resolved.chosen == {"task": "sudoku", "preset": "trm-attention"}
    assert resolved.config.model.high_layers == 0


def test_the_highest_source_that_gives_an_end_gives_all_of_it() -> None:
    def end(*layers: Layer) -> tuple[float, int]:
        config = resolve([*layers, TASK]).config
        return config.minutes, config.steps

    variable = from_environment({"HRM_MINUTES": "7"})
    assert end() == (5.0, 0)
    assert end(variable) == (7.0, 0)
    assert end(variable, from_flags({"steps": 9, "minutes": None})) == (0.0, 9)
    assert end(from_flags({"steps": 9, "minutes": 2.0})) == (2.0, 9)


def test_a_run_that_continues_keeps_all_but_its_end() -> None:
    before = resolve([TASK, from_flags({"seed": 4, "minutes": 1.0})]).config
    same = resolve_again(before, "config.json", ())
    assert same.config == before
    later = resolve_again(before, "config.json", from_flags({"minutes": None, "steps": 50}))
    assert (later.config.steps, later.config.minutes, later.config.seed) == (50, 0.0, 4)
    assert (later.sources["steps"], later.sources["seed"]) == ("--steps", "config.json")


def test_another_device_may_mean_other_settings() -> None:
    layers = [TASK, from_flags({"preset": "hrm-27m"})]
    assert resolve(layers, "cuda").config.dtype == "bfloat16"
    assert resolve([*layers, from_flags({}, ["dtype=float32"])], "cuda").config.dtype == "float32"


@pytest.mark.parametrize("preset", ["mini", "full-sudoku"])
def test_what_is_shown_is_a_file_that_comes_back(tmp_path: Path, preset: str) -> None:
    changes = ["mix=eased:0.25,minimal:0.75", 'data=a "b" \\ é\x7f# 🧩', "learning_rate=1e-7"]
    shown = resolve([TASK, from_flags({"preset": preset}, changes)])
    again = resolve([from_file(written(tmp_path, as_toml(shown)))])
    assert again.config == shown.config
    assert again.chosen == shown.chosen


def test_what_is_shown_is_aligned_and_names_sources() -> None:
    lines = as_toml(resolve([TASK, from_flags({"seed": 3})])).splitlines()
    columns = {line.index("  # ") for line in lines if "  # " in line and "mix" not in line}
    places = {line.index("# ") for line in lines if "  # " in line and "mix" not in line}
    assert len(places) == 1
    assert max(columns) == max(places) - 2
    assert any(line.startswith("seed = 3 ") and line.endswith("# --seed") for line in lines)
    assert "[model]" in lines


def test_programs_get_values_and_sources() -> None:
    resolved = json.loads(json.dumps(by_source(resolve([TASK, from_flags({"seed": 3})]))))
    assert resolved["seed"] == {"value": 3, "source": "--seed"}
    assert resolved["hidden"] == {"value": 32, "source": "preset mini"}
    assert resolved["mix"]["value"] == {
        "eased": 0.45,
        "minimal": 0.3,
        "extreme": 0.2,
        "sparse": 0.05,
    }


def test_settings_of_the_model_may_stand_in_their_own_table(tmp_path: Path) -> None:
    file = from_file(written(tmp_path, "seed = 5\n[model]\nhidden = 32\n[mix]\nminimal = 1"))
    config = resolve([file, TASK]).config
    assert (config.seed, config.model.hidden, config.mix) == (5, 32, {"minimal": 1})


@pytest.mark.parametrize(
    ("environment", "flags", "message", "hint"),
    [
        ({"HRM_MAX_SEGMENT": "3"}, [], r"'max_segment' \(HRM_MAX_SEGMENT from", "max_segments?"),
        ({}, ["hiden=3"], r"unknown setting 'hiden' \(--set\)", "Perhaps hidden?"),
        ({}, ["xyzzy=3"], "unknown setting 'xyzzy'", "`hrm train --show` lists every setting"),
        ({}, ["model=3"], "unknown setting 'model'", "lists every setting"),
        ({"HRM_SEED": "-1"}, [], "seed must be a whole number from 0.*: HRM_SEED from the env", ""),
        ({"HRM_SEED": "x"}, [], r"seed must be a whole .*not 'x' \(seed: HRM_SEED from the", ""),
        ({}, ["hidden=15"], "15 is not a multiple of heads 2 .*hidden: --set, heads: preset", ""),
        ({}, ["loss=mse"], r"loss must be one of softmax.*\(loss: --set\)", ""),
        ({"HRM_MINUTES": "0"}, [], "a run needs an end", "--minutes or --steps"),
    ],
)
def test_what_cannot_be_is_refused_with_its_source(
    environment: dict[str, str], flags: list[str], message: str, hint: str
) -> None:
    with pytest.raises(UserError, match=message) as caught:
        resolve([from_environment(environment), TASK, from_flags({}, flags)])
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("seed =\nkeep = 1", r"mine\.toml is not TOML \(.*line 1"),
        ("a = " + "[" * 100_000, r"mine\.toml is not TOML"),
        ("\udc80", r"mine\.toml is not TOML"),
        ("#" * 1_000_001, "is larger than 1000000 bytes"),
        ("model = 3", "model must be a table of settings, not 3"),
        ("speed = 3", r"unknown setting 'speed' \(.*mine\.toml\)"),
        ("mix = 3", r"mix must be kinds and their weights, not 3 \(mix: .*mine\.toml\)"),
        ("data = 3", "data must be text, not 3"),
        ("steps = 2.5", "steps must be a whole number"),
        ("steps = true", "steps must be a whole number"),
        ("hidden = [1]", "hidden must be a whole number"),
        ("mix = {eased = '1'}", "mix of eased must be a number"),
        ("preset = 3", "there is no preset '3'"),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(UserError, match=message):
        resolve([from_file(path), TASK])


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.toml cannot be read \(No such file"):
        from_file(tmp_path / "none.toml")


def test_nothing_chosen_is_reported() -> None:
    with pytest.raises(UserError, match="no task is given"):
        resolve([])


def test_pairs_are_read_and_the_last_of_a_key_wins() -> None:
    assert settings(["a = 1=2 ", "b=", "a=3"]) == {"a": "3", "b": ""}
    with pytest.raises(UserError, match="--set 'seed' is not key=value"):
        settings(["seed"])


def test_overriding_is_the_same_as_setting() -> None:
    changes: dict[str, Any] = {"hidden": "32", "seed": "7", "gradient": "one_step"}
    base = resolve([TASK]).config
    pairs = [f"{key}={value}" for key, value in changes.items()]
    assert override(base, changes) == resolve([TASK, from_flags({}, pairs)]).config


def test_presets_use_known_settings_only() -> None:
    for preset in PRESETS.values():
        for task, own in preset.tasks.items():
            assert own.keys() <= SETTINGS.keys()
            config = resolve([from_flags({"task": task, "preset": _name(preset)})]).config
            assert own.items() <= flat(config).items()


def _name(wanted: object) -> str:
    return next(name for name, preset in PRESETS.items() if preset is wanted)
