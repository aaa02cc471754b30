"""A puzzle of any domain as one widget, drawn line by line: a 30×30 board as 900 widgets would take
half a second to update.
"""

from __future__ import annotations

from typing import ClassVar

from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.events import Click, Leave, MouseMove, Resize
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from hrm.styles import PLAIN, Palette
from hrm.terminal import clean
from puzzles.contract.tokens import Position
from puzzles.drawing.picture import Cell, Picture, Role, Room

_INK = {
    "given": "bold $foreground",
    "answer": "$primary",
    "candidate": "$primary",
    "new": "bold $success",
    "broken": "bold $error",
    "unsure": "$warning",
    "supposed": "bold $foreground",
    "blank": "$foreground-muted",
    "line": "$foreground-muted",
    "label": "italic $foreground",
    "wall": "$border-blurred",
    "floor": "",
    "path": "bold $primary",
    "start": "bold $success",
    "goal": "bold $warning",
    "mark": "bold $background",
    "shade": "$surface",
    "special": "$panel",
    "peer": "$primary",
    "same": "$primary",
    "head": "bold $foreground",
    "cursor": "reverse bold",
}
"""Roles in the terms of a theme. Not as component classes: Textual tries every rule for every one
of them each time that a widget changes, which was half of the time until the app's first picture.
"""

_GREY = Style(dim=False, color="bright_black")

_SAME_IN_ALL = {name: style for name, style in PLAIN.styles.items() if name not in _INK}
"""The colours of ARC, which mean themselves."""


class Board(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows a `Picture` in its middle; scrolls when it is larger than the widget.

    The cursor is on a cell of the puzzle (`Cell.at`), not on a character. Arrow keys are left to
    the screens, which need them for other things too; they call `move_cursor`.
    """

    DEFAULT_CSS = "Board { height: 1fr; width: 1fr; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("h", "move(0,-1)", "cursor left", show=False, id="board.left"),
        Binding("j", "move(1,0)", "cursor down", show=False, id="board.down"),
        Binding("k", "move(-1,0)", "cursor up", show=False, id="board.up"),
        Binding("l", "move(0,1)", "cursor right", show=False, id="board.right"),
    ]

    class OfCell(Message):
        """Something happened at (row, column) of the puzzle."""

        def __init__(self, board: Board, at: Position) -> None:
            super().__init__()
            self.board, self.at = board, at

        @property
        def control(self) -> Board:
            return self.board

    class CursorMoved(OfCell):
        """The cursor is now there."""

    class Pointed(Message):
        """The mouse is now over a cell of the puzzle, or over none."""

        def __init__(self, board: Board, at: Position | None) -> None:
            super().__init__()
            self.board, self.at = board, at

        @property
        def control(self) -> Board:
            return self.board

    class Resized(Message):
        """There is another `room` for pictures."""

        def __init__(self, board: Board) -> None:
            super().__init__()
            self.board = board

        @property
        def control(self) -> Board:
            return self.board

    class Clicked(OfCell):
        """The cell was clicked; `selected` if that brought the cursor there, else it was there."""

        def __init__(self, board: Board, at: Position, *, selected: bool) -> None:
            super().__init__(board, at)
            self.selected = selected

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, classes=classes)
        self.cursor: Position | None = None
        self.pointed: Position | None = None
        self._cursor_drawn = False
        self._rows: tuple[tuple[Cell, ...], ...] = ()
        self._places: dict[Position, Region] = {}
        self._strips: dict[int, Strip] = {}
        self._palette: Palette | None = None
        self._base: Style | None = None

    def show(
        self,
        picture: Picture,
        *,
        cursor: Position | None = None,
        drawn: bool = False,
    ) -> None:
        """Draw `picture`, the cell at `cursor` marked unless the picture has it `drawn` already."""
        self._rows, self.cursor, self._cursor_drawn = picture.rows, cursor, drawn
        self._places = _places(picture)
        self._draw_anew()
        self.virtual_size = Size(picture.width, len(picture.rows))
        self.refresh()

    def _draw_anew(self) -> None:
        """Forget lines that were drawn, and the style below them, which is worked out from all that
        the board lies on: it took a third of a frame's time when every line asked for it."""
        self._strips.clear()
        self._base = None

    @property
    def base(self) -> Style:
        if self._base is None:
            self._base = self.rich_style
        return self._base

    @property
    def room(self) -> Room:
        """For a picture that need not be scrolled."""
        return self.palette.room(*self.size)

    def move_cursor(self, rows: int, columns: int) -> None:
        """Move by so many cells of the puzzle, not beyond its edge; appears at its first cell."""
        if not self._places:
            return
        if self.cursor not in self._places:
            self.put_cursor(min(self._places))
            return
        row, column = self.cursor
        self.put_cursor((row + rows, column + columns))

    def put_cursor(self, at: Position, *, around: bool = True) -> None:
        """Mark a cell and scroll to it; a position that the picture does not show is ignored."""
        if at not in self._places or at == self.cursor:
            return
        self.cursor = at
        self._draw_anew()
        self.reveal(around=around)
        self.refresh()
        self.post_message(self.CursorMoved(self, at))

    def reveal(self, *, around: bool = False) -> None:
        """Scroll to the cursor, also to what is `around` it, if the picture shows it."""
        if self.cursor in self._places:
            place = self._places[self.cursor]
            if around:
                whole = Region.from_offset((0, 0), self.virtual_size)
                place = place.grow((2, 4, 2, 4)).intersection(whole)
            self.scroll_to_region(place, animate=False, force=True)

    def action_move(self, rows: int, columns: int) -> None:
        self.move_cursor(rows, columns)

    @property
    def _margin(self) -> tuple[int, int]:
        """Empty columns and lines before a picture that is smaller than the widget."""
        free = self.scrollable_content_region.size - self.virtual_size
        return free.width // 2, free.height // 2  # sizes stop at 0

    def position_at(self, x: int, y: int) -> Position | None:
        """The cell of the puzzle under a place in the widget, None beside all of them."""
        left, top = self._margin
        column, line = x - left + self.scroll_offset.x, y - top + self.scroll_offset.y
        return next(
            (at for at, place in self._places.items() if place.contains(column, line)), None
        )

    def on_click(self, event: Click) -> None:
        at = self.position_at(event.x, event.y)
        if at is not None:
            selected = at != self.cursor
            self.put_cursor(at, around=False)  # what was clicked stays under the pointer
            self.post_message(self.Clicked(self, at, selected=selected))

    def on_mouse_move(self, event: MouseMove) -> None:
        self._point(self.position_at(event.x, event.y))

    def on_leave(self, event: Leave) -> None:
        self._point(None)

    def _point(self, at: Position | None) -> None:
        if at != self.pointed:
            self.pointed = at
            self.post_message(self.Pointed(self, at))

    def on_resize(self, event: Resize) -> None:
        self._draw_anew()
        self.post_message(self.Resized(self))

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._palette = None
        self._draw_anew()

    def render_line(self, y: int) -> Strip:
        top = self._margin[1]
        scroll_x, scroll_y = self.scroll_offset
        line = y - top + scroll_y
        if line not in self._strips:
            self._strips[line] = self._draw(line)
        strip, width = self._strips[line], self.size.width
        return strip.crop_extend(scroll_x, scroll_x + width, self.base)

    def _draw(self, line: int) -> Strip:
        """Line of the picture with its margin; an empty one above and below it."""
        left, base, palette = self._margin[0], self.base, self.palette
        pieces = [Segment(" " * left, base)] if left else []
        cells = self._rows[line] if 0 <= line < len(self._rows) else ()
        for cell in cells:
            text, style = clean(cell.text), base + self._without_dim(palette.style(cell))
            if self.cursor is not None and not self._cursor_drawn:
                text, style = self._with_cursor(cell, text, style)
            pieces.append(Segment(text, style))
        return Strip(pieces)

    def _without_dim(self, style: Style) -> Style:
        """Textual mixes a dim colour with the background, and of 16 colours the nearest to that is
        the colour itself: where there are so few, what is dim is grey."""
        few = style.dim and self.palette.paper is None and not self.app.no_color
        return style + _GREY if few else style

    def _with_cursor(self, cell: Cell, text: str, style: Style) -> tuple[str, Style]:
        """Of two cells in one line of half blocks only one is marked."""
        cursor = self.palette.styles["cursor"]
        half = cell.ground is not None and cell.ground.at not in (None, cell.at)
        if half and self.cursor is not None and self.cursor in (cell.at, self._lower(cell)):
            return ("▀" if self.cursor == cell.at else "▄") * len(text), style + cursor
        if cell.at is not None and cell.at == self.cursor:
            return text.replace("█", "▓"), style + cursor
        return text, style

    @staticmethod
    def _lower(cell: Cell) -> Position | None:
        return None if cell.ground is None else cell.ground.at

    @property
    def palette(self) -> Palette:
        """Kept until the theme changes: it would be worked out anew for every line."""
        if self._palette is None:
            # without colour the digit is left, that is in every cell for this
            same = {} if self.app.no_color else _SAME_IN_ALL
            self._palette = Palette(
                {**same, **{role: self._ink(role) for role in _INK}}, self._paper()
            )
        return self._palette

    def _ink(self, role: Role) -> Style:
        if not _INK[role]:
            return Style()
        ink = self.app.stylesheet.parse_style(_INK[role])
        # the cursor's is put on top of that of a cell
        return ink.rich_style if role == "cursor" else (self.visual_style + ink).rich_style

    def _paper(self) -> ColorTriplet | None:
        """What is behind the picture, None where there are too few colours for shades."""
        few = self.app.no_color or self.app.console.color_system in ("standard", "windows")
        colour = self.rich_style.bgcolor
        return None if few or colour is None else colour.triplet


def _places(picture: Picture) -> dict[Position, Region]:
    """The columns and lines that show each cell of the puzzle."""
    places: dict[Position, Region] = {}
    for line, row in enumerate(picture.rows):
        column = 0
        for cell in row:
            width = len(cell.text)
            for at in {cell.at, None if cell.ground is None else cell.ground.at} - {None}:
                assert at is not None
                region = Region(column, line, width, 1)
                places[at] = region.union(places.get(at, region))
            column += width
    return places
