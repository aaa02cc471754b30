"""A program that is killed while it fetches or pulls, at any line, and tries again.

`python pull_and_die.py (fetch|pull) WHAT FOLDER SIZE SHA256 SEED ROUNDS`. A round begins in an
empty folder. Its first child runs until a line drawn at random and dies there by kill -9; the
second runs to its end. Prints a JSON list with one object a round.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
from dying import add, in_child, take

from hrm.download.fetch import fetch
from hrm.download.http import RetryPolicy
from hrm.download.references import RemoteFile
from hrm.store.pull import pull


class CountedStream(httpx.SyncByteStream):
    """A body whose bytes count as soon as they are read, before anybody could write them."""

    def __init__(self, stream: httpx.SyncByteStream) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            add(0, len(chunk))
            yield chunk

    def close(self) -> None:
        self._stream.close()


class Counting(httpx.HTTPTransport):
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        response = super().handle_request(request)
        assert isinstance(response.stream, httpx.SyncByteStream)
        response.stream = CountedStream(response.stream)
        return response


def new_client() -> httpx.Client:
    return httpx.Client(transport=Counting(verify=False))


def make_work(kind: str, what: str, folder: Path, size: int, sha256: str) -> Callable[[], None]:
    def fetch_it() -> None:
        partials = folder / "partial"
        partials.mkdir(parents=True, exist_ok=True)
        file = RemoteFile(name="w", url=what, size=size, sha256=sha256)
        list(fetch(new_client(), file, folder / "file", partials, RetryPolicy()))

    def pull_it() -> None:
        os.environ["HRM_HOME"] = str(folder)
        list(pull(what, client=new_client()))

    return fetch_it if kind == "fetch" else pull_it


def main() -> None:
    kind, what, place, size, sha256, seed, rounds = sys.argv[1:]
    rng = random.Random(int(seed))
    if kind == "pull":
        import_module("hrm.store.convert")  # once, rather than in every child
    in_child(make_work(kind, what, Path(place) / "whole", int(size), sha256), 0)
    lines = take(1)
    results: list[dict[str, Any]] = []
    take(0)
    number = 0
    while len(results) < int(rounds):
        number += 1
        folder = Path(place) / str(number)
        work = make_work(kind, what, folder, int(size), sha256)
        killed = in_child(work, rng.randint(1, lines))
        take(1)
        in_child(work, 0)
        take(1)
        left = sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if not p.is_dir())
        round_ = {"folder": str(folder), "received": take(0), "left": left}
        if killed == signal.SIGKILL:  # how many lines there are depends on the pieces that come
            results.append(round_)
    print(json.dumps(results))  # noqa: T201  # read by the test that started this program


if __name__ == "__main__":
    main()
