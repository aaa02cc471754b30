"""Sudokus as people write, paste and store them. `formats` is the door; the other modules find the
grid in a text and read one kind of text each."""
