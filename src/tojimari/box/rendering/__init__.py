"""Pure functions from settings to the files of existing engines, one module an engine."""
