"""What is handed to people who install nothing themselves."""
