"""Is this mail dangerous? Open to everybody, keeps nothing."""
