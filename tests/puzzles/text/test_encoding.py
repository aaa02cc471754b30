"""Texts of other encodings than UTF-8, and files that are no text."""

from __future__ import annotations

from pathlib import Path

import pytest

from hrm.errors import UserError
from hrm.puzzle_files import read_puzzles
from puzzles import domain
from puzzles.text.encoding import decoded

ROWS = "53··7····\n6··195···\n·98····6·\n8···6···3\n4··8·3··1\n7···2···6\n·6····28·\n···419··5\n"
ROWS += "····8··79\n"
MAZE = "#####\n#S G#\n#####\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "latin-1", "cp1252", "utf-16"])
def test_cells_are_read_in_every_encoding(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_bytes(f"Rätsel für zwischendurch\n{ROWS}".encode(encoding))
    [puzzle] = read_puzzles(domain("sudoku"), str(tmp_path / "p.txt"))
    assert puzzle.givens[:9] == (5, 3, 0, 0, 7, 0, 0, 0, 0)


@pytest.mark.parametrize("encoding", ["latin-1", "gbk", "mac-roman"])
def test_a_foreign_title_does_no_harm(encoding: str, tmp_path: Path) -> None:
    title = "迷路" if encoding == "gbk" else "Labyrinthe d'été"
    (tmp_path / "m.txt").write_bytes(f"{title}\n{MAZE}".encode(encoding))
    [maze] = read_puzzles(domain("maze"), str(tmp_path / "m.txt"))
    assert maze.shape == (3, 5)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"%PDF-1.7\n%\xe2\xe3", "a PDF"),
        (b"{\\rtf1\\ansi 5..\\par}", r"a document of a word processor \(RTF\)"),
        (b"PK\x03\x04\x14\0", "a ZIP file"),
        (b"\x89PNG\r\n\x1a\n", "a picture"),
        (b"\x1f\x8b\x08\0", "packed by gzip"),
        (b"5\0\0003", "NUL bytes"),
        (b"\xff\xf0\xfe\xee", "not UTF-8 text"),
    ],
)
def test_a_file_that_is_no_text_is_named(data: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / "p.txt").write_bytes(data)
    with pytest.raises(UserError, match=words):
        read_puzzles(domain("sudoku"), str(tmp_path / "p.txt"))


def test_what_is_hardly_ascii_is_refused() -> None:
    with pytest.raises(UnicodeDecodeError):
        decoded(b"\xe9\xe8\xe7" * 9)
