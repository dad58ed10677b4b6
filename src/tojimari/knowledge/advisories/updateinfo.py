"""Advisories in the form that RPM repositories carry (``updateinfo.xml``).

It names binary packages and the source each was built from. What is kept is one line a source: the
version of a binary that was built under the source's own number, since only the binary's version
has the epoch that decides the order.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from tojimari.knowledge.advisories.advisory import Advisory, Span, is_named
from tojimari.knowledge.advisories.elements import ElementReader
from tojimari.knowledge.package_versions import is_version, versions_of
from tojimari.knowledge.rpm_releases import is_modular, release_of, source_of

_CVE = re.compile(r"CVE-\d{4}-\d{4,}")
_MOST_LETTERS = 200
"""Of the number of an update; what is longer is none."""
_MOST_CVES = 5_000
"""Of one update; a kernel's names some hundreds."""


class Update(msgspec.Struct):
    """One ``<update>`` while it is read.

    Attributes:
        security: whether it mends weaknesses; others mend or add something else.
        day: when it was published or last changed, as the file spells it.
        cves: the numbers its references name.
        packages: name, epoch, version, release and file of the source package of each package.
    """

    security: bool
    id: str = ""
    day: str = ""
    cves: set[str] = msgspec.field(default_factory=set)
    packages: set[tuple[str, str, str, str, str]] = msgspec.field(default_factory=set)


def updates(data: bytes) -> Iterator[Update]:
    """Yield the updates of a file. Raises ValueError for what is no such file or declares a DOCTYPE."""
    return _Reader().read(data)


def advisories(update: Update) -> Iterator[Advisory]:
    """Yield what an update says about each source package of a release that is known here.

    Packages of a module hold for computers with that stream alone, and a list of software does not
    name streams: of them nothing is said.
    """
    if not update.security:
        return
    fixed: dict[tuple[str, str], set[str]] = {}
    for _, epoch, version, number, file in update.packages:
        source, built = source_of(file)
        release = release_of(update.id, number)
        if not release or is_modular(number) or built != f"{version}-{number}":
            continue
        evr = f"{epoch}:{built}" if epoch.strip("0") else built
        if is_named(update.id, source) and is_version(release, evr):
            fixed.setdefault((release, source), set()).add(evr)
    for (release, source), versions in fixed.items():
        # Of an update that was widened the first build mends already.
        first = min(versions, key=_order(release))
        yield Advisory(update.id, release, source, tuple(sorted(update.cves)), (Span("", first),))


def _order(release: str) -> Callable[[str], Any]:
    read = versions_of(release)
    if read is None:
        raise ValueError(release)
    return read


class _Reader(ElementReader[Update]):
    def __init__(self) -> None:
        super().__init__()
        self._path: list[str] = []
        self._update: Update | None = None

    def begin(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._path and tag != "updates":
            raise ValueError(f"<{tag[:40]}>")
        self._path.append(tag)
        if len(self._path) == 2 and tag == "update":
            self._update = Update(attributes.get("type") == "security")
        update = self._update
        if update is None or not update.security:
            return
        if tag in ("issued", "updated"):
            update.day = max(update.day, attributes.get("date", "")[:10])
        elif tag == "reference" and len(update.cves) < _MOST_CVES:
            # Fedora's name no number but the report, whose title does.
            said = f"{attributes.get('id', '')} {attributes.get('title', '')}"[:2000]
            update.cves.update(_CVE.findall(said))
        elif tag == "package":
            names = ("name", "epoch", "version", "release", "src")
            name, epoch, version, number, file = (attributes.get(one, "") for one in names)
            update.packages.add((name, epoch, version, number, file))

    def end(self, tag: str) -> None:
        self._path.pop()
        if len(self._path) == 1 and self._update is not None:
            self.done.append(self._update)
            self._update = None

    def text(self, text: str) -> None:
        if self._update is not None and self._path[2:] == ["id"]:
            self._update.id = (self._update.id + text.strip())[: _MOST_LETTERS + 1]
