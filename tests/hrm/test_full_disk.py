"""Whatever of the program writes files meets a disk that is full from one of its operations on:
it says so, what was there before stays, and with room the same is written as without the fault."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count, filterfalse
from pathlib import Path

import pytest
import tiny
import torch
from fetching import BODY, NAME, SHA256, new_client
from full_disk import FullDisk
from hub_server import Hub, running_hub
from pulling import CHECKPOINT, CONFIG, GOLDEN
from safetensors.torch import load_file
from scripted import SUDOKU, SUDOKU_ANSWER, Script, Shell
from train_process import TINY

from hrm.arc.solve import solve_task
from hrm.cli.boundary import main
from hrm.download.fetch import fetch
from hrm.download.http import RetryPolicy
from hrm.download.references import RemoteFile
from hrm.errors import EXIT_NETWORK, EXIT_SOLVED, EXIT_USAGE, UserError
from hrm.evaluation.ablation import AblationPlan, ablate
from hrm.files import write_atomically, written_whole
from hrm.model.checkpoint import save_model
from hrm.model.official import read_official
from hrm.store.pull import pull
from hrm.store.registry import set_default
from hrm.training import run_log
from hrm.training.events import Evaluated
from hrm.training.states import read_state, write_state
from hrm.training.tensorboard import scalars
from hrm_tui import recent, settings
from hrm_tui.play.saved import SavedGames, save_of
from hrm_tui.solve import exports
from hrm_tui.sources import Current
from hrm_tui.train import process
from puzzles import domain
from puzzles.game import new_game

PUZZLE = domain("sudoku").parse(SUDOKU)[0]
SMALL = ("hidden=16", "intermediate=24", "batch_cells=162", "save_every=0")
"""Settings of a small run of an ablation."""

PATIENCE = RetryPolicy(connect=2.0, read=2.0, sleep=lambda seconds: None)


@dataclass
class Place:
    """Where it is written: the current folder, whose `home` holds the program's own files."""

    folder: Path
    shell: Shell
    hub: Hub

    def command(self, line: str, *more: object) -> None:
        """Raises `UserError` with what was printed if the command says that it failed."""
        ran = self.shell(*line.split(), *more)
        assert ran.code in (EXIT_SOLVED, EXIT_USAGE, EXIT_NETWORK), ran.err
        if ran.code != EXIT_SOLVED:
            last = ran.err.splitlines()[-2:]
            assert last[0].startswith("error: "), ran.err
            assert last[1].startswith("hint: "), ran.err
            raise UserError(last[0])


Work = Callable[[Place], None]


def nothing(at: Place) -> None:
    """Nothing is there before."""


def a_text(at: Place) -> None:
    with written_whole(Path("out.json")) as file:
        json.dump(list(range(4_000)), file)


def other_text(at: Place) -> None:
    Path("out.json").write_text("what was there before")


def some_bytes(at: Place) -> None:
    write_atomically(Path("out.json"), b"first " * 5_000, b"second")


def a_model(at: Place) -> None:
    weights = tiny.build(tiny.SUDOKU, 2).state_dict()
    save_model(Path("m.safetensors"), tiny.SUDOKU, weights, {"domain": "sudoku"})


def older_model(at: Place) -> None:
    weights = tiny.build(tiny.SUDOKU, 1).state_dict()
    save_model(Path("m.safetensors"), tiny.SUDOKU, weights, {"domain": "sudoku"})


def official_model(at: Place) -> None:
    config, weights = read_official(GOLDEN)
    save_model(Path("m.safetensors"), config, weights, {"domain": "sudoku"})


def states(at: Place) -> None:
    for number in (1, 2):
        write_state(Path(), {"step": number, "x": torch.arange(5_000)}, keep=2)


def a_state(at: Place) -> None:
    write_state(Path(), {"step": 3, "x": torch.arange(5_000)}, keep=2)


def metrics(at: Place) -> None:
    for step in range(400):
        run_log.append(Path("metrics.jsonl"), {"step": step})


def cut_metrics(at: Place) -> None:
    run_log.cut_metrics(Path(), 300)


def older_default(at: Place) -> None:
    set_default("maze", "maze-mini")


def a_default(at: Place) -> None:
    at.command("models default sudoku sudoku-mini")


def a_game(at: Place) -> None:
    SavedGames(Path("games")).write(save_of(new_game("sudoku", PUZZLE), "x" * 9_000, 1.0, 0))


def other_game(at: Place) -> None:
    SavedGames(Path("games")).write(save_of(new_game("sudoku", PUZZLE), "y", 2.0, 0))


def the_app(at: Place) -> None:
    """What the app keeps between two starts, and its exports."""
    settings.keep_theme("hrm-dark")
    recent.remember(Current("sudoku", PUZZLE, "x"))
    recent.keep_draft("5..7")
    exports.write("answer.txt", SUDOKU_ANSWER)
    exports.write(str(recent.recent_file().with_name("trace.jsonl")), "{}\n")


def puzzles(at: Place) -> None:
    older_model(at)
    dots = SUDOKU_ANSWER.replace("1", ".")
    moved = (dots[9 * n :] + dots[: 9 * n] for n in (3, 6))
    Path("p.txt").write_text("\n".join([SUDOKU, dots, *moved]))


def evaluation(at: Place) -> None:
    files = "--model m.safetensors --data p.txt --out log.jsonl --csv table.csv"
    options = "--segments 2 --attempts 2 --batch 1 --device cpu --threads 1 --json"
    at.command(f"eval sudoku {files} {options}")


def arc_evaluation(at: Place) -> None:
    """Of few steps in place of seconds, so that the answers depend on the random seed alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hrm.evaluation.judge.solve_task", partial(solve_task, steps=2))
        options = "--out log.jsonl --submission answer.txt --attempts 1 --threads 1 --json"
        at.command(f"eval arc --data tasks {options}")


def ablation(at: Place) -> None:
    """Of one variant; a failed run of training has printed why."""
    plan = AblationPlan(out=Path("ablation"), steps=2, seeds=1, count=2, changes=SMALL)
    ablate(plan, {"mini": ()}, main)


def solving(at: Place) -> None:
    at.command("solve sudoku --trace t.jsonl --output answer.txt --quiet", SUDOKU)


def other_answers(at: Place) -> None:
    other_text(at)
    Path("answer.txt").write_text("what was there before")
    Path("t.jsonl").write_text("an older trace")


def generation(at: Place) -> None:
    at.command("generate sudoku --level easy --count 3 --seed 1 --output answer.txt")


def a_trace(at: Place) -> None:
    at.command("solve sudoku --trace t.jsonl --quiet", SUDOKU)


def recording(ending: str) -> Work:
    def record(at: Place) -> None:
        at.command(f"record --trace t.jsonl --out solve.{ending}")

    return record


def data_set(at: Place) -> None:
    at.command("data build sudoku built --count 6 --test 2 --augment 1 --seed 1")


def arc_set(at: Place) -> None:
    at.command("data build arc built --source tasks --augment 1 --seed 1")


def arc_tasks(at: Place) -> None:
    Path("tasks").mkdir()
    pair = {"input": [[1, 2], [0, 1]], "output": [[2, 1], [1, 0]]}
    for name in ("aaaaaaaa", "bbbbbbbb"):
        Path(f"tasks/{name}.json").write_text(json.dumps({"train": [pair, pair], "test": [pair]}))


def other_submission(at: Place) -> None:
    arc_tasks(at)
    Path("answer.txt").write_text("what was there before")


def first_import(at: Place) -> None:
    at.command("models import m.safetensors --name mine --json")


def an_older_import(at: Place) -> None:
    older_model(at)
    first_import(at)
    a_model(at)


def removal(at: Place) -> None:
    at.command("models rm mine --yes")


def export(to: str) -> Work:
    def exported(at: Place) -> None:
        at.command(f"models export m.safetensors out-{to} --to {to} --force")

    return exported


def partials(at: Place) -> None:
    Path("partial").mkdir()


def a_download(at: Place) -> None:
    file = RemoteFile(name=NAME, url=at.hub.content(NAME), size=len(BODY), sha256=SHA256)
    with new_client() as client:
        list(fetch(client, file, Path("weights"), Path("partial"), PATIENCE))


def a_pull(what: str) -> Work:
    def pulled(at: Place) -> None:
        with new_client() as client:
            list(pull(what, client=client, patience=PATIENCE))

    return pulled


def a_run(at: Place) -> None:
    """Begun, or resumed once its configuration is there."""
    run = Path("run")
    if (run / "config.json").exists():
        at.command("train --threads 1 --resume run")
    else:
        at.command("train --set save_every=0 --steps 4 --out run", *TINY)


def begun_by_the_app(at: Place) -> None:
    """What the app writes before its process of training does."""
    process.start(Path("run"), ["train"], program=("true",)).wait()


WRITERS: dict[str, tuple[Work, Work]] = {
    "text": (other_text, a_text),
    "bytes": (other_text, some_bytes),
    "model": (older_model, a_model),
    "trainer state": (states, a_state),
    "metrics": (metrics, cut_metrics),
    "default model": (older_default, a_default),
    "saved game": (other_game, a_game),
    "the app's files": (nothing, the_app),
    "eval": (puzzles, evaluation),
    "eval arc": (other_submission, arc_evaluation),
    "ablate": (nothing, ablation),
    "solve": (other_answers, solving),
    "generate": (other_answers, generation),
    "record svg": (a_trace, recording("svg")),
    "record gif": (a_trace, recording("gif")),
    "record png": (a_trace, recording("png")),
    "record cast": (a_trace, recording("cast")),
    "data build sudoku": (nothing, data_set),
    "data build arc": (arc_tasks, arc_set),
    "import": (older_model, first_import),
    "import again": (an_older_import, first_import),
    "remove": (an_older_import, removal),
    "export safetensors": (older_model, export("safetensors")),
    "export official": (official_model, export("official")),
    "export onnx": (older_model, export("onnx")),
    "download": (partials, a_download),
    "pull": (nothing, a_pull("org/model")),
    "pull of ours": (nothing, a_pull("org/ours")),
    "train": (nothing, a_run),
    "training of the app": (nothing, begun_by_the_app),
}

GROWS = re.compile(r"(^|/)((t|log|metrics|events)\.jsonl|process\.json|talk\.log)$")
"""Files to which lines are added: they may end early."""

AGAIN = re.compile(r"/log\.jsonl$|(^|/)state(\.1)?\.pt$")
"""Logs of training runs, which have a line for each start, and states, which say their seconds."""

RECORDS = re.compile(r"/metrics\.jsonl$")
"""Those that met the full disk are missing, though the state of their step is saved."""

OF_A_STEP = re.compile(r"/(model|best)\.safetensors$")
"""Models of a run, which each save renews; `content` has shown that they are whole."""

STATES = re.compile(r"(^|/)state(\.new|\.1)?\.pt$")
"""Whole ones, of which the newest counts under any of these names."""

HALF = re.compile(r"\.partial$|\.lock$|(^|/)(partial|staging|locks)/")
"""Names under which nothing final is looked for."""

TIMES = re.compile(
    rb'"(seconds|rows_per_second|time|seconds_left|pid)": [^,}]*|,[0-9.]+$', re.MULTILINE
)


def content(path: Path) -> str:
    """The same for two files that differ in times only; raises an error for half a model."""
    if path.suffix != ".safetensors":
        return hashlib.sha256(TIMES.sub(b"", path.read_bytes())).hexdigest()
    tensors = load_file(path)
    parts = (name.encode() + tensors[name].double().numpy().tobytes() for name in sorted(tensors))
    return hashlib.sha256(b"".join(parts)).hexdigest()


def files() -> dict[str, str]:
    found = {str(path): content(path) for path in sorted(Path().rglob("*")) if path.is_file()}
    return {name: text for name, text in found.items() if not HALF.search(name)}


def left_over() -> list[str]:
    """Unfinished files, except of downloads, which are resumed."""
    found = (str(path) for path in Path().rglob("*.partial"))
    return [name for name in found if "partial/" not in name]


class Rounds:
    """One folder that is made anew for each round, so that paths in files are the same."""

    def __init__(self, at: Place, prepare: Work, write: Work) -> None:
        self.at, self.write = at, write
        prepare(at)
        self.start = at.folder.with_name("start")
        shutil.copytree(at.folder, self.start)
        self.before = files()
        write(at)
        self.calm = files()
        assert self.calm != self.before

    def again(self) -> None:
        for path in self.at.folder.iterdir():
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        shutil.copytree(self.start, self.at.folder, dirs_exist_ok=True)

    def tried(self, full_at: int, *, stays: bool) -> bool:
        """One round; whether the disk was full in it."""
        self.again()
        disk = FullDisk(self.at.folder, full_at, stays=stays)
        failed = False
        with pytest.MonkeyPatch.context() as patch:
            disk.put_in(patch)
            try:
                self.write(self.at)
            except UserError:
                failed = True
        found = files()
        for name in filterfalse(GROWS.search, {*found, *self.before}):
            if STATES.search(name):
                assert not Path(name).exists() or read_state(Path(name))
                continue
            if failed and OF_A_STEP.search(name):
                continue
            known = (self.calm.get(name), self.before.get(name))
            assert found.get(name) in known, (full_at, name)
        assert not left_over(), full_at
        if not failed:
            assert self.same(found), full_at
            return disk.was_met
        assert disk.was_met
        self.write(self.at)
        assert self.same(files(), RECORDS), full_at
        return True

    def same(self, found: dict[str, str], *but: re.Pattern[str]) -> bool:
        return all(
            found.get(name) == self.calm.get(name)
            for name in {*found, *self.calm}
            if not any(left_out.search(name) for left_out in (AGAIN, *but))
        )


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Hub]:
    with running_hub(monkeypatch) as hub:
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
        hub.files["org/model"] = {"checkpoint": CHECKPOINT, "all_config.yaml": CONFIG, NAME: BODY}
        path = tmp_path / "some.safetensors"
        weights = tiny.build(tiny.SUDOKU).state_dict()
        save_model(path, tiny.SUDOKU, weights, {"domain": "sudoku"})
        hub.files["org/ours"] = {"some.safetensors": path.read_bytes()}
        yield hub


@pytest.fixture
def at(shell: Shell, hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("HRM_HOME", str(folder / "home"))
    return Place(folder, shell, hub)


@pytest.mark.slow
@pytest.mark.parametrize("stays", [True, False], ids=["full", "full once"])
@pytest.mark.parametrize("name", WRITERS)
def test_the_disk_is_full_at_each_operation(
    name: str, stays: bool, at: Place, script: Script
) -> None:
    rounds = Rounds(at, *WRITERS[name])
    met = next(number for number in count() if not rounds.tried(number, stays=stays))
    assert met > 0


@pytest.mark.parametrize("full_at", range(4))
def test_a_full_disk_below_tensorboard_is_said(full_at: int, tmp_path: Path) -> None:
    event = Evaluated(step=10, loss=1.0, solved=0, count=2, cells=0.5, segments=2.0, seconds=1.0)
    disk = FullDisk(tmp_path, full_at)

    def write() -> None:
        with scalars(tmp_path, 0) as show:
            for _ in range(3):
                show(event)

    with pytest.MonkeyPatch.context() as patch:
        disk.put_in(patch)
        with pytest.raises(UserError, match="cannot be written"):
            write()
    assert disk.was_met
