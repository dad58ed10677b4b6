"""Files of strangers handed out: always downloads, never opened by the browser as what they say."""

from urllib.parse import quote

from django.http import HttpResponse


def download(data: bytes, name: str) -> HttpResponse:
    """Return bytes of a stranger as a file that no browser opens."""
    response = HttpResponse(data, content_type="application/octet-stream")
    plain = name.replace("/", "_").replace("\\", "_").replace('"', "_")
    response["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(plain, safe='')}"
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response
