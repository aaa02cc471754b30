"""Downloads one file over HTTP: afterwards it is complete and verified, or absent.

A partial file, named by the hash of the expected content, grows under a lock, so several processes
share one download. An interrupted transfer resumes with Range and If-Range (RFC 9110), in this
process or a later one. The hash is computed from the bytes on disk.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from hrm.download.http import Reply, RetryPolicy, TransientError, refuse_status, request, shown
from hrm.download.partial import Note, Partial, disk_error, is_known, matches, require_space, sync
from hrm.download.references import SHA256, RemoteFile, endpoint
from hrm.errors import NetworkError
from hrm.files import sha256_of
from hrm.terminal import duration

REPORT_EVERY = 0.1
"""Seconds between Downloading events, and the longest sleep before a cancel is noticed."""

_MOST_UNANNOUNCED = 8 << 30
_CONTENT_RANGE = re.compile(r"bytes (?:(\d{1,18})-(\d{1,18})|\*)/(\d{1,18}|\*)")
_OTHER_FILE = "Try again later, or give another address of the same file."


@dataclass(frozen=True, slots=True, kw_only=True)
class Downloading:
    """Progress of one file in bytes; `total` is None if unknown.

    `rate` is in bytes per second, 0 while waiting for the server or another process.
    `resumed_from` is the number of bytes that were already there.
    """

    file: str
    done: int
    total: int | None
    rate: float
    resumed_from: int

    @property
    def pace(self) -> str:
        """The rate and the time left: `3.2 MB/s, 40 s left`."""
        if self.rate <= 0:
            return "waiting for the server"
        speed = f"{self.rate / 1e6:.1f} MB/s"
        if self.total is None:
            return speed
        return f"{speed}, {duration((self.total - self.done) / self.rate)} left"


class _CutError(TransientError):
    """The body ended early, or was not the requested one."""


def fetch(
    client: httpx.Client, file: RemoteFile, target: Path, partials: Path, patience: RetryPolicy
) -> Generator[Downloading, None, str]:
    """Download `file` to `target`, yielding progress; returns its SHA-256.

    `target` and the folder `partials` must be on the same disk and their folders must exist.
    Closing the generator cancels but keeps the partial file. Raises `NetworkError`.
    """
    partial = Partial(partials, file)
    transfer = _Transfer(client, file, partial, patience)
    try:
        yield from transfer.wait_for_others()
        if is_known(file) and target.is_file() and matches(target, file):
            partial.clear()  # a process killed after the rename leaves its note
            return file.sha256 or sha256_of(target)
        yield from transfer.run()
        digest = file.sha256 or sha256_of(partial.path)
        partial.move_to(target)
        sync(partials)
    except OSError as error:
        raise disk_error(error, partials, NetworkError) from error
    finally:
        partial.close()
        partial.lock.release()
    return digest


class _Transfer:
    """One download: requests and retries until the partial file is complete and verified."""

    def __init__(
        self, client: httpx.Client, file: RemoteFile, partial: Partial, patience: RetryPolicy
    ) -> None:
        self._client, self._file = client, file
        self._partial, self._patience = partial, patience
        self._size = file.size
        self._sha256 = file.sha256
        self._resumed = 0
        self._joined = False
        self._reported = float("-inf")
        self._began, self._received = patience.clock(), 0

    def wait_for_others(self) -> Iterator[Downloading]:
        """Report the progress of the process that holds the lock, until we have it."""
        while not self._partial.lock.acquire():
            yield self._event(waiting=True)
            self._patience.sleep(REPORT_EVERY)

    def run(self) -> Iterator[Downloading]:
        failures, furthest, again = 0, 0, False
        while True:
            try:
                yield from self._receive()
                if not self._is_right():
                    raise _wrong_content(self._file)
                return
            except TransientError as error:
                failures = 1 if self._partial.size > furthest else failures + 1
                furthest = max(furthest, self._partial.size)
                pause = self._patience.pause(failures, error)
                yield from self._wait(pause)
            except _WrongContentError:
                self._partial.clear()
                # parts of different responses may not fit; a single response stays wrong
                if again or not self._joined:
                    raise
                again, self._joined = True, False

    def _wait(self, seconds: float) -> Iterator[Downloading]:
        while seconds > 0:
            yield self._event(waiting=True)
            self._patience.sleep(min(seconds, REPORT_EVERY))
            seconds -= REPORT_EVERY

    def _receive(self) -> Iterator[Downloading]:
        """Send one request and store its body."""
        if self._size is not None:
            if is_known(self._file) and 0 < self._partial.size == self._size:
                self._joined = True
                return  # an earlier process was killed between the last byte and the rename
            require_space(self._partial.path.parent, max(0, self._size - self._partial.size))
        headers = self._headers()
        with request(self._client, self._file.url, self._patience, headers) as reply:
            refuse_status(reply, self._file.name, self._file.url)
            if self._accept(reply, asked="Range" in headers):
                yield from self._store(reply)

    def _headers(self) -> dict[str, str]:
        done, note = self._partial.size, self._partial.read_note()
        etag = note.strong_etag if note.url == shown(self._file.url) else ""
        if not done or not (etag or is_known(self._file)):
            return {}
        return {"Range": f"bytes={done}-", **({"If-Range": etag} if etag else {})}

    def _accept(self, reply: Reply, asked: bool) -> bool:
        """Prepare the partial file for the body; returns whether there is a body to read."""
        encoding = reply.headers.get("content-encoding", "").lower()
        if encoding not in ("", "identity"):
            raise NetworkError(
                f"{shown(self._file.url)} comes compressed ({encoding}), which was not requested",
                "A proxy may be at fault; give another address of the same file.",
            )
        if reply.status == 416:
            return self._past_the_end(reply)
        if reply.status == 206:
            self._continue(reply, asked)
        else:
            self._begin(reply)
        return True

    def _begin(self, reply: Reply) -> None:
        length = reply.headers.get("content-length", "")
        announced = int(length) if re.fullmatch(r"[0-9]{1,18}", length) else None
        if None not in (announced, self._file.size) and announced != self._file.size:
            raise _CutError(
                f"{shown(self._file.url)} is announced as {announced} bytes instead of"
                f" {self._file.size}",
                _OTHER_FILE,
            )
        self._size = announced if self._file.size is None else self._file.size
        chunked = "transfer-encoding" in reply.headers
        if self._size is None and not chunked and not is_known(self._file):
            raise NetworkError(
                f"{shown(self._file.url)} does not say how large it is, so it cannot be checked"
                " for completeness",
                "Give its hash with --sha256.",
            )
        if self._size is not None:
            require_space(self._partial.path.parent, max(0, self._size - self._partial.size))
        self._sha256 = self._sha256 or _linked_hash(self._file, reply)
        self._resumed, self._joined = 0, False
        self._partial.start_over(
            Note(shown(self._file.url), reply.headers.get("etag", ""), self._size)
        )

    def _continue(self, reply: Reply, asked: bool) -> None:
        done, note = self._partial.size, self._partial.read_note()
        found = _CONTENT_RANGE.fullmatch(reply.headers.get("content-range", ""))
        total = self._file.size or note.total
        etag = reply.headers.get("etag", note.etag)
        fits = asked and found is not None and found[1] is not None and int(found[1]) == done
        if fits and found is not None and found[3] != "*":
            fits = total in (None, int(found[3]))
            total = int(found[3])
        if not fits or (note.url == shown(self._file.url) and etag != note.etag):
            self._partial.clear()
            raise _CutError(
                f"{shown(self._file.url)} does not continue where it stopped", _OTHER_FILE
            )
        self._size, self._resumed, self._joined = total, done, True
        self._sha256 = self._sha256 or _linked_hash(self._file, reply)

    def _past_the_end(self, reply: Reply) -> bool:
        """416: the file has no further bytes, which is fine only if ours are complete."""
        found = _CONTENT_RANGE.fullmatch(reply.headers.get("content-range", ""))
        announced = int(found[3]) if found and found[3] != "*" else None
        total = self._size or announced
        if total is not None and self._partial.size == total:
            self._joined = True
            return False
        self._partial.clear()
        raise _CutError(f"{shown(self._file.url)} has changed on the server", _OTHER_FILE)

    def _store(self, reply: Reply) -> Iterator[Downloading]:
        done = self._partial.size
        most = _MOST_UNANNOUNCED if self._size is None else self._size
        yield self._event()
        for chunk in reply.body:
            if done + len(chunk) > most:
                self._partial.clear()
                raise _CutError(f"{shown(self._file.url)} is longer than {most} bytes", _OTHER_FILE)
            self._partial.append(chunk)
            done += len(chunk)
            self._received += len(chunk)
            if self._patience.clock() - self._reported >= REPORT_EVERY:
                yield self._event()
        if self._size is not None and done < self._size:
            raise _CutError(
                f"{shown(self._file.url)} ended after {done} of {self._size} bytes",
                "What has arrived is kept: run the command again to resume.",
            )
        yield self._event()

    def _is_right(self) -> bool:
        self._partial.settle()
        known = RemoteFile(
            name=self._file.name,
            url=self._file.url,
            size=self._size,
            sha256=self._sha256,
            git_sha1=self._file.git_sha1,
        )
        return matches(self._partial.path, known)

    def _event(self, waiting: bool = False) -> Downloading:
        self._reported = self._patience.clock()
        seconds = self._reported - self._began
        return Downloading(
            file=self._file.name,
            done=self._partial.size,
            total=self._size,
            rate=0.0 if waiting or seconds <= 0 else self._received / seconds,
            resumed_from=self._resumed,
        )


class _WrongContentError(NetworkError):
    """The download is complete, but its hash is not the expected one."""


def _wrong_content(file: RemoteFile) -> _WrongContentError:
    return _WrongContentError(
        f"what {httpx.URL(file.url).host} sent as {file.name} has another hash than the one it"
        " should have; it was deleted",
        "Try again. If it happens again, the file or the hash given for it is not the right one.",
    )


def _linked_hash(file: RemoteFile, reply: Reply) -> str:
    """The hash of a large file, which the hub sends in the response that redirects."""
    etag = reply.first.get("x-linked-etag", "").strip('"')
    from_hub = file.url.startswith(endpoint() + "/")
    return etag if from_hub and not file.git_sha1 and SHA256.fullmatch(etag) else ""
