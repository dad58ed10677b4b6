"""What can be reached over the network: remote desktops, risky services, SSH, Wi-Fi."""

from tojimari.assess.check import Facts, Verdict, check
from tojimari.assess.checks.names import few
from tojimari.catalog import Catalog
from tojimari.model import NotSeen
from tojimari.model.facts import (
    DeviceFirewall,
    DeviceListening,
    DeviceRemoteDesktop,
    DeviceSshd,
    DeviceWifi,
    LetIn,
    ListeningSocket,
)

# Services no computer of a small company should offer to every machine around it.
_RISKY = {
    21: "FTP",
    23: "Telnet",
    25: "SMTP",
    69: "TFTP",
    79: "finger",
    110: "POP3",
    111: "rpcbind",
    137: "NetBIOS",
    138: "NetBIOS",
    139: "SMB",
    143: "IMAP",
    161: "SNMP",
    389: "LDAP",
    445: "SMB",
    512: "rexec",
    513: "rlogin",
    514: "rsh/syslog",
    631: "printing",
    873: "rsync",
    1433: "SQL Server",
    1521: "Oracle",
    2049: "NFS",
    2375: "Docker",
    3306: "MySQL",
    5432: "PostgreSQL",
    5984: "CouchDB",
    5985: "WinRM",
    5986: "WinRM",
    6379: "Redis",
    8086: "InfluxDB",
    9200: "Elasticsearch",
    11211: "memcached",
    27017: "MongoDB",
}
# Ports through which somebody can drive the screen; what has a name of its own is no VNC.
_REMOTE = {
    **{port: "VNC" for port in range(5900, 6000) if port not in _RISKY},
    3389: "RDP",
    5938: "TeamViewer",
}
_SSH = 22
_RISKY |= dict.fromkeys(range(6000, 6011), "X11")
# Seen on every desktop, harmless or judged elsewhere (22: ssh-hardening).
_EXPECTED = {_SSH: "SSH", 80: "HTTP", 443: "HTTPS", 123: "NTP", 5353: "mDNS", 1900: "SSDP"}


def _named(socket: ListeningSocket, name: str) -> str:
    program = f" ({socket.program})" if socket.program else ""
    return f"{socket.port} {name}{program}"


def _sockets(facts: Facts) -> list[ListeningSocket]:
    """Return one listening socket a port and protocol, by port."""
    one_a_port = {(s.port, s.protocol): s for s in facts[DeviceListening].sockets}
    return [one_a_port[key] for key in sorted(one_a_port)]


@check("remote-desktop-exposure", reads=(DeviceListening,), also=(DeviceRemoteDesktop,), revision=3)
def remote_desktop(facts: Facts, catalog: Catalog) -> Verdict:
    """Open when a remote-control port can be reached; "partly" when such a program just runs.

    Whoever moves a door to another port has the same door.
    """
    remote = facts.get(DeviceRemoteDesktop)
    doors = {**dict.fromkeys(remote.ports if remote else (), "RDP"), **_REMOTE}
    reachable = [_named(s, doors[s.port]) for s in _sockets(facts) if s.port in doors]
    if reachable:
        return Verdict("not_met", "open", {"doors": few(reachable)})
    if remote is None:
        return Verdict("unknown", "not_told", not_seen=NotSeen("not_looked"))
    if remote.enabled and remote.network_auth is False:
        return Verdict("partly", "not_checked_first", {"products": few(remote.products)})
    if remote.enabled:
        return Verdict("partly", "running", {"products": few(remote.products)})
    return Verdict("met", "closed")


def _is_let_in(socket: ListeningSocket, firewall: DeviceFirewall) -> bool:
    """Whether a rule lets anybody come to a socket, or no rule stops it."""
    # Another maker's firewall does not show what it does with the rest (None).
    if not firewall.active or firewall.default_inbound == "accept":
        return True
    return any(
        row.protocol == socket.protocol and row.first <= socket.port <= row.last
        for row in firewall.let_in
    )


def _published(firewall: DeviceFirewall) -> list[ListeningSocket]:
    """Return what is reached past the sockets of this machine, as sockets without address."""
    ports = {
        (port, row.protocol)
        for row in firewall.let_in
        if row.way == "published"
        for port in ([row.first] if row.first == row.last else _of_a_risky_kind(row))
    }
    return [ListeningSocket(protocol, "", port, None) for port, protocol in sorted(ports)]


def _of_a_risky_kind(row: LetIn) -> list[int]:
    return [port for port in _RISKY if row.first <= port <= row.last]


@check("open-services", reads=(DeviceListening,), also=(DeviceFirewall,), revision=4)
def open_services(facts: Facts, catalog: Catalog) -> Verdict:
    """A risky kind is not met; an unexpected port is named so that somebody can explain it.

    Behind a firewall that drops what no rule names a listening service may still be let through
    by a rule that is not understood, so a risky one is "partly" there and never fine. Where a
    rule is seen to let it in, or leads past the firewall to a container, it is open.
    """
    firewall = facts.get(DeviceFirewall)
    services = [s for s in _sockets(facts) if s.port not in _REMOTE]
    if firewall is not None:
        known = {(s.port, s.protocol) for s in services}
        past = [s for s in _published(firewall) if s.port not in _REMOTE]
        services += [s for s in past if (s.port, s.protocol) not in known]
    risky = [s for s in services if s.port in _RISKY]
    open_ones = [s for s in risky if firewall is None or _is_let_in(s, firewall)]
    if open_ones:
        doors = few(_named(s, _RISKY[s.port]) for s in open_ones)
        return Verdict("not_met", "risky", {"doors": doors})
    if risky:
        doors = few(_named(s, _RISKY[s.port]) for s in risky)
        return Verdict("partly", "risky_guarded", {"doors": doors})
    unclear = [
        f"{s.port}" + (f" ({s.program})" if s.program else "")
        for s in services
        if s.port not in _EXPECTED
    ]
    if unclear:
        return Verdict("partly", "unclear", {"doors": few(unclear)})
    if services:
        return Verdict("met", "harmless", {"n": len(services)})
    return Verdict("met", "none")


def _others_reach_ssh(listening: DeviceListening | None) -> bool:
    """Whether the kernel shows an SSH server at an address beyond this machine."""
    return listening is not None and any(
        s.protocol == "tcp" and (s.port == _SSH or (s.program or "").startswith("sshd"))
        for s in listening.sockets
    )


@check("ssh-hardening", reads=(DeviceSshd,), also=(DeviceListening,), revision=3)
def ssh(facts: Facts, catalog: Catalog) -> Verdict:
    """Empty passwords or root by password are open; any password log-in is "partly".

    An exception for some users or addresses counts like the rule for everybody: who is meant by
    it is let in. A server that was not recognised is no server that is missing. One that is set
    to wait for this machine alone counts as such unless the kernel shows it elsewhere: settings
    may have changed since it was started.
    """
    sshd = facts[DeviceSshd]
    listening = facts.get(DeviceListening)
    if sshd.only_here and not _others_reach_ssh(listening):
        return Verdict("met", "only_here")
    if not sshd.installed or sshd.running is False:
        if listening is not None and any(
            s.port == _SSH and s.protocol == "tcp" for s in listening.sockets
        ):
            # Where something shows which program it is, the look itself says what.
            why = (DeviceListening, "sockets")
            return Verdict("unknown", "other_server", {}, NotSeen("not_looked"), because_of=why)
        return Verdict("met", "not_running")
    if sshd.empty_passwords or any(one.empty_passwords for one in sshd.exceptions):
        return Verdict("not_met", "empty")
    if sshd.root_login == "yes" and sshd.password_login is not False:
        return Verdict("not_met", "root")
    if some := [one.match for one in sshd.exceptions if one.root_login]:
        return Verdict("not_met", "root_for_some", {"match": few(some)})
    if sshd.password_login:
        return Verdict("partly", "passwords")
    if some := [one.match for one in sshd.exceptions if one.password_login]:
        return Verdict("partly", "passwords_for_some", {"match": few(some)})
    if None in (sshd.password_login, sshd.root_login, sshd.empty_passwords):
        return Verdict("unknown", "not_told", because_of=(DeviceSshd, "password_login"))
    return Verdict("met", "keys_only")


@check("wifi-encryption", reads=(DeviceWifi,))
def wifi(facts: Facts, catalog: Catalog) -> Verdict:
    """A wired machine says nothing about the company's Wi-Fi: that stays unknown."""
    wifi = facts[DeviceWifi]
    if not wifi.connected:
        return Verdict("unknown", "not_connected", not_seen=NotSeen("not_looked"))
    match wifi.encryption:
        case "wpa2" | "wpa3":
            return Verdict("met", "good", {"kind": wifi.encryption.upper()})
        case "wpa":
            return Verdict("partly", "weak", {"kind": "WPA"})
        case "wep":
            return Verdict("not_met", "open", {"kind": "WEP"})
        case "none":
            return Verdict("not_met", "open", {"kind": "-"})
        case _:
            return Verdict("unknown", "not_told", because_of=(DeviceWifi, "encryption"))
