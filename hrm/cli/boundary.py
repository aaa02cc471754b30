"""The `hrm` command: the table of its subcommands, and the boundary that reports errors.

The module of a command is imported only when it runs, so `hrm --help` loads neither numpy nor
torch. stdout is for data, stderr for messages.
"""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sys
import textwrap
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from importlib import import_module
from io import TextIOWrapper
from types import FrameType
from typing import Annotated, Any, TextIO

import typer
import typer.core

from hrm import __version__
from hrm.cli.help import PlainCommand, UsualAsItIs
from hrm.errors import (
    EXIT_BUG,
    EXIT_INTERRUPTED,
    EXIT_MODEL,
    EXIT_PUZZLE,
    EXIT_SOLVED,
    EXIT_USAGE,
    UserError,
)
from hrm.terminal import ASCII_LINES, clean_line

EXIT_PIPE = 141
"""The reader of stdout closed it (128 + SIGPIPE, as in a shell)."""

EXIT_TERMINATED = 143
"""Ended by SIGTERM (128 + 15)."""

_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG)
"""Write errors that are caused by the disk."""

_LONGEST = 500
"""Longest error or hint in characters; it may quote the contents of a file."""

COMMANDS = {
    "solve": ("hrm.cli.solve", "solve", "Solve puzzles and show the reasoning."),
    "replay": ("hrm.cli.solve", "replay", "Show a saved solve again, without a model."),
    "record": ("hrm.cli.record", "record", "Record a solve as SVG, GIF, PNG or asciicast."),
    "demo": ("hrm.cli.demo", "demo", "Show one bundled puzzle after the other being solved."),
    "check": ("hrm.cli.check", "check", "Check an answer, or a puzzle, by the rules."),
    "generate": ("hrm.cli.check", "generate", "Generate puzzles by level."),
    "tui": ("hrm.cli.tui", "tui", "Open the app: solve, play, train, manage models."),
    "eval": ("hrm.cli.eval", "evaluate", "Measure a model's accuracy."),
    "scale": ("hrm.cli.scale", "scale", "Measure accuracy against the number of segments."),
    "analyze": (
        "hrm.cli.analyze",
        "analyze",
        "Analyse how a model reasons: states, decisions, halting.",
    ),
    "train": ("hrm.cli.train", "train", "Train a model, or resume a training run."),
    "data": ("hrm.cli.data", "data", "Build and inspect training data."),
    "ablate": ("hrm.cli.ablate", "ablate", "Compare variants of the mini, trained for equal time."),
    "bench": ("hrm.cli.bench", "bench", "Measure how fast this machine runs a model."),
    "models": ("hrm.cli.models", "models", "List, download, verify and remove models."),
    "doctor": ("hrm.cli.doctor", "doctor", "Check the installation: versions, devices, models."),
}
"""Command name → module, its function or Typer group, and the line in `hrm --help`."""

_EPILOG = """\
\b
Exit codes:
  0    solved, or done; also an ARC answer that cannot be verified
  1    not solved, an invalid answer, or an unsound puzzle
  2    wrong usage, a file that cannot be written, a training that diverged
  3    a puzzle that cannot be read or has no solution
  4    a model, checkpoint or device that cannot be used
  5    a download that failed
  70   an error in hrm itself
  130  interrupted; 141: output closed by its reader; 143: terminated
"""


class LazyCommands(UsualAsItIs, typer.core.TyperGroup):
    """Finds commands in `COMMANDS` and imports only the one that runs."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in COMMANDS:
            return None
        module, function, _ = COMMANDS[cmd_name]
        found = getattr(import_module(module), function)
        if isinstance(found, typer.Typer):
            return typer.main.get_command(found)
        single = typer.Typer(add_completion=False, rich_markup_mode=None)
        single.command(cmd_name, cls=PlainCommand)(found)
        return typer.main.get_command(single)

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, _, line) in COMMANDS.items()])

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args[0] not in COMMANDS:
            near = get_close_matches(args[0], COMMANDS, n=1)
            ctx.fail(f"there is no command {args[0]}" + (f", perhaps {near[0]}?" if near else ""))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        # Typer would handle both itself if they left this method
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt:
            _talk("Interrupted.")
            raise typer.Exit(EXIT_INTERRUPTED) from None
        except BrokenPipeError:
            _silence(sys.stdout)
            raise typer.Exit(EXIT_PIPE) from None


# no rich help panels: they import Markdown, which doubles the start-up time
app = typer.Typer(
    name="hrm",
    cls=LazyCommands,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@app.callback(invoke_without_command=True, epilog=_EPILOG)
def _root(
    ctx: typer.Context,
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    """Solve Sudoku, mazes and ARC puzzles with a small network and watch it think.

    \b
      hrm solve sudoku hard     solve a puzzle and watch the reasoning
      hrm tui                   open the app: solve, play, train, manage models
      hrm train --task maze     train a model of your own in minutes
    """
    if version:
        typer.echo(f"hrm {__version__}")
        raise typer.Exit
    if ctx.invoked_subcommand is None:
        typer.echo(ctx.get_help())


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line (default: that of this process) and return the exit code."""
    # OpenMP threads spin while they wait, which slowed a solve of 0.2 s to 7 s beside another busy
    # program. Must be set before torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:  # it was closed by the caller
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # boards must not fail in a terminal without UTF-8
            stream.reconfigure(errors=ASCII_LINES)
    if signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, _terminated)  # remove unfinished files first
    code = _run(argv)
    try:
        sys.stderr.flush()
    except OSError:  # the terminal is gone; the interpreter would exit with 120
        _silence(sys.stderr)
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        _silence(sys.stdout)
        return EXIT_PIPE
    except OSError as error:
        _silence(sys.stdout)
        return _report_unwritable(error)
    return code


def _terminated(number: int, frame: FrameType | None) -> None:
    from threading import Timer

    # callbacks from compiled code may swallow the exception; then the timer ends the process
    last = Timer(2.0, _end_at_once)
    last.daemon = True
    last.start()
    raise SystemExit(EXIT_TERMINATED)


def _end_at_once() -> None:
    from hrm.files import remove_unfinished

    try:
        remove_unfinished()
    finally:
        os._exit(EXIT_TERMINATED)


def _run(argv: Sequence[str] | None) -> int:
    try:
        command = typer.main.get_command(app)
        result = command.main(argv, prog_name="hrm", standalone_mode=False)
    except UserError as error:
        return _report(error.message, error.hint, error.exit_code)
    except typer.TyperException as error:
        context = getattr(error, "ctx", None)
        hint = f"`{context.command_path} --help` shows what can be given." if context else ""
        return _report(error.format_message(), hint, error.exit_code)
    except typer.Abort:
        return _report("aborted", "", EXIT_INTERRUPTED)
    except Exception as error:  # the boundary: never show a traceback
        return _report_other(error)
    return result if isinstance(result, int) else EXIT_SOLVED


def _talk(line: str) -> None:
    """Between words where a person reads it: a terminal would wrap in the middle of one."""
    if sys.stderr.isatty():
        width = max(20, shutil.get_terminal_size().columns)
        line = textwrap.fill(line, width, break_long_words=False, break_on_hyphens=False)
    sys.stderr.write(line + "\n")


def _report(message: str, hint: str, code: int) -> int:
    _talk(f"error: {clean_line(message, _LONGEST)}")
    if hint:
        _talk(f"hint: {clean_line(hint, _LONGEST)}")
    return code


def _report_other(error: Exception) -> int:
    from puzzles.contract.guard import DomainError
    from puzzles.errors import PuzzleError

    if isinstance(error, PuzzleError):
        hint = error.hint
        if isinstance(error, DomainError) and error.__cause__ is not None:
            hint = f"{hint} For its authors: {_keep_traceback(error)}."
        return _report(str(error), hint, EXIT_PUZZLE)
    if isinstance(error, OSError) and error.errno in _DISK:
        return _report_unwritable(error)
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        hint = "Check the name and the rights."
        return _report(f"cannot use {error.filename}: {error.strerror}", hint, EXIT_USAGE)
    if _out_of_memory(error):
        hint = "Try a smaller model, --batch or, in training, --set batch_cells=…"
        return _report("there is not enough memory", hint, EXIT_MODEL)
    place = _keep_traceback(error)
    return _report(
        f"something in hrm went wrong: {error!r}", f"{place}, please report it", EXIT_BUG
    )


def _out_of_memory(error: Exception) -> bool:
    torch = sys.modules.get("torch")
    return isinstance(error, MemoryError) or (
        torch is not None and isinstance(error, torch.OutOfMemoryError)
    )


def _report_unwritable(error: OSError) -> int:
    hint = "Make room, or write to another place."
    return _report(f"cannot write: {error.strerror}", hint, EXIT_USAGE)


def _keep_traceback(error: Exception) -> str:
    """Append the traceback to the crash log; returns a phrase that says where it is."""
    from hrm.files import state_dir

    log = state_dir() / "crash.log"
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8", errors="replace") as file:
            file.write(f"hrm {__version__}, {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC\n")
            file.write("".join(traceback.format_exception(error)) + "\n")
    except OSError as problem:
        return f"the details could not be written to {log} ({problem.strerror})"
    return f"the details are in {log}"


def _silence(stream: TextIO) -> None:
    """Redirect a stream to the null device, so that the final flush cannot fail."""
    with open(os.devnull, "wb") as nothing:
        os.dup2(nothing.fileno(), stream.fileno())
