"""The rights over what watches a company."""

from tojimari.portal.core.permissions import right
from tojimari.portal.core.rights import OWNER, STAFF

WATCH_READ = right("watch:read", roles=(OWNER, STAFF))
"""See what is heard, and what there is to do."""
WATCH_MANAGE = right("watch:manage", roles=(OWNER,))
"""Be told, and say "that was us"."""
