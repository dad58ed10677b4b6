"""Reads a suspicious message and says how dangerous it is, with the reasons, in its own process."""
