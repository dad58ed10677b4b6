"""The rights over papers."""

from tojimari.portal.core.permissions import right
from tojimari.portal.core.rights import OWNER, STAFF

PAPERS_READ = right("papers:read", roles=(OWNER, STAFF), granted="ticked", tick="sees_papers")
"""See the company's papers and take their files."""
PAPERS_WRITE = right("papers:write", roles=(OWNER,), granted="ticked", tick="prepares_papers")
"""Answer the questions of papers and change their words. Approving is never granted."""
PAPERS_APPROVE = right("papers:approve", roles=(OWNER,))
"""Approve a paper, take it back, and be reminded of those that end."""
