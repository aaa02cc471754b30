"""The command line as a whole: help, exit codes, the error boundary, and what start-up costs."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
from pathlib import Path

import pytest
import torch
from command import environment, process
from scripted import SUDOKU, Script, Shell

import hrm
from hrm import errors
from hrm.cli.boundary import COMMANDS, EXIT_PIPE, main
from hrm.cli.doctor import problems
from hrm.devices import usable_device
from hrm.errors import EXIT_BUG, ModelError, NetworkError
from hrm.terminal import clean, clean_line


def test_help_lists_every_command_and_exit_code(shell: Shell) -> None:
    for arguments in ([], ["--help"], ["-h"]):
        ran = shell(*arguments)
        assert ran.code == 0
        assert all(f"  {name} " in ran.out for name in COMMANDS)
        lines = {line.split()[0] for line in ran.out.splitlines() if line.strip()}
        codes = {value for name, value in vars(errors).items() if name.startswith("EXIT_")}
        assert {str(code) for code in codes | {EXIT_BUG}} <= lines


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(shell: Shell, command: str) -> None:
    ran = shell(command, "--help")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith(f"Usage: hrm {command}")


@pytest.mark.parametrize("command", ["solve", "check", "generate", "eval", "analyze", "scale"])
def test_a_task_that_is_mistyped_is_known_again(shell: Shell, command: str) -> None:
    ran = shell(command, "sudok", *(["hard"] if command in ("solve", "check") else []))
    said = " ".join(ran.err.split())
    assert (ran.code, ran.out) == (2, "")
    assert "'sudok' is not one of 'sudoku', 'maze', 'arc', 'grid'. Did you mean 'sudoku'?" in said
    assert "Value error" not in said
    assert "Did you mean" not in shell(command, "chess", "hard").err


def test_a_puzzle_without_its_task_is_told_it(shell: Shell) -> None:
    sudoku, maze, other = map(Path, ("puzzle.txt", "maze.txt", "other.txt"))
    sudoku.write_text(SUDOKU)
    maze.write_text("#####\n#S G#\n#####\n")
    other.write_text("nothing")
    for argument, first in (
        (str(sudoku), f"sudoku {sudoku}"),
        (SUDOKU, "sudoku PUZZLE"),
        (str(maze), f"maze {maze}"),
        ("007bbfb7", "arc PUZZLE"),
    ):
        ran = shell("solve", argument)
        assert ran.code == 2
        assert f"Give the task first: {first}" in " ".join(ran.err.split())
    assert "Give the task first, then the file." in " ".join(shell("solve", str(other)).err.split())


def test_version(shell: Shell) -> None:
    assert shell("--version").out == f"hrm {hrm.__version__}\n"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["slove"], "there is no command slove, perhaps solve?"),
        (["--bogus"], "No such option: --bogus"),
        (["solve"], "Missing argument 'TASK'"),
        (["solve", "chess", "x"], "chess"),
        (["solve", "sudoku"], "Missing argument 'PUZZLE'"),
        (["solve", "sudoku", SUDOKU, "--segments", "0"], "--segments"),
        (["solve", "sudoku", SUDOKU, "--speed", "fast"], "--speed"),
        (["generate", "maze", "--level", "\x1b[31mx"], "it has"),
        (["check", "sudoku", "-", "-"], "standard input"),
    ],
)
def test_wrong_usage_is_2_and_one_line_with_a_hint(
    shell: Shell, arguments: list[str], words: str
) -> None:
    ran = shell(*arguments)
    assert (ran.code, ran.out) == (2, "")
    error, hint = ran.err.splitlines()
    assert error.startswith("error: ")
    assert words in error
    assert hint.startswith("hint: `hrm")
    assert "\x1b" not in ran.err


def test_options_that_contradict_each_other_are_2(shell: Shell) -> None:
    ran = shell("solve", "sudoku", SUDOKU, "--segments", 4, "--min-segments", 5)
    assert ran.code == 2
    assert ran.err.startswith("error: --min-segments")


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (ModelError("no model x", "Try y."), 4, "error: no model x\nhint: Try y.\n"),
        (NetworkError("offline"), 5, "error: offline\n"),
        (KeyboardInterrupt(), 130, "Interrupted.\n"),
    ],
)
def test_errors_of_a_run(
    shell: Shell, script: Script, error: BaseException, code: int, words: str
) -> None:
    script.error = error
    ran = shell("solve", "sudoku", SUDOKU)
    assert (ran.code, ran.err) == (code, words)


def test_a_bug_is_one_line_and_a_log(shell: Shell, script: Script, tmp_path: Path) -> None:
    script.error = RuntimeError("\x1b[2Jboom [/b]")
    ran = shell("solve", "sudoku", SUDOKU)
    assert ran.code == EXIT_BUG
    error, hint = ran.err.splitlines()
    assert "boom [/b]" in error
    assert "Traceback" not in ran.err
    log = tmp_path / ".hrm" / "state" / "crash.log"
    assert str(log) in hint
    assert "RuntimeError" in log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (PermissionError(13, "Permission denied", "/root/x"), 2, "/root/x: Permission denied"),
        (MemoryError(), 4, "not enough memory"),
        (torch.OutOfMemoryError("CUDA out of memory"), 4, "not enough memory"),
    ],
)
def test_what_the_machine_lacks_is_no_bug(
    shell: Shell, script: Script, error: Exception, code: int, words: str
) -> None:
    script.error = error
    ran = shell("solve", "sudoku", SUDOKU)
    assert (ran.code, words in ran.err) == (code, True)
    assert "report it" not in ran.err


def test_a_bug_is_reported_even_where_no_log_can_be_written(
    shell: Shell, script: Script, tmp_path: Path
) -> None:
    (tmp_path / ".hrm").write_text("a file where the folder should be", encoding="utf-8")
    script.error = RuntimeError("boom")
    ran = shell("solve", "sudoku", SUDOKU)
    assert ran.code == EXIT_BUG
    assert "could not be written" in ran.err


def test_help_loads_nothing_heavy_and_is_quick(tmp_path: Path) -> None:
    probe = (
        "import sys; from hrm.cli.boundary import main; code = main(['--help']);"
        "heavy = {'torch', 'textual', 'numpy', 'numba', 'rich', 'httpx'} & set(sys.modules);"
        "sys.exit(f'loaded {heavy}' if heavy else code)"
    )
    spent = []
    for _ in range(3):
        began = os.times()
        subprocess.run(
            process("-c", probe), env=environment(tmp_path), check=True, capture_output=True
        )
        ended = os.times()  # of the processor: a machine with other work is no slower start
        spent.append(ended.children_user + ended.children_system)
        spent[-1] -= began.children_user + began.children_system
    assert min(spent) < 0.5


def test_defaults_are_taken_as_they_are(tmp_path: Path) -> None:
    """What converts given values takes a tenth of the time until the app is there."""
    probe = (
        "import sys, hrm_tui.launch; from hrm.cli.boundary import main;"
        "hrm_tui.launch.launch = lambda *args, **options: print(args, options) or 0;"
        "code = main(['tui']);"
        "sys.exit('loaded' if 'pydantic' in sys.modules else code)"
    )
    ran = subprocess.run(
        process("-c", probe), env=environment(tmp_path), check=False, capture_output=True
    )
    assert ran.stderr.decode().strip() == ""
    assert b"'screen': 'solve'" in ran.stdout


def test_a_solve_up_to_the_model_does_not_load_textual(tmp_path: Path) -> None:
    probe = (
        "import sys; import hrm.cli.solve, hrm.cli.check, hrm.cli.doctor;"
        "sys.exit(str({'torch', 'textual', 'httpx'} & set(sys.modules) or ''))"
    )
    ran = subprocess.run(
        process("-c", probe), env=environment(tmp_path), check=False, capture_output=True
    )
    assert ran.stderr.decode().strip() == ""


@pytest.mark.parametrize("command", ["generate sudoku --seed 1 --count 3", "models list"])
def test_a_reader_that_goes_away_is_no_error(tmp_path: Path, command: str) -> None:
    read_end, write_end = os.pipe()
    os.close(read_end)
    arguments = ("-m", "hrm", *command.split())
    try:
        ran = subprocess.run(
            process(*arguments),
            env=environment(tmp_path),
            stdout=write_end,
            stderr=subprocess.PIPE,
            check=False,
        )
    finally:
        os.close(write_end)
    assert (ran.returncode, ran.stderr) == (EXIT_PIPE, b"")


def test_doctor_reports_what_a_bug_report_needs(shell: Shell, tmp_path: Path) -> None:
    report = json.loads(shell("doctor", "--json").out)
    assert report["versions"]["hrm"]
    assert report["versions"]["torch"][0].isdigit()
    assert "cpu" in report["compute"]["devices"]
    assert report["folders"]["cache"] == str(tmp_path / ".hrm" / "cache")
    hashes = report["bundled models (sha256)"].values()
    assert len(hashes) == 3
    assert all(re.fullmatch(r"[0-9a-f]{64} as on its card", digest) for digest in hashes)
    shown = shell("doctor").out
    assert report["versions"]["torch"] in shown
    assert shown.splitlines()[-1] == "All fine."


def test_doctor_says_what_to_do_about_what_is_wrong() -> None:
    report = {
        "versions": {"numba": "not installed", "torch": "2.13"},
        "compute": {"devices": "none, torch cannot be loaded: no libgomp"},
        "bundled models (sha256)": {"maze-mini": "missing", "arc-mini": "abc as on its card"},
    }
    found = problems(report)
    assert [line.split()[0] for line in found] == ["numba", "torch", "maze-mini"]
    assert "pip install numba" in found[0]


def test_devices_that_cannot_be_used_are_4_with_those_that_can() -> None:
    assert usable_device("cpu") == "cpu"
    assert usable_device("auto") in ("cpu", "cuda", "mps")
    for name in ("toaster", "", "meta", "\x1b[2J"):
        with pytest.raises(ModelError, match="cannot be used here") as caught:
            usable_device(name)
        assert "cpu" in caught.value.hint
        assert "\x1b" not in caught.value.message


def test_a_model_that_is_no_model_is_4(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "junk.safetensors").write_bytes(b"junk")
    for model in (tmp_path / "junk.safetensors", "no-such-model"):
        ran = shell("solve", "sudoku", SUDOKU, "--model", model)
        assert ran.code == 4
        assert ran.err.startswith("error: ")
        assert len(ran.err.splitlines()) == 2


def test_clean_drops_what_steers_a_terminal() -> None:
    hostile = "a\x1b[31mb\x07\x9b2Jc\u202ed\u2066e\x7f\tf\ng\r[/b]\udc80"
    assert clean(hostile) == "a[31mb2Jcde\tf\ng[/b]\ufffd"
    assert clean_line("a\n b\t c" + "x" * 300, 10) == "a b cxxxx…"
    every = "".join(map(chr, range(0x110000)))
    kept = set(clean(every))
    assert {chr(9), chr(10)} == {c for c in kept if ord(c) < 32 or 0x7F <= ord(c) < 0xA0}


def test_errors_wrap_between_words_in_a_terminal_and_nowhere_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A terminal breaks lines within words, and a program that reads them wants whole ones."""

    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setenv("COLUMNS", "40")
    said = []
    for stream in (Screen(), io.StringIO()):
        monkeypatch.setattr("sys.stderr", stream)
        assert main(["solve", "sudoku", "nosuch"]) == 3
        said.append(stream.getvalue())
    person, program = said
    assert max(map(len, person.splitlines())) <= 40
    assert program.count("\n") == 2
    assert person.split() == program.split()
