"""The app around its screens: start, one puzzle for all, help, palette, keys, themes."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from screen_driver import ScreenDriver
from scripted import SUDOKU
from stage import NotedToo, make_app, noted, paste, press, set_stage, settle
from textual.command import CommandPalette
from textual.widgets import Static, TextArea

from hrm.errors import ModelError
from hrm.events import Started
from hrm.solving.trace import to_json
from hrm_tui.app import HrmApp
from hrm_tui.commands import binding_ids, commands, taken_keys
from hrm_tui.dialogs.choose import ChooseDialog
from hrm_tui.dialogs.edit import EditDialog
from hrm_tui.dialogs.help import HelpScreen, key_rows, sections
from hrm_tui.dialogs.pick import PickDialog
from hrm_tui.recent import keep_draft, kept_draft
from hrm_tui.screens import PLACES, screen_class
from hrm_tui.settings import Settings, kept_theme
from hrm_tui.sources import read_source
from puzzles import domain

pytestmark = pytest.mark.asyncio


@pytest.fixture(autouse=True)
def _staged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_stage(monkeypatch, tmp_path)


async def test_the_first_screen_shows_the_puzzle_and_the_engine_loads() -> None:
    app = make_app("hard")
    async with app.run_test() as pilot:
        await settle(pilot)
        [(task, puzzle, source)] = noted(app).shown
        assert (task, source) == ("sudoku", "hard")
        assert puzzle == app.current.puzzle
        assert app.engine_state == "script · 1 thread"


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        (SUDOKU.replace("9", "."), "It has more than one solution."),
        (SUDOKU[:-2] + "97", "It has no solution."),
    ],
)
async def test_a_puzzle_that_was_mistyped_is_doubted(text: str, doubt: str) -> None:
    app = make_app()
    async with app.run_test(notifications=True) as pilot:
        await settle(pilot)
        assert not app._notifications, "a bundled puzzle is sound"
        await paste(pilot, text)
        await settle(pilot)
        [notice] = app._notifications
        assert notice.message == f"{doubt} Compare the puzzle with its source."


async def test_an_engine_that_cannot_load_is_reported_and_the_app_continues() -> None:
    class Broken:
        place = ""

        def load(self) -> None:
            raise ModelError("torch is [b]missing", "Install it.")

    app = HrmApp(Broken(), Settings(), make_app().start)  # type: ignore[arg-type]
    async with app.run_test(notifications=True) as pilot:
        await settle(pilot)
        assert app.engine_state == "torch is [b]missing"
        [notice] = app._notifications
        assert notice.message == "torch is [b]missing\nInstall it."
        assert not notice.markup


async def test_the_engine_loads_below_a_dialog_that_opens_at_once() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, ["b"])
        assert isinstance(app.screen, ChooseDialog)
        assert app.engine_state == "script · 1 thread"


async def test_screens_share_the_puzzle_and_keep_what_they_did_with_it() -> None:
    app = make_app()
    async with app.run_test():
        await app.action_visit("play")
        assert isinstance(app.screen, NotedToo)
        first = noted(app)
        assert len(first.shown) == 1
        for name in ("solve", "play", "solve"):
            await app.action_visit(name)
        assert len(noted(app).shown) == 1
        await app.take(read_source("large"))
        assert [task for task, _, _ in noted(app).shown] == ["sudoku", "maze"]
        await app.action_visit("play")
        assert noted(app) is first
        assert [task for task, _, _ in first.shown] == ["sudoku", "maze"]


async def test_starting_on_another_screen_and_with_a_trace(tmp_path: Path) -> None:
    app = make_app(screen="play", trace=tmp_path / "t.jsonl")
    async with app.run_test() as pilot:
        await settle(pilot)
        assert isinstance(app.screen, NotedToo)
        assert noted(app).traces == [tmp_path / "t.jsonl"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
async def test_a_trace_is_opened_like_a_puzzle(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "think.jsonl"
    [puzzle] = domain("sudoku").find("hard") or ()
    began = Started(
        domain="sudoku",
        model="m",
        text=domain("sudoku").format(puzzle),
        name="",
        limit=1,
        attempts=0,
    )
    path.write_text(to_json(began) + "\n", encoding=encoding)
    app = make_app(screen="play")
    async with app.run_test() as pilot:
        await settle(pilot)
        chosen = read_source(str(path))
        assert (chosen.task, chosen.puzzles) == ("sudoku", (puzzle,))
        await app.take(chosen)
        assert app.current_mode == "solve"
        assert noted(app).traces == [path]


async def test_help_names_every_key_its_meaning_and_its_id() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        rows = key_rows(app.screen.active_bindings)
        assert ("space", "Let the model think", "noted.pause") in rows
        assert ("o", "Open a file", "open") in rows
        assert ("q", "Quit; so do ^q anywhere, and ^c where no text is selected", "quit") in rows
        await press(pilot, ["f1"])
        assert isinstance(app.screen, HelpScreen)
        assert "notes what it is shown" in str(app.screen.query(Static)[1].content)
        await press(pilot, ["f1"])
        assert noted(app).paused == 0


async def test_the_palette_has_an_entry_for_every_key_and_runs_it() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        screen = app.screen
        titles = [entry.title for entry in commands(app, screen)]
        assert len(titles) == len(set(titles)), "each command once"
        entries = {title.partition(" · ")[0] for title in titles}
        described = {
            bound.binding.description for bound in screen.active_bindings.values() if bound[1].id
        }
        assert described - entries <= {"", "palette"}
        assert all(entry.help not in entry.title for entry in commands(app, screen) if entry.help)
        assert {"Think · space", "Open · o", "Play yourself · p F3"} <= set(titles)
        assert {"New", "Edit", "Generate", "Theme", "Quit"} <= entries
        await pilot.press("ctrl+p")
        await settle(pilot)
        assert isinstance(app.screen, CommandPalette)
        await pilot.press(*"think")
        await pilot.app.workers.wait_for_complete()
        await pilot.press("enter", "enter")
        await settle(pilot)
        assert noted(app).paused == 1


async def test_screenshots_are_written_beside_each_other_in_the_working_folder(
    tmp_path: Path,
) -> None:
    app = make_app()
    async with app.run_test():
        entries = {entry.title: entry for entry in commands(app, app.screen)}
        entries["Screenshot"].callback()
        entries["Screenshot"].callback()
    written = sorted(path.name for path in tmp_path.glob("*.svg"))
    assert written == ["hrm-screen-2.svg", "hrm-screen.svg"]
    assert "nothing yet" in (tmp_path / written[0]).read_text().replace("&#160;", " ")


async def test_keys_of_the_configuration_replace_those_of_the_bindings() -> None:
    settings = Settings(keys={"noted.pause": "ctrl+t,y", "open": "zz", "nothing": "a"})
    app = make_app(settings=settings)
    async with app.run_test(notifications=True) as pilot:
        await press(pilot, ["space"])
        assert noted(app).paused == 0
        await press(pilot, ["y", "ctrl+t"])
        assert noted(app).paused == 2
        said = sorted(notice.message for notice in app._notifications)
        assert said == [
            "config.toml: keys.open has no key zz",
            "config.toml: there is no binding nothing",
        ]


@pytest.mark.parametrize(
    ("keys", "clashes"),
    [
        ({"noted.fail": "space"}, ["space of keys.noted.fail is the key of noted.pause, too"]),
        ({"noted.fail": "o"}, ["o of keys.noted.fail is the key of open, too"]),
        ({"open": "z"}, ["z of keys.open is the key of noted.fail, too"]),
        ({"open": "z", "noted.fail": "f"}, []),
        ({"dialog.leave": "q"}, []),
    ],
)
async def test_keys_that_clash_are_reported(keys: dict[str, str], clashes: list[str]) -> None:
    wanted = {f"config.toml: {clash}" for clash in clashes}
    real = {"solve.", "play.", "train.", "models."}
    taken = set(taken_keys(keys, HrmApp))
    assert {clash for clash in taken if not any(name in clash for name in real)} == wanted


async def test_keys_of_dialogs_can_be_set() -> None:
    keys = {"edit.accept": "f9", "enter.error": "f8", "open.complete": "f7"}
    app = make_app(settings=Settings(keys=keys))
    async with app.run_test(notifications=True) as pilot:
        await settle(pilot)
        assert list(app._notifications) == []


async def test_binding_ids_are_those_of_the_screens_and_the_app() -> None:
    assert {"open", "new", "help", "quit", "noted.pause", "dialog.leave"} <= binding_ids()


async def test_a_theme_is_kept_and_one_that_is_gone_falls_back(tmp_path: Path) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        assert app.theme == "hrm-dark"
        app.theme = "hrm-light"
        await pilot.pause()
    again = make_app()
    async with again.run_test() as pilot:
        assert again.theme == "hrm-light"
        for name in ("hrm-dark", "hrm-light"):  # back to the one that it began with
            again.theme = name
            await pilot.pause()
    assert kept_theme() == "hrm-light"
    (tmp_path / ".hrm" / "state" / "theme").write_text("gone\x1b[31m")
    third = make_app(settings=Settings(theme="also gone"))
    async with third.run_test(notifications=True):
        assert third.theme == "hrm-dark"
        assert "config.toml: there is no theme also gone" in [
            notice.message for notice in third._notifications
        ]


async def test_the_theme_of_the_configuration_goes_before_the_kept_one() -> None:
    app = make_app(settings=Settings(theme="hrm-contrast"))
    async with app.run_test():
        assert app.theme == "hrm-contrast"


async def test_no_color_draws_nothing_but_the_terminals_own_colours(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, ["b"])
        assert app.theme == "hrm-mono"
        styles = [s.style for strip in app.screen._compositor.render_strips() for s in strip]
        colours = {colour for style in styles if style for colour in (style.color, style.bgcolor)}
        assert {c for c in colours if c is not None and not c.is_default} == set()


@pytest.mark.parametrize("keys", [["ctrl+c"], ["f1", "ctrl+c"], ["f1", "ctrl+q"], ["n", "ctrl+q"]])
async def test_ctrl_c_and_ctrl_q_quit(keys: list[str]) -> None:
    app = make_app()
    async with app.run_test() as pilot:
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        await pilot.pause()
    assert app.return_code == 0


async def test_a_draft_that_another_app_has_kept_stays() -> None:
    app = make_app()
    async with app.run_test():
        keep_draft("53..7")
        app.save_state()
    assert kept_draft() == "53..7"


async def test_a_crash_is_kept_for_the_launcher_and_prints_nothing(
    capsys: pytest.CaptureFixture[str],
) -> None:
    app = make_app()
    with pytest.raises(RuntimeError, match="ink"):
        async with app.run_test() as pilot:
            await pilot.press("z")
    assert isinstance(app.crash, RuntimeError)
    streams = capsys.readouterr()
    assert "ink" not in streams.out + streams.err


async def test_actions_that_share_a_label_differ_in_the_palette() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await app.switch_mode("train")
        await settle(pilot)
        await app.switch_mode("solve")
        titles = [entry.title for entry in commands(app, app.screen)]
        assert len(titles) == len(set(titles))
        assert not any("Copy selected" in title for title in titles)


async def test_clashes_are_reported_across_screens_boards_and_between_new_keys() -> None:
    for name in PLACES:
        screen_class(name)
    import_module("hrm_tui.play.screen")
    taken = list(taken_keys({"play.hint": "h", "open": "x9"}, HrmApp))
    assert "config.toml: h of keys.play.hint is the key of board.left, too" in taken
    twice = list(taken_keys({"open": "f9", "edit": "f9"}, HrmApp))
    assert twice == ["config.toml: f9 of keys.edit is the key of open, too"]


async def test_help_says_what_the_screen_is_for_and_groups_its_keys() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        found = dict(sections(app.screen.active_bindings))
        assert list(found)[:2] == ["On this screen", "Choose a puzzle"]
        assert any(name == "noted.pause" for *_, name in found["On this screen"])
        assert {name for *_, name in found["Choose a puzzle"]} >= {"new", "open", "edit"}
        assert all(name.startswith("visit.") for *_, name in found["Other screens"])
        await press(pilot, ["f1"])
        words = " ".join(ScreenDriver(pilot).words().split())
        assert "notes what it is shown" in words
        assert "On this screen" in words
        assert "noted.pause" not in words


async def test_a_draft_outlives_a_broken_paste_that_was_edited() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, ["n"])
        await paste(pilot, "my own text")
        await press(pilot, ["escape"])
        await paste(pilot, "#S x#")
        await press(pilot, ["y", "escape"])
        assert "#S x#" in app.draft
        await press(pilot, ["n"])
        app.screen.query_one(TextArea).text = SUDOKU
        await press(pilot, ["ctrl+s"])
        assert app.draft == "my own text"
        await paste(pilot, "#S x#")
        await press(pilot, ["y", "escape"])
        app.save_state()
    assert "my own text" in kept_draft()
    assert "#S x#" in kept_draft()


async def test_leaving_asks_about_a_board_that_was_edited() -> None:
    app = make_app()
    async with app.run_test() as pilot:
        await press(pilot, ["e", "ctrl+n", "ctrl+q"])
        assert isinstance(app.screen, PickDialog)
        await press(pilot, ["enter"])
        assert isinstance(app.screen, EditDialog), "the first line goes on"
        await press(pilot, ["ctrl+q", "down", "enter"])
        await pilot.pause()
        assert app._exit


async def test_function_keys_and_shift_are_named_as_on_keyboards() -> None:
    app = make_app()
    async with app.run_test(size=(110, 34)) as pilot:
        await settle(pilot)
        shown = {
            one.binding.key: app.get_key_display(one.binding)
            for one in app.screen.active_bindings.values()
        }
    assert (shown["f1"], shown["f3"], shown["p"]) == ("F1", "F3", "p")
