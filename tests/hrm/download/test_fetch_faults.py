"""Every way in which a server or the way to it can fail: the file is right, or not there at all."""

from __future__ import annotations

import hashlib
import socket
import ssl
import subprocess
from pathlib import Path

import httpx
import pytest
from fetching import BODY, NAME, OTHER, SHA256, Fetching
from hub_server import GOOD, Fault

pytest_plugins = ["fetch_fixtures"]

HALF = len(BODY) // 2


def cut(at: int | None, **more: object) -> Fault:
    return Fault(cut=at, **more)  # type: ignore[arg-type]


RECOVERED = {
    "cut before the first byte": [cut(0)],
    "cut after one byte": [cut(1)],
    "cut at half": [cut(HALF)],
    "cut before the last byte": [cut(-1)],
    "cut five times, with progress": [cut(40_000), cut(40_000), cut(40_000), cut(40_000), cut(9)],
    "cut three times without a byte": [cut(0), cut(0), cut(0)],
    "reset at once": [cut(0, reset=True)],
    "reset at half": [cut(HALF, reset=True)],
    "stall before the first byte": [cut(0, stall=True)],
    "stall at half": [cut(HALF, stall=True)],
    "slow drip": [Fault(piece=1000)],
    "cut inside a chunk": [cut(HALF, chunked=True)],
    "no length": [Fault(unsized=True)],
    "no length, cut": [cut(HALF, unsized=True)],
    "200 to a range": [cut(HALF), Fault(ignores_range=True)],
    "200 to a range, cut again": [cut(HALF), cut(HALF, ignores_range=True)],
    "206 with an offset too late": [cut(HALF), Fault(shift=10)],
    "206 with an offset too early": [cut(HALF), Fault(shift=-10)],
    "206 with no offset": [cut(HALF), Fault(headers={"Content-Range": "bytes */*"})],
    "206 with a senseless offset": [cut(HALF), Fault(headers={"Content-Range": "bytes ?"})],
    "206 of a file of another size": [
        cut(HALF),
        Fault(headers={"Content-Range": f"bytes {HALF}-{len(BODY) - 1}/{len(BODY) + 1}"}),
    ],
    "206 unasked": [Fault(status=206, body=BODY[HALF:])],
    "ETag changed, 206 all the same": [cut(HALF), Fault(headers={"ETag": '"new"'}, body=BODY)],
    "weak ETag": [cut(HALF, headers={"ETag": 'W/"w"'}), Fault(headers={"ETag": 'W/"w"'})],
    "416 at half": [cut(HALF), Fault(status=416)],
    "429 with Retry-After": [Fault(status=429, headers={"Retry-After": "3"})],
    "500": [Fault(status=500)],
    "503 with a date": [
        Fault(status=503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"})
    ],
    "503 with a senseless Retry-After": [Fault(status=503, headers={"Retry-After": "soon"})],
    "408": [Fault(status=408)],
    "announced as too long": [Fault(announced=len(BODY) + 1)],
    "announced as too short": [Fault(announced=HALF)],
    "half of another file": [cut(HALF, body=OTHER), GOOD],
    "half of another file under the same ETag": [
        cut(HALF, body=OTHER, headers={"ETag": f'"{SHA256}"'}),
        GOOD,
    ],
    "not HTTP": [Fault(headers={"Transfer-Encoding": "nonsense"})],
}


@pytest.mark.parametrize("faults", RECOVERED.values(), ids=RECOVERED)
def test_a_fault_that_passes_costs_time_only(fetching: Fetching, faults: list[Fault]) -> None:
    fetching.hub.faults["content"] += faults
    if any(fault.stall for fault in faults):
        fetching.soon_tired()
    events = fetching.succeed()
    assert events[-1].done == len(BODY)


WRONG = "has another hash than the one it should have"
LASTING = {
    "always cut before the first byte": (cut(0), "the connection to 127.0.0.1 broke"),
    "always stalled": (cut(0, stall=True), "127.0.0.1 has stopped sending"),
    "always reset": (cut(0, reset=True), "the connection to 127.0.0.1 broke"),
    "always 401": (Fault(status=401), "without a login (401)"),
    "always 403": (Fault(status=403), "refuses access to weights.bin (403)"),
    "always 404": (Fault(status=404), "has no weights.bin (404)"),
    "always 410": (Fault(status=410), "has no weights.bin (410)"),
    "always 418": (Fault(status=418), "answers 418 instead of weights.bin"),
    "always 429": (Fault(status=429), "asks for fewer requests (429)"),
    "an hour of Retry-After": (
        Fault(status=429, headers={"Retry-After": "3600"}),
        "asks for fewer requests (429)",
    ),
    "always 500": (Fault(status=500), "is out of order (500)"),
    "always 503": (Fault(status=503), "is out of order (503)"),
    "300 without a place": (Fault(status=302), "answers 302 instead"),
    "always announced as longer": (Fault(announced=len(BODY) + 9), "announced as 200009 bytes"),
    "a longer file": (Fault(body=BODY + b"x", chunked=True), "is longer than 200000 bytes"),
    "other content": (Fault(body=OTHER), WRONG),
    "gzip": (Fault(headers={"Content-Encoding": "gzip"}), "comes compressed (gzip)"),
    "redirect loop": (
        Fault(status=302, headers={"Location": f"/content/org/model/{NAME}"}),
        "redirects more than 8 times",
    ),
    "redirect to file://": (
        Fault(status=302, headers={"Location": "file:///etc/passwd"}),
        "is not an http or https address",
    ),
    "redirect to ftp": (
        Fault(status=302, headers={"Location": "ftp://127.0.0.1/x"}),
        "is not an http or https address",
    ),
    "redirect to nonsense": (
        Fault(status=302, headers={"Location": "http://host:port/"}),
        "Invalid URL in location header",
    ),
}


@pytest.mark.parametrize(("fault", "message"), LASTING.values(), ids=LASTING)
def test_a_fault_that_stays_is_reported(fetching: Fetching, fault: Fault, message: str) -> None:
    fetching.hub.always["content"] = fault
    if fault.stall:
        fetching.soon_tired()
    assert message in fetching.fail().message
    fetching.hub.always.clear()
    fetching.succeed()


@pytest.mark.parametrize("status", [401, 403, 404, 410, 418])
def test_what_will_not_pass_is_not_tried_again(fetching: Fetching, status: int) -> None:
    fetching.hub.always["content"] = Fault(status=status)
    fetching.fail()
    assert len(fetching.hub.requests("content")) == 1
    assert not fetching.slept


def test_a_server_is_left_alone_for_as_long_as_it_asks(fetching: Fetching) -> None:
    fetching.hub.faults["content"] = [Fault(status=429, headers={"Retry-After": "7"})]
    fetching.succeed()
    assert sum(fetching.slept) == pytest.approx(7)


def test_pauses_double(fetching: Fetching) -> None:
    fetching.hub.always["content"] = Fault(status=500)
    fetching.fail()
    assert sum(fetching.slept) == pytest.approx(0.5 + 1 + 2)
    assert len(fetching.hub.requests("content")) == fetching.patience.tries


def test_a_name_that_nobody_knows(fetching: Fetching, monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    fetching.but(url="https://hub.invalid/x")
    assert fetching.fail().message == "the name hub.invalid cannot be looked up"


def test_a_refused_connection(fetching: Fetching) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    fetching.but(url=f"http://127.0.0.1:{port}/x")
    error = fetching.fail()
    assert "127.0.0.1 cannot be reached" in error.message
    assert "--offline" in error.hint


def test_a_server_that_does_not_speak_tls(fetching: Fetching) -> None:
    fetching.but(url=fetching.file.url.replace("http://", "https://"))
    error = fetching.fail()
    assert "cannot prove who it is" in error.message
    assert "SSL_CERT_FILE" in error.hint


def test_a_certificate_of_nobody(fetching: Fetching, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    options = "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost"
    made = [*options.split(), "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(["openssl", *made], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    fetching.hub.encrypt(context)
    fetching.client = httpx.Client(trust_env=False)
    fetching.but(url=fetching.file.url.replace("http://127.0.0.1", "https://localhost"))
    with fetching.client:
        assert "localhost cannot prove who it is" in fetching.fail().message


def test_a_disk_that_is_too_small(fetching: Fetching) -> None:
    fetching.but(size=1 << 60, sha256="0" * 64)
    error = fetching.fail()
    assert "MB free and" in error.message
    assert "HRM_HOME" in error.hint
    assert not fetching.hub.seen


def test_a_missing_hash_is_taken_from_the_hub(fetching: Fetching) -> None:
    fetching.but(url=f"{fetching.hub.url}/org/model/resolve/main/{NAME}", sha256="", size=None)
    fetching.hub.always["content"] = Fault(body=OTHER)
    assert WRONG in fetching.fail().message
    fetching.hub.always.clear()
    fetching.succeed()


def test_git_knows_small_files(fetching: Fetching) -> None:
    name = hashlib.sha1(b"blob %d\0" % len(BODY) + BODY).hexdigest()
    fetching.but(sha256="", git_sha1=name)
    fetching.hub.always["content"] = Fault(body=OTHER)
    assert WRONG in fetching.fail().message
    fetching.hub.always.clear()
    fetching.succeed()


UNKNOWN = {
    "cut": [cut(HALF)],
    "cut with a weak ETag": [cut(HALF, headers={"ETag": 'W/"w"'})],
    "cut, then 200 to a range": [cut(HALF), Fault(ignores_range=True)],
    "cut, then changed": [cut(HALF, body=OTHER)],
    "cut, then another ETag with 206": [
        cut(HALF, body=OTHER, headers={"ETag": '"v"'}),
        Fault(
            status=206,
            headers={"ETag": '"w"', "Content-Range": f"bytes {HALF}-199999/200000"},
            body=BODY[HALF:],
        ),
    ],
    "cut, then 416": [cut(HALF), Fault(status=416)],
    "chunked": [Fault(chunked=True)],
    "chunked and cut": [cut(HALF, chunked=True)],
}


@pytest.mark.parametrize("faults", UNKNOWN.values(), ids=UNKNOWN)
def test_without_a_hash_two_versions_are_never_joined(
    fetching: Fetching, faults: list[Fault]
) -> None:
    fetching.but(sha256="", size=None)
    fetching.hub.faults["content"] += faults
    fetching.succeed()


def test_without_a_hash_or_a_length_nothing_is_believed(fetching: Fetching) -> None:
    fetching.but(sha256="", size=None)
    fetching.hub.always["content"] = Fault(unsized=True)
    error = fetching.fail()
    assert "does not say how large it is" in error.message
    assert "--sha256" in error.hint
