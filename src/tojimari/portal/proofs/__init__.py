"""Proofs: statements about a company that it hands to those who ask, signed, dated and revocable."""
