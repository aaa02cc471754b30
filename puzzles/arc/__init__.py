"""ARC tasks: formats, data sets, relations, picture and game."""
