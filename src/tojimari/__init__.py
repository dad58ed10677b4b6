"""Tojimari: says where a small company stands in cybersecurity and gives the one next step."""

__version__ = "0.2.0"
