"""Models on this computer and those that can be fetched."""
