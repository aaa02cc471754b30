"""How a maze looks in a terminal: square cells at any scale, or two columns a cell with a character
for everything, where there is no room or there are no shades of colour."""

from __future__ import annotations

from collections.abc import Sequence

from puzzles.contract.protocol import Verdict
from puzzles.contract.tokens import Answer, Beliefs, BoolGrid, FloatGrid, Position
from puzzles.drawing.picture import Cell, Picture, Role, Room
from puzzles.drawing.tiles import EMPTY, Tile, draw_tiles, largest_scale
from puzzles.maze.puzzle import PATH, Maze

UNSURE_BELOW = 0.5
"""A path cell whose confidence is lower is drawn as unsure."""

FAINTEST = 0.04
"""Floor that is less likely to be on the path is left empty."""

_LOOKS = {" ": ("  ", "floor"), "#": ("██", "wall"), "S": ("S ", "start"), "G": ("G ", "goal")}
_MARKS = {"broken": "!", "supposed": "?"}
_LIKELY = ((0.9, "••"), (0.5, "··"), (0.1, "· "))
"""Without shades: the least probability and its mark."""

_SHORT_LEGENDS = [
    tuple(
        cell
        for role in ("start", "goal", "path", "broken")
        for cell in (Cell("!" if role == "broken" else "█", role), Cell(f"{gap}{role} ", "label"))
    )
    for gap in (" ", "")
]
"""The last one for a maze of 30 columns on a screen of 24 lines."""

_WHOLE_LEGEND = (
    Cell("█", "start"),
    Cell(" start ", "label"),
    Cell("█", "goal"),
    Cell(" goal ", "label"),
    Cell("█", "path"),
    Cell(" path, stronger is likelier ", "label"),
    Cell("!", "broken"),
    Cell(" broken ", "label"),
)

_LEGENDS = (_WHOLE_LEGEND, *_SHORT_LEGENDS)

_PLAIN_LEGENDS = ((Cell("S start  G goal  •• path, ·· less likely  !! broken ", "label"),),)


def draw(
    maze: Maze,
    answer: Answer | None,
    verdict: Verdict | None,
    changed: BoolGrid | None,
    confidence: FloatGrid | None,
    beliefs: Beliefs | None = None,
    room: Room | None = None,
    supposed: Sequence[Position] = (),
) -> Picture:
    """Broken shows before new, new before unsure; start and goal keep their letter. On `supposed`
    cells a what-if has a wall."""
    seen = _Seen(answer, verdict, changed, confidence, beliefs, frozenset(supposed))
    if room is not None and room.tones:
        scale = largest_scale(maze.shape, room)
        tiles = [
            [seen.tile(symbol, (row, column)) for column, symbol in enumerate(line)]
            for row, line in enumerate(maze.rows)
        ]
        bare = room.sketch or _fits_bare(maze.shape, scale, room)
        rows = draw_tiles(tiles, scale, framed=not bare)
        if bare:
            return Picture(tuple(rows))
        return Picture((*rows[:-1], _bottom(maze.shape[1] * scale, _LEGENDS)))
    lines = [
        tuple(seen.cell(symbol, (row, column)) for column, symbol in enumerate(line))
        for row, line in enumerate(maze.rows)
    ]
    if room is None:
        return Picture(tuple(lines))
    edge, across = Cell("│", "line"), "─" * 2 * maze.shape[1]
    return Picture(
        (
            (Cell(f"┌{across}┐", "line"),),
            *((edge, *line, edge) for line in lines),
            _bottom(len(across), _PLAIN_LEGENDS),
        )
    )


def _fits_bare(shape: tuple[int, int], scale: int, room: Room) -> bool:
    """Whether it fits, but not with a frame around it."""
    lines, columns = -(-shape[0] * scale // 2), shape[1] * scale
    fits = lines <= room.rows and columns <= room.columns
    return fits and (lines + 2 > room.rows or columns + 2 > room.columns)


def _bottom(width: int, legends: Sequence[tuple[Cell, ...]]) -> tuple[Cell, ...]:
    """The frame's last line, with the longest legend in it that there is room for."""
    for legend in legends:
        free = width - sum(len(cell.text) for cell in legend)
        if free >= 2:
            return (Cell("└─ ", "line"), *legend, Cell(f"{'─' * (free - 2)}┘", "line"))
    return (Cell(f"└{'─' * width}┘", "line"),)


class _Seen:
    """What is to be seen of every cell."""

    def __init__(
        self,
        answer: Answer | None,
        verdict: Verdict | None,
        changed: BoolGrid | None,
        confidence: FloatGrid | None,
        beliefs: Beliefs | None,
        supposed: frozenset[Position],
    ) -> None:
        self._supposed = supposed
        self._broken = frozenset(verdict.broken if verdict else ())
        self._answer, self._changed, self._confidence = answer, changed, confidence
        self._likely = None if beliefs is None else beliefs[..., PATH] / 255

    def _role(self, symbol: str, at: Position) -> tuple[Role, float]:
        """Role, and how likely it is to be on the path."""
        if at in self._supposed:
            return "supposed", 1.0
        if at in self._broken:
            return "broken", 1.0
        if symbol != " ":
            return _LOOKS[symbol][1], 1.0
        if self._likely is not None:
            likely = float(self._likely[at])
            return ("path", likely) if likely >= FAINTEST else (EMPTY, 0.0)
        if self._answer is None or not self._answer[at]:
            return EMPTY, 0.0
        return self._on_path(at), 1.0

    def _on_path(self, at: Position) -> Role:
        if self._changed is not None and self._changed[at]:
            return "new"
        unsure = self._confidence is not None and self._confidence[at] < UNSURE_BELOW
        return "unsure" if unsure else "path"

    def tile(self, symbol: str, at: Position) -> Tile:
        role, likely = self._role(symbol, at)
        mark = symbol if symbol in "SG" else _MARKS.get(role, "")
        return Tile(role, likely, mark, "mark" if mark else "")

    def cell(self, symbol: str, at: Position) -> Cell:
        """Two columns whose characters say what the colours say."""
        role, likely = self._role(symbol, at)
        text = self._text(symbol, role, likely)
        return Cell(text, role if text.strip() or role != "path" else "floor", at, likely or 1.0)

    def _text(self, symbol: str, role: Role, likely: float) -> str:
        if role in _MARKS:
            return f"{symbol}!" if symbol in "SG" else 2 * _MARKS[role]
        if symbol != " ":
            return _LOOKS[symbol][0]
        if role == "path" and self._likely is not None:
            return next((mark for least, mark in _LIKELY if likely >= least), "  ")
        return {"new": "◦◦", "unsure": "··", "path": "••"}.get(role, "  ")
