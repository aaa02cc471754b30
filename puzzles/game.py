"""What playing by hand is, whatever the puzzle: moves that can be taken back, a check, hints that
name the place first and the answer only when asked again. Nothing here knows a screen or a model.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeAlias, TypeVar

import numpy as np

from puzzles import domain
from puzzles.contract.protocol import AnyDomain, Verdict
from puzzles.contract.tokens import Answer, BoolGrid, FloatGrid, Position
from puzzles.drawing.picture import Picture, Room
from puzzles.errors import NoHintError, PuzzleError

S = TypeVar("S")
"""A position in a game: immutable, compared by value, and all that undo has to bring back."""

SHOWN_NEXT = 5
"""How many cells `Game.next_cells` names: enough to see a direction, too few to be the answer."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """What a model thinks of the whole puzzle: its answer, and the probability of each cell."""

    answer: Answer
    confidence: FloatGrid


@dataclass(frozen=True, slots=True)
class Checked:
    """The outcome of a check. `done` means that the game is over; `broken` are cells to mark."""

    done: bool
    sentence: str
    broken: tuple[Position, ...] = ()


@dataclass(frozen=True, slots=True)
class Hint(Generic[S]):
    """`place` says where to look and why but not the answer, `value` says the answer, and `play`
    is the move."""

    at: Position
    place: str
    value: str
    play: Callable[[S], S]


@dataclass(frozen=True, slots=True)
class Advice:
    """One press of the hint key. `played` is true for the second, which makes the move."""

    sentence: str
    at: Position | None = None
    played: bool = False


class History(Generic[S]):
    """The present position between everything that can be undone and redone, without a limit."""

    def __init__(self, present: S, past: Sequence[S] = (), future: Sequence[S] = ()) -> None:
        """`past` has the oldest position first, `future` the next one first."""
        self.present = present
        self._past = list(past)
        self._future = list(reversed(future))

    @property
    def past(self) -> Sequence[S]:
        return tuple(self._past)

    @property
    def future(self) -> Sequence[S]:
        return tuple(reversed(self._future))

    def commit(self, position: S) -> bool:
        """Make a move, which forgets what was undone; False for one that changes nothing."""
        if position == self.present:
            return False
        self._past.append(self.present)
        self._future.clear()
        self.present = position
        return True

    def undo(self) -> bool:
        if not self._past:
            return False
        self._future.append(self.present)
        self.present = self._past.pop()
        return True

    def redo(self) -> bool:
        if not self._future:
            return False
        self._past.append(self.present)
        self.present = self._future.pop()
        return True


class Stopwatch:
    """Seconds of play, pauses left out. `now` is a clock that never goes back, in seconds."""

    def __init__(self, now: Callable[[], float], seconds: float = 0.0) -> None:
        self._now = now
        self._before = seconds
        self._since: float | None = None

    @property
    def running(self) -> bool:
        return self._since is not None

    @property
    def seconds(self) -> float:
        return self._before + (0.0 if self._since is None else self._now() - self._since)

    def start(self) -> None:
        """Go on; nothing happens to a running watch."""
        if self._since is None:
            self._since = self._now()

    def pause(self) -> None:
        self._before, self._since = self.seconds, None


class Game(ABC, Generic[S]):
    """One puzzle being played. Moves of a kind of puzzle are methods of its own class; they return
    False where they are not allowed or change nothing."""

    task: str
    keys: ClassVar[frozenset[str]] = frozenset()
    """What can be done beyond the moves of every game: `pencil` and `automatic` marks; `paint` with
    a colour in hand, `fill`, `copy_input`, `size`; `look` at demonstrations beside the board."""
    where_next: ClassVar[str] = "The model would go on at the marked cells (⁺)."
    """Said of `next_cells`."""
    right: ClassVar[str] = "Right: every rule holds"
    unknown: ClassVar[str] = "The answer is not known, so nobody can check it"
    """Said by `check`."""

    def __init__(self, puzzle: Any, start: S) -> None:
        self.puzzle = puzzle
        self.domain: AnyDomain = domain(self.task)
        self.history: History[S] = History(start)
        self._start = start
        self._asked: tuple[S, Hint[S]] | None = None

    @property
    def position(self) -> S:
        return self.history.present

    @abstractmethod
    def answer(self) -> Answer:
        """The position as an answer in the domain's symbols."""

    @abstractmethod
    def status(self) -> str:
        """How far it is, in two or three words."""

    def check(self) -> Checked:
        """Compare with the rules and, where there is one, the known answer."""
        verdict = self.domain.check(self.puzzle, self.answer())
        if verdict.solved:
            return Checked(True, self.right)
        if verdict.solved is None:
            return Checked(False, self.unknown)
        return Checked(False, f"Not yet: {'; '.join(verdict.reasons)}", verdict.broken)

    def won(self) -> bool:
        """Whether the last move ended the game; a sentence for it comes from `check`."""
        return bool(self.domain.check(self.puzzle, self.answer()).solved)

    @abstractmethod
    def find_hint(self, forecast: Forecast | None) -> Hint[S]:
        """The next hint; raises `NoHintError`. It never contradicts an answer that is known."""

    def wants_forecast(self) -> bool:
        """Whether a model's opinion would make the next hint better."""
        return False

    @abstractmethod
    def next_cells(self, forecast: Forecast) -> tuple[Position, ...]:
        """Where a model would go on, surest first, at most `SHOWN_NEXT` cells."""

    @property
    def head(self) -> Position | None:
        """The one cell that is moved from, None where a cursor moves freely."""
        return None

    def first_cell(self) -> Position:
        """Where the cursor begins."""
        return 0, 0

    def step(self, rows: int, columns: int) -> bool:
        """Move from the head, where there is one."""
        return False

    def write(self, at: Position, digit: int, *, pencil: bool = False) -> bool:
        """What a digit key does; 0 erases."""
        return False

    def digit_of(self, character: str) -> int:
        """What `write` takes for a character that is no digit key, 0 where it means nothing."""
        return 0

    def click(self, at: Position) -> bool:
        """What a click does beside moving the cursor."""
        return False

    def paint(self, at: Position, colour: int) -> bool:
        return False

    def fill(self, at: Position, colour: int) -> bool:
        return False

    def copy_input(self) -> bool:
        return False

    def resize(self, height: int, width: int) -> bool:
        return False

    def toggle_marks(self) -> None:
        """Show all pencil marks, or the player's; it is no move."""

    def marks(self) -> Mapping[Position, str]:
        """Pencil marks by cell."""
        return {}

    def remark(self) -> str:
        """What else stands below the board, such as `no conflicts`."""
        return ""

    def conflicts(self) -> tuple[Position, ...]:
        """Cells that break a rule on the board as it stands."""
        return ()

    def peers(self, at: Position) -> frozenset[Position]:
        """The cells that may not hold the same as `at`, itself left out."""
        return frozenset()

    def alike(self, at: Position) -> frozenset[Position]:
        """The cells that hold the same as `at`, itself left out."""
        return frozenset()

    @abstractmethod
    def encode(self, position: S) -> dict[str, Any]:
        """A position as JSON values, as small as it goes."""

    @abstractmethod
    def decode(self, plain: object) -> S:
        """Inverse of `encode`; raises `PuzzleError` unless it is a position of this puzzle."""

    def ask(self, forecast: Forecast | None = None) -> Advice:
        """First a place and a reason; asked again on the same board, the answer, and plays it."""
        if self._asked is not None and self._same_board(self._asked[0]):
            hint = self._asked[1]
            self._asked = None
            self.history.commit(hint.play(self.position))
            return Advice(hint.value, hint.at, played=True)
        self._asked = None
        try:
            hint = self.find_hint(forecast)
        except NoHintError as reason:
            return Advice(str(reason))
        self._asked = self.position, hint
        return Advice(hint.place, hint.at)

    def _same_board(self, position: S) -> bool:
        """Whether a hint for `position` still holds."""
        return position == self.position

    def undo(self) -> bool:
        return self.history.undo()

    def redo(self) -> bool:
        return self.history.redo()

    def start_over(self) -> bool:
        """Back to the beginning, as one more move."""
        return self.history.commit(self._start)

    def picture(
        self,
        broken: Sequence[Position] = (),
        marked: Sequence[Position] = (),
        room: Room | None = None,
    ) -> Picture:
        """The board with `broken` and `marked` cells showing as such, beside its own conflicts, as
        large as `room` allows."""
        answer = self.answer()
        changed: BoolGrid = np.zeros(answer.shape, dtype=np.bool_)
        for at in marked:
            changed[at] = True
        wrong = tuple(sorted({*broken, *self.conflicts()}))
        shown = self.with_marks(answer, changed)
        return self.drawn(shown, Verdict(False, wrong), changed, room)

    def drawn(
        self, answer: Answer, verdict: Verdict, changed: BoolGrid, room: Room | None
    ) -> Picture:
        """How the domain draws it, here with what only a player has, such as pencil marks."""
        return self.domain.render(self.puzzle, answer, verdict, changed=changed, room=room)

    def with_marks(self, answer: Answer, marked: BoolGrid) -> Answer:
        """What to draw so that the marked cells are seen, should an empty one show nothing."""
        return answer


def place_name(at: Position) -> str:
    """As Sudoku players write it: r1c1 is the first cell."""
    return f"r{at[0] + 1}c{at[1] + 1}"


def percent(probability: float) -> str:
    """Never 100 % unless it is: a model's 0.998 is 99 %."""
    return f"{int(100 * probability)} %"


def surest(forecast: Forecast, among: Sequence[Position]) -> list[Position]:
    """`among` by falling confidence; ties keep their order."""
    return sorted(among, key=lambda at: -float(forecast.confidence[at]))


AnyGame: TypeAlias = Game[Any]


def new_game(task: str, puzzle: Any) -> AnyGame:
    """`puzzle` of the kind `task` with nothing played yet; raises `PuzzleError` where it cannot be
    played by hand."""
    game = domain(task).game(puzzle)
    if game is None:
        raise PuzzleError(
            f"{task} puzzles cannot be played by hand", hint="Let the model solve it."
        )
    return game
