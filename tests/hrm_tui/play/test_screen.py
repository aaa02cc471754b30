"""Playing in the app: every flow by keys and mouse, with a scripted model as the partner."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from scripted import SUDOKU, SUDOKU_ANSWER
from scripted_engine import ScriptedEngine
from stage import Noted, press, set_stage, settle
from textual.app import App
from textual.events import Key
from textual.pilot import Pilot
from textual.widgets import Input, Static

from hrm.errors import ModelError
from hrm_tui.app import HrmApp, Start
from hrm_tui.jobs import Job
from hrm_tui.play.partner import Foreseen
from hrm_tui.play.saved import SavedGames
from hrm_tui.play.screen import PlayScreen
from hrm_tui.play.view import PlaySide
from hrm_tui.screens import PLACES, Place
from hrm_tui.settings import Settings
from hrm_tui.sources import Chosen, read_source
from hrm_tui.widgets.board import Board
from puzzles import domain
from puzzles.arc.puzzle import ArcPuzzle, Pair
from puzzles.sudoku.game import SudokuGame

pytestmark = pytest.mark.asyncio

CLOCK = [0.0]
HARDEST = "8..........36......7..9.2...5...7.......457.....1...3...1....68..85...1..9....4.."
CORRIDOR = "S   \n### \n    \n ###\n   G\n"


class QuickScreen(PlayScreen):
    """With a clock that the test moves, and a model that does not dawdle."""

    def __init__(self) -> None:
        super().__init__(now=lambda: CLOCK[0], pace=0.0)


@pytest.fixture(autouse=True)
def _staged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_stage(monkeypatch, tmp_path)
    place = Place(__name__, "QuickScreen", "f3", "Play it yourself")
    monkeypatch.setitem(PLACES, "play", place)
    CLOCK[0] = 0.0


class Room(App[None]):
    """As much of the app as a game needs; starts in a third of its time."""

    def __init__(self, chosen: Chosen, engine: ScriptedEngine) -> None:
        super().__init__()
        self.chosen, self.engine = chosen, engine

    async def on_mount(self) -> None:
        await self.push_screen(QuickScreen())
        screen(self).load(*self.chosen.at(0))


def app_for(chosen: Chosen | str, engine: ScriptedEngine | None = None) -> Room:
    found = read_source(chosen) if isinstance(chosen, str) else chosen
    return Room(found, engine or ScriptedEngine())


def whole_app(chosen: Chosen | str) -> HrmApp:
    found = read_source(chosen) if isinstance(chosen, str) else chosen
    return HrmApp(ScriptedEngine(), Settings(), Start(chosen=found, screen="play"))


def maze(text: str = CORRIDOR) -> Chosen:
    return Chosen("maze", tuple(domain("maze").parse(text)), "drawn")


def arc(*, known: bool = True) -> Chosen:
    puzzle = ArcPuzzle(
        task="turn",
        demonstrations=(Pair(((1, 2),), ((2, 1),)),),
        input=((0, 0, 3), (0, 3, 3)),
        output=((3, 0, 0), (3, 3, 0)) if known else None,
        name="turn",
    )
    return Chosen("arc", (puzzle,), "turn")


def screen(app: App[None]) -> PlayScreen:
    assert isinstance(app.screen, PlayScreen)
    return app.screen


def words(app: App[None], name: str) -> str:
    return str(app.screen.query_one(name, Static).content)


def board(app: App[None]) -> Board:
    return screen(app).view.board


def drawn(board: Board) -> str:
    """What a board shows, without colours."""
    return "\n".join(board.render_line(y).text.rstrip() for y in range(board.size.height))


async def test_an_app_that_makes_no_move_leaves_the_saved_game_alone() -> None:
    idle = app_for("medium")
    async with idle.run_test() as pilot:
        await press(pilot, ["1"])
    idle, busy = app_for("medium"), app_for("medium")
    async with idle.run_test() as pilot:
        await settle(pilot)
        async with busy.run_test() as other:
            await press(other, ["2"])
            past = len(screen(busy).round.game.history.past)
    [saved] = SavedGames()._readable(None)
    assert len(saved.past) == past == 2


async def walk(pilot: Pilot[None], app: App[None], cell: int) -> None:
    """Bring the cursor of a Sudoku to a cell with arrow keys."""
    row, column = board(app).cursor or (0, 0)
    rows, columns = cell // 9 - row, cell % 9 - column
    keys = ["down" if rows > 0 else "up"] * abs(rows)
    keys += ["right" if columns > 0 else "left"] * abs(columns)
    await pilot.press(*keys)


async def test_a_sudoku_is_filled_to_the_win_message() -> None:
    blanks = (2, 3, 12, 20, 80)
    app = app_for("".join("." if c in blanks else d for c, d in enumerate(SUDOKU_ANSWER)))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        assert words(app, "#quiet") == "5 left\n00:00\nno conflicts"
        CLOCK[0] = 197.0
        for cell in blanks:
            assert not screen(app).round.won
            await walk(pilot, app, cell)
            await pilot.press(SUDOKU_ANSWER[cell])
        assert words(app, "#sentence") == "Solved: every rule holds. Time 03:17, no hint."
        assert screen(app).query_one("#sentence").has_class("-won")
        CLOCK[0] = 999.0
        await press(pilot, "c")
        assert "Time 03:17" in words(app, "#sentence"), "the clock stands still"
        assert not app._notifications, "the win message stands on the screen, once"
        await press(pilot, "z")
        assert words(app, "#quiet") == "1 left\n03:17\nno conflicts"
        await press(pilot, "y")
        assert words(app, "#sentence").startswith("Solved")


async def test_keys_that_arrive_together_act_in_their_order() -> None:
    app = app_for(SUDOKU)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert board(app).cursor == (0, 2)
        for key in ("4", "down", "m", "7", "8", "m", "left", "2"):
            app.post_message(Key(key, key if len(key) == 1 else None))
        await settle(pilot)
        game = screen(app).game
        assert isinstance(game, SudokuGame)
        assert game.answer()[:2, 1:3].tolist() == [[3, 4], [2, 0]]
        assert game.position.marks[9 + 2] == (1 << 6) | (1 << 7)


async def test_a_hint_names_the_cell_and_then_the_digit() -> None:
    app = app_for(SUDOKU)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "?")
        place = words(app, "#sentence")
        at = board(app).cursor
        assert at is not None
        assert place.startswith(f"Look at r{at[0] + 1}c{at[1] + 1}: ")
        assert place.endswith("? again gives the answer.")
        assert screen(app).game.answer()[at] == 0
        await press(pilot, "?")
        digit = SUDOKU_ANSWER[9 * at[0] + at[1]]
        assert words(app, "#sentence").startswith(f"r{at[0] + 1}c{at[1] + 1} is {digit}: ")
        assert screen(app).game.answer()[at] == int(digit)
        assert screen(app).round.hints == 1


async def test_wrong_and_clashing_digits_are_marked() -> None:
    app = app_for(SUDOKU)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert board(app).cursor == (0, 2)
        await press(pilot, "5")
        assert "5!" in drawn(board(app))
        assert "1 conflict" in words(app, "#quiet")
        await press(pilot, ["backspace"])
        await press(pilot, ["2", "c"])
        assert words(app, "#sentence") == "Your digit is wrong."
        assert "2!" in drawn(board(app))
        await press(pilot, ["right"])
        await press(pilot, "z")
        assert "!" not in drawn(board(app))
        assert words(app, "#quiet").startswith("51 left")


async def test_vi_keys_and_clicks_move_the_cursor() -> None:
    app = app_for(SUDOKU)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "ljhk")
        assert board(app).cursor == (0, 2)
        await press(pilot, "lj")
        assert board(app).cursor == (1, 3)
        for at in ((0, 0), (8, 8)):
            offset = next(
                (x, y)
                for y in range(board(app).size.height)
                for x in range(board(app).size.width)
                if board(app).position_at(x, y) == at
            )
            await pilot.click("#game", offset=offset)
            assert board(app).cursor == at


async def test_pencil_marks_stand_beside_a_small_board_and_in_a_large_one() -> None:
    app = app_for(SUDOKU)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "m12")
        assert "c3  12" in words(app, "#marks")
        assert "pencil marks" in words(app, "#pen")
        await press(pilot, "m2")
        assert screen(app).game.answer()[0, 2] == 2
        await press(pilot, "z")
        await press(pilot, "M")
        assert "c3  124" in words(app, "#marks")
        await pilot.resize_terminal(120, 40)
        await settle(pilot)
        assert not screen(app).query_one("#marks").display
        assert drawn(board(app)).count("1 2") > 3
        assert "│" in drawn(board(app)), "the grid separates the marks of neighbours"


async def test_a_maze_is_walked_to_the_goal() -> None:
    app = app_for(maze())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, ["down"])
        assert words(app, "#quiet").startswith("0 steps · at r1c1"), "a wall stops"
        await press(pilot, ["right", "right", "left", "l", "l", "j", "j"])
        assert words(app, "#quiet").startswith("5 steps · at r3c4")
        assert board(app).cursor == (2, 3)
        await press(pilot, ["backspace"])
        assert words(app, "#quiet").startswith("4 steps")
        await press(pilot, "?")
        assert words(app, "#sentence").startswith("Look at r2c4: only one way goes on")
        await press(pilot, "?")
        assert words(app, "#sentence") == (
            "You are through in 13 steps, and no way is shorter. Time 00:00, 1 hint."
        )


async def test_a_click_extends_the_path_and_a_detour_is_reported() -> None:
    app = app_for(maze("S    \n ### \n ### \nG    \n"))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        for at in ((0, 4), (3, 4), (3, 0)):
            offset = next(
                (x, y)
                for y in range(board(app).size.height)
                for x in range(board(app).size.width)
                if board(app).position_at(x, y) == at
            )
            await pilot.click("#game", offset=offset)
        assert "You are through in 11 steps; the shortest way has 3" in words(app, "#sentence")


async def test_an_arc_grid_is_copied_painted_filled_and_resized() -> None:
    app = app_for(arc())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        game = screen(app).game
        await press(pilot, "i")
        assert game.answer().tolist() == [[0, 0, 3], [0, 3, 3]]
        await press(pilot, ["5", "right", "f"])
        assert game.answer().tolist() == [[5, 5, 3], [0, 3, 3]]
        await press(pilot, "s")
        assert isinstance(app.focused, Input)
        await press(pilot, ["9", "9", "enter"])
        assert "such as 3x5" in str(app.screen.query_one(".message", Static).content)
        app.screen.query_one(Input).value = "3x2"
        await press(pilot, ["enter"])
        assert game.answer().tolist() == [[5, 5], [0, 3], [0, 0]]
        await press(pilot, ["z", "x"])
        assert not game.answer().any()
        await press(pilot, "c")
        assert words(app, "#sentence") == "Not yet: 3 of 6 cells differ."
        colours = screen(app).query_one("#colours", Board)
        offset = next(
            (x, y)
            for y in range(colours.size.height)
            for x in range(colours.size.width)
            if (colours.position_at(x, y) or (0, 0))[1] == 3
        )
        await pilot.click("#colours", offset=offset)
        await walk_arc(pilot, app)
        assert words(app, "#sentence").startswith("Right: every cell is as in the known answer.")


async def walk_arc(pilot: Pilot[None], app: App[None]) -> None:
    """Paint the three cells of the answer with the colour in hand."""
    await press(pilot, ["left", "enter", "down", "enter", "right", "enter"])


async def test_where_next_marks_what_the_model_would_do() -> None:
    app = app_for(HARDEST)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "w")
        assert words(app, "#sentence") == "The model would go on at the marked cells (⁺)."
        assert drawn(board(app)).count("·⁺") == 5
        await press(pilot, "?")
        assert "the model is surest (75 %)" in words(app, "#sentence")
        assert "⁺" not in drawn(board(app))


async def test_the_model_that_was_chosen_plays_along() -> None:
    engine = ScriptedEngine(chosen={"maze": "other", "sudoku": "mine"})
    app = app_for("medium", engine)
    async with app.run_test() as pilot:
        await press(pilot, ["w"])
        assert engine.asked[0] == ("session", "mine")
        engine.chosen["sudoku"] = "another"
        await press(pilot, ["w", "w"])
        assert ("session", "another") in engine.asked


async def test_a_hint_waits_for_the_model_where_reasoning_ends() -> None:
    engine = ScriptedEngine(hold=threading.Semaphore(0))
    assert engine.hold is not None
    app = app_for(HARDEST, engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("?")
        await pilot.pause()
        assert words(app, "#sentence") == "The model is thinking; play on."
        await pilot.press("right")
        assert board(app).cursor == (0, 2), "the keys do not wait"
        engine.hold.release(64)
        await settle(pilot)
        assert "the model is surest" in words(app, "#sentence")


async def test_a_model_that_fails_costs_only_its_opinion() -> None:
    engine = ScriptedEngine(error=ModelError("no [b]model\x1b", "Get one."))
    app = app_for(HARDEST, engine)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        await press(pilot, "?")
        assert "here only 2 digits fit" in words(app, "#sentence")
        assert [n.message for n in app._notifications] == ["no [b]model\nGet one."]
        await press(pilot, "R")
        assert words(app, "#sentence") == "no [b]model"
        assert not screen(app).query_one("#race-board").display


async def test_the_model_may_be_first_in_a_race_and_hides_its_digits() -> None:
    app = app_for(SUDOKU)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "R")
        assert words(app, "#sentence") == "The model was first, in 3 segments. Play on."
        assert words(app, "#race-line") == "The model: done in 3 segments"
        shown = drawn(screen(app).query_one("#race-board", Board))
        assert sum(map(shown.count, "123456789")) == 30, "only the givens"
        assert shown.count("▪") + shown.count("⁺") == 51
        await press(pilot, "4")
        assert screen(app).game.answer()[0, 2] == 4


async def test_no_race_begins_after_the_game_is_won() -> None:
    engine = ScriptedEngine()
    app = app_for(SUDOKU_ANSWER[:-1] + ".", engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await walk(pilot, app, 80)
        await pilot.press(SUDOKU_ANSWER[-1])
        await press(pilot, ["R"])
        assert words(app, "#sentence") == "This game is over; x starts it again."
        assert screen(app)._partner.race is None


async def test_an_error_about_the_puzzle_before_is_not_told() -> None:
    """A forecast that fails after another puzzle was chosen."""
    engine = ScriptedEngine(error=ModelError("no model", "Get one."))
    app = app_for(HARDEST, engine)
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        stale = Job(screen(app))
        stale.cancel()
        screen(app).post_message(Foreseen(stale, None, ModelError("no model", "")))
        await settle(pilot)
        assert not app._notifications
        assert "cannot be asked" not in words(app, "#sentence")


async def test_the_player_may_be_first_and_the_model_stops() -> None:
    engine = ScriptedEngine(hold=threading.Semaphore(0))
    assert engine.hold is not None
    nearly = SUDOKU_ANSWER[:2] + "." + SUDOKU_ANSWER[3:]
    app = app_for(nearly, engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("R")
        engine.hold.release()
        while "segment 1" not in words(app, "#race-line"):
            await pilot.pause()
        await pilot.press("4")
        assert words(app, "#sentence").endswith("You were first; the model was at segment 1.")
        engine.hold.release(64)
        await settle(pilot)
        assert engine.closed == 1
        assert "You were first" in words(app, "#sentence")


async def test_a_pause_holds_the_race() -> None:
    engine = ScriptedEngine(hold=threading.Semaphore(0))
    assert engine.hold is not None
    app = app_for(SUDOKU, engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("R", "space")
        engine.hold.release(64)
        await pilot.pause(0.3)
        assert "segment" not in words(app, "#race-line")
        await pilot.press("space")
        await settle(pilot)
        assert "The model: done" in words(app, "#race-line")


async def test_a_second_press_ends_the_race() -> None:
    engine = ScriptedEngine(hold=threading.Semaphore(0))
    assert engine.hold is not None
    app = app_for(SUDOKU, engine)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("R")
        await pilot.pause()
        assert "getting ready" in words(app, "#race-line")
        await pilot.press("R")
        engine.hold.release(64)
        await settle(pilot)
        assert not screen(app).query_one("#race-line").display
        assert words(app, "#sentence").startswith("Arrow keys move")


async def test_a_game_continues_after_a_crash() -> None:
    app = app_for(SUDOKU)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        CLOCK[0] = 60.0
        await press(pilot, ["4", "right", "6", "z"])
        crashed = {p: p.read_bytes() for p in SavedGames().folder.iterdir()}
        assert len(crashed) == 1
        await press(pilot, "x")
    for place, data in crashed.items():  # as if the app had died before the last key
        place.write_bytes(data)
    again = app_for(SUDOKU)
    async with again.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert words(again, "#sentence") == "Welcome back: the game is as you left it."
        assert words(again, "#quiet").startswith("50 left\n01:00")
        await press(pilot, "y")
        assert screen(again).game.answer()[0, 3] == 6
        await press(pilot, "zz")
        assert words(again, "#quiet").startswith("51 left")


async def test_the_last_unfinished_game_is_found_from_another_puzzle() -> None:
    app = app_for(maze())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, ["right", "right"])
    other = whole_app(SUDOKU)
    async with other.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "L")
        assert other.current.task == "maze"
        assert words(other, "#play-title") == "hrm ▸ play ▸ maze ▸ drawn"
        assert words(other, "#quiet").startswith("2 steps · at r1c3")


async def test_a_damaged_save_is_reported_and_kept() -> None:
    app = app_for(SUDOKU)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "4")
    (place,) = SavedGames().folder.iterdir()
    place.write_text("{[b]")
    again = app_for(SUDOKU)
    async with again.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        [notice] = again._notifications
        assert "cannot be used" in notice.message
        assert "damaged-1" in notice.message
        assert words(again, "#quiet").startswith("51 left")
        await press(pilot, "4")
    assert place.with_suffix(".damaged-1").read_text() == "{[b]"
    assert place.is_file()


async def test_a_damaged_save_that_cannot_be_set_aside_is_reported_and_played_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = app_for(SUDOKU)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "4")
    (place,) = SavedGames().folder.iterdir()
    place.write_text("{[b]")
    monkeypatch.setattr("hrm_tui.play.saved._set_aside", lambda place: "")
    again = app_for(SUDOKU)
    async with again.run_test(size=(80, 24), notifications=True) as pilot:
        await settle(pilot)
        assert "cannot be used" in next(iter(again._notifications)).message
        assert words(again, "#quiet").startswith("51 left")


async def test_a_finished_game_starts_anew_and_looking_leaves_no_file() -> None:
    nearly = SUDOKU_ANSWER[:2] + "." + SUDOKU_ANSWER[3:]
    app = app_for(nearly)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
    assert not SavedGames().folder.exists()
    app = app_for(nearly)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        CLOCK[0] = 3600.0
        await press(pilot, "4")
    again = app_for(nearly)
    async with again.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert words(again, "#sentence") == "You finished this one before, in 1:00:00."
        assert words(again, "#quiet").startswith("1 left")


async def test_the_clock_pauses_hides_and_rests_behind_other_screens() -> None:
    app = whole_app(SUDOKU)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        CLOCK[0] = 5.0
        await press(pilot, ["space"])
        assert drawn(board(app)).strip() == "paused · space resumes"
        CLOCK[0] = 100.0
        await press(pilot, ["4", "?"])
        assert not screen(app).game.answer()[0, 2], "nobody plays in a pause"
        await press(pilot, ["space"])
        assert "\n00:05\n" in words(app, "#quiet")
        await press(pilot, "v")
        assert isinstance(app.screen, Noted)
        assert app.screen.shown[-1][1] == app.current.puzzle
        CLOCK[0] = 1000.0
        await press(pilot, ["f3"])
        await press(pilot, "4")
        assert "\n00:05\n" in words(app, "#quiet")
        await press(pilot, "t")
        assert words(app, "#quiet") == "50 left\nno conflicts"


async def test_keys_of_other_puzzles_are_not_there() -> None:
    app = app_for(maze())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        ids = {active.binding.id for active in app.screen.active_bindings.values()}
        assert {"play.hint", "play.undo"} <= ids
        assert not {"play.fill", "play.pencil"} & ids


async def test_outside_words_are_shown_as_they_are_and_without_controls() -> None:
    app = app_for(Chosen("sudoku", read_source(SUDOKU).puzzles, "[b]x\x1b[31m\x07[/"))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert words(app, "#play-title") == "hrm ▸ play ▸ sudoku ▸ [b]x[31m[/"


async def test_a_large_maze_fits_and_without_colours_opens_where_its_path_begins(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = ["." * 40] * 39
    app = app_for(maze("\n".join(["G" + "." * 39, *rows[1:], "." * 39 + "S"]) + "\n"))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert {(0, 0), (39, 39)} <= set(board(app)._places)
        assert board(app).virtual_size.height <= board(app).size.height
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_for(app.chosen)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        assert "S" in drawn(board(app))
        assert "G" not in drawn(board(app))


@pytest.mark.parametrize(
    "task", ["arc", *(pytest.param(task, marks=pytest.mark.slow) for task in ("sudoku", "maze"))]
)
async def test_every_game_fits_its_terminal(task: str) -> None:
    chosen = {"sudoku": read_source(SUDOKU), "maze": maze(), "arc": arc()}[task]
    app = app_for(chosen)
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "R")
        for width, height in ((80, 24), (200, 60)):
            await pilot.resize_terminal(width, height)
            await settle(pilot)
            for widget in screen(app).query("#game, #sentence, #quiet, #race-line"):
                assert widget.size.area > 0
                assert widget.region.x >= 0
                assert widget.region.bottom <= height
                assert widget.region.right <= width
            assert len(drawn(board(app)).strip()) > 10
            if task == "arc":
                assert "test" in drawn(screen(app).view.demonstrations)


@pytest.mark.parametrize("width", [40, 50, 60])
async def test_the_whole_board_is_on_a_small_terminal(width: int) -> None:
    app = app_for(read_source(SUDOKU))
    async with app.run_test(size=(width, 14)) as pilot:
        await settle(pilot)
        assert screen(app).region.contains_region(board(app).region)
        digits = [mark for mark in drawn(board(app)) if mark in "123456789"]
        assert len(digits) >= sum(mark in "123456789" for mark in SUDOKU)


async def test_an_arc_test_that_nobody_knows_gets_the_models_opinion() -> None:
    app = app_for(arc(known=False))
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, "?")
        assert "the model would change it" in words(app, "#sentence")
        await press(pilot, "?")
        assert words(app, "#sentence") == "The model says 3."
        await press(pilot, "c")
        assert "nobody can check" in words(app, "#sentence")


def inks(board: Board, at: tuple[int, int]) -> set[str]:
    """The colours behind a cell of the board."""
    found = set()
    for y in range(board.size.height):
        x = 0
        for segment in board.render_line(y):
            for offset in range(len(segment.text)):
                if board.position_at(x + offset, y) == at and segment.style is not None:
                    found.add(str(segment.style.bgcolor))
            x += len(segment.text)
    return found


async def test_the_selected_cell_lights_its_peers_and_equal_digits() -> None:
    app = app_for(SUDOKU)
    async with app.run_test(size=(110, 34)) as pilot:
        await settle(pilot)
        board(app).put_cursor((0, 0))
        await settle(pilot)
        game = screen(app).game
        assert game.answer()[0, 0] == 5
        plain, peer = inks(board(app), (4, 4)), inks(board(app), (0, 8))
        equal = {at for at in game.alike((0, 0)) if at not in game.peers((0, 0))}
        assert peer not in (plain, set())
        assert inks(board(app), (8, 0)) == inks(board(app), (2, 2)) == peer
        for at in equal:
            assert inks(board(app), at) not in (plain, peer)


async def test_equal_digits_have_a_mark_where_there_are_no_colours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = app_for(SUDOKU)
    async with app.run_test(size=(110, 34)) as pilot:
        await settle(pilot)
        board(app).put_cursor((0, 0))
        await settle(pilot)
        assert drawn(board(app)).count("5=") == len(screen(app).game.alike((0, 0))) > 0


async def test_the_end_of_a_game_leads_to_the_next_one() -> None:
    blanks = (2, 3)
    nearly = "".join("." if c in blanks else d for c, d in enumerate(SUDOKU_ANSWER))
    for key, level in (("enter", "easy"), ("plus", "newspaper")):
        CLOCK[0] = 0.0
        app = whole_app(nearly)
        async with app.run_test(size=(110, 34)) as pilot:
            await settle(pilot)
            before = app.current
            await press(pilot, [key])
            assert app.current is before, "not while the game goes on"
            for cell in blanks:
                await walk(pilot, app, cell)
                await press(pilot, SUDOKU_ANSWER[cell])
            assert words(app, "#needed") == "The model needed 3 segments, 0.4 s."
            assert "another (easy)" in words(app, "#next")
            assert "harder (newspaper)" in words(app, "#next")
            assert "watch the model" in words(app, "#next")
            await press(pilot, "z")
            assert not screen(app).query_one("#next").display
            await press(pilot, ["y", key])
            assert app.current.source == f"{level}, generated"
            assert not screen(app).query_one("#next").display
            assert words(app, "#sentence").startswith("Arrow keys move, digits write.")


@pytest.mark.parametrize("later", ["another puzzle", "another screen", "a dialog"])
async def test_a_late_last_game_does_not_overwrite_a_later_choice(later: str) -> None:
    app = app_for(maze())
    async with app.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        await press(pilot, ["right"])
    other = whole_app(SUDOKU)
    async with other.run_test(size=(80, 24)) as pilot:
        await settle(pilot)
        gate = threading.Event()
        latest = screen(other)._games.latest

        def slow(but: object = None) -> object:
            gate.wait(60)
            return latest(but)  # type: ignore[arg-type]

        screen(other)._games.latest = slow  # type: ignore[assignment]
        before = other.current
        await pilot.press("L")
        if later == "another puzzle":
            await other.take(read_source("hard"))
        else:
            await pilot.press("f2" if later == "another screen" else "n")
        seen = other.screen
        gate.set()
        await settle(pilot)
        assert other.screen is seen
        assert (other.current is before) == (later != "another puzzle")


async def test_an_arc_cursor_is_a_frame_and_no_colour() -> None:
    app = app_for(arc())
    async with app.run_test(size=(110, 34)) as pilot:
        await settle(pilot)
        await press(pilot, ["i", "right", "down", "3"])
        shown = drawn(board(app))
        assert "┌──" in shown.split("\n", 12)[-1] or "[" in shown
        assert inks(board(app), (1, 1)) == {"color(7)"} or len(inks(board(app), (1, 1))) == 1
        at = board(app).cursor
        assert at == (1, 1)
        papers = [
            segment.style.bgcolor.triplet
            for y in range(board(app).size.height)
            for segment in board(app).render_line(y)
            if set(segment.text) & set("┌└│[") and segment.style and segment.style.bgcolor
        ]
        assert (46, 204, 64) in papers, "behind the frame is the cell's own colour"


async def test_the_path_of_a_maze_is_filled_and_its_end_stands_out() -> None:
    app = app_for(maze())
    async with app.run_test(size=(110, 34)) as pilot:
        await settle(pilot)
        await press(pilot, ["right", "right", "right"])
        colours = {}
        for y in range(board(app).size.height):
            x = 0
            for segment in board(app).render_line(y):
                for offset, character in enumerate(segment.text):
                    at = board(app).position_at(x + offset, y)
                    if character == "█" and at is not None:
                        colours[at] = str(segment.style.color if segment.style else "")
                x += len(segment.text)
        assert colours[0, 1] == colours[0, 2] != colours[0, 3]
        assert (1, 1) in colours, "a wall"
        assert colours[1, 1] not in (colours[0, 1], colours[0, 3])


async def test_capital_letters_write_digits_beyond_nine_and_commands_stay() -> None:
    app = app_for("16x16")
    async with app.run_test(size=(110, 40)) as pilot:
        await settle(pilot)
        game = screen(app).game
        assert isinstance(game, SudokuGame)
        at = board(app).cursor
        assert at is not None
        await press(pilot, "G")
        cell = 16 * at[0] + at[1]
        assert game.position.digits[cell] == 16
        assert "capitals A-G write digits" in words(app, "#quiet")
        await press(pilot, "z")
        assert game.position.digits[cell] == 0
        await press(pilot, "mG")
        assert game.marks() == {at: "G"}
        assert "G" in drawn(board(app))
        await press(pilot, ["space", "F"])
        assert game.marks() == {at: "G"}, "the board is hidden in a pause"


@pytest.mark.parametrize("columns", [40, 50, 60, 80])
async def test_the_whole_board_is_there_however_narrow(columns: int) -> None:
    app = whole_app(SUDOKU)
    async with app.run_test(size=(columns, 14)) as pilot:
        await settle(pilot)
        board = app.screen.query_one("#game", Board)
        assert board.max_scroll_x == 0
        assert board.size.width >= 19  # nine cells, one column apart, and the frame
        assert app.screen.query_one(PlaySide).display == (columns >= 50)


@pytest.mark.parametrize("size", [(40, 22), (60, 24), (64, 24)])
async def test_a_narrow_screen_has_all_of_the_board_and_what_is_said(size: tuple[int, int]) -> None:
    [puzzle] = domain("maze").find("hard") or []
    app = app_for(Chosen("maze", (puzzle,), "hard"))
    async with app.run_test(size=size) as pilot:
        await pilot.press("question_mark")
        await pilot.pause()
        assert "? again gives the answer" in words(app, "#sentence")
        for name in ("#game", "#sentence"):
            region = screen(app).query_one(name).region
            assert region.area > 0, name
            assert screen(app).region.contains_region(region), name
        assert board(app).virtual_size.width <= board(app).size.width
        assert board(app).virtual_size.height <= board(app).size.height
