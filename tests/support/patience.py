"""How long a test waits before it takes something for hung, on a machine busy with other work."""

PATIENCE = 600.0
"""Seconds after which a program that should have ended is taken for hung."""

BOUNDED = 120.0
"""Seconds within which a wait with a limit of few seconds ends; without one it lasts far longer."""
