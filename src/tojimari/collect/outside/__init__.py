"""Looks at a company from outside: its web site, its mail domain, its open doors."""
