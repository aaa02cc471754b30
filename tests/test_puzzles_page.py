"""puzzles/README.md word for word: its files are written, its commands run (with little training),
and the code that it quotes is that of the example."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from scripted import Shell

import puzzles
from puzzles.contract.properties import PROPERTIES

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "tests" / "examples" / "queens"
PAGE = (ROOT / "puzzles" / "README.md").read_text(encoding="utf-8")
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"^`([\w.]+)`:\n\n```\w+\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LITTLE = (
    *("--steps", "2", "--device", "cpu", "--set", "hidden=32", "--set", "intermediate=16"),
    *("--set", "high_layers=1", "--set", "low_layers=1", "--set", "batch_cells=200"),
    *("--set", "evaluate_count=2"),
)


def as_it_reads(code: str) -> str:
    """Without indentation and empty lines."""
    return "".join(f"{line.strip()}\n" for line in code.splitlines() if line.strip())


def commands(first: str) -> list[str]:
    """Lines of the shell blocks of the section that begins with a heading."""
    section = PAGE[PAGE.index(f"\n### {first}\n") :]
    section = section[: section.find("\n### ", 5)]
    blocks = [text for kind, text in FENCE.findall(section) if kind == "sh"]
    assert blocks
    return [line for block in blocks for line in block.splitlines()]


@pytest.fixture
def _installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The example as pip would install it."""
    project = tomllib.loads((EXAMPLE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    site = tmp_path / "site" / "hrm_queens-1.0.dist-info"
    site.mkdir(parents=True)
    points = project["entry-points"]["hrm.domains"].items()
    lines = ["[hrm.domains]", *(f"{name} = {where}" for name, where in points)]
    (site / "entry_points.txt").write_text("\n".join(lines) + "\n")
    (site / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: 1\n")
    monkeypatch.syspath_prepend(str(site.parent))
    monkeypatch.syspath_prepend(str(EXAMPLE))
    puzzles._offered.cache_clear()
    puzzles._load.cache_clear()
    yield
    monkeypatch.undo()
    puzzles._offered.cache_clear()
    puzzles._load.cache_clear()


def run(shell: Shell, line: str) -> None:
    words = shlex.split(line)
    if words[0] == "pip":
        assert (ROOT / words[-1]).resolve() == EXAMPLE
        return
    if words[0] == "python":
        script, _, target = line.removeprefix("python ").partition(" > ")
        with Path(target).open("w") as file:
            subprocess.run([sys.executable, script], stdout=file, check=True)
        return
    assert words[0] == "hrm"
    if words[1] == "train":
        cut = next(i for i, word in enumerate(words) if word in ("--minutes", "--steps"))
        words[cut : cut + 2] = LITTLE
    if "--count" in words:
        words[words.index("--count") + 1] = "3"
    if words[1] == "data":
        words += ["--test", "2"]
    if words[1] in ("solve", "eval"):
        words += ["--device", "cpu", "--threads", "1", "--segments", "2", "--attempts", "1"]
    ran = shell(*words[1:])
    if words[1] == "tui":  # there is no terminal here, and that is the first thing it looks at
        assert "is not a terminal" in ran.err
        return
    assert ran.code in (0, 1), f"{line}: {ran.err}"
    assert not ran.err.startswith("error"), f"{line}: {ran.err}"


def test_sudokus_under_rules_of_ones_own_need_no_code(shell: Shell) -> None:
    for name, text in NAMED.findall(PAGE):
        Path(name).write_text(text)
    for line in commands("Rules, without code"):
        run(shell, line)
    answer = Path("answer.txt").read_text()
    assert answer.startswith("symbols: PLANET\nrules: x\ngroup the diamond: ")
    judged = shell("check", "sudoku", "planet.txt", "answer.txt", "--rules", "planet.toml")
    assert (judged.code, judged.err) == (0, ""), judged.out
    more = shell("check", "sudoku", "more.txt")  # a file of puzzles says its rules
    assert more.code == 0, more.err


def test_data_is_trained_on_without_code(shell: Shell) -> None:
    for name, text in NAMED.findall(PAGE):
        Path(name).write_text(text)
    for line in commands("Data, without code"):
        run(shell, line)
    assert Path("answers.txt").read_text().count("\n") == 2


@pytest.mark.usefixtures("_installed")
def test_a_page_of_code_is_enough(shell: Shell) -> None:
    for line in commands("A page of code"):
        run(shell, line)
    tried = shell("doctor", "--domain", "queens")
    assert f"{len(PROPERTIES)} of {len(PROPERTIES)} properties hold" in tried.out, tried.out


def test_the_code_that_is_quoted_is_that_of_the_example() -> None:
    source = (EXAMPLE / "hrm_queens.py").read_text(encoding="utf-8")
    assert len(source.splitlines()) <= 100
    section = PAGE[PAGE.index("### A page of code") :]
    quoted = [text for kind, text in FENCE.findall(section) if kind == "python"]
    assert len(quoted) == 5
    for text in quoted:
        assert as_it_reads(text) in as_it_reads(source)
    (point,) = [text for kind, text in FENCE.findall(section) if kind == "toml"]
    assert point in (EXAMPLE / "pyproject.toml").read_text(encoding="utf-8")
