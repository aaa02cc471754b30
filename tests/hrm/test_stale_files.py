"""What killed writers leave beside their files is removed by the next writer of the same file;
what a living one writes is not."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from operations import in_child, killed_at_each

from hrm.data.writer import new_folder
from hrm.files import remove_all_stale, write_atomically, written_whole
from hrm.store import manage


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_a_file_killed_at_any_step_is_the_old_or_the_new_one(tmp_path: Path) -> None:
    file, left = tmp_path / "out.json", 0

    def prepare() -> None:
        write_atomically(file, b"old")
        assert names(tmp_path) == {"out.json"}

    for _ in killed_at_each(prepare, lambda: write_atomically(file, b"new")):
        left += len(names(tmp_path)) - 1
        assert file.read_bytes() in (b"old", b"new")
    assert left


def test_a_folder_killed_at_any_step_is_not_there_or_whole(tmp_path: Path) -> None:
    def work() -> None:
        with new_folder(tmp_path / "set") as folder:
            (folder / "one").write_bytes(b"1")
            (folder / "two").write_bytes(b"2")

    left = 0

    def prepare() -> None:
        shutil.rmtree(tmp_path / "set", ignore_errors=True)

    for _ in killed_at_each(prepare, work):
        left += len(names(tmp_path) - {"set"})
        prepare()
        work()
        assert names(tmp_path) == {"set"}
        assert names(tmp_path / "set") == {"one", "two"}
    assert left


def test_what_a_living_process_writes_is_left_to_it(tmp_path: Path) -> None:
    file = tmp_path / "out.txt"
    with written_whole(file) as text, new_folder(tmp_path / "set") as folder:
        text.write("mine")

        def other() -> None:
            write_atomically(file, b"of another")
            with new_folder(tmp_path / "set"):
                assert remove_all_stale(tmp_path) == 0

        assert in_child(other) == 0
        assert file.read_bytes() == b"of another"
        (tmp_path / "set").rmdir()
        (folder / "one").write_bytes(b"1")
    assert file.read_text() == "mine"
    assert names(tmp_path) == {"out.txt", "set"}
    assert names(tmp_path / "set") == {"one"}


@pytest.mark.parametrize(
    "name",
    ["out.txt.partial", ".out.txt.partial", ".other.0123abcd.partial", ".out.txt.x.partial",
     "out.txt.0123abcd.partial", ".out.txt.0123abcd.partial.txt"],
)  # fmt: skip
def test_files_of_other_names_stay(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("another's")
    write_atomically(tmp_path / "out.txt", b"new")
    assert names(tmp_path) == {name, "out.txt"}


def test_what_lies_behind_a_link_stays(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("another's")
    (tmp_path / "there").mkdir()
    (tmp_path / ".out.txt.0123abcd.partial").symlink_to(tmp_path / "precious")
    (tmp_path / ".out.txt.0123abce.partial").symlink_to(tmp_path / "there")
    os.mkfifo(tmp_path / ".out.txt.0123abcf.partial")
    write_atomically(tmp_path / "out.txt", b"new")
    assert (tmp_path / "precious").read_text() == "another's"
    assert len(names(tmp_path)) == 6


def test_prune_removes_those_of_saved_games_and_models(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HRM_HOME", str(tmp_path))
    for place in ("state/games", "cache/models/mine"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / ".x.json.0123abcd.partial").write_bytes(bytes(100))
    (tmp_path / "state" / "games" / "x.json").write_bytes(b"a game")
    assert manage.prune() == 200
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["x.json"]
