"""Solving ARC: a copy of the model is adapted to the task, and variants vote."""
