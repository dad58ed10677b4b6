"""Advisories in the form of Ubuntu's CVE tracker: a file of text for each number (``active/CVE-2026-0001``).

Lines of a file name release, source package and what holds there:
``jammy_openssl: released (3.0.2-0ubuntu1.2)``.
"""

import re
from collections.abc import Iterator

from tojimari.knowledge.advisories.advisory import Advisory, Span, is_named
from tojimari.knowledge.distributions import UBUNTU
from tojimari.knowledge.package_versions import is_version

_CANDIDATE = re.compile(r"^Candidate:[ \t]*(CVE-\d{4}-\d{4,})[ \t]*$", re.MULTILINE)
_NAMES = re.compile(r"(?:.*/)?CVE-\d{4}-\d{4,}")
# Lines of subscribers' archives ("esm-infra/jammy_openssl") have a "/" before the release.
_LINE = re.compile(
    r"^(?P<release>[a-z]+)_(?P<package>[^\s:]{1,100}):[ \t]*(?P<status>[a-z-]+)"
    r"(?:[ \t]*\((?P<more>[^()\n]{0,200})\))?[ \t]*$",
    re.MULTILINE,
)
_OPEN = ("needed", "pending", "deferred")
"""There is none yet. Of "needs-triage" nobody knows; "ignored" holds for old releases as well."""


def is_named_so(name: str) -> bool:
    """Say whether a file of an archive is called as the tracker's are."""
    return bool(_NAMES.fullmatch(name))


def is_candidate(data: bytes) -> bool:
    """Say whether ``data`` is a file of the tracker."""
    return _CANDIDATE.search(data.decode("utf-8", "replace")) is not None


def advisories(data: bytes) -> Iterator[Advisory]:
    """Yield what a file says of each source package of a numbered release of Ubuntu."""
    text = data.decode("utf-8", "replace")
    number = _CANDIDATE.search(text)
    if number is None:
        return
    for line in _LINE.finditer(text):
        if line["release"] not in UBUNTU or not is_named(number[1], line["package"]):
            continue
        release = f"ubuntu-{UBUNTU[line['release']]}"
        span = _span(line["status"], line["more"] or "", release)
        if span is not None:
            yield Advisory(number[1], release, line["package"], (number[1],), (span,))


def _span(status: str, more: str, release: str) -> Span | None:
    if status in _OPEN:
        return Span()
    if status == "released" and is_version(release, more.strip()):
        return Span(fixed=more.strip())
    return None
