"""What a person can ask about a puzzle while a model thinks about it, and why it cannot be done
where it cannot. Holds the frames, the limit and the choice of model; touches no widget."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from hrm.events import SolveEvent, Update
from hrm.solving.policy import Policy
from hrm_tui.solve.panel import Moment
from hrm_tui.solve.playback import Playback
from hrm_tui.solve.thinker import Thinker
from hrm_tui.sources import Current
from puzzles import domain
from puzzles.contract.protocol import AnyDomain
from puzzles.contract.tokens import Answer

USUAL = Policy()
"""What `hrm solve` does; a person can raise the limit of the first pass."""

_ENDS = {True: "● solved", False: "○ not solved", None: "◌ unverified"}


class Solving:
    """Methods that return text return why nothing was done; it is empty where something was.

    `exact` is shown in the place of a frame, `message` says what went wrong last, `update` is the
    progress inside the segment that is being thought, `single` forbids copies unless asked for.
    """

    def __init__(self, current: Current, thinker: Thinker, model: str = "") -> None:
        self.current, self.thinker, self.model = current, thinker, model
        self.playback = Playback()
        self.single = not self.kind.adapts  # ARC's answer is a vote, or little of one
        self.limit = USUAL.segments
        self.exact: Answer | None = None
        self.update: Update | None = None
        self.message = ""

    @property
    def kind(self) -> AnyDomain:
        return domain(self.current.task)

    @property
    def puzzle(self) -> Any:
        return self.current.puzzle

    @property
    def policy(self) -> Policy:
        attempts = 0 if self.single else USUAL.attempts
        return replace(self.thinker.usual, segments=self.limit, attempts=attempts)

    @property
    def others(self) -> str:
        """What is tried after a failed pass, in words."""
        what_ifs = self.thinker.method == "what-ifs"
        return "what-ifs" if what_ifs else f"up to {USUAL.copies} symmetric copies"

    @property
    def begun(self) -> bool:
        """Whether anything was thought about the puzzle, or shown instead of it."""
        return self.thinker.running or bool(self.playback.events) or self.exact is not None

    def take(self, event: SolveEvent) -> None:
        self.update = None
        self.playback.add(event)

    def restart(self) -> None:
        """Think again from the beginning."""
        self._forget()
        self.playback.playing = True
        self.thinker.begin(self.current.task, self.puzzle, self.model, self.policy)

    def _forget(self) -> None:
        self.playback.clear()
        self.exact, self.update, self.message = None, None, ""

    def play(self) -> None:
        """Begin to think, pause, play on; take up again what was interrupted."""
        self.exact = None
        if not self.playback.last and not self.thinker.running:
            self.restart()
            return
        if self._is_over:
            self.playback.go(0)  # a trace that has no end is played again, too
            self.playback.playing = True
        else:
            self.playback.toggle()
        self.wake()

    @property
    def _is_over(self) -> bool:
        """Whether the last frame is shown and no other will be added."""
        playback = self.playback
        last = playback.position == playback.last and not playback.inside and playback.look is None
        return last and not self.thinker.running and not self.thinker.can_go_on

    def wake(self) -> None:
        """Continue an interrupted solve, if it is to be played and none is running."""
        interrupted = self.playback.finished is None and self.thinker.can_go_on
        if self.playback.playing and interrupted:
            self._take_up()

    def tick(self) -> bool:
        """Play on; True if something changed. Where no more will come, playing ends."""
        if self.playback.playing and self._is_over:
            self.playback.playing = False
            return True
        return self.playback.tick()

    def rest(self) -> None:
        """Think no further until `play`."""
        self.thinker.rest()
        self.playback.playing = False

    def _take_up(self) -> None:
        last = self.playback.segments[-1] if self.playback.segments else None
        if last is None or self.kind.adapts:
            self.restart()
        elif last.attempt or last.stops:
            self.thinker.try_again(replace(self.policy, attempts=USUAL.attempts))
        else:
            self.thinker.think_on(self.policy)

    def go(self, position: int) -> None:
        """Show a frame; the first step to the right of a bare puzzle has to be thought first."""
        if position > 0 and not self.playback.last and not self.thinker.running:
            self.restart()
            return
        self.exact = None
        self.playback.go(position)

    def step(self, frames: int) -> None:
        """Show another frame; the first one of a bare puzzle has to be thought first."""
        playback = self.playback
        newest = not playback.last and playback.look is None
        if frames > 0 and newest and not self.thinker.running:
            self.restart()
            return
        self.exact = None
        self.playback.step(frames)

    def follow(self) -> None:
        """Show the newest frame, and those that are still to come."""
        self.go(self.playback.last)
        self.playback.look = None
        self.playback.playing = self.thinker.running

    def longer(self) -> str:
        """Double the limit; the first pass continues from its current segment."""
        end = self.playback.finished
        if self.thinker.running:
            return "It is still thinking."
        if end is not None and end.solved:
            return "It is solved already."
        thought = max((s.number for s in self.playback.segments if not s.attempt), default=0)
        self.limit = 2 * max(self.limit, thought)
        if self.thinker.can_go_on and thought:
            self._continue()
            self.thinker.think_on(replace(self.policy, attempts=self._votes))
        else:
            self.restart()
        return ""

    def copies(self) -> str:
        """Try symmetric copies or what-ifs after a pass that went wrong."""
        end = self.playback.finished
        if end is None or self.thinker.running:
            what = "What-ifs" if self.thinker.method == "what-ifs" else "Copies"
            return f"{what} can be tried when a pass of the model has ended."
        if not self.thinker.can_go_on:
            return "No model is behind this trace; r thinks about its puzzle."
        if end.solved:
            return "It is solved already."
        self._continue()
        self.thinker.try_again(replace(self.policy, attempts=USUAL.attempts))
        return ""

    @property
    def _votes(self) -> int | None:
        """Copies of a continued pass: what was tried is not tried again, but ARC votes anew."""
        return self.policy.attempts if self.kind.adapts else 0

    def _continue(self) -> None:
        """Show the newest frame and play what comes next; ARC begins anew."""
        if self.kind.adapts:
            self._forget()
        self.playback.reopen()
        self.playback.go(self.playback.last)
        self.playback.playing, self.exact = True, None

    def moment(self, *, soon: bool) -> Moment:
        """`soon`: it will begin by itself, unless it has begun."""
        return Moment(
            running=self.thinker.running,
            update=self.update,
            advice=self._advice(),
            message=self.message,
            soon=soon and not self.begun,
            adapts=self.kind.adapts,
        )

    def _advice(self) -> str:
        end = self.playback.finished
        if end is None or end.solved is not False:
            return ""
        if not self.kind.checkable:
            return "x shows the known answer."
        copies = "" if end.attempts else f"c tries {self.others}, "
        return f"t thinks longer, {copies}x shows the exact answer."

    def state(self) -> str:
        """A few words for the end of the first line; the end is not given before it is shown."""
        playback = self.playback
        speed = f" · {playback.speed:g} segments/s"
        if self.exact is not None:
            return "exact answer"
        if playback.at_end and playback.finished is not None:
            return _ENDS[playback.finished.solved]
        if self.thinker.running and self.kind.adapts and playback.started and not playback.segments:
            return "◐ learning" if playback.look is None else "◐ learning · looking back"
        if self.thinker.running:
            paused = "" if playback.playing else " · paused"
            return ("◐ thinking" if playback.started else "◌ loading") + paused + speed
        if playback.last:
            return ("▶ playing" if playback.playing else "‖ paused") + speed
        return "ready"
