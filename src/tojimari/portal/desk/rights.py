"""The rights over questions to a desk."""

from tojimari.portal.core.permissions import right
from tojimari.portal.core.rights import OWNER, STAFF

DESK_ASK = right("desk:ask", roles=(OWNER, STAFF))
"""Ask a desk, and follow the questions one asked oneself."""
DESK_ALL = right("desk:all", roles=(OWNER,))
"""Follow every question of the company, and decide who else may read one."""
DESK_ANSWER = right("desk:answer", granted="always")
"""Read and answer what the company asked this organisation; comes with every grant."""
