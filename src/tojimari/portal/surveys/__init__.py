"""Surveys on the web: for those who ask, and for those who answer."""
