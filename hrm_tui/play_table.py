"""Everything of a game that is seen: the task of an ARC test, the board, what stands beside it and
the two lines below."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from hrm.terminal import clean_line
from hrm_tui.board import Board
from hrm_tui.play_board import PlayBoard
from hrm_tui.play_moves import Hand
from hrm_tui.play_race import Race
from hrm_tui.play_round import Round
from hrm_tui.play_side import PlaySide
from hrm_tui.play_words import Words
from puzzles.base import Cell, Picture, Position
from puzzles.games import AnyGame
from puzzles.play_arc import ArcGame
from puzzles.play_maze import MazeGame
from puzzles.play_sudoku import SudokuGame

_ROOMY = (58, 29)
"""Columns and lines of a Sudoku whose cells have room for pencil marks."""

_PAUSED = Picture(((Cell("paused · space goes on", "label"),),))


class PlayTable(Vertical):
    """`show` draws a round; keys and clicks on the board are for the screen."""

    DEFAULT_CSS = """
    PlayTable > Words { height: 1; padding: 0 1; }
    PlayTable #play-title { background: $panel; }
    PlayTable #quiet { color: $text-muted; }
    PlayTable #sentence { height: auto; max-height: 3; min-height: 1; }
    PlayTable #sentence.-won { background: $success; color: $background; text-style: bold; }
    PlayTable #task { display: none; border-right: vkey $panel; }
    PlayTable.-arc #task { display: block; }
    PlayTable.-arc PlaySide { width: 19; }
    """

    def compose(self) -> ComposeResult:
        yield Words(id="play-title")
        with Horizontal():
            yield Board(id="task")
            yield PlayBoard(id="game")
            yield PlaySide()
        yield Words(id="sentence")
        yield Words(id="quiet")

    def on_mount(self) -> None:
        self.demonstrations.can_focus = False

    @property
    def demonstrations(self) -> Board:
        """The demonstrations of an ARC test; it scrolls, but the keys belong to the board."""
        return self.query_one("#task", Board)

    @property
    def board(self) -> PlayBoard:
        return self.query_one(PlayBoard)

    def open(self, round_: Round) -> None:
        """Take in another puzzle; the cursor goes to the first cell that wants something."""
        game = round_.game
        source = clean_line(round_.source, 60)
        self._say("#play-title", f"hrm ▸ play ▸ {game.task} ▸ {source}")
        self.set_class(game.task == "arc", "-arc")
        if isinstance(game, ArcGame):
            self.demonstrations.show(_test_first(game.domain.render(game.puzzle)))
            self.demonstrations.scroll_home(animate=False)
        self.board.scroll_home(animate=False)
        self.board.cursor = _first_cell(round_)

    def show(self, round_: Round, hand: Hand, race: Race | None) -> None:
        """Draw the round as it stands."""
        game, board = round_.game, self.board
        marks = game.marks() if isinstance(game, SudokuGame) else {}
        roomy = board.size.width >= _ROOMY[0] and board.size.height >= _ROOMY[1]
        enlarged = roomy and isinstance(game, SudokuGame)
        if hand.paused:
            board.show(_PAUSED, cursor=board.cursor)
        else:
            picture = round_.picture()
            board.show(picture, cursor=board.cursor, notes=marks if enlarged else None)
        side = self.query_one(PlaySide)
        beside = {} if enlarged or hand.paused or race is not None else marks
        side.show_marks(beside, board.cursor)
        side.show_pen("digits are pencil marks, m changes" if hand.pencil else "")
        side.show_colour(hand.colour if game.task == "arc" else None)
        side.display = game.task != "maze" or race is not None
        line = "" if race is None else race.line
        side.show_race(line, None if race is None else race.picture)
        self.show_words(round_, hand)
        if not hand.paused:
            board.reveal()

    def show_words(self, round_: Round, hand: Hand) -> None:
        """The two lines below the board; all that changes with the clock."""
        self._say("#sentence", round_.sentence)
        self.query_one("#sentence").set_class(round_.won, "-won")
        self._say("#quiet", round_.quiet(timed=hand.timed))

    def keep_cursor(self, game: AnyGame) -> None:
        """Where it belongs after a move: at the end of the path, or on the grid that is left."""
        board = self.board
        if isinstance(game, MazeGame):
            board.put_cursor(game.head)
        elif isinstance(game, ArcGame) and board.cursor is not None:
            (row, column), (height, width) = board.cursor, game.shape
            board.cursor = min(row, height - 1), min(column, width - 1)

    def _say(self, selector: str, text: str) -> None:
        self.query_one(selector, Words).say(text)


def _first_cell(round_: Round) -> Position:
    game = round_.game
    if isinstance(game, MazeGame):
        return game.head
    if isinstance(game, SudokuGame):
        return divmod((*game.position.digits, 0).index(0) % 81, 9)
    return 0, 0


def _test_first(picture: Picture) -> Picture:
    """The test input above the demonstrations, where it is seen without scrolling."""
    test = next(i for i, row in enumerate(picture.rows) if row and row[0].text == "test")
    return Picture((*picture.rows[test:], (), *picture.rows[:test]))
