"""HTTP requests for downloads: own redirects, and a clear message for every failure.

Redirects are followed here rather than by httpx, because the token must not go to another host,
https must not become http, and no redirect may lead to a local file. Temporary failures raise
`TransientError`; the caller decides how often to retry.
"""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime

import httpx

from hrm import __version__
from hrm.download.references import endpoint
from hrm.errors import NetworkError
from hrm.terminal import clean_line

MAX_REDIRECTS = 8
_REDIRECTS = (301, 302, 303, 307, 308)
_AGAIN = "What has arrived is kept: run the command again to resume."
_BROKEN = "Try again later, or give another address of the same file."


class TransientError(NetworkError):
    """A failure worth a retry; `wait` is the delay that the server asked for, in seconds, or 0."""

    wait = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryPolicy:
    """Timeouts in seconds for a connection and between bytes, the number of tries in a row without
    progress, and the pauses between them, which double. Tests replace `sleep` and `clock`."""

    connect: float = 15.0
    read: float = 30.0
    tries: int = 4
    first_pause: float = 0.5
    longest_pause: float = 120.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def pause(self, failures: int, error: TransientError) -> float:
        """Seconds before the next try; raises `error` after the last try, or if the server asks
        for more than the longest pause."""
        if failures >= self.tries or error.wait > self.longest_pause:
            raise error
        return min(self.longest_pause, max(error.wait, self.first_pause * 2.0 ** (failures - 1)))


@dataclass(frozen=True, slots=True)
class Reply:
    """A response whose body has not been read. `first` are the headers before any redirect, in
    which the hub describes the file."""

    status: int
    headers: httpx.Headers
    first: httpx.Headers
    body: Iterator[bytes]


def shown(url: str | httpx.URL) -> str:
    """The URL for messages, without password and query, which may be secret."""
    try:
        bare = httpx.URL(url).copy_with(username=None, password=None, query=None, fragment=None)
    except httpx.InvalidURL:
        return "the address"
    return clean_line(str(bare))


def checked_url(text: str) -> httpx.URL:
    """Parse a URL; raises `NetworkError` unless it is http or https with a host."""
    try:
        url = httpx.URL(text)
    except httpx.InvalidURL as error:
        raise NetworkError(f"{clean_line(text)!r} is not a URL ({error})", _BROKEN) from error
    if url.scheme not in ("http", "https") or not url.host:
        raise NetworkError(
            f"{shown(url)} is not an http or https address", "Give an https:// address."
        )
    return url


@contextmanager
def request(
    client: httpx.Client,
    address: str,
    patience: RetryPolicy,
    headers: Mapping[str, str] | None = None,
) -> Iterator[Reply]:
    """GET `address` and follow redirects; the caller checks the status.

    Raises `TransientError` and `NetworkError`, also while the caller reads the body.
    """
    url, first = checked_url(address), None
    timeout = httpx.Timeout(patience.read, connect=patience.connect)
    for _ in range(MAX_REDIRECTS + 1):
        sent = {
            "Accept-Encoding": "identity",  # ranges of a compressed body are useless
            "User-Agent": f"hrm/{__version__}",
            **(headers or {}),
            **_authorization(url),
        }
        with (
            _explained(url),
            client.stream(
                "GET", url, headers=sent, timeout=timeout, follow_redirects=False
            ) as answer,
        ):
            first = first or answer.headers
            if answer.status_code not in _REDIRECTS or "location" not in answer.headers:
                yield Reply(answer.status_code, answer.headers, first, answer.iter_raw())
                return
            url = _redirected(url, answer.headers["location"])
    raise NetworkError(f"{shown(address)} redirects more than {MAX_REDIRECTS} times", _BROKEN)


def _redirected(url: httpx.URL, location: str) -> httpx.URL:
    target = checked_url(str(url.join(location)))
    if url.scheme == "https" and target.scheme == "http":
        raise NetworkError(
            f"{shown(url)} redirects to {shown(target)}, which is not encrypted", _BROKEN
        )
    return target


def is_loopback(url: httpx.URL) -> bool:
    if url.host == "localhost":
        return True
    try:
        return ipaddress.ip_address(url.host).is_loopback
    except ValueError:
        return False


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port  # httpx returns None for the default port


def _authorization(url: httpx.URL) -> dict[str, str]:
    """The hub's token, sent only to the hub and only over https (or to this computer)."""
    token = os.environ.get("HF_TOKEN", "").strip()
    if not token or _origin(url) != _origin(checked_url(endpoint())):
        return {}
    if url.scheme != "https" and not is_loopback(url):
        return {}
    if not token.isascii() or not token.isprintable() or " " in token:
        raise NetworkError("HF_TOKEN holds characters that no token has", "Set it again.")
    return {"Authorization": f"Bearer {token}"}


def refuse_status(reply: Reply, what: str, url: str) -> None:
    """Raises `NetworkError` for a status without content; `what` names the requested thing."""
    status = reply.status
    where = httpx.URL(url).host
    if status in (200, 206, 416):
        return
    if status == 401:
        raise NetworkError(
            f"{where} does not give {what} without a login (401)",
            "Check the spelling; a private or gated model needs HF_TOKEN set to a valid token.",
        )
    if status == 403:
        raise NetworkError(
            f"{where} refuses access to {what} (403)",
            "Accept the model's terms on its page, and set HF_TOKEN to a token that may read it.",
        )
    if status in (404, 410):
        raise NetworkError(
            f"{where} has no {what} ({status})", "Check the spelling, the revision and the file."
        )
    if status == 429 or status >= 500 or status == 408:
        busy = "asks for fewer requests" if status == 429 else "is out of order"
        error = TransientError(f"{where} {busy} ({status})", f"Wait a while. {_AGAIN}")
        error.wait = _retry_after(reply.headers.get("retry-after", ""))
        raise error
    raise NetworkError(f"{where} answers {status} instead of {what}", _BROKEN)


def _retry_after(value: str) -> float:
    """Parse Retry-After (RFC 9110), seconds or a date; 0 for anything else."""
    if value.isascii() and value.isdigit():
        return float(value[:9])
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - time.time())
    except (TypeError, ValueError, OverflowError):
        return 0.0


@contextmanager
def _explained(url: httpx.URL) -> Iterator[None]:
    try:
        yield
    except httpx.TransportError as error:
        raise _explain(error, url.host) from error
    except httpx.InvalidURL as error:
        raise NetworkError(f"{shown(url)} redirects to no address", _BROKEN) from error
    except UnicodeError as error:  # from the codec for host names
        raise NetworkError(f"{shown(url)} leads to no possible host", _BROKEN) from error


def _explain(error: httpx.TransportError, host: str) -> NetworkError:
    reason = clean_line(str(error)) or type(error).__name__
    causes = tuple(_causes(error))
    if isinstance(error, httpx.ProxyError):
        return NetworkError(f"the proxy refuses ({reason})", "Check HTTPS_PROXY and NO_PROXY.")
    if any(isinstance(cause, ssl.SSLError) for cause in causes):
        return NetworkError(
            f"{host} cannot prove who it is ({reason})",
            "Check the computer's clock; behind a company's proxy, set SSL_CERT_FILE to its"
            " certificates.",
        )
    if isinstance(error, httpx.TimeoutException | httpx.ConnectError):
        return TransientError(*_no_answer(error, causes, host, reason))
    return TransientError(f"the connection to {host} broke ({reason})", _AGAIN)


def _no_answer(
    error: Exception, causes: tuple[BaseException, ...], host: str, reason: str
) -> tuple[str, str]:
    if any(isinstance(cause, socket.gaierror) for cause in causes):
        return (
            f"the name {host} cannot be looked up",
            "Check the connection and the spelling, or use --offline.",
        )
    if isinstance(error, httpx.ConnectTimeout):
        return f"{host} does not answer", f"Check the connection. {_AGAIN}"
    if isinstance(error, httpx.ConnectError):
        return (
            f"{host} cannot be reached ({reason})",
            "Check the connection, and HTTPS_PROXY if there is a proxy; or use --offline.",
        )
    return f"{host} has stopped sending", _AGAIN


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _known_hosts(no_proxy: str) -> str:
    """Drop entries that httpx cannot parse, since it rejects the whole list for one of them."""
    return ",".join(entry for entry in map(str.strip, no_proxy.split(",")) if _is_host(entry))


def _is_host(entry: str) -> bool:
    try:
        ipaddress.ip_address(entry)
    except ValueError:
        pass
    else:
        return True
    try:
        return bool(httpx.URL(entry if "://" in entry else f"all://*{entry}").host)
    except httpx.InvalidURL:
        return False


def open_client() -> httpx.Client:
    """A client with the proxies and certificates of the environment. Raises `NetworkError`."""
    for name in ("NO_PROXY", "no_proxy"):
        if name in os.environ:
            os.environ[name] = _known_hosts(os.environ[name])
    try:
        return httpx.Client()
    except (ImportError, ValueError, httpx.InvalidURL, OSError) as error:
        raise NetworkError(
            f"the proxy or certificates of this environment cannot be used ({error})",
            "Check HTTPS_PROXY, ALL_PROXY, NO_PROXY and SSL_CERT_FILE.",
        ) from error
