"""Sudoku of any size: formats, rules, solver, generators, picture and game."""
