"""`hrm replay`: show a saved trace again."""

from __future__ import annotations

import typer

from hrm.cli import options
from hrm.cli.output import talk_console
from hrm.cli.presentation import Look, exit_code, viewers_for
from hrm.cli.viewers import Results, present
from hrm.recording import read_recording


def replay(
    file: options.TraceFile,
    *,
    animate: options.Animate = None,
    speed: options.Speed = 12.0,
    as_json: options.AsJson = False,
) -> None:
    """Show a saved trace again, without a model."""
    recording = read_recording(file)
    look = Look(as_json=as_json, animate=animate, speed=speed, live=False)
    results = Results()
    viewers = viewers_for(look, results, recording.domain, recording.puzzles)
    present(recording.events, viewers)
    if unfinished := len(recording.puzzles) - len(results.finished):
        talk_console().print(f"note: the trace ends before {unfinished} of its puzzles did")
    raise typer.Exit(exit_code(results, len(recording.puzzles)))
