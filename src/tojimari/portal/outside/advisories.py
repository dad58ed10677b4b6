"""Fetches the files of advisories that the operator names, and makes the index of them.

A file that does not come, is not its publisher's or cannot be read leaves the last good copy in use.
Nothing is fetched unless the operator names addresses: the portal otherwise asks nobody for anything.
"""

import hashlib
import logging
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import msgspec
from django.conf import settings

from tojimari.collect.host import Unavailable
from tojimari.collect.outside.egress import Egress
from tojimari.collect.outside.replies import Reply
from tojimari.knowledge.advisories.index import make_index
from tojimari.knowledge.advisories.packing import unpacked
from tojimari.knowledge.advisories.place import index_place
from tojimari.knowledge.advisories.reading import MOST_BYTES, Reading
from tojimari.knowledge.advisories.repomd import advisories_of
from tojimari.knowledge.exploited import is_catalogue, own_place
from tojimari.knowledge.files import FOLDER
from tojimari.lib.files import write_whole
from tojimari.lib.folders import make_private
from tojimari.model import Text, TojimariError
from tojimari.portal.outside.ownership import open_egress
from tojimari.portal.outside.provenance import (
    NotGenuine,
    Provenance,
    check_listed,
    check_signature,
    digest_held,
    keyring_for,
)

log = logging.getLogger("tojimari.advisories")

SECONDS = 1800.0
"""For one file; the largest is some ten million bytes, packed."""
_LIST = "/repodata/repomd.xml"
_SMALL_BYTES = 1_000_000
"""Of a repository's list of files, and of a signature."""


class Fetched(msgspec.Struct, frozen=True):
    """How it went with one address.

    Attributes:
        taken_at: when the copy that is in use was fetched; None where there is none.
        checked: by what that copy was known to be the publisher's.
        failed: why it could not be fetched at the last try; None where it could.
    """

    taken_at: datetime | None = None
    checked: Provenance = "nothing"
    failed: Text | None = None


def copies() -> Path:
    """Return the folder of the last good copies, beside the index."""
    return index_place().parent / "advisories"


def copy_of(address: str) -> Path:
    """Return where the copy of ``address`` lies: named by its digest, so that none meets another."""
    ending = ".zip" if urlsplit(address).path.endswith(".zip") else ".json"
    return copies() / f"{hashlib.sha256(address.encode()).hexdigest()[:16]}{ending}"


def last_fetch() -> dict[str, Fetched]:
    """Return how it went with each address at the last try; empty where nobody can tell."""
    try:
        return msgspec.json.decode(_notes().read_bytes(), type=dict[str, Fetched])
    except (OSError, msgspec.MsgspecError):
        return {}


def _notes() -> Path:
    return index_place().parent / "advisories-fetched.json"


def fetch_all() -> dict[str, str]:
    """Fetch every address the operator named, then make the index of all good copies.

    Returns address -> why it could not be taken, for those that could not. Raises TojimariError
    where the disk refuses.
    """
    if not settings.ADVISORIES:
        return {}
    before = last_fetch()
    notes = {address: _tried(address, before) for address in settings.ADVISORIES}
    make_private(index_place().parent)
    write_whole(_notes(), msgspec.json.encode(notes))
    good = [copy for address in settings.ADVISORIES if (copy := copy_of(address)).is_file()]
    if good:
        make_index(good, index_place())
    return {address: one.failed.en for address, one in notes.items() if one.failed is not None}


def _tried(address: str, before: dict[str, Fetched]) -> Fetched:
    known = before.get(address, Fetched())
    try:
        checked = _take(address, open_egress())
    except (Unavailable, TojimariError, ValueError, OSError) as error:
        log.warning("advisories not fetched", extra={"reason": type(error).__name__})
        said = error.text if isinstance(error, TojimariError) else _both(str(error)[:200])
        return msgspec.structs.replace(known, failed=said)
    return Fetched(datetime.now(UTC), checked)


def _both(reason: str) -> Text:
    return Text(ja=reason, en=reason)


def _take(address: str, egress: Egress) -> Provenance:
    """Put a fresh copy in the place of the old one, if it is the publisher's and can be read."""
    if urlsplit(address).scheme != "https":
        raise ValueError("https://")
    name, body, checked = _genuine(address, egress)
    body = unpacked(body, urlsplit(name).path, MOST_BYTES)
    if is_catalogue(body):
        _keep_catalogue(body)
    else:
        _keep(copy_of(address), body)
    return checked


def _keep_catalogue(body: bytes) -> None:
    """Put CISA's catalogue where it goes before the one that came along."""
    place = own_place()
    if place is None:
        raise TojimariError(
            f"攻撃に使われている弱点の一覧を置く所がありません。{FOLDER} にフォルダーを書いてください。",
            f"There is no place for the catalogue of what attackers use. Name a folder in {FOLDER}.",
        )
    make_private(place.parent)
    write_whole(place, body)


def _keep(place: Path, body: bytes) -> None:
    """Put a copy in the place of the one before, if it can be read to its end."""
    make_private(place.parent)
    new = place.with_name(f"new-{place.name}")
    try:
        write_whole(new, body)
        reading = Reading(new)
        # All of it: a file may be broken at its end. A list of what to read may hold nothing.
        if not sum(1 for _ in reading) and not reading.listed:
            raise TojimariError(
                "読めましたが、ここで比べられるものの弱点がありません。",
                "It was read, but is about nothing that is compared here.",
            )
        new.replace(place)
    finally:
        new.unlink(missing_ok=True)


def _genuine(address: str, egress: Egress) -> tuple[str, bytes, Provenance]:
    """Return address and content of the file, and by what it is known to be the publisher's.

    Of an RPM repository the operator names the list of its files, since the names in it change.
    Raises NotGenuine where something is published, or keys are given, and it does not hold.
    """
    keyring = keyring_for(address)
    listed = urlsplit(address).path.endswith(_LIST)
    reply = _get(address, egress, _SMALL_BYTES if listed else MOST_BYTES)
    checked: Provenance = "digest" if digest_held(reply) else "nothing"
    if keyring is not None:
        try:
            signature = _get(f"{address}.asc", egress, _SMALL_BYTES).body
        except (Unavailable, ValueError) as error:
            raise NotGenuine(
                f"署名 ({address}.asc) を取れません ({error})。",
                f"The signature ({address}.asc) cannot be fetched ({error}).",
            ) from error
        check_signature(reply.body, signature, keyring)
        checked = "signature"
    if not listed:
        return address, reply.body, checked
    file = advisories_of(reply.body)
    name = urljoin(address.removesuffix(_LIST.lstrip("/")), file.location)
    body = _get(name, egress, MOST_BYTES).body
    check_listed(body, file)
    return name, body, "signature" if checked == "signature" else "checksum"


def _get(address: str, egress: Egress, limit: int) -> Reply:
    """Return the server's answer, whole. Raises Unavailable, ValueError."""
    chain = egress.get(address, limit=limit, seconds=SECONDS, believed=True, allow=_secure)
    reply = chain.replies[-1]
    if chain.stopped or reply.status != 200 or reply.cut:
        raise ValueError(f"HTTP {reply.status} {chain.stopped}".strip())
    return reply


def _secure(url: str) -> None:
    if urlsplit(url).scheme != "https":
        raise Unavailable(f"{url[:100]}: not https")
