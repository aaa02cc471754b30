"""Fixtures of a store in a folder of its own, beside a hub with a published model and ours."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import tiny
from fetching import new_client
from hub_server import Hub, running_hub
from pulling import CHECKPOINT, CONFIG, Pull, remains

from hrm.download.http import RetryPolicy
from hrm.model.checkpoint import save_model
from hrm.store import installed as store_installed
from hrm.store import pull as store_pull


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with new_client() as client:
        yield client


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A file of ours, for Sudoku."""
    path = tmp_path_factory.mktemp("own") / "model.safetensors"
    save_model(path, tiny.SUDOKU, tiny.build(tiny.SUDOKU).state_dict(), {"domain": "sudoku"})
    return path.read_bytes()


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, own: bytes) -> Iterator[Hub]:
    monkeypatch.setenv("HRM_HOME", str(tmp_path / "home"))
    with running_hub(monkeypatch) as hub:
        monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
        hub.files["org/model"] = {"checkpoint": CHECKPOINT, "all_config.yaml": CONFIG}
        hub.files["org/ours"] = {"README.md": b"#", "some.safetensors": own}
        yield hub


@pytest.fixture
def patience() -> RetryPolicy:
    return RetryPolicy(connect=2.0, read=2.0, sleep=lambda seconds: None)


@pytest.fixture
def pull(hub: Hub, client: httpx.Client, patience: RetryPolicy) -> Pull:
    """Pulls to the end, and gives what is installed then."""

    def pull(what: str, **options: Any) -> store_installed.Installed:
        last = list(store_pull.pull(what, client=client, patience=patience, **options))[-1]
        assert isinstance(last, store_pull.Ready)
        assert store_installed.find(last.installed.name) == last.installed
        assert remains() == set()
        return last.installed

    return pull
