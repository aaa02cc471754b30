"""The files that a movie is written to, by the end of their name."""

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
    """One of `FORMATS`; UserError for any other and where its library is missing."""
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
    """Write it and return the size in bytes; `at` are the seconds of the frame that a PNG shows,
    the last one where it is None."""
    suffix = format_of(path)
    data = write_png(movie, at) if suffix == ".png" else _WRITERS[suffix](movie)
    encoded = data.encode() if isinstance(data, str) else data
    write_atomically(path, encoded)
    return len(encoded)
