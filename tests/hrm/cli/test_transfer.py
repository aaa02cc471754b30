"""Fetching models as a person does it, against a hub on loopback."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from hub_server import Fault, Hub, running_hub
from scripted import SUDOKU, Shell

from hrm.download.fetch import Downloading
from hrm.events import Finished
from hrm.model.checkpoint import load_model
from hrm.store.installed import find
from hrm.store.pull import pull

GOLDEN = Path(__file__).parents[2] / "support" / "golden" / "official-sudoku"
NAME = "org/model"


@pytest.fixture
def hub(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """It has one published model, `org/model`."""
    with running_hub(monkeypatch) as hub:
        for file in ("checkpoint", "all_config.yaml"):
            hub.files[NAME][file] = (GOLDEN / file).read_bytes()
        yield hub


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Standard input and stderr claim to be one; the list holds the answers to its questions."""
    answers: list[str] = []

    def confirm(text: str, *, abort: bool = False, err: bool = False) -> bool:
        assert err
        sys.stderr.write(text)
        if answers.pop(0) == "y":
            return True
        if abort:
            raise typer.Abort
        return False

    monkeypatch.setattr("hrm.cli.pulling.is_interactive", lambda: True)
    monkeypatch.setattr("hrm.cli.transfer.is_interactive", lambda: True)
    monkeypatch.setattr("typer.confirm", confirm)
    yield answers
    assert not answers


def test_from_the_hub_to_an_answer_and_away_again(shell: Shell, hub: Hub) -> None:
    ran = shell("models", "pull", NAME)
    assert (ran.code, ran.out) == (0, "")
    assert "fetching checkpoint, 1.1 MB" in ran.err
    assert "checking and converting" in ran.err
    assert "model is ready: `hrm solve sudoku PUZZLE --model model`" in ran.err

    models = json.loads(shell("models", "list", "--json").out)["models"]
    [entry] = (model for model in models if model["name"] == "model")
    assert (entry["where"], entry["task"], entry["source"]) == ("installed", "sudoku", NAME)
    assert entry["revision"]
    assert entry["parameters"] == sum(p.numel() for p in load_model(GOLDEN).parameters())

    ran = shell("solve", "sudoku", SUDOKU, "--model", NAME, "--segments", 1, "--attempts", 0, "-q")
    assert ran.code == 1
    assert len(ran.out.strip()) == 81

    ran = shell("models", "show", "model")
    assert ran.code == 0
    assert entry["sha256"] in ran.out
    assert json.loads(shell("models", "show", NAME, "--json").out)["name"] == "model"

    ran = shell("models", "verify", "--json")
    assert ran.code == 0
    assert {m["name"]: m["ok"] for m in json.loads(ran.out)["models"]}["model"] is True

    ran = shell("models", "rm", "model")
    assert ran.code == 2
    assert "--yes" in ran.err
    ran = shell("models", "rm", "model", "--yes")
    assert ran.code == 0
    assert "MB freed" in ran.err
    assert find("model") is None


def test_pull_as_json(shell: Shell, hub: Hub) -> None:
    ran = shell("models", "pull", NAME, "--json", "--name", "mine")
    lines = [json.loads(line) for line in ran.out.splitlines()]
    assert ran.code == 0
    assert {line["event"] for line in lines} == {"downloading", "converting", "ready"}
    assert all(line["schema"] == 1 for line in lines)
    assert lines[-1]["name"] == "mine"
    assert Path(lines[-1]["path"]).is_file()


def test_a_second_pull_fetches_nothing(
    shell: Shell, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    shell("models", "pull", NAME)
    asked = len(hub.requests("content"))
    assert shell("models", "pull", NAME).code == 0
    assert len(hub.requests("content")) == asked
    monkeypatch.setenv("ALL_PROXY", "socks5://nowhere:1")  # nothing that would be used
    assert shell("models", "pull", NAME, "--offline").code == 0


@pytest.mark.parametrize(
    ("options", "code", "word"),
    [
        (("org/nothing",), 5, "org/nothing"),
        ((NAME, "--sha256", "0" * 64), 5, "not the one that was given"),
        ((NAME, "--sha256", "short"), 2, "not a SHA-256"),
        ((NAME, "--name", "../x"), 2, "cannot be the name"),
        (("https://a..b/x/checkpoint",), 5, "leads to no possible host"),
        (("nothing",), 2, "neither a model on the hub nor an address"),
        (("other/model", "--offline"), 5, "other/model"),
    ],
)
def test_what_goes_wrong_with_a_pull(
    shell: Shell, hub: Hub, options: tuple[str, ...], code: int, word: str
) -> None:
    ran = shell("models", "pull", *options)
    assert (ran.code, ran.out) == (code, "")
    assert word in ran.err
    assert ran.err.count("error:") == 1
    assert "hint:" in ran.err


def test_words_of_a_server_cannot_colour_the_terminal(shell: Shell, hub: Hub) -> None:
    hub.faults["api"] = [Fault(status=403, body=b"\x1b[31m[red]no\x07")]
    ran = shell("models", "pull", NAME)
    assert ran.code == 5
    assert "\x1b" not in ran.err
    assert "\x07" not in ran.err


def test_an_interrupt_keeps_what_has_arrived(
    shell: Shell, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[bool] = []

    def interrupted(reference: str, **options: Any) -> Iterator[Any]:
        events = pull(reference, **options)
        try:
            for event in events:
                yield event
                if isinstance(event, Downloading) and event.file == "checkpoint":
                    raise KeyboardInterrupt
        finally:
            closed.append(True)

    monkeypatch.setattr("hrm.store.pull.pull", interrupted)
    ran = shell("models", "pull", NAME)
    assert ran.code == 130
    assert closed == [True]
    assert "the same command resumes the download" in ran.err
    assert find("model") is None
    monkeypatch.setattr("hrm.store.pull.pull", pull)
    assert shell("models", "pull", NAME).code == 0


def test_a_real_interrupt_and_a_later_run(shell: Shell, hub: Hub) -> None:
    hub.faults["content"] = [Fault(cut=700_000, stall=True)]
    command = [sys.executable, "-m", "hrm", "models", "pull", NAME]
    # what a shell starts in the background, and with it these tests, may have SIGINT ignored
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        signal.signal(signal.SIGINT, before)
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("fetching checkpoint"):
                break
        process.send_signal(signal.SIGINT)
        assert "the same command resumes the download" in process.stderr.read()
    assert process.returncode == 130
    ran = shell("models", "pull", NAME)
    assert ran.code == 0
    assert find("model") is not None


def test_progress_has_a_rate_and_a_remaining_time(
    shell: Shell, hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    from rich.console import Console

    written = io.StringIO()
    console = Console(file=written, force_terminal=True, width=100, markup=False)
    monkeypatch.setattr("hrm.cli.pulling.talk_console", lambda: console)
    assert shell("models", "pull", NAME).code == 0
    shown = written.getvalue()
    assert "checkpoint" in shown
    assert "1.1/1.1 MB" in shown
    assert " MB/s, 0 s left" in shown
    assert "checking and converting" in shown


@pytest.mark.parametrize(
    ("done", "total", "rate", "text"),
    [
        (0, 109_000_000, 0.0, "waiting for the server"),
        (0, 109_000_000, 2e6, "2.0 MB/s, 54 s left"),
        (10**9, 23 * 10**8, 3e5, "0.3 MB/s, 1.2 h left"),
        (5, None, 1e6, "1.0 MB/s"),
    ],
)
def test_pace(done: int, total: int | None, rate: float, text: str) -> None:
    event = Downloading(file="checkpoint", done=done, total=total, rate=rate, resumed_from=0)
    assert event.pace == text


def test_a_solve_fetches_its_model_when_told_to(shell: Shell, hub: Hub) -> None:
    options = ("--segments", 1, "--attempts", 0, "--json")
    ran = shell("solve", "sudoku", SUDOKU, "--model", NAME, *options)
    assert ran.code == 4
    assert f"`hrm models pull {NAME}`" in ran.err
    assert hub.sent == 0
    ran = shell("solve", "sudoku", SUDOKU, "--model", NAME, "--yes", *options)
    assert json.loads(ran.out.splitlines()[-1])["event"] == Finished.__name__.lower()
    assert find("model") is not None


def test_a_solve_asks_in_a_terminal(shell: Shell, hub: Hub, terminal: list[str]) -> None:
    terminal[:] = ["n", "y"]
    options = ("--segments", 1, "--attempts", 0, "-q")
    ran = shell("solve", "sudoku", SUDOKU, "--model", NAME, *options)
    assert ran.code == 4
    assert f"Fetch {NAME}?" in ran.err
    ran = shell("solve", "sudoku", SUDOKU, "--model", NAME, *options)
    assert len(ran.out.strip()) == 81


def test_a_fetched_model_of_another_task_is_named(shell: Shell, hub: Hub) -> None:
    ran = shell("solve", "maze", "small", "--model", NAME, "--yes")
    assert ran.code == 4
    assert "model is a model for sudoku, not for maze" in ran.err


def test_removing_asks_in_a_terminal(shell: Shell, hub: Hub, terminal: list[str]) -> None:
    terminal[:] = ["n", "y"]
    shell("models", "pull", NAME)
    ran = shell("models", "rm", "model")
    assert ran.code == 130
    assert "Remove model?" in ran.err
    assert find("model") is not None
    assert shell("models", "rm", "model").code == 0
    assert find("model") is None


def test_prune_says_what_it_freed(shell: Shell, hub: Hub) -> None:
    assert "nothing to remove" in shell("models", "prune").err
    hub.faults["content"] = [Fault(cut=600_000), Fault(status=404)]
    assert shell("models", "pull", NAME).code == 5
    ran = shell("models", "prune", "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["freed"] >= 600_000
    assert "nothing to remove" in shell("models", "prune").err
