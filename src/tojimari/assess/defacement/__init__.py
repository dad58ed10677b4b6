"""Judges what differs between two looks at a web site (改ざん検知). Pure functions, no I/O."""
