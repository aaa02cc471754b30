"""A model comes in whole and verified, or not at all."""

from __future__ import annotations

import hashlib

import httpx
import pytest
import torch
from hub_server import COMMIT, Hub
from pulling import CHECKPOINT, CONFIG, GOLDEN, HALF, NEW_COMMIT, SHA256, Pull, remains

from hrm.download.fetch import Downloading
from hrm.errors import ModelError, NetworkError, UserError
from hrm.files import cache_dir
from hrm.model.checkpoint import load_model, read_metadata
from hrm.store import installed as store_installed
from hrm.store import pull as store_pull

pytest_plugins = ["store_fixtures"]


def test_a_published_model_becomes_a_file_of_ours(hub: Hub, pull: Pull) -> None:
    model = pull("org/model")
    assert (model.name, model.source, model.revision) == ("model", "org/model", COMMIT)
    assert (model.sha256, model.task, model.embeddings) == (SHA256, "sudoku", True)
    assert model.file_sha256 == hashlib.sha256(model.path.read_bytes()).hexdigest()
    assert model.bytes == model.path.stat().st_size
    expected, got = load_model(GOLDEN), load_model(model.path)
    assert expected.config == got.config
    for name, weight in expected.state_dict().items():
        assert torch.equal(weight, got.state_dict()[name])
    _, facts = read_metadata(model.path)
    assert facts["original_sha256"] == SHA256
    assert (facts["source"], facts["revision"], facts["domain"]) == ("org/model", COMMIT, "sudoku")


def test_the_steps_are_reported_in_order(hub: Hub, client: httpx.Client) -> None:
    events = list(store_pull.pull("org/model", client=client))
    assert [type(event) for event in events[-2:]] == [store_pull.Converting, store_pull.Ready]
    files = [event.file for event in events if isinstance(event, Downloading)]
    assert list(dict.fromkeys(files)) == ["all_config.yaml", "checkpoint"]


def test_a_file_of_ours_stays_as_it_is(hub: Hub, pull: Pull, own: bytes) -> None:
    model = pull("org/ours")
    assert model.path.read_bytes() == own
    assert model.sha256 == model.file_sha256 == hashlib.sha256(own).hexdigest()
    assert model.task == "sudoku"


def test_what_is_there_is_not_fetched_again(hub: Hub, pull: Pull) -> None:
    first = pull("org/model")
    assert pull("org/model") == pull(f"org/model@{COMMIT}") == first
    assert len(hub.requests("content")) == 1


def test_a_damaged_model_is_repaired(hub: Hub, pull: Pull) -> None:
    first = pull("org/ours")
    whole = first.path.read_bytes()
    first.path.write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    assert not store_installed.verify("ours").ok
    assert pull("org/ours") == first
    assert store_installed.verify("ours").ok


def test_a_new_commit_replaces_the_old(hub: Hub, pull: Pull, own: bytes) -> None:
    old = pull("org/ours")
    hub.commit = NEW_COMMIT
    new = pull("org/ours")
    assert (new.path, new.revision) == (old.path, NEW_COMMIT)
    assert [model.name for model in store_installed.installed()] == ["ours"]


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("ours", True),
        ("org/ours", True),
        (f"org/ours@{COMMIT}", True),
        (f"org/ours@{NEW_COMMIT}", False),
        ("org/ours:some.safetensors", False),
        ("other", False),
        ("../ours", False),
        ("", False),
    ],
)
def test_a_model_is_found_by_name_and_by_source(pull: Pull, name: str, found: bool) -> None:
    model = pull("org/ours")
    assert store_installed.find(name) == (model if found else None)


def test_a_single_file_may_be_named(hub: Hub, pull: Pull, own: bytes) -> None:
    hub.files["org/many"] = {
        "a.safetensors": own,
        "b.safetensors": own,
        "sub/step_1000": CHECKPOINT,
        "sub/all_config.yaml": CONFIG,
    }
    assert pull("org/many:b.safetensors", name="b").source == "org/many:b.safetensors"
    published = pull("org/many:sub/step_1000", name="c")
    assert published.sha256 == SHA256
    with pytest.raises(NetworkError, match="no model that hrm can read at its top") as caught:
        pull("org/many")
    assert caught.value.hint == "Say which you mean: org/many:sub/step_1000"
    with pytest.raises(NetworkError, match=r"no file 'c.safetensors'"):
        pull("org/many:c.safetensors")


def test_the_latest_step_is_taken_where_nothing_is_called_checkpoint(hub: Hub, pull: Pull) -> None:
    hub.files["org/steps"] = {
        "step_900": b"early",
        "step_1000": CHECKPOINT,
        "step_2000_note": b"other",
        "all_config.yaml": CONFIG,
    }
    model = pull("org/steps")
    assert (model.name, model.sha256) == ("steps", SHA256)


def test_a_checkpoint_without_its_configuration_is_not_fetched(hub: Hub, pull: Pull) -> None:
    del hub.files["org/model"]["all_config.yaml"]
    with pytest.raises(NetworkError, match=r"no file 'all_config.yaml'"):
        pull("org/model")
    assert hub.sent < len(CHECKPOINT)


def test_addresses(hub: Hub, pull: Pull, own: bytes) -> None:
    hub.files["org/model"]["tiny.safetensors"] = own
    ours = pull(f"{hub.content('tiny.safetensors')}?download=1")
    assert (ours.name, ours.revision) == ("tiny", "")
    assert ours.source == hub.content("tiny.safetensors")
    published = pull(hub.content("checkpoint"), sha256=SHA256.upper())
    assert (published.name, published.sha256) == ("model", SHA256)
    assert store_installed.find(hub.content("checkpoint")) == published


@pytest.mark.parametrize(
    "what", ["model", "", "ftp://a.example/x", "file:///etc/passwd", "/tmp/x", "org/../x"]
)
def test_what_cannot_be_pulled(pull: Pull, what: str) -> None:
    with pytest.raises(UserError, match="neither a model on the hub nor an address") as caught:
        pull(what)
    assert "org/name" in caught.value.hint


def test_an_address_in_the_clear_needs_a_hash(hub: Hub, pull: Pull) -> None:
    with pytest.raises(NetworkError, match="not encrypted"):
        pull("http://far.example/m.safetensors")


@pytest.mark.parametrize("sha256", ["0" * 63, "g" * 64, "../" * 20])
def test_a_hash_that_is_none(pull: Pull, sha256: str) -> None:
    with pytest.raises(UserError, match="not a SHA-256"):
        pull("org/model", sha256=sha256)


def test_a_given_hash_overrules_the_hub(hub: Hub, pull: Pull) -> None:
    with pytest.raises(NetworkError, match="not the one that was given"):
        pull("org/model", sha256="0" * 64)
    with pytest.raises(NetworkError, match="another hash than the one it should have"):
        pull(hub.content("checkpoint"), sha256="0" * 64)
    assert store_installed.installed() == []


def test_a_lying_hub_is_found_out(hub: Hub, pull: Pull) -> None:
    hub.listed["checkpoint"] = {"lfs": {"size": len(CHECKPOINT), "sha256": "0" * 64}}
    with pytest.raises(NetworkError, match="another hash"):
        pull("org/model")
    assert store_installed.installed() == []


@pytest.mark.parametrize("content", [b"\x80\x04junk" * 500, CHECKPOINT[:HALF], b"PK" * 999])
def test_what_is_no_model_leaves_nothing(hub: Hub, pull: Pull, content: bytes) -> None:
    hub.files["org/model"]["checkpoint"] = content
    with pytest.raises(ModelError, match="not a checkpoint that can be read safely"):
        pull("org/model")
    hub.files["org/ours"]["some.safetensors"] = content
    with pytest.raises(ModelError, match="not a safetensors file"):
        pull("org/ours")
    assert store_installed.installed() == []
    assert remains() == set()


def test_a_large_table_is_left_out_unless_asked_for(
    hub: Hub, pull: Pull, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = torch.load(GOLDEN / "checkpoint", weights_only=True)
    (key,) = (name for name in raw if name.endswith("puzzle_emb.weights"))
    raw[key] = torch.arange(3.0)[:, None].expand(3, raw[key].shape[1]).contiguous()
    path = cache_dir() / "large"
    path.parent.mkdir(parents=True)
    torch.save(raw, path)
    hub.files["org/model"]["checkpoint"] = path.read_bytes()
    path.unlink()
    monkeypatch.setattr("hrm.store.convert.LARGE_TABLE", raw[key].numel() - 1)
    small = pull("org/model")
    assert not small.embeddings
    model = load_model(small.path)
    assert model.config.puzzle_ids == 1
    assert torch.equal(model.puzzle_embedding, torch.ones(1, raw[key].shape[1]))
    assert read_metadata(small.path)[1]["puzzle_embedding"] == "mean of 3 rows"
    assert pull("org/model") == small
    whole = pull("org/model", with_embeddings=True)
    assert whole.embeddings
    assert torch.equal(load_model(whole.path).puzzle_embedding, raw[key])
    assert pull("org/model") == whole
