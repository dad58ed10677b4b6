"""Hears: what engines wrote into their logs becomes signals, notices, and one summary a day."""
