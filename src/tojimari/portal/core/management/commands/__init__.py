"""Found by Django by their names."""
