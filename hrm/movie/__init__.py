"""A solve as a film: scenes with words below them, and the files they are written to."""
