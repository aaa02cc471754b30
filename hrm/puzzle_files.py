"""Reads the puzzles and answers that arguments of the command line name.

Files are untrusted: they are read up to a bound, whatever size the file system reports, and every
way a read can fail is one `PuzzleFileError`.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from hrm.errors import PuzzleFileError
from hrm.terminal import shown
from puzzles.contract.protocol import AnyDomain
from puzzles.contract.tokens import Answer
from puzzles.errors import PuzzleError
from puzzles.text.encoding import MAX_TEXT, decoded, kind_of

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def read_text(argument: str) -> str:
    """Text of a file, or of standard input for `-`; raises PuzzleFileError.

    In an encoding that `decoded` knows; what has a NUL byte counts as binary.
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
    if words := kind_of(data):
        raise PuzzleFileError(f"{source} is not text but {words}", "Give a text file.")
    try:
        text = decoded(data)
    except UnicodeDecodeError as error:
        raise PuzzleFileError(
            f"{source} is not UTF-8 text: byte {error.start + 1} cannot be read",
            "Give a text file, or convert it to UTF-8.",
        ) from None
    if "\0" in text:
        raise PuzzleFileError(f"{source} is not text: it holds NUL bytes", "Give a text file.")
    if not text.strip():
        raise PuzzleFileError(f"{source} is empty", "It should hold at least one puzzle.")
    return text


def read_rules(domain: AnyDomain, rules: str, size: int = 0) -> str:
    """What `--rules` (names, or a file that ends in .toml) and `--size` say, in a form that the
    domain's `parse` and `generate` take. Raises PuzzleFileError, also where a domain has no such
    choice."""
    text = rules
    if any(part.strip().endswith(".toml") for part in rules.split(",")):
        if not exists(rules, folder=False) and "," in rules:
            raise PuzzleFileError(
                "a rules file stands alone", 'Write the names into it: rules = ["x"].'
            )
        text = read_text(rules).rstrip("\n") + "\n"
    try:
        return domain.settled_rules(text, size)
    except PuzzleError as error:
        file = f"{shown(rules)}: " if text != rules else ""
        raise PuzzleFileError(f"{file}{error}", error.hint) from None


def read_puzzles(domain: AnyDomain, argument: str, rules: str = "") -> list[Any]:
    """The puzzles that PUZZLE means, at least one, under `rules` as `read_rules` gives them; raises
    PuzzleFileError.

    Tried in this order: `-`, text that is a puzzle by itself, a file, an example or known id, a
    folder.
    """
    if not argument:
        raise PuzzleFileError("PUZZLE is empty", "Give a file, a name or - for standard input.")
    source = "standard input" if argument == "-" else shown(argument)
    try:
        puzzles = _find(domain, argument, rules)
    except PuzzleError as error:
        hint = error.hint or f"`hrm solve --help` lists what can be read as {domain.name}."
        raise PuzzleFileError(f"{source}: {error}", hint) from None
    if not puzzles:
        raise PuzzleFileError(f"{source} holds no puzzle", "It should hold at least one.")
    return puzzles


def pasted_path(text: str) -> str:
    """The path of a file or folder that file managers and terminals paste in another form: in
    quotes, with `\\ ` for a blank, from `~`, or as `file://…`; any other text as it is."""
    found = text.strip()
    if len(found) > 1 and found[0] == found[-1] and found[0] in "\"'":
        found = found[1:-1]
    if found.startswith("file://"):
        found = unquote(found.removeprefix("file://").removeprefix("localhost"))
    for path in (found, re.sub(r"\\(.)", r"\1", found)):
        known = os.path.expanduser(path)
        if known and (exists(known, folder=False) or exists(known, folder=True)):
            return known
    return text


def _is_text(argument: str) -> bool:
    """Whether an argument looks like what a file holds: lines, a list, or a link."""
    begin = argument.lstrip()[:1]
    return "\n" in argument or "\\n" in argument or begin in tuple("[{<") or "://" in argument


def _find(domain: AnyDomain, argument: str, rules: str) -> list[Any]:
    if not exists(argument, folder=False):
        argument = pasted_path(argument)
    if argument == "-" or domain.literal(argument):
        return _parsed(domain, read_text("-") if argument == "-" else argument, rules)
    if exists(argument, folder=False):
        text, path = read_text(argument), Path(argument)
        return domain.parse_file(text, path, rules) if rules else domain.parse_file(text, path)
    found = domain.find(argument) if _NAME.fullmatch(argument) else None
    if found is not None and rules:  # those of the puzzle itself stay
        found = [one for puzzle in found for one in domain.parse(domain.format(puzzle), rules)]
    if found is not None:
        return found
    if exists(argument, folder=True):
        inside = domain.read_folder(Path(argument))
        if inside is not None:
            return inside
    if _is_text(argument) or domain.literal(argument, loosely=True):
        return _parsed(domain, argument, rules)
    if _NAME.fullmatch(argument) and not exists(argument, folder=True):
        names = ", ".join(domain.examples())
        raise PuzzleFileError(
            f"{shown(argument)} is neither a file nor a known {domain.name} puzzle",
            f"Bundled examples: {names}." if names else "Give the name of a file.",
        )
    return _parsed(domain, read_text(argument), rules)


def _parsed(domain: AnyDomain, text: str, rules: str) -> list[Any]:
    return domain.parse(text, rules) if rules else domain.parse(text)


def exists(argument: str, *, folder: bool) -> bool:
    """Whether it is the path of a folder, or without `folder` of a file of any kind."""
    try:
        path = Path(argument)
        return path.is_dir() if folder else path.exists() and not path.is_dir()
    except (OSError, ValueError):  # a name that no file can have; reading it will say why
        return False


def read_answers(domain: AnyDomain, puzzles: Sequence[Any], argument: str) -> list[Answer]:
    """One answer for each puzzle, from a file, `-` or literal text; raises PuzzleFileError."""
    if not argument:
        raise PuzzleFileError("ANSWER is empty", "Give a file or - for standard input.")
    literal = domain.literal(argument)
    if not literal and argument != "-" and not exists(argument, folder=False):
        argument = pasted_path(argument)
        literal = not exists(argument, folder=False) and _is_text(argument)
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
