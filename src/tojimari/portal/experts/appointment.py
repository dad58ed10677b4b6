"""The appointment of a visit as a calendar file."""

from datetime import timedelta
from email.utils import parseaddr
from importlib.util import find_spec

from django.conf import settings
from django.http import Http404, HttpResponse

from tojimari.portal.core.downloads import as_file
from tojimari.portal.experts.models import ExpertVisit
from tojimari.portal.experts.offered import field_title
from tojimari.portal.links import host_of_portal
from tojimari.portal.words import say


def has_calendar(visit: ExpertVisit) -> bool:
    """Return whether there is an appointment that was agreed to, and what makes the file.

    The extra ``desk`` brings it; a computer that serves its owner alone has neither.
    """
    agreed = visit.at is not None and visit.agreed_at is not None
    return agreed and find_spec("icalendar") is not None


def calendar_of(visit: ExpertVisit) -> HttpResponse:
    """Send the appointment as a file a calendar takes; once called off, it takes it out again.

    Nobody's mail address but the portal's own is in it. Raises Http404 without an appointment to
    which the company said yes.
    """
    if visit.at is None or not has_calendar(visit):
        raise Http404
    from tojimari.portal.core.calendar import (
        CONTENT_TYPE,
        Appointment,
        Method,
        Party,
        calendar_file,
    )

    method: Method = "REQUEST" if visit.is_open or visit.state == visit.DONE else "CANCEL"
    made = calendar_file(
        Appointment(
            uid=f"visit-{visit.pk}@{host_of_portal()}",
            sequence=visit.sequence,
            starts=visit.at,
            ends=visit.at + timedelta(minutes=visit.minutes),
            made_at=visit.changed_at,
            title=say("visit.calendar", company=visit.company, expert=visit.expert_name),
            organiser=Party(
                parseaddr(settings.DEFAULT_FROM_EMAIL)[1] or f"portal@{host_of_portal()}",
                str(visit.organisation),
            ),
            place=visit.place,
            words=field_title(visit.field),
        ),
        method,
    )
    response = HttpResponse(made, content_type=CONTENT_TYPE.format(method))
    return as_file(response, "tojimari-visit.ics")
