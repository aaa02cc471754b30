"""The published folder layout: read whatever wrote it, written so that others can read it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import published
import pytest

from hrm.data.layout import Meta, is_dataset, read_identifiers, read_split
from hrm.data.writer import SetWriter, new_folder, write_identifiers
from hrm.errors import PuzzleFileError, UserError


def rows(*values: int) -> Any:
    return np.array([[value] * 4 for value in values], np.uint8)


GROUPS = [[(rows(1, 2), rows(3, 4), 1), (rows(5), rows(6), 2)], [(rows(7), rows(8), 3)]]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    published.write_split(tmp_path, "train", GROUPS, vocabulary=9, cells=4, identifiers=4)
    return tmp_path


def test_a_published_split_is_read(folder: Path) -> None:
    split = read_split(folder, "train")
    assert split.meta == Meta(
        seq_len=4,
        vocab_size=9,
        num_puzzle_identifiers=4,
        total_groups=2,
        mean_puzzle_examples=1.0,
    )
    (examples,) = split.sets
    assert examples.inputs[:, 0].tolist() == [1, 2, 5, 7]
    assert examples.labels[:, 0].tolist() == [3, 4, 6, 8]
    assert examples.identifiers.tolist() == [1, 2, 3]
    assert examples.puzzle_starts.tolist() == [0, 2, 3, 4]
    assert examples.group_starts.tolist() == [0, 2, 3]
    assert isinstance(examples.inputs, np.memmap)
    assert is_dataset(folder)
    assert not is_dataset(folder / "train")


def test_what_we_write_is_what_others_write(folder: Path, tmp_path: Path) -> None:
    ours = tmp_path / "ours"
    with new_folder(ours) as partial:
        with SetWriter(partial, "train", 4) as writer:
            for group in GROUPS:
                writer.append(
                    np.concatenate([puzzle[0] for puzzle in group]),
                    np.concatenate([puzzle[1] for puzzle in group]),
                    rows=[len(puzzle[0]) for puzzle in group],
                    puzzles=[len(group)],
                    identifiers=[puzzle[2] for puzzle in group],
                )
        writer.finish(9, 4)
        write_identifiers(partial, ["<blank>", "a", "b", "c"])
    for file in sorted((folder / "train").glob("*.npy")):
        assert (ours / "train" / file.name).read_bytes() == file.read_bytes(), file.name
    theirs = json.loads((folder / "train" / "dataset.json").read_text())
    assert json.loads((ours / "train" / "dataset.json").read_text()) == theirs | {
        "mean_puzzle_examples": 4 / 3
    }
    assert read_identifiers(ours) == ["<blank>", "a", "b", "c"]


def test_an_empty_split_is_one(tmp_path: Path) -> None:
    with SetWriter(tmp_path, "test", 4) as writer:
        writer.append(rows()[:0].reshape(0, 4), rows()[:0].reshape(0, 4), rows=[], puzzles=[])
    writer.finish(9)
    (examples,) = read_split(tmp_path, "test").sets
    assert examples.groups == 0
    assert examples.inputs.shape == (0, 4)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"seq_len": 5}, "says seq_len 5, all has"),
        ({"seq_len": True}, "its seq_len must be a whole number, not true or false"),
        ({"seq_len": 2**40}, "its seq_len must be a whole number <= 2147483647"),
        ({"vocab_size": 0}, "its vocab_size must be a whole number >= 1"),
        ({"vocab_size": "9"}, "its vocab_size must be a whole number, not text"),
        ({"num_puzzle_identifiers": 3}, "says 3 puzzle identifiers, all has others"),
        ({"mean_puzzle_examples": None}, "its mean_puzzle_examples must be a number"),
        ({"ignore_label_id": 0.5}, "its ignore_label_id must be"),
        ({"sets": []}, "its sets must be a list of length >= 1"),
        ({"sets": ["../../etc"]}, "names the set"),
        ({"sets": [["all"]]}, "must be text, not a list"),
        ({"shape": [3, 3]}, "has a shape that is not that of its cells"),
        ({"shape": [4]}, "its shape must be a list of length 2"),
        ({"sets": ["other"]}, "there is no file .*other__inputs.npy"),
    ],
)
def test_a_wrong_dataset_json_is_named(folder: Path, change: dict[str, Any], words: str) -> None:
    path = folder / "train" / "dataset.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(PuzzleFileError, match=words):
        read_split(folder, "train")


@pytest.mark.parametrize(
    "text", ["", "[]", "{", "[" * 100_000, '{"seq_len": ' + "9" * 5000 + "}", "\x00", "1"]
)
def test_no_text_breaks_the_reader(folder: Path, text: str) -> None:
    (folder / "train" / "dataset.json").write_text(text)
    with pytest.raises(PuzzleFileError, match=r"dataset\.json"):
        read_split(folder, "train")


@pytest.mark.parametrize(
    ("name", "values", "words"),
    [
        ("puzzle_indices", [0, 2, 3], "do not run from 0 to 4"),
        ("puzzle_indices", [0, 2, 4], "another number of puzzles"),
        ("puzzle_indices", [0, 3, 2, 4], "do not rise"),
        ("puzzle_indices", [], "do not run"),
        ("group_indices", [0, 2, 9], "do not run from 0 to 3"),
        ("group_indices", [0, 2, 2, 3], "do not rise"),
        ("puzzle_identifiers", [1, 2, -1], "has others"),
        ("puzzle_identifiers", [1, 2, 4], "has others"),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(
    folder: Path, name: str, values: list[int], words: str
) -> None:
    np.save(folder / "train" / f"all__{name}.npy", np.array(values, np.int32))
    with pytest.raises(PuzzleFileError, match=words):
        read_split(folder, "train")


def test_names_are_checked(tmp_path: Path) -> None:
    assert read_identifiers(tmp_path) == []
    (tmp_path / "identifiers.json").write_text('["<blank>", 3]')
    with pytest.raises(PuzzleFileError, match="must be text, not a whole number"):
        read_identifiers(tmp_path)


def test_a_failed_build_leaves_nothing(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "set"

    def interrupted() -> None:
        with new_folder(target) as partial:
            (partial / "half").write_text("made")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert list(target.parent.iterdir()) == []


def test_nothing_is_overwritten(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="is there already"), new_folder(tmp_path):
        pytest.fail("the folder was made")
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(UserError, match="cannot be written"), new_folder(blocked / "set"):
        pytest.fail("the folder was made")
