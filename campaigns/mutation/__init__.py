"""Mutants of the project's models, and what notices them."""
