"""What the register of domains says about the name, from a file (RDAP or WHOIS) the owner gives."""

import re
from datetime import UTC, datetime

import msgspec

from tojimari.collect.host import Nonsense
from tojimari.collect.look import Seen, saw
from tojimari.collect.outside.probe import probe
from tojimari.collect.outside.target import ascii_name
from tojimari.collect.outside.visit import Visit
from tojimari.knowledge.domains import registered_domain
from tojimari.lib.encodings import decoded
from tojimari.model.facts import MailDomainRegistration

_AT_MOST = 20
_DAY = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
# What registries write before the day, in WHOIS; the last is JPRS for names that end in co.jp. One
# line at a time, and nothing gives back what it took: the file may come from anywhere.
_EXPIRES = re.compile(
    r"\[?+\s*+(?:registry expiry date|registrar registration expiration date|expir[a-z]*+"
    r"(?: date| on)?+|paid-till|renewal date|有効期限|expires on)\s*+\]?+\s*+:?+\s*+(.+)"
    r"|\[(?:状態|state)\][^(]*+\(([0-9/]+)\)",
    re.IGNORECASE,
)
_NAME = re.compile(
    r"(?:a\.\s*+)?+\[?+\s*+(?:domain name|ドメイン名)\s*+\]?+\s*+:?+\s*+(\S+)", re.IGNORECASE
)
_STATUS = re.compile(
    r"\[?+\s*+(?:domain status|status|state|lock status|ロック状態|状態)\s*+(?:\]\s*+:?+|:)\s*+(.+)",
    re.IGNORECASE,
)
_AFTER_STATUS = re.compile(r"\(|\bhttps?:", re.IGNORECASE)
"""What follows the words: a day ("To be suspended (2026/12/31)") or ICANN's explanation."""
_BYTES = 262_144
_LINE_CHARACTERS = 500


class _Event(msgspec.Struct):
    eventAction: str = ""  # noqa: N815  # RFC 9083 spells it so
    eventDate: str = ""  # noqa: N815


class _Rdap(msgspec.Struct):
    objectClassName: str = ""  # noqa: N815
    ldhName: str = ""  # noqa: N815
    unicodeName: str = ""  # noqa: N815
    events: list[_Event] = []
    status: list[str] = []


@probe(sees=(MailDomainRegistration,), needs="registration")
def registration(visit: Visit) -> list[Seen]:
    """See when the registration ends. Raises Nonsense for a file about something else."""
    fact = read_registration(visit.target.registration or b"")
    if fact.name != registered_domain(visit.target.mail_domain):
        raise Nonsense(f"the file is about {fact.name or 'no domain'}"[:200])
    return [saw(fact)]


def read_registration(data: bytes) -> MailDomainRegistration:
    """Return what a file says; the name in ASCII.

    RDAP is JSON by RFC 9083; everything else is read as WHOIS text. Raises Nonsense for a file
    that is neither, or larger than a register writes.
    """
    if len(data) > _BYTES:
        raise Nonsense("larger than what a register writes")
    if data.lstrip()[:1] == b"{":
        return _rdap(data)
    found = decoded(data)
    if found.damaged:
        raise Nonsense("neither RDAP nor WHOIS")
    lines = [line.strip()[:_LINE_CHARACTERS] for line in found.text.splitlines()]
    names, ends, status = (
        [match for line in lines if (match := pattern.match(line))]
        for pattern in (_NAME, _EXPIRES, _STATUS)
    )
    if not names:
        raise Nonsense("neither RDAP nor WHOIS")
    return _fields(
        names[0].group(1),
        (ends[0].group(1) or ends[0].group(2)) if ends else None,
        [
            word
            for state in status[:_AT_MOST]
            for word in _AFTER_STATUS.split(state.group(1), maxsplit=1)[0].split(",")
        ][:_AT_MOST],
    )


def _rdap(data: bytes) -> MailDomainRegistration:
    try:
        found = msgspec.json.decode(data, type=_Rdap)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Nonsense(f"RDAP: {error}"[:200]) from error
    if found.objectClassName != "domain":
        raise Nonsense("RDAP: not about a domain")
    ends = [event.eventDate for event in found.events if event.eventAction == "expiration"]
    return _fields(
        found.ldhName or found.unicodeName, ends[0] if ends else None, found.status[:_AT_MOST]
    )


def _fields(name: str, ends: str | None, status: list[str]) -> MailDomainRegistration:
    plain = [word for one in status if (word := re.sub(r"[\s_-]", "", one).lower()[:60])]
    plain_name = name.strip("[]().").lower()[:253]
    return MailDomainRegistration(
        name=ascii_name(plain_name) or plain_name,
        expires=_moment(ends or ""),
        locked=any(_is_lock(one) for one in plain),
        status=tuple(plain),
    )


def _is_lock(status: str) -> bool:
    """Say whether a status keeps others from moving the name away.

    EPP says clientTransferProhibited (RFC 5731), RDAP locked (RFC 9083), JPRS DomainTransferLocked
    and AgentChangeLocked.
    """
    return "transferprohibited" in status or (
        status.endswith("locked") and not status.endswith("unlocked")
    )


def _moment(text: str) -> datetime | None:
    found = _DAY.search(text)
    if found is None:
        return None
    try:
        year, month, day = (int(part) for part in found.groups())
        return datetime(year, month, day, tzinfo=UTC)
    except ValueError:
        return None
