"""Installed software, pending updates and browsers: one reading of the package databases."""

import re
from datetime import UTC, datetime
from pathlib import PurePosixPath

from tojimari.collect.device.linux.debian import Installed, Offers, installed, offers
from tojimari.collect.host import Host, Missing, Unavailable
from tojimari.collect.look import Seen, collector
from tojimari.model import NotSeen

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

Item = dict[str, str | bool | None]


def _item(name: str, version: str, source: str, from_system: bool | None) -> Item:
    return {"name": name, "version": version, "source": source, "from_system": from_system}


def upstream(version: str) -> str:
    """Return the maker's version inside a Debian or RPM one: "1:128.3.0esr-1~deb12u1" -> "128.3.0"."""
    bare = version.split(":", 1)[-1].rsplit("-", 1)[0]
    match = re.match(r"\d+(?:\.\d+)*", bare)
    return match.group() if match else bare


def _dpkg_items(have: dict[str, Installed], offered: Offers | None) -> list[Item]:
    own = offered.own if offered else frozenset()
    foreign = offered.foreign if offered else frozenset()

    def from_system(name: str) -> bool | None:
        # In no list at all (installed by hand, or its source switched off): nobody can say.
        return False if name in foreign else True if name in own else None

    return [
        _item(name, package.version, "dpkg", from_system(name)) for name, package in have.items()
    ]


def _rpm_items(host: Host) -> list[Item]:
    if not host.exists("/var/lib/rpm") or host.exists("/var/lib/dpkg/status"):
        return []
    argv = ["rpm", "--root", str(host.root), "-qa", "--qf", "%{NAME}\\t%{EVR}\\t%{VENDOR}\\n"]
    items = []
    for line in host.run(argv).out.splitlines():
        parts = line.split("\t")
        if len(parts) == 3:
            items.append(_item(parts[0], parts[1], "rpm", None))
    return items


def _flatpak_items(host: Host) -> list[Item]:
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
        items.append(_item(app, version, "flatpak", False))
    return items


def _snap_items(host: Host) -> list[Item]:
    items = []
    for path in host.glob("/snap/*/current/meta/snap.yaml"):
        try:
            text = host.read(path)
        except Unavailable:
            continue
        version = re.search(r"^version: *['\"]?([^'\"\n]{1,60})", text, re.MULTILINE)
        name = PurePosixPath(path).parts[2]
        items.append(_item(name, version.group(1).strip() if version else "", "snap", False))
    return items


_PIP_PLACES = (
    "/usr/local/lib/python3*/dist-packages",
    "/usr/local/lib/python3*/site-packages",
    "/home/*/.local/lib/python3*/site-packages",
    "/root/.local/lib/python3*/site-packages",
)


def _pip_items(host: Host) -> list[Item]:
    """Read names and versions off the folders pip leaves; nothing is imported or run."""
    items = []
    for place in _PIP_PLACES:
        for path in host.glob(f"{place}/*.dist-info"):
            name, _, version = PurePosixPath(path).name.removesuffix(".dist-info").rpartition("-")
            if name:
                items.append(_item(name, version, "pip", False))
    return items


def _browsers(items: list[Item]) -> list[dict[str, str | bool | None]]:
    found = []
    for item in items:
        known = BROWSERS.get(str(item["name"]))
        if known and item["version"]:
            found.append(
                {
                    "id": known[0],
                    "name": known[1],
                    "version": upstream(str(item["version"])),
                    "from_system": item["from_system"],
                }
            )
    return found


def _moment(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


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
    fields: dict[str, object] = {
        "manager": "apt",
        "pending": None if blind else len(waiting),
        "pending_security": None if blind else len(security),
        "pending_security_names": [] if blind else security[:_NAMES_SHOWN],
        "lists_refreshed_at": _moment(offered.fetched_at),
        "last_update_at": _moment(last_update(host)),
        "reboot_required": _reboot_required(host),
    }
    hidden = {}
    if never:
        why = NotSeen("not_looked", see_with="sudo apt update", detail="no package list fetched")
        hidden = dict.fromkeys(("pending", "pending_security", "lists_refreshed_at"), why)
    elif blind:
        why = NotSeen("no_permission", see_with="sudo apt update && apt list --upgradable")
        hidden = dict.fromkeys(("pending", "pending_security"), why)
    return Seen("device.updates", fields, partly_not_seen=hidden)


def _rpm_updates(host: Host) -> Seen:
    """Ask dnf's cache only (-C): nothing is fetched. Exit code 100 means updates are waiting."""
    see_with = "dnf check-update --security"
    if host.which("dnf") is None:
        return Seen(
            "device.updates",
            not_seen=NotSeen("tool_missing", see_with=see_with, detail="no apt, no dnf"),
        )
    every = host.run(["dnf", "-q", "-C", "check-update"])
    secure = host.run(["dnf", "-q", "-C", "check-update", "--security"])
    if every.code not in (0, 100) or secure.code not in (0, 100):
        return Seen(
            "device.updates",
            not_seen=NotSeen("not_looked", see_with=see_with, detail=every.err[:200]),
        )
    names = _dnf_names(secure.out)
    refreshed = max(
        (
            m
            for m in map(
                host.mtime,
                [
                    *host.glob("/var/cache/dnf/*.solv"),
                    *host.glob("/var/cache/libdnf5/*/solv/*.solv"),
                ],
            )
            if m
        ),
        default=None,
    )
    return Seen(
        "device.updates",
        {
            "manager": "dnf",
            "pending": len(_dnf_names(every.out)),
            "pending_security": len(names),
            "pending_security_names": names[:_NAMES_SHOWN],
            "lists_refreshed_at": _moment(refreshed),
            "last_update_at": _moment(host.mtime("/var/lib/rpm/rpmdb.sqlite")),
            "reboot_required": None,
        },
        partly_not_seen={
            "reboot_required": NotSeen("not_looked", see_with="dnf needs-restarting -r")
        },
    )


def _dnf_names(text: str) -> list[str]:
    rows = [line.split() for line in text.splitlines()]
    return sorted({row[0].rsplit(".", 1)[0] for row in rows if len(row) == 3 and "." in row[0]})


@collector("linux", sees=("device.software", "device.updates", "device.browsers"), limit_seconds=8)
def look(host: Host) -> list[Seen]:
    """Read dpkg or rpm, flatpak, snap and pip once, and apt's lists."""
    seen: list[Seen] = []
    items: list[Item] = []
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
            else Seen("device.updates", not_seen=NotSeen("tool_missing", detail="no apt"))
        )
    items += [*_flatpak_items(host), *_snap_items(host), *_pip_items(host)]
    items.sort(key=lambda item: (str(item["source"]), str(item["name"]), str(item["version"])))
    sources = [str(item["source"]) for item in items]
    seen.append(
        Seen(
            "device.software",
            {
                "items": items,
                "counts_by_source": [
                    {"source": source, "count": sources.count(source)}
                    for source in sorted(set(sources))
                ],
            },
        )
    )
    seen.append(Seen("device.browsers", {"browsers": _browsers(items)}))
    return seen
