"""kill -9 before every operation on files of an import over an older model, of its repair and of a
removal: one whole model is always there, and the next command leaves nothing else."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest
from operations import killed_at_each, killed_before
from pulling import remains

from hrm.files import cache_dir, sha256_of
from hrm.store import installed as store
from hrm.store import manage
from hrm.store.installed import MODEL, Installed, name_lock, staging_of

OLD, NEW = b"old weights", b"new weights, of another length"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HRM_HOME", str(tmp_path / "home"))


def install(content: bytes) -> None:
    with name_lock("mine"):
        staged = staging_of("mine") / MODEL
        staged.parent.mkdir(parents=True, exist_ok=True)
        staged.write_bytes(content)
        store.install(
            Installed(
                name="mine",
                path=staged,
                bytes=len(content),
                source="/somewhere/model.safetensors",
                revision="",
                sha256="0" * 64,
                file_sha256=sha256_of(staged),
                task="sudoku",
            )
        )


def with_the_old_one() -> None:
    shutil.rmtree(cache_dir(), ignore_errors=True)
    install(OLD)


def usable() -> bytes:
    """What is there is whole; its weights."""
    found = store.find("mine")
    assert found is not None
    assert store.installed() == [found]
    assert store.verify("mine").ok
    return found.path.read_bytes()


def without_a_model() -> bool:
    """Whether a kill came between the two renames."""
    return not (cache_dir() / "models" / "mine").exists()


def test_an_import_killed_anywhere_leaves_the_old_model_or_the_new_one() -> None:
    seen, between = set(), 0
    for _ in killed_at_each(with_the_old_one, lambda: install(NEW)):
        between += without_a_model()
        seen.add(usable())
        install(NEW)
        assert usable() == NEW
        assert remains() == set()
    assert seen == {OLD, NEW}
    assert between


def test_a_repair_that_is_killed_too_is_made_by_the_next() -> None:
    points = [
        n for n in killed_at_each(with_the_old_one, lambda: install(NEW)) if without_a_model()
    ]

    def killed() -> None:
        with_the_old_one()
        assert killed_before(points[0], lambda: install(NEW))

    for repair in (usable, manage.prune, lambda: install(NEW)):
        for _ in killed_at_each(killed, repair):
            assert usable() in (OLD, NEW)
            manage.prune()
            assert usable() in (OLD, NEW)
            assert remains() == set()


def test_a_removal_that_is_killed_removes_all_or_nothing() -> None:
    left = set()
    for _ in killed_at_each(with_the_old_one, lambda: store.remove("mine")):
        found = store.find("mine")
        left.add(found is None)
        assert found is None or usable() == OLD
        manage.prune()
        assert (store.find("mine") is None) == (found is None)
        assert remains() == set()
    assert left == {True, False}


def test_a_disk_that_fails_both_renames_keeps_the_old_model(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with_the_old_one()
    real = Path.replace

    def fail(path: Path, target: Path) -> Path:
        if path.name in ("new", "old"):
            raise OSError(5, "Input/output error")
        return real(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        with pytest.raises(store.UserError, match="cannot be written"):
            install(NEW)
        assert without_a_model()
    assert usable() == OLD


def test_a_model_that_a_living_process_replaces_is_left_to_it() -> None:
    with_the_old_one()
    with name_lock("mine"):
        os.replace(cache_dir() / "models" / "mine", staging_of("mine").parent / "kept")
        staging_of("mine").mkdir()
        os.replace(staging_of("mine").parent / "kept", staging_of("mine") / "old")
        assert store.find("mine") is None
        assert without_a_model()
    assert usable() == OLD
    assert json.loads((cache_dir() / "models" / "mine" / "source.json").read_text())
