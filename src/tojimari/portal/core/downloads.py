"""Files handed out: what the browser saves, and never opens as part of the portal."""

import re
from typing import TypeVar
from urllib.parse import quote

from django.http import HttpResponse
from django.http.response import HttpResponseBase

_PLAIN = re.compile(r"[A-Za-z0-9._-]{1,200}")
Answer = TypeVar("Answer", bound=HttpResponseBase)


def as_file(response: Answer, name: str) -> Answer:
    """Return ``response`` as a file called ``name`` that the browser saves.

    Any name will do: what could end the header or lead to another folder is written so that it
    does not (RFC 6266, RFC 8187).
    """
    if _PLAIN.fullmatch(name):
        response["Content-Disposition"] = f'attachment; filename="{name}"'
    else:
        plain = name.replace("/", "_").replace("\\", "_").replace('"', "_")
        response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(plain, safe='')}"
    return response


def download(data: bytes, name: str) -> HttpResponse:
    """Return bytes of a stranger as a file that no browser opens as what it says it is."""
    response = as_file(HttpResponse(data, content_type="application/octet-stream"), name)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
