"""Mazes as people draw, paste and store them. `formats` is the door; the other modules find the
drawing in a text and read one kind of text each."""
