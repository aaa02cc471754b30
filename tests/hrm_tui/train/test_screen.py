"""The train screen: with a script in the place of `hrm train`, and once with the real one."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from screen_driver import ScreenDriver
from scripted_engine import ScriptedEngine
from stage import Noted, make_app, set_stage
from textual.app import App
from textual.widgets import Input, OptionList, Select

from hrm.bundled import bundled_model
from hrm.errors import ModelError, UserError
from hrm.store.installed import find
from hrm.store.registry import default_model
from hrm.training.events import Evaluated, Measuring, Saved, StepDone
from hrm.training.standing import (
    Standing,
    Tail,
    is_alive,
    last_error,
    parse,
    process_note,
    runs_in,
    standing,
)
from hrm_tui.screens import PLACES, Place
from hrm_tui.sources import first_of
from hrm_tui.train.form import TrainForm
from hrm_tui.train.process import HRM, NewRun, as_typed, ask_to_stop, start
from hrm_tui.train.sample import sample_for
from hrm_tui.train.screen import TrainScreen
from hrm_tui.train.shown import MOST, RunHistory, ShownRun
from hrm_tui.train.view import TrainView
from hrm_tui.widgets.charts import columns, dots

pytestmark = pytest.mark.asyncio

SCRIPT = str(Path(__file__).parents[2] / "support" / "train_script.py")
STEP = StepDone(
    step=10,
    loss=0.5,
    exact=0.25,
    cells=0.875,
    segments=3.4,
    halting=0.9,
    examples=640,
    rows_per_second=98.0,
    progress=0.25,
    seconds=60.0,
    rate=1.0,
)


def program(mode: str) -> tuple[str, ...]:
    return (sys.executable, "-I", "-S", SCRIPT, mode)


@pytest.fixture(autouse=True)
def _own_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Runs are made below `tmp_path`; those that a test left going are ended."""
    monkeypatch.setenv("HRM_HOME", str(tmp_path / ".hrm"))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.chdir(tmp_path)
    yield
    for folder in tmp_path.glob("runs/*"):
        if is_alive(folder):
            os.kill(int(str(process_note(folder)["pid"])), signal.SIGKILL)


class TrainApp(App[None]):
    """Only what the train screen needs of the app."""

    def __init__(self, engine: ScriptedEngine, task: str = "sudoku") -> None:
        super().__init__()
        self.engine = engine
        self.current = first_of(task).at(0)


class Driver(ScreenDriver):
    async def begin(self) -> None:
        """Press the button of the form."""
        await self.pilot.click("#start")
        await self.pilot.pause()


@asynccontextmanager
async def training(
    mode: str = "waits",
    *,
    size: tuple[int, int] = (96, 26),
    engine: ScriptedEngine | None = None,
    task: str = "sudoku",
) -> AsyncIterator[Driver]:
    app = TrainApp(engine or ScriptedEngine(), task)
    async with app.run_test(size=size, notifications=True) as pilot:
        await app.push_screen(
            TrainScreen(program=program(mode), look_every=0.05, poll=0.02, pace=0.0)
        )
        it = Driver(pilot)
        await it.until("Start")
        yield it


def only_run() -> Path:
    [folder] = Path("runs").iterdir()
    return folder


@pytest.mark.parametrize("task", ["maze", "arc"])
async def test_the_form_offers_the_kind_of_puzzle_that_is_open(task: str) -> None:
    async with training(task=task) as it:
        assert it.pilot.app.screen.query_one(TrainForm).chosen_task == task
        await it.until(f"$ hrm train --task {task} ")


@pytest.mark.parametrize("size", [(80, 24), pytest.param((200, 60), marks=pytest.mark.slow)])
async def test_a_run_is_begun_and_its_course_is_shown(size: tuple[int, int]) -> None:
    async with training(size=size) as it:
        assert "$ hrm train --task sudoku --preset mini --minutes 5 " in it.words()
        assert "--json" not in it.words()
        await it.begin()
        await it.until("◐ training 20%", "solved, held out 12 of 100 (12.0%)", "98 segments/s")
        await it.until("step 20 · 40 s trained · 2.7 min left", "segments 2.5", "loss 0.")
        await it.until("solved in 3 segments", only_run().name)
        await it.until("training sudoku step 20 solved 12 of 100")
        assert set("⠁⠂⠄⡀⢀⠠⠐⠈⣀⠤⠒⠉") & set(it.words())
        assert it.words().count("8 5") > 0
        typed = f"$ hrm train --task sudoku --preset mini --minutes 5 --json --out {only_run()}"
        assert typed[:70] in it.words()


async def test_the_first_enter_of_all_begins() -> None:
    async with training() as it:
        await it.until("Enter on Start begins a run.")
        assert not it.pilot.app.screen.query_one("#runs-panel").display
        await it.press("enter")
        await it.until("◐ training 20%")


async def test_keys_for_runs_are_there_where_runs_are() -> None:
    async with training() as it:
        await it.until("begins a run")
        assert not {"Resume", "Keep", "Default"} & set(it.words().split())
        await it.begin()
        await it.until("Resume", "Keep")


@pytest.mark.parametrize("width", [40, 56, 80])
async def test_all_of_the_form_is_on_a_narrow_screen(width: int) -> None:
    async with training(size=(width, 24)) as it:
        screen = it.pilot.app.screen
        for field in ("task", "preset", "minutes", "start"):
            assert screen.region.contains_region(screen.query_one(f"#{field}").region), field


async def test_a_very_narrow_screen_keeps_the_curves_and_the_state() -> None:
    async with training(size=(40, 24)) as it:
        await it.until("solved, held out")
        assert it.pilot.app.screen.query_one("#loss").size.width >= 36
        view = it.pilot.app.screen.query_one(TrainView)
        view._show_headline("sudoku-20260101-120000", "pausing after this step")
        await it.until("pausing after this step")
        view._show_headline("sudoku-20260101-120000", "starting")
        await it.until("hrm ▸ train ▸ sudoku-", "starting")


async def test_the_newest_checkpoint_is_asked_once() -> None:
    engine = ScriptedEngine()
    async with training(engine=engine) as it:
        assert "waiting for a saved model" in it.words()
        await it.begin()
        await it.until("solved in 3 segments")
        model = only_run() / "model.safetensors"
        assert engine.asked[0] == ("session", str(model))
        for _ in range(20):
            await it.pilot.pause(0.03)
        assert len(engine.asked) == 2
        engine.error = ModelError("[b]not[/b] a model")
        os.utime(model, (1, 1))
        await it.until("[b]not[/b] a model")


async def test_space_pauses_and_resumes() -> None:
    async with training() as it:
        await it.begin()
        await it.until("step 20")
        await it.press("space")
        await it.until("‖ paused", "Stopped and saved; it can be resumed.")
        assert not is_alive(only_run())
        await it.press("space")
        await it.until("◐ training 50%", "step 50")
        assert f"$ hrm train --resume {only_run()} --json" in it.words()
        assert len(list(Path("runs").iterdir())) == 1


async def test_a_run_is_stopped_and_resumed_from_the_list() -> None:
    async with training() as it:
        await it.begin()
        await it.until("step 20")
        await it.press("s")
        await it.until("○ stopped", "stopped sudoku step 20 solved 12 of 100")
        await it.press("s", "space")  # nothing is left to stop
        assert "○ stopped" in it.words()
        await it.press("r")
        await it.until("◐ training 50%")
        await it.press("r")
        await it.until("One run at a time:", "s stops it.")
        await it.begin()
        assert len(list(Path("runs").iterdir())) == 1


async def test_a_run_that_ends_is_finished() -> None:
    async with training("ends") as it:
        await it.begin()
        await it.until("● finished", "Trained to its end.")
        await it.press("r")
        assert f"hrm train --resume {only_run()} --minutes N" in it.words()


@pytest.mark.parametrize(
    ("mode", "words"),
    [
        ("fails", ("✗ failed", "preset [b]mini[/b] is [31mbroken", "Mend it.")),
        ("diverges", ("✗ failed", "training diverged: the loss is nan", "Lower the learning")),
        ("dies", ("○ interrupted", "It was interrupted; r resumes it from the last checkpoint.")),
    ],
)
async def test_what_went_wrong_is_reported_in_place(mode: str, words: tuple[str, ...]) -> None:
    async with training(mode) as it:
        await it.begin()
        await it.until(*words)
        said = it.pilot.app.screen.query_one("#said")
        assert said.has_class("wrong") == (mode != "dies"), "what r resumes is no error"


async def test_a_program_that_is_missing_is_reported() -> None:
    app = TrainApp(ScriptedEngine())
    async with app.run_test(size=(96, 26)) as pilot:
        await app.push_screen(TrainScreen(program=("/nowhere/hrm",)))
        it = Driver(pilot)
        await it.until("begins a run")
        await it.begin()
        await it.until("training cannot begin (No such file or directory)")


async def test_the_form_is_checked_as_it_is_filled() -> None:
    async with training() as it:
        minutes = it.pilot.app.screen.query_one("#minutes", Input)
        for wrong in ("", "soon", "0", "-1", "nan", "inf", "1e9"):
            minutes.value = wrong
            await it.until("minutes: a number above 0, up to 100,000")
        minutes.focus()
        await it.press("enter")
        await it.begin()
        assert not Path("runs").exists()
        minutes.value = "0.5"
        await it.until("--minutes 0.5", "minutes on a CPU")
        it.pilot.app.screen.query_one("#preset", Select).value = "full-sudoku"
        await it.until("--preset full-sudoku", "HRM for millions of Sudokus")
        it.pilot.app.screen.query_one("#task", Select).value = "arc"
        await it.until("--task arc --preset mini", "none for ARC")
        minutes.focus()
        await it.press("enter")
        await it.until("◐ training")
        config = json.loads((only_run() / "config.json").read_text())
        assert config == {"task": "arc"}


async def test_the_command_can_be_copied() -> None:
    async with training() as it:
        await it.press("c")
        assert it.pilot.app.clipboard.startswith("hrm train --task sudoku --preset mini")
        await it.begin()
        await it.until("step 20")
        await it.press("c")
        assert it.pilot.app.clipboard.endswith(f"--out {only_run()}")


async def test_a_run_that_has_not_begun_is_paused_once_it_has() -> None:
    async with training("loads") as it:
        await it.begin()
        await it.until("◌ starting")
        await it.press("space")
        await it.until("◌ pausing once it has begun")
        assert is_alive(only_run())
        Path("runs/go").touch()
        await it.until("‖ paused", "Stopped and saved; it can be resumed.")
        await it.press("space")
        await it.until("◐ training 50%")


async def test_the_course_of_a_resumed_run_is_reported_once_it_has_begun() -> None:
    folder = Path("runs/broken-off")
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"task": "sudoku"}')
    steps = [
        json.dumps({"kind": "step", **asdict(STEP), "step": 10 * n}) + "\n" for n in range(1, 9)
    ]
    (folder / "metrics.jsonl").write_text("".join(steps))
    os.utime(folder / "metrics.jsonl", (1, 1))
    async with training("loads") as it:
        await it.press("enter")
        await it.until("○ interrupted", "step 80 ·")
        await it.press("r")
        await it.until("◌ starting")
        assert "step 80 ·" not in it.words()
        # what a resume does: all that came after the last save never was
        (folder / "metrics.jsonl").write_text("".join(steps[:3]))
        Path("runs/go").touch()
        await it.until("◐ training 50%", "step 50")


class ScriptedTraining(TrainScreen):
    """The screen as the app makes it, with the script in the place of `hrm train`."""

    mode = "waits"

    def __init__(self) -> None:
        super().__init__(program=program(self.mode), look_every=0.05, poll=0.02, pace=0.0)


@asynccontextmanager
async def training_in_the_app(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, mode: str = "waits"
) -> AsyncIterator[Driver]:
    """The train screen within the whole app, whose other screens only note what they are shown."""
    set_stage(monkeypatch, tmp_path)
    monkeypatch.setattr(ScriptedTraining, "mode", mode)
    monkeypatch.setitem(PLACES, "train", Place(__name__, "ScriptedTraining", "f5", "Train"))
    async with make_app(screen="train").run_test(size=(96, 26)) as pilot:
        it = Driver(pilot)
        await it.until("Start")
        yield it


@pytest.mark.parametrize(("choice", "resumes"), [("stop", False), ("go on", True)])
async def test_leaving_asks_what_becomes_of_the_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, choice: str, resumes: bool
) -> None:
    async with training_in_the_app(monkeypatch, tmp_path) as it:
        await it.begin()
        await it.until("step 20")
        await it.press("q")
        await it.until("Being trained: ", "it saves, and can be resumed")
        await it.press("q")  # does nothing here
        await it.press("escape")
        assert isinstance(it.pilot.app.screen, TrainScreen)
        await it.press("f2")
        await it.until("nothing yet")
        await it.press("ctrl+c")
        await it.until("Being trained: ")
        it.pilot.app.screen.query_one(OptionList).highlighted = int(resumes)
        await it.press("enter")
    folder = only_run()
    if resumes:
        assert is_alive(folder)
        async with training() as again:
            await again.until("This run went on while the app was closed.", "step 20")
            await again.until("12 of 100")
            await again.press("s")
            await again.until("○ stopped")
    else:
        records = _until_records(folder / "log.jsonl", 2)
        assert records[-1]["reason"] == "stopped"


def _until_records(path: Path, count: int) -> list[dict[str, object]]:
    """The file's records, once it has so many."""
    tail, records = Tail(path), list[dict[str, object]]()
    folder = path.parent
    end = time.monotonic() + 120
    while len(records) < count:
        time.sleep(0.02)
        assert time.monotonic() < end
        alive = is_alive(folder)
        records += [json.loads(line) for line in tail.lines()]
        assert alive or len(records) >= count
    return records


async def test_leaving_asks_about_a_run_that_is_not_on_view(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with training_in_the_app(monkeypatch, tmp_path) as it:
        await it.begin()
        await it.until("step 20")
        folder = only_run()
        screen = it.pilot.app.screen
        assert isinstance(screen, TrainScreen)
        screen._watch(tmp_path / "another", ["train"])
        screen._list()
        await it.until("○ interrupted")  # what is said of that run would cover the next sentence
        screen._launch(tmp_path / "another", ["train"])
        await it.until("enter on it in the list, then s, stops it")
        await it.press("q")
        await it.until(f"Being trained: {folder.name}")
        await it.press("enter")  # stop it
        await it.when(lambda: it.pilot.app._exit)
    assert _until_records(folder / "log.jsonl", 2)[-1]["reason"] == "stopped"


async def test_leaving_with_nothing_to_lose_asks_nothing(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with training_in_the_app(monkeypatch, tmp_path) as it:
        await it.press("q")
        await it.when(lambda: it.pilot.app._exit)


async def test_a_run_that_should_stop_before_it_has_begun_does_not_outlive_the_app(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async with training_in_the_app(monkeypatch, tmp_path, "loads") as it:
        await it.begin()
        await it.until("◌ starting")
        await it.press("s")
        await it.until("◌ stopping once it has begun")
        await it.press("q")
        await it.when(lambda: not is_alive(only_run()))


async def test_runs_of_others_are_watched_but_not_resumed_beside_them() -> None:
    folder = Path("runs/by-hand")
    folder.mkdir(parents=True)
    (folder / "config.json").write_text('{"task": "maze"}')
    (folder / "log.jsonl").write_text('{"event": "start", "step": 0}\n')
    lines = [{"kind": "step", **asdict(STEP)}]
    (folder / "metrics.jsonl").write_text(json.dumps(lines[0]) + "\n")
    async with training() as it:
        await it.until("by-hand elsewhere maze step 10")
        await it.press("enter")
        await it.until("◐ training elsewhere", "step 10")
        with (folder / "metrics.jsonl").open("a") as file:
            file.write(json.dumps({**lines[0], "step": 20}) + "\n")
        await it.until("step 20")
        await it.press("r")
        assert "Another process seems to train it" in it.words()
        os.utime(folder / "metrics.jsonl", (1, 1))
        await it.until("○ interrupted", "r resumes it from the last checkpoint")
        await it.press("r")
        await it.until("◐ training 50%")


# what the screen is made of


async def test_lines_that_are_no_events_are_passed_over(tmp_path: Path) -> None:
    good = {"event": "StepDone", **asdict(STEP), "memory": 3}
    evaluated = Evaluated(step=3, loss=0.5, solved=1, count=4, cells=0.5, segments=2.0, seconds=1.0)
    assert parse(json.dumps(good)) == STEP
    assert parse(json.dumps({"kind": "evaluation", **asdict(evaluated)})) == evaluated
    saved = Saved(step=3, path="x", final=True)
    assert parse(json.dumps({"event": "Saved", **asdict(saved)})) == saved
    huge = {**good, "loss": 10**400}
    for bad in ({**good, "loss": "x"}, {**good, "step": 1.5}, {**good, "step": True}, huge, [1]):
        assert parse(json.dumps(bad)) is None
    for text in (
        "",
        "{",
        "[" * 10_000,
        '{"event": ["StepDone"]}',
        '{"event": "Saved"}',
        "9" * 5000,
    ):
        assert parse(text) is None
    assert parse(json.dumps({**good, "loss": float("nan")})) is None


async def test_a_tail_gives_each_whole_line_once(tmp_path: Path) -> None:
    path = tmp_path / "lines"
    tail = Tail(path)
    assert list(tail.lines()) == []
    path.write_bytes(b"one\ntw")
    assert list(tail.lines()) == ["one"]
    with path.open("ab") as file:
        file.write(b"o\nthree\n\xff\n")
    assert list(tail.lines()) == ["two", "three", "\ufffd"]
    assert list(tail.lines()) == []
    path.write_bytes(b"new\n")
    assert list(tail.lines()) == ["new"]


async def test_figures_take_each_step_once_and_stay_small() -> None:
    figures = RunHistory()
    for step in range(1, 3 * MOST):
        made = replace(STEP, step=step, segments=float(step))
        figures.add(made)
        figures.add(made)
    steps = [event.step for event in figures.steps]
    assert len(steps) <= MOST
    assert steps == sorted(set(steps))
    assert figures.last is not None
    assert figures.last.step == 3 * MOST - 1
    assert figures.means["segments"] == pytest.approx(3 * MOST - 10, rel=0.01)


async def test_a_curve_goes_from_end_to_end_without_gaps() -> None:
    assert columns([(0, 1.0), (10, 3.0)], 5) == [1.0, 1.5, 2.0, 2.5, 3.0]
    assert columns([(5, 2.0)], 8) == [2.0]
    assert columns([(0, 1.0), (1, 3.0), (100, 5.0)], 3) == [2.0, 3.5, 5.0]
    assert dots([(0, 0.0), (1, 1.0)], 0, 1, 2, 2) == [" ⡜", "⡰⠁"]
    assert dots([(3, 0.5)], 0, 1, 2, 1) == ["⠄ "]
    [line] = dots([(0, 0.0), (1, 0.0)], 0, 1, 3, 1)
    assert line == "⣀⣀⣀"
    assert dots([(0, 0.0), (1, 9.0)], 0, 1, 1, 2) == ["⢸", "⡸"]


async def test_a_process_holds_its_folder(tmp_path: Path) -> None:
    folder = tmp_path / "runs" / "one"
    plan = NewRun("maze", "mini", 1.5)
    child = start(folder, plan.arguments(folder), program("waits"))
    assert is_alive(folder)
    with pytest.raises(UserError, match="is being trained already"):
        start(folder, plan.arguments(folder), program("waits"))
    assert standing(folder).state == "training"
    _until_records(folder / "log.jsonl", 1)
    assert ask_to_stop(folder)
    assert child.wait(60) == 130
    assert not is_alive(folder)
    assert not ask_to_stop(folder)
    assert standing(folder).state == "stopped"


async def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="cannot be written"):
        start(tmp_path / "file" / "run", [], program("ends"))


async def test_a_command_reads_as_it_is_typed() -> None:
    folder = Path("my runs/x")
    typed = as_typed(NewRun("sudoku", "mini", 5.0).arguments(folder))
    assert typed == "hrm train --task sudoku --preset mini --minutes 5 --json --out 'my runs/x'"


@pytest.mark.parametrize("name", ["process.json", "events.jsonl", "talk.log"])
async def test_a_link_in_a_run_never_decides_where_is_written(name: str, tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / name).symlink_to(tmp_path / "mine")
    with pytest.raises(UserError, match="is a link to"):
        start(tmp_path / "run", ["train"], program=("true",))
    assert (tmp_path / "mine").read_text() == "mine"


async def test_damaged_runs_are_listed_all_the_same(tmp_path: Path) -> None:
    for name, config in (("a", "{"), ("b", r'{"task": "\u001b[31mx"}'), ("c", "[" * 20_000)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(config)
    (tmp_path / "a" / "process.json").write_text('{"pid": -1, "log": "x"}')
    (tmp_path / "no run").mkdir()
    found = {run.folder.name: run for run in runs_in(tmp_path)}
    assert found.keys() == {"a", "b", "c"}
    assert found["b"].task == "[31mx"
    assert found["a"].standing.state == "failed"
    assert found["c"].standing.state == "interrupted"
    assert not ask_to_stop(tmp_path / "a")
    assert runs_in(tmp_path / "nowhere") == []


async def test_runs_that_have_only_been_begun_and_folders_that_may_not_be_entered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("begun", "closed", "run"):
        (tmp_path / name).mkdir()
    (tmp_path / "begun" / "process.json").write_text("{}")
    (tmp_path / "run" / "config.json").write_text("{}")
    usual = Path.is_file

    def is_file(path: Path) -> bool:
        if path.parent.name == "closed":
            raise PermissionError(13, "Permission denied", str(path))
        return usual(path)

    monkeypatch.setattr(Path, "is_file", is_file)
    assert {run.folder.name for run in runs_in(tmp_path)} == {"begun", "run"}


async def test_the_last_error_has_its_hint(tmp_path: Path) -> None:
    (tmp_path / "talk.log").write_text("error: old\nhint: none\nstep 1\nerror: new\nhint: act\n")
    assert last_error(tmp_path) == "new\nact"
    (tmp_path / "talk.log").write_text("step 1\nKilled\n")
    assert last_error(tmp_path) == "Killed"
    (tmp_path / "talk.log").unlink()
    assert last_error(tmp_path) == ""


async def test_tasks_have_a_sample_but_for_arc() -> None:
    for task in ("sudoku", "maze"):
        sample = sample_for(task)
        assert sample is not None
        assert sample.picture().rows
    assert sample_for("arc") is None
    assert sample_for("[b]x") is None


@pytest.mark.slow
async def test_the_real_command_trains_pauses_and_is_resumed() -> None:
    small = ("hidden=16", "intermediate=24", "batch_cells=200", "evaluate_count=2", "minutes=5")
    tiny = [part for setting in small for part in ("--set", setting)]
    code = (
        f"import sys; from hrm.cli.boundary import main; sys.exit(main([*sys.argv[1:], *{tiny!r}]))"
    )
    app = TrainApp(ScriptedEngine())
    async with app.run_test(size=(96, 26)) as pilot:
        screen = TrainScreen(program=(sys.executable, "-c", code))
        await app.push_screen(screen)
        it = Driver(pilot)
        await it.until("begins a run")
        form = screen.query_one(TrainForm)
        form.query_one("#task", Select).value = "maze"
        await it.until("--task maze")
        await it.begin()
        await it.when(lambda: "◐ training" in it.words())
        await it.press("space")
        await it.until("‖ paused")
    folder = only_run()
    assert (folder / "model.safetensors").is_file()
    assert HRM[1:] == ("-m", "hrm")


LEARNED = Evaluated(
    step=20,
    loss=0.1,
    solved=12,
    count=16,
    cells=0.9,
    segments=3.0,
    seconds=1.0,
    groups=(("no guess", 10, 10), ("3-9 guesses", 2, 6)),
)


def finished_run(name: str = "sudoku-1") -> Path:
    """A run that has ended, with a model that works."""
    folder = Path("runs") / name
    folder.mkdir(parents=True)
    (folder / "config.json").write_text(json.dumps({"task": "sudoku"}))
    facts = [{"kind": "evaluation", **asdict(replace(LEARNED, step=step))} for step in (10, 20)]
    (folder / "metrics.jsonl").write_text("".join(f"{json.dumps(fact)}\n" for fact in facts))
    ended = [{"event": "start", "step": 0}, {"event": "stop", "step": 20, "reason": "finished"}]
    (folder / "log.jsonl").write_text("".join(f"{json.dumps(line)}\n" for line in ended))
    shutil.copy(bundled_model("sudoku"), folder / "model.safetensors")
    return folder


async def test_an_evaluation_that_continues_is_reported_and_nothing_is_left_after_the_end() -> None:
    history = RunHistory()
    history.add(replace(STEP, progress=0.99))
    assert "1 s left" in history.line()
    assert "left" not in history.line(goes_on=False), "a run that has ended takes no time"
    history.add(replace(STEP, step=11, progress=1.0))
    history.add(Measuring(step=11, done=120, count=200))
    assert "measuring 120 of 200" in history.line()
    assert "left" not in history.line()
    shown = ShownRun(figures=history, standing=Standing("training", ""))
    assert shown.words() == "◐ measuring 120 of 200"
    history.add(replace(LEARNED, step=11))
    assert "measuring" not in history.line()


async def test_a_table_has_each_difficulty_over_time() -> None:
    history = RunHistory()
    assert history.levels(60) == ""
    history.add(replace(LEARNED, groups=()))
    assert history.levels(60) == "", "runs of an earlier version"
    history.add(replace(LEARNED, step=30, groups=(("no guess", 1, 10), ("3-9 guesses", 0, 6))))
    history.add(replace(LEARNED, step=40))
    head, easy, hard = history.levels(60).split("\n")
    assert head.split() == ["held", "out", "solved", "over", "time"]
    assert easy.split() == ["no", "guess", "10", "of", "10", "100%", "10%", "→", "100%"]
    assert hard.split() == ["3-9", "guesses", "2", "of", "6", "33%", "0%", "→", "33%"]
    assert all(len(line) <= 60 for line in (head, easy, hard))
    for step in (50, 60, 70):
        history.add(replace(LEARNED, step=step))
    _, easy, hard = history.levels(60).split("\n")
    assert easy.split()[-1] == "▁████", "bars once there are several"
    assert hard.endswith(" ▃▃▃▃")


@pytest.fixture
def staged(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    set_stage(monkeypatch, tmp_path)


@pytest.mark.usefixtures("staged")
async def test_a_finished_run_solves_is_kept_and_becomes_the_default() -> None:
    folder = finished_run()
    app = make_app(screen="train")
    async with app.run_test(size=(110, 34)) as pilot:
        it = Driver(pilot)
        await it.until("sudoku-1 finished")
        await it.press("enter")
        await it.until("It solves 12 of 16 held-out puzzles", "enter solve with it")
        assert "3-9 guesses" in it.words()
        await it.press("i")
        await it.until("Keep this model under a name")
        await it.press("backspace", *"mine", "enter")
        await it.until("Kept as mine")
        kept = find("mine")
        assert kept is not None
        assert kept.task == "sudoku"
        app.engine.chosen["sudoku"] = "other"
        await it.press("d")
        await it.until("sudoku uses this run's model from now on")
        assert default_model("sudoku") == str(folder.resolve())
        assert not app.engine.chosen.get("sudoku"), "or another choice would hide the default"
        await it.press("enter")
        await it.when(lambda: isinstance(app.screen, Noted))
        assert app.engine.chosen["sudoku"] == str(folder)


@pytest.mark.usefixtures("staged")
async def test_a_run_for_other_puzzles_brings_one_of_them() -> None:
    finished_run()
    app = make_app("tree", screen="train")
    async with app.run_test(size=(110, 34)) as pilot:
        it = Driver(pilot)
        await it.until("sudoku-1 finished")
        await it.press("enter", "enter")
        await it.when(lambda: isinstance(app.screen, Noted))
        assert app.current.task == "sudoku"


@pytest.mark.usefixtures("staged")
async def test_a_run_without_a_model_is_reported() -> None:
    (finished_run() / "model.safetensors").unlink()
    app = make_app(screen="train")
    async with app.run_test(size=(110, 34)) as pilot:
        it = Driver(pilot)
        await it.until("sudoku-1 finished")
        for key in "id":
            await it.press(key)
            await it.until("has saved no model yet")
