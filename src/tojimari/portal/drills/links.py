"""The links of drill mails: each one's secret is drawn from the portal's own and the mail's id."""

import base64
import hashlib
import hmac
import re
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from tojimari.portal.core.sealing import derived_key
from tojimari.portal.drills.models import DrillMail, hashed
from tojimari.portal.links import host_of_portal, whole_address

_PURPOSE = "tojimari drill links 1"
_PLACES = "tojimari drill places 1"
_BYTES = 20
_LETTERS = 32
"""160 bits in base 32: nobody guesses one, and it survives being written in small letters."""
TOKEN = re.compile(rf"[a-z2-7]{{{_LETTERS}}}")
HEADER = "X-Tojimari-Drill"
"""The header that says of every mail of a drill that it is one, of whom, and whom to ask."""


def token_of(mail_id: UUID, secret: str = "") -> str:
    """Return the secret of a mail's link, as it is drawn from ``secret``; "" for the portal's now."""
    key = derived_key(secret or settings.SECRET_KEY, _PURPOSE)
    digest = hmac.new(key, mail_id.bytes, hashlib.sha256).digest()[:_BYTES]
    return base64.b32encode(digest).decode().lower()


def rows_of(token: str) -> QuerySet[DrillMail]:
    """Return the mail with this secret, with its drill and company, as a query of one row or none."""
    rows: QuerySet[DrillMail] = DrillMail.objects.across("somebody followed a drill mail's link")
    if not TOKEN.fullmatch(token):
        return rows.none()
    return rows.filter(hash=hashed(token)).select_related("drill", "company")


def found_by(token: str) -> DrillMail | None:
    """Return the mail with this secret, with its drill and company; None for none."""
    return rows_of(token).first()


def sent_token_of(mail: DrillMail) -> str:
    """Return the secret that a mail went out with, also where the portal's changed since.

    "" where nobody knows it any more: what was kept of it is its hash.
    """
    drawn = (
        token_of(mail.pk, each) for each in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    )
    return next((token for token in drawn if hashed(token) == mail.hash), "")


def address_of(mail: DrillMail) -> str:
    """Return the whole address of a mail's page."""
    return whole_address("drills:landing", token_of(mail.pk))


def file_address_of(mail: DrillMail) -> str:
    """Return the whole address that the file of a mail leads to."""
    return whole_address("drills:landing_of_file", token_of(mail.pk))


def message_id(mail: DrillMail) -> str:
    """Return the Message-ID of a mail of a drill."""
    return f"<{mail.pk.hex}.note@{host_of_portal()}>"


def place_of(address: str) -> str:
    """Return the keyed digest by which an address is kept: alike addresses are seen, none is read."""
    key = derived_key(settings.SECRET_KEY, _PLACES)
    return hashlib.blake2b(address.encode(), digest_size=16, key=key).hexdigest()


def tokens_in(data: bytes) -> list[str]:
    """Return what looks like a link's secret in a mail or text, each once.

    It stands in a link, or in the address that answers go to. Nothing else of a mail tells: who
    writes our header or a sender of ours into a mail of theirs must not have it called harmless.
    """
    # Quoted-printable breaks a line in the middle of a long word with "=".
    plain = data.replace(b"=\r\n", b"").replace(b"=\n", b"").decode("ascii", "replace")
    path = whole_address("drills:landing", "x" * _LETTERS).rpartition("x" * _LETTERS)[0]
    start = re.escape(path.partition("://")[2])
    found = re.findall(rf"(?i){start}([a-z2-7]{{{_LETTERS}}})", plain)
    if settings.MAIL_IN_DOMAIN:
        # The address that an answer goes to bears the same secret behind its +.
        domain = re.escape(settings.MAIL_IN_DOMAIN)
        found += re.findall(rf"(?i)\+([a-z2-7]{{{_LETTERS}}})@{domain}", plain)
    return list(dict.fromkeys(each.lower() for each in found))


def ids_in(data: bytes) -> list[UUID]:
    """Return the ids of mails whose Message-ID stands in some bytes."""
    host = re.escape(host_of_portal().encode())
    found: Any = re.findall(rb"<([0-9a-f]{32})\.note@" + host + rb">", data)
    return [UUID(each.decode()) for each in dict.fromkeys(found)]
