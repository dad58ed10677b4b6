"""Boot security, clock, logs, name servers and Wi-Fi: small facts read from files."""

import contextlib
import re
from typing import Literal

from tojimari.collect.device.linux import wsl
from tojimari.collect.device.linux.config_text import homes_of
from tojimari.collect.device.linux.kernel import in_container
from tojimari.collect.device.linux.schedules import runs_by_itself, scheduled_texts
from tojimari.collect.host import Denied, Host, Missing, TookTooLong, Unavailable
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceBoot, DeviceDns, DeviceLogging, DeviceTimeSync, DeviceWifi

_SECURE_BOOT = "/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"


@collector("linux", sees=(DeviceBoot,))
def boot(host: Host) -> list[Seen]:
    """Read the firmware's own Secure Boot variable and the kernel's word on the security chip."""
    chip, hidden = _chip(host)
    secure = _secure_boot(host)
    if isinstance(secure, NotSeen):
        return [saw(DeviceBoot("uefi", None, chip), **hidden, secure_boot=secure)]
    firmware: Literal["uefi", "bios"] = "uefi" if host.exists("/sys/firmware/efi") else "bios"
    return [saw(DeviceBoot(firmware, secure, chip), **hidden)]


def _secure_boot(host: Host) -> bool | NotSeen:
    """Return whether it is on: four bytes of attributes, then 0 or 1."""
    if not host.exists("/sys/firmware/efi"):
        return False
    try:
        data = host.read_bytes(_SECURE_BOOT, 16)
    except Missing:
        return False
    except Denied as error:
        # The last of the five numbers is 1 where it is on.
        see_with = f"sudo od -An -tu1 {_SECURE_BOOT}"
        return NotSeen("no_permission", see_with=see_with, detail=str(error))
    except Unavailable:
        data = b""
    if len(data) != 5:
        return NotSeen("nonsense", see_with=f"od -An -tu1 {_SECURE_BOOT}")
    return data[4] == 1


Chip = Literal["none", "1.2", "2.0"]


def _chip(host: Host) -> tuple[Chip | None, dict[str, NotSeen]]:
    """Return the version of the TPM by the kernel's list; kernels before 5.6 do not tell it."""
    try:
        if not host.exists("/sys/class/tpm"):
            return None, {"tpm": NotSeen("not_told", detail="/sys/class/tpm")}
        if not host.exists("/sys/class/tpm/tpm0"):
            return "none", {}
        major = host.read("/sys/class/tpm/tpm0/tpm_version_major").strip()
    except Unavailable as error:
        return None, {"tpm": NotSeen("not_told", detail=str(error)[:100])}
    known: dict[str, Chip] = {"1": "1.2", "2": "2.0"}
    chip = known.get(major)
    return chip, {} if chip else {"tpm": NotSeen("nonsense", detail=major[:20])}


# Services that set the clock, by the names of their processes (cut to 15 characters).
_CLOCKS = {
    "systemd-timesyn": "systemd-timesyncd",
    "chronyd": "chrony",
    "ntpd": "ntpd",
    "ntp-daemon": "ntpd-rs",
}
# What sets the clock among other things, or may: a virtual machine's host, a network manager.
_PERHAPS_CLOCKS = (
    *("vmtoolsd", "VBoxService", "prltoolsd", "hv_utils", "ptp4l", "phc2sys", "connmand"),
    *("htpdate", "gpsd"),
)
_SETS_CLOCK = re.compile(
    r"\b(?:ntpdate|ntpdate-debian|sntp|rdate|ntpdig|htpdate|chronyd\s+-q|ntpd\s+-\w*q\w*)\b"
)


def _other_clocks(host: Host, processes: frozenset[str]) -> list[str]:
    """Return what may set the clock beside the services that are known."""
    found = [name for name in _PERHAPS_CLOCKS if name in processes]
    for path, text in scheduled_texts(host, homes_of(host)):
        if _SETS_CLOCK.search(text) and runs_by_itself(host, path):
            found.append(path)
    return found


@collector("linux", sees=(DeviceTimeSync,))
def time_sync(host: Host) -> list[Seen]:
    """See which service sets the clock and whether it has done so since the start."""
    from tojimari.collect.device.linux.antimalware import running_processes

    if in_container(host):
        # Its clock is that of the machine around it, which alone may set it.
        return [missed(DeviceTimeSync, wsl.WINDOWS_DECIDES)]
    processes = running_processes()
    service = next((name for process, name in _CLOCKS.items() if process in processes), "none")
    synchronised: bool | None = None
    hidden = {}
    if service == "none":
        if others := _other_clocks(host, processes):
            detail = f"may set the clock: {', '.join(others)}"[:300]
            return [missed(DeviceTimeSync, NotSeen("not_looked", see_with="date", detail=detail))]
        synchronised = False
    elif service == "systemd-timesyncd":
        synchronised = host.exists("/run/systemd/timesync/synchronized")
    elif service == "chrony":
        answer = _chrony(host)
        if isinstance(answer, NotSeen):
            hidden = {"synchronised": answer}
        else:
            synchronised = answer
    else:
        ask = "ntpctl -s status" if host.which("ntpctl") else "ntpq -p"
        ask = "ntp-ctl status" if service == "ntpd-rs" else ask
        hidden = {"synchronised": NotSeen("not_looked", see_with=ask)}
    return [saw(DeviceTimeSync(service, synchronised), **hidden)]


def _chrony(host: Host) -> bool | NotSeen:
    """Ask chrony whether the clock is in step; it may listen to root alone."""
    see_with = "chronyc tracking"
    try:
        tracking = host.run(["chronyc", "-c", "tracking"], limit_seconds=2)
    except Missing:
        return NotSeen("tool_missing", see_with="chronyc")
    except TookTooLong as error:
        return NotSeen("timed_out", see_with=see_with, detail=str(error))
    except Unavailable as error:
        return NotSeen("nonsense", see_with=see_with, detail=str(error))
    if tracking.code != 0:
        said = (tracking.err or tracking.out).strip()[:200]
        if host.is_root():
            return NotSeen("nonsense", see_with=see_with, detail=said)
        return NotSeen("no_permission", see_with=f"sudo {see_with}", detail=said)
    # First field: 7F7F0101 is the own clock, 00000000 is "not yet".
    return tracking.out.split(",")[0] not in ("", "00000000", "7F7F0101")


@collector("linux", sees=(DeviceLogging,))
def logs(host: Host) -> list[Seen]:
    """See whether journald or a syslog keeps logs over a restart, how long, and sends them on."""
    storage, retention_days = "auto", None
    sent = False
    for path in ["/etc/systemd/journald.conf", *host.glob("/etc/systemd/journald.conf.d/*.conf")]:
        try:
            text = host.read(path)
        except Unavailable:
            continue
        if match := re.search(r"^\s*Storage\s*=\s*(\w+)", text, re.MULTILINE):
            storage = match.group(1).lower()
        if match := re.search(r"^\s*MaxRetentionSec\s*=\s*(\S+)", text, re.MULTILINE):
            retention_days = _days(match.group(1)) or retention_days
    syslog = next((n for n in ("rsyslogd", "syslog-ng") if host.exists(f"/usr/sbin/{n}")), "")
    for path in ["/etc/rsyslog.conf", *host.glob("/etc/rsyslog.d/*.conf")]:
        try:
            text = host.read(path)
        except Unavailable:
            continue
        sent = sent or bool(
            re.search(r"^\s*[^#\s]\S*\s+@@?[\w\[]", text, re.MULTILINE)
            or re.search(r'^[^#\n]*type\s*=\s*"omfwd"', text, re.MULTILINE)
        )
    journal = storage == "persistent" or (storage == "auto" and host.exists("/var/log/journal"))
    service = "journald" if journal else syslog or "journald"
    if not journal and not syslog and not host.exists("/run/systemd/system"):
        service = "none"
    return [
        saw(
            DeviceLogging(
                service=service,
                persistent=bool(journal or syslog),
                kept_days=retention_days,
                sent_elsewhere=sent,
            )
        )
    ]


_UNITS = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400, "day": 86400, "days": 86400}
_UNITS |= {"w": 604800, "week": 604800, "weeks": 604800, "month": 2629800, "months": 2629800}
_UNITS |= {"M": 2629800, "y": 31557600, "year": 31557600, "years": 31557600, "": 1}


def _days(span: str) -> int | None:
    """Return a systemd time span ("3month", "1209600") in whole days, or None."""
    match = re.fullmatch(r"(\d{1,9})\s*([A-Za-z]*)", span)
    if not match or match.group(2) not in _UNITS:
        return None
    return int(match.group(1)) * _UNITS[match.group(2)] // 86400


@collector("linux", sees=(DeviceDns,))
def dns(host: Host) -> list[Seen]:
    """Read the resolvers, through systemd-resolved's list where it stands in between."""
    text = host.read("/etc/resolv.conf")
    encrypted: bool | None = None
    if "127.0.0.53" in text:
        with contextlib.suppress(Unavailable):
            text = host.read("/run/systemd/resolve/resolv.conf")
        try:
            conf = host.read("/etc/systemd/resolved.conf")
            encrypted = bool(re.search(r"^\s*DNSOverTLS\s*=\s*(yes|true)", conf, re.MULTILINE))
        except Unavailable:
            encrypted = None
    servers = re.findall(r"^\s*nameserver\s+(\S{1,60})", text, re.MULTILINE)
    hidden = {} if encrypted is not None else {"encrypted": NotSeen("not_looked")}
    return [saw(DeviceDns(tuple(servers), encrypted), **hidden)]


Encryption = Literal["none", "wep", "wpa", "wpa2", "wpa3"]
_ENCRYPTIONS: tuple[tuple[str, Encryption], ...] = (
    ("WPA2", "wpa2"),
    ("WPA3", "wpa3"),
    ("WPA1", "wpa"),
    ("WPA", "wpa"),
    ("WEP", "wep"),
)


def parse_nmcli(text: str) -> Encryption | None:
    """Return the encryption of the Wi-Fi in use from ``nmcli -t -f IN-USE,SECURITY dev wifi``."""
    for line in text.splitlines():
        used, _, security = line.partition(":")
        if used == "*":
            return _encryption(security)
    return None


def _encryption(security: str) -> Encryption:
    """Return the encryption of a network; one that offers WPA2 and WPA3 counts as WPA2."""
    words = security.upper().split()
    return next((kind for name, kind in _ENCRYPTIONS if name in words), "none")


@collector("linux", sees=(DeviceWifi,))
def wifi(host: Host) -> list[Seen]:
    """No wireless interface that is up means no Wi-Fi; else NetworkManager knows the encryption."""
    wireless = [path.split("/")[4] for path in host.glob("/sys/class/net/*/wireless")]
    up = []
    for name in wireless:
        try:
            if host.read(f"/sys/class/net/{name}/operstate").strip() == "up":
                up.append(name)
        except Unavailable:
            continue
    if not up:
        return [saw(DeviceWifi(connected=False, encryption=None))]
    encryption = None
    with contextlib.suppress(Missing, Denied):
        output = host.run(
            ["nmcli", "-t", "-f", "IN-USE,SECURITY", "dev", "wifi", "list", "--rescan", "no"]
        )
        encryption = parse_nmcli(output.out)
    hidden = {} if encryption is not None else {"encryption": _wifi_seen_by(host, up[0])}
    return [saw(DeviceWifi(connected=True, encryption=encryption), **hidden)]


def _wifi_seen_by(host: Host, interface: str) -> NotSeen:
    """Return why the encryption was not seen: whoever keeps the connection was not asked."""
    if host.which("iwctl") is not None:
        return NotSeen("not_looked", see_with=f"iwctl station {interface} show")
    if host.which("wpa_cli") is not None:
        command = f"wpa_cli -i {interface} status"
        if host.is_root():
            return NotSeen("not_looked", see_with=command)
        return NotSeen("no_permission", see_with=f"sudo {command}")
    if host.which("nmcli") is None:
        return NotSeen("tool_missing", see_with="nmcli")
    return NotSeen("not_looked")
