"""Imports models from files, and removes leftovers of interrupted commands.

torch is loaded only when a file is read or converted.
"""

from __future__ import annotations

from pathlib import Path

from hrm.download.partial import disk_error
from hrm.errors import ModelError, UserError
from hrm.files import Lock, cache_dir, remove_all_stale, sha256_of, state_dir
from hrm.model.files import CHECKPOINT, CONFIG, weights_file
from hrm.store.installed import (
    MODEL,
    Installed,
    Origin,
    adopt,
    clear_staging,
    find,
    install,
    lock_of,
    name_lock,
    size_of,
    staging_folder,
    staging_of,
)
from hrm.store.plan import OURS
from hrm.store.pull import free_name


def add(folder_or_file: Path, name: str, *, with_embeddings: bool = False) -> Installed:
    """Install a `.safetensors` file, or a published `checkpoint` with its `all_config.yaml`.

    The original is not changed. Raises `ModelError` for a file that is not a model, and `UserError`
    if the name belongs to a model from another source.
    """
    name = free_name(name)
    main = _main_file(folder_or_file).absolute()
    with name_lock(name):
        there = find(name)
        if there is not None and there.source != str(main):
            raise UserError(
                f"the name {name} is taken by the model from {there.source}",
                f"Import under another name, or `hrm models rm {name}` first.",
            )
        staging_of(name).mkdir(parents=True, exist_ok=True)
        try:
            return install(_build(main, name, with_embeddings))
        finally:
            clear_staging(name)


def _build(main: Path, name: str, with_embeddings: bool) -> Installed:
    from hrm.store.convert import build

    published = main.suffix != OURS
    staged = staging_of(name) / (CHECKPOINT if published else MODEL)
    # copy our own files: with a hard link, later changes of the original would reach the store
    adopt(main, staged, link=published)
    if published:
        adopt(main.with_name(CONFIG), staged.with_name(CONFIG))
    origin = Origin(name=name, source=str(main), revision="", sha256=sha256_of(staged))
    return build(origin, published, with_embeddings)


def _main_file(path: Path) -> Path:
    """The file with the weights; raises `ModelError` if the files it needs are not beside it."""
    for main in [path / MODEL, weights_file(path)] if path.is_dir() else [path]:
        if main.is_file() and (main.suffix == OURS or main.with_name(CONFIG).is_file()):
            return main
    raise ModelError(
        f"{path}: there is no model that hrm can read",
        f"Give a {OURS} file of hrm, or a folder with {CHECKPOINT!r} and {CONFIG!r}.",
    )


def prune() -> int:
    """Remove unfinished downloads and leftovers of interrupted commands; returns the bytes freed.

    Keeps all models, even broken ones, and everything that another process is using. Raises
    `UserError`.
    """
    try:
        stale = remove_all_stale(cache_dir()) + remove_all_stale(state_dir())
        return stale + _prune_partials() + _prune_names()
    except OSError as error:
        raise disk_error(error, cache_dir(), UserError) from error


def leftovers() -> int:
    """Bytes of unfinished downloads and imports, also of those that still run."""
    return size_of(cache_dir() / "partial") + size_of(staging_folder())


def _prune_partials() -> int:
    folder, freed = cache_dir() / "partial", 0
    for key in {path.stem for path in _entries(folder)}:
        lock = Lock(folder / f"{key}.lock")
        if not lock.acquire():
            continue
        try:
            for path in (folder / f"{key}.partial", folder / f"{key}.json"):
                freed += path.stat().st_size if path.exists() else 0
                path.unlink(missing_ok=True)
        finally:
            lock.release()
    return freed


def _prune_names() -> int:
    staged = {path.name for path in _entries(staging_folder())}
    locked = {path.name for path in _entries(cache_dir() / "locks")}
    freed = 0
    for name in staged | locked:
        lock = lock_of(name)
        if not lock.acquire():
            continue
        try:
            freed += size_of(staging_of(name))
            clear_staging(name)
        finally:
            lock.release()
    return freed


def _entries(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []
