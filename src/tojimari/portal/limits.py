"""How often one address or one device may ask: counters in the database, one row a window."""

import hashlib
import ipaddress
import time
from datetime import UTC, datetime

from django.conf import settings
from django.db import connection
from django.http import HttpRequest

from tojimari.portal.core.sealing import derived_key

_PURPOSE = "tojimari counters 1"
_ONE_MORE = (
    "INSERT INTO core_counter (key, count, over_at) VALUES (%s, 1, %s) "
    "ON CONFLICT (key) DO UPDATE SET count = core_counter.count + 1 WHERE core_counter.count < %s"
)
"""The first of a window makes its row; the ORM would need three statements for that."""


def address_of(request: HttpRequest) -> str:
    """Return the visitor's address; behind a trusted proxy, the one the proxy saw.

    Of IPv6 only the first 64 bits: the rest one subscriber chooses at will (RFC 6177, RFC 8981).
    """
    return _subscriber(_seen(request))


def _seen(request: HttpRequest) -> str:
    if getattr(settings, "SECURE_PROXY_SSL_HEADER", None):
        hops = [hop.strip() for hop in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
        count = getattr(settings, "ALLAUTH_TRUSTED_PROXY_COUNT", 1)
        if len(hops) >= count and hops[-count]:
            return hops[-count]
    return str(request.META.get("REMOTE_ADDR", ""))


def _subscriber(address: str) -> str:
    try:
        found = ipaddress.ip_address(address.strip("[]").partition("%")[0])
    except ValueError:
        return address
    if not isinstance(found, ipaddress.IPv6Address):
        return str(found)
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, 64), strict=False))


def too_often(what: str, who: str, *, times: int, seconds: int) -> bool:
    """Count one more of ``what`` by ``who``; returns whether it is over ``times`` in the window.

    Counting and comparing are one statement, so of many at once no more than ``times`` pass.
    """
    if times < 1:
        return True
    window = int(time.time()) // seconds
    about = f"{what}\0{who}\0{seconds}\0{window}".encode()
    secret = derived_key(settings.SECRET_KEY, _PURPOSE)
    digest = hashlib.blake2b(about, digest_size=32, key=secret).hexdigest()
    over_at = datetime.fromtimestamp((window + 1) * seconds, UTC)
    with connection.cursor() as cursor:
        cursor.execute(
            _ONE_MORE, [digest, connection.ops.adapt_datetimefield_value(over_at), times]
        )
        return bool(cursor.rowcount != 1)
