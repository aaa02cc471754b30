"""The log of an evaluation, from which an interrupted one resumes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hrm.errors import UserError
from hrm.evaluation.scores import PuzzleResult
from hrm.files import destination, hold, write_atomically, writing
from hrm.records import RecordError, converted, decoded


class Log:
    """A JSON Lines file: a header that describes the evaluation, then one line per puzzle.

    An existing log with the same header is continued. Raises `UserError` for a log with another
    header, or one that another process is writing. An incomplete last line is dropped.
    """

    def __init__(self, path: Path, header: Mapping[str, Any]) -> None:
        self._path = path
        self.done: list[PuzzleResult] = []
        target, whole = destination(path)
        if not whole:
            raise UserError(
                f"{path} is not a regular file, so it cannot hold a log", "Give another --out."
            )
        self._lock = hold(
            target.with_name(f".{target.name}.lock"),
            f"another process is writing {path}",
            "Wait for it, or give another --out.",
        )
        try:
            self._begin(header)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self._lock.release()

    def _begin(self, header: Mapping[str, Any]) -> None:
        path = self._path
        wanted = json.dumps(dict(header), sort_keys=True)
        first, *lines = self._read() or [wanted]
        if _current(first) != wanted:
            raise UserError(
                f"{path} is the log of another evaluation",
                "Give another --out, or the same model, data and settings as before.",
            )
        found: dict[int, PuzzleResult] = {}
        for number, line in enumerate(lines, start=2):
            one = _parse(line)
            if one is None and number <= len(lines):
                raise UserError(
                    f"{path}, line {number}: not a judged puzzle", "Give another --out."
                )
            if one is not None:
                found[one.puzzle] = one
        self.done = list(found.values())
        whole = [wanted, *(json.dumps(asdict(one)) for one in self.done)]
        write_atomically(path, ("\n".join(whole) + "\n").encode())

    def _read(self) -> list[str]:
        try:
            return self._path.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            raise UserError(f"{self._path} cannot be read ({error})") from error

    def add(self, one: PuzzleResult) -> None:
        self.done.append(one)
        with writing(self._path), self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(one)) + "\n")


def _current(header: str) -> str:
    """A header as this version writes it: earlier ones used `rules` for answers that no rules can
    check, too."""
    try:
        values = decoded(header, dict[str, Any])
    except RecordError:
        return header
    if values.get("rules") == "not known":
        del values["rules"]
        values["checkable"] = False
    return json.dumps(values, sort_keys=True)


def _parse(line: str) -> PuzzleResult | None:
    try:
        values = decoded(line, dict[str, Any])
        if "wishes" in values:  # the name in earlier versions
            values["halting"] = values.pop("wishes")
        result: PuzzleResult = converted(values, PuzzleResult)
    except RecordError:
        return None
    return result
