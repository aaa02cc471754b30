"""A program on a terminal of its own (a pty), for tests of what it does to that terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import termios
import time
from pathlib import Path

RESTORED = (b"\x1b[?1049l", b"\x1b[?1000l", b"\x1b[?25h")
"""Leave the alternate screen, mouse off, cursor on."""


class Terminal:
    """A pty with a program on it and everything the program wrote."""

    def __init__(self, command: list[str], folder: Path, **environment: str) -> None:
        self.master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
        self.before = termios.tcgetattr(slave)
        self.slave = slave
        self.written = b""
        self.process = subprocess.Popen(
            command,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            cwd=folder,
            start_new_session=True,
            env={
                **os.environ,
                "HRM_HOME": str(folder / ".hrm"),
                "TERM": "xterm-256color",
                "PYTHONPATH": str(Path(__file__).parents[2]),
                **environment,
            },
        )

    def wait_for(self, text: bytes, seconds: float = 120.0) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.written:
            left = deadline - time.monotonic()
            alive = self.process.poll() is None
            if not self.read(max(0.0, min(left, 1.0))):
                assert alive, f"it ended without {text!r}: {self.written[-2000:]!r}"
                assert left > 0, f"{text!r} not in {self.written[-2000:]!r}"

    def end(self, seconds: float = 50.0) -> int:
        """Exit code; reads on meanwhile, or the program could not write."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.written[-2000:]
            self.read(0.05)
        while self.read(0.05):
            pass
        return self.process.returncode

    def read(self, seconds: float) -> bool:
        ready, _, _ = select.select([self.master], [], [], seconds)
        try:
            data = os.read(self.master, 65536) if ready else b""
        except OSError:  # the other side is closed
            data = b""
        self.written += data
        return bool(data)

    def type(self, keys: bytes) -> None:
        os.write(self.master, keys)

    @property
    def restored(self) -> bool:
        """The screen is left, the mouse is off, the cursor is seen, the settings are as before."""
        left = self.written.rpartition(b"\x1b[?1049h")[2]
        return all(code in left for code in RESTORED) and self.same_settings

    @property
    def same_settings(self) -> bool:
        return termios.tcgetattr(self.slave) == self.before

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        for end in (self.master, self.slave):
            os.close(end)

    @property
    def text(self) -> str:
        """Everything written, without the escape sequences."""
        return re.sub(rb"\x1b\[[0-9;?<>]*[a-zA-Z]", b"", self.written).decode(errors="replace")
