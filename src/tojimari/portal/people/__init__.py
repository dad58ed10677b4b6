"""Who acts: accounts, roles, sessions, tokens, and the log of who saw or changed what."""
