"""Commands of Django's that the portal does in a way of its own."""
