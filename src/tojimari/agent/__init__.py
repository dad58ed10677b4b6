"""Runs on a device: looks on a schedule, signs what it saw, sends it when the portal can be reached."""
