"""Money and help: programmes beside a company, reminders of deadlines, and those of supporters."""
