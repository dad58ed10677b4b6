"""The diagnosis as NIST OSCAL assessment results (JSON), version 1.1.3 of the model.

Mapping of the five states: met is "satisfied" (reason pass); not met and partly are
"not-satisfied" (fail); unknown is "not-satisfied" with reason "other" and the reason in the
remarks; not applicable is "not-satisfied"/"other" with implementation-status not-applicable. So an
unknown is never exported as satisfied. The exact state is in the property ``state``.
"""

import uuid
from typing import Any

import msgspec

from tojimari import __version__
from tojimari.assess.evidence import Evidence
from tojimari.catalog import Catalog
from tojimari.diagnose import Diagnosis
from tojimari.model import (
    ControlStanding,
    Observation,
    Subject,
    first_hand_subjects,
    source_of,
)
from tojimari.report.sentences import sentence

OSCAL_VERSION = "1.1.3"
NAMESPACE = "https://tojimari.invalid/ns/oscal"
"""Namespace of our own properties; an identifier, no address."""

_STATUS = {
    "met": ("satisfied", "pass"),
    "partly": ("not-satisfied", "fail"),
    "not_met": ("not-satisfied", "fail"),
    "unknown": ("not-satisfied", "other"),
    "not_applicable": ("not-satisfied", "other"),
}


def _uuid(*parts: str) -> str:
    """Return a stable version-5 UUID: the same diagnosis exports to the same document."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join((NAMESPACE, *parts))))


def _prop(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": NAMESPACE, "value": value}


def _subject(subject: Subject) -> dict[str, str]:
    uuid_ = _uuid(subject.kind, subject.id)
    return {"subject-uuid": uuid_, "type": subject.declaration.oscal_type}


def _observation(observation: Observation, catalog: Catalog) -> dict[str, Any]:
    kind = catalog.facts.get(observation.kind)
    if observation.fact is None:
        why = observation.not_seen
        description = f"Not seen: {why.reason if why else 'our_bug'}"
    elif kind is None or kind.sensitivity == "personal":
        description = "Seen. The fact names people and stays on the device."
    else:
        description = msgspec.json.encode(observation.fact).decode()
    return {
        "uuid": observation.id,
        "title": kind.title.en if kind else observation.kind,
        "description": description,
        "props": [_prop("fact-kind", observation.kind), _prop("source", observation.source)],
        "methods": [source_of(observation.source).oscal_method],
        "subjects": [_subject(observation.subject)],
        "collected": observation.last_confirmed_at.isoformat(),
    }


def _finding(
    standing: ControlStanding, diagnosis: Diagnosis, catalog: Catalog, known: frozenset[str]
) -> dict[str, Any]:
    state, reason = _STATUS[standing.state]
    text = sentence(standing.headline, catalog, "en")
    status: dict[str, str] = {"state": state, "reason": reason}
    not_seen = standing.headline.not_seen
    if standing.state == "unknown":
        status["remarks"] = f"unknown: {not_seen.reason if not_seen else 'not_asked'}"
    if standing.state == "not_applicable":
        status["remarks"] = "not applicable"
    target: dict[str, Any] = {
        "type": "objective-id",
        "target-id": standing.control,
        "title": catalog.controls[standing.control].title.en,
        "status": status,
    }
    if standing.state == "not_applicable":
        target["implementation-status"] = {"state": "not-applicable"}
    rests_on = sorted({id_ for f in standing.findings for id_ in f.rests_on if id_ in known})
    made: dict[str, Any] = {
        "uuid": _uuid("finding", diagnosis.assessment.as_of.isoformat(), standing.control),
        "title": catalog.controls[standing.control].title.en,
        "description": text,
        "props": [
            _prop("state", standing.state),
            _prop("basis", standing.basis),
            _prop("said-and-measured-differ", str(standing.contradiction).lower()),
        ],
        "target": target,
    }
    if rests_on:
        made["related-observations"] = [{"observation-uuid": id_} for id_ in rests_on]
    return made


def _definitions(diagnosis: Diagnosis) -> dict[str, list[dict[str, str]]]:
    """Return OSCAL's local definitions of what was looked at: section -> its entries."""
    defined: dict[str, list[dict[str, str]]] = {}
    for subject in sorted(first_hand_subjects(diagnosis.observations)):
        about = subject.declaration
        entry = {"uuid": _uuid(subject.kind, subject.id)}
        text = about.oscal_text.format(id=subject.id)
        match about.oscal_type:
            case "inventory-item":
                defined.setdefault("inventory-items", []).append(entry | {"description": text})
            case "user":
                defined.setdefault("users", []).append(entry | {"title": text})
            case "party" | "resource":
                continue  # in the metadata, in the back matter
    return defined


def _parties(diagnosis: Diagnosis) -> list[dict[str, str]]:
    """Return the company, and the people that something was observed of."""
    company = Subject("company", diagnosis.assessment.company)
    others = {o.subject for o in diagnosis.observations} - {company}
    return [
        {
            "uuid": _uuid(subject.kind, subject.id),
            "type": "organization" if subject.kind == "company" else "person",
            "name": subject.declaration.oscal_text.format(id=subject.id),
        }
        for subject in (company, *sorted(others))
        if subject.declaration.oscal_type == "party"
    ]


def _resources(diagnosis: Diagnosis, catalog: Catalog) -> list[dict[str, str]]:
    """Return what was observed that is a thing to read: a paper under its control's title."""
    evidence = {o.subject for o in diagnosis.observations if isinstance(o.fact, Evidence)}
    named = {
        one: catalog.controls[one.id].title.en for one in evidence if one.id in catalog.controls
    }
    for subject in first_hand_subjects(diagnosis.observations):
        about = subject.declaration
        if about.oscal_type == "resource":
            named.setdefault(subject, about.oscal_text.format(id=subject.id))
    return [
        {"uuid": _uuid(subject.kind, subject.id), "title": title}
        for subject, title in sorted(named.items())
    ]


def _result(diagnosis: Diagnosis, catalog: Catalog) -> dict[str, Any]:
    assessment = diagnosis.assessment
    as_of = assessment.as_of.isoformat()
    known = frozenset(o.id for o in diagnosis.observations)
    made: dict[str, Any] = {
        "uuid": _uuid("result", assessment.company, as_of),
        "title": "Tojimari assessment",
        "description": "Measured, said and kept evidence of one company against the Tojimari "
        "catalog of controls.",
        "start": as_of,
        "end": as_of,
        "props": [_prop("catalog-version", assessment.catalog_version)],
        "reviewed-controls": {
            "control-selections": [
                {"include-controls": [{"control-id": id_} for id_ in assessment.controls]}
            ]
        },
        "findings": [
            _finding(standing, diagnosis, catalog, known)
            for standing in assessment.controls.values()
        ],
    }
    definitions = _definitions(diagnosis)
    if definitions:
        made["local-definitions"] = definitions
    if diagnosis.observations:
        made["observations"] = [_observation(o, catalog) for o in diagnosis.observations]
    return made


def document(diagnosis: Diagnosis, catalog: Catalog) -> dict[str, Any]:
    """Return the OSCAL document as plain data."""
    assessment = diagnosis.assessment
    as_of = assessment.as_of.isoformat()
    plan = _uuid("plan", assessment.catalog_version)
    catalog_used = {
        "uuid": plan,
        "title": f"Tojimari catalog {assessment.catalog_version}",
        "description": "Controls, questions and checks that were applied.",
    }
    return {
        "assessment-results": {
            "uuid": _uuid("document", assessment.company, as_of),
            "metadata": {
                "title": "Tojimari assessment results",
                "last-modified": as_of,
                "version": as_of,
                "oscal-version": OSCAL_VERSION,
                "props": [_prop("tojimari-version", __version__)],
                "parties": _parties(diagnosis),
            },
            "import-ap": {
                "href": f"#{plan}",
                "remarks": "The plan is the catalog's checks and questions themselves.",
            },
            "results": [_result(diagnosis, catalog)],
            "back-matter": {"resources": [catalog_used, *_resources(diagnosis, catalog)]},
        }
    }


def to_oscal(diagnosis: Diagnosis, catalog: Catalog) -> bytes:
    """Return the OSCAL document as UTF-8 JSON."""
    return msgspec.json.encode(document(diagnosis, catalog))
