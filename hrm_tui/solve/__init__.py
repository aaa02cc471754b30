"""The solve screen."""
