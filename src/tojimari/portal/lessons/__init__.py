"""Lessons of five minutes: chosen for a company, taken on a phone without an account, kept as records."""
