"""The installed models: their folders and their provenance.

A model is a folder `models/{name}` with `model.safetensors` and `source.json`. It is installed and
removed by a single rename, so a name never holds half a model. Where it replaces an older one, that
is put aside first; if the process is killed between the two renames, whoever next looks for the
model puts the older one back.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path

from hrm.download.partial import disk_error, sync
from hrm.download.references import MAIN, Reference, parse_reference
from hrm.errors import ModelError, UserError
from hrm.files import Lock, cache_dir, sha256_of, write_atomically
from hrm.records import RecordError, read_record

MODEL = "model.safetensors"
SOURCE = "source.json"
_OLD, _NEW, _REMOVED = "old", "new", "removed"
"""Folders in the staging folder: the model to be replaced, the one to be installed, and one that
is being removed."""
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_-])?")
_RESERVED = re.compile(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Provenance:
    """The content of `source.json`.

    source       `org/name[:file]` on the hub, a URL, or a path
    revision     the commit, or ""
    sha256       hash of the published file
    file_sha256  hash of the installed `model.safetensors`
    task         "" if the file does not say
    embeddings   False if a table of puzzle embeddings was reduced to its mean
    """

    source: str
    revision: str
    sha256: str
    file_sha256: str
    task: str
    embeddings: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Installed(Provenance):
    """An installed model; `path` is its `.safetensors` file, `bytes` the size of that file."""

    name: str
    path: Path
    bytes: int

    @property
    def provenance(self) -> Provenance:
        return Provenance(**{f.name: getattr(self, f.name) for f in fields(Provenance)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a model comes from, before it is installed; fields as in `Installed`."""

    name: str
    source: str
    revision: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Verified:
    """The comparison of a model's SHA-256 with the one it was installed with."""

    ok: bool
    expected: str
    actual: str


def models_folder() -> Path:
    return cache_dir() / "models"


def checked_name(name: str) -> str:
    """`name`, if it is a valid folder name on every system; raises `UserError`."""
    if not _NAME.fullmatch(name) or _RESERVED.fullmatch(name):
        raise UserError(
            f"{repr(name) if name else 'an empty name'} cannot be the name of a model",
            "Give one with --name: at most 96 letters, digits, '-', '_' and '.', a letter or digit"
            " first.",
        )
    return name


def installed() -> list[Installed]:
    """All installed models by name. Folders without a valid `source.json` are ignored."""
    names: set[str] = set()
    for folder in (models_folder(), staging_folder()):
        with suppress(OSError):
            names.update(os.listdir(folder))
    found = (_read(models_folder() / name) for name in sorted(names))
    return [model for model in found if model is not None]


def find(name: str) -> Installed | None:
    """Find a model by name or by source: `org/name[@revision][:file]` or a URL."""
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
    if not os.path.lexists(folder) and os.path.lexists(staging_of(folder.name) / _OLD):
        with suppress(OSError):
            lock = lock_of(folder.name)
            if lock.acquire():  # which puts the model back
                lock.release()
    return _load(folder)


def _load(folder: Path) -> Installed | None:
    try:
        source = read_record(folder / SOURCE, Provenance)
        size = (folder / MODEL).stat().st_size
    except (OSError, RecordError):
        return None
    return Installed(name=folder.name, path=folder / MODEL, bytes=size, **asdict(source))


def existing(name: str) -> Installed:
    """Like `find`, but raises `ModelError` if there is none."""
    model = find(name)
    if model is None:
        raise ModelError(f"no model {name!r} is installed", "`hrm models list` shows those there.")
    return model


def verify(name: str) -> Verified:
    """Hash the file again. Raises `ModelError` if there is no such model."""
    model = existing(name)
    return verify_file(model.path, model.file_sha256)


def verify_file(path: Path, expected: str) -> Verified:
    """Hash a model's file. Raises `ModelError` if it cannot be read."""
    try:
        actual = sha256_of(path)
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror})") from error
    return Verified(actual == expected, expected, actual)


def remove(name: str) -> int:
    """Remove a model; returns the number of bytes freed. Raises `ModelError` and `UserError`."""
    model = existing(name)
    with name_lock(model.name):
        return discard(model.name)


@contextmanager
def name_lock(name: str) -> Iterator[None]:
    """Hold the lock of a name; raises `UserError` if another process holds it."""
    try:
        lock = lock_of(name)
        if not lock.acquire():
            raise UserError(f"another process is using the model {name}", "Wait until it is done.")
        try:
            yield
        finally:
            lock.release()
    except OSError as error:
        raise disk_error(error, cache_dir(), UserError) from error


def lock_of(name: str) -> Lock:
    """The lock of a name; creates its folder. Raises OSError."""
    folder = cache_dir() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    return _NameLock(folder / name)


class _NameLock(Lock):
    """A lock whose next holder first puts back the model that a killed one had put aside."""

    def acquire(self) -> bool:
        if not super().acquire():
            return False
        try:
            _put_back(self.path.name)
        except OSError:
            self.release()
            raise
        return True


def staging_folder() -> Path:
    """The folder of the staging folders, on the same disk as `models_folder`."""
    return cache_dir() / "staging"


def staging_of(name: str) -> Path:
    """The folder in which a model is prepared."""
    return staging_folder() / name


def clear_staging(name: str) -> None:
    """Remove the staging folder, but never a model that was put aside and is in no other place.

    Raises OSError. The caller holds the name's lock.
    """
    _put_back(name)
    shutil.rmtree(staging_of(name), ignore_errors=True)


def install(model: Installed) -> Installed:
    """Install the staged file at `model.path`, replacing an older model of that name.

    Raises OSError. The caller holds the name's lock.
    """
    staging, target = staging_of(model.name), models_folder() / model.name
    new = staging / _NEW
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    adopt(model.path, new / MODEL)  # not moved: if killed here, the next pull still finds the file
    sync(new / MODEL)
    text = json.dumps(asdict(model.provenance), indent=1, sort_keys=True)
    write_atomically(new / SOURCE, (text + "\n").encode())
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        _put_aside(target, _OLD)
        new.replace(target)
    finally:  # also on an interrupt, wherever it comes
        _put_back(model.name)
    sync(target.parent)
    clear_staging(model.name)
    return replace(model, path=target / MODEL, bytes=(target / MODEL).stat().st_size)


def discard(name: str) -> int:
    """Remove the model with this name; returns the number of bytes freed.

    Raises OSError. The caller holds the name's lock.
    """
    shutil.rmtree(staging_of(name) / _OLD, ignore_errors=True)  # or it would be put back
    gone = _put_aside(models_folder() / name, _REMOVED)
    freed = size_of(gone) if gone else 0
    shutil.rmtree(staging_of(name))
    return freed


def _put_aside(folder: Path, kind: str) -> Path | None:
    aside = staging_of(folder.name) / kind
    shutil.rmtree(aside, ignore_errors=True)
    aside.parent.mkdir(parents=True, exist_ok=True)
    try:
        return folder.replace(aside)
    except FileNotFoundError:
        return None


def _put_back(name: str) -> None:
    """Put back a whole model that was put aside, if there is none in its place. Raises OSError."""
    aside, target = staging_of(name) / _OLD, models_folder() / name
    if not os.path.lexists(target) and _load(aside) is not None:
        target.parent.mkdir(parents=True, exist_ok=True)
        aside.replace(target)


def size_of(folder: Path) -> int:
    """Total size of the files in a folder, without following links."""
    return sum(path.lstat().st_size for path in folder.rglob("*") if not path.is_dir())


def adopt(source: Path, target: Path, *, link: bool = True) -> None:
    """Hard-link `source` to `target` if possible, else copy it."""
    target.unlink(missing_ok=True)
    if link:
        try:
            os.link(source.resolve(), target)  # the hub's cache holds symbolic links
        except OSError:  # another disk, or a file system without links
            pass
        else:
            return
    shutil.copyfile(source, target)
