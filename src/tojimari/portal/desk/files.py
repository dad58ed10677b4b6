"""Files handed out by a desk: always downloads, never opened by the browser as what they say."""

from django.http import HttpResponse

from tojimari.portal.core.downloads import as_file, download
from tojimari.portal.desk.models import Attachment
from tojimari.portal.desk.tickets import data_of


def handed_out(file: Attachment) -> HttpResponse:
    """Return a kept file as a download."""
    return download(data_of(file), file.name)


def ics(data: bytes) -> HttpResponse:
    """Return a calendar file of our own."""
    response = HttpResponse(data, content_type="text/calendar; charset=utf-8")
    return as_file(response, "appointment.ics")
