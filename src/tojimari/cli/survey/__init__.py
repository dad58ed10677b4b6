"""``tojimari survey``: one module a verb."""
