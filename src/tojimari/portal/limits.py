"""How often one address or one device may ask: counters in the shared cache."""

import hashlib
import time

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest


def address_of(request: HttpRequest) -> str:
    """Return the visitor's address; behind a trusted proxy, the one the proxy saw."""
    if getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        count = getattr(settings, "ALLAUTH_TRUSTED_PROXY_COUNT", 1)
        if len(hops) >= count and hops[-count]:
            return hops[-count]
    return str(request.META.get("REMOTE_ADDR", ""))


def too_often(what: str, who: str, *, times: int, seconds: int) -> bool:
    """Count one more of ``what`` by ``who``; returns whether it is over ``times`` in the window."""
    window = int(time.time()) // seconds
    # A cache key holds 250 letters; a host name alone may have 253.
    digest = hashlib.sha256(who.encode()).hexdigest()
    key = f"limit:{what}:{digest}:{window}"
    if cache.add(key, 1, timeout=seconds + 5):
        return times < 1
    try:
        return int(cache.incr(key)) > times
    except ValueError:  # it ran out between the two calls
        return False
