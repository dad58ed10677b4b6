"""Advisories in the form of Debian's security tracker (its data/json)."""

import re
from collections.abc import Iterator

import msgspec

from tojimari.knowledge.advisories.advisory import Advisory, Span, is_named
from tojimari.knowledge.distributions import DEBIAN
from tojimari.knowledge.package_versions import NoVersion, versions_of

_CVE = re.compile(r"CVE-\d{4}-\d{4,}")
_NEVER = "0"
"""As fixed version: no version of this release ever had it."""
_NO_HOLE = "unimportant"


class Release(msgspec.Struct, frozen=True):
    """What the tracker says of one release.

    Attributes:
        status: resolved, open or undetermined.
        fixed_version: first version without the weakness; "0" where no version had it.
        urgency: unimportant stands for what is no weakness in practice.
    """

    status: str = ""
    fixed_version: str = ""
    urgency: str = ""


class Entry(msgspec.Struct, frozen=True):
    """What the tracker says of one weakness of one source package.

    Attributes:
        releases: code name -> what holds there.
    """

    releases: dict[str, Release] = {}


Tracker = dict[str, dict[str, Entry]]
"""Source package -> number -> entry."""


def advisories(tracker: Tracker) -> Iterator[Advisory]:
    """Yield what has, or had, a weakness in a numbered release of Debian.

    "undetermined" says nothing: unknown is not weak. A version that cannot be read says nothing.
    """
    for package, entries in tracker.items():
        for number, entry in entries.items():
            if not is_named(number, package):
                continue
            cves = (number,) if _CVE.fullmatch(number) else ()
            for codename, said in entry.releases.items():
                release = f"debian-{DEBIAN[codename]}" if codename in DEBIAN else ""
                span = _span(said, release) if release else None
                if span is not None:
                    yield Advisory(number, release, package, cves, (span,))


def _span(said: Release, release: str) -> Span | None:
    if said.urgency == _NO_HOLE:
        return None
    if said.status == "open":
        return Span()
    read = versions_of(release)
    if said.status != "resolved" or said.fixed_version in ("", _NEVER) or read is None:
        return None
    try:
        read(said.fixed_version)
    except NoVersion:
        return None
    return Span(fixed=said.fixed_version)
