"""Published weaknesses that concern somebody, for others' programs: STIX 2.1; tests read it with stix2.

A file says what holds on one day. Its ids follow from who gives it, from that day and from what is
said, so the same file taken in twice is the same. It names no company and no computer.
"""

import json
import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

import msgspec

from tojimari.knowledge.exploited import exploited

MEDIA_TYPE = "application/stix+json;version=2.1"
_NAMESPACE = uuid.UUID("7f5f2a52-1d57-4b3c-9d0b-6f2b6f0c9a11")
_AMBER = "marking-definition--f88d31f6-486f-44da-b317-01333bde0b82"
"""TLP:AMBER, the object that STIX 2.1 itself defines (7.2.1.4)."""


class Weak(msgspec.Struct, frozen=True):
    """A package with published weaknesses.

    Attributes:
        package: the source package.
        fixed: versions that mend them; empty while there is none.
        ids: the publishers' numbers.
        said: a sentence for whoever reads it: where it is, and what mends it.
        purls: the package as it is installed, as Package URLs.
    """

    package: str
    fixed: tuple[str, ...]
    ids: tuple[str, ...]
    said: str
    purls: tuple[str, ...] = ()


def to_stix(found: Iterable[Weak], *, by: str, as_of: date) -> bytes:
    """Return a STIX 2.1 bundle: a weakness each number, what mends it, and what is said of it.

    by: who gives it. as_of: the day of the data.
    """
    day = f"{as_of.isoformat()}T00:00:00.000Z"

    def id_of(kind: str, *about: str) -> str:
        return f"{kind}--{uuid.uuid5(_NAMESPACE, '|'.join((by, day, *about)))}"

    def made(kind: str, *about: str, **fields: Any) -> dict[str, Any]:
        common = {"spec_version": "2.1", "created": day, "modified": day}
        own = {} if kind == "identity" else {"created_by_ref": id_of("identity")}
        marked = {"object_marking_refs": [_AMBER]}
        return {"type": kind, "id": id_of(kind, *about), **common, **own, **fields, **marked}

    objects = [made("identity", name=by, identity_class="organization")]
    numbers: dict[str, dict[str, Any]] = {}
    for one in found:
        for number in one.ids:
            numbers.setdefault(number, made("vulnerability", number, **_named(number)))
        refs = [numbers[number]["id"] for number in one.ids]
        if one.fixed:
            name = f"Update {one.package} to {', '.join(one.fixed)}"
            mends = made("course-of-action", one.package, *one.fixed, name=name)
            objects.append(mends)
            objects += [
                made(
                    "relationship",
                    mends["id"],
                    ref,
                    relationship_type="mitigates",
                    source_ref=mends["id"],
                    target_ref=ref,
                )
                for ref in refs
            ]
            refs = [mends["id"], *refs]
        if refs:
            note = {"abstract": one.package, "content": one.said, "object_refs": refs}
            if one.purls:  # STIX has no property for them
                named = [{"source_name": "purl", "external_id": purl} for purl in one.purls]
                note["external_references"] = named
            about = (one.package, *one.fixed, *one.ids, *one.purls)
            objects.append(made("note", *about, **note))
    bundle = {"type": "bundle", "id": id_of("bundle"), "objects": [*objects, *numbers.values()]}
    return json.dumps(bundle, ensure_ascii=False, indent=1).encode()


def _named(number: str) -> dict[str, Any]:
    source = "cve" if number.startswith("CVE-") else "advisory"
    named = {
        "name": number,
        "external_references": [{"source_name": source, "external_id": number}],
    }
    return {**named, "labels": ["known-exploited"]} if number in exploited() else named
