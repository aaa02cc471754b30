"""`hrm tui --serve`: the page, what it loads, the app behind it, and who is refused."""

from __future__ import annotations

import asyncio
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pyte
import pytest
from chromium import chromium
from command import environment, process
from devtools import Page, opened
from PIL import Image
from scripted import Shell

from hrm.errors import UserError
from hrm_tui.web.server import is_local, serve

PATIENCE = 120.0
Colour = tuple[int, int, int]
INK: Colour = (230, 232, 238)
SOLVED: Colour = (111, 224, 192)
"""Of text and of what says that a puzzle is solved, in the app's usual theme."""


@asynccontextmanager
async def serving(
    folder: Path, *arguments: str
) -> AsyncIterator[tuple[str, asyncio.subprocess.Process]]:
    """The address of a server with the real app, and its process."""
    config = folder / "home" / "config" / "config.toml"
    config.parent.mkdir(parents=True)
    config.write_text("autoplay = false\n")  # so that a key makes the difference
    command = process("-m", "hrm", "tui", "easy", "--serve", "--port", "0", "--threads", "1")
    server = await asyncio.create_subprocess_exec(
        *command,
        *arguments,
        cwd=folder,
        env=environment(folder / "home"),
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert server.stderr is not None
        address, said = None, b""
        while address is None:
            line = await asyncio.wait_for(server.stderr.readline(), PATIENCE)
            said += line
            assert line, said
            address = re.search(rb"http://\S+/", line)
        yield address[0].decode(), server
    finally:
        if server.returncode is None:
            server.kill()
        await server.wait()


class Remote:
    """What a browser's terminal shows, without a browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket = socket
        self._screen = pyte.Screen(110, 34)
        self._stream = pyte.ByteStream(self._screen)

    async def press(self, key: str) -> None:
        await self._socket.send_json(["stdin", key])

    async def shows(self, *words: str) -> str:
        """The screen, once it has all the words."""

        async def look() -> str:
            while not all(word in self.text for word in words):
                message = await self._socket.receive()
                assert message.type is not aiohttp.WSMsgType.CLOSE, self.text
                if message.type is aiohttp.WSMsgType.BINARY:
                    self._stream.feed(message.data)
            return self.text

        return await asyncio.wait_for(look(), PATIENCE)

    @property
    def text(self) -> str:
        return "\n".join(self._screen.display)


@pytest.mark.asyncio
async def test_the_page_has_all_it_loads_and_the_app_behind_it_is_drawn(tmp_path: Path) -> None:
    async with serving(tmp_path) as (address, server), aiohttp.ClientSession() as client:
        async with client.get(address) as answer:
            page = await answer.text()
            assert answer.status == 200
            assert "script-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "://" not in page.replace("ws://", "")  # nothing from elsewhere
        files = re.findall(r'(?:src|href)="(/[^"]+)"|url\("(/[^"]+)"\)', page)
        assert len(files) == 3
        for file in (first or second for first, second in files):
            async with client.get(address.rstrip("/") + file) as answer:
                assert answer.status == 200, file
        (url,) = re.findall(r'data-session-websocket-url="([^"]+)"', page)
        async with client.ws_connect(f"{url}?width=110&height=34") as socket:
            remote = Remote(socket)
            await remote.shows("sudoku", "easy", "━━━")
        server.send_signal(signal.SIGINT)
        assert await asyncio.wait_for(server.wait(), PATIENCE) == 0


@pytest.mark.asyncio
async def test_other_sites_are_refused(tmp_path: Path) -> None:
    async with serving(tmp_path) as (address, _), aiohttp.ClientSession() as client:
        for path, headers in (
            ("", {"Origin": "http://evil.example"}),
            ("ws", {"Origin": "http://evil.example"}),
            ("ws", {"Origin": "null"}),
            ("", {"Host": "evil.example"}),
            ("static/js/textual.js", {"Host": "evil.example:8000"}),
        ):
            async with client.get(address + path, headers=headers) as answer:
                assert answer.status == 403, (path, headers)
        own = {"Origin": address.rstrip("/")}
        async with client.get(address, headers=own) as answer:
            assert answer.status == 200


async def _in_terminal(address: str, folder: Path) -> tuple[bool, bool]:
    """Whether it is seen to be solved before a key is pressed, and after it."""
    async with aiohttp.ClientSession() as client:
        url = address.replace("http://", "ws://") + "ws?width=110&height=34"
        async with client.ws_connect(url) as socket:
            remote = Remote(socket)
            before = await remote.shows("easy", "━━━")
            await remote.press(" ")
            after = await remote.shows("Solved in")
            return "Every rule holds" in before, "Every rule holds" in after


async def _in_browser(address: str, folder: Path) -> tuple[bool, bool]:
    """The same by the colour of a screenshot."""
    program = chromium()
    assert program is not None
    async with opened(program, address, folder) as page:
        before = await asyncio.wait_for(_until(page, INK, 0.002), PATIENCE)
        await page.press(" ")
        after = await asyncio.wait_for(_until(page, SOLVED, 0.002), PATIENCE)
        assert not page.errors
        return _share(before, SOLVED) > 0.0, _share(after, SOLVED) > 0.0


async def _until(page: Page, colour: Colour, share: float) -> Image.Image:
    """A screenshot that has enough of a colour."""
    while _share(picture := await page.screenshot(), colour) < share:
        await asyncio.sleep(0.2)
    return picture


def _share(picture: Image.Image, colour: Colour) -> float:
    """Of pixels with a colour or one very near to it."""
    near = [
        count
        for count, pixel in picture.getcolors(1 << 24) or []
        if all(abs(one - other) < 12 for one, other in zip(pixel, colour, strict=True))
    ]
    return sum(near) / (picture.width * picture.height)


Player = Callable[[str, Path], Awaitable[tuple[bool, bool]]]
PLAYERS: list[Player] = [_in_terminal, *([_in_browser] if chromium() else [])]
"""A browser only where there is one; the app's terminal is played everywhere."""


@pytest.mark.asyncio
@pytest.mark.parametrize("player", PLAYERS)
async def test_a_key_makes_the_model_solve_what_is_seen(tmp_path: Path, player: Player) -> None:
    async with serving(tmp_path) as (address, _):
        solved_before, solved_after = await player(address, tmp_path)
    assert not solved_before
    assert solved_after


@pytest.mark.asyncio
async def test_the_app_ends_with_its_page_and_with_the_server(tmp_path: Path) -> None:
    async with serving(tmp_path) as (address, server), aiohttp.ClientSession() as client:
        url = address.replace("http://", "ws://") + "ws"
        for kill in (False, True):
            async with client.ws_connect(url) as socket:
                await Remote(socket).shows("easy", "━━━")
                (app,) = _children(server.pid)
                if kill:
                    server.kill()
            await asyncio.wait_for(_gone(app), PATIENCE)


def _children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(part) for part in text.split()]


async def _gone(pid: int) -> None:
    def alive() -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
        except OSError:
            return False

    while alive():
        await asyncio.sleep(0.1)


@pytest.mark.parametrize(
    ("host", "local"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("localhost", True),
        ("::1", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.168.1.5", False),
        ("example.org", False),
    ],
)
def test_what_others_can_reach_is_known(host: str, local: bool) -> None:
    assert is_local(host) == local


def test_a_port_that_is_taken_is_reported() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(UserError, match=f"cannot listen on 127.0.0.1:{port}") as caught:
            serve(["x"], "127.0.0.1", port, print)
    assert "--port" in caught.value.hint


def test_a_host_that_is_not_here_is_reported() -> None:
    with pytest.raises(UserError, match=r"cannot listen on 192\.0\.2\.1:0") as caught:
        serve(["x"], "192.0.2.1", 0, print)
    assert "--host" in caught.value.hint


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--host", "0.0.0.0"), "are for --serve"),
        (("--port", "80"), "are for --serve"),
        (("--serve", "no-such-puzzle"), "no-such-puzzle"),
        (("--serve", "--screen", "attic"), "there is no screen attic"),
    ],
)
def test_what_cannot_be_served_is_reported_at_once(
    shell: Shell, arguments: tuple[str, ...], words: str
) -> None:
    ran = shell("tui", *arguments)
    assert ran.code in (2, 3)
    assert words in ran.err


def test_without_textual_serve_it_says_what_to_install(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "hrm_tui.web.server")
    monkeypatch.setitem(sys.modules, "textual_serve", None)
    monkeypatch.setitem(sys.modules, "textual_serve.server", None)
    ran = shell("tui", "--serve")
    assert ran.code == 2
    assert "pip install 'hrm-tui[web]'" in ran.err


def test_a_warning_comes_before_others_can_connect(
    shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[list[str], str, int]] = []
    monkeypatch.setattr(
        "hrm_tui.web.server.serve",
        lambda command, host, port, tell: asked.append((command, host, port)),
    )
    ran = shell("tui", "hard", "--serve", "--host", "0.0.0.0", "--port", "0", "--task", "sudoku")
    assert ran.code == 0
    assert "warning: everybody who can reach 0.0.0.0 can use the app" in ran.err
    ((command, host, port),) = asked
    assert (host, port) == ("0.0.0.0", 0)
    assert command[1:4] == ["-m", "hrm", "tui"]
    assert command[-2:] == ["--", "hard"]
    assert command[command.index("--task") + 1] == "sudoku"
    assert "--serve" not in command
    assert "warning" not in shell("tui", "hard", "--serve", "--port", "0").err
