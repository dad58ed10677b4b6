"""Collectors for Windows."""
