"""Serves the app to browsers, by textual-serve: each page starts the app in a process of its own.

Anyone who can open the page can use the app as the person who started it. So the server listens on
this machine only, unless an option says otherwise, and refuses requests that come from other pages:
any site that is open in the same browser could otherwise connect to it.
"""

from __future__ import annotations

import errno
import ipaddress
import secrets
import shlex
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from string import Template
from urllib.parse import urlsplit

from aiohttp import web
from textual_serve.server import Server

from hrm.errors import UserError

_PAGE = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))
_POLICY = (
    "default-src 'self'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self' ws: wss:; frame-ancestors 'none'"
)
_SHUTDOWN = 1.0
"""Seconds for the apps of open pages to leave."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def serve(command: Sequence[str], host: str, port: int, tell: Callable[[str], None]) -> None:
    """Serve the app that `command` starts until SIGINT or SIGTERM; `port` 0 takes a free one.

    `tell` gets the address as soon as it can be opened. Raises UserError.
    """
    with _listening(host, port) as listener:
        server = _AppServer(command, host, listener.getsockname()[1], tell)
        web.run_app(server.application(), sock=listener, print=None, shutdown_timeout=_SHUTDOWN)


def is_local(host: str) -> bool:
    """Whether `host` is reachable from this machine only."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _listening(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return socket.create_server((host, port), family=found[0][0])
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        hint = "Choose another --host."
        if getattr(error, "errno", None) in (errno.EADDRINUSE, errno.EACCES):
            hint = "Choose another --port; 0 takes a free one."
        raise UserError(f"cannot listen on {host}:{port}: {reason}", hint) from None


class _AppServer(Server):
    """textual-serve's routes, with a page that loads nothing from elsewhere."""

    def __init__(
        self, command: Sequence[str], host: str, port: int, tell: Callable[[str], None]
    ) -> None:
        super().__init__(_line(command), host=host, port=port, title="hrm")
        self._tell = tell
        shown = f"[{host}]" if ":" in host else host
        self._address = f"{shown}:{port}"
        names = {self._address, f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"}
        self._hosts = names if is_local(host) else None

    async def application(self) -> web.Application:
        made = await self._make_app()
        made.middlewares.append(self._guard)
        return made

    async def on_startup(self, app: web.Application) -> None:
        self._tell(f"http://{self._address}/")

    async def handle_index(self, request: web.Request) -> web.Response:
        nonce = secrets.token_urlsafe(16)
        text = _PAGE.substitute(socket=f"ws://{request.host}/ws", nonce=nonce)
        headers = {
            "Content-Security-Policy": _POLICY.format(nonce=nonce),
            "Cache-Control": "no-store",
        }
        return web.Response(text=text, content_type="text/html", headers=headers)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Refuse other sites' pages, and names that were made to lead here."""
        origin = request.headers.get("Origin")
        own_name = self._hosts is None or request.host in self._hosts
        if not own_name or (origin is not None and urlsplit(origin).netloc != request.host):
            raise web.HTTPForbidden(text="This server takes requests from its own page only.\n")
        return await handler(request)


def _line(command: Sequence[str]) -> str:
    """For the shell that textual-serve starts; `exec` makes the app a child of the server."""
    if sys.platform == "win32":
        return subprocess.list2cmdline(command)
    return f"exec {shlex.join(command)}"
