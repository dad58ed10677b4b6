"""Running the portal: start, worker, doctor, backup, restore, health."""
