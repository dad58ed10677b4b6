"""What dpkg has installed and what apt's fetched lists offer; see ADR 3 for why apt is not asked."""

import re
from datetime import datetime
from typing import NamedTuple

from tojimari.collect.device.linux.apt_conf import apt_conf
from tojimari.collect.device.linux.apt_pins import INSTALLED, USUAL, Release, Source, read_pins
from tojimari.collect.device.linux.dnf import RPM_DATABASES
from tojimari.collect.device.linux.os_release import Distribution, read_distribution
from tojimari.collect.device.linux.versions import version_key
from tojimari.collect.host import Host, Missing, Nonsense, Unavailable

STATUS = "/var/lib/dpkg/status"
_OTHER_DATABASES = (*RPM_DATABASES, "/var/lib/pacman/local")
LISTS = "/var/lib/apt/lists"
_CAT = "/usr/lib/apt/apt-helper"
_FIELDS = "^(Package|Version|Phased-Update-Percentage): "
_STATUS_FIELD = re.compile(r"\n(Package|Version|Status|Source|Description): ([^\n]*)")
_HULL = re.compile(r"\btransitional\b|\binstalls \S+ snap\b|-> \S+ snap\b", re.IGNORECASE)
# Ubuntu built Chromium as a package for the last time for 18.04; later packages of this version
# are hulls.
_CHROMIUM_HULL = re.compile(r"(?:\d+:)?85\.0\.4183\.83-0ubuntu(?!0\.1[68]\.04)")
_ALWAYS_PHASED = (
    "APT::Get::Always-Include-Phased-Updates",
    "Update-Manager::Always-Include-Phased-Updates",
)
_ROLLING = {"sid", "unstable", "testing"}


class Installed(NamedTuple):
    """One installed package.

    Attributes:
        version: its version.
        held: whether the administrator keeps it from being updated.
        hull: whether it holds no program itself (transitional, or the way to a snap).
        source: name of the source package it was built from.
        source_version: version of that source package.
    """

    version: str
    held: bool
    hull: bool = False
    source: str = ""
    source_version: str = ""


class Offers(NamedTuple):
    """What the fetched lists offer.

    Attributes:
        newest: package -> the version apt would take, with whether a security list has a
            version newer than the installed one.
        own: packages whose installed version stands in one of the distribution's lists.
        foreign: packages whose installed version stands only in a third party's list.
        fetched_at: when the lists were last fetched; None when there are none.
        unread: how many lists are there but could not be read; then nothing can be counted.
        unclear: those of ``newest`` whose source does not tell security updates from others.
        pinned: packages that a pin of the administrator keeps from a security update.
        complete: whether the lists of the distribution's own security updates are among them.
    """

    newest: dict[str, tuple[str, bool]]
    own: frozenset[str]
    foreign: frozenset[str]
    fetched_at: datetime | None
    unread: int = 0
    unclear: frozenset[str] = frozenset()
    pinned: frozenset[str] = frozenset()
    complete: bool = True


def parse_status(text: str) -> dict[str, Installed]:
    """Return the installed packages of a dpkg status file. Broken paragraphs are passed over."""
    found: dict[str, Installed] = {}
    for paragraph in text.split("\n\n"):
        # A status file holds some thirty thousand lines; those that are read are found at once.
        fields = {name: value.strip() for name, value in _STATUS_FIELD.findall(f"\n{paragraph}")}
        name, version = fields.get("Package", ""), fields.get("Version", "")
        words = fields.get("Status", "").split()
        if name and version and len(words) == 3 and words[2] == "installed":
            hull = _is_hull(name, version, fields.get("Description", ""))
            built = _built_from(fields.get("Source", ""), name, version)
            found[name] = Installed(version, words[0] == "hold", hull, *built)
    return found


def _built_from(source: str, name: str, version: str) -> tuple[str, str]:
    """Return name and version of a source package (Debian policy manual, 5.6.1 and 7.8).

    The field stands only where one of the two differs from the package's own; the version is in
    brackets, and only where it is another.
    """
    source_name, bracket, rest = source.partition("(")
    return source_name.strip() or name, rest.partition(")")[0].strip() if bracket else version


def _is_hull(name: str, version: str, about: str) -> bool:
    """Return whether a package holds no program but leads to one that came another way.

    Ubuntu's Firefox, Chromium and Thunderbird are such: their version is the hull's own.
    """
    if re.search(r"(?:^|[:+~.\d-])snap\d", version) or _HULL.search(about):
        return True
    return name.startswith("chromium") and _CHROMIUM_HULL.match(version) is not None


def kept_by_dpkg(host: Host) -> bool:
    """Return whether dpkg installs this system's packages.

    Where it is only a tool beside another package manager (Fedora, Arch), its database is empty.
    """
    if not host.exists(STATUS):
        return False
    return not any(map(host.exists, _OTHER_DATABASES)) or _has_packages(host)


def _has_packages(host: Host) -> bool:
    try:
        return bool(host.read_bytes(STATUS, 1))
    except Unavailable:
        return True


def installed(host: Host) -> dict[str, Installed]:
    """Return dpkg's installed packages. Raises Missing on systems that dpkg does not keep."""
    if not kept_by_dpkg(host):
        raise Missing(STATUS)
    return parse_status(host.read(STATUS))


def _release(text: str) -> Release:
    fields = dict(line.split(": ", 1) for line in text[:4000].splitlines() if ": " in line[:30])
    return Release(
        fields.get("Origin", ""),
        fields.get("Label", ""),
        fields.get("Suite", ""),
        fields.get("NotAutomatic", "") == "yes",
        fields.get("Codename", ""),
        fields.get("ButAutomaticUpgrades", "") == "yes",
    )


def _packages_of(host: Host, path: str) -> str:
    """Return only the lines of a list that are read, however it is compressed."""
    grep = ["grep", "-E", _FIELDS]
    if path.endswith("_Packages"):
        output = host.run([*grep, str(host.path(path))])
    else:
        output = host.pipe([_CAT, "cat-file", str(host.path(path))], grep)
    if output.code > 1:  # 1 is "no line matched": a list may be empty
        raise Nonsense(f"{path}: {output.err[:200]}")
    return output.out


def _heads(host: Host) -> dict[str, Release]:
    """Return the heads of the repositories by what the names of their lists begin with."""
    found: dict[str, Release] = {}
    for path in [*host.glob(f"{LISTS}/*_InRelease"), *host.glob(f"{LISTS}/*_Release")]:
        try:
            head = host.read_bytes(path, 4000).decode("utf-8", errors="replace")
        except Unavailable:
            continue
        found[path.rsplit("_", 1)[0] + "_"] = _release(head)
    return found


def sources(host: Host) -> list[Source]:
    """Return the repositories whose lists were fetched, by the heads that came along."""
    return [
        Source(head, _site(prefix), component="") for prefix, head in sorted(_heads(host).items())
    ]


def _site(path: str) -> str:
    """Return the server in the name of a list or head."""
    return path.removeprefix(f"{LISTS}/").partition("_")[0].rpartition("@")[2]


def _source(path: str, heads: dict[str, Release]) -> Source:
    """Return where the list at ``path`` comes from, by its name and the head that fits it."""
    prefix = max((p for p in heads if path.startswith(p)), key=len, default="")
    component = path.removeprefix(prefix).partition("_binary-")[0] if prefix else ""
    return Source(heads.get(prefix, Release("", "", "")), _site(path), component)


class _Line(NamedTuple):
    """One version of an installed package in a list; ``phased``: not yet for every machine."""

    name: str
    version: str
    phased: bool


def _lines(text: str, have: dict[str, Installed]) -> list[_Line]:
    """Return the versions of the installed packages in the lines of a list."""
    found = []
    for entry in text.split("Package: "):
        name, _, rest = entry.partition("\n")
        if name in have and rest.startswith("Version: "):
            version, _, more = rest[9:].partition("\n")
            percent = re.match(r"Phased-Update-Percentage: (\d{1,3})\b", more)
            found.append(_Line(name, version, percent is not None and int(percent.group(1)) < 100))
    return found


class _Newer(NamedTuple):
    """A version newer than the installed one, as one source has it."""

    version: str
    priority: int
    security: bool
    told: bool

    def kept_from(self, listed: int) -> bool:
        """Return whether only a pin keeps this away; ``listed``: priority of what is installed.

        A source that goes before the others keeps its own version (Mint's Firefox before Ubuntu's).
        """
        return listed < self.priority or (self.priority <= 0 and listed <= USUAL)


class _Reading:
    """What the lists say of the packages in ``have``, gathered list by list."""

    def __init__(self, host: Host, have: dict[str, Installed], heads: dict[str, Release]) -> None:
        self.have = have
        self.system = _distribution(host)
        self.pins = read_pins(host)
        conf = apt_conf(host)
        self.phased_too = any(conf.on(name) for name in _ALWAYS_PHASED)
        self.own_heads = [head for head in heads.values() if self.system.made(head.origin)]
        self.parted = {head.origin for head in heads.values() if head.security}
        self.in_own: set[str] = set()
        self.in_foreign: set[str] = set()
        # Installed from the distribution before it offered a newer version: the old one is gone
        # from the list, the package is not.
        self.in_own_older: set[str] = set()
        self.listed: dict[str, int] = {}
        self.newer: dict[str, list[_Newer]] = {}

    def add(self, source: Source, lines: list[_Line]) -> None:
        """Take in one list."""
        made = self.system.made(source.release.origin)
        # Only makers that keep security updates in an archive apart tell them from the others.
        told = made is True and source.release.origin in self.parted
        for name, version, phased in lines:
            priority = self.pins.priority(name, source, version)
            now = self.have[name].version
            if version == now:
                self.listed[name] = max(priority, self.listed.get(name, priority))
                if made is not None:
                    (self.in_own if made else self.in_foreign).add(name)
                continue
            if made:
                self.in_own_older.add(name)
            if phased and not self.phased_too:
                continue
            if version_key(version) > version_key(now):
                newer = _Newer(version, priority, source.release.security, told)
                self.newer.setdefault(name, []).append(newer)

    def complete(self) -> bool:
        """Return whether the distribution's security updates stand in one of the lists.

        Ubuntu's "-updates" holds them too. Those of another release hold nothing for this one.
        Other makers keep no archive of their own for them.
        """
        below = {head.origin for head in self.own_heads} & {"Debian", "Ubuntu", "Devuan"}
        return bool(self.own_heads) and all(
            any(
                head.origin == origin
                and (
                    (head.security and self._of_this_release(head))
                    or (
                        origin == "Ubuntu"
                        and head.suite.endswith("-updates")
                        and self._of_this_release(head)
                    )
                    or (origin == "Debian" and {head.codename, head.suite} & _ROLLING)
                )
                for head in self.own_heads
            )
            for origin in below
        )

    def _of_this_release(self, head: Release) -> bool:
        base, codename = self.system.base_codename, head.codename
        return not base or not codename or codename.partition("-")[0] == base

    def offers(self, fetched_at: datetime | None, unread: int) -> Offers:
        """Return what apt would take of all that was read."""
        newest: dict[str, tuple[str, bool]] = {}
        unclear: set[str] = set()
        pinned: set[str] = set()
        for name, found in self.newer.items():
            allowed = [one for one in found if one.priority > 0]
            best = max(
                allowed, key=lambda one: (one.priority, version_key(one.version)), default=None
            )
            security = [one for one in found if one.security]
            listed = self.listed.get(name, 0)
            if best is None or best.priority < max(listed, INSTALLED):
                fixed = self.pins.fixes(name, self.have[name].version)
                if any(fixed or one.kept_from(listed) for one in security):
                    pinned.add(name)
                continue
            secure = any(one.security for one in allowed)
            newest[name] = (best.version, secure)
            if not secure and not all(one.told for one in allowed):
                unclear.add(name)
        return Offers(
            newest,
            frozenset(self.in_own | self.in_own_older),
            frozenset(self.in_foreign - self.in_own),
            fetched_at,
            unread,
            frozenset(unclear),
            frozenset(pinned),
            self.complete(),
        )


def _distribution(host: Host) -> Distribution:
    try:
        return read_distribution(host)
    except Unavailable:
        return Distribution("", (), "", "", "", "")


def offers(host: Host, have: dict[str, Installed]) -> Offers:
    """Return what the lists under /var/lib/apt/lists offer for the packages in ``have``.

    Lists that cannot be read are counted in ``unread``; with none at all ``fetched_at`` is None.
    Raises Missing when there is no apt.
    """
    if not host.exists(LISTS):
        raise Missing(LISTS)
    heads = _heads(host)
    reading = _Reading(host, have, heads)
    fetched: list[datetime] = []
    unread = 0
    for path in host.glob(f"{LISTS}/*_Packages*"):
        changed = host.mtime(path)
        try:
            text = _packages_of(host, path)
        except Unavailable:
            unread += 1
            continue
        if changed is not None:
            fetched.append(changed)
        reading.add(_source(path, heads), _lines(text, have))
    stamp = host.mtime("/var/lib/apt/periodic/update-success-stamp")
    refreshed = [*fetched, stamp] if stamp is not None else fetched
    return reading.offers(max(refreshed) if fetched else None, unread)
