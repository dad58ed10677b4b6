"""Windows: what is read from outputs we have real recordings of; the rest is unknown.

Only structured state is read (registry values, version numbers), never words of the system's
language. See docs/collectors.md for what stands behind each fact.
"""

import platform
import re

from tojimari.catalog.lifecycle import load_lifecycle
from tojimari.collect.device import sockets
from tojimari.collect.device.gaps import gaps
from tojimari.collect.host import Host, Nonsense
from tojimari.collect.look import Seen, collector, saw
from tojimari.model import Fact, NotSeen
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
)

FIREWALL_KEY = (
    r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
)

NOT_YET: dict[type[Fact], str] = {
    DeviceUpdates: "設定 > Windows Update / Settings, Windows Update",
    DeviceAutoUpdates: "設定 > Windows Update / Settings, Windows Update",
    DeviceSoftware: "設定 > アプリ / Settings, Apps",
    DeviceAntimalware: "Windows セキュリティ / Windows Security",
    DeviceDiskEncryption: "manage-bde -status",
    DeviceScreenLock: "設定 > 個人用設定 > ロック画面 / Settings, Personalisation, Lock screen",
    DeviceAccounts: "設定 > アカウント > 他のユーザー / Settings, Accounts, Other users",
    DevicePasswords: "net accounts",
    DeviceSudo: "UserAccountControlSettings",
    DeviceSshd: "Get-Service sshd",
    DeviceRemoteDesktop: "設定 > システム > リモート デスクトップ / Settings, System, Remote Desktop",
    DeviceShares: "net share",
    DeviceBackups: "コントロール パネル > ファイル履歴 / Control Panel, File History",
    DeviceRemovableMedia: "設定 > Bluetoothとデバイス > 自動再生 / Settings, Bluetooth & devices, AutoPlay",
    DeviceBoot: "msinfo32",
    DeviceTimeSync: "w32tm /query /status",
    DeviceBrowsers: "設定 > アプリ / Settings, Apps",
    DeviceLogging: "eventvwr",
    DeviceWifi: "netsh wlan show interfaces",
    DeviceDns: "ipconfig /all",
}


def parse_reg(text: str) -> dict[str, dict[str, str | int]]:
    """Return key -> value name -> value from ``reg query``; REG_DWORD becomes a number."""
    keys: dict[str, dict[str, str | int]] = {}
    current: dict[str, str | int] = {}
    for line in text.splitlines():
        if line.startswith("HKEY_"):
            current = keys.setdefault(line.strip(), {})
        elif match := re.match(r"^\s+(\S.*?)\s{2,}(REG_\w+)\s{2,}(.*)$", line):
            name, kind, value = match.groups()
            number = re.fullmatch(r"0x([0-9a-fA-F]{1,16})", value.strip())
            current[name] = int(number.group(1), 16) if kind == "REG_DWORD" and number else value
    return keys


def build_number(text: str) -> str:
    """Return "10.0.26100" from ``ver``'s "[Version 10.0.26100.2314]". Raises Nonsense."""
    match = re.search(r"\b(\d{1,3}\.\d{1,3}\.\d{3,6})(?:\.\d+)?\]", text)
    if not match:
        raise Nonsense("ver gave no version number")
    return match.group(1)


def release_cycle(build: str) -> str:
    """Return the release cycle of a build, by the build numbers endoflife.date lists.

    Home and Pro ("-w") are meant where a build has several cycles; "" when it is not listed.
    """
    product = load_lifecycle().products["windows"]
    cycles = [c.release_cycle for c in product.releases if c.latest == build]
    return next((c for c in cycles if c.endswith("-w")), cycles[0] if cycles else "")


@collector("windows", sees=(DeviceOs,))
def system(host: Host) -> list[Seen]:
    """Read the build number; its words differ by language, the number does not."""
    build = build_number(host.run(["cmd", "/c", "ver"]).out)
    cycle = release_cycle(build)
    generation = "11" if int(build.rsplit(".", 1)[1]) >= 22000 else "10"
    why = NotSeen("not_on_this_system", see_with="winver")
    return [
        saw(
            DeviceOs(
                family="windows",
                product="windows",
                name=f"Windows {generation} ({build})",
                version=cycle,
                edition=None,
                kernel=build,
                arch=platform.machine(),
                virtual=None,
            ),
            edition=why,
            virtual=why,
        )
    ]


@collector("windows", sees=(DeviceFirewall,))
def firewall(host: Host) -> list[Seen]:
    """Read EnableFirewall of the three profiles; on only when every one of them is."""
    text = host.run(["reg", "query", FIREWALL_KEY, "/s", "/v", "EnableFirewall"]).out
    profiles = {
        key.rsplit("\\", 1)[-1]: values["EnableFirewall"]
        for key, values in parse_reg(text).items()
        if key.startswith(FIREWALL_KEY + "\\") and "EnableFirewall" in values
    }
    if not {"PublicProfile", "StandardProfile"} <= set(profiles):
        raise Nonsense("reg gave no EnableFirewall for the public and private profiles")
    on = all(value == 1 for value in profiles.values())
    why = NotSeen("not_on_this_system", see_with="wf.msc")
    return [
        saw(
            DeviceFirewall(
                backend="windows",
                active=on,
                # Windows drops what no rule names unless somebody changed it; that is not read.
                default_inbound=None,
                inbound_rules=None,
            ),
            default_inbound=why,
            inbound_rules=why,
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
