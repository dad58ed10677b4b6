"""Those who help or ask for proof: organisations, grants, the fleet page, notes, nudges."""
