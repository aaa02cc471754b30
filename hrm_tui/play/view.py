"""Everything of a game that is seen: the task of an ARC test, the board, and what stands beside it:
how the game stands, what was said last, pencil marks where the board has no room for them, the
colours of ARC, the model's board in a race, and at the end what can be done next.

The words are beside the board and not below it, so that no sentence takes a line from the board;
only where there are few columns they have three lines there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import ClassVar, Protocol, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from hrm.terminal import clean, clean_line
from hrm_tui.play.moves import InputState
from hrm_tui.play.pictures import board_of, lines_of, test_first
from hrm_tui.play.race import Race
from hrm_tui.play.session import PlaySession
from hrm_tui.screens import WIDTHS
from hrm_tui.widgets.board import Board
from puzzles.arc.puzzle import COLOURS
from puzzles.contract.tokens import Position
from puzzles.drawing.picture import Cell, Picture, Room
from puzzles.game import AnyGame

_PAUSED = Picture(((Cell("paused · space resumes", "label"),),))


class PlayView(Vertical):
    """`show` draws a round; keys and clicks on the board are for the screen."""

    DEFAULT_CSS = """
    PlayView #play-title { background: $panel; height: 1; padding: 0 1; text-style: bold; }
    PlayView #task { display: none; border-right: vkey $panel; }
    PlayView.-arc #task { display: block; }
    """

    def compose(self) -> ComposeResult:
        yield Words(id="play-title")
        with Horizontal(id="halves"):
            yield Board(id="task")
            yield PlayBoard(id="game")
            yield PlaySide()

    def on_mount(self) -> None:
        self.demonstrations.can_focus = False

    @property
    def demonstrations(self) -> Board:
        """The demonstrations of an ARC test; it scrolls, but the keys belong to the board."""
        return self.query_one("#task", Board)

    @property
    def board(self) -> PlayBoard:
        return self.query_one(PlayBoard)

    @property
    def side(self) -> PlaySide:
        return self.query_one(PlaySide)

    def open(self, round_: PlaySession) -> None:
        """Take in another puzzle; the cursor goes to the first cell that wants something."""
        game = round_.game
        source = clean_line(round_.source, 60)
        self.query_one("#play-title", Words).say(f"hrm ▸ play ▸ {game.task} ▸ {source}")
        self.set_class("look" in game.keys, "-arc")
        self.side.set_class("look" in game.keys, "-arc")
        self.query_one("#halves").set_class("look" not in game.keys, "-words")
        self.demonstrations.scroll_home(animate=False)
        self.board.scroll_home(animate=False)
        self.board.cursor = game.first_cell()
        self.show_choices(())

    def refuse(self, sentence: str) -> None:
        """Say why there is no game, in the place of the board."""
        self.set_class(False, "-arc")
        self.side.hide()
        self.board.show(Picture(()), cursor=None)
        self.query_one("#play-title", Words).say("hrm ▸ play")
        self.side.say("#sentence", sentence)

    def show(self, round_: PlaySession, hand: InputState, race: Race | None) -> None:
        """Draw the round as it stands."""
        game, board, side = round_.game, self.board, self.side
        marks = game.marks()
        if "look" in game.keys:
            self._show_task(game)
        if round_.paused:
            board.show(_PAUSED, cursor=board.cursor)
        else:
            picture, drawn = board_of(game, round_.picture(board.room), board.cursor, board.room)
            board.show(picture, cursor=board.cursor, drawn=drawn)
            if lines_of(picture, board.cursor) > 1:  # they stand in their cells
                marks = {}
        hidden = round_.paused or race is not None
        side.show_marks({} if hidden else marks, board.cursor, game.answer().shape[1])
        side.say("#pen", "digits are pencil marks, m changes" if hand.pencil else "")
        side.show_colour(hand.colour if "paint" in game.keys else None)
        line = "" if race is None else race.line
        side.show_race(line, None if race is None else race.picture)
        self.show_words(round_, hand)
        if not round_.paused:
            board.reveal()

    def _show_task(self, game: AnyGame) -> None:
        """Demonstrations and test below each other, all of them at once where there is room."""
        room = self.demonstrations.room
        each = len(game.puzzle.demonstrations) + 1
        share = Room(room.columns, max(3, room.rows // each - 1), tones=room.tones)
        picture = test_first(game.domain.render(game.puzzle, room=share))
        self.demonstrations.show(picture)

    def show_words(self, round_: PlaySession, hand: InputState) -> None:
        """How the game stands and what was said of it: all that changes with the clock."""
        self.side.say("#quiet", round_.quiet(timed=hand.timed))
        begins = "" if round_.played else how_to(round_.game)
        self.side.say("#sentence", round_.sentence or begins)
        self.side.query_one("#sentence").set_class(round_.won, "-won")
        self.side.say("#needed", round_.needed if round_.won else "")

    def show_choices(self, choices: Iterable[tuple[str, str]]) -> None:
        """What can be done now that the game is over, by the names of the keys; each with its key,
        where it has one."""
        keys = {one.binding.id: one.binding for one in self.screen.active_bindings.values()}
        lines = [
            f"{self.app.get_key_display(keys[f'play.{name}'])} {text}"
            for name, text in choices
            if f"play.{name}" in keys
        ]
        self.side.say("#next", "\n".join(lines))

    def keep_cursor(self, game: AnyGame) -> None:
        """Where it belongs after a move: at the end of the path, or on the grid that is left."""
        board = self.board
        if game.head is not None:
            board.put_cursor(game.head)
        elif board.cursor is not None:
            (row, column), (height, width) = board.cursor, game.answer().shape
            board.cursor = min(row, height - 1), min(column, width - 1)


def how_to(game: AnyGame) -> str:
    """What to do first, for who has not done anything yet."""
    moves = "Arrow keys move, digits write."
    if "paint" in game.keys:
        moves = "Arrow keys move, digits paint the colour of their number."
    elif game.head is not None:
        moves = "Arrow keys walk from start to goal."
    return f"{moves} ? gives a hint; with R the model races you."


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
        """The one in hand stands between brackets: any mark in a colour would be another colour."""
        held = {f" {colour} ": f"[{colour}]"}
        rows = tuple(
            tuple(Cell(held.get(cell.text, cell.text), cell.role, cell.at) for cell in row)
            for row in _COLOURS.rows
        )
        self.show(Picture(rows))


PLAY_WIDTHS = [(0, "-alone"), (50, "-slim"), (64, "-narrow"), *WIDTHS[1:]]
"""As `WIDTHS`. From 50 columns on there is room for the colours of ARC beside board and task, from
64 on for the words beside the board: a maze of 30 columns and their 30."""


class PlaySide(Vertical):
    """Each part shows only when it has something to say."""

    DEFAULT_CSS = """
    PlaySide { width: 30; padding: 1 1 0 2; }
    PlaySide.-arc { width: 26; }
    PlaySide Words { height: auto; margin-bottom: 1; }
    PlaySide #quiet { color: $text-muted; }
    PlaySide #sentence.-won { color: $success; text-style: bold; }
    PlaySide Colours { height: 2; margin-bottom: 1; }
    PlaySide #race-board { height: 1fr; max-height: 17; }
    """

    def compose(self) -> ComposeResult:
        yield Words(id="quiet")
        yield Words(id="sentence")
        yield Words(id="needed")
        yield Words(id="next")
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

    def show_marks(self, marks: Mapping[Position, str], at: Position | None, side: int) -> None:
        """The pencil marks of the row that the cursor is in; nothing where there are none."""
        row = 0 if at is None else at[0]
        names = [f"c{column + 1}" for column in range(side)]
        lines = [
            f"  {name:<{len(names[-1])}}  {marks.get((row, column), '·')}"
            for column, name in enumerate(names)
        ]
        self.say("#marks", "\n".join([f"pencil marks of row {row + 1}", *lines]) if marks else "")

    def show_colour(self, colour: int | None) -> None:
        """The colours with one taken up, None to hide them."""
        colours = self.query_one(Colours)
        colours.display = colour is not None
        if colour is not None:
            colours.take_up(colour)

    def show_race(self, line: str, picture: Picture | None) -> None:
        """The model's side of a race; an empty line ends it."""
        self.say("#race-line", line)
        board = self.query_one("#race-board", Board)
        board.display = bool(line) and picture is not None
        if picture is not None:
            board.show(picture)

    def say(self, selector: str, text: str) -> None:
        """Nothing stays where there is nothing to say."""
        words = self.query_one(selector, Words)
        words.display = bool(text)
        words.say(text)


class _Stepping(Protocol):
    def step(self, rows: int, columns: int) -> None: ...


class PlayBoard(Board):
    """Arrow and vi keys step. In a Sudoku that moves the cursor, in a maze the path.

    Its keys ask by a call: a message would come after the keys that were pressed meanwhile.
    """

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
