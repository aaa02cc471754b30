"""The rules that a person gave beside the cells of a puzzle: in an argument, or in the lines above,
as `puzzles.sudoku.writing` writes them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from puzzles.errors import PuzzleError
from puzzles.sudoku.puzzle import Sudoku
from puzzles.sudoku.reading.blocks import GROUP, NAMED, REGIONS_LINE, RULES, matched
from puzzles.sudoku.reading.rule_text import (
    RULES_HINT,
    is_names,
    read_rule_text,
    read_rules,
    require_symbols,
)
from puzzles.sudoku.rules import Rules, box_shape, named_group, require_regions, with_groups
from puzzles.text.text_grid import Line

_APART = r"[^\w\n]"
_KIND = (
    rf"(?:diagonal|killer|jigsaw|irregular|squiggly|samurai|thermo(?:meter)?|arrow|kropki|sandwich|"
    rf"anti{_APART}?(?:knight|king)|(?:non{_APART}?)?consecutive|even{_APART}?odd|greater{_APART}?than)"
)
_ALONE = rf"(?:(?:sudoku[ _-]*x|x[ _-]*sudoku)\b|windoku|hyper{_APART}?(?:doku|sudoku))"
_VARIANT = re.compile(
    rf"^(?:{_APART}|_)*+(?:(?:a|the|my|puzzle|grid|no){_APART}++){{0,2}}(?:\d++{_APART}++)?"
    rf"(?P<name>{_ALONE}|{_KIND}{_APART}++sudoku)\b"
    rf"(?:{_APART}++[a-z]{{1,12}}){{0,3}}(?:{_APART}|[\d_])*+$",
    re.IGNORECASE | re.MULTILINE,
)
_VALUE = rf"(?P<name>{_ALONE}|{_KIND}s?(?:[ _-]?sudoku)?|hyper|x)"
_FIELDS = "variant|variation|type|kind|mode|genre|category|ruleset|rules?|constraints?"
_FIELD = re.compile(
    rf"""\b(?:{_FIELDS})["']?\s*[:=]\s*\[?\s*["']?{_VALUE}["']?\s*(?=[,}}\]\n&]|\Z)"""
    rf"""|["'](?:is_?)?(?P<flag>diagonals?|windoku|hyper|jigsaw|killer|irregular)["']\s*:\s*true\b""",
    re.IGNORECASE,
)
"""Of JSON and what is like it."""

_SENTENCE = re.compile(
    r"(?P<name>\bdiagonals?\b(?![ -]?symmetr))[^\n]{0,80}"
    r"\b(?:digits?|numbers?|repeat|once|counts?|unique|1 ?(?:[-–]|to|through) ?9)\b"
    r"|\b(?:digits?|numbers?|repeat|once)\b[^\n]{0,80}(?<!no )(?<!not )(?P<last>\bdiagonals?\b)"
    r"|(?P<move>\b(?:knight|king)['’]?s[ -]move\b)",
    re.IGNORECASE,
)
"""A rule in words."""

_CLUES = re.compile(
    r"^[^\w\n]*(?P<name>(?:(?:killer|sum|my|the) )?cages?|thermo(?:meter)?s?|arrows?|kropki|"
    r"palindromes?|whispers?|renban)[ ]?:",
    re.IGNORECASE | re.MULTILINE,
)
"""A line of clues that only other rules have."""

_DENIED = re.compile(
    r"\b(?:no|not|without|unlike|except|ignor\w+|regardless)\W+(?:(?:the|any|main|on|of)\W+){0,3}"
    r"diagonals?\b",
    re.IGNORECASE,
)

_BEFORE = re.compile(
    r"""\\n|\\?["']?\s*[:=]\s*\\?["']|<[^<>\n]{1,60}>|^\[?\d{1,2}:\d\d:\d\d\]?|^\[[A-Za-z]+\]"""
    r"""|^[ \t]*(?:```|~~~)""",
    re.MULTILINE,
)
"""What stands before a title that begins no line: in a string, behind a tag, in a log."""

_RULES_SAID = re.compile(
    r"^[\W\d_]*(rules?[ *_]*[:=][ *_]*([a-z][\w,= ]{0,60}))(?=[\"'\\`]|\s*$)",
    re.IGNORECASE | re.MULTILINE,
)
_LOOKED_AT = 5_000
"""Characters at the beginning of a text that may be a title."""

_LETTERED = re.compile(r"(?<![\w.])[A-Za-z0-9]{16,625}(?![\w.])")
_LISTED = re.compile(r"""["']regions["']\s*:\s*(\[(?:\s*\[){2}[\d\s,\[\]]{0,9000}\])""")
_PLACE = re.compile(r"\[\s*(\d{1,2})\s*,\s*(\d{1,2})\s*\]")
_JIGSAW = re.compile(r"^[^\w\n]*(?P<name>jigsaw|irregular|squiggly)\b[^\n]{0,30}$", re.I | re.M)
"""A title of a puzzle that has regions in place of boxes."""

_BOXES = re.compile(
    r"\b(\d{1,2}) ?[x×] ?(\d{1,2})[ -](?:box|block|region)(?:e?s)?\b"
    r"|\b(?:box|block|region)(?:e?s)?(?: size)?\W{1,3}(\d{1,2}) ?[x×] ?(\d{1,2})\b",
    re.IGNORECASE,
)
"""A sentence that says how large boxes are."""

_SEARCHED = 20_000
"""Characters at the beginning of a text in which regions are looked for."""


def refuse_variant(text: str) -> None:
    """Raises `PuzzleError` where a title, a field or a sentence names rules beyond the usual ones,
    and no line does."""
    begin = text[:_LOOKED_AT]
    shown = _each_begun(begin)
    kinds = (
        ("text", _FIELD, begin.replace('\\"', '"')),
        ("title", _VARIANT, shown),
        ("text", _SENTENCE, begin),
        ("text", _CLUES, shown),
    )
    found = next(((what, m) for what, kind, where in kinds if (m := kind.search(where))), None)
    if found and not (found[1].re is _SENTENCE and _DENIED.search(begin)):
        what, match = found
        name, at = match[match.lastgroup or 0], match.start(match.lastgroup or 0)
    elif (record := _in_table(begin)) is not None:
        (name, at), what = record, "table"
    else:
        return
    if any(matched(RULES, line) for line in shown.splitlines()):
        return
    raise PuzzleError(
        f"the {what} names {name.strip()[:30]!a}, but no rule is read from a {what}",
        hint="Write `rules: x` above the puzzle or give --rules x, with a name that `hrm solve "
        "--help` lists; take the words out if only the usual rules hold.",
        line=begin.count("\n", 0, at) + 1,
    )


def _each_begun(text: str) -> str:
    """A text with line ends before what begins a string or stands behind a tag, equally long."""
    return _BEFORE.sub(lambda match: "\n" + " " * (len(match[0]) - 1), text)


def require_rules_read(text: str, puzzles: Sequence[Sudoku]) -> None:
    """Raises `PuzzleError` where a text says `rules: x`, or has the regions of a jigsaw, in a place
    where it is not read."""
    _require_regions_read(text, puzzles)
    begin = text[:_LOOKED_AT]
    said = _RULES_SAID.search(_each_begun(begin)) if "ule" in begin.lower() else None
    if said is None:
        return
    size = puzzles[0].size
    try:
        usual = all(puzzle.rules == read_rules("", size) for puzzle in puzzles)
        wanted = read_rules(said[2].strip(), size)
    except PuzzleError:  # words, such as `Rules: each row once`, or a size without boxes
        return
    if usual and wanted != puzzles[0].rules:
        raise PuzzleError(
            f"the text says {said[1].strip()!a} in a place where it is not read",
            hint="Write it on a line of its own above the puzzle, with nothing before it.",
            line=begin.count("\n", 0, said.start(1)) + 1,
        )


def _in_table(text: str) -> tuple[str, int] | None:
    """The variant that a record of CSV names in a column that says so, and where it is."""
    at = 0
    column: int | None = None
    for line in text.splitlines(keepends=True):
        fields = [field.strip(" \"'\r\n") for field in re.split(r"[,;\t]", line)]
        if column is None and any(fields):
            names = [re.fullmatch(_FIELDS, field, re.IGNORECASE) is not None for field in fields]
            if True not in names or len(fields) < 2:
                return None
            column = names.index(True)
        elif column is not None and re.fullmatch(
            _VALUE, fields[column] if column < len(fields) else "", re.IGNORECASE
        ):
            return fields[column], at
        at += len(line)
    return None


def _require_regions_read(text: str, puzzles: Sequence[Sudoku]) -> None:
    rules = puzzles[0].rules
    if box_shape(rules.size) is None or rules != read_rules("", rules.size):
        return
    begin = text[:_SEARCHED]
    for at, labels in _region_maps(begin, rules.size):
        if _is_jigsaw(labels, rules):
            raise PuzzleError(
                "these are the regions of a jigsaw, in a place where they are not read",
                hint="Write the puzzle, an empty line, and the regions in the same shape below.",
                line=begin.count("\n", 0, at) + 1,
            )
    _require_boxes_read(begin, rules.size)
    if title := _JIGSAW.search(begin):
        raise PuzzleError(
            f"the title says {title['name']!a}, and no regions stand below the puzzle",
            hint="Write an empty line and the regions below it, with a letter for each cell.",
            line=begin.count("\n", 0, title.start("name")) + 1,
        )


def _require_boxes_read(text: str, size: int) -> None:
    usual = box_shape(size) or ()
    for said in _BOXES.finditer(text):
        shape = tuple(int(side) for side in said.groups() if side)
        if shape != usual and sorted(shape) == sorted(usual):
            raise PuzzleError(
                f"the text says {said[0]!a}, which may be rows by columns or columns by rows",
                hint=f"Write `rules: boxes={shape[0]}x{shape[1]}` above the puzzle, the height "
                "first.",
                line=text.count("\n", 0, said.start()) + 1,
            )


def _is_jigsaw(labels: Sequence[Any], usual: Rules) -> bool:
    """Whether labels of all cells are regions that are no boxes, and no full grid."""
    size = usual.size
    order = list(dict.fromkeys(labels))
    try:
        require_regions(size, labels, order)
    except PuzzleError:
        return False
    rows = [labels[first : first + size] for first in range(0, size**2, size)]
    is_full_grid = all(len(set(row)) == size for row in rows)
    return not is_full_grid and tuple(map(order.index, labels)) != usual.regions


def _region_maps(text: str, size: int) -> Iterator[tuple[int, Sequence[Any]]]:
    """What may be the region of each cell, and where it stands."""
    for match in _LETTERED.finditer(text):
        yield match.start(), match[0].lower()
    for match in _LISTED.finditer(text):
        places = [(int(row), int(column)) for row, column in _PLACE.findall(match[1])]
        yield match.start(), [places.index(place) // size for place in sorted(places)]


@dataclass(frozen=True, slots=True)
class GivenRules:
    """The rules of an argument, and of the lines above a puzzle."""

    argument: str
    names: str = ""
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()
    written: str = ""
    regions: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.argument or self.names or self.groups or self.written or self.regions)

    @property
    def symbols(self) -> str:
        """Those that a text names in place of 1-9 A-P, empty for these."""
        return self.written or read_rule_text(self.argument).symbols

    def rules(self, size: int, regions: Sequence[Any] = ()) -> Rules:
        names = self.names
        if names and self.argument.strip() and not is_names(self.argument):
            known = {*read_rule_text(self.argument).names, f"size={size}"}
            if not known.issuperset(read_rule_text(names).names):
                raise PuzzleError("the rules above the puzzle are not those of the file")
            names = ""
        rules = read_rules(",".join(filter(None, (self.argument, names))), size, regions)
        groups = [named_group(n, cells, size) for n, cells in self.groups]
        return with_groups(rules, [group for group in groups if group not in rules.further])

    def extended(self, line: Line) -> GivenRules | None:
        """These and what a line says, None if it says nothing of rules."""
        if found := matched(RULES, line.text):
            return replace(self, names=",".join(filter(None, (self.names, found[1].rstrip()))))
        if found := matched(GROUP, line.text):
            cells = tuple(found[2].replace(",", " ").split())
            return replace(self, groups=(*self.groups, (found[1].rstrip(), cells)))
        if found := matched(NAMED, line.text):
            return replace(self, written=require_symbols(found[1], 0))
        if found := matched(REGIONS_LINE, line.text):
            return replace(self, regions=tuple("".join(found[1].split())))
        return None

    def require_none(self, line: Line) -> None:
        if self:
            raise PuzzleError("a Solo id says its rules itself", hint=RULES_HINT, line=line.number)
