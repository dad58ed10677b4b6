"""This device: what its own files and commands say."""
