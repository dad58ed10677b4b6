"""An incident for others' programs: STIX 2.1 and MISP JSON; tests read both back with their libraries.

The record holds no judgement on what people wrote down, so nothing here claims one: addresses are
observables and attributes that trigger nothing, never indicators. STIX 2.1 gives an incident no
times of its own; lines are notes that say who claims which moment.
"""

import json
import uuid
from datetime import UTC, datetime
from typing import Any

from tojimari.report.incident.case import Case, CaseLine, Seen, seen_in

_NAMESPACE = uuid.UUID("3b0f1f0e-6f0c-4a52-9c50-2d5a2cbd0b61")
_SCO_NAMESPACE = uuid.UUID("00abedb4-aa42-466c-9c01-fed23315a9b7")
"""From STIX 2.1 (2.9): ids of observables follow from what they say."""
_AMBER = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"
"""TLP:AMBER, the object that STIX 2.1 itself defines (7.2.1.4)."""
_MISP_TYPES = {"url": "url", "ip": "ip-dst", "sha256": "sha256"}
_MISP_CATEGORIES = {
    "url": "Network activity",
    "ip": "Network activity",
    "sha256": "External analysis",
}


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def _id(kind: str, *about: object) -> str:
    return f"{kind}--{uuid.uuid5(_NAMESPACE, '|'.join(map(str, about)))}"


def claimed(line: CaseLine) -> str:
    """Return who says when a line happened, in English: for programs, and those who read them."""
    said = f"written {_time(line.written_at)} by the portal"
    if line.happened_at is not None:
        erased = "somebody whose name was erased" if line.sayer_erased else line.who
        said += f"; happened {_time(line.happened_at)}, says {line.said_by or erased or 'nobody'}"
    return said


def warning(case: Case) -> str:
    """Return, in English, that a record is not as it was written; "" where it is."""
    if not case.broken:
        return ""
    return f"This record is not as it was written, at line {case.broken}. Do not rely on it alone."


def to_stix(case: Case) -> bytes:
    """Return an incident as a STIX 2.1 bundle."""
    giver, incident = _id("identity", case.issuer, case.company), f"incident--{case.id}"
    common = {"spec_version": "2.1", "object_marking_refs": [_AMBER]}
    own = {**common, "created_by_ref": giver}
    observed = _observables(case)
    described = "\n".join(filter(None, (warning(case), case.summary)))
    objects: list[dict[str, Any]] = [
        {
            "type": "identity",
            "id": giver,
            "created": _time(case.known_at),
            "modified": _time(case.known_at),
            "name": case.company,
            "identity_class": "organization",
            **common,
        },
        {
            "type": "incident",
            "id": incident,
            "created": _time(case.known_at),
            "modified": _time(max(case.made_at, case.known_at)),
            "name": case.title,
            **({"description": described} if described else {}),
            "external_references": [{"source_name": "tojimari", "external_id": case.id}],
            **own,
        },
        *observed,
    ]
    objects += [_note(case, line, incident, own) for line in case.lines]
    objects += [
        {
            "type": "course-of-action",
            "id": _id("course-of-action", case.id, number),
            "created": _time(at),
            "modified": _time(at),
            "name": what[:250],
            **own,
        }
        for number, (what, at) in enumerate(case.done, 1)
    ]
    objects.append(
        {
            "type": "grouping",
            "id": _id("grouping", case.id),
            "created": _time(case.made_at),
            "modified": _time(case.made_at),
            "name": case.title,
            "context": "unspecified",
            "object_refs": [one["id"] for one in objects],
            **own,
        }
    )
    bundle = {"type": "bundle", "id": _id("bundle", case.id, _time(case.made_at))}
    return json.dumps({**bundle, "objects": objects}, ensure_ascii=False, indent=1).encode()


def _note(case: Case, line: CaseLine, incident: str, own: dict[str, Any]) -> dict[str, Any]:
    said = f"{line.title}: {line.text}" if line.text else line.title
    return {
        "type": "note",
        "id": _id("note", case.id, line.number, line.digest),
        "created": _time(line.written_at),
        "modified": _time(line.written_at),
        "abstract": f"#{line.number} {line.title}",
        "content": f"{said}\n({claimed(line)}; sha256 of the line {line.digest})",
        "object_refs": [incident],
        **({"authors": [line.who]} if line.who else {}),
        **own,
    }


def _observables(case: Case) -> list[dict[str, Any]]:
    made: dict[str, dict[str, Any]] = {}
    for one in seen_in(case.lines):
        found = _observable(one)
        made[found["id"]] = found
    for line in case.lines:
        if line.file and line.file.sha256:
            hashes = {"SHA-256": line.file.sha256}
            id_ = _sco("file", {"hashes": hashes, "name": line.file.name})
            made[id_] = {
                "type": "file",
                "id": id_,
                "name": line.file.name,
                "size": line.file.size,
                "hashes": hashes,
            }
    extra = {"spec_version": "2.1", "object_marking_refs": [_AMBER]}
    return [{**one, **extra} for one in made.values()]


def _observable(one: Seen) -> dict[str, Any]:
    if one.kind == "sha256":
        hashes = {"SHA-256": one.value}
        return {"type": "file", "id": _sco("file", {"hashes": hashes}), "hashes": hashes}
    kind = "url" if one.kind == "url" else "ipv4-addr"
    return {"type": kind, "id": _sco(kind, {"value": one.value}), "value": one.value}


def _sco(kind: str, what: dict[str, Any]) -> str:
    text = json.dumps(what, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return f"{kind}--{uuid.uuid5(_SCO_NAMESPACE, text)}"


def to_misp(case: Case) -> bytes:
    """Return an incident as a MISP event: nothing in it is marked for detection."""
    stamp = str(int(case.made_at.timestamp()))
    attributes = [
        _attribute(case, _MISP_TYPES[one.kind], _MISP_CATEGORIES[one.kind], one.value, one.line)
        for one in seen_in(case.lines)
    ]
    if case.broken:
        attributes.append(_attribute(case, "text", "Internal reference", warning(case), 0))
    for line in case.lines:
        text = f"{line.title}: {line.text}" if line.text else line.title
        attributes.append(
            {
                **_attribute(case, "text", "Internal reference", text, line.number),
                "comment": claimed(line),
                "first_seen": _time(line.at),
            }
        )
        if line.file and line.file.sha256:
            value = f"{line.file.name.replace('|', '_')}|{line.file.sha256}"
            attributes.append(
                _attribute(case, "filename|sha256", "External analysis", value, line.number)
            )
    event = {
        "uuid": case.id,
        "info": case.title,
        "date": case.known_at.astimezone(UTC).strftime("%Y-%m-%d"),
        "timestamp": stamp,
        "threat_level_id": "4",
        "analysis": "2" if case.closed_at else "1",
        "distribution": "0",
        "published": False,
        "Tag": [{"name": "tlp:amber"}],
        "Attribute": attributes,
    }
    return json.dumps({"Event": event}, ensure_ascii=False, indent=1).encode()


def _attribute(case: Case, kind: str, category: str, value: str, line: int) -> dict[str, Any]:
    return {
        "uuid": str(uuid.uuid5(_NAMESPACE, f"{case.id}|{line}|{kind}|{value}")),
        "type": kind,
        "category": category,
        "value": value,
        "to_ids": False,
        "comment": f"written in line {line} of the record, not judged",
        "timestamp": str(int(case.made_at.timestamp())),
    }
