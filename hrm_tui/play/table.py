"""Everything of a game that is seen: the task of an ARC test, the board, what stands beside it and
the two lines below.

What stands beside the board: pencil marks where the board has no room for them, the colours of
ARC, and the model's board in a race.

The board that is played on: its keys ask for a step and the screen decides what a step means.

It asks by a call: a message would come after the keys that were pressed meanwhile.

Lines of words that are set on every move and rarely change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Protocol, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from hrm.terminal import clean, clean_line
from hrm_tui.play.moves import InputState
from hrm_tui.play.race import Race
from hrm_tui.play.round import PlaySession
from hrm_tui.widgets.board import Board
from puzzles.arc.puzzle import COLOURS
from puzzles.base import Cell, Picture, Position
from puzzles.game import AnyGame

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

    def open(self, round_: PlaySession) -> None:
        """Take in another puzzle; the cursor goes to the first cell that wants something."""
        game = round_.game
        source = clean_line(round_.source, 60)
        self._say("#play-title", f"hrm ▸ play ▸ {game.task} ▸ {source}")
        self.set_class("look" in game.keys, "-arc")
        if "look" in game.keys:
            self.demonstrations.show(_test_first(game.domain.render(game.puzzle)))
            self.demonstrations.scroll_home(animate=False)
        self.board.scroll_home(animate=False)
        self.board.cursor = game.first_cell()

    def refuse(self, sentence: str) -> None:
        """Say why there is no game, in the place of the board."""
        self.set_class(False, "-arc")
        self.query_one(PlaySide).hide()
        self.board.show(Picture(()), cursor=None)
        for selector, text in (("#play-title", "hrm ▸ play"), ("#sentence", sentence)):
            self._say(selector, text)
        self._say("#quiet", "")

    def show(self, round_: PlaySession, hand: InputState, race: Race | None) -> None:
        """Draw the round as it stands."""
        game, board = round_.game, self.board
        marks = game.marks()
        roomy = board.size.width >= _ROOMY[0] and board.size.height >= _ROOMY[1]
        enlarged = roomy and "pencil" in game.keys
        if hand.paused:
            board.show(_PAUSED, cursor=board.cursor)
        else:
            picture = round_.picture()
            board.show(picture, cursor=board.cursor, notes=marks if enlarged else None)
        side = self.query_one(PlaySide)
        beside = {} if enlarged or hand.paused or race is not None else marks
        side.show_marks(beside, board.cursor)
        side.show_pen("digits are pencil marks, m changes" if hand.pencil else "")
        side.show_colour(hand.colour if "paint" in game.keys else None)
        side.display = bool(game.keys & {"pencil", "paint"}) or race is not None
        line = "" if race is None else race.line
        side.show_race(line, None if race is None else race.picture)
        self.show_words(round_, hand)
        if not hand.paused:
            board.reveal()

    def show_words(self, round_: PlaySession, hand: InputState) -> None:
        """The two lines below the board; all that changes with the clock."""
        self._say("#sentence", round_.sentence)
        self.query_one("#sentence").set_class(round_.won, "-won")
        self._say("#quiet", round_.quiet(timed=hand.timed))

    def keep_cursor(self, game: AnyGame) -> None:
        """Where it belongs after a move: at the end of the path, or on the grid that is left."""
        board = self.board
        if game.head is not None:
            board.put_cursor(game.head)
        elif board.cursor is not None:
            (row, column), (height, width) = board.cursor, game.answer().shape
            board.cursor = min(row, height - 1), min(column, width - 1)

    def _say(self, selector: str, text: str) -> None:
        self.query_one(selector, Words).say(text)


def _test_first(picture: Picture) -> Picture:
    """The test input above the demonstrations, where it is seen without scrolling."""
    test = next(i for i, row in enumerate(picture.rows) if row and row[0].text == "test")
    return Picture((*picture.rows[test:], (), *picture.rows[:test]))


_COLOURS = Picture(
    tuple(
        tuple(Cell(f" {colour} ", f"color{colour}", (row, colour)) for colour in colours)
        for row, colours in enumerate((range(COLOURS // 2), range(COLOURS // 2, COLOURS)))
    )
)
"""Two rows of five; the column of a cell is its colour."""


class Colours(Board):
    """The ten colours; a click takes one up."""

    def take_up(self, colour: int) -> None:
        self.show(_COLOURS, cursor=(colour // (COLOURS // 2), colour))


class PlaySide(Vertical):
    """Each part shows only when it has something to say."""

    DEFAULT_CSS = """
    PlaySide { width: 30; padding: 0 1; }
    PlaySide Words { height: auto; }
    PlaySide Colours { height: 2; margin: 1 0; }
    PlaySide #race-board { height: 1fr; }
    """

    def compose(self) -> ComposeResult:
        yield Words(id="marks")
        yield Words(id="pen")
        yield Colours(id="colours")
        yield Words(id="race-line")
        yield Board(id="race-board")

    def on_mount(self) -> None:
        self.hide()
        for board in self.query(Board):
            board.can_focus = False  # the keys belong to the board that is played on

    def hide(self) -> None:
        for child in self.children:
            child.display = False

    def show_marks(self, marks: Mapping[Position, str], at: Position | None) -> None:
        """The pencil marks of the row that the cursor is in; nothing where there are none."""
        row = 0 if at is None else at[0]
        lines = [f"  c{column + 1}  {marks.get((row, column), '·')}" for column in range(9)]
        self._say("#marks", "\n".join([f"pencil marks of row {row + 1}", *lines]) if marks else "")

    def show_pen(self, text: str) -> None:
        """What a digit key does now."""
        self._say("#pen", text)

    def show_colour(self, colour: int | None) -> None:
        """The colours with one taken up, None to hide them."""
        colours = self.query_one(Colours)
        colours.display = colour is not None
        if colour is not None:
            colours.take_up(colour)

    def show_race(self, line: str, picture: Picture | None) -> None:
        """The model's side of a race; an empty line ends it."""
        self._say("#race-line", line)
        board = self.query_one("#race-board", Board)
        board.display = bool(line) and picture is not None
        if picture is not None:
            board.show(picture)

    def _say(self, selector: str, text: str) -> None:
        words = self.query_one(selector, Words)
        words.display = bool(text)
        words.say(text)


class _Stepping(Protocol):
    def step(self, rows: int, columns: int) -> None: ...


class PlayBoard(Board):
    """Arrow and vi keys step. In a Sudoku that moves the cursor, in a maze the path."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(0,-1)", "left", show=False, id="play.left"),
        Binding("down", "move(1,0)", "down", show=False, id="play.down"),
        Binding("up", "move(-1,0)", "up", show=False, id="play.up"),
        Binding("right", "move(0,1)", "right", show=False, id="play.right"),
    ]

    def action_move(self, rows: int, columns: int) -> None:
        cast(_Stepping, self.screen).step(rows, columns)


class Words(Static):
    """Shows outside text as it is; the screen is laid out again only for other words."""

    words = ""

    def say(self, words: str) -> None:
        if words != self.words:
            self.words = words
            self.update(Content(clean(words)))
