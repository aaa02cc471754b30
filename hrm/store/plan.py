"""Resolves what to pull: which files, from where, at which commit.

A published model is two files, `checkpoint` or `step_N` (or a name given by the user) and the
`all_config.yaml` beside it. A model of hrm is one `.safetensors` file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import httpx

from hrm.download.http import RetryPolicy, checked_url, is_loopback, shown
from hrm.download.hub import Snapshot, cached_file, cached_snapshot, read_snapshot
from hrm.download.partial import is_known, matches
from hrm.download.references import (
    MAIN,
    SHA256,
    Reference,
    RemoteFile,
    is_safe_path,
    parse_reference,
)
from hrm.errors import NetworkError, UserError
from hrm.model.files import CHECKPOINT, CONFIG, weights_name

OURS = ".safetensors"
_FORMATS = (
    f"hrm reads {OURS} files of its own, and the published layout: {CHECKPOINT!r} with {CONFIG!r}."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PullPlan:
    """The files of one pull. `main` holds the weights; `config` is None for a `.safetensors` file.
    For a URL, `snapshot` is None and `revision` is ""."""

    name: str
    source: str
    revision: str
    main: RemoteFile
    config: RemoteFile | None
    snapshot: Snapshot | None = None

    def in_hub_cache(self, file: RemoteFile, *, trusted: bool) -> Path | None:
        """The file in the hub client's cache, or None; without a known hash only if `trusted`."""
        path = cached_file(self.snapshot, file.name) if self.snapshot else None
        if path is None or not (is_known(file) or trusted):
            return None
        return path if matches(path, file) else None


def checked_hash(sha256: str) -> str:
    """`sha256` in lower case, or ""; raises `UserError` if it is not a SHA-256."""
    if sha256 and not SHA256.fullmatch(sha256.lower()):
        raise UserError(f"{sha256!r} is not a SHA-256", "Give 64 hexadecimal digits.")
    return sha256.lower()


def source_of(asked: str) -> tuple[Reference | None, str, str]:
    """The hub reference (None for a URL), the source for `source.json`, and the default name."""
    reference = parse_reference(asked)
    if reference is not None:
        name = reference.repository.split("/")[1]
        return reference, str(Reference(reference.repository, MAIN, reference.file)), name
    if not asked.startswith(("https://", "http://")):
        raise UserError(
            f"{asked!r} is neither a model on the hub nor an address",
            "Write org/name, org/name@revision, org/name:file, or https://…",
        )
    url = checked_url(asked)
    path = PurePosixPath(url.path)
    return None, shown(url), path.parent.name if weights_name([path.name]) else path.stem


def plan_from_hub(
    client: httpx.Client, reference: Reference, patience: RetryPolicy, sha256: str
) -> PullPlan:
    """Ask the hub. Raises `NetworkError`, also if the hub lists another hash than `sha256`."""
    return _plan(reference, read_snapshot(client, reference, patience), sha256)


def plan_from_cache(reference: Reference, sha256: str) -> PullPlan:
    """Use the hub client's cache on this computer. Raises `NetworkError`."""
    snapshot = cached_snapshot(reference)
    if snapshot is None:
        raise offline_error(str(reference))
    return _plan(reference, snapshot, sha256)


def offline_error(what: str) -> NetworkError:
    return NetworkError(
        f"{what} is not on this computer, and nothing may be fetched offline",
        "Leave out --offline and unset HF_HUB_OFFLINE to fetch it.",
    )


def _plan(reference: Reference, snapshot: Snapshot, sha256: str) -> PullPlan:
    main, config = _choose(reference, snapshot.files)
    if sha256 and main.sha256 not in ("", sha256):
        raise NetworkError(
            f"the hub lists {main.name} of {reference} with SHA-256 {main.sha256}, not the one"
            " that was given",
            "It may have changed; name the revision that you mean: org/name@commit.",
        )
    _, source, name = source_of(str(reference))
    return PullPlan(
        name=name,
        source=source,
        revision=snapshot.commit,
        main=replace(main, sha256=main.sha256 or sha256),
        config=config,
        snapshot=snapshot,
    )


def _choose(
    reference: Reference, files: Mapping[str, RemoteFile]
) -> tuple[RemoteFile, RemoteFile | None]:
    ours = [name for name in files if name.endswith(OURS)]
    if reference.file:
        main = reference.file
    elif found := weights_name(files):
        main = found
    elif len(ours) == 1 or f"model{OURS}" in files:
        main = ours[0] if len(ours) == 1 else f"model{OURS}"
    else:
        inside = _in_folders(files)
        raise NetworkError(
            f"{reference} has no model that hrm can read" + (" at its top" if inside else ""),
            f"Say which you mean: {reference}:{inside[0]}" if inside else _FORMATS,
        )
    config = "" if main.endswith(OURS) else str(PurePosixPath(main).with_name(CONFIG))
    for needed in filter(None, (main, config)):
        if needed not in files or not is_safe_path(needed):
            raise NetworkError(f"{reference} has no file {needed!r}", _FORMATS)
    return files[main], files[config] if config else None


def _in_folders(files: Mapping[str, RemoteFile]) -> list[str]:
    """The published models in subfolders of a repository."""
    folders: dict[PurePosixPath, list[str]] = defaultdict(list)
    for path in map(PurePosixPath, files):
        folders[path.parent].append(path.name)
    return [
        str(folder / name)
        for folder, names in sorted(folders.items())
        if CONFIG in names and (name := weights_name(names)) is not None
    ]


def plan_from_address(address: str, sha256: str) -> PullPlan:
    """Use a URL, for which no file list or hash is published. Raises `NetworkError`."""
    url = checked_url(address)
    if url.scheme == "http" and not sha256 and not is_loopback(url):
        raise NetworkError(
            f"{shown(url)} is not encrypted, so anybody on the way could change the file",
            "Give an https:// address, or the file's hash with --sha256.",
        )
    _, source, name = source_of(address)
    main = RemoteFile(name=PurePosixPath(url.path).name or url.host, url=str(url), sha256=sha256)
    config = None
    if not url.path.endswith(OURS):
        config = RemoteFile(name=CONFIG, url=str(url.join(CONFIG)))
    return PullPlan(name=name, source=source, revision="", main=main, config=config)
