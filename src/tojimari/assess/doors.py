"""Which listening sockets other machines can reach, and what kind of door each one is.

Port numbers are those registered or documented by each product; the sorting into kinds is our
own view (source "tojimari"). Programs are compared without ".exe", in lower case and by their
first 15 characters, which is all that Linux keeps of a process name.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec

Kind = Literal["remote_desktop", "ssh", "risky", "harmless", "windows", "unclear"]


class Door(msgspec.Struct, frozen=True, order=True):
    """One reachable listening socket; the same port on several addresses is one door.

    Attributes:
        port: TCP or UDP port.
        name: what usually answers there, "" when that cannot be told.
        program: the program behind it, "" when it could not be seen.
        kind: remote_desktop, ssh, risky (often attacked or without a password of its own),
            harmless (part of every system, or judged by a control of its own), windows (opened by
            Windows itself), unclear.
    """

    port: int
    name: str
    program: str
    kind: Kind

    def shown(self) -> str:
        """Return the door as people read it: ``445 SMB (smbd)``."""
        parts = [str(self.port), self.name, f"({self.program})" if self.program else ""]
        return " ".join(part for part in parts if part)


_WINRM = (5985, 5986)
_COUCHDB = 5984
_TEAMVIEWER = 5938
# VNC displays 0-99, less the numbers inside the range that belong to something else.
_VNC_PORTS = frozenset(range(5900, 6000)) - {_TEAMVIEWER, _COUCHDB, *_WINRM}

_REMOTE_DESKTOP_PROGRAMS = {
    "xrdp": "RDP",
    "gnome-remote-de": "RDP",
    "grd-daemon": "RDP",
    "krdpserver": "RDP",
    "termservice": "RDP",
    "krfb": "VNC",
    "x11vnc": "VNC",
    "xvnc": "VNC",
    "xtigervnc": "VNC",
    "x0vncserver": "VNC",
    "x0tigervncserve": "VNC",
    "vino-server": "VNC",
    "wayvnc": "VNC",
    "tvnserver": "VNC",
    "winvnc": "VNC",
    "vncserver": "VNC",
    "vncserver-x11-c": "VNC",
    "screensharingd": "VNC",
    "anydesk": "AnyDesk",
    "teamviewer": "TeamViewer",
    "teamviewerd": "TeamViewer",
    "teamviewer_serv": "TeamViewer",
    "rustdesk": "RustDesk",
    "nxserver.bin": "NoMachine",
    "nxserver": "NoMachine",
    "nxd": "NoMachine",
    "srserver": "Splashtop",
    "srmanager": "Splashtop",
    "chrome-remote-d": "Chrome Remote Desktop",
    "remoting_host": "Chrome Remote Desktop",
    "dwagent": "DWService",
}
# Only believed when the program is not known: other programs use these numbers as well.
_REMOTE_DESKTOP_PORTS = {_TEAMVIEWER: "TeamViewer", 7070: "AnyDesk", 21118: "RustDesk"}

_RISKY_PROGRAMS = {
    "smbd": "SMB",
    "nmbd": "NetBIOS",
    "rpcbind": "RPC",
    "rpc.nfsd": "NFS",
    "rpc.mountd": "NFS",
    "nfsd": "NFS",
    "afpd": "AFP",
    "in.telnetd": "Telnet",
    "telnetd": "Telnet",
    "vsftpd": "FTP",
    "proftpd": "FTP",
    "pure-ftpd": "FTP",
    "in.tftpd": "TFTP",
    "rsync": "rsync",
    "cupsd": "IPP",
    "cups-browsed": "IPP",
    "snmpd": "SNMP",
    "mysqld": "MySQL",
    "mariadbd": "MySQL",
    "postgres": "PostgreSQL",
    "sqlservr": "SQL Server",
    "redis-server": "Redis",
    "valkey-server": "Redis",
    "memcached": "memcached",
    "mongod": "MongoDB",
    "dockerd": "Docker",
    "xorg": "X11",
    "miniserv.pl": "Webmin",
    "cockpit-tls": "Cockpit",
    "cockpit-ws": "Cockpit",
}
_RISKY_TCP = {
    21: "FTP",
    23: "Telnet",
    79: "finger",
    111: "RPC",
    135: "RPC",
    139: "SMB",
    389: "LDAP",
    445: "SMB",
    512: "rexec",
    513: "rlogin",
    514: "rsh",
    548: "AFP",
    631: "IPP",
    873: "rsync",
    1433: "SQL Server",
    1521: "Oracle",
    2049: "NFS",
    2375: "Docker",
    2376: "Docker",
    2379: "etcd",
    3306: "MySQL",
    5432: "PostgreSQL",
    _COUCHDB: "CouchDB",
    5985: "WinRM",
    5986: "WinRM",
    6379: "Redis",
    8006: "Proxmox",
    9090: "Cockpit",
    9200: "Elasticsearch",
    9300: "Elasticsearch",
    10000: "Webmin",
    11211: "memcached",
    27017: "MongoDB",
    27018: "MongoDB",
    27019: "MongoDB",
    **dict.fromkeys(range(6000, 6011), "X11"),
}
_RISKY_UDP = {
    69: "TFTP",
    111: "RPC",
    137: "NetBIOS",
    138: "NetBIOS",
    161: "SNMP",
    389: "LDAP",
    631: "IPP",
    2049: "NFS",
    11211: "memcached",
}

# Finding neighbours, getting an address and setting the clock: every system does these.
_HARMLESS_TCP = {5355}
_HARMLESS_UDP = {68, 123, 546, 1900, 3702, 5353, 5355}
_HARMLESS_PROGRAMS = {"rapportd"}
# A web site is meant to be seen; how it is guarded is asked under web-server-protection.
_WEB_PORTS = {80, 443}
_WEB_PROGRAMS = {"nginx", "apache2", "httpd", "caddy", "lighttpd"}

_SSH_PORT = 22
_SSH_PROGRAMS = {"sshd", "sshd-session"}
# These hold a port for the SSH server and start it when somebody comes.
_SSH_STARTERS = {"", "systemd", "launchd"}

# Windows waits on these from the start; WinRM and the rest only when somebody turned them on.
_OPENED_BY_WINDOWS = ("SMB", "RPC", "NetBIOS")
_WINDOWS_PROGRAMS = {"system", "svchost", "lsass", "services", "wininit", "spoolsv"}


def _short(program: str | None) -> str:
    return (program or "").strip().lower().removesuffix(".exe")[:15]


def can_be_reached(address: str) -> bool:
    """Return whether other machines may reach a socket bound to ``address``.

    Only a loopback address keeps them out; what is no address counts as reachable.
    """
    try:
        ip = ipaddress.ip_address(address.strip("[]").split("%")[0])
    except ValueError:
        return True
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return not (mapped or ip).is_loopback


def _sort(protocol: str, port: int, program: str) -> tuple[str, Kind]:
    """Return (name, kind). What the program is known to be outweighs its port."""
    tcp = protocol == "tcp"
    if name := _REMOTE_DESKTOP_PROGRAMS.get(program):
        # Their UDP sockets carry a session that is already open, or look for neighbours.
        return name, "remote_desktop" if tcp else "harmless"
    if port == 3389:
        return "RDP", "remote_desktop"
    if tcp and port in _VNC_PORTS:
        return "VNC", "remote_desktop"
    if tcp and not program and port in _REMOTE_DESKTOP_PORTS:
        return _REMOTE_DESKTOP_PORTS[port], "remote_desktop"
    if program in _SSH_PROGRAMS or (tcp and port == _SSH_PORT and program in _SSH_STARTERS):
        return "SSH", "ssh"
    risky = _RISKY_PROGRAMS.get(program) or (_RISKY_TCP if tcp else _RISKY_UDP).get(port)
    if program in _WINDOWS_PROGRAMS and risky in (*_OPENED_BY_WINDOWS, None):
        return risky or "", "windows"
    if risky:
        return risky, "risky"
    harmless = port in (_HARMLESS_TCP if tcp else _HARMLESS_UDP)
    web = port in _WEB_PORTS and program in _WEB_PROGRAMS
    if harmless or web or program in _HARMLESS_PROGRAMS:
        return "", "harmless"
    return "", "unclear"


def doors(sockets: Iterable[Mapping[str, Any]]) -> list[Door]:
    """Return the doors in the ``sockets`` of a device.listening fact, by port, none twice."""
    found = set()
    for row in sockets:
        if not can_be_reached(row["address"]):
            continue
        name, kind = _sort(row["protocol"], row["port"], _short(row["program"]))
        found.add(Door(row["port"], name, row["program"] or "", kind))
    return sorted(found)


_MOST_SHOWN = 8


def shown(found: Iterable[Door]) -> str:
    """Return doors as one string; a long list is cut and ends in how many more there are."""
    names = list(dict.fromkeys(door.shown() for door in found))
    more = len(names) - _MOST_SHOWN
    return ", ".join(names[:_MOST_SHOWN]) + (f", +{more}" if more > 0 else "")
