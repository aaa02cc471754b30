"""A headless Chromium, where there is one, that draws a page to a picture."""

from __future__ import annotations

import shutil
import subprocess
from functools import cache
from pathlib import Path

_NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
_OPTIONS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--hide-scrollbars",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


@cache
def chromium() -> str | None:
    """The program, None where none is installed."""
    return next((found for name in _NAMES if (found := shutil.which(name))), None)


def command(program: str, folder: Path, *options: str) -> list[str]:
    """A command line for a browser whose own files are kept in `folder`."""
    return [program, *_OPTIONS, f"--user-data-dir={folder / 'profile'}", *options]


def picture_of(program: str, page: Path, size: tuple[int, int], folder: Path) -> Path:
    """What the browser draws of a page."""
    picture = folder / f"{page.stem}.png"
    options = (f"--window-size={size[0]},{size[1]}", f"--screenshot={picture}", page.as_uri())
    subprocess.run(command(program, folder, *options), check=True, capture_output=True, timeout=60)
    return picture
