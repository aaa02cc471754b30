"""The board widget: what it draws, where its cursor goes, how long a large board takes."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable

import numpy as np
import pytest
from rich.console import ColorSystem
from scripted import SUDOKU
from textual.app import App, ComposeResult

from hrm.styles import STYLES
from hrm_tui.widgets.board import Board
from puzzles import domain
from puzzles.contract.tokens import Position
from puzzles.drawing.picture import Cell, Picture

pytestmark = pytest.mark.asyncio


class BoardApp(App[None]):
    """A board and the messages that it posted."""

    def __init__(self) -> None:
        super().__init__()
        self.moved: list[Position] = []
        self.clicked: list[Position] = []

    def compose(self) -> ComposeResult:
        yield Board()

    def on_board_cursor_moved(self, message: Board.CursorMoved) -> None:
        self.moved.append(message.at)

    def on_board_clicked(self, message: Board.Clicked) -> None:
        self.clicked.append(message.at)

    @property
    def board(self) -> Board:
        return self.query_one(Board)


def lines(board: Board) -> list[str]:
    return [board.render_line(y).text for y in range(board.size.height)]


def sudoku_picture() -> Picture:
    kind = domain("sudoku")
    return kind.render(kind.parse(SUDOKU)[0])


async def test_a_picture_is_drawn_in_the_middle() -> None:
    app = BoardApp()
    async with app.run_test(size=(41, 15)) as pilot:
        app.board.show(sudoku_picture())
        await pilot.pause()
        drawn = lines(app.board)
    plain = sudoku_picture().plain().split("\n")
    assert [line.strip() for line in drawn] == ["", "", *(line.strip() for line in plain), "", ""]
    assert drawn[2].startswith(" " * 9 + "5 3")


async def test_a_larger_picture_scrolls_to_its_cursor() -> None:
    app = BoardApp()
    async with app.run_test(size=(12, 6)) as pilot:
        app.board.show(sudoku_picture())
        await pilot.pause()
        app.board.put_cursor((8, 8))
        await pilot.pause()
        assert app.board.scroll_offset.y > 0
        assert any("7 9" in line for line in lines(app.board))


async def test_what_is_clicked_stays_under_the_pointer() -> None:
    app = BoardApp()
    async with app.run_test(size=(41, 6)) as pilot:
        app.board.show(sudoku_picture())
        await pilot.pause()
        for _ in range(2):
            await pilot.click(Board, offset=(10, 5))
        assert app.board.scroll_offset.y == 0
    assert app.clicked == [(4, 1)] * 2


async def test_keys_move_the_cursor_and_stop_at_the_edge() -> None:
    app = BoardApp()
    async with app.run_test() as pilot:
        app.board.show(sudoku_picture())
        app.board.focus()
        await pilot.press("l", "l", "j", "k", "k", "h", "h")
    assert app.moved == [(0, 0), (0, 1), (1, 1), (0, 1), (0, 0)]


async def test_a_click_finds_its_cell_also_on_a_mark_and_beside_none() -> None:
    app = BoardApp()
    async with app.run_test(size=(41, 15)) as pilot:
        app.board.show(sudoku_picture())
        await pilot.pause()
        await pilot.click(Board, offset=(10, 2))
        await pilot.click(Board, offset=(9 + 8, 2))
        await pilot.click(Board, offset=(9 + 6, 2))
        await pilot.click(Board, offset=(0, 0))
        await pilot.click(Board, offset=(9 + 8, 2))
    assert app.clicked == [(0, 0), (0, 3), (0, 3)]
    assert app.moved == [(0, 0), (0, 3)]


async def test_the_cursor_is_seen_also_on_a_wall() -> None:
    app = BoardApp()
    async with app.run_test() as pilot:
        kind = domain("maze")
        (puzzle,) = kind.parse("S # \n  # \n    \n# #G")
        app.board.show(kind.render(puzzle), cursor=(0, 2))
        await pilot.pause()
        assert any("▓▓" in line for line in lines(app.board))
        row = next(y for y, line in enumerate(lines(app.board)) if "S " in line)
        reversed_text = [
            piece.text
            for piece in app.board.render_line(row)
            if piece.style is not None and piece.style.reverse
        ]
    assert reversed_text == ["▓▓"]


async def test_every_role_has_a_style_of_its_own_and_themes_change_it() -> None:
    app = BoardApp()
    roles = ["given", "answer", "new", "broken", "unsure", "blank", "wall", "goal", "color3"]
    async with app.run_test() as pilot:
        app.board.show(Picture((tuple(Cell("x", role, (0, i)) for i, role in enumerate(roles)),)))
        await pilot.pause()

        def styles() -> list[str]:
            row = app.board.render_line((app.board.size.height - 1) // 2)
            return [str(piece.style) for piece in row if piece.text == "x"]

        dark = styles()
        plain = app.board.rich_style
        palette = app.board.palette
        assert plain + palette.style(Cell("x", "nothing known")) == plain
        roles_seen = STYLES.keys() - {"floor"}
        assert all(plain + palette.style(Cell("x", role)) != plain for role in roles_seen)
        app.theme = "textual-light"
        await pilot.pause()
        light = styles()
    assert len(dark) == len(roles)
    assert len(set(dark) - {dark[5]}) >= len(roles) - 2  # blank and wall may share the muted ink
    assert dark[0] != light[0]


async def test_without_colour_the_colours_of_arc_are_left_to_their_digits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    drawn = []
    monkeypatch.delenv("NO_COLOR", raising=False)
    for _ in range(2):
        app = BoardApp()
        async with app.run_test() as pilot:
            app.board.show(Picture(((Cell("3 ", "color3"), Cell("4 ", "color4")),)))
            await pilot.pause()
            row = app.board.render_line((app.board.size.height - 1) // 2)
            drawn.append({str(piece.style) for piece in row if piece.text in ("3 ", "4 ")})
        monkeypatch.setenv("NO_COLOR", "1")
    assert [len(styles) for styles in drawn] == [2, 1]


async def test_control_bytes_and_markup_in_a_picture_stay_text() -> None:
    app = BoardApp()
    async with app.run_test() as pilot:
        app.board.show(Picture(((Cell("\x1b[31m[b]x[/b]\x9b", "label"),),)))
        await pilot.pause()
        drawn = "".join(lines(app.board))
    assert "[31m[b]x[/b]" in drawn
    assert "\x1b" not in drawn
    assert "\x9b" not in drawn


async def test_all_lines_of_a_30_by_30_board_take_less_than_33_ms(
    record_property: Callable[[str, object], None],
) -> None:
    """CPU time, which a busy machine does not lengthen; it is in the report of the tests, too."""
    app = BoardApp()
    kind = domain("arc")
    rng = np.random.default_rng(1)
    answer = rng.integers(0, 10, (30, 30), dtype=np.uint8)
    changed = rng.random((30, 30)) < 0.5
    (puzzle, *_) = kind.find(kind.examples()[0]) or []
    async with app.run_test(size=(80, 34)) as pilot:
        await pilot.pause()
        spent = []
        for _ in range(9):
            picture = kind.render(puzzle, answer, changed=changed)
            began = time.process_time()
            app.board.show(picture, cursor=(3, 3))
            assert len(lines(app.board)) == 34
            spent.append(time.process_time() - began)
    record_property("30x30 board, median ms", round(1000 * statistics.median(spent), 2))
    assert statistics.median(spent) < 0.033


async def test_of_few_colours_an_unlikely_digit_is_grey_and_a_likely_one_bold() -> None:
    app = BoardApp()
    row = tuple(Cell("5", "answer", level=level) for level in (0.1, 0.6, 0.95))
    async with app.run_test() as pilot:
        app.console._color_system = ColorSystem.STANDARD
        app.board.notify_style_update()
        app.board.show(Picture((row,)))
        await pilot.pause()
        strips = [app.board.render_line(y) for y in range(app.board.size.height)]
        drawn = next(strip for strip in strips if strip.text.strip())
        styles = [part.style for part in drawn if part.text == "5"]
    unlikely, likely, sure = (style for style in styles if style is not None)
    assert unlikely.color != likely.color == sure.color
    assert not unlikely.dim
    assert (bool(likely.bold), bool(sure.bold)) == (False, True)
