"""From an argument of the command line to text and puzzles, and from answers to a file.

Files are outside data: they are read up to a bound, whatever the file system says of their size,
and every way a read can fail is one `PuzzleFileError`.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from hrm.errors import PuzzleFileError
from hrm.terminal import shown
from puzzles.base import MAX_TEXT, Answer, AnyDomain, PuzzleError, encoding_of

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def read_text(argument: str) -> str:
    """Text of a file, or of standard input for `-`; raises PuzzleFileError.

    UTF-8, with or without a byte order mark, or UTF-16 with one, as PowerShell writes it; anything
    else with a NUL byte counts as binary.
    """
    if argument == "-":
        if sys.stdin is None:
            raise PuzzleFileError("standard input is closed", "Give the name of a file.")
        try:
            return _decode(sys.stdin.buffer.read(MAX_TEXT + 1), "standard input")
        except OSError as error:
            raise PuzzleFileError(
                f"cannot read standard input: {error.strerror}", "Give the name of a file."
            ) from None
    path = Path(argument)
    try:
        if path.is_dir():
            raise PuzzleFileError(f"{shown(argument)} is a folder", "Give the name of a file.")
        with path.open("rb") as file:
            data = file.read(MAX_TEXT + 1)
    except FileNotFoundError:
        raise PuzzleFileError(
            f"there is no file {shown(argument)}", f"Looked for it in {_working_folder()}."
        ) from None
    except (OSError, ValueError) as error:  # ValueError: a NUL character in the name
        reason = getattr(error, "strerror", None) or str(error)
        raise PuzzleFileError(
            f"cannot read {shown(argument)}: {reason}", "Check the name and the permissions."
        ) from None
    return _decode(data, shown(argument))


def _working_folder() -> str:
    try:
        return shown(os.getcwd())
    except OSError:
        return "a folder that is gone"


def _decode(data: bytes, source: str) -> str:
    if len(data) > MAX_TEXT:
        raise PuzzleFileError(
            f"{source} is larger than {MAX_TEXT // 1_000_000} MB",
            "Split it into smaller files.",
        )
    encoding = encoding_of(data)
    if b"\0" in data and encoding != "utf-16":
        raise PuzzleFileError(f"{source} is not text: it holds NUL bytes", "Give a text file.")
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError as error:
        raise PuzzleFileError(
            f"{source} is not UTF-8 text: byte {error.start + 1} cannot be read",
            "Give a text file, or convert it to UTF-8.",
        ) from None
    if not text.strip():
        raise PuzzleFileError(f"{source} is empty", "It should hold at least one puzzle.")
    return text


def read_puzzles(domain: AnyDomain, argument: str) -> list[Any]:
    """The puzzles that PUZZLE means, at least one; raises PuzzleFileError.

    Tried in this order: `-`, text that is a puzzle by itself, a file, an example or known id, a
    folder.
    """
    if not argument:
        raise PuzzleFileError("PUZZLE is empty", "Give a file, a name or - for standard input.")
    source = "standard input" if argument == "-" else shown(argument)
    try:
        puzzles = _find(domain, argument)
    except PuzzleError as error:
        hint = error.hint or f"`hrm solve --help` lists what can be read as {domain.name}."
        raise PuzzleFileError(f"{source}: {error}", hint) from None
    if not puzzles:
        raise PuzzleFileError(f"{source} holds no puzzle", "It should hold at least one.")
    return puzzles


def _find(domain: AnyDomain, argument: str) -> list[Any]:
    if argument == "-" or domain.literal(argument):
        return domain.parse(read_text("-") if argument == "-" else argument)
    if exists(argument, folder=False):
        return domain.parse_file(read_text(argument), Path(argument))
    found = domain.find(argument) if _NAME.fullmatch(argument) else None
    if found is not None:
        return found
    if exists(argument, folder=True):
        inside = domain.read_folder(Path(argument))
        if inside is not None:
            return inside
    if domain.literal(argument, loosely=True):  # `parse` says what is wrong with it
        return domain.parse(argument)
    if _NAME.fullmatch(argument) and not exists(argument, folder=True):
        names = ", ".join(domain.examples())
        raise PuzzleFileError(
            f"{shown(argument)} is neither a file nor a known {domain.name} puzzle",
            f"Bundled examples: {names}." if names else "Give the name of a file.",
        )
    return domain.parse(read_text(argument))


def exists(argument: str, *, folder: bool) -> bool:
    """Whether it is the path of a folder, or of something that is none."""
    try:
        path = Path(argument)
        return path.is_dir() if folder else path.exists() and not path.is_dir()
    except (OSError, ValueError):  # a name that no file can have; reading it will say why
        return False


def read_answers(domain: AnyDomain, puzzles: Sequence[Any], argument: str) -> list[Answer]:
    """One answer a puzzle from a file, `-` or literal text; raises PuzzleFileError."""
    if not argument:
        raise PuzzleFileError("ANSWER is empty", "Give a file or - for standard input.")
    literal = domain.literal(argument)
    try:
        answers = domain.read_answers(argument if literal else read_text(argument), puzzles)
    except PuzzleError as error:
        raise PuzzleFileError(
            f"{shown(argument)}: {error}",
            error.hint or "Give answers in the form that `hrm solve --output` writes.",
        ) from None
    if len(answers) != len(puzzles):
        raise PuzzleFileError(
            f"{shown(argument)} has {len(answers)} answers for {len(puzzles)} puzzles",
            "Give one answer for each puzzle, in the same order.",
        )
    return answers
