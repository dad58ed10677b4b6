"""The experts a desk suggested about a ticket, and the visits that came of it, as pages show them."""

from typing import Any

from tojimari.portal.desk.models import Referral, Ticket
from tojimari.portal.experts.models import WISH_LETTERS
from tojimari.portal.experts.offered import field_title
from tojimari.portal.words import say


def shown_referrals(ticket: Ticket) -> list[dict[str, Any]]:
    """Return each suggestion of a ticket: its field, its visit's state, and what is asked with it.

    What is asked starts as the question itself with what went along of it; the company changes it
    as it likes before anybody reads it.
    """
    rows = Referral.objects.of(ticket.company_id).filter(ticket=ticket).select_related("visit")
    wish = "\n".join(each for each in (ticket.subject, ticket.shared) if each)
    return [
        {
            "row": one,
            "field": field_title(one.field),
            "state": say(f"visitstate.{one.visit.state}") if one.visit else "",
            "wish": f"{wish}\n{one.words}"[:WISH_LETTERS],
        }
        for one in rows.order_by("made_at")
    ]
