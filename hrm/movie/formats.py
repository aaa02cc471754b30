"""The file formats of a movie, chosen by the end of the file name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from hrm.errors import UserError
from hrm.files import write_atomically
from hrm.movie.cast import write_cast
from hrm.movie.frames import Movie
from hrm.movie.raster import require_pillow, write_gif, write_png
from hrm.movie.svg import write_svg
from hrm.terminal import shown

_WRITERS: Mapping[str, Callable[[Movie], str | bytes]] = {
    ".svg": write_svg,
    ".gif": write_gif,
    ".png": write_png,
    ".cast": write_cast,
}
FORMATS = tuple(_WRITERS)
_NEED_PILLOW = (".gif", ".png")


def format_of(path: Path) -> str:
    """The format of a file, one of `FORMATS`; raises `UserError` for another one, or if its library
    is missing."""
    suffix = path.suffix.lower()
    if suffix not in FORMATS:
        raise UserError(
            f"{shown(str(path))} does not end in {', '.join(FORMATS[:-1])} or {FORMATS[-1]}",
            "The end of the name says in which format to write.",
        )
    if suffix in _NEED_PILLOW:
        require_pillow()
    return suffix


def write_movie(movie: Movie, path: Path, *, at: float | None = None) -> int:
    """Write the movie and return the size in bytes. `at` is the time in seconds of the frame that a
    PNG shows, None for the last one."""
    suffix = format_of(path)
    data = write_png(movie, at) if suffix == ".png" else _WRITERS[suffix](movie)
    encoded = data.encode() if isinstance(data, str) else data
    write_atomically(path, encoded)
    return len(encoded)
