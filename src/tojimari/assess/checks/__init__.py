"""The checks, one module a control or a close family of controls."""
