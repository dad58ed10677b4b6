"""The rights over what lenders say of a company."""

from tojimari.portal.core.permissions import right
from tojimari.portal.core.rights import OWNER

LOANS_READ = right("loans:read", roles=(OWNER,))
"""See under which policies the company stands where, and what a person decided."""
