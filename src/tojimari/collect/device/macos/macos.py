"""macOS: what is read from outputs we have real recordings of; the rest is unknown.

See docs/collectors.md for what stands behind each fact.
"""

import os
import re

from tojimari.collect.device import sockets
from tojimari.collect.device.unseen import unseen
from tojimari.collect.host import Host, Nonsense
from tojimari.collect.look import Seen, collector
from tojimari.model import NotSeen

_FIREWALL = "/usr/libexec/ApplicationFirewall/socketfilterfw"

NOT_YET = {
    "device.updates": "softwareupdate --list",
    "device.auto_updates": "defaults read /Library/Preferences/com.apple.SoftwareUpdate",
    "device.software": "system_profiler SPApplicationsDataType",
    "device.antimalware": "システム設定 / System Settings",
    "device.screen_lock": "sysadminctl -screenLock status",
    "device.accounts": "dscl . list /Users",
    "device.passwords": "pwpolicy getaccountpolicies",
    "device.sudo": "sudo grep -r NOPASSWD /etc/sudoers /etc/sudoers.d",
    "device.sshd": "sudo systemsetup -getremotelogin",
    "device.remote_desktop": "システム設定 > 共有 / System Settings, Sharing",
    "device.shares": "sharing -l",
    "device.backups": "tmutil latestbackup",
    "device.removable_media": "diskutil list external",
    "device.boot": "csrutil status",
    "device.time_sync": "sudo systemsetup -getusingnetworktime",
    "device.browsers": "system_profiler SPApplicationsDataType",
    "device.logging": "log stats",
    "device.wifi": "system_profiler SPAirPortDataType",
    "device.dns": "scutil --dns",
}


def parse_sw_vers(text: str) -> tuple[str, str]:
    """Return (product name, version) from ``sw_vers``. Raises Nonsense."""
    found = dict(re.findall(r"^(\w+):\s+(\S.*?)\s*$", text, re.MULTILINE))
    if "ProductVersion" not in found:
        raise Nonsense("sw_vers gave no ProductVersion")
    return found.get("ProductName", "macOS"), found["ProductVersion"]


def cycle_of(version: str) -> str:
    """Return the release cycle: the major number from 11 on, two numbers before ("10.15")."""
    parts = version.split(".")
    return parts[0] if parts[0] != "10" else ".".join(parts[:2])


@collector("macos", sees=("device.os",))
def system(host: Host) -> list[Seen]:
    """Ask sw_vers."""
    name, version = parse_sw_vers(host.run(["sw_vers"]).out)
    machine = os.uname()
    return [
        Seen(
            "device.os",
            {
                "family": "macos",
                "product": "macos",
                "name": f"{name} {version}",
                "version": cycle_of(version),
                "edition": None,
                "kernel": machine.release,
                "arch": machine.machine,
                "virtual": None,
            },
            partly_not_seen={"virtual": NotSeen("not_on_this_system")},
        )
    ]


@collector("macos", sees=("device.disk_encryption",))
def filevault(host: Host) -> list[Seen]:
    """Ask fdesetup; its sentence is the same in every language of the system."""
    said = host.run(["fdesetup", "status"]).out
    if not (match := re.search(r"FileVault is (On|Off)\b", said)):
        raise Nonsense("fdesetup said neither on nor off")
    # While encryption is still running part of the disk is plain.
    encrypted = match.group(1) == "On" and "in progress" not in said
    volume = {
        "mount": "/",
        "device": "FileVault",
        "encrypted": encrypted,
        "removable": False,
        "system": True,
    }
    return [Seen("device.disk_encryption", {"volumes": [volume]})]


@collector("macos", sees=("device.firewall",))
def firewall(host: Host) -> list[Seen]:
    """Ask the application firewall for its state: 0 off, 1 on, 2 block everything."""
    said = host.run([_FIREWALL, "--getglobalstate"]).out
    if not (match := re.search(r"\(State = ([012])\)", said)):
        raise Nonsense("socketfilterfw gave no state")
    on = match.group(1) != "0"
    return [
        Seen(
            "device.firewall",
            {
                "backend": "macos",
                "active": on,
                "default_inbound": "drop" if on else None,
                "inbound_rules": None,
            },
            partly_not_seen={"inbound_rules": NotSeen("not_on_this_system")},
        )
    ]


@collector("macos", sees=("device.listening",))
def listening(host: Host) -> list[Seen]:
    """List what other machines can reach."""
    return [sockets.listening("sudo lsof -nP -iTCP -sTCP:LISTEN")]


@collector("macos", sees=tuple(NOT_YET))
def rest(host: Host) -> list[Seen]:
    """Say that these are not read here yet."""
    return unseen(NOT_YET)
