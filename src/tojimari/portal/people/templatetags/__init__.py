"""Tags every template has."""
