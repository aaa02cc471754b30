"""Dialogs, and the table of those that choose a puzzle."""
