"""Rules as a person writes them: names, or a rules file.

Names are joined with commas: `x` (diagonals), `windoku`, `latin` (no boxes), `jigsaw` (regions are
written below the puzzle, or drawn at random for a new one), `boxes=2x3` (height and width),
`size=6`.

A rules file is TOML and describes any puzzle in which rows, columns, regions and further groups of
cells hold no symbol twice. Every field may be left out:

    size = 6                     # rows and columns, 4 to 25
    symbols = "ABCDEF"           # how 1, 2, … are written and drawn; else 1-9 A-P
    boxes = "2x3"                # height and width; else the usual ones
    rules = ["x"]                # names, as above
    regions = [                  # in place of boxes, a letter or digit a region
        "AABBCC", "AABBCC", "AABBCC",
        "DDEEFF", "DDEEFF", "DDEEFF",
    ]

    [[groups]]                   # any number of these, of 2 to 6 cells
    name = "the corners"
    cells = ["r1c1", "r1c6", "r6c1", "r6c6"]

`hrm solve sudoku FILE --rules mine.toml` reads puzzles under it; so do check, generate, eval, train
and tui.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isqrt
from typing import Any

from puzzles.errors import PuzzleError
from puzzles.sudoku.rules import (
    LARGEST,
    SMALLEST,
    Group,
    Rules,
    box_of,
    box_regions,
    box_shape,
    diagonals,
    named_group,
    require_regions,
    usual,
    windows,
    with_groups,
)

NAMED = ("x", "windoku", "latin", "jigsaw")

RULES_HINT = (
    "Rules are x, windoku, latin, jigsaw, boxes=2x3 and size=6, joined with commas, or a TOML file "
    "with size, symbols, boxes, rules, regions and groups."
)

_BOXES = re.compile(r"boxes=(\d{1,2})x(\d{1,2})")
_SIZE = re.compile(r"size=(\d{1,2})")
_LONGEST = 1_000_000
"""Characters of a rules file; 600 groups of 25 cells are a quarter of it."""
_FIELDS = ("size", "symbols", "boxes", "rules", "regions", "groups")
_TOML = re.compile(r"[\n\[]")


@dataclass(frozen=True, slots=True)
class RuleText:
    """What was written. `size` is 0 and `symbols` empty where nothing was said of them; `regions`
    has a letter for each cell."""

    names: tuple[str, ...] = ()
    size: int = 0
    symbols: str = ""
    regions: tuple[str, ...] = ()
    groups: tuple[tuple[object, tuple[str, ...]], ...] = field(default=())

    @property
    def wants_regions(self) -> bool:
        """Whether it is a jigsaw whose regions stand elsewhere."""
        return "jigsaw" in self.names and not self.regions

    def rules(self, size: int, regions: Sequence[Any] = ()) -> Rules:
        """Of a grid of `size` with the `regions` that were written beside it, if any.

        Raises `PuzzleError` where they do not fit, or contradict one another.
        """
        if self.size not in (0, size):
            raise PuzzleError(
                f"a {self.size}×{self.size} puzzle is wanted, this can be read as {size}×{size}",
                hint="A puzzle says its size itself: leave the size out, or give another one.",
            )
        if self.regions and regions:
            raise PuzzleError("the regions stand in the rules and below the puzzle, too")
        if self.regions:
            require_regions(size, self.regions, list(dict.fromkeys(self.regions)))
        groups = [named_group(name, cells, size) for name, cells in self.groups]
        return with_groups(_named(self.names, size, self.regions or regions), groups)


def is_names(text: str) -> bool:
    """Whether rules are names, and not TOML."""
    return _TOML.search(text) is None


def read_rules(text: str, size: int, regions: Sequence[Any] = ()) -> Rules:
    """`RuleText.rules` of names or TOML; of nothing the usual boxes, or the regions."""
    return read_rule_text(text).rules(size, regions)


def read_rule_text(text: str) -> RuleText:
    """Raises `PuzzleError` for what is neither names nor TOML with the fields above."""
    if not is_names(text):
        return _from_toml(text)
    names, size = [], 0
    for name in filter(None, dict.fromkeys(part.strip().lower() for part in text.split(","))):
        if found := _SIZE.fullmatch(name):
            if size:
                raise PuzzleError("two sizes are given", hint=RULES_HINT)
            size = _in_range(int(found[1]))
        elif name in NAMED or _BOXES.fullmatch(name):
            names.append(name)
        else:
            raise PuzzleError(f"there is no rule {name[:40]!a}", hint=RULES_HINT)
    return RuleText(tuple(names), size)


def with_size(text: str, size: int) -> str:
    """The same rules for puzzles of `size` alone; raises `PuzzleError` where they say another."""
    known = read_rule_text(text).size
    if known and known != size:
        raise PuzzleError(f"the rules are for {known}×{known} puzzles, not for {size}×{size}")
    if known:
        return text
    _in_range(size)
    return f"size = {size}\n{text}" if not is_names(text) else f"{text},size={size}".strip(",")


def _in_range(size: int) -> int:
    if not SMALLEST <= size <= LARGEST:
        raise PuzzleError(f"a Sudoku has {SMALLEST} to {LARGEST} rows, not {size}")
    return size


def _named(names: Sequence[str], size: int, regions: Sequence[Any]) -> Rules:
    shapes = [(int(m[1]), int(m[2])) for name in names if (m := _BOXES.fullmatch(name))]
    kinds = [name for name in names if name in ("latin", "jigsaw") or name.startswith("boxes")]
    if len(kinds) > 1:
        raise PuzzleError(f"{kinds[0]} and {kinds[1]} exclude one another", hint=RULES_HINT)
    if regions and kinds and kinds[0] != "jigsaw":
        raise PuzzleError(f"the puzzle has regions, which the rule {kinds[0]} excludes")
    if "jigsaw" in names and not regions:
        raise PuzzleError(
            "a jigsaw needs its regions",
            hint="Write them below the puzzle after an empty line, one letter or digit a region.",
        )
    if not names and not regions:
        return usual(size)
    if not regions and "latin" not in names:
        regions = box_regions(size, shapes[0] if shapes else None)
    layers = diagonals(size) if "x" in names else ()
    if "windoku" in names:
        layers += (windows(size),)
    return Rules(size, tuple(regions), layers)


def _from_toml(text: str) -> RuleText:
    if len(text) > _LONGEST:
        raise PuzzleError(f"the rules are longer than {_LONGEST:,} characters", hint=RULES_HINT)
    try:
        table = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise PuzzleError(f"the rules are not TOML: {error}", hint=RULES_HINT) from None
    unknown = sorted(set(table) - set(_FIELDS))
    if unknown:
        raise PuzzleError(f"the rules have no field {unknown[0][:40]!a}", hint=RULES_HINT)
    named = read_rule_text(",".join(_texts(table.get("rules", []), "rules")))
    boxes, size = table.get("boxes"), table.get("size", named.size)
    if boxes is not None and not (isinstance(boxes, str) and _BOXES.fullmatch(f"boxes={boxes}")):
        raise PuzzleError(f"boxes are height and width, such as 2x3, not {str(boxes)[:40]!a}")
    if isinstance(size, bool) or not isinstance(size, int):
        raise PuzzleError(f"size is a whole number, not {str(size)[:40]!a}")
    groups = table.get("groups", [])
    if not isinstance(groups, list) or not all(isinstance(group, dict) for group in groups):
        raise PuzzleError("groups are tables [[groups]] with name and cells", hint=RULES_HINT)
    letters = "".join(_texts(table.get("regions", []), "regions"))
    return RuleText(
        (*named.names, f"boxes={boxes}") if boxes else named.names,
        _in_range(size) if size else 0,
        require_symbols(table["symbols"], size) if "symbols" in table else "",
        tuple(letter for letter in letters if not letter.isspace()),
        tuple(
            (group.get("name", f"group {i}"), tuple(_texts(group.get("cells", []), "cells")))
            for i, group in enumerate(groups, start=1)
        ),
    )


def require_symbols(symbols: object, size: int) -> str:
    """Raises `PuzzleError` unless there are `size` different characters, none of them a blank."""
    if not isinstance(symbols, str) or not symbols.isprintable() or len(symbols) < (size or 1):
        raise PuzzleError(
            f"symbols are a text of {size or SMALLEST} characters, not {str(symbols)[:40]!a}"
        )
    if size and len(symbols) > size:
        raise PuzzleError(f"{len(symbols)} symbols, a {size}×{size} puzzle has {size}")
    if len(set(symbols.upper())) < len(symbols):
        raise PuzzleError("symbols has a character twice; a and A count as one")
    if bad := next((one for one in symbols if one.isspace() or one in ".,;|_·*-"), ""):
        raise PuzzleError(f"{bad!a} cannot be a symbol: it is a blank or parts cells")
    return symbols


def _texts(value: object, what: str) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(text, str) for text in value):
        raise PuzzleError(f"{what} is a list of texts", hint=RULES_HINT)
    return value


def written_rules(rules: Rules) -> str:
    """Lines that say, above a puzzle, what its size does not; its regions, if they are no boxes,
    stand below it."""
    names, groups = _said(rules)
    lines = [f"rules: {', '.join(names)}"] if names else []
    lines += [f"group {group.name}: {' '.join(_cells(group, rules.size))}" for group in groups]
    return "".join(f"{line}\n" for line in lines)


def rules_like(rules: Rules, symbols: str = "") -> str:
    """What asks for more puzzles under the same rules, jigsaws with regions of their own."""
    names, groups = _said(rules)
    if rules.regions and box_of(rules) is None:
        names.append("jigsaw")
    lines = [f"size = {rules.size}", f"rules = {json.dumps(names)}"]
    if symbols:
        lines.append(f"symbols = {json.dumps(symbols)}")
    for group in groups:
        cells = json.dumps(_cells(group, rules.size))
        lines += ["[[groups]]", f"name = {json.dumps(group.name)}", f"cells = {cells}"]
    return "".join(f"{line}\n" for line in lines)


def _said(rules: Rules) -> tuple[list[str], list[Group]]:
    """Names, and the groups that no name has."""
    size, names, layers = rules.size, [], rules.layers
    shape = box_of(rules)
    if not rules.regions:
        names.append("latin")
    elif shape is not None and shape != box_shape(size):
        names.append(f"boxes={shape[0]}x{shape[1]}")
    if layers[:2] == diagonals(size):
        names.append("x")
        layers = layers[2:]
    if layers and isqrt(size) ** 2 == size and layers[0] == windows(size):
        names.append("windoku")
        layers = layers[1:]
    return names, [group for layer in layers for group in layer]


def _cells(group: Group, size: int) -> list[str]:
    return [f"r{cell // size + 1}c{cell % size + 1}" for cell in group.cells]
