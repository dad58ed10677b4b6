"""The rights that every company has from the ground up."""

from tojimari.portal.core.permissions import right

OWNER, STAFF = "owner", "staff"
"""The roles of a member in a company."""

COMPANY_READ = right("company:read", roles=(OWNER, STAFF))
"""Open the company's pages: result, plan, history, report."""
COMPANY_WRITE = right("company:write", roles=(OWNER, STAFF))
"""Answer, look, say that something is done."""
COMPANY_MANAGE = right("company:manage", roles=(OWNER,))
"""Name and people of the company, its data as a whole, its end."""
PORTAL_OPERATE = right("portal:operate", portal=True)
"""See how the portal does, and let organisations in."""
