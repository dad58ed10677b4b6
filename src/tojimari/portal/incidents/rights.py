"""The rights over incidents."""

from tojimari.portal.core.permissions import right
from tojimari.portal.core.rights import OWNER, STAFF

INCIDENTS_READ = right(
    "incidents:read", roles=(OWNER, STAFF), granted="ticked", tick="sees_incidents"
)
"""See the company's incidents; those about one of its own people only its owners see."""
INCIDENTS_WRITE = right("incidents:write", roles=(OWNER, STAFF))
"""Open an incident, write down what is known and done."""
INCIDENTS_ERASE = right("incidents:erase", roles=(OWNER,))
"""Erase words, names and files of a record; their digests stay."""
CONTACTS_MANAGE = right("contacts:manage", roles=(OWNER,))
"""Say whom the company calls, and make the emergency code."""
