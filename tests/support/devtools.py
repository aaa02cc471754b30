"""A page in a headless Chromium, driven through its DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
from chromium import command
from PIL import Image


class Page:
    """One tab; `errors` are the messages of scripts that failed."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._socket, self._number = socket, 0
        self.errors: list[str] = []

    async def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        self._number += 1
        number = self._number
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        while True:
            message = await self._socket.receive_json()
            if message.get("method") == "Runtime.exceptionThrown":
                self.errors.append(str(message["params"]))
            if message.get("id") == number:
                return dict(message.get("result", message))

    async def press(self, key: str) -> None:
        for kind in ("keyDown", "keyUp"):
            await self.call("Input.dispatchKeyEvent", type=kind, key=key, text=key)

    async def screenshot(self) -> Image.Image:
        data = None
        while data is None:  # not while another page is being opened
            data = (await self.call("Page.captureScreenshot", format="png")).get("data")
        return Image.open(BytesIO(base64.b64decode(data))).convert("RGB")


@asynccontextmanager
async def opened(program: str, url: str, folder: Path) -> AsyncIterator[Page]:
    """The page of an address, its keyboard focus as if a person looked at it."""
    options = ("--remote-debugging-port=0", "--window-size=1100,700", "about:blank")
    process = await asyncio.create_subprocess_exec(
        *command(program, folder, *options), stderr=asyncio.subprocess.PIPE
    )
    try:
        assert process.stderr is not None
        port = None
        while port is None:
            line = await asyncio.wait_for(process.stderr.readline(), 60)
            assert line, "the browser ended"
            port = re.search(rb"ws://[^:]+:(\d+)/", line)
        async with aiohttp.ClientSession() as client:
            async with client.get(f"http://127.0.0.1:{int(port[1])}/json/list") as answer:
                (tab, *_) = [tab for tab in await answer.json() if tab["type"] == "page"]
            address = tab["webSocketDebuggerUrl"]
            async with client.ws_connect(address, max_msg_size=0) as socket:
                page = Page(socket)
                await page.call("Runtime.enable")
                await page.call("Emulation.setFocusEmulationEnabled", enabled=True)
                await page.call("Page.navigate", url=url)
                yield page
    finally:
        process.terminate()
        await process.wait()
