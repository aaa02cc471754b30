"""The Sudoku steps that a person finds first, each with words that explain it: the last blank of a
group, a digit with one place in a region, a cell with one digit, a digit with one place in a line.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from puzzles.sudoku.puzzle import SYMBOLS
from puzzles.sudoku.rules import CLASSIC, Group, Rules, tables
from puzzles.sudoku.solver import board_of, places


@dataclass(frozen=True, slots=True)
class Single:
    """A digit from 1 that must stand in a cell from 0. `why` does not give the digit away, `proof`
    may."""

    cell: int
    digit: int
    why: str
    proof: str


def candidates(digits: Sequence[int], rules: Rules = CLASSIC) -> list[int]:
    """For each cell the set of digits that none of its groups forbids, bit d - 1 for digit d; 0 for
    a filled cell."""
    return [max(mask, 0) for mask in board_of(digits, tables(rules))]


def find_single(
    digits: Sequence[int], rules: Rules = CLASSIC, symbols: str = SYMBOLS
) -> Single | None:
    """The easiest single of digits that do not clash, easiest as people see them; `symbols` are how
    1, 2, … are written."""
    groups = [group for group in tables(rules).groups if len(group.cells) == rules.size]
    lines, others = groups[: 2 * rules.size], groups[2 * rules.size :]
    return (
        _last_blank(digits, groups)
        or _hidden(digits, rules, others, symbols)
        or _naked(digits, rules)
        or _hidden(digits, rules, lines, symbols)
    )


def _last_blank(digits: Sequence[int], groups: Sequence[Group]) -> Single | None:
    for group in groups:
        blanks = [cell for cell in group.cells if not digits[cell]]
        if len(blanks) == 1:
            size = len(group.cells)
            digit = size * (size + 1) // 2 - sum(digits[cell] for cell in group.cells)
            why = f"it is the last blank cell of {group.name}"
            return Single(blanks[0], digit, why, f"{group.name} has every other digit")
    return None


def _naked(digits: Sequence[int], rules: Rules) -> Single | None:
    for cell, mask in enumerate(candidates(digits, rules)):
        if mask.bit_count() == 1:
            *first, last = _kinds(cell, rules)
            why = f"its {', '.join(first)} and {last} leave only one digit"
            return Single(cell, mask.bit_length(), why, "it sees all the others")
    return None


def _kinds(cell: int, rules: Rules) -> Iterator[str]:
    """Of the groups of a cell: row, column, box, the main diagonal."""
    groups = tables(rules).groups
    own = len(groups) - len(rules.further)
    for number, group in enumerate(groups):
        if cell in group.cells:
            yield group.name.split()[0] if number < own else group.name


def _hidden(
    digits: Sequence[int], rules: Rules, groups: Sequence[Group], symbols: str
) -> Single | None:
    known = tables(rules)
    board = board_of(digits, known)
    for group in groups:
        once, _ = places(board, group.cells, known.full)
        if once > 0:
            bit = once & -once
            cell = next(cell for cell in group.cells if board[cell] > 0 and board[cell] & bit)
            digit = bit.bit_length()
            why = f"one digit fits nowhere else in {group.name}"
            proof = f"{symbols[digit - 1]} fits nowhere else in {group.name}"
            return Single(cell, digit, why, proof)
    return None
