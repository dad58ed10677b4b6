"""Looks at the device we run on: what its own files and commands say."""
