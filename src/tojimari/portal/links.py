"""Whole addresses, for mail and for what is read away from the browser."""

from django.conf import settings
from django.urls import reverse


def whole_address(name: str, *args: object) -> str:
    """Return the address of the page ``name`` as it is reached from anywhere."""
    return f"{settings.PUBLIC_URL}{reverse(name, args=args)}"
