"""Mazes: formats, rules, generators, picture and game."""
