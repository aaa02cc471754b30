"""How mazes look: which scale fits, and what the frame says."""

from __future__ import annotations

import pytest

from puzzles import domain
from puzzles.drawing.picture import Room


@pytest.mark.parametrize(("columns", "told"), [(62, 4), (30, 0), (19, 0)])
def test_the_frame_says_what_all_marks_mean_or_nothing(columns: int, told: int) -> None:
    maze = domain("maze")
    side = (columns - 2) // 2 if columns > 60 else columns - 2
    [puzzle] = maze.parse("S" + "." * (side - 2) + "G\n" + ("." * side + "\n") * 8)
    picture = maze.render(puzzle, room=Room(columns, 60, tones=True))
    assert picture.width == columns
    last = "".join(cell.text for cell in picture.rows[-1])
    words = [meaning for _, _, meaning in maze.legend]
    assert [word for word in words if word in last] == words[:told]


def test_a_frame_of_30_columns_has_all_marks_in_short() -> None:
    maze = domain("maze")
    [puzzle] = maze.find("hard") or []
    picture = maze.render(puzzle, room=Room(80, 20, tones=True))
    assert picture.plain().splitlines()[-1] == "└─ █start █goal █path !broken ─┘"
    assert [cell.role for cell in picture.rows[-1][1:9:2]] == ["start", "goal", "path", "broken"]


@pytest.mark.parametrize(
    ("room", "size"),
    [((22, 22), (22, 22)), ((22, 21), (20, 20)), ((21, 40), (20, 20)), ((10, 10), (22, 22))],
)
def test_a_maze_that_fits_only_without_its_frame_has_none(
    room: tuple[int, int], size: tuple[int, int]
) -> None:
    maze = domain("maze")
    [puzzle] = maze.parse("S" + "." * 18 + "G\n" + ("." * 20 + "\n") * 39)
    picture = maze.render(puzzle, room=Room(*room, tones=True))
    assert (picture.width, len(picture.rows)) == size


def test_without_colours_the_frame_says_what_the_characters_mean() -> None:
    maze = domain("maze")
    [puzzle] = maze.parse("S" + "." * 28 + "G\n" + ("." * 30 + "\n") * 8)
    lines = maze.render(puzzle, room=Room(64, 32, tones=False)).plain().splitlines()
    assert "S start  G goal  •• path, ·· less likely  !! broken" in lines[-1]
    assert {len(line) for line in lines} == {62}


@pytest.mark.parametrize(("tones", "mark"), [(True, "?"), (False, "??")])
def test_the_wall_of_a_what_if_has_a_mark(tones: bool, mark: str) -> None:
    maze = domain("maze")
    [puzzle] = maze.parse("S....\n.....\n....G")
    picture = maze.render(puzzle, room=Room(40, 20, tones=tones), supposed=[(1, 2)])
    [wall] = {
        cell for row in picture.rows for cell in row if cell.at == (1, 2) and "?" in cell.text
    }
    assert wall.text.strip() == mark
    assert "?" not in maze.render(puzzle, room=Room(40, 20, tones=tones)).plain()
