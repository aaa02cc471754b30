"""How the screens look, at fixed sizes; `pytest tests/hrm_tui/test_snapshots.py --snapshot-update`
accepts a new look, after it was looked at."""

from __future__ import annotations

import shutil
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from pytest_textual_snapshot import SVGImageExtension
from scripted_store import ScriptedStore
from stage import make_app, paste, press, settle
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from hrm_tui.settings import Settings
from hrm_tui.solve.screen import SolveScreen

Snap = Callable[..., bool]
Steps = Callable[[Pilot[None]], Awaitable[None]]


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HRM_HOME", str(tmp_path / ".hrm"))
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.chdir(tmp_path)
    # the plugin was written for a syrupy that had an underscore before this name
    monkeypatch.setattr(SVGImageExtension, "file_extension", "svg", raising=False)


def keys(*pressed: str) -> Steps:
    async def steps(pilot: Pilot[None]) -> None:
        await settle(pilot)
        await press(pilot, pressed)
        for field in pilot.app.screen.query("Input, TextArea").results(Input | TextArea):
            field.cursor_blink = False

    return steps


async def thought_to_the_end(pilot: Pilot[None]) -> None:
    await keys("space")(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, SolveScreen)
    while screen.solving.thinker.running:
        await pilot.pause()
    await press(pilot, ["end"])


def test_solve(snap_compare: Snap) -> None:
    app = make_app("hard")
    assert snap_compare(app, terminal_size=(110, 34), run_before=thought_to_the_end)


@pytest.mark.parametrize(
    "size",
    [
        pytest.param((80, 24), id="80x24"),
        pytest.param((200, 60), id="200x60", marks=pytest.mark.slow),
    ],
)
def test_solve_at_other_sizes(snap_compare: Snap, size: tuple[int, int]) -> None:
    app = make_app("hard")
    assert snap_compare(app, terminal_size=size, run_before=thought_to_the_end)


@pytest.mark.parametrize("puzzle", ["tree", "mirror"])
def test_solve_other_puzzles(snap_compare: Snap, puzzle: str) -> None:
    app = make_app(puzzle)
    assert snap_compare(app, terminal_size=(110, 34), run_before=thought_to_the_end)


def test_the_first_look(snap_compare: Snap) -> None:
    assert snap_compare(make_app(), terminal_size=(80, 24), run_before=keys())


def test_play(snap_compare: Snap) -> None:
    steps = keys("p", "t", "question_mark")
    assert snap_compare(make_app(), terminal_size=(110, 34), run_before=steps)


SIZES = [
    pytest.param((80, 24), id="80x24"),
    pytest.param((110, 34), id="110x34"),
    pytest.param((200, 60), id="200x60", marks=pytest.mark.slow),
]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("puzzle", ["jigsaw", "mirror"])
def test_play_at_three_sizes(snap_compare: Snap, puzzle: str, size: tuple[int, int]) -> None:
    assert snap_compare(make_app(puzzle), terminal_size=size, run_before=keys("p", "t"))


@pytest.mark.parametrize("size", SIZES)
def test_models(snap_compare: Snap, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]) -> None:
    monkeypatch.setattr("hrm_tui.models.screen.DiskStore", ScriptedStore)
    assert snap_compare(make_app(), terminal_size=size, run_before=keys("f4", "down"))


@pytest.mark.parametrize("size", SIZES)
def test_train_after_a_run(snap_compare: Snap, size: tuple[int, int]) -> None:
    """A run of four minutes, as `hrm train` logged it."""
    folder = Path("runs/sudoku-four-minutes")
    shutil.copytree(Path(__file__).parent / "traces" / "run", folder)
    assert snap_compare(make_app(), terminal_size=size, run_before=keys("f5", "enter"))


def test_examples(snap_compare: Snap) -> None:
    assert snap_compare(make_app(), terminal_size=(110, 34), run_before=keys("b"))


def test_an_error_in_typed_text(snap_compare: Snap) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await keys("n")(pilot)
        await paste(pilot, "#####\n#S x#\n# G #\n#####")

    assert snap_compare(make_app(), terminal_size=(80, 24), run_before=steps)


def test_editing_givens_that_clash(snap_compare: Snap) -> None:
    steps = keys("e", "ctrl+n", "5", "5", "enter")
    assert snap_compare(make_app(), terminal_size=(80, 24), run_before=steps)


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["hrm-light", "hrm-mono"])
def test_other_themes(snap_compare: Snap, monkeypatch: pytest.MonkeyPatch, theme: str) -> None:
    if theme == "hrm-mono":
        monkeypatch.setenv("NO_COLOR", "1")
    app = make_app("hard", settings=Settings(theme=theme))
    assert snap_compare(app, terminal_size=(110, 34), run_before=thought_to_the_end)
