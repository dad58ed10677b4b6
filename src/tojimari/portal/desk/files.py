"""Files handed out by a desk: always downloads, never opened by the browser as what they say."""

from urllib.parse import quote

from django.http import HttpResponse

from tojimari.portal.desk.models import Attachment
from tojimari.portal.desk.tickets import data_of


def handed_out(file: Attachment) -> HttpResponse:
    """Return a kept file as a download."""
    return download(data_of(file), file.name)


def download(data: bytes, name: str) -> HttpResponse:
    """Return bytes of a stranger as a file that no browser opens."""
    response = HttpResponse(data, content_type="application/octet-stream")
    plain = name.replace("/", "_").replace("\\", "_").replace('"', "_")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(plain, safe='')}"
    return response


def ics(data: bytes) -> HttpResponse:
    """Return a calendar file of our own."""
    response = HttpResponse(data, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="appointment.ics"'
    return response
