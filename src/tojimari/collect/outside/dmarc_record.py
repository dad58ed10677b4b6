"""A DMARC record as receivers read it (RFC 7489, section 6; RFC 9989, section 4).

Only the version decides whether a record is one. What is wrong behind it is passed over, but for the
policies: a receiver that cannot read one only watches, and only where reports are wanted.
"""

import re
from collections.abc import Sequence
from typing import Literal

import msgspec

Asked = Literal["none", "quarantine", "reject"]
_ASKED: dict[str, Asked] = {"none": "none", "quarantine": "quarantine", "reject": "reject"}
_VERSION = re.compile(r"\s*v\s*=\s*DMARC1\s*(?:;|$)")
_VERSION_ANY_CASE = re.compile(r"(?i)\s*V\s*=\s*")
_MEANT = re.compile(r"(?i)[\s\"']*v\s*=?\s*dmarc")
_REPORT = re.compile(r"(?i)mailto:[^@,;\s!]+@([a-z0-9.-]+)")
_REPORTS_AT_MOST = 10
_HOST_CHARACTERS = 253


class DmarcPolicy(msgspec.Struct, frozen=True):
    """What is asked for forged mail.

    Attributes:
        own: in the name of the domain itself.
        below: in the names below it.
        misspelt: it could not be read, so receivers only watch.
    """

    own: Asked
    below: Asked
    misspelt: bool


class DmarcRecord(msgspec.Struct, frozen=True):
    """A record with its version in place.

    Attributes:
        text: as it stands in DNS.
        tags: name in lower case -> value.
        broken: it is no list of tags, or names one twice.
    """

    text: str
    tags: dict[str, str]
    broken: bool

    def policy(self) -> DmarcPolicy | None:
        """Return what is asked; None where receivers take no action, as for no record at all.

        A missing ``p`` reads as ``none`` (RFC 9989). One that is misspelt, also of ``sp`` or ``np``,
        does so only where reports are wanted.
        """
        if self.broken:
            return None
        said = {name: self.tags[name].lower() for name in ("p", "sp", "np") if name in self.tags}
        if any(value not in _ASKED for value in said.values()):
            return DmarcPolicy("none", "none", True) if self.report_hosts() else None
        own = _ASKED[said.get("p", "none")]
        return DmarcPolicy(own, _ASKED[said.get("sp", own)], False)

    def percent(self) -> int:
        """Return the share of mail the policy is for; 0 while it is marked as a test.

        ``pct`` is of RFC 7489; RFC 9989 knows ``t=y`` in its place.
        """
        if self.tags.get("t", "").lower() == "y":
            return 0
        share = self.tags.get("pct", "")
        return min(100, int(share)) if re.fullmatch(r"[0-9]{1,3}", share) else 100

    def report_hosts(self) -> list[str]:
        """Return the hosts that get the daily reports; the addresses may be a person's."""
        hosts = _REPORT.findall(self.tags.get("rua", ""))
        return sorted({host.lower()[:_HOST_CHARACTERS] for host in hosts})[:_REPORTS_AT_MOST]


def dmarc_records(texts: Sequence[str]) -> tuple[list[DmarcRecord], list[str]]:
    """Return (the records, texts that were meant as one and are none) of ``_dmarc.domain``.

    The name ``v`` may be in capitals, its value must be ``DMARC1`` to the letter.
    """
    records, meant = [], []
    for text in texts:
        if _VERSION.match(_VERSION_ANY_CASE.sub("v=", text, count=1)):
            records.append(_record(text))
        elif _MEANT.match(text):
            meant.append(text)
    return records, meant


def _record(text: str) -> DmarcRecord:
    tags: dict[str, str] = {}
    broken = False
    for part in text.split(";"):
        name, equals, value = part.partition("=")
        name = name.strip().lower()
        if not part.strip():
            continue
        broken = broken or not equals or not name or name in tags
        tags[name] = value.strip()
    return DmarcRecord(text, tags, broken)
