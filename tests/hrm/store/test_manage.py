"""What is installed: under a safe name, checked at will, and gone without a trace."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from hub_server import Hub
from pulling import CHECKPOINT, CONFIG, GOLDEN, HALF, SHA256, Pull, cancelled, remains

from hrm.download.http import RetryPolicy
from hrm.errors import ModelError, UserError
from hrm.files import cache_dir
from hrm.model.checkpoint import read_checkpoint
from hrm.store import installed as store_installed
from hrm.store import manage
from hrm.store import pull as store_pull
from hrm.store.installed import lock_of
from hrm.store.registry import display_name

pytest_plugins = ["store_fixtures"]


@pytest.mark.parametrize(
    "name", ["..", ".x", "a/b", "a\\b", "a:b", "a b", "x.", "CON", "nul.txt", "é", "x\n", "a" * 97]
)
def test_names_that_could_lead_elsewhere_are_refused(pull: Pull, name: str) -> None:
    with pytest.raises(UserError, match="cannot be the name of a model"):
        pull("org/model", name=name)
    with pytest.raises(UserError, match="cannot be the name of a model"):
        manage.add(GOLDEN, name)


def test_an_address_without_a_name_asks_for_one(pull: Pull) -> None:
    with pytest.raises(UserError, match="an empty name cannot be") as caught:
        pull("https://example.com/checkpoint")
    assert "--name" in caught.value.hint


def test_a_name_belongs_to_one_source(hub: Hub, pull: Pull, tmp_path: Path) -> None:
    hub.files["other/ours"] = hub.files["org/ours"]
    first = pull("org/ours")
    with pytest.raises(UserError, match="taken by the model from org/ours") as caught:
        pull("other/ours")
    assert "hrm models rm ours" in caught.value.hint
    with pytest.raises(UserError, match="taken by the model from org/ours"):
        manage.add(GOLDEN, "ours")
    assert pull("other/ours", name="theirs").source == "other/ours"
    assert store_installed.find("ours") == first


def test_a_published_folder_is_imported(hub: Hub, tmp_path: Path) -> None:
    model = manage.add(GOLDEN, "mine")
    assert (model.source, model.sha256) == (str(GOLDEN / "checkpoint"), SHA256)
    again = manage.add(GOLDEN / "checkpoint", "mine")
    assert (again.source, again.sha256) == (model.source, model.sha256)
    assert store_installed.installed() == [again]
    assert remains() == set()
    assert (GOLDEN / "checkpoint").read_bytes() == CHECKPOINT


def test_a_snapshot_of_links_as_the_hub_keeps_it_is_imported(hub: Hub, tmp_path: Path) -> None:
    snapshot = tmp_path / "snapshots" / "abc"
    for folder in (snapshot, tmp_path / "blobs"):
        folder.mkdir(parents=True)
    for name, content in (("checkpoint", CHECKPOINT), ("all_config.yaml", CONFIG)):
        (tmp_path / "blobs" / name).write_bytes(content)
        (snapshot / name).symlink_to(Path("..", "..", "blobs", name))
    manage.add(snapshot, "mine")
    assert store_installed.verify("mine").ok


def test_a_folder_with_a_step_for_a_name_is_imported_and_opened(hub: Hub, tmp_path: Path) -> None:
    for name, content in (("step_50", CHECKPOINT), ("step_9", b""), ("all_config.yaml", CONFIG)):
        (tmp_path / name).write_bytes(content)
    assert manage.add(tmp_path, "mine").source == str(tmp_path / "step_50")
    assert display_name(tmp_path / "step_50") == tmp_path.name
    config, _, weights = read_checkpoint(tmp_path)
    assert (config, set(weights)) == (read_checkpoint(GOLDEN)[0], set(read_checkpoint(GOLDEN)[2]))


def test_a_file_of_ours_is_imported_as_a_copy(hub: Hub, tmp_path: Path, own: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(own)
    model = manage.add(path, "mine")
    path.write_bytes(b"changed later")
    assert model.path.read_bytes() == own
    assert store_installed.verify("mine").ok
    with pytest.raises(ModelError, match="not a safetensors file"):
        manage.add(tmp_path, "other")
    with pytest.raises(ModelError, match="there is no model that hrm can read"):
        manage.add(tmp_path / "modle.safetensors", "other")
    assert remains() == set()


def test_what_is_no_model_is_not_imported(hub: Hub, tmp_path: Path) -> None:
    for path in (tmp_path / "nothing", tmp_path):
        with pytest.raises(ModelError, match="no model that hrm can read") as caught:
            manage.add(path, "mine")
        assert "all_config.yaml" in caught.value.hint
    assert store_installed.installed() == []


def test_verify_compares_with_the_provenance(pull: Pull) -> None:
    model = pull("org/ours")
    assert store_installed.verify("ours") == store_installed.Verified(
        True, model.file_sha256, model.file_sha256
    )
    model.path.write_bytes(b"rotten")
    rotten = hashlib.sha256(b"rotten").hexdigest()
    assert store_installed.verify("ours") == store_installed.Verified(
        False, model.file_sha256, rotten
    )
    with pytest.raises(ModelError, match="no model 'x' is installed"):
        store_installed.verify("x")


def test_remove(pull: Pull) -> None:
    model = pull("org/ours")
    assert store_installed.remove("org/ours") > model.bytes
    assert store_installed.installed() == []
    assert remains() == set()
    with pytest.raises(ModelError, match="no model 'ours' is installed"):
        store_installed.remove("ours")


def test_what_is_being_installed_is_not_removed(pull: Pull) -> None:
    pull("org/ours")
    lock = lock_of("ours")
    assert lock.acquire()
    with pytest.raises(UserError, match="another process is using the model ours"):
        store_installed.remove("ours")
    assert store_installed.find("ours") is not None
    lock.release()
    store_installed.remove("ours")


def test_prune_removes_what_is_of_no_use(
    hub: Hub, client: httpx.Client, patience: RetryPolicy, pull: Pull
) -> None:
    model = pull("org/ours")
    cancelled(hub, client, patience)
    strange = cache_dir() / "models" / "strange"
    strange.mkdir()
    (strange / "model.safetensors").write_bytes(bytes(100))
    assert manage.prune() >= HALF + len(CONFIG)
    assert remains() == set()
    assert store_installed.installed() == [model]
    assert strange.exists()  # whoever put it there may want it
    assert manage.prune() == 0


def test_provenance_of_a_later_version_is_read(pull: Pull) -> None:
    model = pull("org/ours")
    provenance = model.path.with_name("source.json")
    provenance.write_text(json.dumps({**json.loads(provenance.read_text()), "licence": "MIT"}))
    assert store_installed.installed() == [model]


def test_prune_spares_what_is_in_use(hub: Hub, client: httpx.Client, patience: RetryPolicy) -> None:
    events = store_pull.pull("org/model", client=client, patience=patience)
    next(event for event in events if getattr(event, "file", "") == "checkpoint")
    assert manage.prune() == 0
    assert isinstance(list(events)[-1], store_pull.Ready)


def test_without_a_folder_there_is_nothing(hub: Hub) -> None:
    assert store_installed.installed() == []
    assert store_installed.find("x") is None
    assert manage.prune() == 0
    assert not cache_dir().exists()


@pytest.mark.parametrize(
    "provenance", ["", "[]", "{}", "[" * 100_000, '{"source": 3}', "\0", '{"name": "x"}']
)
def test_a_model_with_damaged_provenance_is_none(pull: Pull, provenance: str) -> None:
    model = pull("org/ours")
    (model.path.parent / "source.json").write_text(provenance)
    assert store_installed.installed() == []
    assert pull("org/ours") == model


def test_provenance_with_numbers_for_names_is_damaged(pull: Pull) -> None:
    path = pull("org/ours").path.parent / "source.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "revision": 3}))
    assert store_installed.installed() == []


def test_looking_at_the_store_loads_no_torch() -> None:
    code = (
        "import sys, hrm.store.manage; from hrm.store.installed import installed; installed(); "
        "assert not {'torch', 'numpy'} & {*sys.modules}"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
