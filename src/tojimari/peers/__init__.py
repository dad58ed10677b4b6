"""Companies like this one: published figures beside the own assessment. Never joined, never invented."""

from tojimari.peers.compare import Comparison, compare

__all__ = ["Comparison", "compare"]
