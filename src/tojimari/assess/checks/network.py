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
    ListeningSocket,
)

# Ports through which somebody can drive the screen.
_REMOTE = {**dict.fromkeys(range(5900, 6000), "VNC"), 3389: "RDP", 5938: "TeamViewer"}
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
    6379: "Redis",
    8086: "InfluxDB",
    9200: "Elasticsearch",
    11211: "memcached",
    27017: "MongoDB",
}
_RISKY |= dict.fromkeys(range(6000, 6011), "X11")
# Seen on every desktop, harmless or judged elsewhere (22: ssh-hardening).
_EXPECTED = {22: "SSH", 80: "HTTP", 443: "HTTPS", 123: "NTP", 5353: "mDNS", 1900: "SSDP"}


def _named(socket: ListeningSocket, name: str) -> str:
    program = f" ({socket.program})" if socket.program else ""
    return f"{socket.port} {name}{program}"


def _sockets(facts: Facts) -> list[ListeningSocket]:
    """Return one listening socket a port and protocol, by port."""
    one_a_port = {(s.port, s.protocol): s for s in facts[DeviceListening].sockets}
    return [one_a_port[key] for key in sorted(one_a_port)]


@check("remote-desktop-exposure", reads=(DeviceListening,), also=(DeviceRemoteDesktop,))
def remote_desktop(facts: Facts, catalog: Catalog) -> Verdict:
    """Open when a remote-control port can be reached; "partly" when such a program just runs."""
    reachable = [_named(s, _REMOTE[s.port]) for s in _sockets(facts) if s.port in _REMOTE]
    if reachable:
        return Verdict("not_met", "open", {"doors": few(reachable)})
    remote = facts.get(DeviceRemoteDesktop)
    if remote is None:
        return Verdict("unknown", "not_told", not_seen=NotSeen("not_looked"))
    if remote.enabled:
        return Verdict("partly", "running", {"products": few(remote.products)})
    return Verdict("met", "closed")


@check("open-services", reads=(DeviceListening,), also=(DeviceFirewall,), revision=2)
def open_services(facts: Facts, catalog: Catalog) -> Verdict:
    """A risky kind is not met; an unexpected port is named so that somebody can explain it.

    Behind a firewall that drops what no rule names a listening service may still be let through
    by a rule, so a risky one is "partly" there and never fine.
    """
    services = [s for s in _sockets(facts) if s.port not in _REMOTE]
    risky = [_named(s, _RISKY[s.port]) for s in services if s.port in _RISKY]
    if risky:
        firewall = facts.get(DeviceFirewall)
        # Another maker's firewall does not show what it does with the rest.
        if firewall is not None and firewall.active and firewall.default_inbound != "accept":
            return Verdict("partly", "risky_guarded", {"doors": few(risky)})
        return Verdict("not_met", "risky", {"doors": few(risky)})
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


@check("ssh-hardening", reads=(DeviceSshd,))
def ssh(facts: Facts, catalog: Catalog) -> Verdict:
    """Empty passwords or root by password are open; any password log-in is "partly"."""
    sshd = facts[DeviceSshd]
    if not sshd.installed or sshd.running is False:
        return Verdict("met", "not_running")
    if sshd.empty_passwords:
        return Verdict("not_met", "empty")
    if sshd.root_login == "yes" and sshd.password_login is not False:
        return Verdict("not_met", "root")
    if sshd.password_login:
        return Verdict("partly", "passwords")
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
