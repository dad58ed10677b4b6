"""The package for Windows: ``python -m distribution.windows`` (see docs/windows.md)."""
