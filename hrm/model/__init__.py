"""The model: its shape, its layers, and the files it is kept in."""
