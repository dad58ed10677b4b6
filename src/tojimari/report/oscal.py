"""The result as NIST OSCAL assessment results (JSON), version 1.1.3 of the model.

Mapping of the five states: met is "satisfied" (reason pass); not met and partly are
"not-satisfied" (fail); unknown is "not-satisfied" with reason "other" and the reason in the
remarks; not applicable is "not-satisfied"/"other" with implementation-status not-applicable. So an
unknown is never exported as satisfied. The exact state is in the property ``state``.
"""

import uuid
from typing import Any

import msgspec

from tojimari import __version__
from tojimari.assess.kept import Evidence
from tojimari.catalog import Catalog
from tojimari.model import ControlStanding, Observation, looked_at, seen_from_outside
from tojimari.report.result import Result, sentence

OSCAL_VERSION = "1.1.3"
NAMESPACE = "https://tojimari.invalid/ns/oscal"
"""Namespace of our own properties; an identifier, no address."""

_METHODS = {
    "measured": "TEST",
    "answered": "INTERVIEW",
    "document": "EXAMINE",
    "record": "EXAMINE",
    "heard": "TEST",
}
_STATUS = {
    "met": ("satisfied", "pass"),
    "partly": ("not-satisfied", "fail"),
    "not_met": ("not-satisfied", "fail"),
    "unknown": ("not-satisfied", "other"),
    "not_applicable": ("not-satisfied", "other"),
}


_OUTSIDE = {"site": "A web site", "mail_domain": "A mail domain", "network": "An address"}


def _uuid(*parts: str) -> str:
    """Return a stable version-5 UUID: the same result exports to the same document."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join((NAMESPACE, *parts))))


def _prop(name: str, value: str) -> dict[str, str]:
    return {"name": name, "ns": NAMESPACE, "value": value}


def _subject(observation: Observation) -> dict[str, str]:
    kind, id_ = observation.subject.kind, observation.subject.id
    match kind:
        case "device" | "site" | "mail_domain" | "network":
            return {"subject-uuid": _uuid(kind, id_), "type": "inventory-item"}
        case "paper" | "record":
            return {"subject-uuid": _uuid(kind, id_), "type": "resource"}
        case _:
            return {"subject-uuid": _uuid("company", id_), "type": "party"}


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
        "methods": [_METHODS[observation.source]],
        "subjects": [_subject(observation)],
        "collected": observation.last_confirmed_at.isoformat(),
    }


def _finding(
    standing: ControlStanding, result: Result, catalog: Catalog, known: frozenset[str]
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
    findings = [standing.headline, *standing.measured, *standing.kept]
    if standing.said is not None:
        findings.append(standing.said)
    rests_on = sorted({id_ for f in findings for id_ in f.rests_on if id_ in known})
    made: dict[str, Any] = {
        "uuid": _uuid("finding", result.assessment.as_of.isoformat(), standing.control),
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


def document(result: Result, catalog: Catalog) -> dict[str, Any]:
    """Return the OSCAL document as plain data."""
    assessment = result.assessment
    as_of = assessment.as_of.isoformat()
    looked = sorted(looked_at(result.observations) | seen_from_outside(result.observations))
    kept = sorted(
        {
            (o.subject.kind, o.subject.id)
            for o in result.observations
            if isinstance(o.fact, Evidence)
        }
    )
    plan = _uuid("plan", assessment.catalog_version)
    known = frozenset(o.id for o in result.observations)
    inner: dict[str, Any] = {
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
            _finding(standing, result, catalog, known) for standing in assessment.controls.values()
        ],
    }
    if looked:
        inner["local-definitions"] = {
            "inventory-items": [
                {
                    "uuid": _uuid(subject.kind, subject.id),
                    "description": "A computer that was looked at."
                    if subject.kind == "device"
                    else f"{_OUTSIDE[subject.kind]} that was looked at from outside: {subject.id}",
                }
                for subject in looked
            ]
        }
    if result.observations:
        inner["observations"] = [_observation(o, catalog) for o in result.observations]
    return {
        "assessment-results": {
            "uuid": _uuid("document", assessment.company, as_of),
            "metadata": {
                "title": "Tojimari assessment results",
                "last-modified": as_of,
                "version": as_of,
                "oscal-version": OSCAL_VERSION,
                "props": [_prop("tojimari-version", __version__)],
                "parties": [
                    {
                        "uuid": _uuid("company", assessment.company),
                        "type": "organization",
                        "name": "The assessed company",
                    }
                ],
            },
            "import-ap": {
                "href": f"#{plan}",
                "remarks": "The plan is the catalog's checks and questions themselves.",
            },
            "results": [inner],
            "back-matter": {
                "resources": [
                    {
                        "uuid": plan,
                        "title": f"Tojimari catalog {assessment.catalog_version}",
                        "description": "Controls, questions and checks that were applied.",
                    },
                    *(
                        {"uuid": _uuid(kind, id_), "title": catalog.controls[id_].title.en}
                        for kind, id_ in kept
                        if id_ in catalog.controls
                    ),
                ]
            },
        }
    }


def to_oscal(result: Result, catalog: Catalog) -> bytes:
    """Return the OSCAL document as UTF-8 JSON."""
    return msgspec.json.encode(document(result, catalog))
