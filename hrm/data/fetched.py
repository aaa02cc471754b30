"""The published data sets that `hrm data build --source NAME` downloads and caches."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from hrm.errors import NetworkError
from hrm.files import cache_dir

if TYPE_CHECKING:  # building from files must not import the HTTP client
    from hrm.download.fetch import Downloading

ONLINE = {
    "sudoku-extreme": ("sudoku", "sapientinc/sudoku-extreme"),
    "maze-hard": ("maze", "sapientinc/maze-30x30-hard-1k"),
}
"""Name → task and dataset repository on the Hugging Face hub."""

FILES = ("train.csv", "test.csv")


def fetched(name: str) -> Generator[Downloading, None, tuple[Path, Path]]:
    """Download the training and test CSV unless they are cached; returns their paths.

    Closing the generator cancels; a later call resumes the download. Raises `NetworkError`.
    """
    folder = cache_dir() / "data" / name
    training, testing = (folder / file for file in FILES)
    for file in (training, testing):
        if not file.is_file():
            yield from _download(ONLINE[name][1], file)
    return training, testing


def _download(repository: str, target: Path) -> Generator[Downloading, None, None]:
    from hrm.download.fetch import fetch
    from hrm.download.http import RetryPolicy, open_client
    from hrm.download.references import RemoteFile, endpoint, is_offline

    url = f"{endpoint()}/datasets/{repository}/resolve/main/{target.name}"
    if is_offline():
        raise NetworkError(
            f"{target.name} of {repository} is not cached, and HF_HUB_OFFLINE is set",
            f"Fetch {url} elsewhere, and give the file with --source.",
        )
    partials = cache_dir() / "partial"
    try:
        for folder in (partials, target.parent):
            folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NetworkError(f"{error.filename} cannot be written ({error.strerror})") from error
    with open_client() as client:
        file = RemoteFile(name=target.name, url=url)
        yield from fetch(client, file, target, partials, RetryPolicy())
