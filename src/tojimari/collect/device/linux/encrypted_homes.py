"""Home folders that are encrypted by themselves, on a disk that may not be.

eCryptfs keeps what it encrypts in ``/home/.ecryptfs/NAME/.Private`` (ecryptfs-setup-private(1)),
systemd-homed in ``/home/NAME.home`` (a LUKS image) or ``/home/NAME.homedir`` (a plain folder, or one
that the file system encrypts; systemd.io/HOME_DIRECTORY), fscrypt in the folder itself.
"""

import re
from collections.abc import Iterable, Mapping

from tojimari.collect.device.linux.passwd import parse_passwd
from tojimari.collect.host import Denied, Host, Unavailable

_OVER_A_FOLDER = ("ecryptfs", "fuse.encfs", "fuse.gocryptfs", "fuse.cryfs")
_FIRST_PERSON, _NOBODY = 1000, 65534
# What ecryptfs-migrate-home leaves behind: the files as they were, in the clear.
_LEFT_BEHIND = re.compile(r"(/home/[^/]+)\.[A-Za-z0-9]{8}")


def encrypted_homes(
    host: Host, mounts: Iterable[tuple[str, str, str]], volumes: Mapping[str, bool | None]
) -> dict[str, tuple[str, bool | None]]:
    """Return home folder -> (by what, whether it is encrypted; None where that is not told).

    mounts: (device, where, file system) of what is mounted.
    volumes: where -> whether it is encrypted, of the volumes that were seen.

    Empty where no home folder is encrypted by itself; else the others are there as well: one of them
    in the clear is data in the clear.
    """
    found: dict[str, tuple[str, bool | None]] = {
        where: ("", encrypted)
        for where, encrypted in volumes.items()
        if re.fullmatch(r"/home/[^/]+", where)
    }
    for device, where, system in mounts:
        if not where.startswith("/home/") or where.count("/") != 2:
            continue
        if system in _OVER_A_FOLDER:
            found[where] = (system.removeprefix("fuse."), True)
        elif device.startswith("/dev/mapper/home-"):
            found[where] = ("systemd-homed", True)
    for path in host.glob("/home/.ecryptfs/*/.Private"):
        found.setdefault(f"/home/{path.split('/')[3]}", ("ecryptfs", True))
    for path in host.glob("/home/*.home"):
        found.setdefault(path.removesuffix(".home"), ("systemd-homed", True))
    by_system = [path for path in ("/.fscrypt", "/home/.fscrypt") if _there(host, path)]
    folders = [path for path in host.glob("/home/*.homedir") if path not in found]
    plain = [home for home in _homes(host) if home not in found]
    for path in (*folders, *(plain if by_system else ())):
        name = path.removesuffix(".homedir")
        if name not in found:
            found[name] = ("systemd-homed" if path in folders else "fscrypt", _marked(host, path))
    if not any(encrypted for _, encrypted in found.values()):
        return {}
    left = [
        path
        for path in host.glob("/home/*.????????")
        if (match := _LEFT_BEHIND.fullmatch(path)) and match.group(1) in found
    ]
    return dict.fromkeys((*plain, *left), ("", False)) | found


def _homes(host: Host) -> list[str]:
    """Return the home folders below /home of accounts for people."""
    try:
        accounts = parse_passwd(host.read("/etc/passwd"))
    except Unavailable:
        return []
    return [
        account.home
        for account in accounts
        if _FIRST_PERSON <= account.uid < _NOBODY
        and re.fullmatch(r"/home/[^/]+", account.home)
        and not account.shell.endswith(("nologin", "false"))
        and _there(host, account.home)
    ]


def _there(host: Host, path: str) -> bool:
    try:
        return host.exists(path)
    except Denied:
        return True


def _marked(host: Host, path: str) -> bool | None:
    """Return whether the file system encrypts a folder: the mark "E" of chattr(1)."""
    try:
        said = host.run(["lsattr", "-d", str(host.path(path))])
    except Unavailable:
        return None
    flags = re.match(r"([-A-Za-z]{10,})\s", said.out)
    return "E" in flags.group(1) if said.code == 0 and flags else None
