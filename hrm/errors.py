"""Errors that a user can act on, and exit codes. `hrm.cli.boundary` prints the errors."""

from __future__ import annotations

EXIT_SOLVED = 0
EXIT_UNSOLVED = 1
EXIT_USAGE = 2
EXIT_PUZZLE = 3
EXIT_MODEL = 4
EXIT_NETWORK = 5
EXIT_INTERRUPTED = 130


class UserError(Exception):
    """`message` says what went wrong and where, `hint` what to do about it."""

    exit_code = EXIT_USAGE

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class PuzzleFileError(UserError):
    """A puzzle file that is missing, unreadable, too large or not text."""

    exit_code = EXIT_PUZZLE


class ModelError(UserError):
    """A model, checkpoint or device that cannot be used."""

    exit_code = EXIT_MODEL


class NetworkError(UserError):
    """A download that failed."""

    exit_code = EXIT_NETWORK


EXIT_BUG = 70
"""An error in `hrm` itself (EX_SOFTWARE of sysexits.h)."""
