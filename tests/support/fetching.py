"""A download from the hub on loopback that never waits, with a check of its outcome."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import pytest
from hub_server import Hub

from hrm.download.fetch import Downloading, fetch
from hrm.download.http import RetryPolicy
from hrm.download.references import RemoteFile
from hrm.errors import EXIT_NETWORK, NetworkError

BODY = random.Random(7).randbytes(200_000)
OTHER = random.Random(8).randbytes(200_000)
SHA256 = hashlib.sha256(BODY).hexdigest()
NAME = "weights.bin"


def new_client() -> httpx.Client:
    """Without the certificates of the system, which take long to read and are not needed here."""
    return httpx.Client(trust_env=False, verify=False)


@dataclass
class Fetching:
    """Fetches `file` into `folder`; `slept` has the pauses that a person would have waited."""

    hub: Hub
    folder: Path
    client: httpx.Client
    file: RemoteFile
    slept: list[float] = field(default_factory=list)
    patience: RetryPolicy = field(init=False)

    def __post_init__(self) -> None:
        self.patience = RetryPolicy(connect=2.0, read=2.0, sleep=self.slept.append)
        self.partials.mkdir(exist_ok=True)

    @property
    def target(self) -> Path:
        return self.folder / NAME

    @property
    def partials(self) -> Path:
        return self.folder / "partial"

    def soon_tired(self) -> None:
        """Wait no longer for a server that says nothing than a test has time for."""
        self.patience = replace(self.patience, read=0.2)

    def leftovers(self) -> set[str]:
        return {path.suffix for path in self.partials.iterdir()}

    def but(self, **changes: object) -> None:
        """Know something else of the file."""
        self.file = replace(self.file, **changes)  # type: ignore[arg-type]

    def events(self) -> list[Downloading]:
        return list(fetch(self.client, self.file, self.target, self.partials, self.patience))

    def succeed(self) -> list[Downloading]:
        events = self.events()
        assert self.target.read_bytes() == BODY
        assert self.leftovers() == set()
        return events

    def fail(self) -> NetworkError:
        """The error, after which the final name is absent or its content right."""
        with pytest.raises(NetworkError) as caught:
            self.events()
        assert not self.target.exists() or self.target.read_bytes() == BODY
        assert ".lock" not in self.leftovers()
        assert caught.value.exit_code == EXIT_NETWORK
        assert caught.value.hint.endswith(".")
        return caught.value

    def cancel_at(self, done: int) -> Downloading:
        """Begin, and close the iterator at the first event with so many bytes."""
        tired = replace(self.patience, read=0.2)  # so that a server that stalls costs no more
        events = fetch(self.client, self.file, self.target, self.partials, tired)
        event = next(event for event in events if event.done >= done)
        events.close()
        assert not self.target.exists()
        assert ".lock" not in self.leftovers()
        return event
