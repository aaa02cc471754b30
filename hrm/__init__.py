"""Hierarchical Reasoning Models: architecture, training, solving, and the `hrm` command."""

__version__ = "0.1.0"
