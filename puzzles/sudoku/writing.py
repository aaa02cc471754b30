"""Sudokus as text that reads back the same: 9×9 with boxes alone as 81 characters, all others in
the symbols and rows that they were written in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from puzzles.sudoku.puzzle import HEXADECIMAL, SYMBOLS, Notation, Sudoku
from puzzles.sudoku.reading.rule_text import written_rules
from puzzles.sudoku.rules import CLASSIC, REGION_LETTERS, box_of


def write_puzzle(puzzle: Sudoku) -> str:
    """Without a last line end."""
    rules, size = puzzle.rules, puzzle.size
    if rules == CLASSIC and not _own_symbols(puzzle):
        return "".join(map(str, puzzle.givens)).replace("0", ".")
    text = _above(puzzle) + _notation(puzzle).write(puzzle.givens, size)
    if _is_jigsaw(puzzle):
        letters = replace(_notation(puzzle), symbols=REGION_LETTERS)
        text += "\nregions\n" + letters.write([number + 1 for number in rules.regions], size)
    return text


def rules_above(puzzle: Sudoku) -> str:
    """Lines for above a drawing or an answer: what its size does not say, and all regions."""
    text, size = _above(puzzle), puzzle.size
    if _is_jigsaw(puzzle):
        letters = "".join(REGION_LETTERS[number] for number in puzzle.rules.regions)
        rows = [letters[begin : begin + size] for begin in range(0, len(letters), size)]
        text += f"regions: {' '.join(rows)}\n"
    return text


def _above(puzzle: Sudoku) -> str:
    symbols = f"symbols: {puzzle.notation.symbols}\n" if _own_symbols(puzzle) else ""
    return symbols + written_rules(puzzle.rules)


def _own_symbols(puzzle: Sudoku) -> bool:
    return puzzle.notation.symbols not in ("", SYMBOLS, HEXADECIMAL)


def _is_jigsaw(puzzle: Sudoku) -> bool:
    return bool(puzzle.rules.regions) and box_of(puzzle.rules) is None


def write_answer(puzzle: Sudoku, digits: Sequence[int] | None) -> str:
    """An answer, or blanks where there is none, below the rules, with a line end; an empty line
    ends rows."""
    if puzzle.rules == CLASSIC and puzzle.notation.symbols == SYMBOLS:
        return "".join(map(str, digits or [0] * 81)) + "\n"
    notation = _notation(puzzle)
    text = rules_above(puzzle) + notation.write(digits or [0] * puzzle.rules.cells, puzzle.size)
    return text + ("\n\n" if notation.rows else "\n")


def _notation(puzzle: Sudoku) -> Notation:
    """One line of 16 or 25 cells, or of numbers, could be a row of another size: rows it is."""
    notation = puzzle.notation
    doubtful = puzzle.size in (4, 5) or not notation.symbols
    return replace(notation, rows=True) if doubtful else notation
