"""Why the model stops or goes on: which segment it is, and the sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from textual.content import Content
from textual.widgets import Static

from hrm.events import Finished, Segment, Update
from hrm.solving.wording import caption, place, reasons, sentence, verdict
from hrm.terminal import clean, clean_line
from hrm_tui.solve.playback import Playback

STYLE_OF = {True: "bold $success", False: "bold $error", None: "bold $warning"}
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
    """Redrawn for every frame and while a slow segment makes progress. With two lines or fewer it
    says only what matters most."""

    DEFAULT_CSS = "ThinkingPanel { height: 1fr; min-height: 1; }"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id, markup=False)
        self._frame: tuple[Playback, Moment] | None = None

    def show(self, playback: Playback, moment: Moment) -> None:
        self._frame = playback, moment
        self.refresh()

    def render(self) -> Content:
        if self._frame is None:
            return Content("")
        if self.size.height <= COMPACT:
            return next(_lines(*self._frame, compact=True), Content(""))
        return Content("\n").join(_lines(*self._frame))


COMPACT = 2
"""Lines of the panel where the windows is narrow."""


def _lines(playback: Playback, moment: Moment, *, compact: bool = False) -> Iterator[Content]:
    """The first one is what matters most; of a `compact` panel it is the only one."""
    if moment.message:
        yield Content.styled(clean(moment.message), "$warning")
        yield Content("")
    segment, end = playback.segment, playback.finished
    if playback.at_end and end is not None:
        yield from _ending(end, playback.segments, moment, compact=compact)
    elif segment is not None and compact:
        yield Content(_said(segment, playback))
    elif segment is not None:
        yield Content.styled(place(segment, playback.cycle), "bold")
        yield Content(_said(segment, playback))
        if playback.decided is segment and not segment.attempt:
            yield Content.styled(clean_line(segment.why), "$foreground-muted")
    elif playback.adapted:
        yield Content(caption(playback.adapted[-1]))
    elif not moment.message:
        yield Content(_waiting(playback, moment))
    if moment.running and playback.position == playback.last and playback.segments:
        yield Content("")
        yield Content.styled(_progress(moment.update), "$foreground-muted")


def _said(segment: Segment, playback: Playback) -> str:
    if playback.inside:
        return "It is still in the middle of this segment: nothing is decided yet."
    return sentence(segment)


def _waiting(playback: Playback, moment: Moment) -> str:
    if moment.running:
        return _progress(moment.update) if playback.started else "loading the model…"
    return "This is the puzzle; → is the first segment." if playback.last else _READY


def _progress(update: Update | None) -> str:
    if update is None:
        return "thinking…"
    step = f", step {update.step} of {update.steps}" if update.steps else ""
    return f"thinking: cycle {update.cycle} of {update.cycles}{step}"


def _ending(
    end: Finished, segments: list[Segment], moment: Moment, *, compact: bool
) -> Iterator[Content]:
    said = verdict(end, segments[-1] if segments else None)
    if compact and moment.advice:
        said = f"{said.split(': ')[0]}. {moment.advice}"
    yield Content.styled(said, STYLE_OF[end.solved])
    if end.solved is False and end.reasons:
        yield Content(reasons(end.reasons[:2]))
    if moment.advice:
        yield Content(moment.advice)
