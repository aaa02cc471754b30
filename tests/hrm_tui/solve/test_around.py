"""Around the solve screen: traces, exports, leaving it, sizes of terminals, hostile names."""

from __future__ import annotations

import json
import os
import statistics
import textwrap
import threading
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scripted import MAZE, SUDOKU, SUDOKU_ANSWER
from scripted_engine import ScriptedEngine
from solve_driver import Driver, solving
from textual.screen import Screen
from textual.widgets import Input, OptionList

from hrm.errors import ModelError, UserError
from hrm.solving.policy import Policy
from hrm.solving.trace import to_json
from hrm_tui.solve import exports
from hrm_tui.solve.halting import TugOfWar
from hrm_tui.solve.panel import ThinkingPanel
from hrm_tui.solve.solving import USUAL
from hrm_tui.widgets.board import Board
from puzzles import domain

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
async def test_a_trace_of_another_encoding_plays(tmp_path: Path, encoding: str) -> None:
    (puzzle,) = domain("sudoku").parse(SUDOKU)
    path = tmp_path / "trace.jsonl"
    events = ScriptedEngine().solve("sudoku", puzzle, Policy(segments=5, attempts=0))
    path.write_text("".join(to_json(event) + "\n" for event in events), encoding=encoding)
    async with solving("maze") as it:
        it.screen.load_trace(path)
        await it.when(lambda: it.screen.solving.current.task == "sudoku")
        await it.press("end")
        assert "Solved in 3 segments" in it.words()


async def test_a_trace_plays_without_a_model_and_restart_thinks(tmp_path: Path) -> None:
    kind = domain("sudoku")
    (puzzle,) = kind.parse(SUDOKU)
    path = tmp_path / "trace[b].jsonl"
    events = ScriptedEngine().solve("sudoku", puzzle, Policy(segments=5, attempts=0))
    path.write_text("".join(to_json(event) + "\n" for event in events), encoding="utf-8")
    async with solving("maze") as it:
        it.screen.load_trace(path)
        await it.when(lambda: it.screen.solving.current.task == "sudoku")
        await it.press("end")
        words = it.words()
        assert "Solved in 3 segments" in words
        assert "trace[b].jsonl" in words
        assert it.engine.asked == []
        await it.press("home", "right", "l")
        assert "r1c1: 75 % sure" in it.words()
        await it.press("c")
        assert it.engine.asked == []
        await it.press("r")
        await it.thought()
        assert [name for name, _ in it.engine.asked] == ["session", "start"]


async def test_a_model_is_for_its_kind_of_puzzle() -> None:
    async with solving("maze") as it:
        it.screen.use_model("mine", "maze")
        it.screen.load("sudoku", domain("sudoku").parse(SUDOKU)[0], "x")
        assert it.screen.solving.model == ""
        it.screen.load("maze", domain("maze").parse(MAZE)[0], "y")
        assert it.screen.solving.model == "mine"


async def test_a_broken_trace_is_reported_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text("[/b]\n", encoding="utf-8")
    async with solving() as it:
        it.screen.load_trace(path)
        await it.when(lambda: "is not an object" in it.words() or "is not JSON" in it.words())
        assert it.screen.solving.current.source == "hard.txt"


async def export(it: Driver, kind: str, path: Path) -> None:
    await it.press("w")
    await it.when(lambda: bool(it.pilot.app.screen.query(OptionList)))
    steps = [choice.value for choice in exports.KINDS].index(kind)
    await it.press(*["down"] * steps)
    it.pilot.app.screen.query_one(Input).value = str(path)
    await it.press("enter")
    await it.when(lambda: not it.pilot.app.screen.query(OptionList))


async def test_what_is_exported_is_chosen_and_can_go_elsewhere(tmp_path: Path) -> None:
    async with solving() as it:
        await it.press("space")
        await it.thought()
        await it.press("end")
        await export(it, "clipboard", tmp_path / "copy.txt")
        copied = it.pilot.app.clipboard
        await export(it, "screenshot", tmp_path / "picture.svg")
        await export(it, "recording", tmp_path / "recording.svg")
        await it.until("recording.svg")
        await it.when((tmp_path / "recording.svg").exists)
    assert "@keyframes" in (tmp_path / "recording.svg").read_text(encoding="utf-8")
    assert copied == SUDOKU_ANSWER + "\n"
    assert (tmp_path / "copy.txt").read_text(encoding="utf-8") == copied
    assert (tmp_path / "picture.svg").read_text(encoding="utf-8").startswith("<svg")


async def test_a_file_that_is_there_is_replaced_by_a_second_enter(tmp_path: Path) -> None:
    target = tmp_path / "mine.svg"
    target.write_text("precious")
    async with solving() as it:
        await it.press("w", "down", "down", "down")
        it.pilot.app.screen.query_one(Input).value = str(target)
        await it.press("enter")
        assert "There is such a file already: enter again replaces it." in it.words()
        assert target.read_text() == "precious"
        for path in (tmp_path / "other.svg", target):
            it.pilot.app.screen.query_one(Input).value = str(path)
            await it.pilot.pause()
            assert "There is such a file" not in it.words()
        await it.press("enter", "enter")
        await it.when(lambda: target.read_text() != "precious")
    assert target.read_text().startswith("<svg")


async def test_nothing_is_exported_to_a_pipe(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="pipe is no file"):
        exports.write(str(tmp_path / "pipe"), "text")


async def test_a_trace_without_an_end_stops_at_its_last_segment(tmp_path: Path) -> None:
    async with solving() as it:
        await it.press("space")
        await it.thought()
        text = exports.trace_text(it.playback)
    path = tmp_path / "part.jsonl"
    path.write_text("".join(text.splitlines(keepends=True)[:3]), encoding="utf-8")
    async with solving(engine=ScriptedEngine()) as it:
        it.screen.load_trace(path)
        await it.when(lambda: it.playback.position == 2 and not it.playback.playing)
        await it.until("‖ paused")
        await it.press("space")
        assert (it.playback.position, it.playback.playing) == (0, True)
        assert it.engine.asked == []


async def test_exports_that_cannot_be_are_reported(tmp_path: Path) -> None:
    async with solving() as it:
        await export(it, "answer", tmp_path / "answer")
        await it.until("there is no answer yet")
    assert not list(tmp_path.iterdir())


async def test_leaving_cancels_within_one_segment_and_space_continues() -> None:
    engine = ScriptedEngine(right_from=9, hold=threading.Semaphore(2))
    assert engine.hold is not None
    async with solving(engine=engine) as it:
        await it.press("space")
        await it.when(lambda: len(it.playback.segments) == 2)
        await it.pilot.app.push_screen(Screen())
        engine.hold.release()
        await it.when(lambda: engine.closed == 1 and not it.running)
        assert len(it.playback.segments) == 2
        it.pilot.app.pop_screen()
        await it.pilot.pause()
        assert "‖ paused" in it.words()
        engine.hold.release(20)
        await it.press("space")
        await it.thought()
        assert [segment.number for segment in it.playback.segments] == list(range(1, 10))
    assert [name for name, _ in engine.asked] == ["session", "start", "think_on"]


async def test_nothing_that_was_thought_is_lost_by_leaving() -> None:
    """A segment that is ready when the screen is left counts, and so does its end."""
    for right_from in (2, 9):
        engine = ScriptedEngine(right_from=right_from)
        async with solving(engine=engine) as it:
            await it.press("space")
            it.screen.solving.rest()
            await it.when(lambda it=it: not it.running)
            it.screen.solving.play()
            await it.thought()
            count = len(it.playback.segments)
            assert count >= right_from
            assert [segment.number for segment in it.playback.segments] == list(range(1, count + 1))


async def test_a_request_that_is_left_before_its_thread_began_ends_all_the_same() -> None:
    engine = ScriptedEngine()
    async with solving(engine=engine) as it:
        it.screen.solving.play()
        it.screen.solving.rest()  # before any task had its first step
        await it.when(lambda: not it.running)
        assert engine.asked == []
        it.screen.solving.play()
        await it.thought()


async def test_models_that_cannot_be_listed_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    async with solving() as it:
        error = ModelError("the defaults are damaged", "mend them")

        def models(task: str) -> None:
            raise error

        monkeypatch.setattr(it.engine, "models", models)
        await it.press("m")
        await it.until("the defaults are damaged")


async def test_a_dialog_does_not_stop_the_thinking() -> None:
    engine = ScriptedEngine(hold=threading.Semaphore(1))
    assert engine.hold is not None
    async with solving(engine=engine) as it:
        await it.press("space")
        await it.when(lambda: len(it.playback.segments) == 1)
        await it.press("m")
        engine.hold.release(9)
        await it.thought()
        await it.press("escape")
    assert engine.closed == 0


async def test_another_puzzle_ends_the_thinking_about_the_first() -> None:
    engine = ScriptedEngine(hold=threading.Semaphore(1))
    assert engine.hold is not None
    async with solving(engine=engine) as it:
        await it.press("space")
        await it.when(lambda: len(it.playback.segments) == 1)
        (maze,) = domain("maze").parse(MAZE)
        it.screen.load("maze", maze, "maze.txt")
        engine.hold.release(9)
        await it.when(lambda: engine.closed == 1)
        await it.pilot.pause()
        assert it.playback.last == 0
        assert "Press space" in it.words()


async def test_an_error_of_the_engine_is_shown_in_its_place() -> None:
    engine = ScriptedEngine(error=ModelError("there is no model [b]x", "Choose \x1b[31mone."))
    async with solving(engine=engine) as it:
        await it.press("space")
        await it.until("there is no model [b]x")
        assert "Choose [31mone." in it.words()
        assert not it.running


async def test_names_are_neither_markup_nor_control_bytes() -> None:
    async with solving(source="[b]x[/nonsense]\x1b]0;y\x07\x9b.txt") as it:
        text = it.text()
        svg = it.pilot.app.export_screenshot()
    assert "[b]x[/nonsense]]0;y.txt" in text
    assert not any(byte in svg for byte in "\x1b\x07\x9b")


@pytest.mark.parametrize(
    ("task", "size"),
    [
        ("arc", (80, 24)),
        pytest.param("sudoku", (80, 24), marks=pytest.mark.slow),
        *(
            pytest.param(task, size, marks=pytest.mark.slow)
            for task in ("sudoku", "maze", "arc")
            for size in ((110, 34), (200, 60))
        ),
    ],
)
async def test_everything_important_is_on_screens_of_all_sizes(
    task: str, size: tuple[int, int]
) -> None:
    async with solving(task, size=size) as it:
        await it.press("space")
        await it.thought()
        await it.press("home", "right")
        words = it.words()
        assert "segment 1 of 16" in words
        narrow = size[0] < 100
        said = "to be right 27 %: continues" if narrow else "27 % that it is right, so it continues"
        assert said in words
        assert ("goal" if task == "maze" else "wrong" if task == "arc" else "broken") in words
        own = () if task == "maze" else ("#legend",)  # a maze has it in its frame
        for part in ("#board", "#thinking", *own, *(() if narrow else ("#timeline",))):
            region = it.screen.query_one(part).region
            assert region.area > 0
            assert it.screen.region.contains_region(region)
        roomy = size[1] >= (44 if task == "arc" else 30)  # whose demonstrations need room, too
        assert bool(it.screen.query_one("#inside").region.area) == roomy
        await it.press("i")
        assert bool(it.screen.query_one("#inside").region.area) != roomy


@pytest.mark.parametrize("task", ["sudoku", "maze", "arc"])
@pytest.mark.parametrize("size", [(40, 14), (40, 24), (50, 14), (50, 16), (60, 17), (60, 24)])
async def test_a_small_screen_shows_the_board(task: str, size: tuple[int, int]) -> None:
    async with solving(task, size=size) as it:
        board = it.screen.query_one("#board", Board)
        assert it.screen.region.contains_region(board.region)
        assert board.region.area > 0
        if task != "arc":
            assert board.virtual_size.width <= board.size.width
            assert board.virtual_size.height <= board.size.height
        await it.press("space")
        await it.thought()
        await it.press("end", "i", "i", "question_mark")
        assert bool(it.screen.query_one("#right").region.area) == (size[1] >= 16)


async def test_a_narrow_screen_ends_with_a_whole_sentence() -> None:
    async with solving(size=(110, 24)) as it:
        await it.press("space")
        await it.thought()
        await it.press("end")
        panel = it.screen.query_one(ThinkingPanel)
        whole = str(panel.render())
        for width in (30, 40, 50, 60, 80):
            await it.pilot.resize_terminal(width, 24)
            await it.pilot.pause()
            said = str(panel.render())
            assert whole.startswith(said.removesuffix("."))
            assert said.endswith(".")
            one = ". " not in said
            assert one or len(textwrap.wrap(said, panel.size.width)) <= panel.size.height


@pytest.mark.parametrize("place", ["segment 1 of 16", "segment 10 of 16, cycle 1 of 2"])
async def test_the_decision_fits_into_every_narrow_screen(place: str) -> None:
    async with solving(size=(30, 24)) as it:
        await it.press("space")
        await it.thought()
        await it.press("home", "right")
        tug = it.screen.query_one(TugOfWar)
        for width in (30, 34, 35, 36, 40, 49, 50, 51, 58, 64, 65, 66, 72, 80, 99):
            await it.pilot.resize_terminal(width, 24)
            await it.pilot.pause()
            tug.show(it.playback.decided, place)
            said = str(tug.render())
            assert len(said) <= max(tug.size.width, 21), (width, said)
            assert said.startswith("continues ◀")
            assert "●" in said
            assert "▶ stops" in said
            assert said.endswith(place) == (width >= 35 + len(place)), (width, said)


@pytest.mark.parametrize("size", [(100, 30), (100, 44)])
async def test_long_demonstrations_leave_room_for_all_panels(size: tuple[int, int]) -> None:
    [puzzle] = domain("arc").find("007bbfb7") or ()
    async with solving("arc", size=size, puzzle=puzzle) as it:
        roomy = size[1] >= 44
        for name in ("why", "loss", "left", "strip-panel"):  # those of learning come first
            assert it.screen.query_one(f"#{name}").region.height > 3, name
        await it.press("space")
        await it.thought()
        await it.press("home", "right")
        for inside in (roomy, not roomy):
            shown = {name for name in ("time", "inside") if roomy or (name == "inside") == inside}
            for name in {"why", "left", "strip-panel"} | shown:
                region = it.screen.query_one(f"#{name}").region
                assert region.height > 5, name
                assert region.bottom < size[1], name
            if roomy:
                return
            await it.press("i")


async def test_long_demonstrations_can_be_scrolled() -> None:
    [puzzle] = domain("arc").find("007bbfb7") or ()
    async with solving("arc", size=(80, 24), puzzle=puzzle) as it:
        strip = it.screen.query_one("#strip", Board)
        await it.press("}", "}", "]")
        assert strip.scroll_offset.y >= 2
        assert strip.scroll_offset.x > 9
        await it.press("{", "{", "[")
        assert strip.scroll_offset == (0, 0)
        await it.press("}", "]")
        it.screen.load("arc", replace(puzzle, output=None), "another")
        await it.pilot.pause()
        assert strip.scroll_offset == (0, 0)


async def test_arc_shows_pairs_progress_and_two_attempts_with_their_votes() -> None:
    engine = ScriptedEngine(hold=threading.Semaphore(0))
    assert engine.hold is not None
    async with solving("arc", engine=engine) as it:
        text = it.text()
        assert "demonstration 1 " in text
        assert " → " in text
        assert "let the model learn the task" in it.words()
        assert "no step yet" in it.words()
        await it.press("space")
        await it.when(lambda: bool(it.playback.adapted))
        words = it.words()
        assert "◐ learning" in words
        assert "round 2 of up to 12 · from random weights step 7 · 59 s left" in words
        assert "loss 0.500 · 1 of 3 reproduced" in words
        assert "demonstrations: input → output, and how the network reproduces them" in words
        assert "present guess" in words
        assert "1: ✓" in words
        assert "2: wrong size" in words
        assert "▸75 %" in words
        assert it.screen.query_one("#loss").region.area > 0
        assert it.screen.query_one("#tug").region.area == 0
        engine.hold.release(9)
        await it.thought()
        await it.press("end")
        text = it.text()
        for part, shown in (("#loss", True), ("#tug", False), ("#time", False)):
            assert bool(it.screen.query_one(part).region.area) == shown, "no copy's halting"
        await it.press("left")
        assert not it.screen.query_one("#loss").region.area
        assert it.screen.query_one("#tug").region.area
    assert "test attempt 1 attempt 2" in text
    assert "75 % of the votes 25 % of the votes" in text
    assert engine.asked[-1] == ("start", USUAL)


async def test_large_demonstrations_are_whole_on_a_high_screen() -> None:
    rows = [[0] * 30] * 30
    pair = {"input": rows, "output": rows}
    [puzzle] = domain("arc").parse(json.dumps({"train": [pair, pair], "test": [pair]}))
    async with solving("arc", size=(200, 60), puzzle=puzzle) as it:
        strip = it.screen.query_one("#strip", Board)
        assert strip.size.height == strip.virtual_size.height
        assert it.screen.query_one("#board").size.height >= 36


async def test_demonstrations_shrink_to_fit_and_scroll_where_they_cannot() -> None:
    async with solving("arc", size=(80, 24)) as it:
        assert "demonstration 4" in it.text()
    async with solving("arc", size=(50, 24)) as it:
        strip = it.screen.query_one("#strip", Board)
        assert "demonstration 4" not in it.text()
        await it.press("right_square_bracket")
        assert strip.scroll_offset.x > 9
        await it.press("left_square_bracket")
        assert strip.scroll_offset.x == 0


async def test_a_30_by_30_frame_is_drawn_within_the_time_of_a_frame() -> None:
    """The whole frame: picture, panel, timeline, curves; the board alone has 33 ms of its own."""
    kind = domain("maze")
    (puzzle, *_) = kind.find("hard") or []
    async with solving("maze", puzzle=puzzle, size=(110, 40)) as it:
        await it.press("space")
        await it.thought()
        assert np.shape(it.playback.segments[0].answer) == (30, 30)
        spent = []
        for number in range(8):
            it.playback.go(1 + number % 3)
            began = time.process_time()
            it.screen.on_screen_resume()
            await it.pilot.pause()
            spent.append(time.process_time() - began)
    assert statistics.median(spent) < 0.1


@pytest.mark.parametrize("first", ["sudoku", "maze", "arc"])
async def test_a_board_is_whole_after_a_switch_from_another_kind_of_puzzle(first: str) -> None:
    async with solving(first, size=(110, 34)) as it:
        for task, text in (("maze", MAZE), ("sudoku", SUDOKU), ("maze", MAZE)):
            it.screen.load(task, domain(task).parse(text)[0], "x")
            await it.pilot.pause()
            await it.pilot.pause()
            board = it.screen.query_one("#board", Board)
            width, height = board.virtual_size
            assert width > 12
            assert width <= board.size.width
            assert height <= board.size.height
            assert it.screen.region.contains_region(board.region)
            assert board.size.width == 64
