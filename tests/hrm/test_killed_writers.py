"""A process that is killed, or a disk that is full, in the middle of a write: what was there before
stays readable, and nothing half is ever read."""

from __future__ import annotations

import json
import os
import random
import resource
import signal
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from hrm.files import write_atomically, written_whole
from hrm_tui.play.saved import SavedGames, save_of
from puzzles import domain
from puzzles.game import new_game

SUDOKU = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
PUZZLE = domain("sudoku").parse(SUDOKU)[0]
LONG = 40_000


def write_text(folder: Path, number: int) -> None:
    with written_whole(folder / "out.json") as file:
        json.dump([number] * LONG, file)


def write_bytes(folder: Path, number: int) -> None:
    write_atomically(folder / "out.json", json.dumps([number] * LONG).encode())


def write_game(folder: Path, number: int) -> None:
    game = new_game("sudoku", PUZZLE)
    SavedGames(folder).write(save_of(game, "x" * LONG, float(number), 0))


def read_list(folder: Path) -> float | None:
    path = folder / "out.json"
    if not path.exists():
        return None
    numbers = json.loads(path.read_text())
    assert len(numbers) == LONG
    assert len(set(numbers)) == 1
    return float(numbers[0])


def read_game(folder: Path) -> float | None:
    found = SavedGames(folder).read("sudoku", PUZZLE)  # raises for a file that is half
    return None if found is None else found[1].seconds


WRITERS: dict[str, tuple[Callable[[Path, int], None], Callable[[Path], float | None]]] = {
    "text": (write_text, read_list),
    "bytes": (write_bytes, read_list),
    "saved game": (write_game, read_game),
}


def child(work: Callable[[], None]) -> int:
    """The id of a process that does this; it ends with 0, or with 1 after an exception."""
    process = os.fork()
    if process == 0:
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    return process


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITERS)
def test_fifty_kills(name: str, tmp_path: Path) -> None:
    write, read = WRITERS[name]
    chance = random.Random(7)
    write(tmp_path, 0)

    def work() -> None:
        for number in count(1):
            write(tmp_path, number)

    for _ in range(50):
        process = child(work)
        time.sleep(chance.random() * 0.05)  # the moment of the kill is what is drawn
        os.kill(process, signal.SIGKILL)
        os.waitpid(process, 0)
        assert read(tmp_path) is not None


@pytest.mark.slow
@pytest.mark.parametrize("name", WRITERS)
def test_a_disk_that_is_full_at_any_byte(name: str, tmp_path: Path) -> None:
    write, read = WRITERS[name]
    write(tmp_path, 1)
    size = max(path.stat().st_size for path in tmp_path.iterdir())
    for room in {*range(0, size, size // 25), size - 1}:

        def work(room: int = room) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))
            write(tmp_path, 2)

        _, status = os.waitpid(child(work), 0)
        assert os.waitstatus_to_exitcode(status) == 1
        assert read(tmp_path) == 1
        assert len([path for path in tmp_path.iterdir() if path.suffix == ".json"]) == 1
