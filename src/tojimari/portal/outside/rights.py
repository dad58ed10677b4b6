"""The rights over what of a company is seen from outside."""

from tojimari.portal.core.permissions import right
from tojimari.portal.core.rights import OWNER, STAFF

SITES_READ = right("sites:read", roles=(OWNER, STAFF))
"""What was seen of the sites and the line."""
SITES_MANAGE = right("sites:manage", roles=(OWNER,))
"""Name sites, look at them, watch them."""
