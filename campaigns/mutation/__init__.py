"""Mutants of the project's models, and the tests that notice them."""
