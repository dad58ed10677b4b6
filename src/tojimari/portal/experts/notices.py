"""What the people of a company are told about visits of experts."""

from django.urls import reverse

from tojimari.portal.core.models import Notice
from tojimari.portal.core.notices import end, notice
from tojimari.portal.experts.models import ExpertVisit
from tojimari.portal.experts.rights import VISITS_MANAGE, VISITS_READ


def _page(found: Notice) -> str:
    return reverse("experts:company_visit", args=[found.company_id, found.about])


VISIT_OFFERED = notice("visit.offered", to=VISITS_MANAGE, page=_page, mail="mail.visit_offered")
"""An expert can come, and the company has to say yes. About: the visit. Values: expert, when."""
VISIT_CALLED_OFF = notice("visit.called_off", to=VISITS_READ, page=_page, mail="mail.visit_off")
"""The organisation or the expert called it off. About: the visit. Values: organisation."""
VISIT_EXPERT_GONE = notice("visit.expert_gone", to=VISITS_READ, page=_page, mail="mail.visit_gone")
"""The expert is not one any more; the organisation looks for another. About: the visit."""
VISIT_LAPSED = notice("visit.lapsed", to=VISITS_READ, page=_page, mail="mail.visit_lapsed")
"""Time went by and it is over. About: the visit. Values: organisation."""
VISIT_REPORTED = notice("visit.reported", to=VISITS_MANAGE, page=_page, mail="mail.visit_reported")
"""The report of a visit is there, to be read. About: the visit. Values: expert."""


def put_away(visit: ExpertVisit) -> None:
    """Put away what was told of a visit and is dealt with."""
    for kind in (VISIT_OFFERED, VISIT_REPORTED):
        end(visit.company, kind, str(visit.pk), put_away=True)
