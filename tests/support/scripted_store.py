"""A store of models that plays a script, so that the models screen needs neither disk nor hub."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from hrm.download.fetch import Downloading
from hrm.errors import UserError
from hrm.store.catalog import CatalogEntry
from hrm.store.installed import Installed, Verified
from hrm.store.pull import PullEvent, Ready
from hrm.store.registry import ReportedAccuracy
from hrm_tui.models.store import Fact

BUNDLED = CatalogEntry(
    name="sudoku-mini",
    task="sudoku",
    where="bundled",
    default=True,
    parameters=214_530,
    bytes=861_360,
    accuracy=(ReportedAccuracy("minimal level", 87.2, 500, "measured here"),),
    path=Path("/box/sudoku-mini.safetensors"),
    sha256="a" * 64,
)
INSTALLED = replace(
    BUNDLED,
    name="fetched",
    where="installed",
    default=False,
    source="org/[b]fetched[/b]",
    revision="f" * 40,
    note="a \x1b[31mred\x1b[0m [b]note[/b]",
)
AVAILABLE = CatalogEntry(
    name="sapientinc/HRM-checkpoint-maze-30x30-hard",
    task="maze",
    where="available",
    default=False,
    parameters=27_000_000,
    bytes=109_000_000,
    accuracy=(ReportedAccuracy("Maze-Hard", 74.5, 1000, "paper"),),
    source="sapientinc/HRM-checkpoint-maze-30x30-hard",
)
READY = Installed(
    name="new",
    path=Path("/store/new"),
    bytes=5_000_000,
    source="org/new",
    revision="",
    sha256="b" * 64,
    file_sha256="b" * 64,
    task="maze",
)


def arrived(share: float) -> Downloading:
    return Downloading(
        file="checkpoint", done=int(share * 100e6), total=100_000_000, rate=2e6, resumed_from=0
    )


@dataclass
class ScriptedStore:
    """`events` are those of every pull; before each one `hold`, where given, is waited for."""

    there: list[CatalogEntry] = field(default_factory=lambda: [BUNDLED, INSTALLED, AVAILABLE])
    events: list[PullEvent] = field(default_factory=lambda: [arrived(0.5), Ready(READY)])
    hold: threading.Semaphore | None = None
    error: UserError | None = None
    is_offline: bool = False
    same: bool = True
    asked: list[tuple[str, str]] = field(default_factory=list)
    closed: threading.Event = field(default_factory=threading.Event)

    def offline(self) -> bool:
        return self.is_offline

    def entries(self) -> list[CatalogEntry]:
        return list(self.there)

    def facts(self, entry: CatalogEntry) -> list[Fact]:
        return [("licence", "[b]Apache[/b]-2.0"), ("command 1", "hrm train --task sudoku")]

    def pull(self, reference: str) -> Iterator[PullEvent]:
        self.asked.append(("pull", reference))
        try:
            for event in self.events:
                if self.hold is not None:
                    self.hold.acquire(timeout=10)
                yield event
            if self.error is not None:
                raise self.error
        except GeneratorExit:
            self.closed.set()
            raise

    def verify(self, entry: CatalogEntry) -> Verified:
        if self.error is not None:
            raise self.error
        self.asked.append(("verify", entry.name))
        return Verified(self.same, entry.sha256, entry.sha256 if self.same else "c" * 64)

    def remove(self, entry: CatalogEntry) -> int:
        self.asked.append(("remove", entry.name))
        self.there.remove(entry)
        return entry.bytes

    def set_default(self, entry: CatalogEntry) -> None:
        self.asked.append(("default", entry.name))
        self.there = [
            replace(one, default=one.name == entry.name) if one.task == entry.task else one
            for one in self.there
        ]

    def unset_default(self, task: str) -> None:
        self.asked.append(("undefault", task))
