"""Fetches the files of advisories that the operator names, and makes the index of them.

A file that does not come, or cannot be read, leaves the last good copy in use. Nothing is fetched
unless the operator names addresses: the portal otherwise asks nobody for anything.
"""

import gzip
import hashlib
import io
import logging
import zlib
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings

from tojimari.collect.host import Unavailable
from tojimari.collect.outside.egress import Egress
from tojimari.knowledge.advisories.index import make_index
from tojimari.knowledge.advisories.place import index_place
from tojimari.knowledge.advisories.reading import MOST_BYTES, Reading
from tojimari.lib.files import write_whole
from tojimari.lib.folders import make_private
from tojimari.model import TojimariError
from tojimari.portal.outside.ownership import open_egress

log = logging.getLogger("tojimari.advisories")

SECONDS = 1800.0
"""For one file; the largest is some ten million bytes, packed."""


def copies() -> Path:
    """Return the folder of the last good copies, beside the index."""
    return index_place().parent / "advisories"


def copy_of(address: str) -> Path:
    """Return where the copy of ``address`` lies: named by its digest, so that none meets another."""
    ending = ".zip" if urlsplit(address).path.endswith(".zip") else ".json"
    return copies() / f"{hashlib.sha256(address.encode()).hexdigest()[:16]}{ending}"


def fetch_all() -> dict[str, str]:
    """Fetch every address the operator named, then make the index of all good copies.

    Returns address -> why it could not be taken, for those that could not. Raises TojimariError
    where the disk refuses.
    """
    failed: dict[str, str] = {}
    for address in settings.ADVISORIES:
        try:
            _take(address, open_egress())
        except (Unavailable, TojimariError, ValueError, OSError, EOFError, zlib.error) as error:
            failed[address] = str(error)[:200]
            log.warning("advisories not fetched", extra={"reason": type(error).__name__})
    good = [copy for address in settings.ADVISORIES if (copy := copy_of(address)).is_file()]
    if good:
        make_index(good, index_place())
    return failed


def _take(address: str, egress: Egress) -> None:
    """Put a fresh copy in the place of the old one, if it is whole and can be read."""
    if urlsplit(address).scheme != "https":
        raise ValueError("https:// is needed")
    chain = egress.get(address, limit=MOST_BYTES, seconds=SECONDS, believed=True, allow=_secure)
    reply = chain.replies[-1]
    if chain.stopped or reply.status != 200 or reply.cut:
        raise ValueError(f"HTTP {reply.status} {chain.stopped}".strip())
    body = _unpacked(reply.body) if address.endswith(".gz") else reply.body
    place = copy_of(address)
    make_private(place.parent)
    new = place.with_name(f"new-{place.name}")
    try:
        write_whole(new, body)
        reading = Reading(new)
        # All of it: a file may be broken at its end. A list of what to read may hold nothing.
        if not sum(1 for _ in reading) and not reading.listed:
            raise ValueError("no advisory")
        new.replace(place)
    finally:
        new.unlink(missing_ok=True)


def _unpacked(data: bytes) -> bytes:
    with gzip.open(io.BytesIO(data)) as file:
        body = file.read(MOST_BYTES + 1)
    if len(body) > MOST_BYTES:
        raise ValueError(f"> {MOST_BYTES} bytes")
    return body


def _secure(url: str) -> None:
    if urlsplit(url).scheme != "https":
        raise Unavailable(f"{url[:100]}: not https")
