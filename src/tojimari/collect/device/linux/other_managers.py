"""Updates of systems that neither apt nor dnf keeps: named truly, with the command that tells."""

from tojimari.collect.host import Denied, Host
from tojimari.collect.look import Seen, missed
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceUpdates

# What shows that a manager keeps this system, its name, and what lists the updates that wait.
# An image (rpm-ostree, NixOS) is updated whole, whatever package managers lie in it.
_IMAGES = (
    ("/run/ostree-booted", "rpm-ostree", "rpm-ostree upgrade --check"),
    ("/etc/NIXOS", "NixOS", ""),
    ("/usr/sbin/transactional-update", "transactional-update", "zypper list-patches"),
)
_MANAGERS = (
    ("/usr/bin/zypper", "zypper", "zypper list-patches"),
    ("/usr/bin/checkupdates", "pacman", "checkupdates"),
    ("/usr/bin/pacman", "pacman", "pacman -Qu"),
    ("/sbin/apk", "apk", "apk version -l '<'"),
    ("/usr/bin/apk", "apk", "apk version -l '<'"),
    ("/usr/bin/xbps-install", "xbps", "xbps-install -Mun"),
    ("/usr/bin/emerge", "portage", "emerge -puD @world"),
    ("/usr/bin/eopkg", "eopkg", "eopkg list-upgrades"),
    ("/usr/bin/swupd", "swupd", "swupd check-update"),
    ("/usr/sbin/slackpkg", "slackpkg", "sudo slackpkg check-updates"),
    ("/usr/bin/yum", "yum", "yum check-update --security"),
)


def _there(host: Host, path: str) -> bool:
    try:
        return host.exists(path)
    except Denied:
        return False


def _unread(name: str, see_with: str) -> Seen:
    why = NotSeen("not_looked", see_with=see_with, detail=f"updates are kept by {name}")
    return missed(DeviceUpdates, why)


def image_updates(host: Host) -> Seen | None:
    """Return that an image's updates are not read; None where the system is no image."""
    for path, name, see_with in _IMAGES:
        if _there(host, path):
            return _unread(name, see_with)
    return None


def other_updates(host: Host) -> Seen:
    """Return which manager keeps a system without dpkg and dnf, and that its lists are not read."""
    for path, name, see_with in _MANAGERS:
        if _there(host, path):
            return _unread(name, see_with)
    return missed(DeviceUpdates, NotSeen("tool_missing", detail="no known package manager"))
