"""Macs, machine by machine: five of them, from Intel with 12 to Apple silicon with 26."""

import plistlib
import shutil
from datetime import UTC, datetime
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.facts import judged
from tests.support.hosts import DEVICE, fact, seen, write
from tests.support.macs import MACHINES as MACHINES_FOLDER
from tests.support.macs import Mac, mac
from tests.support.protection import looked
from tojimari.catalog import load_catalog
from tojimari.collect.device.macos import (
    accounts,
    antimalware,
    auto_updates,
    backups,
    disk_encryption,
    disks,
    firewall,
    listening,
    name_servers,
    passwords,
    places,
    preferences,
    screen_lock,
    security_extensions,
    services,
    shares,
    updates,
    wifi,
)
from tojimari.collect.host import Nonsense, Output
from tojimari.collect.look import collectors
from tojimari.collect.run import look
from tojimari.model import Fact, Finding, NotSeen
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
    DeviceOs,
    DevicePasswords,
    DeviceRemoteDesktop,
    DeviceScreenLock,
    DeviceShares,
    DeviceSoftware,
    DeviceSshd,
    DeviceTimeSync,
    DeviceUpdates,
    DeviceWifi,
)

K = TypeVar("K", bound=Fact)
INTEL, VENTURA, MANAGED, SEQUOIA, TAHOE = MACHINES = (
    "intel-12",
    "silicon-13",
    "silicon-14-managed",
    "silicon-15",
    "silicon-26",
)
PEOPLE = dict(zip(MACHINES, ("hanako", "taro", "jiro", "kenji", "yuki"), strict=True))
CONTROLS: dict[str, type[Fact]] = {
    "admin-accounts": DeviceAccounts,
    "antimalware-fresh": DeviceAntimalware,
    "antimalware-running": DeviceAntimalware,
    "antimalware-scan": DeviceAntimalware,
    "auto-updates": DeviceAutoUpdates,
    "backup-exists": DeviceBackups,
    "boot-security": DeviceBoot,
    "browser-updates": DeviceBrowsers,
    "device-firewall": DeviceFirewall,
    "disk-encryption": DeviceDiskEncryption,
    "login-lockout": DevicePasswords,
    "open-shares": DeviceShares,
    "os-updates-pc": DeviceUpdates,
    "screen-lock": DeviceScreenLock,
    "ssh-hardening": DeviceSshd,
    "time-sync": DeviceTimeSync,
    "wifi-encryption": DeviceWifi,
}


@pytest.fixture
def on(monkeypatch):
    """Give a Mac, looked at by the person it belongs to."""

    def signed_in(name: str, **kwargs) -> Mac:
        monkeypatch.setenv("HOME", f"/Users/{PEOPLE[name]}")
        return mac(name, **kwargs)

    return signed_in


def found(host: Mac, kind: type[K]) -> K:
    return fact(host, kind, "macos")


def unseen(host: Mac, kind: type[Fact]) -> NotSeen:
    why = seen(host, kind, "macos").not_seen
    assert why is not None
    return why


def finding(control: str, host: Mac, kind: type[Fact]) -> Finding:
    return judged(control, looked(host, kind, "macos"))


@pytest.mark.parametrize(
    ("name", "open_ones", "met", "partly"),
    [
        (
            INTEL,
            "auto-updates disk-encryption screen-lock browser-updates",
            "os-updates-pc open-shares device-firewall antimalware-running",
            "admin-accounts ssh-hardening wifi-encryption",
        ),
        (
            VENTURA,
            "open-shares backup-exists",
            "device-firewall disk-encryption screen-lock ssh-hardening wifi-encryption"
            " admin-accounts boot-security",
            "",
        ),
        (
            MANAGED,
            "disk-encryption",
            "auto-updates device-firewall open-shares screen-lock ssh-hardening wifi-encryption"
            " admin-accounts",
            "login-lockout",
        ),
        (
            SEQUOIA,
            "disk-encryption boot-security",
            "antimalware-scan auto-updates device-firewall open-shares screen-lock ssh-hardening"
            " wifi-encryption browser-updates",
            "admin-accounts antimalware-running",
        ),
        (
            TAHOE,
            "antimalware-running antimalware-scan device-firewall disk-encryption",
            "os-updates-pc open-shares ssh-hardening boot-security",
            "admin-accounts",
        ),
    ],
)
def test_what_each_mac_is_judged(on, name, open_ones, met, partly):
    """Whatever is in none of the lists is unknown."""
    states = {c: finding(c, on(name), kind).state for c, kind in CONTROLS.items()}
    expected = dict.fromkeys(CONTROLS, "unknown")
    for state, controls in (("not_met", open_ones), ("met", met), ("partly", partly)):
        expected |= dict.fromkeys(controls.split(), state)
    if name == MANAGED:
        expected["login-lockout"] = "met"  # locks after five, twelve characters
    if name == VENTURA:
        expected["browser-updates"] = "not_met"  # long out of support
    assert states == expected


@pytest.mark.parametrize(
    ("name", "shown", "state"),
    [(INTEL, "macOS 12.7.6", "not_met"), (VENTURA, "macOS 13.3.1", "not_met"),
     (MANAGED, "macOS 14.5", "met"), (SEQUOIA, "macOS 15.6.1", "met"),
     (TAHOE, "macOS 26.6.2", "met")],
)  # fmt: skip
def test_the_version_and_the_end_of_its_support(on, name, shown, state):
    assert found(on(name), DeviceOs).name == shown
    assert finding("supported-os", on(name), DeviceOs).state == state


def test_a_macos_newer_than_the_data_is_not_called_supported(on):
    host = on(TAHOE, sw_vers="ProductName:\t\tmacOS\nProductVersion:\t\t99.1\n")
    assert finding("supported-os", host, DeviceOs).state == "unknown"


# --- updates ------------------------------------------------------------------------------


def test_the_next_macos_is_no_update_that_waits(on):
    got = found(on(SEQUOIA), DeviceUpdates)
    assert (got.pending, got.pending_security, got.reboot_required) == (1, None, None)
    assert got.lists_refreshed_at == datetime(2026, 11, 20, 3, 4, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("out", "err", "pending"),
    [
        ("Software Update Tool\n", "", None),  # the banner alone says nothing
        ("", "", None),
        ("Software Update Tool\n", "No new software available.\n", 0),
        ("* Label: Security Update 2020-004\n", "", None),  # a label without its title
        (
            "* Label: Safari27.0TahoeAuto-27.0\n"
            "    Title: Safari, Version: 27.0, Size: 249465KiB, Recommended: YES,\n\n"
            "* Label: macOS Tahoe 26.7-25G229\n"
            "    Title: macOS Tahoe 26.7, Version: 26.7, Size: 2960352KiB, Recommended: YES, "
            "Action: restart,\n"
            "* Label: macOS 27-26A428\n"
            "    Title: macOS 27, Version: 27, Size: 11727573KiB, Recommended: YES, Action: restart,\n",
            "",
            2,
        ),
    ],
)
def test_the_list_of_updates(on, out, err, pending):
    host = on(TAHOE, softwareupdate={"out": out, "err": err})
    if pending is None:
        assert unseen(host, DeviceUpdates).reason == "nonsense"
    else:
        assert found(host, DeviceUpdates).pending == pending


def test_what_apple_calls_a_security_update_is_open(on):
    row = "* Label: x\n\tTitle: Security Response 26.6.2 (a), Version: 26.6.2 (a), Size: 1K, \n"
    host = on(TAHOE, softwareupdate=row)
    assert finding("os-updates-pc", host, DeviceUpdates).reason == "security_waiting"


def test_the_last_update_is_apples_own(on, tmp_path):
    rows = [("2026-11-01T00:00:00", "softwareupdated"), ("2026-11-20T00:00:00", "Installer")]
    items = "".join(
        f"<dict><key>date</key><date>{at}Z</date><key>processName</key><string>{by}</string></dict>"
        for at, by in rows
    )
    write(tmp_path, updates.HISTORY, f'<plist version="1.0"><array>{items}</array></plist>')
    got = found(on(TAHOE, root=tmp_path), DeviceUpdates)
    assert got.last_update_at == datetime(2026, 11, 1, tzinfo=UTC)


def settings(tmp_path, where: str, **held: bool | int) -> None:
    """Write a property list of settings."""
    rows = "".join(
        f"<key>{key}</key>"
        + (f"<{str(v).lower()}/>" if isinstance(v, bool) else f"<integer>{v}</integer>")
        for key, v in held.items()
    )
    write(tmp_path, where, f'<plist version="1.0"><dict>{rows}</dict></plist>')


OWN = "/Library/Preferences/com.apple.SoftwareUpdate.plist"
RULED = "/Library/Managed Preferences/com.apple.SoftwareUpdate.plist"
DELAYS = "/Library/Managed Preferences/com.apple.applicationaccess.plist"
ALL_ON = {"AutomaticDownload": True, "AutomaticallyInstallMacOSUpdates": True}


@pytest.mark.parametrize(
    ("own", "ruled", "name", "state"),
    [
        ({}, {}, SEQUOIA, "unknown"),  # no key: Apple names no default
        (ALL_ON, {}, SEQUOIA, "met"),
        (ALL_ON | {"AutomaticDownload": False}, {}, SEQUOIA, "not_met"),
        (ALL_ON | {"AutomaticDownload": "no"}, {}, SEQUOIA, "unknown"),
        (ALL_ON | {"AutomaticCheckEnabled": False}, {}, MANAGED, "not_met"),
        (ALL_ON | {"AutomaticCheckEnabled": False}, {}, SEQUOIA, "met"),  # no such switch any more
        (ALL_ON, {"AutomaticallyInstallMacOSUpdates": False}, SEQUOIA, "not_met"),
        ({"AutomaticallyInstallMacOSUpdates": 0}, ALL_ON, SEQUOIA, "met"),
        ({"AutomaticallyInstallMacOSUpdates": 2}, {}, SEQUOIA, "unknown"),
    ],
)
def test_a_profile_decides_over_the_macs_own_switches(on, tmp_path, own, ruled, name, state):
    settings(tmp_path, OWN, **own)
    settings(tmp_path, RULED, **ruled)
    host = on(name, root=tmp_path)
    assert finding("auto-updates", host, DeviceAutoUpdates).state == state


@pytest.mark.parametrize(
    ("rules", "days"),
    [
        ({"enforcedSoftwareUpdateDelay": 90}, 0),  # a number of days without the switch
        ({"forceDelayedSoftwareUpdates": True}, 30),
        ({"forceDelayedSoftwareUpdates": True, "enforcedSoftwareUpdateDelay": 400}, 90),
    ],
)
def test_how_long_a_profile_holds_updates_back(on, tmp_path, rules, days):
    settings(tmp_path, OWN, **ALL_ON)
    settings(tmp_path, DELAYS, **rules)
    got = found(on(SEQUOIA, root=tmp_path), DeviceAutoUpdates)
    assert got.deferred_days == days


def test_a_profile_of_old_says_nothing_from_macos_27_on(on, tmp_path):
    settings(tmp_path, RULED, **ALL_ON)
    host = on(TAHOE, root=tmp_path, sw_vers="ProductName:\tmacOS\nProductVersion:\t27.0.1\n")
    assert unseen(host, DeviceAutoUpdates).reason == "not_told"


# --- protection ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "active", "stealth"),
    [(INTEL, True, False), (VENTURA, True, False), (MANAGED, True, True), (SEQUOIA, True, True),
     (TAHOE, False, False)],
)  # fmt: skip
def test_the_firewall_by_its_tool_a_profile_or_the_file_of_old(on, name, active, stealth):
    got = found(on(name), DeviceFirewall)
    assert (got.active, got.stealth) == (active, stealth)


def test_the_file_of_old_says_nothing_on_a_mac_of_today(on, tmp_path):
    settings(tmp_path, "/Library/Preferences/com.apple.alf.plist", globalstate=1)
    host = on(SEQUOIA, root=tmp_path, socketfilterfw="")
    assert unseen(host, DeviceFirewall).reason == "nonsense"


@pytest.mark.parametrize(
    ("name", "state"),
    [(INTEL, "encrypting"), (VENTURA, "on"), (MANAGED, "off"), (SEQUOIA, "decrypting")],
)
def test_how_far_filevault_is(on, name, state):
    [volume] = found(on(name), DeviceDiskEncryption).volumes
    assert (volume.state, volume.encrypted) == (state, state == "on")


@pytest.mark.parametrize(
    ("name", "running", "checked"),
    [(INTEL, None, True), (SEQUOIA, True, False), (TAHOE, False, True)],
)
def test_xprotect_and_gatekeeper(on, name, running, checked):
    got = found(on(name), DeviceAntimalware)
    product = got.products[0]
    assert (product.running, got.downloads_checked) == (running, checked)
    assert product.version == {INTEL: "2183"}.get(name, "5346")


@pytest.mark.parametrize(
    ("name", "others", "unrecognised"),
    [
        (INTEL, {"Sophos": True}, ()),
        (VENTURA, {}, ()),  # no such tool
        (MANAGED, {"CrowdStrike Falcon": False}, ()),  # waits for somebody to allow it
        (SEQUOIA, {}, ("Beacon System Extension",)),
        (TAHOE, {}, ()),
    ],
)
def test_products_of_other_makers(on, name, others, unrecognised):
    got = found(on(name), DeviceAntimalware)
    assert {p.name: p.running for p in got.products[1:]} == others
    assert got.unrecognised == unrecognised


def test_extensions_of_other_categories_and_those_on_their_way_out_do_not_count():
    row = "*\t*\tX\t{} (1.0/1)\tName\t[{}]\n"
    text = (
        "3 extension(s)\n--- com.apple.system_extension.network_extension\n"
        + row.format("com.eset.network", "activated enabled")
        + "--- com.apple.system_extension.endpoint_security\n"
        + row.format("com.eset.endpoint", "terminated waiting to uninstall on reboot")
        + row.format("com.eset.securityextension", "activated enabled")
    )
    found_here = security_extensions.parse_extensions(text)
    assert [(one.id, one.on) for one in found_here] == [("com.eset.securityextension", True)]


def test_gatekeeper_switched_off_is_said(on):
    got = finding("antimalware-running", on(SEQUOIA), DeviceAntimalware)
    assert (got.state, got.reason) == ("partly", "downloads_unchecked")


@pytest.mark.parametrize(
    ("said", "power", "seconds"),
    [
        ("screenLock delay is immediate", " displaysleep 3\n", 180),
        ("screenLock delay is 300 seconds", " displaysleep 3\n displaysleep 10\n", 600),
        ("screenLock delay is -1.000000 seconds", " displaysleep 3\n", 0),
        ("screenLock is off", " displaysleep 3\n", 0),
        ("screenLock delay is immediate", "", None),
        ("screenLock delay is immediate", " displaysleep 0\n", 300),  # the screen saver's turn
    ],
)
def test_the_screen_locks_when_it_goes_dark(on, said, power, seconds):
    """The person of this Mac set the screen saver to five minutes."""
    host = on(SEQUOIA, pmset=power, sysadminctl={"out": "", "err": f"x sysadminctl[1:2] {said}\n"})
    got = found(host, DeviceScreenLock)
    assert got.after_seconds == seconds
    assert got.enabled is (None if seconds is None else seconds > 0)


def test_a_profile_for_one_person_sets_the_screen_saver(on):
    assert found(on(MANAGED), DeviceScreenLock).after_seconds == 600 + 5


def test_what_the_screen_says_in_other_words_is_unknown(on):
    host = on(SEQUOIA, sysadminctl={"out": "", "err": "sysadminctl: Usage\n"})
    assert unseen(host, DeviceScreenLock).reason == "nonsense"


@pytest.mark.parametrize(
    ("name", "state"), [(INTEL, "unknown"), (VENTURA, "met"), (MANAGED, "unknown")]
)
def test_the_start_up_is_told_in_english_alone(on, name, state):
    assert finding("boot-security", on(name), DeviceBoot).state == state


# --- backups ------------------------------------------------------------------------------

SHOWN = """<plist version="1.0"><dict><key>AutoBackup</key><true/><key>Destinations</key><array>
<dict><key>DestinationID</key><string>00000000-0000-4000-8000-000000000001</string>
<key>LastKnownVolumeName</key><string>Backups</string>
<key>SnapshotDates</key><array><date>2026-11-20T08:00:00Z</date><date>2026-11-27T08:00:00Z</date>
<date>4001-01-01T00:00:00Z</date></array></dict></array></dict></plist>"""


@pytest.mark.parametrize(
    ("name", "kind", "attached"),
    [(VENTURA, "removable", False), (SEQUOIA, "network", None), (TAHOE, "unknown", True)],
)
def test_time_machine(on, tmp_path, name, kind, attached):
    write(tmp_path, backups.SETTINGS, SHOWN)
    [job] = found(on(name, root=tmp_path), DeviceBackups).jobs
    assert (job.target_kind, job.attached_now) == (kind, attached)
    assert job.last_success_at == datetime(2026, 11, 27, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    ("disk", "kind"),
    [
        ("<key>BusProtocol</key><string>USB</string>"
         "<key>RemovableMediaOrExternalDevice</key><true/>", "removable"),
        ("<key>RemovableMediaOrExternalDevice</key><false/>", "unknown"),  # inside: which disk?
        ("<key>BusProtocol</key><string>Disk Image</string>"
         "<key>RemovableMediaOrExternalDevice</key><true/>", "unknown"),
    ],
)  # fmt: skip
def test_a_disk_that_is_plugged_in(on, tmp_path, disk, kind):
    write(tmp_path, backups.SETTINGS, SHOWN)
    host = on(TAHOE, root=tmp_path)
    told = f'<plist version="1.0"><dict>{disk}</dict></plist>'
    host.commands[disks.command("/Volumes/Backup Disk")] = Output(0, told, "")
    [job] = found(host, DeviceBackups).jobs
    assert (job.target_kind, job.attached_now, job.scheduled) == (kind, True, True)


def test_a_disk_that_is_unplugged_is_named_and_its_last_backup_dated(on):
    [job] = found(on(VENTURA), DeviceBackups).jobs
    assert (job.target, job.last_success_at) == (
        "Shop Backup",
        datetime(2024, 11, 15, 20, 55, 2, tzinfo=UTC),
    )


@pytest.mark.parametrize(
    ("answered", "dated"),
    [
        (None, False),
        ('<plist version="1.0"><dict/></plist>', False),  # how "defaults" refuses
        (SHOWN, True),
    ],
)
def test_without_full_disk_access_the_dates_are_missing(on, answered, dated):
    host = on(VENTURA, denied=[backups.SETTINGS])
    if answered:
        host.commands[backups.EXPORT] = Output(0, answered, "")
    observation = seen(host, DeviceBackups, "macos")
    [job] = observation.fact.jobs
    assert (job.last_success_at is not None, job.target_kind) == (dated, "removable")
    if not dated:
        why = observation.partly_not_seen["jobs"]
        assert why.reason == "no_permission"
        assert why.see_with == places.FULL_DISK_ACCESS
        verdict = finding("backup-exists", host, DeviceBackups)
        assert (verdict.state, verdict.reason) == ("unknown", "never_ran")


def test_without_full_disk_access_and_without_places_nothing_is_said(on):
    host = on(INTEL, denied=[backups.SETTINGS])
    assert unseen(host, DeviceBackups).reason == "no_permission"


# --- what others reach ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('\t"com.openssh.sshd" => enabled\n', True),
        ('\t"com.openssh.sshd" => disabled\n', False),
        ('\t"com.openssh.sshd" => false\n', True),  # up to macOS 11: "is it disabled?"
        ('\t"com.openssh.sshd" => true\n', False),
        ('\t"com.openssh.sshd-agent" => enabled\n', False),
        ("", False),  # as it comes
    ],
)
def test_whether_remote_login_is_on(on, text, expected):
    host = on(TAHOE, launchctl=f"\tdisabled services = {{\n{text}\t}}\n")
    assert found(host, DeviceSshd).running is expected


def test_a_service_that_no_file_describes_is_unknown(on, tmp_path):
    host = on(TAHOE, root=tmp_path, launchctl="")
    for kind in (DeviceSshd, DeviceShares, DeviceRemoteDesktop):
        assert unseen(host, kind).reason == "not_told"


def test_remote_login_takes_passwords_through_pam(on, tmp_path):
    config = "Include /etc/ssh/sshd_config.d/*\nPasswordAuthentication no\n"
    write(tmp_path, "/etc/ssh/sshd_config", config)
    host = on(INTEL, root=tmp_path)
    assert found(host, DeviceSshd).password_login is False
    write(tmp_path, "/etc/ssh/sshd_config.d/100-macos.conf", "UsePAM yes\n")
    assert found(host, DeviceSshd).password_login is True


def test_folders_that_guests_enter(on, tmp_path):
    [share] = found(on(VENTURA), DeviceShares).shares
    assert (share.name, share.path, share.guest) == ("Public Folder", "/Users/taro/Public", True)
    settings(tmp_path, shares.SERVER, AllowGuestAccess=False)
    [share] = found(on(VENTURA, root=tmp_path), DeviceShares).shares
    assert share.guest is False


def test_each_folder_keeps_its_own_attributes():
    """As a Mac printed it: paths set in, what AFP does beside what SMB does."""
    printed = """List of Share Points
name:\t\tBackups
\tpath:\t\t/Users/taro/Backups
\tafp:\t{
\t\tname:\tBackups
\t\tshared:\t0
\t}
\tsmb:\t{
\t\tname:\tBackups
\t\tshared:\t1
\t\tguest access:\t0
\t}
\tsmb time machine:\t1
name:\t\tMedia
\tpath:\t\t/Volumes/Media
\tsmb:\t{
\t\tname:\tMedia
\t\tshared:\t1
\t}
\tsmb time machine:\t0
"""
    rows = [(p.name, p.path, p.shared, p.guest) for p in shares.parse_sharing(printed)]
    assert rows == [
        ("Backups", "/Users/taro/Backups", True, False),
        ("Media", "/Volumes/Media", True, None),
    ]


@pytest.mark.parametrize(
    ("name", "products", "installed"),
    [(VENTURA, (), ("AnyDesk",)), (MANAGED, ("TeamViewer",), ()),
     (SEQUOIA, ("Apple Remote Desktop", "VNC"), ()), (TAHOE, (), ())],
)  # fmt: skip
def test_who_can_drive_the_screen(on, name, products, installed):
    got = found(on(name), DeviceRemoteDesktop)
    assert (got.products, got.installed, got.enabled) == (products, installed, bool(products))


def test_sockets_are_seen_without_rights(on):
    rows = {(s.protocol, s.port) for s in found(on(SEQUOIA), DeviceListening).sockets}
    assert rows == {("tcp", 5900), ("tcp", 3283), ("udp", 3283)}


@pytest.mark.parametrize(
    ("mode", "encryption"),
    [
        ("spairport_security_mode_none", "none"),
        ("spairport_security_mode_wep", "wep"),
        ("spairport_security_mode_wpa3_personal", "wpa3"),
        ("pairport_security_mode_wpa3_transition", "wpa2"),
        ("spairport_security_mode_wpa9", None),
    ],
)
def test_the_wifi_in_use(on, mode, encryption):
    host = on(INTEL)
    [wifi_in_use] = [c for c in host.commands if "SPAirPortDataType" in c]
    text = host.commands[wifi_in_use].out
    old = "spairport_security_mode_wpa2_personal_mixed"
    host.commands[wifi_in_use] = Output(0, text.replace(old, mode), "")
    got = found(host, DeviceWifi)
    assert (got.connected, got.encryption) == (True, encryption)


def test_servers_of_single_interfaces_and_domains_are_no_general_ones(on):
    assert found(on(INTEL), DeviceDns).servers == ("192.168.1.1",)


# --- people and programs ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "people", "administrators", "guest", "auto_login", "daily"),
    [
        (INTEL, ("hanako",), ("hanako",), False, True, True),
        (VENTURA, ("hanako", "taro"), ("hanako",), True, False, False),
        (MANAGED, ("itadmin", "jiro"), ("itadmin",), False, False, False),
        (TAHOE, ("yuki",), ("yuki",), None, False, True),
    ],
)
def test_accounts(on, name, people, administrators, guest, auto_login, daily):
    got = found(on(name), DeviceAccounts)
    assert (got.people, got.administrators) == (people, administrators)
    assert (got.guest_enabled, got.auto_login) == (guest, auto_login)
    assert got.user_is_administrator is daily


@pytest.mark.parametrize(
    ("name", "length", "tries"), [(INTEL, 0, None), (VENTURA, 4, None), (MANAGED, 12, 5)]
)
def test_rules_on_passwords(on, name, length, tries):
    got = found(on(name), DevicePasswords)
    assert (got.min_length, got.lockout_tries) == (length, tries)


def test_a_rule_of_another_shape_is_not_guessed(on):
    row = "<string>policyAttributePassword matches '[A-Z]+[0-9]+'</string>"
    policy = f'<plist version="1.0"><dict><key>a</key><array><dict><key>policyContent</key>{row}'
    host = on(VENTURA, pwpolicy=policy + "</dict></array></dict></plist>")
    assert found(host, DevicePasswords).min_length is None


def test_browsers_and_programs(on):
    browsers = {
        (b.id, b.version): b.from_system for b in found(on(VENTURA), DeviceBrowsers).browsers
    }
    assert browsers == {("safari", "16.4.1"): True, ("chrome", "113.0.5672.63"): False}
    items = {item.name: item.from_system for item in found(on(INTEL), DeviceSoftware).items}
    assert items == {"Firefox": False, "LibreOffice": False, "Safari": True}


@given(st.text(max_size=200), st.binary(max_size=200))
def test_whatever_a_mac_prints_gives_a_value_or_nonsense(text, data):
    for parse in (
        accounts.parse_users,
        accounts.parse_members,
        accounts.parse_guest,
        antimalware.parse_status,
        antimalware.parse_version,
        backups.parse_destinations,
        disk_encryption.parse_status,
        firewall.parse_state,
        firewall.parse_stealth,
        listening.parse_netstat,
        name_servers.parse_dns,
        passwords.parse_policies,
        screen_lock.parse_delay,
        screen_lock.parse_display_sleep,
        security_extensions.parse_extensions,
        services.parse_overrides,
        shares.parse_sharing,
        wifi.encryption_of,
        lambda held: updates.parse_list(Output(0, held, "")),
        lambda held: auto_updates.delay_days({"forceDelayedSoftwareUpdates": held}),
        lambda _: preferences.parse_plist(data, ""),
        lambda _: preferences.parse_plist(b"bplist00" + data, ""),
        lambda _: preferences.parse_plist(b"<plist>" + data, ""),
    ):
        try:
            parse(text)
        except Nonsense:
            continue


@pytest.mark.parametrize(
    "odd",
    [True, 2**62, -1, 1.5, float("inf"), "", b"x", [], [[1]], [{}], {}, datetime(1, 1, 1)],
    ids=repr,
)
def test_odd_values_in_every_file_are_no_bug_of_ours(tmp_path, odd):
    """Every value of every property list of a Mac is exchanged for one of another type."""
    root = tmp_path / "root"
    shutil.copytree(MACHINES_FOLDER / VENTURA / "root", root)
    for path in root.rglob("*.plist"):
        held = plistlib.loads(path.read_bytes())
        path.write_bytes(plistlib.dumps(dict.fromkeys(held, odd), fmt=plistlib.FMT_BINARY))
    found_here = look(
        mac(VENTURA, root=root),
        collectors("macos"),
        catalog=load_catalog(),
        subject=lambda _: DEVICE,
        at=datetime.now(UTC),
    )
    reasons = [one.not_seen.reason for one in found_here if one.not_seen]
    assert "our_bug" not in reasons
