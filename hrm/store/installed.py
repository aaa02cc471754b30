"""The models that were fetched or imported: where they lie and what is known of each.

A model is a folder `models/{name}` with `model.safetensors` and `source.json`. It appears by one
rename and goes by one rename, so there is never half a model under a name.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from hrm.download.partial import disk_error, sync_folder
from hrm.download.references import MAIN, Reference, parse_reference
from hrm.errors import ModelError, UserError
from hrm.files import Lock, cache_dir, sha256_of, write_atomically
from hrm.records import RecordError, read_record

MODEL = "model.safetensors"
SOURCE = "source.json"
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_-])?")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """What `source.json` says of a model.

    `source` is what it was made from: `org/name[:file]` on the hub, an address, or a path;
    `revision` the commit, or "". `sha256` is of the file as published, `file_sha256` of our own.
    `task` is "" where the file does not say. `embeddings` is False where a published table of
    puzzle embeddings was left out.
    """

    source: str
    revision: str
    sha256: str
    file_sha256: str
    task: str
    embeddings: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed(Provenance):
    """A model on this computer; `path` is its safetensors file, `bytes` its size."""

    name: str
    path: Path
    bytes: int

    @property
    def provenance(self) -> Provenance:
        return Provenance(**{f.name: getattr(self, f.name) for f in fields(Provenance)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a model is made from; the fields mean what those of `Installed` do."""

    name: str
    source: str
    revision: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Verified:
    """Whether a model's file still has the SHA-256 that it was installed with."""

    ok: bool
    expected: str
    actual: str


def models_folder() -> Path:
    return cache_dir() / "models"


def checked_name(name: str) -> str:
    """`name`, if it can be a folder's on every system and leads nowhere else; else `UserError`."""
    if not _NAME.fullmatch(name) or _RESERVED.fullmatch(name):
        raise UserError(
            f"{name!r} cannot be the name of a model",
            "Give one with --name: at most 96 letters, digits, '-', '_' and '.', a letter or digit"
            " first.",
        )
    return name


def installed() -> list[Installed]:
    """All models, by name. A folder without a model or a valid `source.json` is passed over."""
    try:
        folders = sorted(models_folder().iterdir())
    except OSError:
        return []
    return [model for folder in folders if (model := _read(folder)) is not None]


def find(name: str) -> Installed | None:
    """By its name, or by what it came from: `org/name[@revision][:file]`, an address."""
    if _NAME.fullmatch(name):
        return _read(models_folder() / name)
    reference = parse_reference(name)
    source = str(Reference(reference.repository, MAIN, reference.file)) if reference else name
    for model in installed():
        if model.source == source and (
            reference is None or reference.revision in (MAIN, model.revision)
        ):
            return model
    return None


def _read(folder: Path) -> Installed | None:
    try:
        source = read_record(folder / SOURCE, Provenance)
        size = (folder / MODEL).stat().st_size
    except (OSError, RecordError):
        return None
    return Installed(name=folder.name, path=folder / MODEL, bytes=size, **asdict(source))


def existing(name: str) -> Installed:
    """Like `find`; raises `ModelError` where there is none."""
    model = find(name)
    if model is None:
        raise ModelError(f"no model {name!r} is installed", "`hrm models list` shows those there.")
    return model


def verify(name: str) -> Verified:
    """Hash the file again. Raises `ModelError` where there is no such model."""
    model = existing(name)
    try:
        actual = sha256_of(model.path)
    except OSError as error:
        raise ModelError(f"{model.path} cannot be read ({error.strerror})") from error
    return Verified(actual == model.file_sha256, model.file_sha256, actual)


def remove(name: str) -> int:
    """Remove a model; returns the bytes that were freed. Raises `ModelError` and `UserError`."""
    model = existing(name)
    with name_lock(model.name):
        return discard(model.name)


@contextmanager
def name_lock(name: str) -> Iterator[None]:
    """No other process installs or removes `name` meanwhile; `UserError` if one just does."""
    try:
        lock = lock_of(name)
        if not lock.acquire():
            raise UserError(
                f"another process is at work on the model {name}", "Wait until it is done."
            )
        try:
            yield
        finally:
            lock.release()
    except OSError as error:
        raise disk_error(error, cache_dir(), UserError) from error


def lock_of(name: str) -> Lock:
    """The lock of a name; its folder is made. Raises OSError."""
    folder = cache_dir() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    return Lock(folder / name)


def staging_of(name: str) -> Path:
    """Where a model is put together; on the disk of `models_folder`, so that a rename suffices."""
    return cache_dir() / "staging" / name


def install(model: Installed) -> Installed:
    """Bring the file at `model.path`, in the staging folder, under its name.

    An older model of that name goes. Raises OSError; call it under the name's lock.
    """
    staging, target = staging_of(model.name), models_folder() / model.name
    new = staging / "new"
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    adopt(model.path, new / MODEL)  # no move: killed here, the next pull still finds the file
    text = json.dumps(asdict(model.provenance), indent=1, sort_keys=True)
    write_atomically(new / SOURCE, (text + "\n").encode())
    target.parent.mkdir(parents=True, exist_ok=True)
    old = _put_aside(target)
    try:
        new.replace(target)
    except BaseException:  # an interrupt too must not cost the old one
        if old is not None and not target.exists():
            old.replace(target)
        raise
    sync_folder(target.parent)
    shutil.rmtree(staging, ignore_errors=True)
    return replace(model, path=target / MODEL, bytes=(target / MODEL).stat().st_size)


def discard(name: str) -> int:
    """Remove what is under a name, from sight at once; returns the bytes that were freed.

    Raises OSError; call it under the name's lock.
    """
    old = _put_aside(models_folder() / name)
    freed = size_of(old) if old else 0
    shutil.rmtree(staging_of(name))
    return freed


def _put_aside(folder: Path) -> Path | None:
    old = staging_of(folder.name) / "old"
    shutil.rmtree(old, ignore_errors=True)
    old.parent.mkdir(parents=True, exist_ok=True)
    try:
        return folder.replace(old)
    except FileNotFoundError:
        return None


def size_of(folder: Path) -> int:
    """Bytes of all files in a folder, links not followed."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def adopt(source: Path, target: Path, *, link: bool = True) -> None:
    """Have the content of `source` as `target` too, if possible without a copy of the bytes."""
    target.unlink(missing_ok=True)
    if link:
        try:
            os.link(source.resolve(), target)  # of a link in the hub's cache, what it leads to
        except OSError:  # another disk, or one without links
            pass
        else:
            return
    shutil.copyfile(source, target)
