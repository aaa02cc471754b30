"""Files from strangers whose texts hold escape codes: whatever a command says of them, none reaches
the terminal, and no text breaks the program."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tiny
from safetensors.torch import save_file
from scripted import SUDOKU, SUDOKU_ANSWER, Shell, segment

from hrm.errors import EXIT_BUG
from hrm.events import Candidate, Finished, Started
from hrm.files import cache_dir, sha256_of
from hrm.model.checkpoint import save_model
from hrm.solving.trace import to_json
from hrm.store.registry import defaults_file
from hrm.training.presets import preset

HOSTILE = "x\x1b]0;owned\x07\x9b2J\u202e[/b][@click=app.quit]"
STEERS = {"\x1b", "\x07", "\x9b", "\u202e"}


def with_hostile_texts(document: Any) -> Iterator[Any]:
    """Copies of a JSON value: in each, one text has escape codes at its end; in the first, all."""
    places = list(texts_of(document))
    for chosen in (places, *([place] for place in places)):
        changed = json.loads(json.dumps(document))
        for *way, last in chosen:
            inner = changed
            for key in way:
                inner = inner[key]
            inner[last] += HOSTILE
        yield changed
    if isinstance(document, dict):
        yield document | {HOSTILE: HOSTILE}


def texts_of(value: Any, way: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, str):
        yield way
    elif isinstance(value, dict | list):
        items = value.items() if isinstance(value, dict) else enumerate(value)
        for key, inner in items:
            yield from texts_of(inner, (*way, key))


@pytest.fixture
def say(shell: Shell) -> Callable[..., str]:
    """Runs a command and returns both of its streams, in which nothing steers a terminal."""

    def run(*arguments: object) -> str:
        ran = shell(*arguments)
        assert ran.code != EXIT_BUG, ran.err
        assert not STEERS & set(ran.out + ran.err), ran
        return ran.out + ran.err

    return run


def written(path: Path, document: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


Say = Callable[..., str]


def test_cards_of_models(say: Say) -> None:
    model = cache_dir() / "models" / "one"
    model.mkdir(parents=True)
    save_model(model / "model.safetensors", tiny.SUDOKU, tiny.build(tiny.SUDOKU).state_dict(), {})
    digest = sha256_of(model / "model.safetensors")
    card = {
        "source": "org/name",
        "revision": "0" * 40,
        "sha256": digest,
        "file_sha256": digest,
        "task": "sudoku",
        "embeddings": True,
    }
    for changed in with_hostile_texts(card):
        written(model / "source.json", changed)
        for command in ("list", "show one", "show org/name", "verify"):
            say("models", *command.split())
    assert "one" in say("models", "list")


def test_facts_in_a_model_file(say: Say, tmp_path: Path) -> None:
    path = tmp_path / "m.safetensors"
    for fact in ("domain", "source", "code", "step", HOSTILE):
        weights = tiny.build(tiny.SUDOKU).state_dict()
        save_model(path, tiny.SUDOKU, weights, {"domain": "sudoku", fact: HOSTILE})
        for command in ("show", "import"):
            say("models", command, path)
        say("solve", "sudoku", SUDOKU, "--model", path, "--segments", 1, "--attempts", 0)
    save_file(weights, path, {"config": HOSTILE, HOSTILE: HOSTILE})
    say("models", "show", path)


def test_chosen_defaults(say: Say) -> None:
    for changed in with_hostile_texts({"sudoku": "sudoku-mini"}):
        written(defaults_file(), changed)
        say("models", "list")
        say("solve", "sudoku", SUDOKU)


def test_runs(say: Say, tmp_path: Path) -> None:
    run = tmp_path / "run"
    for changed in with_hostile_texts(preset("mini", "sudoku", "cpu", steps=2).to_json()):
        written(run / "config.json", changed)
        say("train", "--resume", run, "--steps", 0)
        say("models", "show", run)
        say("solve", "sudoku", SUDOKU, "--model", run)


def test_data_sets(say: Say, shell: Shell) -> None:
    options = ("--count", 2, "--test", 1, "--augment", 0)
    assert shell("data", "build", "sudoku", "built", *options).code == 0
    for name in ("train/dataset.json", "identifiers.json"):
        path = Path("built") / name
        whole = json.loads(path.read_text(encoding="utf-8"))
        for changed in with_hostile_texts(whole):
            written(path, changed)
            say("data", "show", "built")
            say("eval", "sudoku", "--data", "built", "--count", 1, "--segments", 1, "--attempts", 0)
        written(path, whole)


def test_traces(say: Say, tmp_path: Path) -> None:
    answer = np.array([int(c) for c in SUDOKU_ANSWER], dtype=np.uint8).reshape(9, 9)
    events = (
        Started(domain="sudoku", model="m", text=SUDOKU, name="n", limit=1, attempts=0),
        segment(1, answer, stops=True),
        Finished(
            candidates=(Candidate(answer=answer),),
            solved=False,
            reasons=("row 1",),
            broken=(),
            reason="limit",
            found="single pass",
            segments=1,
            attempts=0,
            seconds=0.5,
        ),
    )
    lines = [json.loads(to_json(event)) for event in events]
    for changed in with_hostile_texts(lines):
        trace = tmp_path / "t.jsonl"
        trace.write_text("\n".join(map(json.dumps, changed)), encoding="utf-8")
        for options in ("--animate", "--quiet", "--json"):
            say("replay", trace, options)
        say("record", "--trace", trace, "--out", "t.svg", "--out", "t.cast")
    picture = Path("t.svg").read_text(encoding="utf-8")
    assert not STEERS & set(picture)


def test_settings_and_rules(say: Say, tmp_path: Path) -> None:
    text = json.dumps(HOSTILE)  # which TOML reads too
    for number, line in enumerate(
        (f"{text} = 1", f"optimizer = {text}", f"rules = [{text}]", HOSTILE)
    ):
        path = tmp_path / f"{number}.toml"
        path.write_text(line, encoding="utf-8")
        say("train", "--task", "sudoku", "--config", path, "--steps", 1)
        say("solve", "sudoku", SUDOKU, "--rules", path)
        say("check", "sudoku", SUDOKU, "--rules", path)


def test_logs_of_evaluations(say: Say, tmp_path: Path) -> None:
    log = tmp_path / "log.jsonl"
    command = ("eval", "sudoku", "--count", 1, "--segments", 1, "--attempts", 0, "--out", log)
    say(*command)
    header, one = (json.loads(line) for line in log.read_text(encoding="utf-8").splitlines())
    for changed in with_hostile_texts([header, one, one]):
        log.write_text("\n".join(map(json.dumps, changed)), encoding="utf-8")
        say(*command)


def test_tables_of_puzzles(say: Say, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    for text in (
        f"{HOSTILE},question\nx,{SUDOKU}\n",
        f"question,name,rating\n{SUDOKU},{HOSTILE},1\n",
        f"question,answer\n{SUDOKU},{HOSTILE}\n",
        f"source,question\n{HOSTILE},{HOSTILE}\n",
    ):
        path.write_text(text, encoding="utf-8")
        say("check", "sudoku", path)
        say("solve", "sudoku", path, "--segments", 1, "--attempts", 0)
        say("eval", "sudoku", "--data", path, "--segments", 1, "--attempts", 0)


def test_tasks_of_arc(say: Say, tmp_path: Path) -> None:
    task = {"train": [{"input": [[1]], "output": [[2]]}], "test": [{"input": [[1]]}]}
    for number, document in enumerate(({HOSTILE: task}, task | {HOSTILE: 1}, {"name": HOSTILE})):
        say("check", "arc", written(tmp_path / f"{number}.json", document))
    say("check", "arc", written(tmp_path / f"{HOSTILE.replace('/', '')}.json", task))


def test_names_of_files_and_folders(say: Say, tmp_path: Path) -> None:
    name = HOSTILE.replace("/", "")
    (tmp_path / name).mkdir()
    for command in (
        ("check", "sudoku", name),
        ("solve", "sudoku", SUDOKU, "--model", name),
        ("solve", "sudoku", SUDOKU, "--trace", f"{name}/"),
        ("data", "show", name),
        ("data", "build", "sudoku", name),
        ("models", "import", name),
        ("models", "show", name),
        ("models", "rm", name, "--yes"),
        ("train", "--resume", name),
        ("replay", name),
        ("record", "--trace", name, "--out", f"{name}.svg"),
        ("generate", "sudoku", "--output", name),
    ):
        say(*command)
    assert os.listdir(name) == []
