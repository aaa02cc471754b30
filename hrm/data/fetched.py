"""The published data sets that `hrm data build --source NAME` fetches once and keeps."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from hrm.errors import NetworkError
from hrm.files import cache_dir

if TYPE_CHECKING:  # building from files waits for no HTTP client
    from hrm.download.fetch import Downloading

ONLINE = {
    "sudoku-extreme": ("sudoku", "sapientinc/sudoku-extreme"),
    "maze-hard": ("maze", "sapientinc/maze-30x30-hard-1k"),
}
"""Name to task and the repository of data on the Hugging Face hub; all have these two files."""

FILES = ("train.csv", "test.csv")


def fetched(name: str) -> Generator[Downloading, None, tuple[Path, Path]]:
    """The CSVs of training and test, downloaded where they are not in the cache yet.

    Closing the generator cancels; what has arrived stays for the next time. Raises `NetworkError`.
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
            f"{target.name} of {repository} is not here, and HF_HUB_OFFLINE forbids to fetch it",
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
