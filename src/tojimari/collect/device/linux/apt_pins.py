"""Which of several sources apt takes a package from: priorities and pins (apt_preferences(5))."""

import re
from fnmatch import fnmatchcase
from typing import NamedTuple

from tojimari.collect.host import Host, Unavailable

INSTALLED = 100
"""The least priority of the version that is installed."""
USUAL = 500
"""The priority of a source that no record speaks of."""


class Release(NamedTuple):
    """Head of a repository's InRelease file."""

    origin: str
    label: str
    suite: str
    not_automatic: bool = False
    codename: str = ""
    but_upgrades: bool = False

    @property
    def security(self) -> bool:
        """Whether it is the distribution's security archive (Debian-Security, *-security)."""
        return self.label == "Debian-Security" or self.suite.endswith("-security")


class Source(NamedTuple):
    """Where a list of packages comes from: the head of its repository, server and component."""

    release: Release
    site: str
    component: str

    def matches(self, wanted: str) -> bool:
        """Return whether every "letter=value" of ``wanted``, parted by commas, holds here."""
        return all(self._holds(*part.strip().partition("=")) for part in wanted.split(","))

    def _holds(self, key: str, equals: str, value: str) -> bool:
        here = {
            "o": self.release.origin,
            "l": self.release.label,
            "a": self.release.suite,
            "n": self.release.codename,
            "c": self.component,
            "site": self.site,
        }
        names = {"origin": "o", "label": "l", "suite": "a", "archive": "a", "codename": "n"}
        names["component"] = "c"
        key = names.get(key, key)
        return equals == "=" and key in here and fnmatchcase(here[key], value.strip().strip('"'))


class Pin(NamedTuple):
    """One record of apt's preferences: for which packages, what must hold, which priority."""

    packages: tuple[str, ...]
    kind: str
    wanted: str
    priority: int

    def applies(self, source: Source, version: str) -> bool:
        """Return whether the record speaks of this version from this source."""
        if self.kind == "version":
            return fnmatchcase(version, self.wanted)
        if self.kind == "origin":
            return fnmatchcase(source.site, self.wanted.strip('"'))
        return source.matches(self.wanted)

    def names(self, package: str) -> bool:
        """Return whether the record names ``package``: by name, pattern or /expression/."""
        return any(_fits(pattern, package) for pattern in self.packages)


def _fits(pattern: str, package: str) -> bool:
    if len(pattern) > 1 and pattern.startswith("/") and pattern.endswith("/"):
        try:
            return re.search(pattern[1:-1], package) is not None
        except re.error:
            return False
    return fnmatchcase(package, pattern)


class Pins:
    """Every record, those for named packages apart from those for all."""

    def __init__(self, pins: list[Pin]) -> None:
        """Keep ``pins`` in their order: the first that applies counts."""
        self._general = [pin for pin in pins if pin.packages == ("*",)]
        self._named = [pin for pin in pins if pin.packages != ("*",)]

    def priority(self, package: str, source: Source, version: str) -> int:
        """Return apt's priority of ``version`` of ``package`` from ``source``."""
        named = (pin for pin in self._named if pin.names(package))
        for pin in (*named, *self._general):
            if pin.applies(source, version):
                return pin.priority
        return self.usual(source)

    def fixes(self, package: str, version: str) -> bool:
        """Return whether a record for this package names this very version."""
        return any(
            pin.kind == "version" and fnmatchcase(version, pin.wanted)
            for pin in self._named
            if pin.names(package)
        )

    @staticmethod
    def usual(source: Source) -> int:
        """Return the priority of a source that no record speaks of."""
        if source.release.not_automatic:
            return INSTALLED if source.release.but_upgrades else 1
        return USUAL


def parse_pins(text: str) -> list[Pin]:
    """Return the records of a preferences file. Those that cannot be understood are left out."""
    found = []
    for record in re.split(r"\n[ \t]*\n", text):
        lines = [line for line in record.splitlines() if not line.lstrip().startswith("#")]
        fields = {
            key.strip().lower(): value.strip()
            for key, colon, value in (line.partition(":") for line in lines)
            if colon
        }
        kind, _, wanted = fields.get("pin", "").partition(" ")
        number = re.fullmatch(r"-?\d{1,6}", fields.get("pin-priority", ""))
        packages = tuple(fields.get("package", "").split())
        if packages and number and kind in ("release", "origin", "version"):
            found.append(Pin(packages, kind, wanted.strip(), int(number.group())))
    return found


def read_pins(host: Host) -> Pins:
    """Return the machine's pins; files of other names than apt reads do not count."""
    pins: list[Pin] = []
    for path in ["/etc/apt/preferences", *host.glob("/etc/apt/preferences.d/*")]:
        if not re.fullmatch(r"[\w-]+|[\w.-]+\.pref", path.rsplit("/", 1)[-1]):
            continue
        try:
            pins += parse_pins(host.read(path))
        except Unavailable:
            continue
    return Pins(pins)
