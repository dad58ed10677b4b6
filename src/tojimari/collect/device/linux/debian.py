"""What dpkg has installed and what apt's fetched lists offer; see ADR 3 for why apt is not asked."""

import re
from datetime import datetime
from typing import NamedTuple

from tojimari.collect.host import Host, Missing, Nonsense, Unavailable

STATUS = "/var/lib/dpkg/status"
LISTS = "/var/lib/apt/lists"
_CAT = "/usr/lib/apt/apt-helper"
_FIELDS = "^(Package|Version): "


class Installed(NamedTuple):
    """One installed package. ``held``: the administrator keeps it from being updated."""

    version: str
    held: bool


class Release(NamedTuple):
    """Head of a repository's InRelease file."""

    origin: str
    label: str
    suite: str
    not_automatic: bool = False

    @property
    def security(self) -> bool:
        """Whether it is the distribution's security archive (Debian-Security, *-security)."""
        return self.label == "Debian-Security" or self.suite.endswith("-security")


class Offers(NamedTuple):
    """What the fetched lists offer.

    Attributes:
        newest: package -> newest version in any list, with whether a security list has a
            version newer than the installed one.
        own: packages whose installed version stands in one of the distribution's lists.
        foreign: packages whose installed version stands only in a third party's list.
        fetched_at: when the lists were last fetched; None when there are none.
        unread: how many lists are there but could not be read; then nothing can be counted.
    """

    newest: dict[str, tuple[str, bool]]
    own: frozenset[str]
    foreign: frozenset[str]
    fetched_at: datetime | None
    unread: int = 0


def parse_status(text: str) -> dict[str, Installed]:
    """Return the installed packages of a dpkg status file. Broken paragraphs are passed over."""
    found: dict[str, Installed] = {}
    for paragraph in text.split("\n\n"):
        name = version = status = ""
        for line in paragraph.split("\n"):
            if line.startswith("Package: "):
                name = line[9:].strip()
            elif line.startswith("Version: "):
                version = line[9:].strip()
            elif line.startswith("Status: "):
                status = line[8:].strip()
        words = status.split()
        if name and version and len(words) == 3 and words[2] == "installed":
            found[name] = Installed(version, held=words[0] == "hold")
    return found


def _order(char: str) -> int:
    # "~" sorts before everything, even the end of the part; letters before the rest.
    if char == "~":
        return -1
    return ord(char) if char.isalpha() else ord(char) + 256


def _part_key(part: str) -> list[tuple[tuple[int, ...], int]]:
    """Split into (non-digits, digits) pairs that compare as Debian policy 5.6.12 says."""
    key = []
    for text, digits in re.findall(r"(\D*)(\d*)", part, re.ASCII):
        if text or digits:
            key.append(((*(_order(c) for c in text), 0), int(digits or 0)))
    return key


def version_key(version: str) -> tuple[int, list[object], list[object]]:
    """Return a key by which Debian version numbers sort (policy manual, section 5.6.12)."""
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, dash, revision = rest.rpartition("-")
    if not dash:
        upstream, revision = rest, "0"  # policy: no revision equals revision 0
    # An ended part compares like "nothing here" (0), which is after "~" and before all else.
    end: tuple[tuple[int, ...], int] = ((0,), 0)
    return (
        int(epoch) if epoch.isdigit() else 0,
        [*_part_key(upstream), end],
        [*_part_key(revision), end],
    )


def installed(host: Host) -> dict[str, Installed]:
    """Return dpkg's installed packages. Raises Missing on systems without dpkg."""
    return parse_status(host.read(STATUS))


def _release(text: str) -> Release:
    fields = dict(line.split(": ", 1) for line in text[:4000].splitlines() if ": " in line[:30])
    return Release(
        fields.get("Origin", ""),
        fields.get("Label", ""),
        fields.get("Suite", ""),
        fields.get("NotAutomatic", "") == "yes",
    )


def _packages_of(host: Host, path: str) -> str:
    """Return only the Package and Version lines of a list, however it is compressed."""
    grep = ["grep", "-E", _FIELDS]
    if path.endswith("_Packages"):
        output = host.run([*grep, str(host.path(path))])
    else:
        output = host.pipe([_CAT, "cat-file", str(host.path(path))], grep)
    if output.code > 1:  # 1 is "no line matched": a list may be empty
        raise Nonsense(f"{path}: {output.err[:200]}")
    return output.out


def _distribution(host: Host) -> str:
    try:
        for line in host.read("/etc/os-release").splitlines():
            if line.startswith("ID="):
                return line[3:].strip('"').lower()
    except Unavailable:
        return ""
    return ""


def _releases(host: Host) -> dict[str, Release]:
    """Return the heads of the repositories by what the names of their lists begin with."""
    found: dict[str, Release] = {}
    for path in [*host.glob(f"{LISTS}/*_InRelease"), *host.glob(f"{LISTS}/*_Release")]:
        try:
            head = host.read_bytes(path, 4000).decode("utf-8", errors="replace")
        except Unavailable:
            continue
        found[path.rsplit("_", 1)[0] + "_"] = _release(head)
    return found


def _versions(text: str, have: dict[str, Installed]) -> list[tuple[str, str]]:
    """Return (package, version) of the installed packages in the lines of a list."""
    found = []
    for entry in text.split("Package: "):
        name, _, rest = entry.partition("\n")
        if name in have and rest.startswith("Version: "):
            found.append((name, rest[9:].partition("\n")[0]))
    return found


def offers(host: Host, have: dict[str, Installed]) -> Offers:
    """Return what the lists under /var/lib/apt/lists offer for the packages in ``have``.

    Lists that cannot be read are counted in ``unread``; with none at all ``fetched_at`` is None.
    Raises Missing when there is no apt.
    """
    if not host.exists(LISTS):
        raise Missing(LISTS)
    releases = _releases(host)
    fetched: list[datetime] = []
    own = _distribution(host)
    newest: dict[str, tuple[str, bool]] = {}
    unread = 0
    in_own: set[str] = set()
    in_foreign: set[str] = set()
    # Installed from the distribution before it offered a newer version: the old one is gone from
    # the list, the package is not.
    in_own_older: set[str] = set()
    for path in host.glob(f"{LISTS}/*_Packages*"):
        prefix = max((p for p in releases if path.startswith(p)), key=len, default="")
        release = releases.get(prefix, Release("", "", ""))
        foreign = bool(release.origin) and own not in release.origin.lower()
        changed = host.mtime(path)
        try:
            text = _packages_of(host, path)
        except Unavailable:
            unread += 1
            continue
        if changed is not None:
            fetched.append(changed)
        for name, version in _versions(text, have):
            if version == have[name].version:
                (in_foreign if foreign else in_own).add(name)
                continue
            if not foreign:
                in_own_older.add(name)
            # Backports and the like: apt takes nothing from there unasked.
            if not release.not_automatic:
                _offer(newest, name, have[name].version, version, security=release.security)
    stamp = host.mtime("/var/lib/apt/periodic/update-success-stamp")
    refreshed = [*fetched, stamp] if stamp is not None else fetched
    return Offers(
        newest,
        frozenset(in_own | in_own_older),
        frozenset(in_foreign - in_own),
        max(refreshed) if fetched else None,
        unread,
    )


def _offer(
    newest: dict[str, tuple[str, bool]], name: str, now: str, version: str, *, security: bool
) -> None:
    """Note ``version`` of a package in ``newest`` where it is newer than ``now``, the installed."""
    key = version_key(version)
    if key <= version_key(now):
        return
    known = newest.get(name)
    if known is None or key > version_key(known[0]):
        newest[name] = (version, security or (known[1] if known else False))
    elif security and not known[1]:
        newest[name] = (known[0], True)
