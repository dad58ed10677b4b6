"""Papers of a company: made, changed by hand, approved, renewed; and its calendar of yearly records."""
