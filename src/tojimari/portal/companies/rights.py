"""The rights over what is judged of a company."""

from tojimari.portal.core.permissions import right
from tojimari.portal.core.rights import OWNER

BASICS_READ = right("basics:read", granted="always")
"""The basics, the next step and how urgent it is."""
FINDINGS_READ = right("findings:read", granted="ticked", tick="sees_findings")
"""Every control's state, and the schemes."""
MONEY_READ = right("money:read", granted="ticked", tick="sees_money")
"""What the company said of itself for programmes: capital, staff, declarations."""
PROOFS_REVIEW = right("proofs:review", granted="ticked", tick="reviews_items")
"""See where the company stands in each item, and say that one looked at what it says."""
FORMS_FILL = right("forms:fill", roles=(OWNER,), granted="ticked", tick="fills_forms")
"""Fill in buyers' questionnaires for the company: it shows how each control stands."""
CHAIN_READ = right("chain:read", granted="ticked", tick="sees_chain")
"""Its open controls and its critical suppliers, as far as it discloses them, in a buyer's chain."""
LOAN_JUDGE = right("loan:judge", granted="ticked", tick="judges_loan")
"""Hold where it stands against a bank's conditions."""
DRILLS_PLAN = right("drills:plan", granted="ticked", tick="may_drill")
"""Propose mail drills, and see their figures. Never the yes, and never who did what."""
