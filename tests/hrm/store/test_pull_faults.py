"""Pulling without a network, beside others, interrupted, and on disks that fail."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fetching import new_client
from hub_server import COMMIT, Hub
from pulling import CHECKPOINT, HALF, NEW_COMMIT, SHA256, Pull, cancelled, remains

from hrm.download.fetch import Downloading
from hrm.download.http import RetryPolicy
from hrm.errors import NetworkError
from hrm.store import installed as store_installed
from hrm.store import pull as store_pull
from hrm.store.installed import lock_of

pytest_plugins = ["store_fixtures"]


@pytest.fixture
def hub_cache(hub: Hub, tmp_path: Path) -> Path:
    """The hub's own client has fetched org/model: `blobs`, and links to them."""
    folder = tmp_path / "hub" / "models--org--model"
    snapshot = folder / "snapshots" / COMMIT
    for path in (folder / "refs", folder / "blobs", snapshot):
        path.mkdir(parents=True)
    (folder / "refs" / "main").write_text(COMMIT)
    for name, entry in ((e["rfilename"], e) for e in hub.listing("org/model")["siblings"]):
        blob = folder / "blobs" / entry.get("lfs", {}).get("sha256", entry["blobId"])
        blob.write_bytes(hub.files["org/model"][name])
        (snapshot / name).symlink_to(blob)
    return folder


def test_a_file_of_the_hubs_own_client_is_used(hub: Hub, hub_cache: Path, pull: Pull) -> None:
    assert pull("org/model").sha256 == SHA256
    assert hub.sent < 1000  # the list of files alone
    assert (hub_cache / "blobs" / SHA256).read_bytes() == CHECKPOINT


def test_a_damaged_file_of_it_is_not(hub: Hub, hub_cache: Path, pull: Pull) -> None:
    (hub_cache / "blobs" / SHA256).write_bytes(CHECKPOINT[:-1] + b"x")
    assert pull("org/model").sha256 == SHA256
    assert hub.sent > len(CHECKPOINT)


@pytest.mark.parametrize("by", ["option", "environment"])
def test_offline_asks_nobody(
    hub: Hub, hub_cache: Path, pull: Pull, monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    if by == "environment":
        monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    options = {"offline": True} if by == "option" else {}
    model = pull("org/model", **options)
    (hub_cache / "refs" / "main").unlink()
    assert pull("org/model", **options) == pull(f"org/model@{COMMIT}", **options) == model
    for what in ("org/ours", hub.content("checkpoint"), f"org/model@{NEW_COMMIT}"):
        with pytest.raises(NetworkError, match="nothing may be fetched offline") as caught:
            pull(what, **options, name="other" if what.startswith("http") else "")
        assert "HF_HUB_OFFLINE" in caught.value.hint
    assert hub.seen == []


def test_offline_a_part_of_a_model_is_not_enough(hub: Hub, hub_cache: Path, pull: Pull) -> None:
    (hub_cache / "blobs" / SHA256).write_bytes(CHECKPOINT[:-1])
    with pytest.raises(NetworkError, match="checkpoint of org/model is not on this computer"):
        pull("org/model", offline=True)


def test_a_cancelled_pull_continues_later(
    hub: Hub, client: httpx.Client, patience: RetryPolicy, pull: Pull
) -> None:
    cancelled(hub, client, patience)
    assert store_installed.installed() == []
    assert remains() == {f"{SHA256}.partial", f"{SHA256}.json", "all_config.yaml"}
    pull("org/model")
    assert hub.requests("content")[-1]["range"] == f"bytes={HALF}-"


def test_eight_at_once_make_one_model(hub: Hub, patience: RetryPolicy) -> None:
    waiting = replace(patience, sleep=RetryPolicy().sleep)

    def run(_: int) -> store_pull.PullEvent:
        with new_client() as client:
            return list(store_pull.pull("org/model", client=client, patience=waiting))[-1]

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(run, range(8)))
    assert results == [store_pull.Ready(model) for model in store_installed.installed()] * 8
    assert len(hub.requests("content")) == 1
    assert store_installed.verify("model").ok
    assert remains() == set()


def test_who_waits_for_another_hears_of_its_progress(
    hub: Hub, client: httpx.Client, patience: RetryPolicy
) -> None:
    cancelled(hub, client, patience)
    other = lock_of("model")
    assert other.acquire()
    events = store_pull.pull("org/model", client=client, patience=patience)
    event = next(events)
    assert isinstance(event, Downloading)
    assert (event.file, event.done, event.total) == ("checkpoint", HALF, len(CHECKPOINT))
    other.release()
    assert isinstance(list(events)[-1], store_pull.Ready)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES])
def test_a_disk_that_fails_while_converting(
    hub: Hub, pull: Pull, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", fail)
        patch.setattr("hrm.download.partial.Partial.settle", lambda partial: partial.close())
        with pytest.raises(NetworkError, match=r"is full|cannot be written"):
            pull("org/model")
    assert store_installed.installed() == []
    sent = hub.sent
    pull("org/model")
    assert hub.sent - sent < 1000, "what had arrived was fetched again"


def test_a_rename_that_fails_leaves_the_old_model(
    hub: Hub, pull: Pull, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = pull("org/ours")
    hub.commit = NEW_COMMIT
    real = Path.replace

    def fail(path: Path, target: Path) -> Path:
        if path.name == "new":
            raise OSError(errno.EIO, "Input/output error")
        return real(path, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "replace", fail)
        with pytest.raises(NetworkError, match="cannot be written"):
            pull("org/ours")
    assert store_installed.installed() == [old]
    assert store_installed.verify("ours").ok
    assert pull("org/ours").revision == NEW_COMMIT
