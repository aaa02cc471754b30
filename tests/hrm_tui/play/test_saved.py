"""Saved games come back whole, and a file that cannot be used is kept beside, never trusted."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scripted import MAZE, SUDOKU

from hrm.errors import UserError
from hrm_tui.play import saved as saved_games
from hrm_tui.play.saved import Autosave, SavedGames, puzzle_of, save_of
from puzzles import domain
from puzzles.arc.game import ArcGame
from puzzles.game import AnyGame, new_game
from puzzles.maze.game import MazeGame
from puzzles.sudoku.game import SudokuGame


class SlowGames:
    """The first game takes until `go`."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self.began, self.go = Event(), Event()

    def write(self, saved: str) -> None:
        if not self.written and not self.began.is_set():
            self.began.set()
            assert self.go.wait(60)
        self.written.append(saved)


@pytest.mark.asyncio
async def test_the_last_words_of_a_screen_come_after_what_is_being_written() -> None:
    games = SlowGames()
    workers: list[asyncio.Task[None]] = []
    screen = SimpleNamespace(
        run_worker=lambda work, group: workers.append(asyncio.create_task(work))
    )
    autosave = Autosave(screen, games)
    autosave.keep("first")
    await asyncio.to_thread(games.began.wait)
    last = asyncio.create_task(asyncio.to_thread(autosave.keep_now, "last"))
    await asyncio.sleep(0.05)
    assert games.written == []
    games.go.set()
    await asyncio.gather(last, *workers)
    assert games.written == ["first", "last"]


@pytest.mark.asyncio
async def test_a_save_that_fails_does_not_keep_the_next_one_back() -> None:
    written: list[str] = []
    notices: list[str] = []

    def write(saved: str) -> None:
        if saved == "first":
            autosave.keep("next")
            raise UserError("the disk is full")
        written.append(saved)

    workers: list[asyncio.Task[None]] = []
    screen = SimpleNamespace(
        run_worker=lambda work, group: workers.append(asyncio.create_task(work)),
        notify=lambda text, **_: notices.append(text),
    )
    autosave = Autosave(screen, SimpleNamespace(write=write))
    autosave.keep("first")
    await asyncio.gather(*workers)
    assert written == ["next"]
    assert notices == ["This game cannot be saved: the disk is full"]


@pytest.fixture
def games(tmp_path: Path) -> SavedGames:
    return SavedGames(tmp_path / "games")


def sudoku() -> SudokuGame:
    return SudokuGame(domain("sudoku").parse(SUDOKU)[0])


def maze() -> MazeGame:
    return MazeGame(domain("maze").parse(MAZE)[0])


def arc() -> ArcGame:
    found = domain("arc").find("007bbfb7")
    assert found
    return ArcGame(found[0])


def play(game: AnyGame) -> AnyGame:
    """Two moves and one of them taken back."""
    if isinstance(game, SudokuGame):
        assert game.mark((0, 3), 2)
        assert game.put((0, 2), 4)
    elif isinstance(game, MazeGame):
        assert game.go((1, 0))
        assert game.go((1, 0))
    elif isinstance(game, ArcGame):
        assert game.copy_input()
        assert game.paint((0, 0), 9)
    game.undo()
    return game


@pytest.mark.parametrize("make", [sudoku, maze, arc])
def test_a_game_comes_back_with_its_history(games: SavedGames, make: type[AnyGame]) -> None:
    game = play(make())  # type: ignore[call-arg]  # a function without arguments
    games.write(save_of(game, "here", 12.345, 2))
    found = games.read(game.task, game.puzzle)
    assert found is not None
    again, saved = found
    assert again.position == game.position
    assert again.history.past == game.history.past
    assert again.history.future == game.history.future
    assert (saved.source, saved.seconds, saved.hints, saved.finished) == ("here", 12.3, 2, False)
    latest = games.latest()
    assert latest is not None
    puzzle = puzzle_of(latest)
    assert puzzle == game.puzzle
    assert domain(game.task).solve(puzzle), "ARC's known output is found again"


def test_nothing_saved_is_nothing_found(games: SavedGames) -> None:
    assert games.read("sudoku", sudoku().puzzle) is None
    assert games.latest() is None


def test_the_latest_game_is_the_unfinished_one_that_was_played_last(games: SavedGames) -> None:
    first, second, third = sudoku(), maze(), arc()
    third.history.commit(third.puzzle.output)
    played: list[AnyGame] = [first, second, third]
    for age, game in enumerate(played):
        games.write(save_of(game, str(age), 0, 0))
        (place,) = (p for p in games.folder.iterdir() if p.name.startswith(game.task))
        os.utime(place, (1000 + age, 1000 + age))
    assert third.won()
    latest = games.latest()
    assert latest is not None
    assert latest.task == "maze"
    latest = games.latest(second)
    assert latest is not None
    assert latest.task == "sudoku"


def test_no_more_than_a_bounded_number_is_kept(
    games: SavedGames, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saved_games, "MOST_GAMES", 2)
    oldest = save_of(sudoku(), "", 0, 0)
    games.write(oldest)
    os.utime(next(games.folder.iterdir()), (1000, 1000))
    games.write(save_of(maze(), "", 0, 0))
    games.write(save_of(arc(), "", 0, 0))
    assert sorted(p.name.split("-")[0] for p in games.folder.iterdir()) == ["arc", "maze"]


def test_the_file_stays_small_however_long_the_game(games: SavedGames) -> None:
    game = arc()
    game.resize(30, 30)
    rng = np.random.default_rng(0)
    for _ in range(600):
        game.paint((int(rng.integers(30)), int(rng.integers(30))), int(rng.integers(10)))
    past = len(game.history.past)
    games.write(save_of(game, "", 0, 0))
    (place,) = games.folder.iterdir()
    assert place.stat().st_size < 400_000
    found = games.read("arc", game.puzzle)
    assert found is not None
    kept = found[0].history.past
    assert 100 < len(kept) < past
    assert kept == game.history.past[-len(kept) :]


DAMAGE = [
    b"",
    b"{",
    b"\xff\xfe",
    b"[]",
    b"[" * 100_000,
    b'{"format": 2}',
    b'{"format": 1, "task": "sudoku"}',
    b'{"format": 1, "seconds": 1' + b"0" * 5000 + b"}",
]


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_file_is_set_aside(games: SavedGames, damage: bytes) -> None:
    game = play(sudoku())
    games.write(save_of(game, "", 0, 0))
    (place,) = games.folder.iterdir()
    for number in (1, 2):
        place.write_bytes(damage)
        assert games.latest() is None
        with pytest.raises(UserError, match="cannot be used") as caught:
            games.read("sudoku", game.puzzle)
        aside = place.with_suffix(f".damaged-{number}")
        assert aside.name in caught.value.hint
        assert aside.read_bytes() == damage
        assert games.read("sudoku", game.puzzle) is None


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_whatever_a_field_holds_is_restored_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    games = SavedGames(tmp_path_factory.mktemp("games"))
    game = play(sudoku())
    games.write(save_of(game, "", 0, 0))
    (place,) = games.folder.iterdir()
    plain = json.loads(place.read_text())
    field = data.draw(st.sampled_from(sorted(plain)))
    junk = st.none() | st.booleans() | st.integers(-9, 9) | st.floats() | st.text(max_size=5)
    boxes = st.lists(junk, max_size=3) | st.dictionaries(st.text(max_size=3), junk, max_size=2)
    value = data.draw(junk | boxes | st.lists(boxes, max_size=2))
    place.write_text(json.dumps({**plain, field: value}))
    try:
        found = games.read("sudoku", game.puzzle)
    except UserError:
        assert not place.exists()
    else:
        assert found is not None
        assert found[0].decode(found[0].encode(found[0].position)) == found[0].position


def test_a_folder_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    (tmp_path / "games").write_text("a file where the folder should be")
    game = sudoku()
    with pytest.raises(UserError, match="games"):
        SavedGames(tmp_path / "games").write(save_of(game, "", 0, 0))


def test_every_task_has_its_game() -> None:
    for game in (sudoku(), maze(), arc()):
        assert type(new_game(game.task, game.puzzle)) is type(game)
