"""Whole addresses, for mail and for what is read away from the browser."""

from urllib.parse import urlsplit

from django.conf import settings
from django.urls import reverse


def whole_address(name: str, *args: object) -> str:
    """Return the address of the page ``name`` as it is reached from anywhere."""
    return f"{settings.PUBLIC_URL}{reverse(name, args=args)}"


def host_of_portal() -> str:
    """Return the name of the server by which the portal is reached."""
    return urlsplit(settings.PUBLIC_URL).hostname or "localhost"
