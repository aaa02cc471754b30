"""What PUZZLE may be, how a file can be bad, and how answer files are written."""

from __future__ import annotations

import json
import os
from pathlib import Path
from types import SimpleNamespace

import pytest
from scripted import MAZE, SUDOKU, SUDOKU_ANSWER, Shell

from hrm.errors import PuzzleFileError, UserError
from hrm.files import written_whole
from hrm.puzzle_files import pasted_path, read_puzzles, read_text
from puzzles import NAMES, domain
from puzzles.text.encoding import MAX_TEXT

GUESSED = [name for name in NAMES if not domain(name).needs_facts]
"""Kinds whose text has a form of its own; a grid may hold anything."""


@pytest.mark.parametrize("name", GUESSED)
def test_every_bundled_example_is_found_by_name(name: str) -> None:
    kind = domain(name)
    assert kind.examples()
    for example in kind.examples():
        assert read_puzzles(kind, example) == kind.find(example)


def test_a_sudoku_comes_as_literal_file_or_standard_input(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text(SUDOKU, encoding="utf-8")
    (tmp_path / "marked.txt").write_bytes(b"\xef\xbb\xbf" + SUDOKU.encode())
    (tmp_path / "wide.txt").write_bytes(SUDOKU.encode("utf-16"))
    sources = [(SUDOKU, b""), ("-", SUDOKU.encode())]
    sources += [(name, b"") for name in ("one.txt", "marked.txt", "wide.txt")]
    ran = [shell("check", "sudoku", source, stdin=stdin) for source, stdin in sources]
    assert {(each.code, each.out) for each in ran} == {(0, ran[0].out)}
    assert "Sound: exactly one solution." in ran[0].out


def test_a_file_wins_over_an_example_of_the_same_name(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "hard").write_text("x", encoding="utf-8")
    assert shell("check", "sudoku", "hard").code == 3


def test_an_arc_folder_is_read(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "tasks"
    folder.mkdir()
    task = '{"train": [{"input": [[1]], "output": [[2]]}], "test": [{"input": [[3]]}]}'
    for name in ("a.json", "b.json"):
        (folder / name).write_text(task, encoding="utf-8")
    ran = shell("check", "arc", "tasks")
    assert (ran.code, ran.out.count("1 demonstration, the answer of its test is not known")) == (
        0,
        2,
    )


def test_an_arc_task_is_called_like_its_file(tmp_path: Path) -> None:
    task = '{"train": [{"input": [[1]], "output": [[2]]}], "test": [{"input": [[3]]}]}'
    names = []
    for name in ("007bbfb7.json", "007bbfb7.txt", f"{'x' * 65}.json"):
        (tmp_path / name).write_text(task, encoding="utf-8")
        names.append(read_puzzles(domain("arc"), str(tmp_path / name))[0].task)
    assert names[0] == "007bbfb7"
    assert names[1] == names[2] != names[0]


@pytest.mark.parametrize("rules", ["", "latin"])
def test_a_single_sudoku_is_called_like_its_file_and_several_after_their_lines(
    tmp_path: Path, rules: str
) -> None:
    (tmp_path / "mine.txt").write_text(SUDOKU, encoding="utf-8")
    (tmp_path / "two.txt").write_text(f"{SUDOKU}\n{SUDOKU}\n", encoding="utf-8")
    for name, expected in (("mine.txt", ["mine.txt"]), ("two.txt", ["line 1", "line 2"])):
        found = read_puzzles(domain("sudoku"), str(tmp_path / name), rules)
        assert [puzzle.name for puzzle in found] == expected


BAD_FILES = [
    (b"\x00\x01", "NUL"),
    (b"\xff\xfe5", "UTF-8"),
    (b"", "empty"),
    (b" \n\t\n", "empty"),
    (b"5" * (MAX_TEXT + 1), "larger than 5 MB"),
    (b"not a puzzle", "bad.txt"),
]


@pytest.mark.parametrize(("content", "words"), BAD_FILES)
@pytest.mark.parametrize("name", GUESSED)
def test_a_bad_file_is_3_with_an_error_and_a_hint(
    shell: Shell, tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / "bad.txt").write_bytes(content)
    for ran in (shell("check", name, "bad.txt"), shell("check", name, "-", stdin=content)):
        assert (ran.code, ran.out) == (3, "")
        error, hint = ran.err.splitlines()
        assert error.startswith("error: ")
        assert words.replace("bad.txt", "") in error
        assert hint.startswith("hint: ")


@pytest.mark.parametrize(
    ("argument", "words"),
    [
        ("missing.txt", "neither a file nor a known sudoku puzzle"),
        ("no/such/file.txt", "there is no file no/such/file.txt"),
        ("folder", "is a folder"),
        ("a" * 5000 + "/x", "cannot read aaaa"),
        ("nul\0byte", "cannot read nulbyte"),
        ("", "PUZZLE is empty"),
        ("\x1b]0;owned\x07[/b]\u202e", "there is no file ]0;owned[/b]"),
        (SUDOKU[:80], "80"),
    ],
)
def test_an_argument_that_is_no_puzzle(
    shell: Shell, tmp_path: Path, argument: str, words: str
) -> None:
    (tmp_path / "folder").mkdir()
    ran = shell("check", "sudoku", argument)
    assert ran.code == 3
    error, _ = ran.err.splitlines()
    assert words in error
    assert len(error) < 300
    assert "\x1b" not in error


def test_an_empty_answer_is_named(shell: Shell) -> None:
    assert "ANSWER is empty" in shell("check", "sudoku", SUDOKU, "").err


def test_an_unreadable_file_says_why(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permission bits would not do: root, who runs tests in containers, may read everything."""

    def refuse(path: Path, mode: str = "r") -> None:
        raise PermissionError(13, "Permission denied")

    Path("locked.txt").write_text(SUDOKU, encoding="utf-8")
    kind = domain("sudoku")  # imported before files stop opening
    monkeypatch.setattr("hrm.cli.check.domain", lambda name: kind)
    monkeypatch.setattr(Path, "open", refuse)
    ran = shell("check", "sudoku", "locked.txt")
    assert (ran.code, ran.err.splitlines()[0]) == (
        3,
        "error: cannot read locked.txt: Permission denied",
    )


def test_standard_input_that_cannot_be_read_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(size: int) -> bytes:
        raise OSError(9, "Bad file descriptor")

    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=SimpleNamespace(read=refuse)))
    with pytest.raises(PuzzleFileError, match="cannot read standard input: Bad file descriptor"):
        read_text("-")


HOSTILE = "5\x1b[31m\x9b2J\u202e[/b][TODO][@click=app.quit]x" + MAZE


@pytest.mark.parametrize("name", GUESSED)
def test_hostile_text_is_shown_harmlessly(shell: Shell, tmp_path: Path, name: str) -> None:
    hostile = tmp_path / "[@click=quit][b]\x1b[31m.txt"
    hostile.write_text(HOSTILE, encoding="utf-8")
    ran = shell("check", name, hostile.name)
    assert ran.code == 3
    assert "[@click=quit][b][31m.txt" in ran.err
    assert not {"\x1b", "\x9b", "\u202e", "\x07"} & set(ran.err + ran.out)


def test_answers_are_judged_from_file_literal_and_standard_input(
    shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / "answer.txt").write_text(SUDOKU_ANSWER + "\n", encoding="utf-8")
    for answer in ("answer.txt", SUDOKU_ANSWER, "-"):
        ran = shell("check", "sudoku", SUDOKU, answer, stdin=SUDOKU_ANSWER.encode())
        assert (ran.code, ran.err) == (0, "")
        assert "Valid. Every rule holds." in ran.out
    assert shell("check", "sudoku", SUDOKU, "").code == 3  # a variable that was not set
    wrong = SUDOKU_ANSWER[:-1] + "1"
    ran = shell("check", "sudoku", SUDOKU, wrong)
    assert ran.code == 1
    assert "Invalid: " in ran.out
    assert "1!" in ran.out


def test_two_answers_for_one_puzzle_are_refused(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "answers.txt").write_text(f"{SUDOKU_ANSWER}\n" * 2, encoding="utf-8")
    ran = shell("check", "sudoku", SUDOKU, "answers.txt")
    assert ran.code == 3
    assert ran.err.startswith("error: answers.txt")


def test_a_file_of_puzzles_is_judged_line_by_line(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "two.txt").write_text(f"{SUDOKU}\n{SUDOKU}\n", encoding="utf-8")
    wrong = SUDOKU_ANSWER[:-1] + "1"
    (tmp_path / "answers.txt").write_text(f"{SUDOKU_ANSWER}\n{wrong}\n", encoding="utf-8")
    assert "sound 2 / 2" in shell("check", "sudoku", "two.txt").out
    ran = shell("check", "sudoku", "two.txt", "answers.txt")
    assert ran.code == 1
    first, last = ran.out.splitlines()
    assert first.startswith("2: ")
    assert last == "valid 1 / 2 (50.0 %)"


def test_arc_answers_that_nobody_can_verify_are_counted_apart(shell: Shell) -> None:
    grid = [[1, 2], [3, 4]]
    task = {"train": [{"input": grid, "output": grid}], "test": []}
    task["test"] = [{"input": grid}, {"input": grid, "output": grid}]
    Path("t.json").write_text(json.dumps({"t": task}))
    Path("a.json").write_text(json.dumps({"t": [{"attempt_1": grid, "attempt_2": grid}] * 2}))
    ran = shell("check", "arc", "t.json", "a.json")
    assert ran.code == 0
    valid, unverified = ran.out.splitlines()
    assert valid == "valid 1 / 1 (100.0 %)"
    assert unverified.startswith("unverified 1")


def test_unsound_puzzles_are_1(shell: Shell, tmp_path: Path) -> None:
    ran = shell("check", "sudoku", "." * 81)
    assert (ran.code, "more than one solution" in ran.out) == (1, True)
    none = "5168497323.76.5...8.97...65135.6.9.7472591..696837..5.253186.746842.75..791.5.6.8"
    ran = shell("check", "sudoku", none)
    assert (ran.code, "no solution" in ran.out) == (1, True)


@pytest.mark.parametrize("name", ["sudoku", "maze"])
def test_generated_puzzles_are_seeded_and_read_back(
    shell: Shell, tmp_path: Path, name: str
) -> None:
    level = domain(name).levels[0]
    made = shell("generate", name, "--level", level, "--count", 3, "--seed", 7)
    assert (made.code, made.err) == (0, "")
    shell("generate", name, "--count", 3, "--seed", 7, "-o", tmp_path / "made.txt")
    assert (tmp_path / "made.txt").read_text(encoding="utf-8") == made.out
    assert len(read_puzzles(domain(name), str(tmp_path / "made.txt"))) == 3
    assert "sound 3 / 3" in shell("check", name, "-", stdin=made.out.encode()).out


def test_a_seed_that_nobody_chose_is_printed_and_repeats(shell: Shell) -> None:
    first = shell("generate", "maze")
    word, seed = first.err.split()
    assert word == "seed"
    assert shell("generate", "maze", "--seed", seed).out == first.out


def test_an_arc_task_is_drawn_alone(shell: Shell) -> None:
    assert shell("generate", "arc", "--count", 2).code == 2


def test_files_appear_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "answers.txt"
    target.write_text("old", encoding="utf-8")

    def interrupted() -> None:
        with written_whole(target) as file:
            file.write("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert target.read_text(encoding="utf-8") == "old"
    with written_whole(target) as file:
        file.write("new\n")
    assert target.read_bytes() == b"new\n"
    assert os.listdir(tmp_path) == ["answers.txt"]


def test_a_device_is_written_in_place() -> None:
    with written_whole(Path(os.devnull)) as file:
        file.write("gone")
    assert not Path(os.devnull).is_file()


@pytest.mark.parametrize("place", ["missing/answers.txt", "", "nul\0byte", "a" * 300])
def test_a_place_that_cannot_be_written_is_known_at_once(tmp_path: Path, place: str) -> None:
    with pytest.raises(UserError, match="cannot be written"), written_whole(tmp_path / place):
        pytest.fail("the work was begun")


ROWS = "\n".join(SUDOKU[i : i + 9] for i in range(0, 81, 9))
NESTED = json.dumps([[int(c.replace(".", "0")) for c in row] for row in ROWS.split("\n")])


@pytest.mark.parametrize(
    "argument",
    [
        ROWS,
        ROWS.replace("\n", "\\n"),
        NESTED,
        f"https://example.org/?bd={SUDOKU}",
        f"board = {NESTED}\n",
    ],
)
def test_an_argument_of_lines_or_a_list_is_a_puzzle(argument: str) -> None:
    kind = domain("sudoku")
    assert read_puzzles(kind, argument) == kind.parse(SUDOKU)


def test_a_path_is_found_as_it_is_pasted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "my puzzle.sdk"
    file.write_text(SUDOKU, encoding="utf-8")
    monkeypatch.setenv("HOME", str(tmp_path))
    blanks = str(file).replace(" ", "\\ ")
    link = "file://" + str(file).replace(" ", "%20")
    for text in (
        str(file),
        f"'{file}'",
        f'"{file}"',
        blanks,
        link,
        f" {file}\n",
        "~/my puzzle.sdk",
    ):
        assert pasted_path(text) == str(file)
        assert read_puzzles(domain("sudoku"), text) == domain("sudoku").parse(SUDOKU)
    for other in ("hard", SUDOKU, "'no such file'", "file:///no/such", "~", ""):
        assert pasted_path(other) in (other, str(tmp_path))


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-8-sig"])
def test_every_encoding_of_a_file_is_known(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "one.txt").write_bytes(f"{ROWS}\r\n".encode(encoding))
    assert read_puzzles(domain("sudoku"), str(tmp_path / "one.txt")) == domain("sudoku").parse(
        SUDOKU
    )


def test_known_data_sets_are_listed(shell: Shell) -> None:
    ran = shell("data", "build", "sudoku", "out", "--source", "sudoku-extreme-1k")
    assert ran.code == 3
    assert "generated, sudoku-extreme." in ran.err


@pytest.mark.parametrize(
    ("name", "example"),
    [
        *(("sudoku", one) for one in ("easy", "medium", "hard", "extreme", "minimal")),
        *(("maze", one) for one in domain("maze").examples()),
    ],
)
@pytest.mark.parametrize("columns", ["40", "80", "200"])
def test_what_check_prints_is_read(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, name: str, example: str, columns: str
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    shown = shell("check", name, example).out
    again = shell("check", name, "-", stdin=shown.encode())
    assert (again.code, again.out) == (0, shown)
