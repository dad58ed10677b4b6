"""The rights over money and help in a company."""

from tojimari.portal.core.permissions import right
from tojimari.portal.core.rights import OWNER

MONEY_MANAGE = right("money:manage", roles=(OWNER,))
"""See which programmes fit, say what they ask about the company, and be reminded of deadlines."""
