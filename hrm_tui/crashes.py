"""An app that fails in silence, so that its caller prints one line in the restored terminal.

Textual prints a page of traceback with the values of local variables, among them a person's files.
"""

from __future__ import annotations

import sys
from codecs import getincrementaldecoder
from collections.abc import Mapping
from functools import partial
from typing import TypeVar

from rich.console import Console, RenderableType
from textual.actions import ActionParseResult
from textual.app import App
from textual.dom import DOMNode
from textual.worker import WorkerFailed

from puzzles.contract.guard import DomainError

T = TypeVar("T")


def read_leniently() -> None:
    """Have bytes of the terminal that are not UTF-8 replaced. One of them, as from a paste, would
    end Textual's reading thread and so the app, and there is no public way to say it."""
    if sys.platform != "win32":
        from textual.drivers import linux_driver

        lenient = partial(getincrementaldecoder("utf-8"), errors="replace")
        vars(linux_driver)["getincrementaldecoder"] = lambda encoding: lenient


class QuietApp(App[T]):
    """`crash` describes the error; the exception is not raised again here."""

    def __init__(self, ansi_color: bool | None = None) -> None:
        super().__init__(ansi_color=ansi_color)
        self._failures: list[RenderableType] = []

    @property
    def crash(self) -> BaseException | None:
        """What ended the app against its will, once it has ended."""
        error = self._exception
        if isinstance(error, WorkerFailed):
            return error.error
        if error is None and self._failures:
            error = RuntimeError("reading from the terminal failed")
            error.add_note(_plain(self._failures))
        return error

    async def run_action(
        self,
        action: str | ActionParseResult,
        default_namespace: DOMNode | None = None,
        namespaces: Mapping[str, DOMNode] | None = None,
    ) -> bool:
        """A kind of puzzle from outside that fails in an action does not end the app."""
        try:
            return await super().run_action(action, default_namespace, namespaces)
        except DomainError as error:
            self.notify(str(error), severity="error", markup=False, timeout=10)
            return True

    def panic(self, *renderables: RenderableType) -> None:
        """Called when the thread that reads keys fails, and with errors that draw themselves."""
        self._failures += renderables
        self._close_messages_no_wait()

    def _fatal_error(self) -> None:
        """Called for every other exception, which is in `_exception` by then. There is no public
        way to hear of it."""
        self._close_messages_no_wait()


def _plain(renderables: list[RenderableType]) -> str:
    console = Console(color_system=None, width=100)
    with console.capture() as captured:
        console.print(*renderables, markup=False)
    return captured.get()
