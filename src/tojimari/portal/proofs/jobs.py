"""The jobs of this app: declared where the signing is."""

from tojimari.portal.proofs import signing  # noqa: F401
