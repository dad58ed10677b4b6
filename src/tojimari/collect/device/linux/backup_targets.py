"""What the address of a backup means: a folder of this machine, another machine, or a cloud.

Every tool has its own way to write it: a path, "scheme:rest", "scheme://rest", "user@host:path", a
remote of rclone, a folder below which a desktop shows what lives elsewhere.
"""

import configparser
import ipaddress
import re
from collections.abc import Iterable
from typing import Literal, NamedTuple

from tojimari.collect.host import Host, Unavailable

Where = Literal["here", "network", "cloud", "device", "unknown"]

# Services of others, by the words restic, duplicity, Déjà Dup and GVFS have for them.
# fmt: off
_CLOUDS = frozenset((
    "adrive", "azure", "b2", "boto", "boto3", "box", "cf", "cloudfiles", "dpbx", "dropbox", "gcs",
    "gdata", "gdocs", "gdrive", "goa", "google", "google-drive", "googledrive", "gs", "hubic",
    "jottacloud", "mega", "megav2", "megav3", "microsoft", "msgraph", "onedrive", "openstack", "pca",
    "pcloud", "pydrive", "pydrive2", "rackspace", "s3", "slate", "swift", "u1",
))
_MACHINES = frozenset((
    "afp", "afp-volume", "cifs", "dav", "davs", "fish", "ftp", "ftps", "hsi", "http", "https",
    "imap", "imaps", "lftp", "ncftp", "nfs", "paramiko", "pexpect", "remote", "rest", "rsync", "scp",
    "sftp", "smb", "smb-share", "ssh", "tahoe", "webdav", "webdavs",
))
# fmt: on
# Phones and cameras, plugged in.
_DEVICES = frozenset(("mtp", "gphoto2", "afc"))
_GVFS = re.compile(r"/(?:run/user/\d+/gvfs|home/[^/]+/\.gvfs|root/\.gvfs)/([^/]+)")
# Remotes of rclone that stand for another one, and those that are no service of others.
_RCLONE_LAYERS = ("alias", "cache", "chunker", "combine", "compress", "crypt", "hasher", "union")
_RCLONE_MACHINES = ("ftp", "hdfs", "http", "seafile", "sftp", "sia", "smb", "webdav")
_DEEPEST = 8


class Place(NamedTuple):
    """Where an address leads.

    Attributes:
        where: this machine, another one, a cloud, a device that is plugged in, or unknown.
        path: the folder, where it is one of this machine; else empty.
    """

    where: Where
    path: str = ""


class Addresses:
    """Reads addresses of backups, with what rclone's settings say of its remotes."""

    def __init__(self, host: Host, homes: Iterable[str]) -> None:
        """Read rclone's settings below ``homes`` when an address first needs them."""
        self._host, self._homes = host, tuple(homes)
        self._remotes: configparser.ConfigParser | None = None

    def place(self, target: str, *, copied: bool = False) -> Place:
        """Return where ``target`` leads.

        copied: whether the tool knows no services but only machines, as rsync and borg: "box:/x"
            is then a folder of the machine called box.
        """
        if target.startswith("/"):
            shown = _GVFS.match(target)
            return self._scheme(shown.group(1).split(":")[0], "") if shown else _folder(target)
        scheme, colon, rest = target.partition(":")
        if not colon or "/" in scheme:
            return Place("unknown")
        machine = copied and not rest.startswith("//")
        if "@" in scheme or machine or not _is_scheme(scheme):
            return _on(scheme, rest)  # user@host:path
        return self._scheme(scheme.lower(), rest)

    def _scheme(self, scheme: str, rest: str) -> Place:
        scheme = scheme.removeprefix("par2+")
        words = scheme.split("+")
        if scheme in ("local", "file"):
            path = rest.removeprefix("//localhost")
            return _folder("/" + path.lstrip("/") if path.startswith("/") else path)
        if scheme == "rclone":
            return self._rclone(rest.removeprefix("//"))
        if scheme == "multi":
            return Place("unknown")
        if scheme in _DEVICES:
            return Place("device")
        if any(word in _CLOUDS for word in words):
            return _service(scheme, rest)
        if any(word in _MACHINES for word in words):
            url = re.match(
                r"(?:\w+://|//)?((?:[^@/]*@)?(?:\[[^\]]*\]|[^:/]*))(?::\d+)?:?(.*)", rest
            )
            return (
                _on(url.group(1), url.group(2), web=scheme == "rest") if url else Place("network")
            )
        return _on(scheme, rest)

    def _rclone(self, remote: str, depth: int = 0) -> Place:
        """Follow a remote through the ones it stands for.

        Remotes are services of others unless its settings say otherwise.
        """
        if remote.startswith("/"):
            return _folder(remote)
        made_up = re.match(r":(\w+)[^:]*:(.*)", remote)
        name, _, path = remote.partition(":")
        section = self._settings(name)
        kind = made_up.group(1) if made_up else section.get("type", "")
        if kind == "local":
            return _folder(made_up.group(2) if made_up else path)
        if kind in _RCLONE_LAYERS and depth < _DEEPEST:
            below = section.get("remote") or section.get("upstreams", "").split(" ")[0]
            return self._rclone(below, depth + 1) if below else Place("unknown")
        if kind in _RCLONE_MACHINES:
            return Place("network")
        if kind == "s3" and _at_home(re.sub(r"^\w+://", "", section.get("endpoint", ""))):
            return Place("network")
        return Place("cloud")

    def _settings(self, name: str) -> dict[str, str]:
        if self._remotes is None:
            self._remotes = configparser.ConfigParser(interpolation=None, strict=False)
            for home in self._homes:
                for path in (f"{home}/.config/rclone/rclone.conf", f"{home}/.rclone.conf"):
                    try:
                        self._remotes.read_string(self._host.read(path))
                    except (Unavailable, configparser.Error):
                        continue
        return dict(self._remotes[name]) if self._remotes.has_section(name) else {}


def _service(scheme: str, rest: str) -> Place:
    """Return where a service is: many programs that speak the language of a cloud stand at home."""
    own = re.match(r"(?:\w+://|//)?(?:[^@/]*@)?(\[[^\]]*\]|[^:/]*)", rest)
    name = own.group(1) if own else ""
    if _is_this_machine(name):
        return Place("unknown")
    # A bucket has a plain name too; restic writes the machine before it.
    plain = scheme == "s3" and not rest.startswith("//") and bool(name) and "." not in name
    return Place("network") if plain or _at_home(name) else Place("cloud")


def _folder(path: str) -> Place:
    """A folder that is not named from the root on may be anywhere."""
    return Place("here", path.rstrip("/") or "/") if path.startswith("/") else Place("unknown")


def _is_scheme(word: str) -> bool:
    words = word.lower().removeprefix("par2+").split("+")
    own = {"local", "file", "rclone", "multi"}
    return any(one in _CLOUDS | _MACHINES | _DEVICES | own for one in words)


def _bare(machine: str) -> str:
    name = machine.rpartition("@")[2].lower()
    return name.strip("[]") if name.startswith("[") else name.split(":")[0]


def _on(machine: str, path: str, *, web: bool = False) -> Place:
    """Return where a path on ``machine`` is; this machine has many names.

    web: whether the path is one of a web address, which is no folder.
    """
    if _is_this_machine(machine):
        return _folder(path) if path.startswith("/") and not web else Place("unknown")
    return Place("network")


def _is_this_machine(machine: str) -> bool:
    name = _bare(machine)
    return name == "localhost" or _address(name, loopback=True)


def _address(name: str, *, loopback: bool) -> bool:
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    return address.is_loopback if loopback else address.is_private


def _at_home(machine: str) -> bool:
    """Return whether a name or address can only be one of the own network."""
    name = _bare(machine.split("/")[0])
    ours = (".local", ".lan", ".home", ".internal", ".home.arpa", ".localdomain")
    return name.endswith(ours) or _address(name, loopback=False)
