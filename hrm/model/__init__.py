"""The model: configuration, layers, and checkpoint formats."""
