"""kill -9 at any line of a download or a pull: the next one finishes, and leaves nothing behind."""

from __future__ import annotations

import hashlib
import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hub_server import Hub, running_hub

from hrm.model.checkpoint import save_model
from hrm.model.official import read_official

BODY = random.Random(9).randbytes(1_000_000)
SHA256 = hashlib.sha256(BODY).hexdigest()
TESTS = Path(__file__).parents[2] / "support"
GOLDEN = TESTS / "golden" / "official-sudoku"


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with running_hub(monkeypatch) as hub:
        yield hub


def rounds(kind: str, what: str, folder: Path, count: int) -> list[dict[str, Any]]:
    place = {**os.environ, "PYTHONPATH": os.pathsep.join([str(TESTS), str(TESTS.parents[1])])}
    arguments = [kind, what, str(folder), str(len(BODY)), SHA256, "1", str(count)]
    ran = subprocess.run(
        [sys.executable, str(TESTS / "pull_and_die.py"), *arguments],
        env=place,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=500,
    )
    results: list[dict[str, Any]] = json.loads(ran.stdout)
    assert len(results) == count
    return results


@pytest.mark.parametrize("count", [5, pytest.param(50, marks=pytest.mark.slow)])
def test_a_download_survives_kill_9(hub: Hub, tmp_path: Path, count: int) -> None:
    hub.files["org/model"]["weights"] = BODY
    for result in rounds("fetch", hub.content("weights"), tmp_path, count):
        assert (Path(result["folder"]) / "file").read_bytes() == BODY
        assert result["left"] == ["file"]
        assert result["received"] < 1.2 * len(BODY)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["published", "ours"])
def test_a_pull_survives_kill_9(hub: Hub, tmp_path: Path, kind: str) -> None:
    hub.files["org/model"] = {path.name: path.read_bytes() for path in GOLDEN.iterdir()}
    if kind == "ours":
        config, weights = read_official(GOLDEN)
        save_model(tmp_path / "model.safetensors", config, weights, {"domain": "sudoku"})
        content = (tmp_path / "model.safetensors").read_bytes()
        hub.files["org/model"] = {"model.safetensors": content}
    size = sum(map(len, hub.files["org/model"].values()))
    for result in rounds("pull", "org/model", tmp_path, 25):
        names = ("model.safetensors", "source.json")
        assert result["left"] == [f"cache/models/model/{name}" for name in names]
        assert result["received"] < 1.2 * size
