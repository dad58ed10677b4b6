"""The rights over proofs."""

from tojimari.portal.core.permissions import right
from tojimari.portal.core.rights import OWNER

PROOFS_MANAGE = right("proofs:manage", roles=(OWNER,))
"""Make a proof, hand it out, and withdraw it."""
