"""The probes, one module a fact or a close family of facts."""
