"""The gateway box: one settings file becomes the configuration of existing engines, in generations."""
