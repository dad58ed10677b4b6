"""macOS: what is read from outputs we have real recordings of; the rest is unknown.

See docs/collectors.md for what stands behind each fact.
"""

import os
import re

from tojimari.collect.device import sockets
from tojimari.collect.device.gaps import gaps
from tojimari.collect.host import Host, Nonsense
from tojimari.collect.look import Seen, collector, saw
from tojimari.model import PLACE, Fact, NotSeen
from tojimari.model.facts import (
    DeviceAccounts,
    DeviceAntimalware,
    DeviceAutoUpdates,
    DeviceBackups,
    DeviceBoot,
    DeviceBrowsers,
    DeviceDiskEncryption,
    DeviceDns,
    DeviceFirewall,
    DeviceListening,
    DeviceLogging,
    DeviceOs,
    DevicePasswords,
    DeviceRemoteDesktop,
    DeviceRemovableMedia,
    DeviceScreenLock,
    DeviceShares,
    DeviceSoftware,
    DeviceSshd,
    DeviceSudo,
    DeviceTimeSync,
    DeviceUpdates,
    DeviceWifi,
    Volume,
)

_FIREWALL = "/usr/libexec/ApplicationFirewall/socketfilterfw"

NOT_YET: dict[type[Fact], str] = {
    DeviceUpdates: "softwareupdate --list",
    DeviceAutoUpdates: "defaults read /Library/Preferences/com.apple.SoftwareUpdate",
    DeviceSoftware: "system_profiler SPApplicationsDataType",
    DeviceAntimalware: f"{PLACE}macos-software-update",
    DeviceScreenLock: "sysadminctl -screenLock status",
    DeviceAccounts: "dscl . list /Users",
    DevicePasswords: "pwpolicy getaccountpolicies",
    DeviceSudo: "sudo grep -r NOPASSWD /etc/sudoers /etc/sudoers.d",
    DeviceSshd: "sudo systemsetup -getremotelogin",
    DeviceRemoteDesktop: f"{PLACE}macos-sharing",
    DeviceShares: "sharing -l",
    DeviceBackups: "tmutil latestbackup",
    DeviceRemovableMedia: "diskutil list external",
    DeviceBoot: "csrutil status",
    DeviceTimeSync: "sudo systemsetup -getusingnetworktime",
    DeviceBrowsers: "system_profiler SPApplicationsDataType",
    DeviceLogging: "log stats",
    DeviceWifi: "system_profiler SPAirPortDataType",
    DeviceDns: "scutil --dns",
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


@collector("macos", sees=(DeviceOs,))
def system(host: Host) -> list[Seen]:
    """Ask sw_vers."""
    name, version = parse_sw_vers(host.run(["sw_vers"]).out)
    machine = os.uname()
    return [
        saw(
            DeviceOs(
                family="macos",
                product="macos",
                name=f"{name} {version}",
                version=cycle_of(version),
                edition=None,
                kernel=machine.release,
                arch=machine.machine,
                virtual=None,
            ),
            virtual=NotSeen("not_on_this_system"),
        )
    ]


@collector("macos", sees=(DeviceDiskEncryption,))
def filevault(host: Host) -> list[Seen]:
    """Ask fdesetup; its sentence is the same in every language of the system."""
    text = host.run(["fdesetup", "status"]).out
    if not (match := re.search(r"FileVault is (On|Off)\b", text)):
        raise Nonsense("fdesetup printed neither on nor off")
    # While it is on its way, also while that is paused, part of the disk is plain.
    under_way = re.search(r"\b(in progress|paused|Percent completed)\b", text)
    encrypted = match.group(1) == "On" and under_way is None
    volume = Volume("/", "FileVault", encrypted=encrypted, removable=False, system=True)
    return [saw(DeviceDiskEncryption((volume,)))]


@collector("macos", sees=(DeviceFirewall,))
def firewall(host: Host) -> list[Seen]:
    """Ask the application firewall for its state: 0 off, 1 on, 2 block everything."""
    text = host.run([_FIREWALL, "--getglobalstate"]).out
    if not (match := re.search(r"\(State = ([012])\)", text)):
        raise Nonsense("socketfilterfw gave no state")
    on = match.group(1) != "0"
    return [
        saw(
            DeviceFirewall(
                backend="macos",
                active=on,
                default_inbound="drop" if on else None,
                inbound_rules=None,
            ),
            inbound_rules=NotSeen("not_on_this_system"),
        )
    ]


@collector("macos", sees=(DeviceListening,))
def listening(host: Host) -> list[Seen]:
    """List what other machines can reach."""
    return [sockets.listening("sudo lsof -nP -iTCP -sTCP:LISTEN")]


@collector("macos", sees=tuple(NOT_YET))
def rest(host: Host) -> list[Seen]:
    """Say that these are not read here yet."""
    return gaps(NOT_YET)
