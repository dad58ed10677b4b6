"""Folders shown to other machines: Samba through testparm, NFS through its exports."""

import configparser
import re

from tojimari.collect.host import Host, Unavailable
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceShares, Share

SMB_CONF = "/etc/samba/smb.conf"
_SPECIAL = ("global", "printers", "print$", "homes")


def _yes(section: dict[str, str], *keys: str) -> bool | None:
    for key in keys:
        if key in section:
            return str(section[key]).strip().lower() in ("yes", "true", "1")
    return None


def parse_testparm(text: str) -> list[Share]:
    """Return the shares testparm prints, defaults applied. Raises configparser.Error."""
    parser = configparser.ConfigParser(
        interpolation=None,
        strict=False,
        delimiters=("=",),
        comment_prefixes=("#", ";"),
        default_section="\0",
    )
    parser.read_string(text)
    general = parser["global"] if parser.has_section("global") else {}
    shares = []
    for name in parser.sections():
        if name.lower() in _SPECIAL:
            continue
        # What stands in [global] is the default of every share.
        section = {**general, **parser[name]}
        guest = _yes(section, "guest ok", "public")
        read_only = _yes(section, "read only")
        writable = _yes(section, "writable", "writeable", "write ok")
        shares.append(
            Share(
                system="samba",
                name=name,
                path=section.get("path", ""),
                guest=bool(guest),
                # testparm prints what differs from the default, which is read only.
                writable=writable if writable is not None else read_only is False,
            )
        )
    return shares


def parse_exports(text: str) -> list[Share]:
    """Return NFS exports; one that names no host, or ``*``, is open to anyone."""
    rows = []
    joined = re.sub(r"\\\n", " ", text)
    for line in joined.splitlines():
        line = line.split("#", 1)[0].strip()
        match = re.match(r'("([^"]+)"|\S+)(.*)', line)
        if not match:
            continue
        path = match.group(2) or match.group(1)
        clients = match.group(3).split()
        anyone = not clients or any(re.match(r"(\*|0\.0\.0\.0/0|::/0)?(\(|$)", c) for c in clients)
        writable = any(re.search(r"\([^)]*\brw\b", client) for client in clients)
        rows.append(Share(system="nfs", name=path, path=path, guest=anyone, writable=writable))
    return rows


def _readable(host: Host, folder: str) -> bool:
    """A folder whose names are hidden may hold anything; one that is not there holds nothing."""
    try:
        list(host.path(folder).iterdir())
    except PermissionError:
        return False
    except OSError:
        return True
    return True


def _usershares(host: Host) -> list[Share]:
    rows = []
    for path in host.glob("/var/lib/samba/usershares/*"):
        try:
            text = host.read(path)
        except Unavailable:
            continue
        place = re.search(r"^path=(.*)$", text, re.MULTILINE)
        acl = re.search(r"^usershare_acl=(.*)$", text, re.MULTILINE)
        rows.append(
            Share(
                system="samba",
                name=path.rsplit("/", 1)[-1],
                path=place.group(1) if place else "",
                guest=re.search(r"^guest_ok=y", text, re.MULTILINE) is not None,
                writable=bool(acl and re.search(r":[fF]", acl.group(1))),
            )
        )
    return rows


@collector("linux", sees=(DeviceShares,))
def look(host: Host) -> list[Seen]:
    """Testparm applies includes and defaults; a configuration without it is not guessed at."""
    shares: list[Share] = []
    if host.exists(SMB_CONF):
        if host.which("testparm") is None:
            why = NotSeen(
                "tool_missing", see_with="sudo apt install samba-common-bin && testparm -s"
            )
            return [missed(DeviceShares, why)]
        output = host.run(["testparm", "-s", "--suppress-prompt", str(host.path(SMB_CONF))])
        try:
            if output.code == 0 and host.exists("/usr/sbin/smbd"):
                shares += parse_testparm(output.out)
        except configparser.Error:
            return [missed(DeviceShares, NotSeen("nonsense", see_with="testparm -s"))]
        if output.code != 0:
            why = NotSeen("nonsense", see_with="testparm -s", detail=output.err[:200])
            return [missed(DeviceShares, why)]
        if not _readable(host, "/var/lib/samba/usershares"):
            why = NotSeen("no_permission", see_with="sudo net usershare info")
            return [missed(DeviceShares, why)]
        shares += _usershares(host)
    for path in ["/etc/exports", *host.glob("/etc/exports.d/*.exports")]:
        try:
            shares += parse_exports(host.read(path))
        except Unavailable:
            continue
    return [saw(DeviceShares(tuple(shares)))]
