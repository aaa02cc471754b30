"""The solve screen with a scripted model: transport, and what can be asked of the model."""

from __future__ import annotations

import re
import threading
from dataclasses import replace
from itertools import permutations
from pathlib import Path

import pytest
from scripted_engine import ScriptedEngine
from solve_driver import Driver, solving
from textual.screen import Screen
from textual.widgets import Input, OptionList

from hrm.events import Tried, Update
from hrm.solving.policy import Policy
from hrm_tui.engine import ModelInfo
from hrm_tui.solve.solving import USUAL
from hrm_tui.solve.timeline import LABEL, Timeline
from hrm_tui.widgets.board import Board
from puzzles import domain
from puzzles.errors import TooHardError

pytestmark = pytest.mark.asyncio


async def test_space_lets_it_think_and_the_end_says_how() -> None:
    async with solving() as it:
        assert "Press space to let the model think." in it.words()
        await it.press("space")
        await it.thought()
        await it.press("end")
        words = it.words()
    assert "Solved in 3 segments, 0.41 s, single pass. Every rule holds." in words
    assert "The network was 93 % sure of this answer, so it stopped." in words
    assert "● solved" in words
    assert "sudoku-mini · script · 1 thread" in words
    assert it.engine.asked[1] == ("start", Policy(segments=USUAL.segments, attempts=0))


async def test_the_budget_of_the_engine_is_kept() -> None:
    async with solving(engine=ScriptedEngine(usual=Policy(budget=7.0))) as it:
        await it.press("space")
        await it.thought()
        assert it.engine.asked[1] == ("start", Policy(attempts=0, budget=7.0))


async def test_stepping_shows_each_segment_and_its_decision() -> None:
    async with solving() as it:
        await it.press("space")
        await it.thought()
        await it.press("home")
        assert "→ is the first segment" in it.words()
        await it.press("right", "right")
        assert "segment 2 of 16" in it.words()
        assert "rules broken, 36 cells changed: the network sees a chance of 27 %" in it.words()
        assert "that it is right, so it continues." in it.words()
        assert "halt 0.27" not in it.words(), "numbers are where they are looked for"
        assert "q_halt − q_continue = -1.50" in it.text()
        assert "●┼──" in it.text()
        assert "chance 27 %" in it.words()
        assert "5⁺" in it.text()
        await it.press("left")
        assert "segment 1 of 16" in it.words()
        await it.press("left", "left", "left")
        assert it.playback.position == 0


async def test_playing_follows_the_frames_at_its_speed_and_pauses() -> None:
    async with solving() as it:
        await it.press("plus", "plus", "plus", "plus")
        assert it.playback.speed == 24
        await it.press("space")
        await it.when(lambda: it.playback.at_end)
        assert not it.playback.playing
        await it.press(*["minus"] * 6, "space")
        assert (it.playback.speed, it.playback.playing, it.playback.position) == (0.375, True, 0)
        await it.press("space")
        assert not it.playback.playing


async def test_one_can_step_back_while_it_is_still_thinking() -> None:
    engine = ScriptedEngine(right_from=4, hold=threading.Semaphore(2))
    async with solving(engine=engine) as it:
        await it.press("space")
        await it.when(lambda: len(it.playback.segments) == 2)
        await it.press("end", "left")
        assert it.playback.position == 1
        assert "segment 1 of 16" in it.words()
        assert "◐ thinking · paused" in it.words()
        assert engine.hold is not None
        engine.hold.release(2)
        await it.thought()
        assert it.playback.position == 1
        await it.press("end")
        assert "Solved in 4 segments" in it.words()


async def test_what_was_interrupted_continues_though_it_was_asked_to_before_it_had_left() -> None:
    engine = ScriptedEngine(right_from=4, hold=threading.Semaphore(1))
    async with solving(engine=engine) as it:
        await it.press("space")
        await it.when(lambda: len(it.playback.segments) == 1)
        it.screen.on_screen_suspend()
        await it.press("space")
        assert it.running
        assert engine.hold is not None
        engine.hold.release(9)
        await it.thought()
        assert [segment.number for segment in it.playback.segments] == [1, 2, 3, 4]
    assert [asked for asked, _ in engine.asked] == ["session", "start", "think_on"]


async def test_progress_inside_a_segment_is_reported() -> None:
    engine = ScriptedEngine(hold=threading.Semaphore(0))
    async with solving(engine=engine) as it:
        await it.press("space")
        await it.when(lambda: it.playback.started is not None)
        it.screen.solving.update = Update(level="low", cycle=1, cycles=2, step=3, steps=4)
        it.screen.on_screen_resume()
        await it.pilot.pause()
        assert "thinking: cycle 1 of 2, step 3 of 4" in it.words()
        assert engine.hold is not None
        engine.hold.release(9)
        await it.thought()


async def test_a_click_in_the_timeline_goes_to_its_segment() -> None:
    async with solving(engine=ScriptedEngine(right_from=6)) as it:
        await it.press("space")
        await it.thought()
        await it.pilot.click("#history", offset=(LABEL + 3, 0))
        await it.pilot.pause()
        assert it.playback.position == 4
        assert "segment 4 of 16" in it.words()
        await it.pilot.click("#timeline", offset=(LABEL + 12, 1))
        await it.pilot.click("#timeline", offset=(2, 1))
        assert it.playback.position == 4


async def test_the_timeline_scrolls_to_the_segment_that_is_shown() -> None:
    async with solving(engine=ScriptedEngine(right_from=90)) as it:
        it.screen.solving.limit = 100
        await it.press("space")
        await it.thought()
        await it.press("end")
        timeline = it.screen.query_one("#timeline", Timeline)
        assert "85" in timeline.render_line(3).text
        assert "▲" in timeline.render_line(4).text
        await it.press("home")
        await it.press("right")
        assert timeline.render_line(3).text.strip().startswith("1")


async def test_thinking_longer_continues_from_the_carried_state() -> None:
    async with solving(engine=ScriptedEngine(right_from=20)) as it:
        await it.press("space")
        await it.thought()
        await it.press("end")
        words = it.words()
        assert "Not solved" in words
        assert "t thinks longer, c tries up to 8 symmetric" in words
        await it.press("t")
        await it.thought()
        await it.press("end")
        assert "Solved in 20 segments" in it.words()
        assert [s.number for s in it.playback.segments] == list(range(1, 21))
        await it.press("t")
        await it.press("c")
    assert [name for name, _ in it.engine.asked] == ["session", "start", "think_on"]
    assert it.engine.asked[-1][1] == Policy(segments=2 * USUAL.segments, attempts=0)


async def test_symmetric_copies_are_tried_on_demand() -> None:
    async with solving(engine=ScriptedEngine(right_from=20)) as it:
        await it.press("c")  # nothing to try yet
        await it.press("space")
        await it.thought()
        await it.press("c")
        await it.when(lambda: it.playback.segments[-1].attempt == 2)
        await it.thought()
        await it.press("end")
        words = it.words()
    assert it.engine.asked[-1] == (
        "try_again",
        USUAL,
    )
    assert "by symmetric copies (8 tried)" in words


async def test_what_ifs_are_tried_on_demand_where_the_model_has_them() -> None:
    engine = ScriptedEngine(right_from=20, method="what-ifs")
    async with solving(engine=engine) as it:
        await it.press("space")
        await it.thought()
        await it.press("end")
        assert "c tries what-ifs" in it.words()
        await it.press("c")
        await it.when(lambda: it.playback.segments[-1].attempt == 2)
        await it.thought()
        await it.press("end")
        assert "by the what-if r4c7 = 5 (8 tried)" in it.words()
        assert "w" in it.screen.query_one("#timeline", Timeline).render_line(3).text
        await it.press("left")
        assert "what if r4c7 = 5? · segment 1 of 16" in it.words()


async def test_single_pass_can_be_switched_off_and_restart_uses_it() -> None:
    async with solving() as it:
        await it.press("s", "r")
        await it.thought()
        assert it.engine.asked[-1] == (
            "start",
            USUAL,
        )
        await it.press("s", "r")
        await it.thought()
        assert it.engine.asked[-1] == ("start", Policy(segments=USUAL.segments, attempts=0))


async def test_the_exact_answer_is_shown_until_a_frame_is_asked_for() -> None:
    async with solving() as it:
        await it.press("x")
        await it.when(lambda: it.screen.solving.exact is not None)
        assert "exact answer" in it.text()
        assert "5 │ 3 │ 4 ┃ 6 │ 7 │ 8 ┃ 9 │ 1 │ 2" in " ".join(it.text().split())
        await it.press("x")
        await it.when(lambda: it.screen.solving.exact is None)
        assert "5 │ 3 │ · ┃ · │ 7 │ ·" in " ".join(it.text().split())


@pytest.mark.parametrize(
    ("answers", "notice"),
    [
        ([], "This puzzle has no solution."),
        (TooHardError("this puzzle is too hard to check", hint="Fill in more."), "too hard"),
    ],
)
async def test_why_there_is_no_exact_answer_is_said(
    monkeypatch: pytest.MonkeyPatch, answers: object, notice: str
) -> None:
    async with solving() as it:

        def solve(self: object, puzzle: object) -> object:
            if isinstance(answers, Exception):
                raise answers
            return answers

        monkeypatch.setattr(type(it.screen.solving.kind), "solve", solve)
        await it.press("x")
        notices = it.pilot.app._notifications
        await it.when(lambda: any(notice in one.message for one in notices))
        assert it.screen.solving.exact is None


async def test_another_model_is_chosen_from_a_list() -> None:
    async with solving() as it:
        await it.press("m")
        await it.when(lambda: bool(it.pilot.app.screen.query(OptionList)))
        assert "sudoku-[b]other" in it.text()
        await it.press("down", "enter")
        await it.when(lambda: it.playback.finished is not None)
        assert ("session", "sudoku-[b]other") in it.engine.asked
        assert "sudoku-[b]other" in it.text()


@pytest.mark.parametrize("later", ["another puzzle", "another dialog"])
async def test_a_late_list_of_models_does_not_overwrite_a_later_choice(later: str) -> None:
    async with solving() as it:
        gate, models = threading.Event(), it.engine.models

        def slow(task: str) -> list[ModelInfo]:
            gate.wait(60)
            return models(task)

        it.engine.models = slow  # type: ignore[method-assign]
        await it.pilot.press("m")
        if later == "another puzzle":
            [maze] = domain("maze").find("small") or ()
            it.screen.load("maze", maze, "small")
        else:
            await it.pilot.app.push_screen(Screen())
        seen, current = it.pilot.app.screen, it.screen.solving.current
        gate.set()
        await it.pilot.app.workers.wait_for_complete()
        await it.pilot.pause()
        assert it.pilot.app.screen is seen
        assert it.screen.solving.current is current
        assert it.engine.asked == []


async def test_the_sentence_and_the_timeline_count_the_same_broken_rules() -> None:
    async with solving(size=(110, 34)) as it:
        await it.press("space")
        await it.thought()
        await it.press("home", "right", "right")
        segment = it.playback.segment
        assert segment is not None
        assert segment.violations != len(segment.broken), "rules are not cells"
        said = re.search(r"(\d+) rules? broken, ", it.words())
        drawn = re.search(r"broken +(\d+) ", it.words())
        assert said is not None
        assert drawn is not None
        assert said[1] == drawn[1] == str(segment.violations)


async def test_a_colour_means_the_same_in_every_panel() -> None:
    """Wishing to stop is drawn in one colour, to continue in another; the end of a solve that went
    well and of one that did not in two more."""
    async with solving(size=(110, 34)) as it:
        await it.press("space")
        await it.thought()
        colours: dict[str, set[str]] = {"stops": set(), "continues": set(), "end": set()}
        bars = set()
        for key, found in (("home", ""), ("right", "continues"), ("end", "stops")):
            await it.press(key)
            colours.setdefault(found, set()).update(inks(it, "#tug", "●"))
            bars |= inks(it, "#history", "▁▂▃▄▅▆▇█") if found else set()
        colours["end"] = inks(it, "#headline", "●")
        solved = inks(it, "#thinking", "S")
    decided = colours["stops"] | colours["continues"]
    assert decided == bars, "the rope and the bars of its history"
    assert colours["end"] == solved, "the headline and the verdict"
    async with solving(engine=ScriptedEngine(right_from=20), size=(110, 34)) as it:
        await it.press("space")
        await it.thought()
        await it.press("end")
        failed = inks(it, "#headline", "○")
        assert failed == inks(it, "#thinking", "N")
    ways = [colours["stops"], colours["continues"], solved, failed]
    assert all(len(way) == 1 for way in ways)
    assert len(set().union(*ways)) == len(ways)


def inks(it: Driver, part: str, characters: str) -> set[str]:
    """The colours in which a panel draws some characters."""
    region = it.screen.query_one(part).region
    strips = it.screen._compositor.render_strips()[region.y : region.bottom]
    return {
        str(piece.style.color)
        for strip in strips
        for piece in strip.crop(region.x, region.right)
        if piece.style is not None and set(piece.text) & set(characters)
    }


async def test_the_cell_under_the_cursor_tells_its_alternatives() -> None:
    async with solving() as it:
        await it.press("l", "j")
        assert "r2c1: no segment yet" in it.words()
        await it.press("space")
        await it.thought()
        await it.press("end", "j", "up", "down", "l")
        assert "r3c2: 1 75 % 2 20 %" in it.words()
        await it.pilot.click("#board", offset=(11, 13))
        await it.pilot.pause()
        assert it.screen.query_one("#board", Board).cursor is not None


async def test_the_first_puzzle_is_thought_about_unasked_unless_the_person_is_quicker() -> None:
    async with solving() as it:
        it.screen.play_unasked()
        await it.when(lambda: it.playback.finished is not None)
        assert it.engine.asked[0][0] == "session"
    async with solving() as it:
        it.screen.play_unasked()
        await it.press("x")
        await it.when(lambda: it.screen.solving.exact is not None)
        it.screen._begin_unasked()
        assert not it.engine.asked


@pytest.mark.parametrize(
    ("task", "size", "said"),
    [
        ("sudoku", (110, 34), "A small neural network fills in all cells at once"),
        ("sudoku", (80, 24), "A neural network fills in all cells, then revises them"),
        ("arc", (110, 34), "The network has never seen this task."),
        ("arc", (80, 24), "A neural network trains on the demonstrations"),
    ],
)
async def test_before_it_begins_by_itself_one_reads_what_a_network_does(
    monkeypatch: pytest.MonkeyPatch, task: str, size: tuple[int, int], said: str
) -> None:
    monkeypatch.setattr("hrm_tui.solve.screen.UNASKED", 600.0)  # however slow the machine is
    async with solving(task, size=size) as it:
        assert "Press space to let the model" in it.words()
        it.screen.play_unasked()
        await it.pilot.pause()
        assert said in it.words()
        assert "Press space" not in it.words()


@pytest.mark.parametrize("size", [(110, 34), (160, 50), (200, 60)])
async def test_copies_are_shown_as_small_boards_while_one_of_them_leads(
    size: tuple[int, int],
) -> None:
    async with solving(engine=ScriptedEngine(right_from=20), size=size) as it:
        await it.press("space")
        await it.thought()
        await it.press("c")
        await it.when(lambda: it.playback.segments[-1].attempt == 2)
        await it.thought()
        await it.press("end", "left")
        assert "▸copy 2 ✓" in it.words()
        assert "copy 1✗3" in it.words()
        assert "2 copies at once" in it.words()
        assert "copies│" in it.text()  # where they begin in the timeline, with little room behind
        assert it.screen.query_one("#inside").region.area == 0, "copies have no curves"
        await it.press("left")
        assert "copies at once" not in it.text()
        assert it.screen.query_one("#inside").region.area > 0


async def test_the_cell_under_the_mouse_is_described_and_the_cursor_stays() -> None:
    async with solving(size=(110, 34)) as it:
        await it.press("l", "space")
        await it.thought()
        await it.press("end")
        assert "r1c1: 1 75 % 2 20 %" in it.words()
        board = it.screen.query_one("#board", Board)
        places = {board.position_at(x, 4): x for x in range(board.size.width)}
        x = places[1, 4]
        await it.pilot.hover("#board", offset=(x, 4))
        await it.pilot.pause()
        assert "r2c5: 1 75 % 2 20 %" in it.words()
        await it.pilot.hover("#legend")
        await it.pilot.pause()
        assert "r1c1:" in it.words()
        assert board.cursor == (0, 0)


SWITCHES = {
    "small maze": ("maze", "small"),
    "wide maze": ("maze", "hard"),
    "arc": ("arc", "frame"),
    "sudoku": ("sudoku", "hard"),
}


@pytest.mark.parametrize("size", [(80, 24), (110, 34)])
async def test_no_switch_between_puzzles_cuts_off_a_board(size: tuple[int, int]) -> None:
    async with solving(size=size) as it:
        for first, second in permutations(SWITCHES.values(), 2):
            for task, name in (first, second):
                [puzzle] = domain(task).find(name) or ()
                it.screen.load(task, puzzle, name)
                await it.pilot.pause()
            board = it.screen.query_one("#board", Board)
            assert board.scroll_offset == (0, 0)
            whole = max(board._places.values(), key=lambda place: (place.bottom, place.right))
            fits = board.virtual_size.width <= board.size.width
            assert fits, (first, second, board.virtual_size, board.size)
            if board.virtual_size.height <= board.size.height:
                left, top = board._margin
                at = board.position_at(left + whole.right - 1, top + whole.bottom - 1)
                assert at is not None


async def test_the_marks_of_a_maze_are_explained_in_one_place() -> None:
    async with solving("maze", size=(80, 24)) as it:
        [puzzle] = domain("maze").find("hard") or []
        it.screen.load("maze", puzzle, "hard")
        await it.pilot.pause()
        assert {"█start", "█goal", "█path"} <= set(it.words().split())
        assert not it.screen.query_one("#legend").display


async def test_a_maze_that_is_whole_only_without_its_legend_has_none() -> None:
    async with solving("maze", size=(80, 24)) as it:
        [puzzle] = domain("maze").parse("S" + "." * 38 + "G\n" + ("." * 40 + "\n") * 39)
        it.screen.load("maze", puzzle, "large")
        await it.pilot.pause()
        await it.pilot.pause()
        board = it.screen.query_one("#board", Board)
        assert board.virtual_size.height <= board.size.height
        assert not it.screen.query_one("#legend").display


async def test_a_narrow_maze_has_its_whole_legend_below_it() -> None:
    async with solving("maze", size=(80, 24)) as it:
        [puzzle] = domain("maze").parse("S" + "." * 7 + "G\n" + ("." * 9 + "\n") * 26)
        it.screen.load("maze", puzzle, "narrow")
        await it.pilot.pause()
        assert "S start G goal ██ path, stronger is likelier !! broken" in it.words()


async def test_all_what_ifs_are_there_as_soon_as_their_panel_is() -> None:
    engine = ScriptedEngine(right_from=20, method="what-ifs")
    async with solving(engine=engine, size=(110, 34)) as it:
        await it.press("space")
        await it.thought()
        last = it.playback.segments[-1]
        tried = tuple(
            Tried(attempt=n, answer=last.answer, violations=n, hypothesis=(f"r1c{n} = 5",))
            for n in range(1, 10)
        )
        it.playback.segments[-1] = replace(last, attempt=3, hypothesis=("r1c3 = 5",), tried=tried)
        await it.press("end", "left")
        words = it.words()
        assert "9 what-ifs at once: rules broken" in words
        assert all(f"r1c{n}=5" in words for n in range(1, 10))
        await it.pilot.resize_terminal(110, 24)
        await it.when(lambda: "of 9 what-ifs: rules broken" in it.words())


async def test_the_model_that_was_chosen_is_named_before_it_thinks() -> None:
    async with solving() as it:
        it.screen.use_model("runs/sudoku-mine", "sudoku")
        it.screen._refresh()
        await it.pilot.pause()
        assert "runs/sudoku-mine" in it.text()


async def test_keys_for_demonstrations_are_there_where_demonstrations_are() -> None:
    for task, there in (("sudoku", False), ("arc", True)):
        async with solving(task) as it:
            shown = {binding.binding.action for binding in it.screen.active_bindings.values()}
            assert ("strip(1,0)" in shown) is there


async def test_a_toast_is_not_in_the_exported_screenshot(tmp_path: Path) -> None:
    async with solving() as it:
        it.screen.notify("a toast that is in the way")
        await it.press("c", "w", "down", "down", "down")
        it.pilot.app.screen.query_one(Input).value = str(tmp_path / "picture.svg")
        await it.press("enter")
        await it.when((tmp_path / "picture.svg").exists)
    picture = (tmp_path / "picture.svg").read_text(encoding="utf-8")
    assert "toast" not in picture
    assert "halting" in picture


async def test_without_colours_the_legend_has_no_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    async with solving("maze") as it:
        assert "█ path ! broken" in it.words()
    monkeypatch.setenv("NO_COLOR", "1")
    async with solving("maze") as it:
        assert "█ path" not in it.words()
        assert "!! broken" in it.words()


async def test_what_ifs_too_large_for_two_small_boards_are_told_in_words() -> None:
    engine = ScriptedEngine(right_from=20, method="what-ifs")
    maze = "\n".join(["S" + "." * 39, *["." * 40] * 38, "." * 39 + "G"])
    [puzzle] = domain("maze").parse(maze)
    async with solving("maze", engine=engine, puzzle=puzzle, size=(110, 34)) as it:
        await it.press("space")
        await it.thought()
        last = it.playback.segments[-1]
        tried = tuple(
            Tried(attempt=n, answer=last.answer, violations=n, hypothesis=(f"r9c{n} is a wall",))
            for n in range(1, 17)
        )
        it.playback.segments[-1] = replace(last, attempt=3, hypothesis=("?",), tried=tried)
        await it.press("end", "left")
        await it.when(lambda: "16 what-ifs at once: rules broken" in it.words())
        assert all(f"r9c{n} is a wall {n}" in it.words() for n in range(1, 17))


async def test_rules_have_a_line_only_where_there_are_rules() -> None:
    for task in ("sudoku", "arc"):
        async with solving(task) as it:
            timeline = it.screen.query_one("#timeline", Timeline)
            names = [series.name for series in timeline.series]
            assert ("rules broken" in names) == (task == "sudoku")


async def test_a_what_if_keeps_its_place_while_its_round_lasts() -> None:
    engine = ScriptedEngine(right_from=20, method="what-ifs")
    async with solving(engine=engine, size=(110, 34)) as it:
        await it.press("space")
        await it.thought()
        first, second = it.playback.segments[-2:]

        def tried(*broken: int, over: bool = False) -> tuple[Tried, ...]:
            return tuple(
                Tried(
                    attempt=n,
                    answer=first.answer,
                    violations=count,
                    over=over,
                    hypothesis=(f"r{n}c1 = 5",),
                )
                for n, count in enumerate(broken, start=1)
            )

        count = 16  # more than there is room for
        falling, rising = tried(*range(30, 30 - count, -1)), tried(*range(1, 1 + count), over=True)
        it.playback.segments[-2:] = [
            replace(first, attempt=16, hypothesis=("r16c1 = 5",), tried=falling),
            replace(second, attempt=1, hypothesis=("r1c1 = 5",), tried=rising),
        ]

        def shown() -> list[str]:
            return re.findall(r"r\d+c1=5", it.text())

        await it.press("end", "shift+left", "shift+left")
        before = shown()
        assert "of 16 what-ifs: rules broken" in it.words()
        await it.press("shift+right")
        assert "▸r1c1=5✗1" in it.words(), "the one that leads is there"
        assert len(shown()) == len(before)
        assert [one for one in shown() if one != "r1c1=5"] == [
            one for one in before if one != "r16c1=5"
        ], "it has taken the place of the worst"
        assert shown().index("r1c1=5") == before.index("r16c1=5")


async def test_a_what_if_is_marked_on_the_board() -> None:
    engine = ScriptedEngine(right_from=20, method="what-ifs")
    async with solving(engine=engine, size=(80, 24)) as it:
        await it.press("space")
        await it.thought()
        last = it.playback.segments[-1]
        it.playback.segments[-1] = replace(last, attempt=3, hypothesis=("r1c2 = 3",))
        await it.press("end", "left")
        assert "[3]" in it.text()


async def test_a_long_name_leaves_room_for_the_state() -> None:
    async with solving(source="." * 81, size=(60, 24)) as it:
        await it.press("space")
        await it.thought()
        await it.press("end")
        assert re.match(r"hrm ▸ sudoku ▸ \.+… ● solved ┏", it.text())


async def test_a_narrow_window_drops_whole_parts_of_what_is_said() -> None:
    async with solving(size=(40, 24)) as it:
        await it.press("space")
        await it.thought()
        await it.press("home", "right")
        assert "sudoku ▸ hard.txt ‖ paused ┏" in it.text(), "the pace has no room"
        assert re.search(r"\d+ rules broken, \d+ cells changed space", it.words())
