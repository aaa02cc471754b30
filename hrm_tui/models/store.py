"""What the models screen asks of the registry and the store, so that its tests can stand in for
both. Everything here may block for a moment, `pull` for hours: call it from worker threads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from hrm.bundled import BUNDLED
from hrm.download.references import is_offline
from hrm.errors import ModelError
from hrm.store.catalog import CatalogEntry, entries, training_facts, verified, words_of
from hrm.store.installed import Verified, remove
from hrm.store.pull import PullEvent, pull
from hrm.store.registry import set_default, unset_default

Fact = tuple[str, str]
"""A name and its value, for a person."""


class ModelStore(Protocol):
    """Models on this computer and those that could be. All but `offline` raise `UserError`."""

    def offline(self) -> bool:
        """Whether the environment forbids to ask a server."""
        ...

    def entries(self) -> list[CatalogEntry]: ...

    def facts(self, entry: CatalogEntry) -> list[Fact]:
        """What only the model's file or its card contains: licence, training."""
        ...

    def pull(self, reference: str) -> Iterator[PullEvent]:
        """A generator; closing it cancels and keeps what has arrived."""
        ...

    def verify(self, entry: CatalogEntry) -> Verified:
        """Hash the file of a model that is here."""
        ...

    def remove(self, entry: CatalogEntry) -> int:
        """Remove an installed model; the bytes that were freed."""
        ...

    def set_default(self, entry: CatalogEntry) -> None:
        """Use it for its task where no other is asked for."""
        ...

    def unset_default(self, task: str) -> None:
        """Use the bundled model of a task again."""
        ...


class DiskStore:
    """The models of this computer and of the hub."""

    def offline(self) -> bool:
        return is_offline()

    def entries(self) -> list[CatalogEntry]:
        return entries()

    def facts(self, entry: CatalogEntry) -> list[Fact]:
        return [(key, words_of(value)) for key, value in training_facts(entry).items()]

    def pull(self, reference: str) -> Iterator[PullEvent]:
        return pull(reference)

    def verify(self, entry: CatalogEntry) -> Verified:
        if entry.path is None:
            raise ModelError(f"{entry.name} is not on this computer", "p pulls it.")
        if not entry.sha256:
            raise ModelError(f"no hash of {entry.name} is known", "Keep it under a name: F5, i.")
        return verified(entry)

    def remove(self, entry: CatalogEntry) -> int:
        return remove(entry.name)

    def set_default(self, entry: CatalogEntry) -> None:
        if entry.task not in BUNDLED:
            raise ModelError(f"{entry.name} does not say which puzzles it solves")
        name = (
            str(entry.path.parent.resolve()) if entry.where == "run" and entry.path else entry.name
        )
        set_default(entry.task, name)

    def unset_default(self, task: str) -> None:
        unset_default(task)
