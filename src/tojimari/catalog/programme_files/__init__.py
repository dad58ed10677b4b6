"""Programmes that others wrote: YAML, a spreadsheet, or what Jグランツ hands out. All hostile."""
