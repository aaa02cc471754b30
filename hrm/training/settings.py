"""Combines the settings of a run from their sources.

Options override `HRM_…` environment variables, which override the TOML file, which overrides the
preset. Each value keeps its source, for `hrm train --show` and for error messages.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeAlias

from hrm.errors import UserError
from hrm.files import HOME_VARIABLE
from hrm.model.config import AT_INFERENCE, HRMConfig
from hrm.terminal import clean_line
from hrm.training.config import (
    MODEL_SETTINGS,
    RENAMED,
    SETTINGS,
    TrainConfig,
    build,
    flat,
    value_of,
)
from hrm.training.presets import ENDS, preset_settings
from puzzles import names

PREFIX = "HRM_"
NOT_SETTINGS = frozenset((HOME_VARIABLE,))
"""Environment variables of `hrm` that are not settings."""

CHOICES = ("task", "preset")
"""Keys that are given like settings but are not part of a configuration."""

_DEFAULT = "default"
_LARGEST_FILE = 1_000_000
_WIDEST = 32
"""Longest line whose source comment is aligned with the others."""


@dataclass(frozen=True, slots=True)
class Setting:
    """A value as given (possibly still text) and a description of its source."""

    key: str
    value: Any
    source: str


Layer: TypeAlias = Sequence[Setting]
"""The settings of one source."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """A configuration, the values of `CHOICES` behind it, and the source of every setting."""

    config: TrainConfig
    chosen: Mapping[str, str]
    sources: Mapping[str, str]

    def values(self) -> dict[str, Any]:
        """Every setting by name: `CHOICES`, then the run's, then the model's."""
        return {**self.chosen, **flat(self.config)}


def settings(pairs: Iterable[str]) -> dict[str, str]:
    """Parse `key=value` texts; the last value of a key wins."""
    found = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals:
            raise UserError(f"--set {pair!r} is not key=value", "For example: --set seed=1")
        found[key.strip()] = value.strip()
    return found


def from_flags(flags: Mapping[str, Any], pairs: Iterable[str] = ()) -> Layer:
    """Options by name (None: not given) and the pairs of `--set`, which the options override."""
    given = [Setting(key, value, "--set") for key, value in settings(pairs).items()]
    return given + [
        Setting(key, value, f"--{key}") for key, value in flags.items() if value is not None
    ]


def from_environment(environment: Mapping[str, str]) -> Layer:
    """All non-empty `HRM_KEY` variables except `NOT_SETTINGS`."""
    return [
        Setting(name.removeprefix(PREFIX).lower(), value, f"{name} from the environment")
        for name, value in sorted(environment.items())
        if name.startswith(PREFIX) and name not in NOT_SETTINGS and value
    ]


def from_file(path: Path) -> Layer:
    """Read a TOML file with settings of the run at the top level and of the model in [model]."""
    try:
        if path.stat().st_size > _LARGEST_FILE:
            raise UserError(f"{path} is larger than {_LARGEST_FILE} bytes", "Is it the right file?")
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UserError(f"{path} cannot be read ({error.strerror})") from error
    except (ValueError, RecursionError) as error:
        raise UserError(
            f"{path} is not TOML ({error})", "`hrm train --show` prints such a file."
        ) from error
    model = values.pop("model", {})
    if not isinstance(model, dict):
        raise UserError(f"{path}: model must be a table of settings, not {model!r}")
    return [Setting(key, value, str(path)) for key, value in (values | model).items()]


def from_model(model: HRMConfig, name: str) -> Layer:
    """The architecture of trained weights; the halting threshold is not part of it."""
    return [
        Setting(key, value, f"the model {name}")
        for key, value in asdict(model).items()
        if key not in AT_INFERENCE
    ]


def resolve(layers: Sequence[Layer], device: str = "cpu") -> Resolved:
    """Combine `layers`, lowest priority first, with the preset that they choose.

    Both ends of a run (steps, minutes) come from the highest layer that gives one of them.
    """
    given = _without_lower_ends(layers)
    chosen = _choices(given)
    task, preset = (str(chosen[key].value) for key in CHOICES)
    last = {s.key: s.value for s in given}
    try:
        symbols = int(last.get("symbols", 0))
    except (TypeError, ValueError):
        symbols = 0  # reported later with all other settings
    data = str(last.get("data", ""))
    own = preset_settings(preset, task, device, data=data, symbols=symbols)
    if any(s.key in ENDS for s in given):
        own = {key: value for key, value in own.items() if key not in ENDS}
    base = [Setting(key, value, f"preset {preset}") for key, value in own.items()]
    return _resolved(
        {key: chosen[key] for key in CHOICES},
        _settle([*base, *(s for s in given if s.key not in CHOICES)]),
    )


def task_of(layers: Sequence[Layer]) -> str:
    """The task that `layers` choose, lowest priority first; raises `UserError` without one."""
    return str(_choices([s for layer in layers for s in layer])["task"].value)


def _choices(given: Iterable[Setting]) -> dict[str, Setting]:
    chosen = {s.key: s for s in (Setting("preset", "mini", _DEFAULT), *given) if s.key in CHOICES}
    if "task" not in chosen:
        raise UserError("no task is given", "For example: hrm train --task sudoku --minutes 5")
    task = chosen["task"].value
    if task not in names():
        raise UserError(f"there is no task {task!r}", f"Tasks are {', '.join(names())}.")
    return chosen


def resolve_again(config: TrainConfig, source: str, flags: Layer) -> Resolved:
    """The configuration of an existing run, read from `source`; `flags` may change its end."""
    own = [Setting(key, value, source) for key, value in flat(config).items()]
    task = {"task": Setting("task", config.task, source)}
    return _resolved(task, _settle(_without_lower_ends([own, flags])))


def _without_lower_ends(layers: Sequence[Layer]) -> list[Setting]:
    ending = [rank for rank, layer in enumerate(layers) if any(s.key in ENDS for s in layer)]
    last = ending[-1] if ending else 0
    return [
        s for rank, layer in enumerate(layers) for s in layer if rank >= last or s.key not in ENDS
    ]


def _settle(given: Iterable[Setting]) -> dict[str, Setting]:
    """The last setting of each key, converted to the key's type."""
    settled = {}
    for s in given:
        key = RENAMED.get(s.key, s.key)
        if key not in SETTINGS:
            raise _unknown(s)
        value = value_of(key, s.value) if isinstance(s.value, str) else s.value
        if SETTINGS[key] is float and type(value) is int:
            value = float(value)
        settled[key] = Setting(key, value, s.source)
    return settled


def _unknown(s: Setting) -> UserError:
    near = get_close_matches(s.key, [*CHOICES, *SETTINGS], n=1)
    perhaps = f"Perhaps {near[0]}? " if near else ""
    return UserError(
        f"unknown setting {s.key!r} ({s.source})",
        f"{perhaps}`hrm train --show` lists every setting and its value.",
    )


def _resolved(chosen: Mapping[str, Setting], settled: Mapping[str, Setting]) -> Resolved:
    task = str(chosen["task"].value)
    try:
        config = build(task, {key: s.value for key, s in settled.items()})
    except UserError as error:
        named = dict.fromkeys(re.findall(r"\w+", error.message))
        blamed = [f"{key}: {settled[key].source}" for key in named if key in settled]
        where = f" ({', '.join(blamed)})" if blamed else ""
        raise UserError(error.message + where, error.hint) from error
    sources = {key: s.source for key, s in [*chosen.items(), *settled.items()]}
    return Resolved(
        config,
        {key: str(s.value) for key, s in chosen.items()},
        dict.fromkeys(flat(config), _DEFAULT) | sources,
    )


def by_source(resolved: Resolved) -> dict[str, dict[str, Any]]:
    """Each setting's value and source."""
    return {
        key: {"value": value, "source": resolved.sources[key]}
        for key, value in resolved.values().items()
    }


def as_toml(resolved: Resolved) -> str:
    """A TOML file for `from_file`, with the sources as aligned comments."""
    import tomli_w

    lines, tables = {}, []
    for key, value in resolved.values().items():
        text = tomli_w.dumps({key: value}).strip()
        if isinstance(value, Mapping):
            first, *rest = text.splitlines()
            tables += [f"\n{first}  # {clean_line(resolved.sources[key])}", *rest]
        else:
            lines[key] = text
    width = max(len(line) for line in lines.values() if len(line) <= _WIDEST)
    shown = [
        f"{line:<{width}}  # {clean_line(resolved.sources[key])}" for key, line in lines.items()
    ]
    model = len(shown) - len(MODEL_SETTINGS)
    return "\n".join([*shown[:model], *tables, "\n[model]", *shown[model:]])
