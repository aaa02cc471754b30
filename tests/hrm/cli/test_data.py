"""`hrm data`: from the command line to a folder, and what is said about it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scripted import SUDOKU, SUDOKU_ANSWER, Shell

from hrm.data.fetched import FILES, ONLINE
from hrm.data.layout import read_split
from hrm.download.fetch import Downloading

HEADER = "source,question,answer,rating"


def csv(path: Path, *others: str) -> Path:
    path.write_text("\n".join([HEADER, f"x,{SUDOKU},{SUDOKU_ANSWER},3", *others]))
    return path


def test_build_and_show_agree(shell: Shell, tmp_path: Path) -> None:
    built = shell("data", "build", "sudoku", "out", "--count", 6, "--test", 2, "--augment", 2)
    assert built.code == 0
    assert built.err == "out is built.\n"
    shown = shell("data", "show", "out")
    assert shown.code == 0
    assert shown.out == built.out
    assert shown.out.splitlines() == [
        "train: 6 groups, 18 puzzles, 18 rows of 81 cells, 11 tokens, sets all",
        "test:  2 groups, 2 puzzles, 2 rows of 81 cells, 11 tokens, sets all",
        "names: 1 puzzle identifier",
    ]
    assert [path.name for path in tmp_path.iterdir() if path.name != ".hrm"] == ["out"]


def test_a_file_and_a_folder_of_csvs(shell: Shell, tmp_path: Path) -> None:
    other = SUDOKU.translate(str.maketrans("12", "21"))
    answer = SUDOKU_ANSWER.translate(str.maketrans("12", "21"))
    csv(tmp_path / "train.csv", f"x,{other},{answer},9")
    csv(tmp_path / "test.csv")
    assert shell("data", "build", "sudoku", "a", "--source", "train.csv", "--test", 1).code == 0
    rated = ("--min-rating", 5, "--test", 0)
    assert shell("data", "build", "sudoku", "b", "--source", "train.csv", *rated).code == 0
    assert shell("data", "build", "sudoku", "c", "--source", ".", "--subsample", 1).code == 0
    sizes = [
        [len(read_split(tmp_path / name, split).sets[0].inputs) for split in ("train", "test")]
        for name in "abc"
    ]
    assert sizes == [[1, 1], [1, 0], [1, 1]]


def test_mazes_and_arc(shell: Shell, tmp_path: Path) -> None:
    ran = shell(
        "data", "build", "maze", "m", "--count", 2, "--test", 1, "--size", 7, "--augment", 8
    )
    assert ran.out.startswith("train: 2 groups, 16 puzzles, 16 rows of 49 cells, 6 tokens")
    task = '{"train": [{"input": [[1, 2]], "output": [[2]]}], "test": [{"input": [[1]]}]}'
    (tmp_path / "task.json").write_text(task)
    ran = shell("data", "build", "arc", "a", "--source", "task.json", "--augment", 5)
    assert ran.out.splitlines() == [
        "train: 1 group, 6 puzzles, 6 rows of 900 cells, 12 tokens, sets all",
        "test:  0 groups, 0 puzzles, 0 rows of 900 cells, 12 tokens, sets all",
        "names: 7 puzzle identifiers",
    ]


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("sudoku", "there"), 2, "there is there already"),
        (("sudoku", "out", "--source", "none.csv"), 3, "there is no file or folder none.csv"),
        (("sudoku", "out", "--source", "maze-hard"), 2, "maze-hard holds puzzles of maze"),
        (("sudoku", "out", "--source", "a", "--source", "b"), 2, "only ARC data sets"),
        (("sudoku", "out", "--subsample", "5"), 2, "--count says how many to generate"),
        (("sudoku", "out", "--mix", "evil:1"), 2, "unknown kind 'evil'"),
        (("sudoku", "out", "--mix", "eased:x"), 2, "--mix eased:x is not kind:weight"),
        (("sudoku", "out", "--mix", "eased:0"), 2, "no positive weight"),
        (("sudoku", "out", "--mix", "eased:nan"), 2, "no positive weight"),
        (("maze", "out", "--augment", "5"), 2, "8 symmetric copies"),
        (("arc", "out", "--source", "arc9-training"), 3, "no ARC data set or folder arc9"),
        (("arc", "out", "--subsample", "3"), 2, "taken whole"),
        (
            ("sudoku", "out", "--source", "a.csv", "--count", "5"),
            2,
            "--subsample draws from a file",
        ),
        (
            ("maze", "out", "--mix", "eased:1"),
            2,
            "--mix does not apply to generated",
        ),
        (("sudoku", "out", "--min-rating", "5"), 2, "--min-rating is for files of Sudokus"),
        (("chess", "out"), 2, "chess"),
    ],
)
def test_what_cannot_be_built_is_explained(
    shell: Shell, tmp_path: Path, arguments: tuple[str, ...], code: int, words: str
) -> None:
    (tmp_path / "there").mkdir()
    ran = shell("data", "build", *arguments)
    assert ran.code == code
    assert words in ran.err
    assert "Traceback" not in ran.err
    assert not (tmp_path / "out").exists()


def test_show_refuses_what_is_no_data_set(shell: Shell, tmp_path: Path) -> None:
    ran = shell("data", "show", tmp_path)
    assert ran.code == 2
    assert "there is no train/dataset.json" in ran.err
    shell("data", "build", "sudoku", "out", "--count", 2, "--test", 1)
    array = tmp_path / "out" / "train" / "all__inputs.npy"
    array.write_bytes(array.read_bytes()[:-1])
    ran = shell("data", "show", "out")
    assert ran.code == 3
    assert "should have" in ran.err


def test_ctrl_c_leaves_nothing(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr("puzzles.sudoku.training.random_copies", interrupted)
    ran = shell("data", "build", "sudoku", "out", "--count", 2, "--augment", 1)
    assert ran.code == 130
    assert [path for path in tmp_path.iterdir() if path.name != ".hrm"] == []


def test_published_data_is_fetched_once(
    shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def fetch(client: object, file: Any, target: Path, *_: object) -> Iterator[Downloading]:
        asked.append(file.url)
        yield Downloading(file=file.name, done=1, total=None, rate=0.0, resumed_from=0)
        csv(target)

    monkeypatch.setattr("hrm.download.fetch.fetch", fetch)
    for name in ("one", "two"):
        ran = shell("data", "build", "sudoku", name, "--source", "sudoku-extreme", "--augment", 3)
        assert ran.out.startswith("train: 1 group, 4 puzzles, 4 rows")
    repository = ONLINE["sudoku-extreme"][1]
    assert [url.partition("/datasets/")[2] for url in asked] == [
        f"{repository}/resolve/main/{file}" for file in FILES
    ]
    kept = tmp_path / ".hrm" / "cache" / "data" / "sudoku-extreme"
    assert sorted(path.name for path in kept.iterdir()) == sorted(FILES)


def test_offline_says_what_to_do(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    ran = shell("data", "build", "maze", "out", "--source", "maze-hard")
    assert ran.code == 5
    assert "HF_HUB_OFFLINE" in ran.err
    assert "give the file with --source" in ran.err


def test_progress_is_shown_in_a_terminal(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    ran = shell("data", "build", "sudoku", "out", "--count", 3, "--test", 1)
    assert ran.code == 0
    assert "train" in ran.err
    assert "3/3" in ran.err
    assert np.array_equal(read_split(tmp_path / "out", "train").sets[0].puzzle_starts, range(4))
