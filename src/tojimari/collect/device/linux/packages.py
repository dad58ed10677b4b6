"""Installed software, pending updates and browsers: one reading of the package databases."""

import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import PurePosixPath

from tojimari.collect.device.linux.debian import Installed, Offers, installed, offers
from tojimari.collect.host import Host, Missing, Unavailable
from tojimari.collect.look import Seen, collector, missed, saw
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
}
_NAMES_SHOWN = 50


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
        SoftwareItem(name, package.version, "dpkg", from_system(name))
        for name, package in have.items()
    ]


def _rpm_items(host: Host) -> list[SoftwareItem]:
    if not host.exists("/var/lib/rpm") or host.exists("/var/lib/dpkg/status"):
        return []
    argv = ["rpm", "--root", str(host.root), "-qa", "--qf", "%{NAME}\\t%{EVR}\\t%{VENDOR}\\n"]
    items = []
    for line in host.run(argv).out.splitlines():
        parts = line.split("\t")
        if len(parts) == 3:
            items.append(SoftwareItem(parts[0], parts[1], "rpm", None))
    return items


def _flatpak_items(host: Host) -> list[SoftwareItem]:
    """Read /var/lib/flatpak: the app's id is its folder, the version stands in its metainfo."""
    items = []
    for path in host.glob("/var/lib/flatpak/app/*/current/active/metadata"):
        app = PurePosixPath(path).parts[5]
        version = ""
        folder = f"/var/lib/flatpak/app/{app}/current/active/files/share"
        for info in [
            *host.glob(f"{folder}/metainfo/{app}.*.xml"),
            *host.glob(f"{folder}/appdata/{app}.*.xml"),
        ]:
            try:
                match = re.search(r'<release\b[^>]*\bversion="([^"]{1,60})"', host.read(info))
            except Unavailable:
                continue
            if match:
                version = match.group(1)
                break
        items.append(SoftwareItem(app, version, "flatpak", False))
    return items


def _snap_items(host: Host) -> list[SoftwareItem]:
    items = []
    for path in host.glob("/snap/*/current/meta/snap.yaml"):
        try:
            text = host.read(path)
        except Unavailable:
            continue
        version = re.search(r"^version: *['\"]?([^'\"\n]{1,60})", text, re.MULTILINE)
        name = PurePosixPath(path).parts[2]
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


def _browsers(items: list[SoftwareItem]) -> tuple[Browser, ...]:
    return tuple(
        Browser(*BROWSERS[item.name], upstream(item.version), item.from_system)
        for item in items
        if item.name in BROWSERS and item.version
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


def _reboot_required(host: Host) -> bool:
    return host.exists("/var/run/reboot-required") or host.exists("/run/reboot-required")


def updates(host: Host, have: dict[str, Installed], offered: Offers) -> Seen:
    """Return the fact device.updates for a dpkg system.

    A package counts when a fetched list holds a newer version and it is not on hold. Pinning and
    phased updates are apt's own business, so apt may install fewer.
    """
    waiting = {name: offer for name, offer in offered.newest.items() if not have[name].held}
    security = sorted(name for name, (_, secure) in waiting.items() if secure)
    never = offered.fetched_at is None
    blind = never or offered.unread > 0
    fact = DeviceUpdates(
        manager="apt",
        pending=None if blind else len(waiting),
        pending_security=None if blind else len(security),
        pending_security_names=() if blind else tuple(security[:_NAMES_SHOWN]),
        lists_refreshed_at=offered.fetched_at,
        last_update_at=last_update(host),
        reboot_required=_reboot_required(host),
    )
    hidden = {}
    if never:
        why = NotSeen("not_looked", see_with="sudo apt update", detail="no package list fetched")
        hidden = dict.fromkeys(("pending", "pending_security", "lists_refreshed_at"), why)
    elif blind:
        why = NotSeen("no_permission", see_with="sudo apt update && apt list --upgradable")
        hidden = dict.fromkeys(("pending", "pending_security"), why)
    return saw(fact, **hidden)


def _rpm_updates(host: Host) -> Seen:
    """Ask dnf's cache only (-C): nothing is fetched. Exit code 100 means updates are waiting."""
    see_with = "dnf check-update --security"
    if host.which("dnf") is None:
        why = NotSeen("tool_missing", see_with=see_with, detail="no apt, no dnf")
        return missed(DeviceUpdates, why)
    every = host.run(["dnf", "-q", "-C", "check-update"])
    secure = host.run(["dnf", "-q", "-C", "check-update", "--security"])
    if every.code not in (0, 100) or secure.code not in (0, 100):
        why = NotSeen("not_looked", see_with=see_with, detail=every.err[:200])
        return missed(DeviceUpdates, why)
    names = _dnf_names(secure.out)
    lists = [*host.glob("/var/cache/dnf/*.solv"), *host.glob("/var/cache/libdnf5/*/solv/*.solv")]
    fact = DeviceUpdates(
        manager="dnf",
        pending=len(_dnf_names(every.out)),
        pending_security=len(names),
        pending_security_names=tuple(names[:_NAMES_SHOWN]),
        lists_refreshed_at=max((m for m in map(host.mtime, lists) if m), default=None),
        last_update_at=host.mtime("/var/lib/rpm/rpmdb.sqlite"),
        reboot_required=None,
    )
    why = NotSeen("not_looked", see_with="dnf needs-restarting -r")
    return saw(fact, reboot_required=why)


def _dnf_names(text: str) -> list[str]:
    rows = [line.split() for line in text.splitlines()]
    return sorted({row[0].rsplit(".", 1)[0] for row in rows if len(row) == 3 and "." in row[0]})


@collector("linux", sees=(DeviceSoftware, DeviceUpdates, DeviceBrowsers), limit_seconds=8)
def look(host: Host) -> list[Seen]:
    """Read dpkg or rpm, flatpak, snap and pip once, and apt's lists."""
    seen: list[Seen] = []
    items: list[SoftwareItem] = []
    try:
        have = installed(host)
    except Missing:
        items += _rpm_items(host)
        seen.append(_rpm_updates(host))
    else:
        offered: Offers | None
        try:
            offered = offers(host, have)
        except Missing:
            offered = None
        items += _dpkg_items(have, offered)
        seen.append(
            updates(host, have, offered)
            if offered is not None
            else missed(DeviceUpdates, NotSeen("tool_missing", detail="no apt"))
        )
    items += [*_flatpak_items(host), *_snap_items(host), *_pip_items(host)]
    items.sort(key=lambda item: (item.source, item.name, item.version))
    counts = Counter(item.source for item in items)
    by_source = tuple(SoftwareCount(source, count) for source, count in sorted(counts.items()))
    seen.append(saw(DeviceSoftware(tuple(items), by_source)))
    seen.append(saw(DeviceBrowsers(_browsers(items))))
    return seen
