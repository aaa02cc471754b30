"""The tables of keys in hrm_tui/README.md are those that the screens have."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from textual.binding import Binding

import hrm_tui
from hrm_tui.app import HrmApp
from hrm_tui.models.screen import ModelsScreen
from hrm_tui.play.screen import PlayScreen
from hrm_tui.solve.screen import SolveScreen
from hrm_tui.train.screen import TrainScreen

README = Path(hrm_tui.__file__).with_name("README.md").read_text(encoding="utf-8")
SIGNS = {
    "?": "question_mark",
    "+": "plus",
    "=": "equals_sign",
    "-": "minus",
    "[": "left_square_bracket",
    "]": "right_square_bracket",
    "{": "left_curly_bracket",
    "}": "right_curly_bracket",
    "<": "less_than_sign",
    ">": "greater_than_sign",
}
SECTIONS = {
    "Everywhere": HrmApp,
    "Solve (F2)": SolveScreen,
    "Play (F3)": PlayScreen,
    "Models (F4)": ModelsScreen,
    "Train (F5)": TrainScreen,
}


@pytest.mark.parametrize("title", SECTIONS)
def test_every_key_is_in_the_table(title: str) -> None:
    section = README.split(f"### {title}\n")[1].split("\n#")[0]
    rows = re.findall(r"^\| (`.*?`) \| `([\w.]+)` \| (.+) \|$", section, re.MULTILINE)
    documented = {
        name: ",".join(SIGNS.get(key, key) for key in re.findall(r"`(.+?)`", keys))
        for keys, name, _ in rows
    }
    bindings: list[Any] = SECTIONS[title].__dict__["BINDINGS"]
    there = {one.id: one.key for one in bindings if isinstance(one, Binding) and one.id}
    assert documented == there
