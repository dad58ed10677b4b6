"""Collectors for Linux."""
