"""The solve screen's widgets and where they lie: boards left, the model's mind right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.geometry import clamp
from textual.widgets import Static

from hrm.events import Learning, Segment
from hrm.solving.wording import place
from hrm.terminal import clean_line
from hrm_tui.solve.halting import TugOfWar
from hrm_tui.solve.headline import headline
from hrm_tui.solve.panel import STYLE_OF, Moment, ThinkingPanel
from hrm_tui.solve.pictures import (
    board_picture,
    cell_line,
    legend_below,
    thumbnails,
    vote_thumbnails,
)
from hrm_tui.solve.playback import Playback
from hrm_tui.solve.residuals import ResidualChart
from hrm_tui.solve.timeline import HALTING, WORK, WORK_WITHOUT_RULES, Timeline
from hrm_tui.widgets.board import Board
from hrm_tui.widgets.charts import Chart
from puzzles.contract.protocol import AnyDomain
from puzzles.contract.tokens import Answer
from puzzles.drawing.montage import demonstrations
from puzzles.drawing.picture import Room

_HALTING = "halting: how sure it is"
_DEMONSTRATIONS = "demonstrations: input → output"

STRIP_LINES = 12
"""Most lines of the demonstrations, the strip's scroll bar included; a third of a high screen."""

_REST = 18
"""Lines that the other panels need where the timeline and what is inside take turns."""

_REST_BELOW = 16
"""Lines that the board and what is said of it need where they are below each other."""

_INSIDE = 12
"""Lines more where the timeline and what is inside are both there."""

_WIDE = 100
"""Columns from which on the panels are beside the board."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownMoment:
    """Everything the view draws. `exact` takes the answer's place on the board; `state` is the
    word or two at the right of the first line, `model` the chosen one until one thinks."""

    kind: AnyDomain
    puzzle: Any
    source: str
    playback: Playback
    moment: Moment
    place: str
    state: str
    model: str = ""
    exact: Answer | None = None


class SolveView(Vertical):
    """Draws what `show` is given; knows nothing of models or threads."""

    DEFAULT_CSS = """
    SolveView {
        #headline { height: 1; padding: 0 1; }
        #left { width: 1fr; }
        #right { width: 46; }
        .panel { border: round $border-blurred; border-title-color: $text-muted;
            border-subtitle-color: $text-muted; padding: 0 1; }
        #strip-panel { height: auto; display: none; }
        #legend { height: 1; overflow: hidden; }
        &.without-legend #legend { display: none; }
        #why { height: 1fr; min-height: 8; }
        #tug { margin-bottom: 1; }
        &.ended #tug { margin: 0; }
        #time { height: 7; }
        #time Timeline { height: 1fr; }
        #history { height: 1fr; min-height: 3; max-height: 8; }
        #why ThinkingPanel { height: 2fr; min-height: 1; }
        #inside { height: 9; }
        #cell { height: 1; }
        #tried-panel { height: 1fr; display: none; }
        &.arc #strip-panel { display: block; }
        #loss { display: none; height: 1fr; padding: 0; margin-top: 1; }
        &.learning #tug, &.learning #history { display: none; }
        &.learning #time, &.learning #inside { display: none; }
        &.learning #why ThinkingPanel { height: 9; }
        &.learning #loss { display: block; }
        &.tried #tried-panel { display: block; padding: 0; }
        &.tried #inside, &.tried #time { display: none; }
        &.tried #why { height: 11; }
        &.tried #tug { margin: 0; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown: ShownMoment | None = None
        self._drawn: tuple[object, ...] = ()
        self._learned: Learning | None = None

    def compose(self) -> ComposeResult:
        yield Static(id="headline", markup=False)
        with Vertical(id="strip-panel", classes="panel") as strip:
            strip.border_title = "demonstrations"
            yield Board(id="strip")
        with Horizontal(id="halves"):
            with Vertical(id="left"):
                yield Board(id="board")
                yield Board(id="legend")
            with Vertical(id="right"):
                with Vertical(id="why", classes="panel") as why:
                    why.border_title = _HALTING
                    yield TugOfWar(id="tug")
                    yield Timeline(HALTING, id="history")
                    yield ThinkingPanel(id="thinking")
                    yield Chart("loss", low=0.0, none="no step yet", id="loss")
                with Vertical(id="time", classes="panel") as time:
                    time.border_title = "segments: what each one changes"
                    yield Timeline(WORK, id="timeline")
                with Vertical(id="tried-panel", classes="panel"):
                    yield Board(id="tried")
                with Vertical(id="inside", classes="panel") as inside:
                    inside.border_title = "inside the network"
                    yield Static(id="cell", markup=False)
                    yield ResidualChart(id="residuals")

    def on_mount(self) -> None:
        for name in ("#strip", "#legend", "#tried"):
            self.query_one(name, Board).can_focus = False
        self.board.focus()

    @property
    def board(self) -> Board:
        return self.query_one("#board", Board)

    def show(self, shown: ShownMoment) -> None:
        """Redraw what differs from what was shown before."""
        fresh = self._shown is None or self._shown.puzzle is not shown.puzzle
        self._shown = shown
        if fresh:
            self._show_puzzle(shown)
        self._show_board(shown)
        self._show_headline()
        playback = shown.playback
        self.set_class(playback.at_end, "ended")
        segment = playback.segment
        where = "" if segment is None else place(segment, playback.cycle)
        self.query_one(TugOfWar).show(playback.decided, where)
        self.query_one(ThinkingPanel).show(playback, shown.moment)
        limit = playback.segments[-1].limit if playback.segments else 0
        for timeline in self.query(Timeline):
            timeline.show(
                playback.segments,
                playback.position,
                limit,
                ended=playback.ended,
                seen=playback.seen,
            )
        self._show_learning(shown)
        self._show_tried(shown)
        self.query_one(ResidualChart).show(playback.segments[: playback.position])
        self.query_one("#inside").border_subtitle = _logits(playback)
        self.show_cell()

    @on(Board.CursorMoved, "#board")
    @on(Board.Pointed, "#board")
    def show_cell(self) -> None:
        """Tell of the cell under the mouse, else under the board's cursor."""
        if self._shown is not None:
            at = self.board.pointed or self.board.cursor
            line = cell_line(self._shown.kind, self._shown.playback, at)
            self.query_one("#cell", Static).update(Content(line), layout=False)

    def _show_puzzle(self, shown: ShownMoment) -> None:
        self.set_class(shown.kind.adapts, "arc")
        known = shown.kind.checkable
        self.query_one("#timeline", Timeline).series = WORK if known else WORK_WITHOUT_RULES
        self.board.cursor = None
        self.board.scroll_home(animate=False)
        if shown.kind.adapts:
            self.query_one("#strip", Board).scroll_home(animate=False)
        self._fit_strip()
        self._show_legend(shown)

    def _show_board(self, shown: ShownMoment) -> None:
        playback = shown.playback
        room = self.board.room
        cycle = playback.cycle if playback.inside else 0
        learning = playback.learning
        drawn = (
            shown.puzzle,
            playback.segment,
            playback.at_end,
            shown.exact,
            cycle,
            room,
            learning,
        )
        if len(drawn) == len(self._drawn) and all(map(_same, drawn, self._drawn)):
            return
        self._drawn = drawn
        picture = board_picture(shown.kind, shown.puzzle, playback, shown.exact, room)
        self.board.show(picture, cursor=self.board.cursor)

    def _show_learning(self, shown: ShownMoment) -> None:
        """What an adaptation has come to, until there is a segment to show; below the result of a
        vote as well, where the last copy's halting would say little."""
        playback = shown.playback
        voted = playback.voted
        to_learn = shown.kind.adapts and not playback.last and not playback.adapted
        learns = voted or playback.learning is not None or to_learn
        if self.has_class("learning") != learns:
            self.set_class(learns, "learning")
            self._fit_strip()
        elif playback.taught is not self._learned:
            self._fit_strip()
        self._learned = playback.taught
        title = "learning" if learns else _HALTING
        self.query_one("#why").border_title = "result" if voted else title
        if learns:
            seen = playback.adapted[: None if playback.look is None else playback.look + 1]
            points = [(float(one.step), one.loss) for one in seen]
            newest = f"{seen[-1].loss:.3f}" if seen else ""
            self.query_one("#loss", Chart).show(points, newest)

    def _show_tried(self, shown: ShownMoment) -> None:
        """The copies or what-ifs that were thought about together, while one of them is shown; or
        the votes of an adaptation's rounds so far."""
        playback = shown.playback
        learning = playback.learning
        if learning is not None and learning.votes:
            self.add_class("tried")
            panel = self.query_one("#tried-panel")
            panel.border_title = "votes so far, ▸ would be the attempts"
            panel.border_subtitle = ""
            votes = self.query_one("#tried", Board)
            votes.show(vote_thumbnails(shown.kind, shown.puzzle, learning.votes, votes.room))
            return
        segment = None if playback.at_end and shown.exact is None else playback.segment
        tried = () if segment is None else segment.tried or ()
        appears = bool(tried) and not self.has_class("tried")
        self.set_class(bool(tried), "tried")
        if appears:  # it has its size once it is there
            self.call_after_refresh(self._draw_tried)
        elif tried and segment is not None:
            self._show_thumbnails(shown, segment, len(tried))

    def _show_thumbnails(self, shown: ShownMoment, segment: Segment, count: int) -> None:
        board = self.query_one("#tried", Board)
        so_far = shown.playback.segments[: shown.playback.position]
        seen, picture = thumbnails(shown.kind, shown.puzzle, so_far, board.room)
        what = "copies" if segment.hypothesis is None else "what-ifs"
        which = f"{count} {what} at once" if seen == count else f"{seen} of {count} {what}"
        panel = self.query_one("#tried-panel")
        panel.border_title, panel.border_subtitle = f"{which}: rules broken", "▸ on the board"
        board.show(picture)

    def _show_headline(self) -> None:
        if self._shown is None:
            return
        shown, playback = self._shown, self._shown.playback
        model = clean_line(playback.started.model if playback.started else shown.model, 40)
        whole = " · ".join(filter(None, (model, shown.place)))
        text = headline(
            self.size.width - 2,
            shown.kind.name,
            shown.source,
            (whole, model),
            shown.state,
            _state_style(shown),
        )
        self.query_one("#headline", Static).update(text, layout=False)

    def _fit_strip(self) -> None:
        """As many lines as the panels below it leave."""
        if self.has_class("arc"):
            strip = self.query_one("#strip", Board)
            rest = _REST if self.size.width >= _WIDE else _REST_BELOW
            most = clamp(self.size.height - rest, 4, max(STRIP_LINES, self.size.height // 3))
            if self._shown is not None:
                kind, puzzle = self._shown.kind, self._shown.puzzle
                room = self.board.palette.room(self.size.width - 4, most - 1)
                taught = self._shown.playback.taught
                outputs = () if taught is None else taught.shown
                strip.show(demonstrations(kind, puzzle, room, outputs))
                own = ", and how the network reproduces them" if outputs else ""
                self.query_one("#strip-panel").border_title = f"{_DEMONSTRATIONS}{own}"
            bar = strip.virtual_size.width > self.size.width - 4  # and its line
            lines = min(strip.virtual_size.height + bar, most)
            strip.styles.height = lines
            self.set_class(self.size.height < lines + _REST + _INSIDE, "tight")
        else:
            self.remove_class("tight")

    def on_resize(self) -> None:
        self._fit_strip()
        self._show_headline()

    @on(Board.Resized, "#tried")
    def _draw_tried(self) -> None:
        if self._shown is not None:
            self._show_tried(self._shown)

    @on(Board.Resized, "#board")
    def _draw_again(self) -> None:
        """What is shown, as large as the board is now."""
        if self._shown is not None:
            self._show_board(self._shown)
            self._show_legend(self._shown)

    def _show_legend(self, shown: ShownMoment) -> None:
        key, room = self.query_one("#legend", Board), self.query_one("#left").size
        picture = legend_below(shown.kind, shown.puzzle, self.board.palette.room(*room))
        self.set_class(picture is None, "without-legend")
        if picture is not None:
            key.styles.height = len(picture.rows)
            key.show(picture)


def _logits(playback: Playback) -> str:
    """What the halting head said last, for who wants the number; above 0 it wants to stop."""
    decided = playback.decided
    if decided is None:
        return ""
    return f"q_halt − q_continue = {decided.q_halt - decided.q_continue:+.2f}"


def _state_style(shown: ShownMoment) -> str:
    end = shown.playback.finished
    if shown.exact is not None or not shown.playback.at_end or end is None:
        return "$primary"
    return STYLE_OF[end.solved]


def _same(left: object, right: object) -> bool:
    return left is right or (isinstance(left, bool | int | Room) and left == right)
