"""What README and the pages show still works: commands, links and pictures.

A command that trains or downloads has its options read only; test_puzzles_page.py runs those of
puzzles/README.md.
"""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest
import typer
from scripted import Shell

from hrm.cli.boundary import COMMANDS, app

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    "README.md",
    "hrm/README.md",
    "hrm/bundled/README.md",
    "hrm_tui/README.md",
    "puzzles/README.md",
    "tests/README.md",
]
FENCE = re.compile(r"^```\w*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINE = re.compile(
    r"^(?:\$ )?(?:\.venv/bin/|torchrun .*? -m )?(hrm .+?)(?:   .*|  #.*)?$", re.MULTILINE
)

ONLY_READ = {"tui", "demo", "models", "data", "train", "bench", "record", "ablate"}
"""Commands whose options are read here; they run below or in tests of their own."""

TINY = ["--count", "2", "--threads", "1", "--device", "cpu"]


def commands_of(page: str) -> list[str]:
    text = (ROOT / page).read_text(encoding="utf-8")
    return [line for block in FENCE.findall(text) for line in LINE.findall(block)]


SHOWN = [(page, line) for page in PAGES for line in commands_of(page)]


@pytest.mark.parametrize(("page", "line"), SHOWN)
def test_a_command_that_is_shown_has_options_that_there_are(page: str, line: str) -> None:
    group = typer.main.get_command(app)
    name, *arguments = shlex.split(line)[1:]
    assert name in COMMANDS, line
    command = group.get_command(None, name)  # type: ignore[attr-defined]
    inner = getattr(command, "commands", None)
    if inner is not None:
        command, arguments = inner[arguments[0]], arguments[1:]
    if arguments[:1] == ["--help"] or not arguments:
        return
    context = command.make_context(name, arguments, resilient_parsing=True)
    known = {option for param in command.params for option in (*param.opts, *param.secondary_opts)}
    used = {part.partition("=")[0] for part in arguments if part.startswith("-") and len(part) > 1}
    assert used <= known, line
    assert context.command is command


def quick() -> list[str]:
    lines = dict.fromkeys(line for page, line in SHOWN if page != "puzzles/README.md")
    return [
        line
        for line in lines
        if line.split()[1] not in ONLY_READ and "FILE" not in line and "--model" not in line
    ]


@pytest.mark.parametrize("line", quick())
def test_a_quick_command_that_is_shown_runs(shell: Shell, line: str) -> None:
    Path("puzzle.txt").write_text(
        "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79\n"
    )
    Path("mazes.txt").write_text("S  #\n## #\nG   \n")
    Path("maze.txt").write_text("S  #\n## #\nG   \n")
    arguments = shlex.split(line)[1:]
    if arguments[0] in ("eval", "scale", "analyze"):
        arguments += TINY
    if "arc" in arguments:
        arguments = [*arguments, "--budget", "1"]
    ran = shell(*arguments, "--no-animate") if arguments[0] == "solve" else shell(*arguments)
    assert ran.code in (0, 1), ran.err
    assert "error:" not in ran.err


LITTLE = (
    *("--steps", "20", "--device", "cpu", "--threads", "1", "--out", "run"),
    *("--set", "hidden=8", "--set", "intermediate=8", "--set", "batch_cells=162"),
    *("--set", "max_segments=2", "--set", "evaluate_count=2", "--set", "evaluate_level=easy"),
)
TRAINED = sorted(
    {
        line
        for page, line in SHOWN
        if page != "puzzles/README.md" and line.startswith("hrm train --task sudoku")
    }
)


@pytest.mark.parametrize("line", TRAINED)
def test_a_training_that_is_shown_runs_resumes_solves_and_is_drawn(shell: Shell, line: str) -> None:
    ran = shell(*shlex.split(line)[1:], *LITTLE)
    assert ran.code == 0, ran.err
    ran = shell("train", "--resume", "run", "--steps", "21")
    assert ran.code == 0, ran.err
    ran = shell("solve", "sudoku", "hard", "--model", "run", "--attempts", "0", "--no-animate")
    assert ran.code in (0, 1), ran.err
    ran = shell("record", "--run", "run", "--out", "curve.svg")
    assert ran.code == 0, ran.err


def test_the_output_that_the_readme_shows_is_what_the_program_prints(shell: Shell) -> None:
    [block] = [b for b in FENCE.findall((ROOT / "README.md").read_text("utf-8")) if b[0] == "$"]
    command, *shown = block.splitlines()
    printed = shell(*shlex.split(command)[2:]).out.splitlines()
    assert len(printed) == len(shown)
    middle = printed[1].index("answer")
    # another model may find another shortest path, and takes another time
    assert [line[:middle] for line in printed[:-1]] == [line[:middle] for line in shown[:-1]]
    said = re.compile(r"Solved in \d+ segments?, [\d.]+ s, .+ Every rule holds\. The network was ")
    assert said.match(printed[-1])
    assert said.match(shown[-1])


@pytest.mark.parametrize("picture", sorted((ROOT / "hrm_tui" / "pictures").iterdir()))
def test_a_picture_is_small_and_plays_without_a_script(picture: Path) -> None:
    assert picture.stat().st_size <= 400_000
    text = picture.read_text("utf-8")
    assert ElementTree.fromstring(text).tag == "{http://www.w3.org/2000/svg}svg"
    assert "<script" not in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "")
    assert any(picture.name in (ROOT / page).read_text("utf-8") for page in PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_links_and_pictures_lead_to_files_and_headings(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        place, _, heading = target.partition("#")
        if place.startswith("http"):
            continue
        path = (ROOT / page).parent / place if place else ROOT / page
        assert path.exists(), target
        if heading:
            headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            anchors = [re.sub(r"[^\w\- ]", "", one.lower()).replace(" ", "-") for one in headings]
            assert heading in anchors, target


def test_solving_needs_no_developers_tools() -> None:
    def recipe(target: str) -> str:
        command = ["make", "--dry-run", "--always-make", target]
        ran = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)
        return ran.stdout

    assert "hrm solve sudoku hard" in recipe("solve")
    assert "[dev]" not in recipe("solve")
    assert "[dev]" in recipe("test")
    assert "hrm train --task sudoku --minutes 4" in recipe("pictures")


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text(encoding="utf-8").split()) <= 1100
