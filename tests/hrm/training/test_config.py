"""Settings that cannot be are refused by name, before anything is trained."""

from __future__ import annotations

import pytest
import tiny

from hrm.errors import UserError
from hrm.training.config import TrainConfig, override
from hrm.training.settings import from_flags, resolve


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("steps", -1, "steps must be a whole number from 0, not -1"),
        ("steps", 2.5, "steps must be a whole number"),
        ("steps", True, "steps must be a whole number"),
        ("minutes", float("nan"), "minutes must be a number from 0, not nan"),
        ("minutes", float("inf"), "minutes must be a number from 0, not inf"),
        ("learning_rate", "fast", "learning_rate must be a number"),
        ("max_segments", 0, "max_segments must be a whole number from 1, not 0"),
        ("batch_cells", 0, "batch_cells must be a whole number from 1"),
        ("evaluate_count", 0, "evaluate_count must be a whole number from 1"),
        ("exploration", 1.5, "exploration must be a number from 0 to 1, not 1.5"),
        ("ema_decay", 2.0, "ema_decay must be a number from 0 to 1"),
        ("seed", 2**64, "seed must be a whole number from 0 to"),
        ("loss", "hinge", "loss must be one of softmax, stablemax, not 'hinge'"),
        ("optimizer", ["muon"], "optimizer must be one of"),
        ("mix", {"eased": float("nan")}, "mix of eased must be a number from 0, not nan"),
        ("mix", {"eased": "1"}, "mix of eased must be a number from 0, not '1'"),
    ],
)
def test_impossible_settings_are_refused_by_name(field: str, value: object, message: str) -> None:
    with pytest.raises(UserError, match=message):
        tiny.drill_config(**{field: value})


def test_a_run_needs_an_end() -> None:
    with pytest.raises(UserError, match="a run needs an end"):
        tiny.drill_config(steps=0)


def test_settings_of_the_run_and_of_the_model_are_overridden_together() -> None:
    config = override(
        tiny.drill_config(),
        {"hidden": "18", "heads": "3", "minutes": "2.5", "mix": "eased:1, minimal:0.5"},
    )
    assert (config.model.hidden, config.model.heads) == (18, 3)
    assert config.minutes == 2.5
    assert config.mix == {"eased": 1.0, "minimal": 0.5}


def test_true_and_false_are_written_as_in_toml() -> None:
    assert override(tiny.drill_config(), {"choices": "false"}).model.choices is False
    config = tiny.drill_config(model=tiny.CHOICES)
    assert override(config, {"choices": "true"}).model.choices is True


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"choices": "yes"}, "choices must be true or false, not 'yes'"),
        ({"speed": "3"}, "unknown setting 'speed'"),
        ({"task": "maze"}, "unknown setting 'task'"),
        ({"model": "big"}, "unknown setting 'model'"),
        ({"steps": "many"}, "steps must be a whole number from 0, not 'many'"),
        ({"steps": "1" * 5000}, "steps must be a whole number from 0, not '111"),
        ({"hidden": "wide"}, "the model cannot be built: hidden must be a whole number"),
        ({"mix": "eased"}, "mix must be kinds and their weights, not 'eased'"),
        ({"hidden": "15"}, "the model cannot be built: hidden 15 is not a multiple of heads 4"),
        ({"positions": "circular"}, "the model cannot be built: positions must be one of"),
        ({"optimizer": "sgd"}, "optimizer must be one of muon, adam_atan2, not 'sgd'"),
    ],
)
def test_bad_overrides_are_refused_by_name(settings: dict[str, str], message: str) -> None:
    with pytest.raises(UserError, match=message):
        override(tiny.drill_config(), settings)


def test_a_configuration_survives_json() -> None:
    config = tiny.drill_config(mix={"eased": 0.5, "extreme": 0.5}, q_target="exact", keep=3)
    assert TrainConfig.from_json(config.to_json()) == config
    with pytest.raises(UserError, match="unknown training setting 'colour'"):
        TrainConfig.from_json({**config.to_json(), "colour": 3})


def test_settings_keep_their_earlier_names() -> None:
    config = tiny.drill_config(steps=1)
    values = config.to_json()
    values["average"], values["matrix_rate"] = values.pop("ema_decay"), values.pop("muon_lr")
    assert TrainConfig.from_json(values) == config
    given = from_flags({"task": "sudoku"}, ["matrix_rate=0.5", "average=0.25"])
    resolved = resolve([given]).config
    assert (resolved.muon_lr, resolved.ema_decay) == (0.5, 0.25)
