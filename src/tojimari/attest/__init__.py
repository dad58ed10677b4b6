"""What a company may prove of itself to others: claims, signed statements, and their verifying."""
