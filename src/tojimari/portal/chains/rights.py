"""The rights over a company's own suppliers."""

from tojimari.portal.core.permissions import right
from tojimari.portal.core.rights import OWNER

CHAIN_MANAGE = right("chain:manage", roles=(OWNER,))
"""Name suppliers, disclose them to buyers, be counted in the chains of others, or not."""
