"""The fixture of the download tests: one file at a hub that misbehaves on demand."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fetching import BODY, NAME, SHA256, Fetching, new_client
from hub_server import running_hub

from hrm.download.references import RemoteFile


@pytest.fixture(scope="module")
def plain_client() -> Iterator[httpx.Client]:
    with new_client() as client:
        yield client


@pytest.fixture
def fetching(
    plain_client: httpx.Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Fetching]:
    """Of a file whose hash and size are known."""
    with running_hub(monkeypatch) as hub:
        hub.files["org/model"][NAME] = BODY
        file = RemoteFile(name=NAME, url=hub.content(NAME), size=len(BODY), sha256=SHA256)
        yield Fetching(hub, tmp_path, plain_client, file)
