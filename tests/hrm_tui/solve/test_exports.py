"""What can be taken out of the solve screen, without the screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from scripted import SUDOKU, SUDOKU_ANSWER
from scripted_engine import ScriptedEngine

from hrm.errors import UserError
from hrm.events import Finished, Segment
from hrm.solving.policy import Policy
from hrm.solving.recording import read_recording
from hrm_tui.solve.exports import (
    answer_text,
    movie_of,
    proposed_path,
    trace_text,
    write,
    write_recording,
)
from hrm_tui.solve.playback import Playback
from puzzles import domain


def played(task: str) -> tuple[object, Playback]:
    """A puzzle and its solve, the end shown."""
    kind = domain(task)
    (puzzle, *_) = kind.parse(SUDOKU) if task == "sudoku" else kind.find("mirror") or []
    playback = Playback()
    for event in ScriptedEngine().solve(task, puzzle, Policy(segments=4, attempts=0)):
        playback.add(event)
    playback.go(playback.last)
    return puzzle, playback


def test_the_answer_is_that_of_the_frame() -> None:
    puzzle, playback = played("sudoku")
    assert answer_text(domain("sudoku"), puzzle, playback) == SUDOKU_ANSWER + "\n"
    playback.go(1)
    assert answer_text(domain("sudoku"), puzzle, playback) == "0" * 81 + "\n"


def test_both_attempts_at_an_arc_task_are_written() -> None:
    puzzle, playback = played("arc")
    text = answer_text(domain("arc"), puzzle, playback)
    assert "attempt_1" in text
    assert "attempt_2" in text


def test_a_trace_reads_back_with_its_alternatives(tmp_path: Path) -> None:
    _, playback = played("sudoku")
    path = write(str(tmp_path / "t.jsonl"), trace_text(playback))
    recording = read_recording(path)
    assert [type(event) for event in recording.of(0)[1:]] == [Segment] * 3 + [Finished]
    first = recording.events[1]
    assert isinstance(first, Segment)
    assert first.alternatives is not None


def test_nothing_to_export_is_an_error_with_a_hint() -> None:
    puzzle, _ = played("sudoku")
    with pytest.raises(UserError, match="no answer yet"):
        answer_text(domain("sudoku"), puzzle, Playback())
    with pytest.raises(UserError, match="nothing to trace"):
        trace_text(Playback())


@pytest.mark.parametrize(
    ("kind", "task", "source", "name"),
    [
        ("answer", "sudoku", "hard.txt", "sudoku-hard.txt"),
        ("answer", "arc", "../x\x1b[31m/007bbfb7", "arc-007bbfb7.json"),
        ("trace", "maze", "pasted text", "maze-pasted-text.jsonl"),
        ("screenshot", "maze", "...", "maze.svg"),
        ("recording", "maze", "tree.txt", "maze-tree.svg"),
        ("gif", "maze", "tree.txt", "maze-tree.gif"),
        ("cast", "maze", "tree.txt", "maze-tree.cast"),
        ("png", "maze", "tree.txt", "maze-tree.png"),
    ],
)
def test_proposed_names_are_harmless(kind: str, task: str, source: str, name: str) -> None:
    assert proposed_path(kind, task, source) == name


def test_what_was_exported_before_is_not_overwritten(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    names = [proposed_path("answer", "sudoku", "easy, generated") for _ in range(2)]
    for number in range(2):
        write(proposed_path("answer", "sudoku", "easy, generated"), str(number))
    assert len(set(names)) == 1
    found = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()}
    assert found == {
        "sudoku-easy-generated.txt": "0",
        "sudoku-easy-generated-2.txt": "1",
    }


def test_the_clipboards_file_lies_in_the_state_folder_which_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HRM_HOME", str(tmp_path / "home"))
    path = write(proposed_path("clipboard", "sudoku", "x"), "1")
    assert path.read_text(encoding="utf-8") == "1"
    assert tmp_path in path.parents


def test_a_place_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="cannot be written"):
        write(str(tmp_path / "missing" / "x.txt"), "1")


@pytest.mark.parametrize("task", ["sudoku", "arc"])
def test_a_recording_has_the_puzzle_every_segment_and_the_end(task: str) -> None:
    puzzle, playback = played(task)
    movie = movie_of("recording", domain(task), puzzle, playback, "dark")
    assert len(movie.frames) >= 2 + len(playback.segments)
    assert movie.title.startswith(task)


def test_the_picture_is_of_the_segment_that_is_shown() -> None:
    puzzle, playback = played("sudoku")
    kind = domain("sudoku")
    whole = movie_of("recording", kind, puzzle, playback, "light")
    assert movie_of("png", kind, puzzle, playback, "light").frames == whole.frames
    playback.go(1)
    early = movie_of("png", kind, puzzle, playback, "light")
    assert early.frames[-1].glyphs != whole.frames[-1].glyphs
    assert len(early.frames) < len(whole.frames)


@pytest.mark.parametrize("suffix", ["svg", "gif", "png", "cast"])
def test_a_recording_is_written_in_the_format_of_its_name(tmp_path: Path, suffix: str) -> None:
    puzzle, playback = played("sudoku")
    movie = movie_of("recording", domain("sudoku"), puzzle, playback, "dark")
    path = write_recording(str(tmp_path / f"solve.{suffix}"), movie)
    begin = {"svg": b"<svg", "gif": b"GIF89a", "png": b"\x89PNG", "cast": b'{"version": 2'}
    assert path.read_bytes().startswith(begin[suffix])


def test_a_recording_that_cannot_be_is_an_error_and_writes_nothing(tmp_path: Path) -> None:
    puzzle, playback = played("sudoku")
    with pytest.raises(UserError, match="nothing to record yet"):
        movie_of("gif", domain("sudoku"), puzzle, Playback(), "dark")
    movie = movie_of("gif", domain("sudoku"), puzzle, playback, "dark")
    with pytest.raises(UserError, match=r"does not end in \.svg"):
        write_recording(str(tmp_path / "solve.mp4"), movie)
    assert not list(tmp_path.iterdir())
