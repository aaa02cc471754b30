"""What can be taken out of the solve screen, and the files it is written to."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from hrm.errors import UserError
from hrm.files import destination, make_folder, state_dir, written_whole
from hrm.movie.formats import write_movie
from hrm.movie.frames import Movie, make_movie, theme
from hrm.movie.scenes import scenes, title_of
from hrm.movie.stage import Stage
from hrm.solving.trace import to_json
from hrm_tui.dialogs.pick import Choice
from hrm_tui.solve.playback import Playback
from puzzles import domain
from puzzles.contract.protocol import AnyDomain
from puzzles.contract.tokens import Answer

KINDS = (
    Choice("answer", "answer", "a text file, which `hrm check` reads"),
    Choice("clipboard", "answer to the clipboard", "and to this file"),
    Choice("trace", "trace", "for `hrm replay`"),
    Choice("screenshot", "screenshot", "SVG"),
    Choice("recording", "recording", "animated SVG, plays in browsers"),
    Choice("gif", "recording as GIF", "plays nearly everywhere"),
    Choice("cast", "recording for terminals", "asciicast"),
    Choice("png", "board as PNG", "the segment that is shown, to print"),
)
RECORDINGS = ("recording", "gif", "cast", "png")
"""Those in the formats of `hrm record`."""

_SUFFIXES = {
    "clipboard": ".txt",
    "trace": ".jsonl",
    "screenshot": ".svg",
    "recording": ".svg",
    "gif": ".gif",
    "cast": ".cast",
    "png": ".png",
}
_SIZE = 80, 38


def proposed_path(kind: str, task: str, source: str) -> str:
    """A new file in the working folder; what is kept besides the clipboard goes to the state
    folder."""
    if kind == "clipboard":
        return str(state_dir() / "clipboard.txt")
    stem = re.sub(r"[^0-9A-Za-z]+", "-", Path(source).stem).strip("-")[:40]
    suffix = domain(task).answer_suffix if kind == "answer" else _SUFFIXES[kind]
    stem = f"{task}-{stem}" if stem else task
    names = (f"{stem}{number}{suffix}" for number in ("", *(f"-{n}" for n in range(2, 1000))))
    return next((name for name in names if not os.path.lexists(name)), f"{stem}{suffix}")


def answers_of(playback: Playback) -> list[Answer]:
    """Those of the frame: both attempts at the end of an ARC task, nothing before any segment."""
    if playback.at_end and playback.finished is not None:
        return [candidate.answer for candidate in playback.finished.candidates]
    return [] if playback.segment is None else [playback.segment.answer]


def text_of(export: str, kind: AnyDomain, puzzle: Any, playback: Playback) -> str:
    """The trace, or the answer for file and clipboard; UserError where there is none."""
    return trace_text(playback) if export == "trace" else answer_text(kind, puzzle, playback)


def answer_text(kind: AnyDomain, puzzle: Any, playback: Playback) -> str:
    """File text of the answer that is shown; UserError where there is none yet."""
    answers = answers_of(playback)
    if not answers:
        raise UserError("there is no answer yet", "Press space to let the model think.")
    return kind.write_answers([(puzzle, answers)])


def trace_text(playback: Playback) -> str:
    """All events so far, alternatives and beliefs included; UserError where there are none."""
    if not playback.segments:
        raise UserError("there is nothing to trace yet", "Press space to let the model think.")
    return "".join(
        to_json(event, alternatives=True, beliefs=True) + "\n" for event in playback.events
    )


def movie_of(export: str, kind: AnyDomain, puzzle: Any, playback: Playback, look: str) -> Movie:
    """What `hrm record` makes of the events so far, for a picture only up to the segment that is
    shown; `look` is the name of a theme. UserError where there are none."""
    if not playback.segments:
        raise UserError("there is nothing to record yet", "Press space to let the model think.")
    events = playback.events
    if export == "png":
        last = playback.finished if playback.at_end else playback.segment
        ends = (number for number, event in enumerate(events) if event is last)
        events = events[: next(ends, 0) + 1]
    colours = theme(look)
    room = Stage(*_SIZE, colours.palette).room
    return make_movie(title_of(events), scenes(kind, puzzle, events, room), _SIZE, colours)


def write_recording(path: str, movie: Movie) -> Path:
    """In the format of the path's end; returns where it is now; raises UserError."""
    target = _new_file(path)
    write_movie(movie, target)
    return target


def write(path: str, text: str) -> Path:
    """Returns where it is now; makes a missing folder of ours; raises UserError."""
    target = _new_file(path)
    if target.parent == state_dir():
        make_folder(target.parent)
    with written_whole(target) as file:
        file.write(text)
    return target


def _new_file(path: str) -> Path:
    target = Path(os.path.expanduser(path))  # unlike Path's own it leaves unknown users alone
    if not destination(target)[1]:
        raise UserError(f"{path} is no file", "Give the path of a new file.")
    return target
