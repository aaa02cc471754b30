"""Sudoku, maze and ARC puzzles: parsing, rules, exact solving, generation. Knows nothing of torch."""
