"""How text reaches a terminal and a pipe."""

from __future__ import annotations

from io import StringIO

import pytest
from rich.console import Console

from hrm.cli.output import print_text

SENTENCE = "The last update moves the state by a little of its size, so that the state has settled."


@pytest.mark.parametrize(("terminal", "most"), [(True, 40), (False, len(SENTENCE))])
def test_sentences_are_wrapped_between_words_in_a_terminal_only(terminal: bool, most: int) -> None:
    console = Console(file=StringIO(), width=40, force_terminal=terminal, no_color=True)
    print_text(console, SENTENCE)
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert max(map(len, lines)) <= most
    assert " ".join(line.strip() for line in lines) == SENTENCE
