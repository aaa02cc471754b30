"""The configuration file, what may be wrong in it, and how a text's kind of puzzle is found."""

from __future__ import annotations

from pathlib import Path

import pytest
from scripted import MAZE, SUDOKU
from textual.color import Color
from textual.theme import Theme

from hrm.errors import PuzzleFileError, UserError
from hrm_tui.commands import is_key
from hrm_tui.settings import Settings, config_file, read_settings, usable_keys
from hrm_tui.sources import read_pasted, read_source
from hrm_tui.themes import THEMES, first_theme
from puzzles import NAMES, domain
from puzzles.bundled import example_text
from puzzles.errors import PuzzleError


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HRM_HOME", str(tmp_path / ".hrm"))
    monkeypatch.chdir(tmp_path)


def settings_of(text: str) -> Settings:
    config_file().parent.mkdir(parents=True, exist_ok=True)
    config_file().write_text(text)
    return read_settings()


def test_no_file_means_the_usual_settings_and_makes_none() -> None:
    assert read_settings() == Settings()
    assert not config_file().parent.exists()


def test_every_setting_is_read() -> None:
    assert settings_of('theme = "hrm-light"\nmouse = false\n[keys]\nopen = "ctrl+o,O"\n') == (
        Settings(theme="hrm-light", mouse=False, keys={"open": "ctrl+o,O"})
    )


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("theme = 3", "theme: it must be text, not a whole number"),
        ('mouse = "no"', "mouse: it must be true or false, not text"),
        ('keys = "o"', "keys: it must be an object, not text"),
        ("[keys]\nopen = 1", "keys.open must be text"),
        ('color = "red"', "there is no setting color; there are theme, mouse, autoplay and [keys]"),
        ("theme = ", "config.toml cannot be used: Invalid value (at end of document)"),
        ("x = " + "[" * 5000, "config.toml cannot be used"),
        ("#" * 200_000, "config.toml cannot be used: it is larger than 100 KB"),
    ],
)
def test_a_mistake_is_reported_and_the_rest_counts(text: str, problem: str) -> None:
    settings = settings_of(text)
    [said] = settings.problems
    assert problem in said
    assert (settings.theme, settings.mouse, settings.keys) == ("", True, {})


def test_text_of_the_file_is_shown_without_its_control_characters() -> None:
    settings = settings_of('"a\\u001b[31m[b]" = 1')
    assert settings.problems == (
        "config.toml: there is no setting a[31m[b]; there are theme, mouse, autoplay and [keys]",
    )


def test_a_file_that_is_no_text_is_reported() -> None:
    config_file().parent.mkdir(parents=True)
    config_file().write_bytes(b"theme = \xff")
    assert "config.toml cannot be used" in read_settings().problems[0]


@pytest.mark.parametrize("key", ["a", "?", "A", "f5", "ctrl+o", "shift+tab", "plus", "+", "space"])
def test_keys_that_terminals_send(key: str) -> None:
    assert is_key(key)


@pytest.mark.parametrize("key", ["", "ab", "ctrl+", "hold+o", "f99", "ctrl+nope", "\x1b"])
def test_what_is_no_key(key: str) -> None:
    assert not is_key(key)


def test_only_keys_that_exist_for_bindings_that_exist_are_used() -> None:
    settings = Settings(keys={"open": "o, ctrl+o", "help": "wrong", "none": "a"})
    keys, problems = usable_keys(settings, {"open", "help"}, is_key)
    assert keys == {"open": "o, ctrl+o"}
    assert problems == (
        "config.toml: keys.help has no key wrong",
        "config.toml: there is no binding none",
    )


def test_the_first_theme_that_there_is_wins() -> None:
    available = tuple(theme.name for theme in THEMES)
    assert first_theme("gone", "hrm-light", available=available, colour=True) == "hrm-light"
    assert first_theme("", "", available=available, colour=True) == "hrm-dark"
    assert first_theme("hrm-light", available=available, colour=False) == "hrm-mono"


def luminance(colour: Color) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
        for part in colour.normalized
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("theme", [theme for theme in THEMES if not theme.ansi])
def test_opposites_are_blue_and_orange_and_all_colours_can_be_read(theme: Theme) -> None:
    good, bad = Color.parse(theme.primary), Color.parse(str(theme.error))
    assert good.b - good.r > 80
    assert bad.r - bad.b > 80
    paper = luminance(Color.parse(str(theme.background)))
    for name in (theme.primary, theme.error, theme.success, theme.warning, theme.accent):
        ink = luminance(Color.parse(str(name)))
        assert (max(ink, paper) + 0.05) / (min(ink, paper) + 0.05) >= 4.5, name


@pytest.mark.parametrize("task", [name for name in NAMES if name != "grid"])
@pytest.mark.parametrize("likely", NAMES)
def test_every_example_is_recognised_whatever_was_expected(task: str, likely: str) -> None:
    for name in domain(task).examples():
        text = example_text(task, name)
        assert text is not None
        assert read_pasted(text, likely).task == task


@pytest.mark.parametrize(
    ("text", "task"),
    [
        (f"# 3 of them, #1\n{SUDOKU}", "sudoku"),
        (f"[Puzzle]\n{SUDOKU}", "sudoku"),
        (f"puzzle,solution\n{SUDOKU},{'.' * 0}", "sudoku"),
        (MAZE, "maze"),
        ('{"train": [{"input": [[1]], "output": [[2]]}], "test": [{"input": [[3]]}]}', "arc"),
    ],
)
def test_a_text_tells_its_task(text: str, task: str) -> None:
    assert read_pasted(text, "arc").task == task


@pytest.mark.parametrize(
    ("text", "likely", "message"),
    [
        (SUDOKU[:-1], "maze", "line 1"),
        ("#S #\n# G#\n#x##", "sudoku", "line 3, column 2"),
        ('{"train": []}', "sudoku", "train"),
        ("hello", "sudoku", "there is no puzzle in this text"),
    ],
)
def test_the_error_is_that_of_the_likeliest_reading(text: str, likely: str, message: str) -> None:
    with pytest.raises(PuzzleError) as caught:
        read_pasted(text, likely)
    assert message in str(caught.value)


def test_a_long_text_is_known_at_once() -> None:
    with pytest.raises(PuzzleError, match="no field has 900 characters"):
        read_pasted("#" * 100_000 + "x", "maze")


def test_sources_are_files_names_ids_and_digits(tmp_path: Path) -> None:
    (tmp_path / "m.txt").write_text(MAZE)
    found = [read_source(name) for name in ("m.txt", "tree", "hard", "007bbfb7", SUDOKU)]
    assert [chosen.task for chosen in found] == ["maze", "maze", "sudoku", "arc", "sudoku"]
    assert read_source("hard", likely="maze").task == "maze"
    assert read_source("hard", "maze").task == "maze"
    assert found[0].source == "m.txt"


def test_sources_that_are_none_say_why(tmp_path: Path) -> None:
    (tmp_path / "m.txt").write_text(MAZE)
    with pytest.raises(PuzzleFileError, match=r"m\.txt"):
        read_source("m.txt", "sudoku")
    with pytest.raises(PuzzleFileError, match="neither a file nor"):
        read_source("nosuch")
    with pytest.raises(UserError, match="standard input"):
        read_source("-")
