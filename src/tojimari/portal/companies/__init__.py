"""One company: its facts, its answers, its result, its weekly habit. For owner and staff."""
