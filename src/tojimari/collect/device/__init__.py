"""Collectors for the device the program runs on: its files and commands."""
