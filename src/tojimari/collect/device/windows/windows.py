"""Windows: what is read from outputs we have real recordings of; the rest is unknown.

Only structured state is read (registry values, version numbers), never words of the system's
language. See docs/collectors.md for what stands behind each fact.
"""

import platform
import re

from tojimari.collect.device import sockets
from tojimari.collect.device.gaps import gaps
from tojimari.collect.device.windows import editions, firewall_profiles, security_center
from tojimari.collect.device.windows.firewall_profiles import FIREWALL_KEY as FIREWALL_KEY
from tojimari.collect.host import Host, Nonsense
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.model import Fact, NotSeen
from tojimari.model.facts import (
    DeviceAutoUpdates,
    DeviceBoot,
    DeviceBrowsers,
    DeviceDns,
    DeviceFirewall,
    DeviceListening,
    DeviceLogging,
    DeviceOs,
    DeviceRemoteDesktop,
    DeviceRemovableMedia,
    DeviceScreenLock,
    DeviceSoftware,
    DeviceSshd,
    DeviceSudo,
    DeviceTimeSync,
)

NOT_YET: dict[type[Fact], str] = {
    DeviceAutoUpdates: "設定 > Windows Update / Settings, Windows Update",
    DeviceSoftware: "設定 > アプリ / Settings, Apps",
    DeviceScreenLock: "設定 > 個人用設定 > ロック画面 / Settings, Personalisation, Lock screen",
    DeviceSudo: "UserAccountControlSettings",
    DeviceSshd: "Get-Service sshd",
    DeviceRemoteDesktop: "設定 > システム > リモート デスクトップ / Settings, System, Remote Desktop",
    DeviceRemovableMedia: "設定 > Bluetoothとデバイス > 自動再生 / Settings, Bluetooth & devices, AutoPlay",
    DeviceBoot: "msinfo32",
    DeviceTimeSync: "w32tm /query /status",
    DeviceBrowsers: "設定 > アプリ / Settings, Apps",
    DeviceLogging: "eventvwr",
    DeviceDns: "ipconfig /all",
}


def build_number(text: str) -> str:
    """Return "10.0.26100" from ``ver``'s "[Version 10.0.26100.2314]". Raises Nonsense."""
    match = re.search(r"\b(\d{1,3}\.\d{1,3}\.\d{3,6})(?:\.\d+)?\]", text)
    if not match:
        raise Nonsense("ver gave no version number")
    return match.group(1)


@collector("windows", sees=(DeviceOs,))
def system(host: Host) -> list[Seen]:
    """Read build number, edition and installation type; ``ver``'s words differ by language."""
    build = build_number(host.run(["cmd", "/c", "ver"]).out)
    found = editions.release(host, build)
    why = NotSeen("not_on_this_system", see_with="winver")
    hidden = {"virtual": why} if found.edition else {"virtual": why, "edition": why}
    return [
        saw(
            DeviceOs(
                family="windows",
                product=found.product,
                name=f"{found.name} ({build})",
                version=found.version,
                edition=found.edition,
                kernel=build,
                arch=platform.machine(),
                virtual=None,
            ),
            **hidden,
        )
    ]


def _others_firewall(host: Host) -> str:
    """Return the name of a firewall by another maker that is on; "" where none is known."""
    products = security_center.registered(host, "FirewallProduct") or ()
    return next((p.name for p in products if p.protects and not p.microsoft), "")


@collector("windows", sees=(DeviceFirewall,), limit_seconds=30.0)
def firewall(host: Host) -> list[Seen]:
    """Read what is in force on each profile; on only when it is on every one of them.

    Another maker's firewall that is registered and on does the work in the place of Windows' own,
    whatever the profiles say; what its rules are cannot be seen.
    """
    own = firewall_profiles.in_force(host)
    why = NotSeen("not_on_this_system", see_with="wf.msc")
    if other := _others_firewall(host):
        found = DeviceFirewall(other, active=True, default_inbound=None, inbound_rules=None)
        unseen = NotSeen("not_on_this_system", detail=f"Security Center: {other}")
        return [saw(found, default_inbound=unseen, inbound_rules=unseen)]
    if own.active is None:
        return [missed(DeviceFirewall, why)]
    hidden = {"inbound_rules": why}
    if own.default_inbound is None:
        hidden["default_inbound"] = why
    return [
        saw(
            DeviceFirewall(
                backend="windows",
                active=own.active,
                default_inbound=own.default_inbound,
                inbound_rules=None,
            ),
            **hidden,
        )
    ]


@collector("windows", sees=(DeviceListening,))
def listening(host: Host) -> list[Seen]:
    """List what other machines can reach."""
    return [sockets.listening("netstat -abno")]


@collector("windows", sees=tuple(NOT_YET))
def rest(host: Host) -> list[Seen]:
    """Say that these are not read here yet."""
    return gaps(NOT_YET)
