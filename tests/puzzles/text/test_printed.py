"""Matrices whose columns a print put into several blocks, and those that C++ fills with `<<`."""

from __future__ import annotations

import pytest

from puzzles.text.printed import with_whole_rows

BLOCKS = " Columns 1 through 2:\n\n  1 2\n  3 4\n\n Column 3:\n\n  5\n  6\n"


def test_rows_stand_in_the_lines_of_the_first_block() -> None:
    assert with_whole_rows(f"A =\n\n{BLOCKS}end").split("\n") == [
        *("A =", "", "", "", "1 2 5", "3 4 6", "", "", "", "", ""),
        "end",
    ]


def test_labels_of_rows_are_left_out() -> None:
    text = "     [,1] [,2]\n[1,]    1    2\n[2,]    3    4\n     [,3]\n[1,]    5\n[2,]    6"
    assert with_whole_rows(text).split("\n") == ["", "1 2 5", "3 4 6", "", "", ""]


@pytest.mark.parametrize(
    "text",
    [
        BLOCKS.replace("  6\n", ""),  # blocks of two heights
        BLOCKS.replace("1 through 2", "3 through 4").replace("Column 3", "Column 5"),
        " Columns 1 through 2:\n\n  1 2\n",
        "     [,1] [,2]\n[1,]    1    2",
        "cout << 1, 2, 3;",
        "a << b << c;",
    ],
)
def test_anything_else_stays_as_it_is(text: str) -> None:
    assert with_whole_rows(text) == text


def test_the_numbers_of_a_stream_become_rows() -> None:
    rows = [", ".join("1234"), ", ".join("3412"), ", ".join("2143"), ", ".join("4321")]
    text = "Matrix m(4, 4);\nm << " + ",\n     ".join(rows) + ";\nprint(m);"
    found = with_whole_rows(text).split("\n")
    assert found == ["Matrix m(4, 4);", *rows, "print(m);"]
