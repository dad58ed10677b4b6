"""The rights over what is judged of a company."""

from tojimari.portal.core.permissions import right
from tojimari.portal.core.rights import OWNER

BASICS_READ = right("basics:read", granted="always")
"""The basics, the next step and how urgent it is."""
FINDINGS_READ = right("findings:read", granted="ticked", tick="sees_findings")
"""Every control's state, and the schemes."""
MONEY_READ = right("money:read", granted="ticked", tick="sees_money")
"""What the company said of itself for programmes: capital, staff, declarations."""
FORMS_FILL = right("forms:fill", roles=(OWNER,), granted="ticked", tick="fills_forms")
"""Fill in buyers' questionnaires for the company: it shows how each control stands."""
