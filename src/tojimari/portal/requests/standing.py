"""Whether buyers wait for a company, and which questionnaires it has not finished."""

from django.utils import timezone

from tojimari.portal.companies.models import Company
from tojimari.portal.requests.models import FormFile, Inquiry
from tojimari.portal.supporters.standings import Standing
from tojimari.portal.words import say


def of_requests(company: Company) -> Standing | None:
    """Say how many buyers wait for an answer of ``company`` and until when, or how many have one."""
    rows = Inquiry.objects.of(company).select_related("request__organisation")
    waiting = [
        one for one in rows.filter(state=Inquiry.ASKED).order_by("request__due") if one.is_open
    ]
    if waiting:
        first = f"{waiting[0].request.due:%Y-%m-%d}"
        return Standing(say("show.requests_waiting", n=len(waiting), day=first), waits=True)
    n = rows.filter(state=Inquiry.ANSWERED, shown_until__gt=timezone.now()).count()
    return Standing(say("show.requests_shown", n=n)) if n else None


def of_forms(company: Company) -> Standing | None:
    """Say how many questionnaires ``company`` took in and has not filled yet."""
    n = FormFile.objects.of(company).filter(filled_at=None).count()
    return Standing(say("show.forms_open", n=n)) if n else None
