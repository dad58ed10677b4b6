"""The rights over what is judged of a company."""

from tojimari.portal.core.permissions import right

BASICS_READ = right("basics:read", granted="always")
"""The basics, the next step and how urgent it is."""
FINDINGS_READ = right("findings:read", granted="ticked", tick="sees_findings")
"""Every control's state, and the schemes."""
MONEY_READ = right("money:read", granted="ticked", tick="sees_money")
"""What the company said of itself for programmes: capital, staff, declarations."""
DRILLS_PLAN = right("drills:plan", granted="ticked", tick="may_drill")
"""Propose mail drills, and see their figures. Never the yes, and never who did what."""
