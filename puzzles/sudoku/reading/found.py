"""Finds the grids in a text that the strict readers refuse as it is: among sentences, in code
fences and e-mails, in lists, links, tables and the files of other programs.

It gives lines for the strict readers, in which every cell keeps its line and column. A line that
cannot be understood is passed on as it is, so that the strict readers say what is wrong with it;
none is skipped but words, headings and rulers.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import groupby
from urllib.parse import unquote

from puzzles.errors import PuzzleError
from puzzles.sudoku.reading.blocks import speaks
from puzzles.sudoku.reading.cells import is_ruler, without_comment
from puzzles.sudoku.reading.csv import require_known_header
from puzzles.sudoku.reading.exports import from_export
from puzzles.sudoku.reading.listed import from_lists, with_records_as_lists
from puzzles.sudoku.reading.shapes import (
    ANSWER,
    in_parts,
    joined,
    one_cell_a_line,
    side_by_side,
    spaces_as_blanks,
    with_dots,
)
from puzzles.sudoku.reading.solo import looks_like_id
from puzzles.sudoku.reading.tables import are_types, cells_in_place
from puzzles.sudoku.rules import CLASSIC
from puzzles.text.line_marks import without_line_marks
from puzzles.text.markup import SOFT, unmarked
from puzzles.text.orders import require_rows
from puzzles.text.printed import with_whole_rows
from puzzles.text.records import with_fields_as_lines
from puzzles.text.surroundings import beside, is_text, quote_end, says_answer, unescaped
from puzzles.text.text_grid import Line, numbered_lines

MAX_FOUND = 500_000
"""Longest text that is searched, in characters; longer ones are lines or CSV alone."""

MAX_SEARCHED_LINES = 30_000
"""Most lines of such a text."""

MAX_SENTENCE = 2_000
"""Longest line of words, in characters, that may have a puzzle in it."""

_CELL_LETTERS = frozenset("ABCDEFGHIJKLMNOPXabcdefghijklmnopx")
_RUN = re.compile(
    r"(?<![0-9.])(?:[0-9]{81}(?=\.(?![0-9.]))|"
    r"(?:[0-9.]{81}|[1-9._]{81}|[1-9*]{81}|[1-9?]{81})(?![0-9.]))"
)
_LONG = re.compile(r"[0-9._*?]{41,}")
_SPACED_RUN = re.compile(r"(?=.*[1-9])[1-9 ]{81}")
_PLACED = re.compile(r"\+[1-9]")
_MARKED = re.compile(r"\s*(?:#|//|--|-|;|%|\*|>(?: ?>)*|•)(?=[\s+|]|$)\s?")
_HEADING = re.compile(
    r"\s*(?:%.*|\[[a-z]+\]|\\[a-z]+\b.*|#+ .*|(?:```|~~~).*|\d{1,4}\s*[:)]|"
    r"\d{1,2}:\d{2}(?::\d{2})?|[A-Za-z]{2,12}\s?[=:]\s?\d+\.\d+(?:/\d+\.\d+)*|;|\$\$|"
    r"(?:(?:\d{1,3}[.)][ ])?r\dc\d ?[=:] ?\d[\s,;]*+)+)\s*",
    re.IGNORECASE,
)
_RULE_OF_LATEX = re.compile(r"\s*(?:\\(?:hline|toprule|midrule|bottomrule|cline\{[\d-]+\})\s*)+")
_SET_ROW = re.compile(r"\\\w{1,20}[ \t]*+((?:\{[ \t]*+\d?[ \t]*+\}[ \t]*+){9})")
"""A row in LaTeX, `\\setrow{5}{3}{}…`."""
_ROW_END_OF_LATEX = re.compile(r"(?<=\|\.)[ \t]*(?=[|\\])|(?<=\{sudoku\})[ \t]*(?=\|)")
"""Between the rows of LaTeX's sudoku package that stand on one line."""

_SHAPED = re.compile(r"^[^\n\d]{0,40}\b9[ ,]9[ \t]*(?:[⍴ρ⥊$#]|reshape)[ \t]*(?=\d)", re.MULTILINE)
"""Before the cells of a matrix in APL, J and K."""

_TWO_RULERS = re.compile(r"[ \t]*([^\s\w]{10,40})[ \t]++(?=\1[ \t]*$)")
"""Of two drawn grids side by side."""

_MOST_RULED = 200
"""Lines of grids that rulers of `=` part."""

_MISSING = re.compile(
    r"(?<!\w)(?:nan|na|none|null|nil|missing|nothing|blank|empty)(?!\w)", re.IGNORECASE
)
_ROW_LABEL = re.compile(r"^\s*(?:row|line)[ _]?\d{1,2}\s*[:.)=]", re.IGNORECASE)
_CELLS_ALONE = re.compile(r"[0-9. ]{0,40}")
_WORD = re.compile(r"[^\W\d_]{2}")
_COUNT = re.compile(r"\s*\d{1,3}(?:\s*[,x× ]\s*\d{1,3})?\s*[.:)]?\s*")
_IN_BRACKETS = re.compile(r"[\[(]([1-9 ._0-]?)[\])]")
_BOLD_LABEL = re.compile(
    r"^[ \t]*(?:[-*•][ \t]+)?\*\*([^\W\d]\w{0,7} ?\d{1,2}):?\*\*:?", re.MULTILINE
)
_ESCAPED = re.compile(r"%(?:5B|2C|0A|2E)", re.IGNORECASE)
_DIGIT_OF_HIDDEN = frozenset("\u200b\u200c\u200d\u2060\ufeff\ufe0f\ufe0e\u20e3\u00ad")
_SQUARES = "□⬜◻▢◽☐⬛■▪▫◼◾❑❏○◯•∙⋅●◦‧・．。‐‑‒–—―−＿?？ˍ"


def found(text: str, *, lists_only: bool = False) -> list[Line] | None:
    """Lines with the grids of a text, None if nothing was found in it that is no line already;
    `lists_only` for CSV.

    Raises `PuzzleError` for what has two readings or an unknown header.
    """
    if len(text) > MAX_FOUND:
        return None
    text = unescaped(text.removeprefix("\ufeff")).replace("\r\n", "\n").replace("\r", "\n")
    if text.count("\n") > MAX_SEARCHED_LINES:
        return None
    if _ESCAPED.search(text):
        text = unquote(text)
    text = without_line_marks(with_fields_as_lines(text))
    lines = from_export(text)
    text = _SHAPED.sub("", with_whole_rows(unmarked(text.replace("…", "..."))))
    if lines is None:
        text = with_records_as_lists(text)
        require_rows(text, CLASSIC.size)
    lines = lines or from_lists(text)
    if lines is not None or lists_only:
        return lines
    if "**" in text:
        text = _BOLD_LABEL.sub(r"\1:", text)
    if "\\" in text:
        text = _ROW_END_OF_LATEX.sub(SOFT, _SET_ROW.sub(_row_of_latex, text))
    plain = [line._replace(text=_plain(line.text)) for line in numbered_lines(text)]
    require_known_header(plain)
    lines = one_cell_a_line(plain) or spaces_as_blanks(plain) or spaces_as_blanks(_nine_of(plain))
    return lines or list(_around(with_dots(_unmarked(plain))))


def _nine_of(lines: Sequence[Line]) -> Sequence[Line]:
    """The lines that are no words, where they are nine from the first to the last."""
    drawn = [i for i, line in enumerate(lines) if line.text.strip() and not _is_words(line.text)]
    return lines[drawn[0] : drawn[-1] + 1] if drawn and drawn[-1] - drawn[0] == 8 else ()


def _row_of_latex(row: re.Match[str]) -> str:
    return " ".join(cell.strip() or "." for cell in re.findall(r"\{([^}]*)\}", row[1]))


def _plain(text: str) -> str:
    """With ASCII digits, dots for squares and bullets, spaces for what is as good as one."""
    if not text.isascii() or "?" in text:
        text = "".join(map(_character, text))
    if ("[" in text or "(" in text) and len(_IN_BRACKETS.findall(text)) == 9:
        return _IN_BRACKETS.sub(lambda m: f" {m[1].strip() or '.'} ", text)
    return text


@lru_cache(maxsize=1_000)
def _character(character: str) -> str:
    if character in _DIGIT_OF_HIDDEN or (character.isspace() and character != "\t"):
        return " "
    if character in "➖➕":
        return "-" if character == "➖" else "+"
    if character in _SQUARES:
        return "-" if character in "‐‑‒–—―−" else "."
    digit = unicodedata.digit(character, None)
    if digit is None and character in "〇一二三四五六七八九":
        digit = int(unicodedata.numeric(character))
    return character if digit is None else str(digit)


def _unmarked(lines: list[Line]) -> list[Line]:
    """Without the mark of a comment before nine lines or more, and without those of quotations."""
    ends = [_MARKED.match(line.text) for line in lines]
    found: list[Line] = []
    for marked, group in groupby(zip(lines, ends, strict=True), key=lambda pair: _mark(pair[1])):
        pairs = list(group)
        long = bool(marked) and len(pairs) >= 9
        for line, match in pairs:
            end = match.end() if match and long else quote_end(line.text)
            found.append(line._replace(text=" " * end + line.text[end:]))
    return found


def _mark(match: re.Match[str] | None) -> str:
    return match.group().strip() if match else ""


def _around(lines: Sequence[Line]) -> Iterator[Line]:
    """The grids between lines of words."""
    run: list[Line] = []
    cut = 0
    is_first = True
    for line in lines:
        if _CELLS_ALONE.fullmatch(line.text):  # as most of 30,000 lines may be
            if run or line.text.strip():
                run.append(line._replace(text=line.text[: cut - 2].rstrip()) if cut else line)
            continue
        text = without_comment(line.text)
        if _RULE_OF_LATEX.fullmatch(text) or are_types(text):
            continue
        if _parts_bands(text) and _is_begun(run):
            continue
        if speaks(text) or looks_like_id(text):
            yield from _grids(run)
            run = []
            yield line
            continue
        left = beside(text)
        if left or says_answer(text) or (_is_words(text) and not _has_puzzle(text)):
            yield from _grids(run)
            run, cut = [], left
            yield Line(line.number, ANSWER if says_answer(text) else "")
        elif (whole := _whole(line)) is not None:
            counts = len(run) == 1 and is_first and _COUNT.fullmatch(run[0].text)
            yield from () if counts else _grids(run)
            run, is_first = [], False
            yield from whole
        elif text.strip() or run:
            run.append(line._replace(text=text[: cut - 2].rstrip() if cut else text))
    yield from _grids(run)


def _parts_bands(text: str) -> bool:
    return text.strip() != "" and set(text) <= set("=+| ")


def _is_begun(run: Sequence[Line]) -> bool:
    """Whether rows are still to come."""
    return (
        len(run) < _MOST_RULED
        and sum(bool(line.text.strip()) and not is_ruler(line.text) for line in run) % 9 != 0
    )


def _is_words(text: str) -> bool:
    bare = _MISSING.sub(" ", _ROW_LABEL.sub("", text))
    text = text if _WORD.search(bare) else bare
    return (
        bool(_HEADING.fullmatch(text))
        or is_text(text, _CELL_LETTERS)
        or (is_text(text, frozenset("xX")) and not _could_be_row(text))
    )


def _has_puzzle(text: str) -> bool:
    """Whether one puzzle of 81 cells stands among words, as in the line of a log."""
    return len(text) < MAX_SENTENCE and len(_RUN.findall(text)) == 1


def _could_be_row(text: str) -> bool:
    """Whether words of the letters A to P may be digits above 9."""
    return not any(character.islower() for character in text) and " " not in text.strip()


def _whole(line: Line) -> list[Line] | None:
    """A puzzle of one line with something around it: a link, a name, a rating, its answer."""
    text = line.text
    if "+" in text and _PLACED.search(text):  # a digit that somebody placed is no given
        line = line._replace(text=_PLACED.sub(".", text), offset=None)
        text = line.text
    runs = list(_RUN.finditer(text))
    if not runs:
        if _SPACED_RUN.fullmatch(text):
            return [line._replace(text=text.replace(" ", "."))]
        return in_parts(line)
    if len(_LONG.findall(text)) > len(runs):  # a puzzle that lacks cells stands beside it
        return None
    if len(runs) > 2 or (len(runs) == 2 and runs[1].group().strip("123456789")):
        return None
    grids = [line._replace(text=_alone(text, run)) for run in runs]
    return grids if len(grids) == 1 else [grids[0], Line(line.number, ANSWER), grids[1]]


def _alone(text: str, run: re.Match[str]) -> str:
    return " " * run.start() + run.group().replace("?", ".")


def _grids(run: Sequence[Line]) -> Iterator[Line]:
    """Of a run of lines without words: its whole puzzles, or the lines as they are."""
    if at := _second_at(run):
        yield from _grids([line._replace(text=line.text[:at].rstrip()) for line in run])
        yield Line(run[-1].number, "")
        run = [line._replace(text=" " * at + line.text[at:]) for line in run]
    rows = [line for line in run if line.text.strip()]
    if not rows:
        yield from run
        return
    grid = _whole_grids(rows)
    if grid is None and len(rows) > 4 and _COUNT.fullmatch(rows[0].text):
        grid = _whole_grids(rows[1:])  # how many follow, or how large they are
    if grid is not None:
        yield from grid
        yield Line(rows[-1].number, "")
        return
    parts = list(_parts(run))
    if len(parts) == 1:
        yield from run
    for part in parts if len(parts) > 1 else ():
        yield from _whole_grids([line for line in part if line.text.strip()]) or part
        yield Line(part[-1].number, "")


def _second_at(run: Sequence[Line]) -> int:
    """Where the right one of two grids drawn side by side begins; 0 where there is none."""
    rulers = (_TWO_RULERS.match(line.text) for line in run if is_ruler(line.text))
    at = next((ruler.end() for ruler in rulers if ruler), 0)
    return 0 if any(line.text[at - 1 : at].strip() for line in run) else at


def _whole_grids(rows: Sequence[Line]) -> list[Line] | None:
    return joined(rows) or side_by_side(rows) or cells_in_place(rows)


def _parts(run: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines between empty ones, with the empty line at their end."""
    part: list[Line] = []
    for line in run:
        part.append(line)
        if not line.text.strip():
            yield part
            part = []
    if part:
        yield part


def refused(text: str, error: PuzzleError) -> PuzzleError:
    """The error of a text that is no puzzle, with what the text looks like."""
    from puzzles.sudoku.reading.looks import looks_like  # only where something is wrong

    words = looks_like(text)
    if words is None and error.line and error.column and "stray" in str(error):
        lines = numbered_lines(unescaped(text))
        line = next((each.text for each in lines if each.number == error.line), "")
        if sum(c.isalpha() for c in line) > max(9, sum(c.isdigit() for c in line)):
            return PuzzleError(
                f"{line.strip()[:30]!a} is neither a row of cells nor a title",
                hint=error.hint,
                line=error.line,
            )
    if words is None and _begins_list(text) and "stray character" in str(error):
        return PuzzleError(
            "this list is no grid of nine rows of nine cells",
            hint="Write nine lists of nine numbers, 0 for a blank; or one line of 81 characters.",
            line=error.line,
            column=error.column,
        )
    if words is None:
        return error
    return PuzzleError(words.message, hint=words.hint, line=words.line)


def _begins_list(text: str) -> bool:
    """Whether a text is meant as a list, perhaps with a name before it."""
    return re.match(r"\s*(?:[\w.$: ]{1,60}=\s*)?[\[({]", text) is not None
