"""Solving puzzles with a model: when to stop, attempts, batches, traces."""
