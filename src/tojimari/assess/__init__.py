"""Judges: pure functions of observations, the catalog and a moment. No I/O, no clock."""
