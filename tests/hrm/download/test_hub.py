"""Names of models, the model API, and the folder of the hub's own client."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fetching import new_client
from hub_server import COMMIT, Fault, Hub, running_hub
from hypothesis import given
from hypothesis import strategies as st

from hrm.download.http import RetryPolicy
from hrm.download.hub import cached_file, cached_snapshot, hub_cache, read_snapshot
from hrm.download.references import (
    DEFAULT_ENDPOINT,
    Reference,
    is_offline,
    is_safe_path,
    parse_reference,
)
from hrm.errors import NetworkError

SMALL, LARGE = b"arch: {}\n", bytes(5000)
MODEL = Reference("org/model")


@pytest.fixture(scope="module")
def client() -> Iterator[httpx.Client]:
    with new_client() as client:
        yield client


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with running_hub(monkeypatch) as hub:
        hub.files["org/model"] = {"checkpoint": LARGE, "all_config.yaml": SMALL}
        yield hub


@pytest.fixture
def patience() -> RetryPolicy:
    return RetryPolicy(read=1.0, sleep=lambda seconds: None)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("org/model", MODEL),
        ("org/model@v1.0", Reference("org/model", "v1.0")),
        ("org/model@refs/pr/3", Reference("org/model", "refs/pr/3")),
        ("org/model:sub/checkpoint", Reference("org/model", "main", "sub/checkpoint")),
        (f"org/m.x_y-z@{COMMIT}:a.b", Reference("org/m.x_y-z", COMMIT, "a.b")),
        ("https://huggingface.co/org/model", MODEL),
        ("https://huggingface.co/org/model/", MODEL),
        ("https://huggingface.co/org/model/tree/v1", Reference("org/model", "v1")),
        (
            "https://huggingface.co/org/model/resolve/main/sub/check%20point?download=true",
            Reference("org/model", "main", "sub/check point"),
        ),
    ],
)
def test_references(monkeypatch: pytest.MonkeyPatch, text: str, reference: Reference) -> None:
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    assert parse_reference(text) == reference


@pytest.mark.parametrize("page", ["https://huggingface.co", "https://hf.co", "http://127.0.0.1:9"])
def test_a_page_of_the_hub_goes_to_the_endpoint(monkeypatch: pytest.MonkeyPatch, page: str) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert parse_reference(f"{page}/org/model") == MODEL


@pytest.mark.parametrize(
    "text",
    [
        *("", "model", "/model", "org/", "a/b/c", "../x", "org/..", "org/a..b", "org/mo del"),
        *("org/model@", "org/model@../../x", "org/model@-x", "org/model:", "org/model:../x"),
        *("org/model:/etc/passwd", "org/model:a\\..\\b", "org/model\n", "org/model:a\x1b[2J"),
        "https://elsewhere.example/a/b",
        "https://huggingface.co/org/model/discussions/1",
        "https://huggingface.co/../etc/x",
        "https://huggingface.co/org/model/resolve/main/%2e%2e/x",
    ],
)
def test_what_is_no_reference(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.delenv("HF_ENDPOINT", raising=False)
    assert parse_reference(text) is None


@given(
    st.sampled_from(["", f"{DEFAULT_ENDPOINT}/"]),
    st.text(st.sampled_from("ab/@:.-_ \\\n[?#%"), max_size=20),
)
def test_a_reference_is_what_it_prints_as(start: str, text: str) -> None:
    reference = parse_reference(start + text)
    if reference is not None:
        assert parse_reference(str(reference)) == reference
        assert reference.repository.count("/") == 1
        assert not reference.file or is_safe_path(reference.file)


@pytest.mark.parametrize(
    "name",
    ["", "a//b", "../a", "a/..", "/a", "a/. /b", "C:a", "a\\b", "a\0", "a\x9b"],
)
def test_names_that_leave_their_folder(name: str) -> None:
    assert not is_safe_path(name)


def test_a_snapshot_has_commit_sizes_and_hashes(
    hub: Hub, client: httpx.Client, patience: RetryPolicy
) -> None:
    snapshot = read_snapshot(client, MODEL, patience)
    assert snapshot.commit == COMMIT
    large, small = snapshot.files["checkpoint"], snapshot.files["all_config.yaml"]
    assert large.url == f"{hub.url}/org/model/resolve/{COMMIT}/checkpoint"
    assert (large.size, small.size) == (len(LARGE), len(SMALL))
    assert large.sha256 == hashlib.sha256(LARGE).hexdigest()
    assert large.git_sha1 == small.sha256 == ""
    assert small.git_sha1 == hashlib.sha1(b"blob %d\0" % len(SMALL) + SMALL).hexdigest()


@pytest.mark.parametrize("status", [429, 500, 503])
def test_a_busy_hub_is_asked_again(
    hub: Hub, client: httpx.Client, patience: RetryPolicy, status: int
) -> None:
    hub.faults["api"] = [Fault(status=status), Fault(cut=10)]
    assert read_snapshot(client, MODEL, patience).commit == COMMIT
    hub.always["api"] = Fault(status=status)
    with pytest.raises(NetworkError, match=f"\\({status}\\)"):
        read_snapshot(client, MODEL, patience)


def test_a_model_that_is_not_there(hub: Hub, client: httpx.Client, patience: RetryPolicy) -> None:
    with pytest.raises(NetworkError, match=r"has no org/other@v2 \(404\)") as caught:
        read_snapshot(client, Reference("org/other", "v2"), patience)
    assert "spelling" in caught.value.hint


@pytest.mark.parametrize("address", ["hub.example", "file:///hub", "http://h:port"])
def test_an_endpoint_that_is_none(
    client: httpx.Client, patience: RetryPolicy, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", address)
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with pytest.raises(NetworkError, match=r"address|is not a URL") as caught:
        read_snapshot(client, MODEL, patience)
    assert caught.value.hint


def bad_listings() -> dict[str, Any]:
    entry = {"rfilename": "a", "size": 1}
    good = {"sha": COMMIT, "siblings": [entry]}
    return {
        "a list": [],
        "nothing": {},
        "a short commit": {**good, "sha": "123"},
        "a commit that leads elsewhere": {**good, "sha": "../" * 14},
        "no commit": {**good, "sha": None},
        "no files": {"sha": COMMIT},
        "a file without a name": {**good, "siblings": [{"size": 1}]},
        "a file that is a number": {**good, "siblings": [1]},
        "a name that is a number": {**good, "siblings": [{"rfilename": 1}]},
        "a size below 0": {**good, "siblings": [{**entry, "size": -1}]},
        "a size in words": {**good, "siblings": [{**entry, "size": "1"}]},
        "a hash that is none": {**good, "siblings": [{**entry, "lfs": {"sha256": "../x"}}]},
        "a hash that is a number": {**good, "siblings": [{**entry, "lfs": {"sha256": 1}}]},
        "a list for lfs": {**good, "siblings": [{**entry, "lfs": [1]}]},
        "a strange blob": {**good, "siblings": [{**entry, "blobId": "/"}]},
    }


@pytest.mark.parametrize("said", bad_listings().values(), ids=bad_listings())
def test_a_hub_that_talks_nonsense(
    hub: Hub, client: httpx.Client, patience: RetryPolicy, said: Any
) -> None:
    hub.always["api"] = Fault(body=json.dumps(said).encode())
    with pytest.raises(NetworkError, match="makes no sense"):
        read_snapshot(client, MODEL, patience)


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[" * 100_000, b"9" * 5000])
def test_a_server_that_is_no_hub(
    hub: Hub, client: httpx.Client, patience: RetryPolicy, body: bytes
) -> None:
    hub.always["api"] = Fault(body=body)
    with pytest.raises(NetworkError, match="does not answer like a hub"):
        read_snapshot(client, MODEL, patience)


def test_a_list_without_end(hub: Hub, client: httpx.Client, patience: RetryPolicy) -> None:
    hub.always["api"] = Fault(body=bytes(17 << 20))
    with pytest.raises(NetworkError, match="without end"):
        read_snapshot(client, MODEL, patience)


@pytest.mark.parametrize(
    ("value", "offline"), [("1", True), ("TRUE", True), ("on", True), ("0", False), ("", False)]
)
def test_offline(monkeypatch: pytest.MonkeyPatch, value: str, offline: bool) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", value)
    assert is_offline() == offline


def test_the_folder_of_the_hubs_own_client(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    assert hub_cache() == Path("~/.cache/huggingface/hub").expanduser()
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    assert hub_cache() == Path("/x/huggingface/hub")
    monkeypatch.setenv("HF_HOME", "/home")
    assert hub_cache() == Path("/home/hub")
    monkeypatch.setenv("HF_HUB_CACHE", "/cache")
    assert hub_cache() == Path("/cache")


@pytest.fixture
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The hub's own client has fetched `org/model`; a plain copy, as on Windows, is among it."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    folder = tmp_path / "models--org--model"
    snapshot = folder / "snapshots" / COMMIT
    for path in (folder / "refs", folder / "blobs", snapshot / "sub"):
        path.mkdir(parents=True)
    (folder / "refs" / "main").write_text(COMMIT)
    blob = folder / "blobs" / hashlib.sha256(LARGE).hexdigest()
    blob.write_bytes(LARGE)
    (snapshot / "sub" / "checkpoint").symlink_to(Path("../../../blobs") / blob.name)
    (snapshot / "all_config.yaml").write_bytes(SMALL)
    return folder


@pytest.mark.parametrize("revision", ["main", COMMIT])
def test_what_is_there_is_known_without_a_network(cache: Path, revision: str) -> None:
    snapshot = cached_snapshot(Reference("org/model", revision))
    assert snapshot is not None
    assert snapshot.commit == COMMIT
    large, small = snapshot.files["sub/checkpoint"], snapshot.files["all_config.yaml"]
    assert large.sha256 == hashlib.sha256(LARGE).hexdigest()
    assert (small.sha256, small.git_sha1, small.size) == ("", "", len(SMALL))
    path = cached_file(snapshot, "sub/checkpoint")
    assert path is not None
    assert path.read_bytes() == LARGE
    assert cached_file(snapshot, "nothing") is None


@pytest.mark.parametrize("revision", ["other", "0" * 40])
def test_what_is_not_there(cache: Path, revision: str) -> None:
    assert cached_snapshot(Reference("org/model", revision)) is None
    assert cached_snapshot(Reference("org/other")) is None


@pytest.mark.parametrize("commit", ["", "../../../..", "\xff", "z" * 40])
def test_a_ref_that_leads_nowhere(cache: Path, commit: str) -> None:
    (cache / "refs" / "main").write_text(commit, encoding="latin-1")
    assert cached_snapshot(MODEL) is None
