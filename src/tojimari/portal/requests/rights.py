"""The rights over what buyers ask a company."""

from tojimari.portal.core.permissions import right
from tojimari.portal.core.rights import OWNER

REQUESTS_ANSWER = right("requests:answer", roles=(OWNER,))
"""See what buyers ask, answer it, show the answer and take it back. Never granted."""
