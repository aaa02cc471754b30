"""A hub of models on loopback that misbehaves on demand.

It speaks what `hrm.download.hub` and `hrm.download.fetch` need: the model API with `?blobs=true`,
`/resolve/` that redirects large files to a content server with X-Linked-ETag, ETag, Range,
If-Range, 206, 416. Each stage (api, resolve, content) takes a queue of faults, one for each
request; then it behaves.
"""

from __future__ import annotations

import hashlib
import json
import socket
import ssl
import struct
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

import pytest

COMMIT = "0123456789abcdef0123456789abcdef01234567"
LARGE = 1000
"""Bytes from which a file counts as large: hashed with SHA-256 and sent by the content server."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """How one answer goes wrong. `cut` is the byte of the body at which the connection closes, or
    is reset, or stalls; negative counts from the end. `shift` moves the start of a range."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    cut: int | None = None
    reset: bool = False
    stall: bool = False
    piece: int = 1 << 16
    shift: int = 0
    ignores_range: bool = False
    announced: int | None = None
    chunked: bool = False
    unsized: bool = False
    body: bytes | None = None


GOOD = Fault()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients that vanish are what these tests are about; anything else is a mistake here."""
        if not isinstance(sys.exception(), ConnectionError | ssl.SSLError):
            super().handle_error(request, client_address)


class Hub:
    """`files` of every repository; `sent` counts bytes of file bodies, `seen` (stage, headers)."""

    def __init__(self) -> None:
        self.files: dict[str, dict[str, bytes]] = defaultdict(dict)
        self.faults: dict[str, list[Fault]] = defaultdict(list)
        self.always: dict[str, Fault] = {}
        self.listed: dict[str, dict[str, Any]] = defaultdict(dict)
        self.seen: list[tuple[str, dict[str, str]]] = []
        self.commit = COMMIT
        self.sent = 0
        self.content_url = ""
        self.over = threading.Event()
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Hub:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.over.set()
        self._server.shutdown()
        self._server.server_close()

    def encrypt(self, context: ssl.SSLContext) -> None:
        """Speak TLS from now on."""
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)

    def content(self, name: str) -> str:
        """Address of a file at the content server, for repository "org/model"."""
        return f"{self.content_url or self.url}/content/org/model/{name}"

    def requests(self, stage: str) -> list[dict[str, str]]:
        return [headers for of, headers in self.seen if of == stage]

    def next_fault(self, stage: str, headers: dict[str, str]) -> Fault:
        with self._lock:
            self.seen.append((stage, headers))
            queue = self.faults[stage]
            return queue.pop(0) if queue else self.always.get(stage, GOOD)

    def count(self, size: int) -> None:
        with self._lock:
            self.sent += size

    def listing(self, repository: str) -> dict[str, Any]:
        """What the model API says, with `listed` put over the entry of a file."""
        files = self.files[repository].items()
        return {"sha": self.commit, "siblings": [self._entry(name, data) for name, data in files]}

    def _entry(self, name: str, data: bytes) -> dict[str, Any]:
        entry: dict[str, Any] = {"rfilename": name, "size": len(data)}
        entry["blobId"] = hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()
        if len(data) >= LARGE:
            entry["lfs"] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        return {**entry, **self.listed[name]}


def _handler(hub: Hub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            parts = urlsplit(self.path).path.strip("/").split("/")
            parts += [""] * (6 - len(parts))
            stage = {"api": "api", "content": "content"}.get(parts[0], "resolve")
            headers = {key.lower(): value for key, value in self.headers.items()}
            fault = hub.next_fault(stage, headers)
            with suppress(ConnectionError):
                if fault.status:
                    self._answer(fault.status, {}, fault.body or b"", fault)
                elif stage == "api":
                    self._api("/".join(parts[2:4]), parts[5], fault)
                elif stage == "resolve":
                    self._resolve(
                        "/".join(parts[:2]), parts[3], "/".join(filter(None, parts[4:])), fault
                    )
                else:
                    self._file(
                        "/".join(parts[1:3]), "/".join(filter(None, parts[3:])), headers, fault
                    )

        def _api(self, repository: str, revision: str, fault: Fault) -> None:
            if repository not in hub.files or revision not in ("main", hub.commit):
                return self._answer(404, {}, b"", fault)
            body = json.dumps(hub.listing(repository)).encode()
            return self._answer(200, {}, body if fault.body is None else fault.body, fault)

        def _resolve(self, repository: str, commit: str, name: str, fault: Fault) -> None:
            data = hub.files.get(repository, {}).get(name)
            if data is None or commit not in ("main", hub.commit):
                return self._answer(404, {}, b"", fault)
            if len(data) < LARGE:
                return self._file(repository, name, {}, fault)
            digest = hashlib.sha256(data).hexdigest()
            address = f"{hub.content_url or hub.url}/content/{repository}/{name}?signature=secret"
            headers = {"Location": address, "X-Linked-ETag": f'"{digest}"'}
            return self._answer(302, headers, b"", fault)

        def _file(self, repository: str, name: str, headers: dict[str, str], fault: Fault) -> None:
            data = hub.files[repository][name] if fault.body is None else fault.body
            etag = f'"{hashlib.sha256(data).hexdigest()}"'
            own = {"ETag": fault.headers.get("ETag", etag), "Accept-Ranges": "bytes"}
            asked = headers.get("range", "").removeprefix("bytes=").removesuffix("-")
            fresh = headers.get("if-range", own["ETag"]) == own["ETag"]
            if not asked or fault.ignores_range or not fresh:
                return self._answer(200, own, data, fault)
            start = int(asked) + fault.shift
            if start >= len(data):
                return self._answer(416, {"Content-Range": f"bytes */{len(data)}"}, b"", fault)
            own["Content-Range"] = f"bytes {start}-{len(data) - 1}/{len(data)}"
            return self._answer(206, own, data[start:], fault)

        def _answer(
            self, status: int, headers: Mapping[str, str], body: bytes, fault: Fault
        ) -> None:
            self.send_response(status)
            length = len(body) if fault.announced is None else fault.announced
            framing = {"Transfer-Encoding": "chunked"} if fault.chunked else {}
            if not fault.chunked and not fault.unsized:
                framing = {"Content-Length": str(length)}
            for key, value in {**framing, **headers, **fault.headers}.items():
                self.send_header(key, value)
            self.end_headers()
            end = None if fault.cut is None else fault.cut
            self._send(body[:end], fault)
            if fault.chunked and fault.cut is None:
                self.wfile.write(b"0\r\n\r\n")
            if fault.stall:
                hub.over.wait(20)
            if fault.reset:
                self.connection.setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
                )
            if fault.cut is not None or fault.unsized or fault.announced is not None:
                self.close_connection = True

        def _send(self, body: bytes, fault: Fault) -> None:
            for start in range(0, len(body), fault.piece):
                piece = body[start : start + fault.piece]
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece) if fault.chunked else piece)
                hub.count(len(piece))

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # its name there
            """Tests read `hub.seen`; nothing belongs on stderr."""

    return Handler


@contextmanager
def running_hub(patch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that the environment points to, and nothing else of the environment that matters."""
    for name in ("HF_TOKEN", "HF_HOME", "HF_HUB_CACHE", "HF_HUB_OFFLINE", "XDG_CACHE_HOME"):
        patch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        patch.delenv(name, raising=False)
        patch.delenv(name.upper(), raising=False)
    with Hub() as hub:
        patch.setenv("HF_ENDPOINT", hub.url)
        yield hub
