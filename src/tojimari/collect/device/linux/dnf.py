"""Updates of systems with RPM packages, as dnf 4 and dnf 5 tell them from what they fetched."""

import re
from typing import NamedTuple

from tojimari.collect.device.linux.kernel import in_container, rpm_newer_kernel, running_kernel
from tojimari.collect.device.linux.key_files import read_key_files
from tojimari.collect.device.linux.os_release import read_distribution
from tojimari.collect.device.linux.other_managers import image_updates, other_updates
from tojimari.collect.host import Host, Output, TookTooLong, Unavailable
from tojimari.collect.look import Seen, missed, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceUpdates

RPM_DATABASES = ("/var/lib/rpm", "/usr/lib/sysimage/rpm", "/usr/share/rpm")
"""Where rpm keeps its database, by age of the system and how it is built."""
_NAMES_SHOWN = 50
_PACKAGE = re.compile(r"(\S+)\.([a-z][a-z0-9_]*)")
_VERSION = re.compile(r"(?:\d+:)?[^\s-]+-[^\s-]+")
# Sections that list something else than updates: "Obsoleting Packages" (4), "... packages" (5).
_OTHER_SECTION = re.compile(r"obsolet\w+ packages\b", re.IGNORECASE)
_NEWER_KERNEL = re.compile(r"Security: kernel\S* is an installed security update")
# Systems whose makers publish which updates are about security, and the names of their
# repositories. Third parties' repositories rarely tell it, CentOS's never do.
_TELLING = ("rhel", "rocky", "almalinux", "ol", "fedora", "amzn")
_REPOSITORY = re.compile(
    r"(?:baseos|appstream|crb|powertools|extras|highavailability|resilientstorage|nfv|rt|plus"
    r"|updates|fedora|epel|rhel-|rhui-|ol\d|amazonlinux|amzn)\S*",
    re.IGNORECASE,
)


# What the names of the repositories have in them that bring the updates of the system itself.
_OWN_UPDATES = {
    "fedora": r"(?:^|[-_])updates$",
    "rhel": r"^rhel-|^rhui-|baseos",
    "rocky": r"baseos",
    "almalinux": r"baseos",
    "ol": r"baseos|_latest$",
    "centos": r"baseos|^updates$",
    "amzn": r"^amazonlinux|^amzn",
}
_EXCLUDES = r"^[ \t]*exclude(?:pkgs)?[ \t]*=[ \t]*\S"


class Waiting(NamedTuple):
    """What ``check-update`` lists.

    Attributes:
        updates: package (without architecture) -> repository it would come from.
        others: whether sections were there that list no updates.
        newer_kernel: whether it says that a newer kernel than the running one is installed.
    """

    updates: dict[str, str]
    others: bool
    newer_kernel: bool


def parse_check_update(text: str) -> Waiting:
    """Return what the output of ``dnf check-update`` lists, of dnf 4 or 5.

    A row is name, version, repository. Where a column is too narrow the row goes on in the next
    line, which then begins with spaces.
    """
    rows: list[list[str]] = []
    others = newer_kernel = False
    for line in text.splitlines():
        words = line.split()
        if _NEWER_KERNEL.match(line):
            newer_kernel = True
        elif _OTHER_SECTION.match(line):
            others = True
        elif not others and words:
            if line[0].isspace() and rows and len(rows[-1]) < 3:
                rows[-1] += words
            else:
                rows.append(words)
    updates = {}
    for row in rows:
        package = _PACKAGE.fullmatch(row[0])
        if len(row) == 3 and package and _VERSION.fullmatch(row[1]):
            updates[package.group(1)] = row[2]
    return Waiting(updates, others, newer_kernel)


def _understood(output: Output, waiting: Waiting) -> bool:
    """Exit code 100 says that something is listed: then it must have been recognised."""
    return output.code == 0 or (output.code == 100 and bool(waiting.updates or waiting.others))


def _restart_due(host: Host, told: bool) -> bool | None:
    """Return whether a restart is due.

    ``needs-restarting -r`` says so in words and ends with 1, or with 0 where none is due; without
    the plugin it prints nothing. Where nothing was installed since the start, none can be due.
    """
    if told or (not in_container(host) and rpm_newer_kernel(host, running_kernel(host))):
        return True
    try:
        output = host.run(["dnf", "-C", "needs-restarting", "-r"])
    except Unavailable:
        output = None
    if output is None or not output.out.strip() or output.code not in (0, 1):
        return None if _installed_since_start(host) else False
    return output.code == 1


def _installed_since_start(host: Host) -> bool:
    """Return whether rpm may have changed something since the machine started.

    True as well where one of the two moments is not told, or where what started is a container.
    """
    changed = [
        at
        for place in RPM_DATABASES
        for path in host.glob(f"{place}/*")
        if not path.endswith((".lock", "-shm")) and (at := host.mtime(path))
    ]
    try:
        start = re.search(r"^btime (\d{1,12})$", host.read("/proc/stat"), re.MULTILINE)
    except Unavailable:
        start = None
    if not changed or start is None or in_container(host):
        return True
    return max(changed).timestamp() >= int(start.group(1))


def _unclear(host: Host, updates: dict[str, str]) -> bool:
    """Return whether a repository behind ``updates`` does not tell what is about security."""
    try:
        telling = read_distribution(host).id in _TELLING
    except Unavailable:
        telling = False
    return not all(telling and _REPOSITORY.fullmatch(name) for name in updates.values())


def _own_lists(host: Host) -> list[str]:
    """Return what was fetched of the repositories that bring the system's own updates.

    Without them, a fresh list of a third party's says nothing of the system: a RHEL that is not
    registered, a Fedora whose "updates" are switched off.
    """
    lists = [*host.glob("/var/cache/dnf/*.solv"), *host.glob("/var/cache/libdnf5/*/solv/*.solv")]
    try:
        pattern = _OWN_UPDATES.get(read_distribution(host).id)
    except Unavailable:
        pattern = None
    if pattern is None:
        return lists
    off = _switched_off(host)
    ids = {path: path.rsplit("/", 1)[-1].removesuffix(".solv") for path in lists}
    own = (path for path, id_ in ids.items() if re.search(pattern, id_, re.IGNORECASE))
    return [path for path in own if ids[path] not in off]


def _switched_off(host: Host) -> set[str]:
    """Return the repositories whose settings switch them off; overrides count last."""
    places = ("/etc/yum.repos.d/*.repo", "/usr/share/dnf5/repos.override.d/*.repo")
    said = read_key_files(host, *places, "/etc/dnf/repos.override.d/*.repo")
    enabled = {one.section: one.value.lower() for one in said if one.key == "enabled"}
    return {section for section, value in enabled.items() if value in ("0", "no", "false", "off")}


def _kept_back(host: Host) -> str:
    """Return the file that keeps packages from being updated and from being listed; "" if none does.

    Locked and excluded packages are missing from the list, their security fixes too.
    """
    places = {
        "/etc/dnf/plugins/versionlock.list": r"^[ \t]*[^#\s]",
        "/etc/yum/pluginconf.d/versionlock.list": r"^[ \t]*[^#\s]",
        "/etc/dnf/versionlock.toml": r"^[ \t]*\[\[packages\]\]",
        "/etc/dnf/dnf.conf": _EXCLUDES,
        "/etc/yum.conf": _EXCLUDES,
        **dict.fromkeys(host.glob("/etc/dnf/libdnf5.conf.d/*.conf"), _EXCLUDES),
        **dict.fromkeys(host.glob("/etc/yum.repos.d/*.repo"), _EXCLUDES),
    }
    for path, pattern in places.items():
        try:
            if re.search(pattern, host.read(path), re.MULTILINE):
                return path
        except Unavailable:
            continue
    return ""


def _fixed_release(host: Host) -> str:
    """Return what keeps the repositories at one release, so that its later updates are not listed.

    Amazon Linux 2023 does so unless it is told to take the latest; "" where nothing does.
    """
    said = ""
    for path in ("/etc/dnf/vars/releasever", "/etc/yum/vars/releasever"):
        try:
            said = said or host.read(path).strip()
        except Unavailable:
            continue
    try:
        system = read_distribution(host)
    except Unavailable:
        return ""
    if system.id == "amzn" and system.version.startswith("2023"):
        return "" if said == "latest" else "the release of Amazon Linux that is installed"
    return f"releasever {said}" if re.fullmatch(r"\d+\.\d+", said) else ""


def _hidden(kept_back: str, unclear: bool, restart: bool | None) -> dict[str, NotSeen]:
    """Return why fields are not seen, by their names."""
    hidden = {}
    if restart is None:
        hidden["reboot_required"] = NotSeen("not_looked", see_with="dnf needs-restarting -r")
    if unclear:
        hidden["pending_security"] = NotSeen("not_looked", see_with="dnf check-update")
    if kept_back:
        why = NotSeen("not_looked", see_with=f"cat {kept_back}", detail=kept_back)
        hidden |= dict.fromkeys(("pending", "pending_security"), why)
    return hidden


def rpm_updates(host: Host) -> Seen:
    """Ask dnf's cache only (-C): nothing is fetched. Exit code 100 means updates are waiting."""
    see_with = "dnf check-update --security"
    if image := image_updates(host):
        return image
    if host.which("dnf") is None:
        return other_updates(host)
    try:
        every = host.run(["dnf", "-q", "-C", "check-update"])
        secure = host.run(["dnf", "-q", "-C", "check-update", "--security"])
    except TookTooLong as error:
        return missed(DeviceUpdates, NotSeen("timed_out", see_with=see_with, detail=str(error)))
    waiting, security = parse_check_update(every.out), parse_check_update(secure.out)
    if not (_understood(every, waiting) and _understood(secure, security)):
        why = NotSeen("not_looked", see_with=see_with, detail=(every.err or every.out)[:200])
        return missed(DeviceUpdates, why)
    names = sorted(security.updates)
    unclear = not names and _unclear(host, waiting.updates)
    lists = _own_lists(host)
    restart = _restart_due(host, waiting.newer_kernel or security.newer_kernel)
    hidden = _hidden("" if names else _kept_back(host), unclear, restart)
    if not names and (fixed := _fixed_release(host)):
        why = NotSeen("not_looked", see_with="dnf check-release-update", detail=fixed)
        if not fixed.startswith("the release of Amazon"):
            why = NotSeen("not_looked", detail=fixed)
        hidden |= dict.fromkeys(("pending", "pending_security"), why)
    fact = DeviceUpdates(
        manager="dnf",
        pending=None if "pending" in hidden else len({*waiting.updates, *names}),
        pending_security=None if "pending_security" in hidden else len(names),
        pending_security_names=tuple(names[:_NAMES_SHOWN]),
        lists_refreshed_at=max(filter(None, map(host.mtime, lists)), default=None),
        last_update_at=host.mtime("/var/lib/rpm/rpmdb.sqlite"),
        reboot_required=restart,
    )
    return saw(fact, **hidden)
