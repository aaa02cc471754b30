"""Shows one puzzle on the terminal: its board after every segment, then the result."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Group
from rich.live import Live
from rich.text import Text

from hrm.cli import output
from hrm.cli.viewers import Viewer
from hrm.events import Adapted, Finished, Segment, SolveEvent, Started, Update
from hrm.solving import wording
from hrm.solving.pacing import Projector, frame_count, frame_seconds, frames
from hrm.solving.pictures import answer_picture, segment_picture
from hrm.styles import PLAIN, Palette, picture_lines
from hrm.terminal import clean_line
from puzzles.contract.protocol import AnyDomain
from puzzles.drawing.montage import beside, blocks, demonstrations, render, titled
from puzzles.drawing.picture import Picture

PATIENCE = 1.0
"""Seconds after which the progress inside a segment is shown."""

ADAPTED_EVERY = 0.1
"""Least seconds between two drawings of an ARC adaptation."""

_STYLE_OF = {True: "bold green", False: "bold red", None: "bold yellow"}


@dataclass(frozen=True, slots=True)
class _Frame:
    """A frame of the animation and its duration; no segment: the puzzle."""

    segment: Segment | None
    cycle: int
    seconds: float

    @property
    def ends(self) -> bool:
        """Whether it is the segment as it ended."""
        return self.segment is not None and self.cycle == frame_count(self.segment)


class Boards(Viewer):
    """Prints puzzle, answer and result, after an animation of all segments if wanted.

    In a terminal the animation redraws the board at a readable pace; frames are queued while the
    model continues. Without a terminal, each segment is printed below the last.
    """

    def __init__(
        self,
        domain: AnyDomain,
        puzzles: Sequence[Any],
        *,
        animate: bool,
        speed: float,
        pause: Callable[[float], None] = time.sleep,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._domain = domain
        self._puzzles = puzzles
        self._animate = animate
        self._speed = speed
        self._now = now
        self._console = output.data_console()
        self._palette = Palette.of(self._console) if self._console.is_terminal else PLAIN
        self._live: Live | None = None
        self._projector: Projector[_Frame] = Projector(self._show_frame, pause, now)
        self._drawn = now()
        self._title = ""
        self._puzzle: Any = None
        self._last: Segment | None = None
        self._decided: Segment | None = None
        self._shown_task: object = None

    def show(self, event: SolveEvent) -> None:
        if isinstance(event, Started):
            self._title = " · ".join(filter(None, (event.domain, event.name, event.model)))
            self._last = self._decided = None
            self._puzzle = self._puzzles[event.puzzle]
            if self._moves and not self._domain.adapts:
                self._projector.add(_Frame(None, 1, frame_seconds(None, 1, self._speed)))
                self._projector.play()
        elif isinstance(event, Finished):
            self._projector.finish()
            self.close()
            self._print_result(event)
        elif isinstance(event, Segment):
            self._last = event
            self._take(event)
        elif self._animate and (not self._moves or self._quiet_for(ADAPTED_EVERY)):
            self._draw(self._learning(event))

    def _learning(self, event: Adapted) -> Group:
        """The state of an ARC adaptation: in a terminal with the current outputs for demonstrations
        and test, as large as there is room for."""
        caption = Text(wording.caption(event))
        learning = event.learning
        if not self._moves or learning is None:
            return Group(self._heading, Text(), caption)
        width, height = self._console.size
        below = len(caption.wrap(self._console, max(1, width - 1)))
        free = height - below - 4
        strip = demonstrations(
            self._domain,
            self._puzzle,
            self._palette.room(width - 1, max(3, free // 2)),
            learning.shown,
        )
        lines = picture_lines(strip, self._palette)[: max(1, free // 2)]
        room = self._palette.room((width - 1) // 2 - 2, free - len(lines))
        parts = [blocks(render(self._domain, self._puzzle, room=room))[-1]]
        if learning.guesses:
            guess = render(self._domain, self._puzzle, learning.guesses[0], room=room)
            parts.append(titled("present guess", guess))
        lines += [Text(), *picture_lines(beside(parts), self._palette)[: free - len(lines)]]
        for line in lines:
            line.truncate(width - 1)
        return Group(self._heading, Text("\n").join(lines), caption)

    @property
    def _moves(self) -> bool:
        return self._animate and self._console.is_terminal

    def _quiet_for(self, seconds: float) -> bool:
        return self._live is None or self._now() - self._drawn > seconds

    def _take(self, segment: Segment) -> None:
        if not self._moves:
            if self._animate:
                self._console.print(self._frame(segment))
            return
        for cycle, seconds in frames(segment, self._speed):
            self._projector.add(_Frame(segment, cycle, seconds))
        self._projector.play()

    def _show_frame(self, frame: _Frame) -> None:
        if frame.ends:
            self._decided = frame.segment
        self._draw(self._moving(frame))

    def inside(self, update: Update) -> None:
        """Draw the frames that are due, then the progress of a slow segment below the board."""
        if not self._moves:
            return
        self._projector.play()
        if not self._projector.idle or self._now() - self._drawn <= PATIENCE:
            return
        number = self._last.number + 1 if self._last else 1
        line = wording.progress_inside(update, number)
        if self._last is None:
            self._redraw(Group(Text(line, "dim")))
        else:
            self._redraw(self._moving(_Frame(self._last, frame_count(self._last), 0), line))

    def close(self) -> None:
        if self._live is not None:
            self._live.stop()
            self._live = None

    def _draw(self, frame: Group) -> None:
        if not self._console.is_terminal:
            self._console.print(frame)
            return
        self._redraw(frame)
        self._drawn = self._now()

    def _redraw(self, frame: Group) -> None:
        if self._live is None:
            self._live = Live(console=self._console, transient=True, auto_refresh=False)
            self._live.start()
        self._live.update(frame, refresh=True)

    @property
    def _heading(self) -> Text:
        return Text(clean_line(self._title), "bold")

    def _moving(self, frame: _Frame, progress: str = "") -> Group:
        """The board as large as the terminal allows, between the title and two lines of text;
        `progress` replaces the second line."""
        width, height = self._console.size
        room = self._palette.room(width - 1, height - 3)
        segment = frame.segment
        if segment is None:
            picture = render(self._domain, self._puzzle, room=room)
            return self._below(picture, "the puzzle")
        whole = frame.ends
        puzzle = self._puzzles[segment.puzzle]
        picture = segment_picture(self._domain, puzzle, segment, frame.cycle, room)
        where, *words = wording.caption(segment, frame.cycle).splitlines()
        decided = self._decided
        if not whole and decided is not None:  # stays until there is something new to read
            words = [wording.brief(decided)]
        return self._below(picture, where, progress or "".join(words), old=not whole)

    def _below(self, picture: Picture, where: str, words: str = "", *, old: bool = False) -> Group:
        lines = Text("\n").join(picture_lines(picture, self._palette))
        below = Text(f"{where}\n", no_wrap=True, overflow="ellipsis")
        below.append(words, "dim" if old else "")
        return Group(self._heading, lines, below)

    def _frame(self, segment: Segment) -> Group:
        """A segment without animation, to be printed below the last one."""
        puzzle = self._puzzles[segment.puzzle]
        answer = segment_picture(self._domain, puzzle, segment)
        boards = [*self._left(puzzle), ("answer so far", answer)]
        return Group(
            self._heading,
            output.beside(boards, self._console.width),
            Text(wording.caption(segment)),
        )

    def _left(self, puzzle: Any) -> list[tuple[str, Picture]]:
        """The puzzle, if it fits beside an answer; never ARC's many demonstrations."""
        picture = render(self._domain, puzzle)
        wide = 2 * picture.width + 3 > self._console.width
        return [] if wide or self._domain.adapts else [("puzzle", picture)]

    def _print_result(self, event: Finished) -> None:
        puzzle = self._puzzles[event.puzzle]
        room = output.still_room(self._console, self._palette, self._domain)
        picture = render(self._domain, puzzle, room=room)
        answers = [
            (
                self._answer_title(event, number),
                answer_picture(self._domain, puzzle, event, number, room),
            )
            for number in range(len(event.candidates))
        ]
        width, palette = self._console.width, self._palette
        self._console.print(self._heading)
        output.print_rules(self._console, self._domain, puzzle)
        if not self._domain.adapts:
            self._console.print(output.beside([("puzzle", picture), *answers], width, palette))
        else:
            # with the previous test of the same task
            repeated = puzzle.demonstrations == self._shown_task
            self._shown_task = puzzle.demonstrations
            task = blocks(picture)[-1] if repeated else picture
            self._console.print(output.beside([("task", task)], width, palette), Text())
            self._console.print(output.beside(answers, width, palette))
        self._console.print()
        said = Text(wording.verdict(event, self._last), _STYLE_OF[event.solved])
        # wrap at words in a terminal, but keep a single line in a pipe
        self._console.print(said, soft_wrap=not self._console.is_terminal)
        if event.reasons and not event.solved:
            self._console.print(Text(wording.reasons(event.reasons)))
        if len(self._puzzles) > 1:
            self._console.print()

    def _answer_title(self, event: Finished, number: int) -> str:
        if not self._domain.adapts:
            return "answer"
        return f"attempt {number + 1}, {wording.vote_share(event.candidates, number)}"
