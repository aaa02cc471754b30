"""What a person can set for the app, from `config.toml` in the configuration folder:

    theme = "hrm-light"        # as in the command palette
    mouse = false
    autoplay = false           # the first puzzle waits for a key

    [keys]                     # a binding's id and the keys it gets
    open = "o,ctrl+o"

Ids are those of `QUESTIONS` and `PLACES` (`visit.play`), `new`, `help`, `quit`, and of the screens
and their boards: `solve.copies`, `play.hint`, `models.pull`, `train.stop`, `board.left`.

The file belongs to its author: the app reads it and never writes it. Mistakes in it are reported
when the app starts and stop nothing. A theme that is chosen in the app is kept in the state folder.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from hrm.files import HOME_VARIABLE, make_folder, state_dir, written_whole
from hrm.records import RecordError, converted
from hrm.terminal import clean_line

_MAX_BYTES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`theme` is empty where the file names none; with `autoplay` the first puzzle is thought about
    without being asked for; `problems` are sentences for the person."""

    theme: str = ""
    mouse: bool = True
    autoplay: bool = True
    keys: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()


_KINDS = {"theme": str, "mouse": bool, "autoplay": bool, "keys": dict[str, str]}
"""The settings that the file may hold."""


def config_file() -> Path:
    """Not created here, and usually absent."""
    from platformdirs import user_config_path

    home = os.environ.get(HOME_VARIABLE, "").strip()
    folder = Path(os.path.expanduser(home)) / "config" if home else None
    return (folder or user_config_path("hrm", appauthor=False)) / "config.toml"


def read_settings(path: Path | None = None) -> Settings:
    """Never fails: whatever is wrong becomes one of `problems` and its default is used."""
    place = path or config_file()
    try:
        with place.open("rb") as file:
            data = file.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise ValueError(f"it is larger than {_MAX_BYTES // 1000} KB")
        table = tomllib.loads(data.decode("utf-8"))
    except FileNotFoundError:
        return Settings()
    except (OSError, ValueError, RecursionError) as error:  # TOML and UTF-8 errors are ValueErrors
        reason = getattr(error, "strerror", None) or str(error)
        return Settings(problems=(f"{place.name} cannot be used: {clean_line(reason)}",))
    return _checked(table)


def _checked(table: Mapping[str, Any]) -> Settings:
    settings = Settings()
    problems = []
    for name, value in table.items():
        shown = clean_line(name, 40)
        if name not in _KINDS:
            known = "theme, mouse, autoplay and [keys]"
            problems.append(f"there is no setting {shown}; there are {known}")
            continue
        usable = value
        if name == "keys" and isinstance(value, dict):
            usable = {key: keys for key, keys in value.items() if isinstance(keys, str)}
            wrong = value.keys() - usable.keys()
            problems += [f"keys.{clean_line(key, 40)} must be text" for key in wrong]
        try:
            settings = replace(settings, **{name: converted(usable, _KINDS[name])})
        except RecordError as error:
            problems.append(f"{shown}: {error}")
    return replace(settings, problems=tuple(f"config.toml: {problem}" for problem in problems))


def usable_keys(
    settings: Settings, known_ids: Iterable[str], valid_key: Callable[[str], bool]
) -> tuple[dict[str, str], tuple[str, ...]]:
    """The entries of `[keys]` that name a binding and keys that exist, and what is wrong with the
    others. `valid_key` says whether a terminal can send a key such as `ctrl+o`."""
    known = set(known_ids)
    usable = {}
    problems = []
    for name, keys in settings.keys.items():
        wrong = [key for key in keys.split(",") if not valid_key(key.strip())]
        if name not in known:
            near = get_close_matches(name, sorted(known), n=1)
            perhaps = f"; did you mean {near[0]}?" if near else ""
            problems.append(f"config.toml: there is no binding {clean_line(name, 40)}{perhaps}")
        elif wrong:
            problems.append(
                f"config.toml: keys.{clean_line(name, 40)} has no key {clean_line(wrong[0], 40)}"
            )
        else:
            usable[name] = keys
    return usable, tuple(problems)


def _theme_file() -> Path:
    return state_dir() / "theme"


def kept_theme() -> str:
    """Name of the theme that was chosen in the app; empty if none was."""
    try:
        return _theme_file().read_text(encoding="utf-8")[:100].strip()
    except (OSError, ValueError):
        return ""


def keep_theme(name: str) -> None:
    """Raises UserError where the state folder cannot be written."""
    make_folder(_theme_file().parent)
    with written_whole(_theme_file()) as file:
        file.write(name + "\n")
