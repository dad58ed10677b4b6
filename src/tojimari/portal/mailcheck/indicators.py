"""Where dangerous mails led, for others to block or compare: STIX 2.1, MISP, CSV, a plain list.

Both JSON forms are written here; tests read them back with stix2, its validator and pymisp.
"""

import csv
import io
import json
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import msgspec

from tojimari.lib.formulas import guard
from tojimari.mail.links import is_ip
from tojimari.model import host_name

FORMS = {
    "stix.json": "application/stix+json;version=2.1",
    "misp.json": "application/json",
    "csv": "text/csv; charset=utf-8",
    "txt": "text/plain; charset=utf-8",
}
DAYS = 90
"""Older hosts have long changed hands."""
_NAMESPACE = uuid.UUID("5f0fb0a8-9c0d-4cbb-9b5c-1c3a9a0c6f3e")
_GREEN = "marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da"
"""TLP:GREEN, the object that STIX 2.1 itself defines (7.2.1.4)."""


class Indicator(msgspec.Struct, frozen=True):
    """A host that dangerous mails led to.

    Attributes:
        host: a name, or an IP address.
        first, last: when the first and the last such mail was asked about.
        mails: how many.
        tricks: ids of the tricks of those mails.
    """

    host: str
    first: datetime
    last: datetime
    mails: int
    tricks: tuple[str, ...]


def indicators_of(rows: Iterable[Any]) -> list[Indicator]:
    """Return the hosts in verdicts (``Judged``), by name; nothing that is no host."""
    found: dict[str, list[Any]] = {}
    for row in rows:
        for host in row.hosts:
            if host and (is_ip(host) or host_name(host) == host):
                found.setdefault(host, []).append(row)
    return [
        Indicator(
            host,
            min(row.at for row in its),
            max(row.at for row in its),
            len(its),
            tuple(sorted({row.trick for row in its if row.trick})),
        )
        for host, its in sorted(found.items())
    ]


def written(form: str, indicators: list[Indicator], *, at: datetime, by: str) -> bytes:
    """Return indicators in one of ``FORMS``. ``by``: who gives them. Raises LookupError."""
    if form == "txt":
        return "".join(f"{each.host}\n" for each in indicators).encode()
    if form == "csv":
        return _csv(indicators)
    content = {"stix.json": _stix, "misp.json": _misp}[form](indicators, at, by)
    return json.dumps(content, ensure_ascii=False, indent=1).encode()


def _csv(indicators: list[Indicator]) -> bytes:
    out = io.StringIO()
    rows = csv.writer(out)
    rows.writerow(["host", "type", "first_seen", "last_seen", "mails", "tricks"])
    for each in indicators:
        type_ = "ip" if is_ip(each.host) else "domain"
        line = (each.host, type_, _time(each.first), _time(each.last), each.mails)
        rows.writerow([*(guard(str(cell)) for cell in line), guard(" ".join(each.tricks))])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _id(kind: str, *about: str) -> str:
    return f"{kind}--{uuid.uuid5(_NAMESPACE, '|'.join(about))}"


def _stix(indicators: list[Indicator], at: datetime, by: str) -> dict[str, Any]:
    giver = _id("identity", by)
    common = {"spec_version": "2.1", "object_marking_refs": [_GREEN]}
    made = [
        {
            "type": "identity",
            "id": giver,
            "created": _time(at),
            "modified": _time(at),
            "name": by,
            "identity_class": "organization",
            **common,
        }
    ]
    for each in indicators:
        kind = (
            ("ipv6-addr" if ":" in each.host else "ipv4-addr")
            if is_ip(each.host)
            else "domain-name"
        )
        value = each.host.replace("\\", "\\\\").replace("'", "\\'")
        made.append(
            {
                "type": "indicator",
                "id": _id("indicator", by, each.host),
                "created_by_ref": giver,
                "created": _time(each.first),
                "modified": _time(each.last),
                "name": each.host,
                "indicator_types": ["malicious-activity"],
                "pattern": f"[{kind}:value = '{value}']",
                "pattern_type": "stix",
                "valid_from": _time(each.first),
                "labels": ["phishing", *each.tricks],
                **common,
            }
        )
    return {"type": "bundle", "id": _id("bundle", by, _time(at)), "objects": made}


def _misp(indicators: list[Indicator], at: datetime, by: str) -> dict[str, Any]:
    stamp = str(int(at.timestamp()))
    attributes = [
        {
            "uuid": str(uuid.uuid5(_NAMESPACE, f"{by}|{each.host}")),
            "type": "ip-dst" if is_ip(each.host) else "hostname",
            "category": "Network activity",
            "value": each.host,
            "to_ids": False,
            "comment": " ".join(each.tricks),
            "first_seen": _time(each.first),
            "last_seen": _time(each.last),
            "timestamp": stamp,
        }
        for each in indicators
    ]
    return {
        "Event": {
            "uuid": str(uuid.uuid5(_NAMESPACE, f"event|{by}|{stamp}")),
            "info": f"Phishing hosts seen in mails ({by})",
            "date": at.astimezone(UTC).strftime("%Y-%m-%d"),
            "timestamp": stamp,
            "threat_level_id": "3",
            "analysis": "0",
            "distribution": "0",
            "published": False,
            "Tag": [{"name": "tlp:green"}],
            "Attribute": attributes,
        }
    }
