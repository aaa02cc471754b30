"""Converts published checkpoints to one checked `.safetensors` file.

The published files are loaded weights-only and memory-mapped. A large table of puzzle embeddings
has a row for every training task. A new task starts from their mean, so only the mean is kept
unless the whole table is asked for.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hrm import __version__
from hrm.errors import UserError
from hrm.files import sha256_of
from hrm.model.checkpoint import load_model, read_metadata, save_model
from hrm.model.hrm import mean_row, sampled
from hrm.model.official import read_official
from hrm.store.installed import MODEL, Installed, Origin, staging_of
from puzzles import domains, names

LARGE_TABLE = 10_000_000
"""Elements above which a puzzle embedding is reduced to its mean; ARC-2's has half a billion."""


def build(origin: Origin, published: bool, with_embeddings: bool) -> Installed:
    """Convert or check the model file in the staging folder of `origin.name`.

    Raises OSError, and `ModelError` for weights that are incomplete, not finite or inconsistent.
    """
    staging = staging_of(origin.name)
    path, complete = staging / MODEL, True
    if published:
        task, complete = _convert(staging, path, origin, with_embeddings)
    else:
        task = _check(path)
    return Installed(
        name=origin.name,
        path=path,
        bytes=path.stat().st_size,
        source=origin.source,
        revision=origin.revision,
        sha256=origin.sha256,
        file_sha256=sha256_of(path),
        task=task,
        embeddings=complete,
    )


def _convert(folder: Path, target: Path, origin: Origin, with_embeddings: bool) -> tuple[str, bool]:
    """Convert the published model in `folder`; returns its task, and whether it kept all
    embeddings."""
    model = load_model(folder)
    config, weights = read_official(folder)  # with the stored types, which loading may change
    facts = {
        "domain": _task(config.vocabulary),
        "source": origin.source,
        "revision": origin.revision,
        "original_sha256": origin.sha256,
        "code": __version__,
    }
    complete = with_embeddings or config.puzzle_ids * config.puzzle_width <= LARGE_TABLE
    if not complete:
        facts["puzzle_embedding"] = f"mean of {sampled(config.puzzle_ids)} rows"
        config = replace(config, puzzle_ids=1)
        weights["puzzle_embedding"] = mean_row(model)
    try:
        save_model(target, config, weights, facts)
    except UserError as error:
        if isinstance(error.__cause__, OSError):
            raise error.__cause__ from error
        raise
    return facts["domain"], complete


def _check(path: Path) -> str:
    """Load a `.safetensors` file; returns its task or "". Raises `ModelError`."""
    config, metadata = read_metadata(path)
    load_model(path)
    task = metadata.get("domain")
    return task if task in names() else _task(config.vocabulary)


def _task(vocabulary: int) -> str:
    return next((kind.name for kind in domains() if kind.spec.size == vocabulary), "")
