"""Measuring models: accuracy, scaling, states, speed."""
