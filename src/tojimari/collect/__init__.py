"""Looks at the world and writes observations. No opinions here."""
