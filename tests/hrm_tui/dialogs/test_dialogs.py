"""Every way to give the app a puzzle, with keys and with pasted text, and every way it can fail."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scripted import MAZE, SUDOKU
from stage import make_app, noted, paste, press, set_stage, settle
from textual.events import Key
from textual.widgets import DirectoryTree, Input, OptionList, Static, TextArea

from hrm_tui import recent
from hrm_tui.app import HrmApp
from hrm_tui.dialogs import choices
from hrm_tui.dialogs.choose import ChooseDialog
from hrm_tui.dialogs.edit import EditDialog
from hrm_tui.dialogs.enter import EnterDialog, sample_of
from hrm_tui.dialogs.open import OpenDialog, PathSuggester
from hrm_tui.sources import read_pasted, read_source
from hrm_tui.widgets.board import Board
from puzzles import domain

pytestmark = pytest.mark.asyncio


@pytest.fixture(autouse=True)
def _staged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_stage(monkeypatch, tmp_path)


def message(app: HrmApp) -> str:
    return str(app.screen.query_one(".message", Static).content)


def last(app: HrmApp) -> tuple[str, str, str]:
    """Task, text and source of the puzzle that the screen was given last."""
    task, puzzle, source = noted(app).shown[-1]
    return task, domain(task).format(puzzle).rstrip("\n"), source


async def test_a_path_is_opened_and_its_task_found(tmp_path: Path) -> None:
    (tmp_path / "way.txt").write_text(MAZE)
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, ["o"])
        await paste(pilot, "way.txt")
        await press(pilot, ["enter"])
        assert last(app) == ("maze", MAZE, "way.txt")
        assert app.current == noted(app).shown[-1]


async def test_tab_completes_a_path_and_then_continues(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "puzzle.txt").write_text(SUDOKU)
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, ["o", *"de"])
        await press(pilot, ["tab"])
        path = app.screen.query_one("#path", Input)
        assert path.value == "deep/"
        await press(pilot, ["p"])
        await press(pilot, ["tab", "enter"])
        assert last(app) == ("sudoku", SUDOKU, "puzzle.txt")


async def test_completion_knows_folders_home_and_leaves_dangerous_names_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a\x1b[31m").touch()
    (tmp_path / "ab").mkdir()
    suggest = PathSuggester().get_suggestion
    assert await suggest("~/a") == "~/ab/"
    assert await suggest("a") == "ab/"
    assert await suggest("x") is None
    assert await suggest("no/such/a") is None
    assert await suggest("") is None


async def test_a_file_is_chosen_in_the_tree(tmp_path: Path) -> None:
    (tmp_path / "only.txt").write_text(SUDOKU)
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, ["o", "down"])
        tree = app.screen.query_one(DirectoryTree)
        assert tree.has_focus
        await settle(pilot)
        await press(pilot, ["down", "enter"])
        assert last(app) == ("sudoku", SUDOKU, "only.txt")


async def test_file_names_never_send_control_characters_to_the_terminal(tmp_path: Path) -> None:
    (tmp_path / "x\x1b[31m[b]y\x9b2J").touch()
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, ["o"])
        await settle(pilot)
        drawn = "".join(strip.text for strip in app.screen._compositor.render_strips())
        assert "x[31m[b]y2J" in drawn
        assert not {"\x1b", "\x9b"} & set(drawn)


async def test_a_file_that_cannot_be_read_is_named_and_the_dialog_stays(tmp_path: Path) -> None:
    bad = {
        b"": "bad.txt is empty",
        SUDOKU[:80].encode(): "bad.txt: line 1",
        b"\xff\xf0": "is not UTF-8 text",
        b"# #\n#S#\n###": "bad.txt: line 1",
        b"[b]no[/b]\x1b[31m": "bad.txt: there is no puzzle in this text",
    }
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, ["o"])
        await paste(pilot, "bad.txt")
        await press(pilot, ["enter"])
        assert "bad.txt is neither a file nor a known sudoku puzzle" in message(app)
        for content, expected in bad.items():
            (tmp_path / "bad.txt").write_bytes(content)
            await press(pilot, ["enter"])
            assert isinstance(app.screen, OpenDialog)
            assert expected in message(app)
            assert "\x1b" not in message(app)
        (tmp_path / "bad.txt").unlink()
        os.mkfifo(tmp_path / "bad.txt")
        await press(pilot, ["enter"])
        assert "bad.txt is no file or folder" in message(app)
        assert app.screen.query_one("#path", Input).value == "bad.txt"
        await press(pilot, ["escape"])
        assert len(noted(app).shown) == 1


async def test_of_a_file_with_several_puzzles_one_is_chosen(tmp_path: Path) -> None:
    (tmp_path / "two.txt").write_text(SUDOKU + "\n" + SUDOKU.replace("5", ".") + "\n")
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, ["o"])
        await paste(pilot, "two.txt")
        await press(pilot, ["enter"])
        assert isinstance(app.screen, ChooseDialog)
        await press(pilot, ["down", "enter"])
        assert last(app) == ("sudoku", SUDOKU.replace("5", "."), "two.txt · 2")
        await press(pilot, ["O", "enter"])
        assert last(app) == ("sudoku", SUDOKU, "two.txt · 1")


async def test_another_puzzle_needs_a_file_with_several() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, ["O"])
        assert [n.message for n in app._notifications] == [
            "No file with several puzzles was opened yet."
        ]


async def test_the_preview_of_an_arc_task_begins_with_its_test() -> None:
    app = make_app()
    async with app.run_test(size=(110, 34)) as pilot:
        await press(pilot, ["o"])
        await paste(pilot, "recolour")
        await press(pilot, ["enter"])
        board = app.screen.query_one("#picture", Board)
        assert shown(board).splitlines()[0].strip() == "test"
        assert "demonstration 1" in shown(board)
        first = [board.render_line(y) for y in range(board.size.height)]
        await press(pilot, ["down"])
        second = [board.render_line(y) for y in range(board.size.height)]
        assert second != first, "two tests of one task"


async def test_a_typed_puzzle_is_read_while_it_is_typed() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, ["n"])
        await paste(pilot, SUDOKU[:-1])
        assert "80" in message(app)
        await press(pilot, ["9"])
        assert message(app) == "1 sudoku puzzle"
        await press(pilot, ["ctrl+s"])
        assert last(app) == ("sudoku", SUDOKU, "pasted text")


async def test_an_error_in_the_text_has_its_place_and_the_cursor_goes_there() -> None:
    rows = ["#####", "#S  #", "#  x#", "#  G#", "#####"]
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, ["n"])
        await paste(pilot, "\n".join(rows))
        assert message(app).startswith("line 3, column 4: ")
        await press(pilot, ["ctrl+s"])
        area = app.screen.query_one(TextArea)
        assert area.cursor_location == (2, 3)
        await press(pilot, ["delete", "space", "ctrl+s"])
        assert last(app)[0] == "maze"


async def test_unfinished_text_is_there_the_next_time_and_after_a_restart() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, ["n"])
        await paste(pilot, "5 3 [b]")
        await press(pilot, ["escape", "n"])
        assert app.screen.query_one(TextArea).text == "5 3 [b]"
        app.save_state()
    again = make_app()
    async with again.run_test() as pilot:
        await press(pilot, ["n"])
        assert again.screen.query_one(TextArea).text == "5 3 [b]"
        await press(pilot, ["f7", "delete"])
        await paste(pilot, SUDOKU)
        await press(pilot, ["ctrl+s"])
        again.save_state()
    assert recent.kept_draft() == ""


async def test_a_choice_that_is_left_and_a_stray_paste_cost_no_unfinished_text() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, ["n"])
        await paste(pilot, f"{SUDOKU}\n{SUDOKU}")
        await press(pilot, ["ctrl+s", "escape"])
        assert app.draft == f"{SUDOKU}\n{SUDOKU}"
        await paste(pilot, "no puzzle")
        await press(pilot, ["escape"])
        assert app.draft == f"{SUDOKU}\n{SUDOKU}"
        await paste(pilot, "no puzzle")
        await paste(pilot, " but changed")
        await press(pilot, ["escape"])
        assert "but changed" in app.draft


async def test_a_puzzle_pasted_on_a_screen_is_taken() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        rows = [SUDOKU[start : start + 9] for start in range(0, 81, 9)]
        for end in ("\n", "\r", "\r\n"):
            await paste(pilot, end.join(rows))
            assert last(app) == ("sudoku", SUDOKU, "pasted text")
            await paste(pilot, MAZE.replace("\n", end))
            assert last(app) == ("maze", MAZE, "pasted text")


async def test_other_text_pasted_on_a_screen_opens_the_dialog_with_its_error() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await paste(pilot, SUDOKU[:-1] + "x\x1b[31m")
        assert isinstance(app.screen, EnterDialog)
        assert app.screen.query_one(TextArea).text == SUDOKU[:-1] + "x[31m"
        assert message(app).startswith("line 1")
        await press(pilot, ["escape"])
        assert len(noted(app).shown) == 1


async def test_an_example_of_another_task_is_found_by_typing() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, ["b"])
        await paste(pilot, "maze sm")
        assert app.screen.query_one(OptionList).option_count == 1
        assert shown(app.screen.query_one("#picture", Board))
        await press(pilot, ["enter"])
        assert last(app)[0] == "maze"
        assert last(app)[2] == "small"


async def test_nothing_matches_is_reported_and_enter_does_nothing() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, ["b"])
        await paste(pilot, "qq[b]")
        await press(pilot, ["enter"])
        assert isinstance(app.screen, ChooseDialog)
        assert message(app) == "nothing matches “qq[b]”"


async def test_a_level_makes_a_new_puzzle_each_time() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        for _ in range(2):
            await press(pilot, ["g"])
            await paste(pilot, "sudoku easy")
            await press(pilot, ["enter"])
        (_, first, _), (_, second, source) = noted(app).shown[1:]
        assert source == "easy, generated"
        assert first != second
        assert len(domain("sudoku").solve(second)) == 1


async def test_making_a_puzzle_can_be_left(monkeypatch: pytest.MonkeyPatch) -> None:
    begun, release = threading.Event(), threading.Event()

    [made] = domain("sudoku").find("easy") or []

    def slow(*_: Any) -> Any:
        begun.set()
        release.wait(60)
        return made

    monkeypatch.setattr("puzzles.sudoku.domain.SudokuDomain.generate", slow)
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.press("g")
        while not begun.is_set():  # for the preview
            await pilot.pause(0.01)
        await pilot.press("enter")
        await pilot.pause()
        assert message(app) == "making it…"
        await pilot.press("escape")
        await pilot.pause()
        release.set()
        await settle(pilot)
        assert len(noted(app).shown) == 1


async def test_a_dialog_may_be_left_before_it_is_drawn() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        dialog = ChooseDialog("Examples", list)
        app.push_screen(dialog)
        dialog.dismiss(None)
        await settle(pilot)
        assert dialog not in app.screen_stack
        assert app.crash is None


async def test_two_keys_that_arrive_together_dismiss_a_dialog_once() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, ["e"])
        dialog = app.screen
        assert isinstance(dialog, EditDialog)
        depth = len(app.screen_stack)
        await press(pilot, ["f1"])
        dialog.dismiss(None)  # the help above it goes, too
        dialog.dismiss(None)
        await settle(pilot)
        assert len(app.screen_stack) == depth - 1
        assert dialog not in app.screen_stack
        await press(pilot, ["g"])
        for _ in range(2):
            app.post_message(Key("escape", None))
        await settle(pilot)
        assert len(app.screen_stack) == depth - 1


async def test_an_arc_task_is_found_by_its_id(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "puzzles.arc.puzzle.DATASETS", ("arc1-training",)
    )  # the other three take seconds
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, ["a"])
        await paste(pilot, "007bbf")
        await press(pilot, ["enter"])
        task, puzzle, source = noted(app).shown[-1]
        assert (task, puzzle.task, source) == ("arc", "007bbfb7", "007bbfb7")


async def test_recent_puzzles_are_kept_newest_first_and_only_once() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, ["u"])
        assert message(app).startswith("Nothing yet")
        await press(pilot, ["escape"])
        for text in (SUDOKU, MAZE, SUDOKU):
            await paste(pilot, text)
    again = make_app()
    async with again.run_test() as pilot:
        await press(pilot, ["u"])
        assert again.screen.query_one(OptionList).option_count == 2
        await press(pilot, ["down", "enter"])
        assert last(again) == ("maze", MAZE, "pasted text")


@pytest.mark.parametrize(
    "damage",
    ["", "{}", "[1]", '[{"task": "chess", "text": "", "source": ""}]', "[" * 100_000, '[{"task":'],
)
async def test_a_damaged_list_of_recent_puzzles_counts_as_empty(damage: str) -> None:
    recent.recent_file().parent.mkdir(parents=True)
    recent.recent_file().write_text(damage)
    assert recent.read_recent() == []
    recent.remember(make_app().current)
    assert [entry.source for entry in recent.read_recent()] == ["medium"]


async def test_a_recent_task_of_arc_has_its_known_output() -> None:
    task = read_source("007bbfb7", "arc").at(0)
    recent.remember(task)
    [choice] = choices.recent()
    assert choice.read().puzzles == (task.puzzle,)
    assert task.puzzle.output is not None


async def test_recent_puzzles_are_bounded() -> None:
    app = make_app()
    puzzles = [domain("maze").generate(np.random.default_rng(seed), "small") for seed in range(30)]
    for number, puzzle in enumerate(puzzles):
        recent.remember(app.current._replace(task="maze", puzzle=puzzle, source=str(number)))
    kept = recent.read_recent()
    assert [entry.source for entry in kept] == [str(number) for number in range(29, 9, -1)]
    assert len(json.loads(recent.recent_file().read_text())) == recent.MOST


async def test_a_place_that_cannot_be_written_is_reported_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / ".hrm").write_text("a file where the folder should be")
    app = make_app()
    async with app.run_test(notifications=True) as pilot:
        await paste(pilot, SUDOKU)
        assert last(app)[1] == SUDOKU
        [notice] = app._notifications
        assert notice.message.startswith("The list of recent puzzles is not kept")
    app.save_state()


async def test_givens_are_typed_on_the_board() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, ["e", "ctrl+n", *"53..7....", "right", "right", "backspace", "8"])
        board = app.screen.query_one(Board)
        assert board.cursor == (1, 2)
        await press(pilot, ["enter"])
        assert last(app) == ("sudoku", "53..7...." + ".8" + "." * 70, "medium, edited")


@pytest.mark.parametrize(
    ("size", "drawn"), [((80, 24), (19, 11)), ((110, 34), (37, 19)), ((200, 60), (65, 31))]
)
async def test_a_board_that_is_edited_is_as_large_as_there_is_room(
    size: tuple[int, int], drawn: tuple[int, int]
) -> None:
    app = make_app()
    async with app.run_test(size=size) as pilot:
        await press(pilot, ["e"])
        await settle(pilot)
        board = app.screen.query_one(Board)
        assert board.virtual_size >= drawn
        assert board.virtual_size.height <= board.size.height
        await press(pilot, ["right", "5"])
        assert "5" in shown(board)
        assert board.cursor == (0, 2)


async def test_what_was_changed_on_the_board_is_given_up_by_a_second_escape() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, ["e", "escape"])
        assert noted(app)
        await press(pilot, ["e", "ctrl+n", "5", "escape"])
        assert message(app).startswith("Escape again gives up what you changed")
        await press(pilot, ["3", "escape", "enter"])
        assert last(app) == ("sudoku", "53" + "." * 79, "medium, edited")
        await press(pilot, ["e", "right", "right", "7", "escape", "escape"])
        assert len(noted(app).shown) == 2
        await press(pilot, ["e", "enter", "e", "right", "right", "7", "enter"])
        assert last(app) == ("sudoku", "537" + "." * 78, "medium, edited")


@pytest.fixture
def go(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """The list of examples is read when this is set."""
    go = threading.Event()
    known = choices.examples("sudoku")

    def slowly(task: str) -> list[choices.Choice]:
        assert go.wait(60)
        return known

    monkeypatch.setattr(choices, "examples", slowly)
    return go


async def test_a_list_that_is_still_being_read_is_not_called_empty(go: threading.Event) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.press("b", "h", "a")
        assert message(app) == "reading the list…"
        go.set()
        await settle(pilot)
        assert " of " in message(app)


async def test_a_list_that_arrives_while_its_dialog_closes_is_dropped(go: threading.Event) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await pilot.press("b")
        dialog = app.screen
        assert isinstance(dialog, ChooseDialog)
        reading = [worker for worker in app.workers if worker.node is dialog]
        assert reading
        assert not any(worker.is_cancelled for worker in reading)
        dialog.dismiss(None)
        assert all(worker.is_cancelled for worker in reading)  # before the first widget is gone
        go.set()
        await settle(pilot)
        assert dialog not in app.screen_stack
        assert app.crash is None


@pytest.mark.parametrize("width", [50, 80])
async def test_a_narrow_list_has_its_room_before_a_picture(width: int) -> None:
    app = make_app()
    async with app.run_test(size=(width, 24)) as pilot:
        await press(pilot, ["b"])
        await settle(pilot)
        assert app.screen.query_one("#list").size.width >= 40
        assert app.screen.query_one("#preview").display == (width == 80)


async def test_givens_that_clash_are_marked_and_refused_until_they_do_not() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, ["e", "ctrl+n", "enter"])
        assert message(app).startswith("the board is empty")
        await press(pilot, ["5", "5"])
        shown = app.screen.query_one(Board)
        broken = {cell.at for row in shown._rows for cell in row if cell.role == "broken"}
        assert broken == {(0, 0), (0, 1)}
        await press(pilot, ["enter"])
        assert isinstance(app.screen, EditDialog)
        assert message(app).startswith("5 stands twice in row 1")
        assert shown.cursor == (0, 0)
        await press(pilot, ["0", "enter"])
        assert last(app)[1] == "." + "5" + "." * 79


async def test_a_maze_is_drawn_with_keys_and_clicks(tmp_path: Path) -> None:
    (tmp_path / "way.txt").write_text(MAZE)
    app = make_app("way.txt")
    async with app.run_test() as pilot:
        await press(pilot, ["e", "down", "s"])
        board = app.screen.query_one(Board)
        left, top = board._margin
        for at in ((0, 3), (0, 2)):
            x, y = board._places[at].offset
            await pilot.click(Board, offset=(left + x, top + y))
        await press(pilot, ["enter"])
        assert last(app) == ("maze", "   #\nS # \n    \n# #G", "way.txt, edited")


async def test_a_maze_without_a_goal_is_refused_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "way.txt").write_text(MAZE)
    app = make_app("way.txt")
    async with app.run_test() as pilot:
        await press(pilot, ["e", "ctrl+n", "s", "enter"])
        assert isinstance(app.screen, EditDialog)
        assert "G" in message(app)


async def test_the_input_of_an_arc_task_is_painted() -> None:
    app = make_app("007bbfb7")
    before = app.current.puzzle
    async with app.run_test() as pilot:
        colour = (before.input[0][0] + 1) % 10
        await press(pilot, ["e", str(colour), "enter"])
        after = noted(app).shown[-1][1]
        assert after.input[0] == (colour, *before.input[0][1:])
        assert after.demonstrations == before.demonstrations
        assert after.output is None


async def test_a_puzzle_can_be_pasted_into_the_board() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, ["e"])
        await paste(pilot, MAZE)
        assert message(app) == "That is a puzzle of maze, not of sudoku."
        await paste(pilot, "what")
        assert message(app).startswith("there is no puzzle")
        await paste(pilot, SUDOKU)
        await press(pilot, ["enter"])
        assert last(app)[1] == SUDOKU


async def test_a_name_with_markup_and_controls_is_shown_as_it_is(tmp_path: Path) -> None:
    name = "[b]x\x1b[2J[TODO].txt"
    (tmp_path / name).write_text(f"{SUDOKU}\n{SUDOKU[::-1]}")
    app = make_app(name)
    async with app.run_test() as pilot:
        await settle(pilot)
        assert isinstance(app.screen, ChooseDialog)
        assert (
            str(app.screen.query_one(".title", Static).content) == "2 puzzles in [b]x[2J[TODO].txt"
        )
        await press(pilot, ["enter"])
        assert last(app)[2] == "[b]x[2J[TODO].txt · 1"


async def test_a_pasted_path_opens_its_file(tmp_path: Path) -> None:
    file = tmp_path / "my puzzle.sdk"
    file.write_text(
        "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
    )
    for text in (f"'{file}'", f"{file}\n", "file://" + str(file).replace(" ", "%20")):
        chosen = read_pasted(text, "maze")
        assert (chosen.task, chosen.source) == ("sudoku", "my puzzle.sdk")


def shown(board: Board) -> str:
    """What a board shows, without colours."""
    lines = (board.render_line(y).text.rstrip() for y in range(board.size.height))
    return "\n".join(lines).strip()


async def test_examples_and_levels_go_from_easy_to_hard_and_say_their_size() -> None:
    app = make_app()
    async with app.run_test(size=(110, 34)) as pilot:
        await press(pilot, ["b"])
        listed = app.screen.query_one(OptionList)
        lines = [str(option.prompt) for option in listed.options]
        assert [line.split()[0] for line in lines[:5]] == [
            "easy",
            "medium",
            "hard",
            "minimal",
            "extreme",
        ]
        assert "clues" in lines[0]
        mazes = [line for line in lines if "  maze · " in line]
        assert [line.split()[0] for line in mazes[:3]] == ["small", "medium", "large"]
        assert "9×9" in mazes[0]
        await press(pilot, ["escape", "g"])
        listed = app.screen.query_one(OptionList)
        first = str(listed.get_option_at_index(0).prompt)
        assert first == "easy  sudoku · 36 clues, no guessing"


async def test_tasks_and_levels_are_lines_that_nothing_of_weight_is_cut_from(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("puzzles.arc.puzzle.DATASETS", ("arc1-training",))
    app = make_app()
    async with app.run_test(size=(80, 24)) as pilot:
        await press(pilot, ["a"])
        listed = app.screen.query_one(OptionList)
        first = listed.render_line(0).text.strip()
        assert first == "007bbfb7  arc1-training · 5 pairs"
        await press(pilot, ["escape", "g"])
        listed = app.screen.query_one(OptionList)
        width = len(listed.render_line(0).text)
        long = [text for one in listed.options if len(text := str(one.prompt)) > width]
    assert not [text for text in long if "  arc · " not in text]


async def test_a_level_shows_the_puzzle_that_is_taken() -> None:
    app = make_app()
    async with app.run_test(size=(110, 34)) as pilot:
        await press(pilot, ["g"])
        seen = shown(app.screen.query_one("#picture", Board))
        await press(pilot, ["enter"])
        made = app.current.puzzle
        digits = [character for character in seen if character in "123456789"]
        assert digits == [str(digit) for digit in made.givens if digit]


@pytest.mark.parametrize("key", ["b", "a"])
async def test_no_puzzle_is_left_where_nothing_matches(
    monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    monkeypatch.setattr("puzzles.arc.puzzle.DATASETS", ("arc1-training",))
    app = make_app()
    async with app.run_test(size=(110, 34)) as pilot:
        await press(pilot, [key])
        board = app.screen.query_one("#picture", Board)
        assert shown(board)
        await paste(pilot, "qqq")
        assert not shown(board), "a stale preview"


async def test_an_empty_text_shows_what_may_be_typed() -> None:
    app = make_app()
    async with app.run_test(size=(110, 34)) as pilot:
        await press(pilot, ["n"])
        area = app.screen.query_one(TextArea)
        assert area.text == ""
        text = "\n".join(area.render_line(y).text for y in range(area.size.height))
        assert "for example" in text
    for task in ("sudoku", "maze", "arc"):
        kind, lines = domain(task), sample_of(task).split("\n")
        assert 2 < len(lines) < 40
        assert max(map(len, lines)) <= 84
        if task != "arc":  # which is longer than a sample
            assert kind.parse("\n".join(lines[2:]).partition("\nor\n")[0])
