"""The rights over a company's drills."""

from tojimari.portal.core.permissions import right
from tojimari.portal.core.rights import OWNER

DRILLS_MANAGE = right("drills:manage", roles=(OWNER,))
"""Consent to drills, plan, start and stop them, see what came of them."""
