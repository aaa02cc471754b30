"""The scenes of a solve: as many as there is to see, with their words and times."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scripted import MAZE, SUDOKU, Script, segment

from hrm.engine import SolveSettings
from hrm.events import Adapted, Learning, Segment, SolveEvent, Started
from hrm.movie.frames import make_movie, theme
from hrm.movie.scenes import ADAPTING_SCENES, Scene, Scenes, scenes, title_of
from hrm.movie.stage import LEAST, Stage
from hrm.solving.pacing import SEGMENTS_A_SECOND
from hrm.styles import PLAIN, Palette
from puzzles import domain
from puzzles.drawing.picture import Cell, Picture, Room

ROOM = Room(80, 36)


def solved(task: str, *, wrong: bool = False) -> tuple[object, list[SolveEvent]]:
    kind = domain(task)
    puzzles = (
        kind.find("mirror") if task == "arc" else kind.parse(SUDOKU if task == "sudoku" else MAZE)
    )
    script = Script(wrong=frozenset({0}) if wrong else frozenset())
    assert puzzles is not None
    return puzzles[0], list(script.open(kind, SolveSettings())([puzzles[0]]))


def shown(task: str, events: list[SolveEvent], puzzle: object, **named: float) -> list[Scene]:
    return list(scenes(domain(task), puzzle, events, ROOM, **named))


@pytest.mark.parametrize("task", ["sudoku", "maze", "arc"])
def test_the_puzzle_every_segment_and_the_end(task: str) -> None:
    puzzle, events = solved(task)
    first, one, two, end = shown(task, events, puzzle)
    assert first.heading == "the puzzle"
    assert first.halting is None
    assert one.heading == "segment 1 of 16"
    assert one.words[0].endswith("a chance of 27 % that it is right, so it continues.")
    assert 0 < one.halting < 0.5 < two.halting < 1  # type: ignore[operator]
    assert end.ended
    assert end.words[0].startswith("Solved in 2 segments")


def test_a_cycle_inside_a_segment_keeps_the_words_of_the_segment_before() -> None:
    puzzle, (start, one, two, end) = solved("sudoku")
    assert isinstance(one, Segment)
    assert isinstance(two, Segment)
    beliefs = np.full((3, 9, 9, 11), 20, np.uint8)
    thinking = [replace(s, beliefs=beliefs) for s in (one, two)]
    seen = shown("sudoku", [start, *thinking, end], puzzle)
    assert [s.heading for s in seen[1:7]] == [
        f"segment {n} of 16, cycle {c} of 3" for n in (1, 2) for c in (1, 2, 3)
    ]
    assert [s.old for s in seen] == [False, True, True, False, True, True, False, False]
    assert seen[4].words == seen[3].words != seen[6].words
    assert seen[1].words == ()


def test_the_first_and_the_last_are_held_and_the_pace_is_kept() -> None:
    puzzle, events = solved("sudoku")
    usual = shown("sudoku", events, puzzle)
    assert usual[0].seconds == usual[-2].seconds - 1 / SEGMENTS_A_SECOND == 1.0
    assert usual[-1].seconds >= 2.0
    fast = shown("sudoku", events, puzzle, speed=10 * SEGMENTS_A_SECOND)
    assert [10 * s.seconds for s in fast] == pytest.approx([s.seconds for s in usual])


@pytest.mark.parametrize("task", ["sudoku", "arc"])
def test_a_wrong_answer_says_so(task: str) -> None:
    puzzle, events = solved(task, wrong=True)
    end = shown(task, events, puzzle)[-1]
    assert end.solved is False
    assert end.words[0].startswith("Not solved")


def test_learning_the_demonstrations_takes_few_scenes() -> None:
    puzzle, (start, *rest) = solved("arc")
    learning = [
        Adapted(
            step=n, loss=1.0, reproduced=n // 200, demonstrations=4, seconds=n / 10, budget=60.0
        )
        for n in range(600)
    ]
    seen = shown("arc", [start, *learning, *rest], puzzle)
    assert 8 <= len(seen) - 4 <= ADAPTING_SCENES + 3
    assert seen[1].words[0] == "step 0 · loss 1.000 · 0 of 4 reproduced"
    sizes = {(s.picture.width, len(s.picture.rows)) for s in seen[:-1]}
    assert len(sizes) == 1  # nothing jumps


def test_the_present_guess_is_seen_while_it_learns() -> None:
    puzzle, (start, *rest) = solved("arc")
    shown_so_far = tuple(np.array(pair.output) for pair in puzzle.demonstrations)  # type: ignore[attr-defined]
    learning = Learning(
        round=2,
        rounds=5,
        afresh=False,
        shown=(shown_so_far[0], *(np.zeros((1, 1), np.uint8) for _ in shown_so_far[1:])),
        guesses=(np.full((2, 2), 3, np.uint8),),
    )
    event = Adapted(
        step=9,
        loss=0.5,
        reproduced=1,
        demonstrations=len(shown_so_far),
        seconds=1.0,
        budget=60.0,
        learning=learning,
    )
    scene = shown("arc", [start, event, *rest], puzzle)[1]
    drawn = scene.picture.plain()
    assert "present guess" in drawn
    assert "1: ✓" in drawn
    assert "2: wrong size" in drawn
    assert scene.picture.width <= ROOM.columns
    assert scene.heading == "round 2 of up to 5 · from trained weights · 59 s left"
    assert scene.words == (f"step 9 · loss 0.500 · 1 of {len(shown_so_far)} reproduced",)


def test_a_what_if_and_a_copy_are_named() -> None:
    puzzle, (start, one, *_) = solved("sudoku")
    assert isinstance(one, Segment)
    copy = replace(one, attempt=3)
    tried = replace(one, attempt=2, hypothesis=("r1c1 = 5",))
    seen = shown("sudoku", [start, copy, tried], puzzle)
    assert seen[1].heading == "copy 3 · segment 1 of 16"
    assert seen[2].heading == "what if r1c1 = 5? · segment 1 of 16"


def test_the_title_says_what_is_solved_and_by_whom() -> None:
    start = Started(domain="maze", model="m", text="", name="", limit=1, attempts=0)
    assert title_of([start]) == "maze · m"
    assert title_of([]) == ""


@given(
    st.sampled_from(("sudoku", "maze", "arc")),
    st.integers(LEAST[0], 120),
    st.integers(LEAST[1], 60),
    st.sampled_from((PLAIN, Palette.shaded(light=True))),
)
def test_a_scene_fits_every_stage(task: str, columns: int, rows: int, palette: Palette) -> None:
    stage = Stage(columns, rows, palette)
    puzzle, events = solved(task, wrong=True)
    made = Scenes(domain(task), puzzle, stage.room)
    for event in events:
        for scene in made.of(event):
            lines = stage.lines("a title " * 30, scene)
            assert len(lines) == rows
            assert all(line.cell_len <= columns for line in lines)
            assert scene.heading in "\n".join(line.plain for line in lines)


@pytest.mark.parametrize(
    ("words", "end"),
    [("one two three four five " * 20, "…"), ("One is short. " + "Two is long " * 30, "short.")],
)
def test_words_that_are_too_long_end_after_a_sentence_or_in_an_ellipsis(
    words: str, end: str
) -> None:
    stage = Stage(40, 24, PLAIN)
    picture = Picture(tuple((Cell("x", "answer"),) for _ in range(21)))
    scene = Scene(picture=picture, heading="h", words=(words,), seconds=1.0)
    lines = [line.plain.strip() for line in stage.lines("t", scene) if line.plain.strip()]
    assert lines[-1].endswith(end)


def test_frames_that_look_alike_are_one_that_lasts_as_long_as_both() -> None:
    scene = Scene(picture=Picture(()), heading="h", seconds=1.0)
    other = replace(scene, heading="i")
    movie = make_movie("t", [scene, scene, other, scene], (40, 20), theme("dark"))
    assert [frame.seconds for frame in movie.frames] == [2.0, 1.0, 1.0]
    assert movie.at(1.5) is movie.frames[0]
    assert movie.at(2.5) is movie.frames[1]
    assert movie.at(99) is movie.frames[2]


def test_a_line_from_outside_brings_no_escape_codes() -> None:
    bad = segment(1, np.zeros((9, 9), np.uint8))
    bad = replace(bad, why="\x1b[31mred\x9b")
    puzzle, (start, *_) = solved("sudoku")
    movie = make_movie(
        "\x1b]0;title\x07",
        scenes(domain("sudoku"), puzzle, [start, bad], ROOM),
        (80, 42),
        theme("dark"),
    )
    texts = {glyph.text for frame in movie.frames for glyph in frame.glyphs.values()}
    assert all(text.isprintable() for text in texts)
    assert movie.title.isprintable()
