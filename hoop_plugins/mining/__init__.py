"""Walking from a figure to what caused it."""
