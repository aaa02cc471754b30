"""Training data: generated puzzles, a user's files, data sets in the published layout."""
