"""Requests: what a buyer asks its suppliers, their answers, and buyers' questionnaires as files."""
