"""Lines of words that are set on every move and rarely change."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static

from hrm.terminal import clean


class Words(Static):
    """Shows outside text as it is; the screen is laid out again only for other words."""

    words = ""

    def say(self, words: str) -> None:
        if words != self.words:
            self.words = words
            self.update(Content(clean(words)))
