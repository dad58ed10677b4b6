"""What a company is told by its desk. The answer itself goes by mail to who asked, see ``letters``."""

from django.urls import reverse

from tojimari.portal.core.models import Notice
from tojimari.portal.core.notices import notice
from tojimari.portal.desk.rights import DESK_ALL


def _ticket(found: Notice) -> str:
    return reverse("desk:own_ticket", args=[found.company_id, found.values["ticket"]])


DESK_ANSWERED = notice("desk.answered", to=DESK_ALL, page=_ticket)
"""A desk answered. About: the ticket's id. Values: ticket, organisation, number."""
DESK_ANSWERED_NOBODY = notice("desk.answered_owners", to=DESK_ALL, page=_ticket, mail="mail.desk")
"""A desk answered a call or mail of nobody with an account, so the owners have a mail. As above."""
HANDOVER_ASKED = notice(
    "desk.handover", to=DESK_ALL, page=_ticket, mail="mail.handover", urgent=False
)
"""A desk asks whether somebody outside may read a ticket. About: the hand-over's id."""
