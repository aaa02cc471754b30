"""Traces, rules, configurations, saved games, runs, logs, data sets and cards of models from
strangers, and files of the app, changed at random: each is read, or refused with an error that hrm
declares, and nothing lands elsewhere."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hrm.data.layout import read_identifiers, read_meta
from hrm.errors import UserError
from hrm.evaluation.log import Log
from hrm.evaluation.scores import PuzzleResult
from hrm.puzzle_files import read_rules
from hrm.solving.recording import read_recording
from hrm.store.installed import installed, models_folder
from hrm.store.registry import defaults_file, read_defaults
from hrm.terminal import clean
from hrm.training.presets import preset
from hrm.training.run import read_config
from hrm.training.standing import last_error, runs_in, standing, task_of
from hrm_tui.play.saved import SavedGames, save_of
from hrm_tui.recent import Recent, kept_draft, read_recent, recent_file
from hrm_tui.settings import config_file, kept_theme, read_settings
from puzzles import domain
from puzzles.errors import PuzzleError
from puzzles.game import new_game

SUDOKU = "53..7....6..195....98....6.8...6...34..8.3..17...2...6.6....28....419..5....8..79"
GRID = json.dumps([[1] * 9] * 9)
TRACE = (
    f'{{"schema":1,"event":"started","domain":"sudoku","model":"m","text":"{SUDOKU}","puzzle":0}}\n'
    f'{{"schema":1,"event":"segment","puzzle":0,"number":1,"limit":16,"answer":{GRID}}}\n'
)
RULES = 'size = 9\nrules = ["x", "windoku"]\n[[groups]]\nname = "a"\ncells = ["r1c1", "r2c2"]\n'
CARD = {
    "source": "org/name",
    "revision": "0" * 40,
    "sha256": "0" * 64,
    "file_sha256": "0" * 64,
    "task": "sudoku",
    "embeddings": True,
}
RESULT = PuzzleResult(
    puzzle=0, name="n", difficulty="d", halted=True, segments=1, right=True, exact=True,
    path=None, cells=1.0, single=True, verified=True, halting=((0.5, True),), seconds=0.5,
)  # fmt: skip
HEADER = {"of": "this"}
DATA_SET = {
    "seq_len": 81,
    "vocab_size": 11,
    "pad_id": 0,
    "ignore_label_id": 0,
    "blank_identifier_id": 0,
    "num_puzzle_identifiers": 1,
    "total_groups": 1,
    "mean_puzzle_examples": 1.0,
    "sets": ["all"],
}
SETTINGS = 'theme = "hrm-light"\nmouse = false\n[keys]\n"app.quit" = "ctrl+x"\n'
LOG = '{"event":"step_done","step":1,"loss":0.5}\n{"event":"saved","step":1}\n'

VALUES = st.sampled_from(
    (
        *("null", "[]", "{}", "-1", "1e999", "NaN", "9" * 400, "true", '""'),
        *('"\u001b]0;x\u0007"', '"../../x"'),
    )
)


@st.composite
def changed(draw: st.DrawFn, text: str) -> bytes:
    """A text cut, doubled, with other bytes or with a value in place of another."""
    data = text.encode()
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(data)))
        match draw(st.integers(0, 4)):
            case 0:
                data = data[:at]
            case 1:
                data = (
                    data[:at] + draw(st.binary(max_size=4)) + data[at + draw(st.integers(0, 3)) :]
                )
            case 2:
                data = data[:at] + data[max(0, at - draw(st.integers(0, 60))) :]
            case 3:
                end = next((i for i in range(at, len(data)) if data[i] in b",}]\n"), at)
                data = data[:at] + draw(VALUES).encode() + data[end:]
            case _:
                data = data[:at] + b"\x1b[2J\xc2\x9b" + data[at:]
    return data


def read_trace(folder: Path, data: bytes) -> None:
    (folder / "t.jsonl").write_bytes(data)
    read_recording(folder / "t.jsonl")


def read_rules_file(folder: Path, data: bytes) -> None:
    (folder / "r.toml").write_bytes(data)
    kind = domain("sudoku")
    kind.parse(SUDOKU, read_rules(kind, str(folder / "r.toml")))


def read_run_config(folder: Path, data: bytes) -> None:
    (folder / "config.json").write_bytes(data)
    read_config(folder)


def read_run(folder: Path, data: bytes) -> None:
    """What the app shows of a run that may have been copied from anywhere: it never fails."""
    run = folder / "run"
    run.mkdir(exist_ok=True)
    for name in ("config.json", "log.jsonl", "process.json"):
        (run / name).write_bytes(data)
    runs_in(folder)
    with suppress(UserError):
        task_of(run)
    standing(run)
    assert clean(last_error(run)) == last_error(run)


def read_game(folder: Path, data: bytes) -> None:
    games = SavedGames(folder)
    puzzle = domain("sudoku").parse(SUDOKU)[0]
    games._place("sudoku", domain("sudoku").format(puzzle)).write_bytes(data)
    games.latest()
    games.read("sudoku", puzzle)


def read_card(folder: Path, data: bytes) -> None:
    model = models_folder() / "one"
    model.mkdir(parents=True, exist_ok=True)
    (model / "model.safetensors").write_bytes(b"")
    (model / "source.json").write_bytes(data)
    for found in installed():
        assert found.path == model / "model.safetensors"


def read_log(folder: Path, data: bytes) -> None:
    (folder / "log.jsonl").write_bytes(data)
    with closing(Log(folder / "log.jsonl", HEADER)) as log:
        json.dumps([asdict(one) for one in log.done])


def read_data_set(folder: Path, data: bytes) -> None:
    (folder / "train").mkdir(exist_ok=True)
    for name in ("train/dataset.json", "identifiers.json"):
        (folder / name).write_bytes(data)
    with suppress(UserError):
        read_meta(folder, "train")
    read_identifiers(folder)


def read_defaults_file(folder: Path, data: bytes) -> None:
    defaults_file().parent.mkdir(exist_ok=True)
    defaults_file().write_bytes(data)
    read_defaults()


def read_settings_of_the_app(folder: Path, data: bytes) -> None:
    """They never fail, and what is said of them is harmless."""
    for file in (config_file(), recent_file(), recent_file().with_name("draft.txt")):
        file.parent.mkdir(exist_ok=True, parents=True)
        file.write_bytes(data)
    recent_file().with_name("theme").write_bytes(data)
    problems = " ".join(read_settings().problems)
    assert clean(problems) == problems
    assert clean(kept_draft()) == kept_draft()
    kept_theme()
    assert all(isinstance(entry, Recent) for entry in read_recent())


def a_game() -> str:
    game = new_game("sudoku", domain("sudoku").parse(SUDOKU)[0])
    saved = save_of(game, "pasted text", 12.0, 1)
    return json.dumps({"format": 1, **{k: getattr(saved, k) for k in saved.__slots__}})


def a_config() -> str:
    return json.dumps(preset("mini", "sudoku", "cpu", steps=2).to_json())


FILES: dict[str, tuple[Callable[[], str], Callable[[Path, bytes], None]]] = {
    "trace": (lambda: TRACE, read_trace),
    "rules": (lambda: RULES, read_rules_file),
    "configuration": (a_config, read_run_config),
    "run": (lambda: LOG, read_run),
    "run of a configuration": (a_config, read_run),
    "saved game": (a_game, read_game),
    "card": (lambda: json.dumps(CARD), read_card),
    "log of an evaluation": (
        lambda: f"{json.dumps(HEADER)}\n{json.dumps(asdict(RESULT))}\n",
        read_log,
    ),
    "data set": (lambda: json.dumps(DATA_SET), read_data_set),
    "names of puzzles": (lambda: json.dumps(["<blank>", "a", "b"]), read_data_set),
    "chosen models": (lambda: json.dumps({"sudoku": "sudoku-mini"}), read_defaults_file),
    "settings": (lambda: SETTINGS, read_settings_of_the_app),
    "recent": (
        lambda: json.dumps([{"task": "sudoku", "text": SUDOKU, "source": "x"}]),
        read_settings_of_the_app,
    ),
}


def try_one(name: str, folder: Path, data: bytes) -> None:
    before = set(folder.parent.iterdir())
    with suppress(UserError, PuzzleError):
        FILES[name][1](folder, data)
    assert set(folder.parent.iterdir()) == before


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HRM_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    (tmp_path / "there").mkdir()
    return tmp_path / "there"


@pytest.mark.parametrize("name", FILES)
def test_the_file_is_read_as_it_is(name: str, folder: Path) -> None:
    write, read = FILES[name]
    with suppress(UserError):  # the short trace has no end, which is said
        read(folder, write().encode())


@pytest.mark.parametrize("name", FILES)
@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_changed_file_is_read_or_refused(name: str, folder: Path, data: st.DataObject) -> None:
    try_one(name, folder, data.draw(changed(FILES[name][0]())))


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
@settings(
    max_examples=10_000, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_ten_thousand_changed_files(name: str, folder: Path, data: st.DataObject) -> None:
    try_one(name, folder, data.draw(changed(FILES[name][0]())))
