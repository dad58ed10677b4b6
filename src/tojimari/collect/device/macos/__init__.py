"""Collectors for macOS."""
