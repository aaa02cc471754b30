"""Which way the lists of a text go: row by row, or by columns, or turned by the code around them.
What is not row by row is refused, and so is what does not say it."""

from __future__ import annotations

import re

from puzzles.errors import PuzzleError
from puzzles.text.labels import are_counted

_LIST = r"(?:[^\[\](){},]{1,9},){2,39}[^\[\](){},]{1,9}[\])]"
"""Cells and the bracket behind them."""

_FEWEST = 3
"""Lists that may be a grid."""

_COLUMNS = re.compile(
    r"""["']?\b(?:columns|cols)["']?\s*+[:=]\s*+[\[(]\s*+"""
    r"""(?:[\[(]|["'](?:[^"'\w]*[#.]|\d[\d.#_*-]{3}))"""
    r"""|^[ \t#/;*]*(?:by[ ])?columns?(?:[ ]by[ ]column)?[ \t*:]*\n(?=[ \t]*[\d.#])"""
    r"""|\bmatrix\(\s*+c\((?!.{0,2000}\bbyrow\s*=\s*T)"""
    r"""|(?<![\w.])reshape\s*\(\s*(?:\(/|\[)|\border\s*=\s*["']F|[\])]\s*\.(?:T\b|transpose\(\))"""
    r"""|\b(?:transpose|permutedims|column_stack)\s*\(\s*[\[(]|=\s*\[[^\[\]'"]{80,2000}\]'"""
    r"""|\b(?:cbind|array|structure)\s*\(\s*c\(|\bzip\s*\(\s*\*"""
    r"""|\b(?:data\.frame|DataFrame)\s*\(\s*(?:\{|\w{1,20}\s*=\s*c\()"""
    rf"""|(?<!\w)["']?(?:c|col|column|V|X)[_ ]?[0-9]["']?\s*[:=]\s*(?:c\(|[\[(]){_LIST}""",
    re.IGNORECASE | re.DOTALL | re.MULTILINE,
)
"""Of lists of columns, and of matrices that are turned. R, Fortran, Julia and MATLAB fill a matrix
column by column, R only unless `byrow` is set; a frame of pandas and of R is made of columns."""

_BOXES = re.compile(
    r"""["']?\b(?:boxes|blocks|sub_?grids|squares|subsquares|nonets|houses)["']?\s*+[:=]\s*+\[\s*+[\["']""",
    re.IGNORECASE,
)
_MIRRORED = re.compile(
    r"\b(?:flipud|fliplr|flip|rot90|rotdim|reversed)\s*\(\s*[\[(]"
    r"|[\])]\s*\[(?:[:, ]{1,5})?::-1\s*[\],]"
)
_NAMED = re.compile(rf"""[{{,(]\s*["']?(\d{{1,2}}|[A-Z])["']?\s*[:=]\s*[\[(]{_LIST}""")


def require_rows(text: str, size: int = 0) -> None:
    """Raises `PuzzleError` where lists are columns, may be, or are turned by code; `size`: of rows
    and columns, where it is known."""
    if _COLUMNS.search(text):
        raise PuzzleError(
            "these cells are written column by column",
            hint="Write them row by row; in R that is matrix(c(...), nrow = …, byrow = TRUE).",
        )
    if size and _BOXES.search(text):
        raise PuzzleError(
            "these cells are written box by box", hint="Write them row by row, blanks as dots."
        )
    if _MIRRORED.search(text):
        raise PuzzleError(
            "the code around these rows mirrors or turns them, and code is not run",
            hint="Print the grid, and give what is printed.",
        )
    found = list(_NAMED.finditer(text))
    names = [match[1] for match in found]
    cells = {match[0].count(",", 1) + 1 for match in found}
    if (
        len(names) >= _FEWEST
        and are_counted(names)
        and (not size or cells == {len(names)} == {size})
    ):
        raise PuzzleError(
            f"the lists {names[0]} to {names[-1]} may be rows or columns",
            hint="Write a list of the rows, without names.",
        )
