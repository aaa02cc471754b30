"""Sudoku, maze and ARC puzzles: parsing, rules, exact solving, generation; without torch."""
