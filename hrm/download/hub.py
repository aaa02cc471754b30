"""The protocol of the Hugging Face hub: references to models, lists of files, and the cache.

The model API (`/api/models/{name}/revision/{revision}?blobs=true`) returns the commit, and the size
and hash of every file; `/{name}/resolve/{commit}/{file}` returns a file. The hub's own client
caches files as `models--{org}--{name}/snapshots/{commit}/{file}`, which are links to
`blobs/{hash}`; cached files are not downloaded again.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeAlias
from urllib.parse import quote

import httpx
from msgspec import Meta

from hrm.download.http import Reply, RetryPolicy, TransientError, refuse_status, request
from hrm.download.references import SHA256, Reference, RemoteFile, endpoint
from hrm.errors import NetworkError
from hrm.records import RecordError, converted

_COMMIT = re.compile(r"[0-9a-f]{40}")
_MOST_JSON = 16 << 20
_STRANGE = "Check HF_ENDPOINT, or try again later."


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All files of a model at one commit."""

    repository: str
    commit: str
    files: dict[str, RemoteFile]


def read_snapshot(client: httpx.Client, reference: Reference, patience: RetryPolicy) -> Snapshot:
    """Ask the hub for the files of a model. Raises `NetworkError` after the tries of `patience`."""
    revision = quote(reference.revision, safe="")
    url = f"{endpoint()}/api/models/{reference.repository}/revision/{revision}?blobs=true"
    failures = 0
    while True:
        try:
            with request(client, url, patience) as reply:
                refuse_status(reply, str(Reference(reference.repository, reference.revision)), url)
                return _snapshot(reference.repository, _json(reply, url))
        except TransientError as error:
            failures += 1
            patience.sleep(patience.pause(failures, error))


def _json(reply: Reply, url: str) -> Any:
    host = httpx.URL(url).host
    content = bytearray()
    for chunk in reply.body:
        content += chunk
        if len(content) > _MOST_JSON:
            raise NetworkError(f"{host} sends a list of files without end", _STRANGE)
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        raise NetworkError(f"{host} does not answer like a hub of models", _STRANGE) from None


_Size: TypeAlias = Annotated[int, Meta(ge=0)] | None
_Sha1: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9a-f]{40}\Z")]
_Sha256: TypeAlias = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]


@dataclass(frozen=True, slots=True)
class _LargeFile:
    sha256: _Sha256 | None = None
    size: _Size = None


@dataclass(frozen=True, slots=True)
class _Sibling:
    """A file in the hub's answer; `lfs` is set for large files."""

    rfilename: str
    size: _Size = None
    blobId: _Sha1 | None = None  # noqa: N815 - the hub's name
    lfs: _LargeFile | None = None


@dataclass(frozen=True, slots=True)
class _ModelInfo:
    """The part of the hub's answer that is used here."""

    sha: _Sha1
    siblings: list[_Sibling]


def _snapshot(repository: str, answer: object) -> Snapshot:
    try:
        info: _ModelInfo = converted(answer, _ModelInfo)
    except RecordError as error:
        raise NetworkError(
            f"the hub's list of the files of {repository} makes no sense: {error}", _STRANGE
        ) from error
    files = (_remote_file(repository, info.sha, sibling) for sibling in info.siblings)
    return Snapshot(repository, info.sha, {file.name: file for file in files})


def _remote_file(repository: str, commit: str, sibling: _Sibling) -> RemoteFile:
    large = sibling.lfs or _LargeFile()
    return RemoteFile(
        name=sibling.rfilename,
        url=f"{endpoint()}/{repository}/resolve/{commit}/{quote(sibling.rfilename)}",
        size=sibling.size if large.size is None else large.size,
        sha256=large.sha256 or "",
        git_sha1="" if large.sha256 else sibling.blobId or "",
    )


def hub_cache() -> Path:
    """The cache folder of the hub's own client, as HF_HUB_CACHE or HF_HOME set it."""
    if folder := os.environ.get("HF_HUB_CACHE", "").strip():
        return Path(os.path.expanduser(folder))
    if home := os.environ.get("HF_HOME", "").strip():
        return Path(os.path.expanduser(home)) / "hub"
    base = os.environ.get("XDG_CACHE_HOME", "").strip() or "~/.cache"
    return Path(os.path.expanduser(base)) / "huggingface" / "hub"


def cached_snapshot(reference: Reference) -> Snapshot | None:
    """The files of a model in the cache of the hub's own client, for offline use.

    The target of a link is named by the content's hash; a plain copy has no known hash.
    """
    folder = _cache_folder(reference.repository)
    commit = reference.revision
    if not _COMMIT.fullmatch(commit):
        try:
            commit = (folder / "refs" / commit).read_text(encoding="ascii").strip()
        except (OSError, ValueError):
            return None
    place = folder / "snapshots" / commit
    if not _COMMIT.fullmatch(commit) or not place.is_dir():
        return None
    paths = (path for path in sorted(place.rglob("*")) if path.is_file())
    files = [_cached_file(path, path.relative_to(place).as_posix()) for path in paths]
    return Snapshot(reference.repository, commit, {file.name: file for file in files})


def cached_file(snapshot: Snapshot, name: str) -> Path | None:
    """The path of a file in the cache of the hub's own client; its content is not checked."""
    path = _cache_folder(snapshot.repository) / "snapshots" / snapshot.commit / name
    return path.resolve() if path.is_file() else None


def _cache_folder(repository: str) -> Path:
    return hub_cache() / f"models--{repository.replace('/', '--')}"


def _cached_file(path: Path, name: str) -> RemoteFile:
    blob = path.resolve().name if path.is_symlink() else ""
    return RemoteFile(
        name=name,
        url="",
        size=path.stat().st_size,
        sha256=blob if SHA256.fullmatch(blob) else "",
        git_sha1=blob if _COMMIT.fullmatch(blob) else "",
    )
