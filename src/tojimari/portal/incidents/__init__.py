"""When something has happened: the first steps, and whom to call. Open to everybody."""
