"""Sudoku 9x9: formats, rules, solver, generators, picture and game."""
