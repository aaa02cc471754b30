"""The protocol of the Hugging Face hub: names of models, what is in them, and where it lies.

The model API (`/api/models/{name}/revision/{revision}?blobs=true`) gives the commit and the size
and hash of every file; `/{name}/resolve/{commit}/{file}` gives a file. The hub's own client keeps
files as `models--{org}--{name}/snapshots/{commit}/{file}`, links to `blobs/{hash}`; what is there
already need not be fetched.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

import httpx

from hrm.download.http import (
    DEFAULT_ENDPOINT,
    Reply,
    RetryPolicy,
    TransientError,
    endpoint,
    refuse_status,
    request,
)
from hrm.errors import NetworkError

MAIN = "main"
_PART = r"[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
_REFERENCE = re.compile(
    rf"({_PART}/{_PART})(?:@([A-Za-z0-9][\w./+-]{{0,199}}))?(?::(\S{{1,400}}))?"
)
_COMMIT = re.compile(r"[0-9a-f]{40}")
SHA256 = re.compile(r"[0-9a-f]{64}")
_MOST_JSON = 16 << 20
_PAGES = (DEFAULT_ENDPOINT, "https://www.huggingface.co", "https://hf.co")
_STRANGE = "Check HF_ENDPOINT, or try again later."


@dataclass(frozen=True, slots=True)
class Reference:
    """A model on the hub, at a branch, tag or commit; `file` is "" where the model is meant."""

    repository: str
    revision: str = MAIN
    file: str = ""

    def __str__(self) -> str:
        revision = "" if self.revision == MAIN else f"@{self.revision}"
        return f"{self.repository}{revision}{':' if self.file else ''}{self.file}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFile:
    """One file and how to know that it arrived: `size` is None and the hashes are "" where they are
    not known. `git_sha1` is git's name of the content, which the hub gives for its small files."""

    name: str
    url: str
    size: int | None = None
    sha256: str = ""
    git_sha1: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All files of a model at one commit."""

    repository: str
    commit: str
    files: dict[str, RemoteFile]


def parse_reference(text: str) -> Reference | None:
    """Read `org/name[@revision][:file]`, or the address of such a page of the hub, which is asked
    for at HF_ENDPOINT."""
    for address in (endpoint(), *_PAGES):
        if text.startswith(f"{address}/"):
            return _from_page(text.removeprefix(f"{address}/"))
    found = _REFERENCE.fullmatch(text)
    if found is None or ".." in found[1]:
        return None
    return _reference(found[1], found[2] or MAIN, found[3] or "")


def _reference(repository: str, revision: str, file: str) -> Reference | None:
    safe = is_safe_path(revision) and (not file or is_safe_path(file))
    return Reference(repository, revision, file) if safe else None


def _from_page(path: str) -> Reference | None:
    parts = unquote(re.split("[?#]", path)[0]).strip("/").split("/")
    found = _REFERENCE.fullmatch("/".join(parts[:2]))
    if found is None or found[2] or found[3] or ".." in found[1]:
        return None
    if len(parts) == 2:
        return Reference(found[1])
    if len(parts) > 3 and parts[2] in ("tree", "blob", "resolve"):
        return _reference(found[1], parts[3], "/".join(parts[4:]))
    return None


def is_safe_path(name: str) -> bool:
    """Whether a file's name, given by a server, stays inside the folder that it is put in."""
    return (
        name.isprintable()
        and not any(character in name for character in '\\:*?"<>|')
        and all(part.strip(" .") for part in name.split("/"))
    )


def is_offline() -> bool:
    """Whether HF_HUB_OFFLINE forbids the network."""
    return os.environ.get("HF_HUB_OFFLINE", "").strip().lower() in ("1", "true", "yes", "on")


def read_snapshot(client: httpx.Client, reference: Reference, patience: RetryPolicy) -> Snapshot:
    """Ask the hub. Raises `NetworkError`, after as many tries as `patience` has."""
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


def _snapshot(repository: str, said: Any) -> Snapshot:
    try:
        commit, siblings = said["sha"], said["siblings"]
        if not _COMMIT.fullmatch(commit):
            raise ValueError("bad commit")
        files = [_remote_file(repository, commit, sibling) for sibling in siblings]
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise NetworkError(
            f"the hub's list of the files of {repository} makes no sense ({type(error).__name__})",
            _STRANGE,
        ) from error
    return Snapshot(repository, commit, {file.name: file for file in files})


def _remote_file(repository: str, commit: str, said: dict[str, Any]) -> RemoteFile:
    name = said["rfilename"]
    large = said.get("lfs") or {}
    size = large.get("size", said.get("size"))
    sha256 = large.get("sha256") or ""
    sha1 = "" if sha256 else (said.get("blobId") or "")
    if size is not None and (isinstance(size, bool) or not isinstance(size, int) or size < 0):
        raise ValueError("bad size")
    if (sha256 and not SHA256.fullmatch(sha256)) or (sha1 and not _COMMIT.fullmatch(sha1)):
        raise ValueError("bad hash")
    url = f"{endpoint()}/{repository}/resolve/{commit}/{quote(name)}"
    return RemoteFile(name=name, url=url, size=size, sha256=sha256, git_sha1=sha1)


def hub_cache() -> Path:
    """Folder of the hub's own client; HF_HUB_CACHE and HF_HOME move it."""
    if folder := os.environ.get("HF_HUB_CACHE", "").strip():
        return Path(os.path.expanduser(folder))
    if home := os.environ.get("HF_HOME", "").strip():
        return Path(os.path.expanduser(home)) / "hub"
    base = os.environ.get("XDG_CACHE_HOME", "").strip() or "~/.cache"
    return Path(os.path.expanduser(base)) / "huggingface" / "hub"


def cached_snapshot(reference: Reference) -> Snapshot | None:
    """What the hub's own client has of a model, for use without a network.

    A link's target is named by the hash of the content; a plain copy of a file has no known hash.
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
    """Where the hub's own client keeps this file; its content is not checked here."""
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
