"""Installed software, pending updates and browsers: one reading of the package databases."""

import glob
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import PurePosixPath

from tojimari.collect.device.linux.debian import Installed, Offers, installed, offers
from tojimari.collect.device.linux.dnf import RPM_DATABASES, rpm_updates
from tojimari.collect.device.linux.kernel import deb_kernel_waits
from tojimari.collect.device.linux.key_files import last_value, read_key_files
from tojimari.collect.device.linux.os_release import read_distribution
from tojimari.collect.host import Host, Missing, Nonsense, Unavailable
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.knowledge.rpm_releases import source_of
from tojimari.model import NotSeen
from tojimari.model.facts import (
    Browser,
    DeviceBrowsers,
    DeviceSoftware,
    DeviceUpdates,
    SoftwareCount,
    SoftwareItem,
)

BROWSERS = {
    "firefox": ("firefox", "Firefox"),
    "firefox-esr": ("firefox", "Firefox ESR"),
    "org.mozilla.firefox": ("firefox", "Firefox"),
    "chromium": ("chromium", "Chromium"),
    "chromium-browser": ("chromium", "Chromium"),
    "org.chromium.Chromium": ("chromium", "Chromium"),
    "google-chrome-stable": ("chrome", "Google Chrome"),
    "com.google.Chrome": ("chrome", "Google Chrome"),
    "microsoft-edge-stable": ("edge", "Microsoft Edge"),
    "com.microsoft.Edge": ("edge", "Microsoft Edge"),
    "brave-browser": ("brave", "Brave"),
    "com.brave.Browser": ("brave", "Brave"),
    "vivaldi-stable": ("vivaldi", "Vivaldi"),
    "opera-stable": ("opera", "Opera"),
    "brave": ("brave", "Brave"),
    "vivaldi": ("vivaldi", "Vivaldi"),
    "opera": ("opera", "Opera"),
    "MozillaFirefox": ("firefox", "Firefox"),
    "google-chrome-beta": ("chrome-beta", "Google Chrome Beta"),
    "google-chrome-unstable": ("chrome-dev", "Google Chrome Dev"),
    "microsoft-edge-beta": ("edge-beta", "Microsoft Edge Beta"),
    "microsoft-edge-dev": ("edge-dev", "Microsoft Edge Dev"),
    "epiphany-browser": ("epiphany", "GNOME Web"),
    "epiphany": ("epiphany", "GNOME Web"),
    "org.gnome.Epiphany": ("epiphany", "GNOME Web"),
    "falkon": ("falkon", "Falkon"),
    "konqueror": ("konqueror", "Konqueror"),
    "librewolf": ("librewolf", "LibreWolf"),
    "io.gitlab.librewolf-community": ("librewolf", "LibreWolf"),
    "waterfox": ("waterfox", "Waterfox"),
    "palemoon": ("palemoon", "Pale Moon"),
    "app.zen_browser.zen": ("zen", "Zen Browser"),
    "com.vivaldi.Vivaldi": ("vivaldi", "Vivaldi"),
    "com.opera.Opera": ("opera", "Opera"),
}
_NAMES_SHOWN = 50
# Beginnings of the field "Vendor" of the packages that the makers of RPM systems build themselves.
_VENDORS = {
    "fedora": "fedora",
    "rhel": "red hat",
    "rocky": "rocky",
    "almalinux": "almalinux",
    "ol": "oracle america",
    "centos": "centos",
    "amzn": "amazon",
}
# Packages for Enterprise Linux (EPEL): kept by volunteers, not by the maker of the system.
_VOLUNTEERS = "fedora"


def upstream(version: str) -> str:
    """Return the maker's version inside a Debian or RPM one: "1:128.3.0esr-1~deb12u1" -> "128.3.0"."""
    bare = version.split(":", 1)[-1].rsplit("-", 1)[0]
    match = re.match(r"\d+(?:\.\d+)*", bare)
    return match.group() if match else bare


def _dpkg_items(have: dict[str, Installed], offered: Offers | None) -> list[SoftwareItem]:
    own = offered.own if offered else frozenset()
    foreign = offered.foreign if offered else frozenset()

    def from_system(name: str) -> bool | None:
        # In no list at all (installed by hand, or its source switched off): nobody can say.
        return False if name in foreign else True if name in own else None

    return [
        SoftwareItem(
            name,
            package.version,
            "dpkg",
            from_system(name),
            package.source,
            package.source_version,
        )
        for name, package in have.items()
    ]


def _rpm_items(host: Host) -> list[SoftwareItem]:
    """Return rpm's packages. Raises Missing without a database, Nonsense for one it cannot read."""
    if not any(host.exists(place) for place in RPM_DATABASES):
        raise Missing(RPM_DATABASES[0])
    argv = [
        "rpm",
        "--root",
        str(host.root),
        "-qa",
        "--qf",
        "%{NAME}\\t%{EVR}\\t%{VENDOR}\\t%{SOURCERPM}\\n",
    ]
    output = host.run(argv)
    if output.code != 0:
        raise Nonsense(f"rpm: {output.err[:200]}")
    own = _own_vendor(host)
    items = []
    for line in output.out.splitlines():
        parts = line.split("\t")
        if len(parts) == 4 and parts[0] != "gpg-pubkey":  # a key for signatures, no program
            made = _made_by(own, parts[2])
            built = source_of(parts[3])
            items.append(SoftwareItem(parts[0], parts[1], "rpm", made, *built))
    if not items:
        # The database is one that this rpm does not find or does not understand.
        raise Nonsense("rpm: no package")
    return items


def _release(host: Host) -> str:
    """Return the distribution and release the system's own packages come from; "" if unknown."""
    try:
        system = read_distribution(host)
    except Unavailable:
        return ""
    id_, version = system.base or (system.id, system.version)
    return f"{id_}-{version}" if id_ and version else ""


def _own_vendor(host: Host) -> str:
    """Return how the name of the maker of this system's packages begins; "" when it is not known."""
    try:
        system = read_distribution(host)
    except Unavailable:
        return ""
    base = system.base
    return _VENDORS.get(system.id) or _VENDORS.get(base[0] if base else "", "")


def _made_by(own: str, vendor: str) -> bool | None:
    """Return whether ``vendor`` is the system's maker; None where one of the two is not known."""
    low = vendor.strip().lower()
    if not own or low in ("", "(none)"):
        return None
    if low.startswith(own):
        return True
    return None if low.startswith(_VOLUNTEERS) else False


def _flatpak_items(host: Host) -> list[SoftwareItem]:
    """Read where flatpak keeps apps, of all and of each person: the version stands in the metainfo."""
    items = []
    for place in ("/var/lib/flatpak", "/home/*/.local/share/flatpak"):
        for path in host.glob(f"{place}/app/*/current/active/metadata"):
            app = PurePosixPath(path).parts[-4]
            share = f"{path.removesuffix('/metadata')}/files/share"
            items.append(SoftwareItem(app, _metainfo_version(host, share, app), "flatpak", False))
    return items


def _metainfo_version(host: Host, share: str, app: str) -> str:
    """Return the newest version that the app's metainfo names; "" when it names none."""
    for info in [
        *host.glob(f"{share}/metainfo/{app}.*.xml"),
        *host.glob(f"{share}/appdata/{app}.*.xml"),
    ]:
        try:
            match = re.search(r'<release\b[^>]*\bversion="([^"]{1,60})"', host.read(info))
        except Unavailable:
            continue
        if match:
            return match.group(1)
    return ""


def _snap_items(host: Host) -> list[SoftwareItem]:
    items = []
    place = "/snap" if host.glob("/snap/*/current") else "/var/lib/snapd/snap"
    for path in host.glob(f"{place}/*/current/meta/snap.yaml"):
        try:
            text = host.read(path)
        except Unavailable:
            continue
        version = re.search(r"^version: *['\"]?([^'\"\n]{1,60})", text, re.MULTILINE)
        name = PurePosixPath(path).parts[-4]
        items.append(SoftwareItem(name, version.group(1).strip() if version else "", "snap", False))
    return items


_PIP_PLACES = (
    "/usr/local/lib/python3*/dist-packages",
    "/usr/local/lib/python3*/site-packages",
    "/home/*/.local/lib/python3*/site-packages",
    "/root/.local/lib/python3*/site-packages",
)


def _pip_items(host: Host) -> list[SoftwareItem]:
    """Read names and versions off the folders pip leaves; nothing is imported or run."""
    items = []
    for place in _PIP_PLACES:
        for path in host.glob(f"{place}/*.dist-info"):
            name, _, version = PurePosixPath(path).name.removesuffix(".dist-info").rpartition("-")
            if name:
                items.append(SoftwareItem(name, version, "pip", False))
    return items


# Where people unpack a browser that they fetched from its maker.
_UNPACKED = (
    *("/opt/*", "/usr/local/*", "/usr/local/lib/*", "/home/*/*", "/home/*/.local/*"),
    *("/home/*/.local/share/*", "/home/*/.local/opt/*", "/home/*/Apps/*", "/home/*/opt/*"),
)


def _unpacked(host: Host) -> list[Browser]:
    """Return the browsers of Mozilla's kind that no package manager knows, as each calls itself."""
    found = []
    for place in _UNPACKED:
        for path in host.glob(f"{place}/application.ini"):
            settings = read_key_files(host, glob.escape(path))
            name, version = (last_value(settings, "App", key) for key in ("Name", "Version"))
            if name and version and host.exists(f"{path.rpartition('/')[0]}/browser"):
                id_ = "firefox" if name == "Firefox" else name.lower()
                found.append(Browser(id_, name, upstream(version), from_system=False))
    return found


def _browsers(items: list[SoftwareItem], hulls: frozenset[str]) -> tuple[Browser, ...]:
    """Return the browsers among ``items``; packages in ``hulls`` hold none."""
    return tuple(
        Browser(*BROWSERS[item.name], upstream(item.version), item.from_system)
        for item in items
        if item.name in BROWSERS
        and item.version
        and not (item.source == "dpkg" and item.name in hulls)
    )


def last_update(host: Host) -> datetime | None:
    """Return when dpkg last installed or upgraded something, by its log; else its database's age."""
    for path in ("/var/log/dpkg.log", "/var/log/dpkg.log.1"):
        try:
            lines = host.read(path).splitlines()
        except Unavailable:
            continue
        for line in reversed(lines):
            words = line.split()
            if len(words) > 3 and words[2] in ("upgrade", "install"):
                try:
                    return datetime.fromisoformat(f"{words[0]}T{words[1]}").astimezone(UTC)
                except ValueError:
                    continue
    return host.mtime("/var/lib/dpkg/status")


def _restart_due(host: Host, have: dict[str, Installed]) -> bool | None:
    """Return whether a restart is due: the note that packages leave, or a newer kernel lies ready."""
    if host.exists("/var/run/reboot-required") or host.exists("/run/reboot-required"):
        return True
    versions = {name: package.version for name, package in have.items()}
    return deb_kernel_waits(host, versions)


def _not_counted(offered: Offers) -> NotSeen | None:
    """Return why nothing can be counted; None when the lists tell it."""
    if offered.fetched_at is None:
        return NotSeen("not_looked", see_with="sudo apt update", detail="no package list fetched")
    if offered.unread:
        return NotSeen("no_permission", see_with="sudo apt update && apt list --upgradable")
    if not offered.complete:
        detail = "no list of the distribution's security updates among the sources"
        return NotSeen("not_looked", see_with="apt-cache policy", detail=detail)
    return None


def updates(host: Host, have: dict[str, Installed], offered: Offers) -> Seen:
    """Return the fact device.updates for a dpkg system.

    A package counts when apt would take a newer version, or when it is held or pinned and misses
    a security fix by that (or may: its source does not tell). Updates that are still handed out
    to some machines only (phased) do not count.
    """
    security = {name for name, (_, secure) in offered.newest.items() if secure} | offered.pinned
    free = {name for name in offered.newest if not have[name].held}
    unclear = offered.unclear - security
    waiting = free | security | unclear
    why = _not_counted(offered)
    blind = offered.fetched_at is None or offered.unread > 0
    restart = _restart_due(host, have)
    hidden: dict[str, NotSeen] = {}
    if why is not None and (blind or not waiting):
        hidden["pending"] = why
    if blind or (not security and (why is not None or unclear)):
        kind = NotSeen("not_looked", see_with="apt list --upgradable", detail=_few(unclear))
        hidden["pending_security"] = why if why is not None and not unclear else kind
    if blind and why is not None:
        hidden |= dict.fromkeys(("pending", "pending_security"), why)
    if offered.fetched_at is None and why is not None:
        hidden["lists_refreshed_at"] = why
    if restart is None:
        hidden["reboot_required"] = NotSeen("not_looked", see_with="uname -r")
    fact = DeviceUpdates(
        manager="apt",
        pending=None if "pending" in hidden else len(waiting),
        pending_security=None if "pending_security" in hidden else len(security),
        pending_security_names=() if blind else tuple(sorted(security)[:_NAMES_SHOWN]),
        lists_refreshed_at=offered.fetched_at,
        last_update_at=last_update(host),
        reboot_required=restart,
    )
    return saw(fact, **hidden)


def _few(names: frozenset[str]) -> str:
    return "kind not told by the source: " + ", ".join(sorted(names)[:5]) if names else ""


def _from_rpm(host: Host) -> tuple[list[SoftwareItem], NotSeen | None]:
    """Return rpm's packages, or why they are not known: an unread database is not an empty one."""
    try:
        return _rpm_items(host), None
    except Missing as error:
        return [], NotSeen("tool_missing", detail=f"no package database: {error}"[:200])
    except Unavailable as error:
        return [], NotSeen("nonsense", see_with="rpm -qa", detail=str(error)[:200])


def _software(
    items: list[SoftwareItem],
    hulls: frozenset[str],
    unread: NotSeen | None,
    unpacked: list[Browser],
    release: str,
) -> list[Seen]:
    """Return the software and the browsers; ``unread``: why the system's own packages are not known."""
    items.sort(key=lambda item: (item.source, item.name, item.version))
    browsers = (*_browsers(items, hulls), *unpacked)
    if unread is not None:
        return [
            missed(DeviceSoftware, unread),
            saw(DeviceBrowsers(browsers)) if browsers else missed(DeviceBrowsers, unread),
        ]
    counts = Counter(item.source for item in items)
    by_source = tuple(SoftwareCount(source, count) for source, count in sorted(counts.items()))
    return [saw(DeviceSoftware(tuple(items), by_source, release)), saw(DeviceBrowsers(browsers))]


@collector("linux", sees=(DeviceSoftware, DeviceUpdates, DeviceBrowsers), limit_seconds=14)
def look(host: Host) -> list[Seen]:
    """Read dpkg or rpm, flatpak, snap and pip once, and apt's lists."""
    hulls: frozenset[str] = frozenset()
    unread: NotSeen | None = None
    try:
        have = installed(host)
    except Missing:
        items, unread = _from_rpm(host)
        pending = rpm_updates(host)
    else:
        hulls = frozenset(name for name, package in have.items() if package.hull)
        offered: Offers | None
        try:
            offered = offers(host, have)
        except Missing:
            offered = None
        items = _dpkg_items(have, offered)
        pending = (
            updates(host, have, offered)
            if offered is not None
            else missed(DeviceUpdates, NotSeen("tool_missing", detail="no apt"))
        )
    items += [*_flatpak_items(host), *_snap_items(host), *_pip_items(host)]
    return [pending, *_software(items, hulls, unread, _unpacked(host), _release(host))]
