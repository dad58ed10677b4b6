"""The web: one Django project; one app for each thing people do."""
