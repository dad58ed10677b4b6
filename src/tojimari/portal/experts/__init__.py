"""Experts who are sent to a company: who could come, the visit, and what it found."""
