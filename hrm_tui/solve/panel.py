"""Why the model stops or goes on: the segment, the sentence, and the two values it compares."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from textual.content import Content
from textual.widgets import Static

from hrm.events import Adapted, Finished, Segment, Update
from hrm.solving.policy import sigmoid
from hrm.solving.wording import caption, reasons, verdict
from hrm.terminal import clean
from hrm_tui.solve.playback import Playback
from hrm_tui.widgets.charts import gauge

_STYLE_OF = {True: "bold $success", False: "bold $error", None: "bold $warning"}
_READY = """Press space to let the model think.

← and → then step through what it thought; here it says why it stopped or went on.

p solves the puzzle yourself, g makes another one, o opens a file, F1 shows all keys."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What the panel shows beside the frame: whether thinking goes on, how far it is inside its
    segment, what could be done about an answer that is wrong, a message in place of everything."""

    running: bool = False
    update: Update | None = None
    advice: str = ""
    message: str = ""


class ThinkingPanel(Static):
    """Redrawn for every frame and while a slow segment makes progress."""

    DEFAULT_CSS = "ThinkingPanel { height: 1fr; min-height: 6; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)
        self._frame: tuple[Playback, Moment] | None = None

    def show(self, playback: Playback, moment: Moment) -> None:
        self._frame = playback, moment
        self.refresh()

    def render(self) -> Content:
        if self._frame is None:
            return Content("")
        return Content("\n").join(_lines(*self._frame, max(10, self.size.width)))


def _lines(playback: Playback, moment: Moment, width: int) -> Iterator[Content]:
    if moment.message:
        yield Content.styled(clean(moment.message), "$warning")
        yield Content("")
    segment, end = playback.segment, playback.finished
    if playback.at_end and end is not None:
        yield from _ending(end, playback.segments, moment)
    elif segment is not None:
        yield from (Content(line) for line in caption(segment, playback.cycle).split("\n"))
    elif playback.adapted and moment.running:
        yield from _adapting(playback.adapted[-1], width)
    elif not moment.message:
        yield Content(_waiting(playback, moment))
    decided = playback.decided
    if decided is not None:
        yield Content("")
        yield from _gauges(decided, width)
    if moment.running and playback.position == playback.last and playback.segments:
        yield Content("")
        yield Content.styled(_progress(moment.update), "$foreground-muted")


def _waiting(playback: Playback, moment: Moment) -> str:
    if moment.running:
        return _progress(moment.update) if playback.started else "loading the model…"
    return "This is the puzzle; → is the first segment." if playback.last else _READY


def _progress(update: Update | None) -> str:
    if update is None:
        return "thinking…"
    step = f", step {update.step} of {update.steps}" if update.steps else ""
    return f"thinking: cycle {update.cycle} of {update.cycles}{step}"


def _ending(end: Finished, segments: list[Segment], moment: Moment) -> Iterator[Content]:
    sentence = verdict(end, segments[-1] if segments else None)
    yield Content.styled(sentence, _STYLE_OF[end.solved])
    if end.solved is False and end.reasons:
        yield Content(reasons(end.reasons[:2]))
    if moment.advice:
        yield Content(moment.advice)


def _adapting(adapted: Adapted, width: int) -> Iterator[Content]:
    yield Content("learning this task from its demonstrations")
    yield Content(
        f"step {adapted.step} · loss {adapted.loss:.3f} · "
        f"{adapted.reproduced} of {adapted.demonstrations} reproduced"
    )
    share = adapted.seconds / adapted.budget if adapted.budget > 0 else 0.0
    bar = gauge(share, max(8, min(30, width - 18)))
    yield Content.styled(f"{bar} {adapted.seconds:.0f} of {adapted.budget:.0f} s", "$primary")


def _gauges(segment: Segment, width: int) -> Iterator[Content]:
    """Both as probabilities; the one that is larger is bold."""
    size = max(6, min(30, width - 16))
    wants = segment.q_halt > segment.q_continue
    for name, logit, larger in (
        ("halt", segment.q_halt, wants),
        ("continue", segment.q_continue, not wants),
    ):
        share = sigmoid(logit)
        colour = "$accent" if name == "halt" else "$primary"
        weight = "bold " if larger else ""
        yield Content.assemble(
            (f"{name:<9}", weight.strip()),
            (gauge(share, size), colour),
            (f" {share:.2f}", weight.strip()),
        )
