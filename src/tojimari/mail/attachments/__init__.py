"""What lies in the files that come with a message, looked at without running anything."""
