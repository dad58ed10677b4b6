"""Advisories in the form of OSV (Open Source Vulnerability format, ossf/osv-schema)."""

import re
from collections.abc import Iterator
from functools import cmp_to_key
from typing import Any

import msgspec

from tojimari.knowledge.advisories.advisory import Advisory, Span, is_named
from tojimari.knowledge.package_versions import NoVersion, versions_of
from tojimari.knowledge.rpm_releases import ecosystem_release, is_modular, is_security

_CVE = re.compile(r"(?:[A-Z]+-)?(CVE-\d{4}-\d{4,})")
_UBUNTU = re.compile(r"Ubuntu:(\d\d\.\d\d)(?::LTS)?")
_DEBIAN = re.compile(r"Debian:(\d{1,2})(?:\.\d+)?")
# An event that closes comes after one that opens at the same version, as the schema orders them.
_RANK = {"introduced": 0, "last_affected": 1, "fixed": 2}


class _Package(msgspec.Struct, frozen=True):
    ecosystem: str = ""
    name: str = ""


class _Range(msgspec.Struct, frozen=True):
    type: str = ""
    events: tuple[dict[str, Any], ...] = ()


class _AffectedPackage(msgspec.Struct, frozen=True):
    package: _Package | None = None
    ranges: tuple[_Range, ...] | None = None
    versions: tuple[str, ...] | None = None


class Record(msgspec.Struct, frozen=True):
    """One record: the fields that say what has a weakness, all others are passed over.

    Attributes:
        id, modified, aliases, upstream, related, withdrawn, affected: as the schema names them.
    """

    id: str
    modified: str = ""
    aliases: tuple[str, ...] | None = None
    upstream: tuple[str, ...] | None = None
    related: tuple[str, ...] | None = None
    withdrawn: str | None = None
    affected: tuple[_AffectedPackage, ...] | None = None


def advisories(record: Record) -> Iterator[Advisory]:
    """Yield what a record says about each package of a release that is known here.

    Withdrawn records say nothing. A range whose versions cannot be read says nothing either: a
    guess would call something weak that is not. Ubuntu's fixes for subscribers ("Pro") are left
    out, since whether a computer gets them is not in its list of software.

    Rocky's records name source packages. AlmaLinux's name binary ones, without their source: those
    count that have the name of a source. Packages of a module's stream are left out.
    """
    if record.withdrawn:
        return
    named = (record.id, *(record.aliases or ()), *(record.upstream or ()))
    cves = tuple(sorted({m.group(1) for one in named if (m := _CVE.fullmatch(one))}))
    for affected in record.affected or ():
        package = affected.package or _Package()
        release, name = release_of(package.ecosystem), package.name
        if not release or not name:
            continue
        rpm = bool(ecosystem_release(package.ecosystem))
        if rpm and not is_security(record.id):
            continue
        if release == "pypi":
            name = python_name(name)
        if not is_named(record.id, name):
            continue
        ranges = [one for one in affected.ranges or () if one.type in ("ECOSYSTEM", "SEMVER")]
        spans = tuple(span for one in ranges for span in _spans(one, release))
        # With ranges the list only spells them out.
        versions = () if ranges else tuple(affected.versions or ())
        if rpm:
            spans = tuple(span for span in spans if not is_modular(span.fixed or span.last))
            versions = ()
        if spans or versions:
            numbers = cves or (_related(record) if rpm else ())
            yield Advisory(record.id, release, name, numbers, spans, versions)


def _related(record: Record) -> tuple[str, ...]:
    """Return what AlmaLinux names as related: the numbers its advisory mends."""
    return tuple(sorted({m.group(1) for one in record.related or () if (m := _CVE.fullmatch(one))}))


def release_of(ecosystem: str) -> str:
    """Return "debian-12", "rocky-9" or "pypi" for an ecosystem of OSV; "" for those not known."""
    if match := _DEBIAN.fullmatch(ecosystem):
        return f"debian-{match.group(1)}"
    if match := _UBUNTU.fullmatch(ecosystem):
        return f"ubuntu-{match.group(1)}"
    return "pypi" if ecosystem == "PyPI" else ecosystem_release(ecosystem)


def python_name(name: str) -> str:
    """Return a name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _spans(of: _Range, release: str) -> Iterator[Span]:
    """Yield the spans between the events of a range, whatever their order in the file."""
    read = versions_of(release)
    events = [
        (kind, value)
        for event in of.events
        for kind, value in event.items()
        if kind in _RANK and isinstance(value, str)
    ]
    if read is None:
        return
    try:
        keyed = [(None if v == "0" else read(v), _RANK[kind], kind, v) for kind, v in events]
    except NoVersion:
        return
    begun: str | None = None
    for _, _, kind, version in sorted(keyed, key=cmp_to_key(_earlier)):
        if kind == "introduced":
            begun = begun if begun is not None else "" if version == "0" else version
        elif begun is not None:
            yield Span(begun, fixed=version) if kind == "fixed" else Span(begun, last=version)
            begun = None
    if begun is not None:
        yield Span(begun)


def _earlier(one: tuple[Any, int, str, str], other: tuple[Any, int, str, str]) -> int:
    """Order events by version, "0" before all (it is no version but the beginning)."""
    if one[0] is None or other[0] is None:
        return (one[0] is not None) - (other[0] is not None) or one[1] - other[1]
    return (one[0] > other[0]) - (one[0] < other[0]) or one[1] - other[1]
