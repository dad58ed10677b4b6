"""The installer for Windows, handed out with a code in its file name, so that nobody types commands.

The operator puts the installer that was built (and signed, if they sign) into the folder that
``TOJIMARI_INSTALLERS`` names; its bytes are sent as they are.
"""

from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tojimari.agent.invitation import PLAIN_NAME, to_portal
from tojimari.portal.devices.models import CODE_GOOD_FOR, Device, EnrolCode
from tojimari.portal.errors import refused
from tojimari.portal.limits import address_of, too_often
from tojimari.portal.words import say

FILE_NAME = f"tojimari-{settings.VERSION}-windows-x64.exe"
"""As ``make windows`` names it. Of this very version: agent and portal fit together."""

TRIES = 100
"""In ten minutes from one address, behind which a whole office may sit; two for each computer."""


def installer() -> Path | None:
    """Return where the installer of this version lies; None where the operator gave none."""
    path = Path(settings.INSTALLERS) / FILE_NAME
    return path if settings.INSTALLERS and path.is_file() else None


def _good(request: HttpRequest, letters: str) -> HttpResponse | None:
    """Return None where ``letters`` are a good code of a computer, else the page that says no."""
    if installer() is None:
        raise Http404
    if too_often("setup", address_of(request), times=TRIES, seconds=600):
        return refused(request, say("error.too_often"), code=429)
    with transaction.atomic():
        if EnrolCode.usable(letters, Device.COMPUTER, timezone.now()) is None:
            return refused(request, say("setup.bad_code"), code=404)
    return None


@require_safe
def setup(request: HttpRequest, letters: str) -> HttpResponse:
    """Say what to do on the computer that is to join; whoever holds the code may read it."""
    minutes = int(CODE_GOOD_FOR.total_seconds() // 60)
    return _good(request, letters) or render(
        request,
        "setup.html",
        {
            "letters": letters,
            "minutes": minutes,
            "address": settings.PUBLIC_URL,
            "named": to_portal(settings.PUBLIC_URL, letters) is not None,
        },
    )


@require_safe
def setup_file(request: HttpRequest, letters: str) -> HttpResponseBase:
    """Send the installer under a name that says which portal to join, and with which code."""
    found, path = to_portal(settings.PUBLIC_URL, letters), installer()
    refusal = _good(request, letters)
    if refusal is not None or path is None:
        return refusal or refused(request, say("setup.bad_code"), code=404)
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=found.file_name if found else PLAIN_NAME,
        content_type="application/vnd.microsoft.portable-executable",
    )
