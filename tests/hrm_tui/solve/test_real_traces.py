"""How solves of the bundled models look at three sizes, from traces that `hrm solve --trace` wrote.

`pytest tests/hrm_tui/solve/test_real_traces.py --snapshot-update` accepts a new look, after it was
looked at.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from scripted_engine import ScriptedEngine
from stage import settle
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual.app import App

from hrm.solving.wording import chance
from hrm_tui.app import HrmApp, Start
from hrm_tui.settings import Settings
from hrm_tui.solve.screen import SolveScreen
from hrm_tui.sources import read_trace

pytestmark = pytest.mark.asyncio

TRACES = Path(__file__).parents[1] / "traces"


class TextFile(SingleFileSnapshotExtension):
    file_extension = "txt"
    _write_mode = WriteMode.TEXT


def shown(app: App[None]) -> str:
    strips = app.screen._compositor.render_strips()
    return "\n".join("".join(part.text for part in strip).rstrip() for strip in strips)


@pytest.mark.parametrize("size", [(80, 24), (110, 34), (200, 60)], ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize("name", ["sudoku", "maze", "arc"])
async def test_a_real_thought_at_three_sizes(
    snapshot: SnapshotAssertion,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    name: str,
    size: tuple[int, int],
) -> None:
    monkeypatch.setenv("HRM_HOME", str(tmp_path / ".hrm"))
    path = TRACES / f"{name}.jsonl"
    app = HrmApp(ScriptedEngine(), Settings(), Start(chosen=read_trace(path), trace=path))
    frames = []
    async with app.run_test(size=size) as pilot:
        await settle(pilot)
        screen = app.screen
        assert isinstance(screen, SolveScreen)
        for keys in (["home"], ["home", "right", "right", "right"], ["end"]):
            screen.solving.playback.playing = False
            await pilot.press(*keys)
            await pilot.pause()
            frames.append(shown(app))
    assert len(set(frames)) == len(frames)
    assert snapshot(extension_class=TextFile) == f"\n{'=' * size[0]}\n".join(frames)


async def test_what_is_not_shown_yet_is_not_given_away(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """In the middle of a segment all panels speak of the one before it, and no bar is of a later
    one; once all was shown, later bars stay, to be clicked."""
    monkeypatch.setenv("HRM_HOME", str(tmp_path / ".hrm"))
    path = TRACES / "sudoku.jsonl"
    start = Start(chosen=read_trace(path), trace=path)
    async with HrmApp(ScriptedEngine(), Settings(), start).run_test(size=(110, 34)) as pilot:
        await settle(pilot)
        screen = pilot.app.screen
        assert isinstance(screen, SolveScreen)
        playback = screen.solving.playback
        playback.playing = False
        await pilot.press("home", "right", "right", "right")
        first, second = playback.segments[:2]
        assert playback.inside
        assert playback.segment is second
        text = shown(pilot.app)
        assert f"{first.violations} rules broken, " in text
        assert re.search(rf"rules broken +{first.violations} [▁-█]+ *│$", text, re.MULTILINE)
        assert re.search(rf"chance +{chance(first)} [▁-█]+ *│$", text, re.MULTILINE)
        later = rf"cells changed +{first.changed.sum()} [▁-█ ]*[▁-█] *[▁-█]"
        assert not re.search(later, text)
        await pilot.press("end", "home", "right", "right")
        assert re.search(later, shown(pilot.app))
