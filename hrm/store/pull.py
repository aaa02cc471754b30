"""Pulls a model: downloads the published files, converts them, and installs the result.

The published files are downloaded to a staging folder and converted there; a rename installs the
result, and the published files are deleted. Everything happens under a lock for the name. After a
kill at any point, the next pull resumes. torch is loaded only for the conversion.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import httpx

from hrm.bundled import BUNDLED
from hrm.download.fetch import REPORT_EVERY, Downloading, fetch
from hrm.download.http import RetryPolicy, open_client
from hrm.download.partial import Partial, disk_error
from hrm.download.references import MAIN, RemoteFile, is_offline
from hrm.errors import ModelError, NetworkError, UserError
from hrm.files import cache_dir, sha256_of
from hrm.model.files import CHECKPOINT, CONFIG
from hrm.store.installed import (
    MODEL,
    Installed,
    Origin,
    adopt,
    checked_name,
    clear_staging,
    find,
    install,
    lock_of,
    staging_of,
)
from hrm.store.plan import (
    PullPlan,
    checked_hash,
    offline_error,
    plan_from_address,
    plan_from_cache,
    plan_from_hub,
    source_of,
)


@dataclass(frozen=True, slots=True)
class Converting:
    """The download is complete; the file is being checked and converted."""

    file: str


@dataclass(frozen=True, slots=True)
class Ready:
    """The last event of a pull."""

    installed: Installed


PullEvent: TypeAlias = Downloading | Converting | Ready


def free_name(name: str) -> str:
    """`name`, if a model may be installed under it; raises `UserError`."""
    if name in BUNDLED.values():
        raise UserError(f"{name} is the name of a bundled model", "Choose another with --name.")
    return checked_name(name)


def pull(
    reference_or_url: str,
    *,
    sha256: str = "",
    with_embeddings: bool = False,
    offline: bool = False,
    client: httpx.Client | None = None,
    name: str = "",
    patience: RetryPolicy | None = None,
) -> Generator[PullEvent, None, None]:
    """Install `org/name[@revision][:file]` or the model at a URL, yielding progress.

    `sha256` is the expected hash of the weights. An installed, undamaged model of the same commit
    is not downloaded again; for a URL, which has no commit, any undamaged one is kept.
    `with_embeddings` keeps a large table of puzzle embeddings. Closing the iterator cancels, and
    the next pull resumes. Raises `NetworkError`, `UserError`, and `ModelError` for a file that is
    not a model.
    """
    with ExitStack() as stack:
        pulling = _Pull(
            asked=reference_or_url,
            name=free_name(name or source_of(reference_or_url)[2]),
            sha256=checked_hash(sha256),
            with_embeddings=with_embeddings,
            client=_client(stack, client, offline or is_offline()),
            patience=patience or RetryPolicy(),
        )
        try:
            yield from pulling.run()
        except OSError as error:
            raise disk_error(error, cache_dir(), NetworkError) from error


def _client(stack: ExitStack, client: httpx.Client | None, offline: bool) -> httpx.Client | None:
    return None if offline else client or stack.enter_context(open_client())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pull:
    asked: str
    name: str
    sha256: str
    with_embeddings: bool
    client: httpx.Client | None
    """None: offline."""
    patience: RetryPolicy

    @property
    def _partials(self) -> Path:
        return cache_dir() / "partial"

    def run(self) -> Iterator[PullEvent]:
        self._refuse_other_source()
        if self.client is None and (there := self._installed()):
            yield Ready(there)
            return
        plan = self._plan()
        self._partials.mkdir(parents=True, exist_ok=True)
        lock = lock_of(self.name)
        try:
            while not lock.acquire():
                yield self._progress_of_another(plan)
                self.patience.sleep(REPORT_EVERY)
            self._refuse_other_source()
            ready = self._installed(plan)
            if ready is None:
                ready = yield from self._get(plan)
            else:
                # left by a pull that was killed just after the rename
                clear_staging(self.name)
            yield Ready(ready)
        finally:
            lock.release()

    def _refuse_other_source(self) -> None:
        there, (_, source, _) = find(self.name), source_of(self.asked)
        if there is not None and there.source != source:
            raise UserError(
                f"the name {self.name} is taken by the model from {there.source}",
                f"Pull under another name, or `hrm models rm {self.name}` first.",
            )

    def _installed(self, plan: PullPlan | None = None) -> Installed | None:
        """The installed model, if it is undamaged and the one asked for; `plan` has the commit."""
        there, (reference, _, _) = find(self.name), source_of(self.asked)
        if there is None or (self.with_embeddings and not there.embeddings):
            return None
        if self.sha256 not in ("", there.sha256):
            return None
        asked = reference.revision if reference else MAIN
        if plan.revision != there.revision if plan else asked not in (MAIN, there.revision):
            return None
        return there if sha256_of(there.path) == there.file_sha256 else None

    def _plan(self) -> PullPlan:
        reference, _, _ = source_of(self.asked)
        if reference is None:
            if self.client is None:
                raise offline_error(self.asked)
            return plan_from_address(self.asked, self.sha256)
        if self.client is None:
            return plan_from_cache(reference, self.sha256)
        return plan_from_hub(self.client, reference, self.patience, self.sha256)

    def _progress_of_another(self, plan: PullPlan) -> Downloading:
        main = plan.main
        done = Partial(self._partials, main).size
        return Downloading(file=main.name, done=done, total=main.size, rate=0.0, resumed_from=done)

    def _get(self, plan: PullPlan) -> Generator[PullEvent, None, Installed]:
        staging_of(self.name).mkdir(parents=True, exist_ok=True)
        if plan.config:
            yield from self._bring(plan, plan.config, CONFIG)
        sha256 = yield from self._bring(plan, plan.main, CHECKPOINT if plan.config else MODEL)
        yield Converting(plan.main.name)
        from hrm.store.convert import build

        origin = Origin(name=self.name, source=plan.source, revision=plan.revision, sha256=sha256)
        try:
            return install(build(origin, plan.config is not None, self.with_embeddings))
        except ModelError:
            clear_staging(self.name)  # a retry would fail again
            raise

    def _bring(
        self, plan: PullPlan, file: RemoteFile, name: str
    ) -> Generator[Downloading, None, str]:
        """Get one file from the hub's cache or the network; returns its SHA-256."""
        target = staging_of(self.name) / name
        kept = plan.in_hub_cache(file, trusted=self.client is None)
        if kept is not None:
            adopt(kept, target)
            return sha256_of(target)
        if self.client is None:
            raise offline_error(f"{file.name} of {self.asked}")
        return (yield from fetch(self.client, file, target, self._partials, self.patience))
