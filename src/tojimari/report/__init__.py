"""Shows: terminal, page, PDF, JSON and OSCAL, all from one diagnosis."""
