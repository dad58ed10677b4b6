"""Recognises a mail of a drill, whoever hands it in and however: forwarded, attached or pasted."""

import binascii
import re
from typing import Any
from urllib.parse import unquote_to_bytes

from tojimari.portal.drills.counting import count
from tojimari.portal.drills.links import found_by, ids_in, sent_token_of, tokens_in
from tojimari.portal.drills.models import DrillMail, hashed
from tojimari.portal.links import whole_address
from tojimari.portal.mailcheck.exercises import Exercise

_READ_BYTES = 2_000_000
"""Of a mail no more is looked through; those of drills are far smaller."""
_LOOKED_UP = 20
_LOOKED_UP_IN_ALL = 100
"""Links and ids of one mail that are asked for: a mail of thousands of made-up ones costs no more."""
_BASE64 = re.compile(rb"(?:[A-Za-z0-9+/]{40,}\r?\n)*[A-Za-z0-9+/]{40,}={0,2}")


def _layers(data: bytes) -> list[bytes]:
    """Return a mail's bytes as they are, and what its base64 and its percent signs stand for.

    Programs wrap what is forwarded in either; no parser of mails is needed to look for a link.
    """
    data = data[:_READ_BYTES]
    found = [data]
    for part in _BASE64.findall(data):
        packed = re.sub(rb"\s", b"", part)
        try:
            found.append(binascii.a2b_base64(packed + b"=" * (-len(packed) % 4)))
        except binascii.Error:
            continue
    return [*found, *(unquote_to_bytes(each) for each in found if b"%2F" in each or b"%2f" in each)]


def mails_in(data: bytes) -> list[DrillMail]:
    """Return the mails of drills whose link or Message-ID stands in some bytes."""
    found: dict[Any, DrillMail] = {}
    tokens: dict[str, None] = {}
    ids: dict[Any, None] = {}
    for layer in _layers(data):
        tokens |= dict.fromkeys(tokens_in(layer)[:_LOOKED_UP])
        ids |= dict.fromkeys(ids_in(layer)[:_LOOKED_UP])
        if len(tokens) + len(ids) >= _LOOKED_UP_IN_ALL:
            break
    for token in tokens:
        mail = found_by(token)
        if mail is not None:
            found[mail.pk] = mail
    left = [each for each in ids if each not in found]
    if left:
        rows = DrillMail.objects.across("a mail that was handed in names mails of drills")
        for mail in rows.filter(pk__in=left).select_related("drill", "company"):
            found[mail.pk] = mail
    return [mail for mail in found.values() if mail.state in DrillMail.SENT]


def reported(data: bytes, by: str) -> DrillMail | None:
    """Count the mails of drills in some bytes as reported; returns one of them, or None.

    by: ``address`` or ``page``. Whoever hands it in: it is the person it went to who passed it on.
    """
    found = mails_in(data)
    for mail in found:
        count(mail, "reported", by)
    return found[0] if found else None


def recognised(data: bytes, way: str) -> Exercise | None:
    """Return the exercise a mail handed in at the mail check is of, and count it as reported."""
    mail = reported(data, way)
    if mail is None:
        return None
    # Whoever handed the mail in holds its link already; this page counts nothing.
    token = sent_token_of(mail) or _token_in(data, mail)
    return Exercise(str(mail.company), whole_address("drills:why", token) if token else "")


def _token_in(data: bytes, mail: DrillMail) -> str:
    """Return the secret of a mail as whoever handed it in holds it; "" where it is not in there."""
    found = (token for layer in _layers(data) for token in tokens_in(layer)[:_LOOKED_UP])
    return next((token for token in found if hashed(token) == mail.hash), "")
