"""Measurements: what is too slow, too big or too real for the tests. See README.md beside this file."""
