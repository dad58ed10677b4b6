"""Facts that the registry of a Windows decides: machine by machine, layer by layer."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import pytest

from tests.support.facts import judged, measured
from tests.support.hosts import RecordedHost, fact, seen, write
from tests.support.played_windows import PlayedWindows
from tests.support.protection import looked
from tests.support.registry_exports import (
    ASSETS,
    RecordedWindows,
    answers_of,
    key,
    machines,
    parse_export,
    registry_of,
)
from tojimari.collect.device.windows import account_control, boot, screen_lock, software
from tojimari.collect.device.windows.registry import SERVICES_KEY
from tojimari.collect.windows_system import HKLM
from tojimari.model import Fact, Finding
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
    ListeningSocket,
)

K = TypeVar("K", bound=Fact)
POLICIES = rf"{HKLM}\SOFTWARE\Policies\Microsoft"
UPDATES = rf"{POLICIES}\Windows\WindowsUpdate"
MANAGED = rf"{HKLM}\SOFTWARE\Microsoft\PolicyManager\current\device"
STATUS = rf"{HKLM}\SOFTWARE\Microsoft\WindowsUpdate\UpdatePolicy\Settings"
SETTINGS = rf"{HKLM}\SOFTWARE\Microsoft\WindowsUpdate\UX\Settings"
PERSON = r"HKEY_USERS\S-1-5-21-1004336348-1177238915-682003330-1001"
EXPLORER = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\Explorer"
PLAIN = "ja-home-11-25h2"


def on(tmp_path, name: str, *extra: str, **answers: Any) -> RecordedHost:
    system = RecordedWindows(registry_of(name, *extra), answers_of(name) | answers)
    return RecordedHost(tmp_path, {}, system)


def found(tmp_path, kind: type[K], name: str = PLAIN, *extra: str, **answers: Any) -> K:
    return fact(on(tmp_path, name, *extra, **answers), kind, "windows")


def unseen(tmp_path, kind: type[Fact], name: str = PLAIN, *extra: str, **answers: Any) -> str:
    observation = seen(on(tmp_path, name, *extra, **answers), kind, "windows")
    assert observation.not_seen is not None, observation.fact
    return str(observation.not_seen.reason)


def finding(tmp_path, control: str, kind: type[Fact], name: str = PLAIN, *extra: str) -> Finding:
    return judged(control, looked(on(tmp_path, name, *extra), kind, "windows"))


# --- the system ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shown", "arch", "virtual"),
    [
        ("ja-home-11-25h2", "Windows 11 Home (10.0.26200.7171)", "AMD64", None),
        ("en-education-11-mdm", "Windows 11 Education (10.0.22631.6199)", "ARM64", None),
        ("de-ltsc-10-no-updates", "Windows 10 Enterprise LTSC (10.0.19044.6575)", "AMD64", None),
        ("ja-pro-7", "Windows 7 SP1 Pro (6.1.7601)", "AMD64", None),
        ("en-server-2022-ssh", "Windows Server 2022 Standard (10.0.20348.4405)", "AMD64", True),
        (
            "ja-server-2019-administrator",
            "Windows Server 2019 Standard (10.0.17763.7919)",
            "AMD64",
            True,
        ),
    ],
)
def test_the_system_is_read_from_the_registry_alone(tmp_path, name, shown, arch, virtual):
    got = found(tmp_path, DeviceOs, name)
    assert (got.name, got.arch, got.virtual) == (shown, arch, virtual)


@pytest.mark.parametrize("number", ["", "x", "99999999999"])
def test_a_build_that_is_no_number_is_unknown(tmp_path, number):
    version = key(
        rf"{HKLM}\SOFTWARE\Microsoft\Windows NT\CurrentVersion", CurrentBuildNumber=number
    )
    assert unseen(tmp_path, DeviceOs, PLAIN, version) == "tool_missing"


# --- automatic updates ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "state", "reason"),
    [
        ("ja-home-11-25h2", "met", "on"),
        ("ja-pro-11-domain-wsus", "met", "on"),
        ("ja-pro-7", "met", "on"),
        ("en-home-11-paused", "partly", "paused"),
        ("en-education-11-mdm", "partly", "deferred"),
        ("en-server-2022-ssh", "not_met", "off"),  # fetched, installed only when somebody does
        ("de-ltsc-10-no-updates", "not_met", "off"),
        ("de-home-10-1909", "not_met", "off"),  # the service never starts
        ("ja-server-2019-administrator", "unknown", "could_not_see"),
    ],
)
def test_whether_updates_install_by_themselves(tmp_path, name, state, reason):
    got = finding(tmp_path, "auto-updates", DeviceAutoUpdates, name)
    assert (got.state, got.reason) == (state, reason)


@pytest.mark.parametrize(
    ("rules", "state"),
    [
        ({"AUOptions": 2}, "not_met"),
        ({"AUOptions": 3}, "not_met"),
        ({"AUOptions": 4}, "met"),
        ({"AUOptions": 5}, "met"),  # left to the person: a client of today has no such choice
        ({"AUOptions": 7}, "not_met"),
        ({"AUOptions": 99}, "unknown"),
        ({"AUOptions": 4, "NoAutoUpdate": 1}, "not_met"),
        ({"NoAutoUpdate": "1"}, "unknown"),  # what Windows makes of a text is not documented
        ({"AUOptions": "2"}, "unknown"),
        ({"NoAutoUpdate": 7}, "unknown"),
        ({"NoAutoUpdate": 0}, "met"),
    ],
)
def test_group_policy_on_updates(tmp_path, rules, state):
    got = finding(
        tmp_path, "auto-updates", DeviceAutoUpdates, PLAIN, key(rf"{UPDATES}\AU", **rules)
    )
    assert got.state == state


@pytest.mark.parametrize(
    ("managed", "policy", "state"),
    [
        (0, None, "not_met"),
        (1, None, "met"),
        (5, None, "not_met"),
        (77, None, "unknown"),
        (1, 4, "met"),
        (5, 4, "unknown"),  # two managers that say the opposite
    ],
)
def test_device_management_on_updates(tmp_path, managed, policy, state):
    rules = [key(rf"{MANAGED}\Update", AllowAutoUpdate=managed)]
    if policy is not None:
        rules.append(key(rf"{UPDATES}\AU", AUOptions=policy))
    got = finding(tmp_path, "auto-updates", DeviceAutoUpdates, PLAIN, *rules)
    assert got.state == state


@pytest.mark.parametrize(
    ("settings", "until"),
    [
        ({"PauseUpdatesExpiryTime": "2030-01-02T03:04:05Z"}, "2030-01-02"),
        ({"PauseUpdatesExpiryTime": "2020-01-02T03:04:05Z"}, None),  # over
        ({"PauseFeatureUpdatesEndTime": "2030-01-02T03:04:05Z"}, None),  # of new versions alone
        ({"PauseQualityUpdatesEndTime": "2030-01-02T03:04:05Z"}, "2030-01-02"),
        ({"PauseUpdatesExpiryTime": ""}, None),
    ],
)
def test_a_pause_ends_when_it_says(tmp_path, settings, until):
    got = found(tmp_path, DeviceAutoUpdates, PLAIN, key(SETTINGS, **settings))
    assert (got.paused_until and got.paused_until.date().isoformat()) == until


@pytest.mark.parametrize("end", ["2030-13-45T03:04:05Z", "tomorrow", 5])
def test_a_pause_with_an_end_nobody_can_read_is_no_pause_that_is_over(tmp_path, end):
    noted = key(SETTINGS, PauseUpdatesExpiryTime=end)
    assert unseen(tmp_path, DeviceAutoUpdates, PLAIN, noted) == "nonsense"


ON_PUBLIC = (
    rf"{HKLM}\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
    r"\PublicProfile"
)


@pytest.mark.parametrize(
    ("key_", "values", "kind"),
    [
        (
            rf"{POLICIES}\Windows NT\Terminal Services",
            {"fDenyTSConnections": "1"},
            DeviceRemoteDesktop,
        ),
        (rf"{HKLM}\{EXPLORER}", {"NoDriveTypeAutoRun": b"\xff\0\0\0"}, DeviceRemovableMedia),
        (rf"{PERSON}\Control Panel\Desktop", {"ScreenSaveActive": 1}, DeviceScreenLock),
        (account_control.SYSTEM_POLICY_KEY, {"InactivityTimeoutSecs": "300"}, DeviceScreenLock),
        (account_control.SYSTEM_POLICY_KEY, {"EnableLUA": "1"}, DeviceSudo),
        (rf"{POLICIES}\W32Time\Parameters", {"Type": 1}, DeviceTimeSync),
        (ON_PUBLIC, {"EnableFirewall": "1"}, DeviceFirewall),
        (ON_PUBLIC, {"EnableFirewall": 2}, DeviceFirewall),
    ],
)
def test_a_value_of_another_type_is_neither_set_nor_unset(tmp_path, key_, values, kind):
    assert unseen(tmp_path, kind, PLAIN, key(key_, **values)) in ("nonsense", "not_on_this_system")


def test_an_action_nobody_documents_blocks_nothing_for_sure(tmp_path):
    got = found(tmp_path, DeviceFirewall, PLAIN, key(ON_PUBLIC, DefaultInboundAction=7))
    assert (got.active, got.default_inbound) == (True, None)


RDP = rf"{HKLM}\SYSTEM\CurrentControlSet\Control\Terminal Server"
SERVICE_OF_RDP = rf"{SERVICES_KEY}\TermService\Parameters"


@pytest.mark.parametrize(
    ("library", "products"),
    [
        (r"%SystemRoot%\\System32\\termsrv.dll", ()),
        (r"%ProgramFiles%\\RDP Wrapper\\rdpwrap.dll", ("RDP",)),
    ],
)
def test_a_windows_home_takes_connections_where_another_program_is_its_service(
    tmp_path, library, products
):
    extra = [key(SERVICE_OF_RDP, ServiceDll=library), key(RDP, fDenyTSConnections=0)]
    assert found(tmp_path, DeviceRemoteDesktop, PLAIN, *extra).products == products


@pytest.mark.parametrize("name", ["anydesk (1).exe", "rustdesk-1.4.3-x86_64.exe", "anydesk.exe"])
def test_a_program_that_was_only_downloaded_is_known_by_the_beginning_of_its_name(tmp_path, name):
    got = found(tmp_path, DeviceRemoteDesktop, PLAIN, processes=["explorer.exe", name])
    assert len(got.products) == 1
    assert not found(tmp_path, DeviceRemoteDesktop, PLAIN, processes=["desk.exe"]).products


def test_updates_that_nothing_starts_do_not_install_for_sure(tmp_path):
    stopped = key(rf"{SERVICES_KEY}\UsoSvc", Start=4)
    assert unseen(tmp_path, DeviceAutoUpdates, PLAIN, stopped) == "nonsense"


def test_numbers_nobody_documents_open_and_close_nothing(tmp_path):
    odd = key(RDP, fDenyTSConnections=5)
    assert unseen(tmp_path, DeviceRemoteDesktop, "ja-pro-11-two-people", odd) == "nonsense"
    listener = key(rf"{RDP}\WinStations\RDP-Tcp", UserAuthentication=2)
    got = found(tmp_path, DeviceRemoteDesktop, "ja-pro-11-rdp-nla", listener)
    assert (got.enabled, got.network_auth) == (True, None)


@pytest.mark.parametrize("service", ["mpssvc", "BFE"])
def test_a_firewall_whose_service_does_not_run_is_not_on_for_sure(tmp_path, service):
    running = answers_of(PLAIN)["services"]
    stopped = {"services": running | {service: False}}
    assert unseen(tmp_path, DeviceFirewall, PLAIN, **stopped) == "not_on_this_system"
    disabled = key(rf"{SERVICES_KEY}\{service}", Start=4)
    assert found(tmp_path, DeviceFirewall, PLAIN, disabled).active is False


def test_a_pause_by_policy_counts_from_its_start(tmp_path):
    rule = key(UPDATES, PauseQualityUpdatesStartTime="2030-01-01")
    got = found(tmp_path, DeviceAutoUpdates, PLAIN, rule)
    assert got.paused_until is not None
    assert got.paused_until.date().isoformat() == "2030-02-05"


def test_a_pause_without_an_end_installs_nothing(tmp_path):
    noted = key(STATUS, PausedQualityStatus=1)
    assert found(tmp_path, DeviceAutoUpdates, PLAIN, noted).enabled is False


def test_a_pause_that_windows_ended_is_none(tmp_path):
    noted = key(STATUS, PausedQualityStatus=2)
    assert found(tmp_path, DeviceAutoUpdates, "en-home-11-paused", noted).paused_until is None


def test_the_company_s_own_server_is_named(tmp_path):
    assert found(tmp_path, DeviceAutoUpdates, "ja-pro-11-domain-wsus").mechanism == "WSUS"
    # A server that is named and not used is none.
    unused = key(UPDATES, WUServer="http://wsus.example")
    assert found(tmp_path, DeviceAutoUpdates, PLAIN, unused).mechanism == "Windows Update"


# --- start-up -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "firmware", "secure"),
    [
        ("ja-home-11-25h2", "uefi", True),
        ("ja-pro-10-esu-rdp", "uefi", False),
        ("de-pro-10-bios", "bios", False),
        ("ja-server-2019-administrator", "uefi", None),
    ],
)
def test_secure_boot(tmp_path, name, firmware, secure):
    got = found(tmp_path, DeviceBoot, name)
    assert (got.firmware, got.secure_boot) == (firmware, secure)


def test_the_start_is_told_by_the_registry_where_the_function_does_not(tmp_path):
    assert found(tmp_path, DeviceBoot, firmware=None).firmware == "uefi"
    assert unseen(tmp_path, DeviceBoot, "ja-pro-7") == "nonsense"
    noted = key(boot.SECURE_BOOT_KEY, UEFISecureBootEnabled=1)
    assert found(tmp_path, DeviceBoot, "ja-pro-7", noted) == DeviceBoot("uefi", secure_boot=True)


@pytest.mark.parametrize(
    ("answer", "chip", "why"),
    [
        ({"version": 2}, "2.0", None),
        ({"version": 1}, "1.2", None),
        ({"version": 0}, "none", None),
        ({"version": 7}, None, "nonsense"),
        ({"refused": "0x80070005"}, None, "not_told"),
        (None, None, "not_told"),
    ],
)
def test_the_security_chip(tmp_path, answer, chip, why):
    host = on(tmp_path, "ja-home-11-25h2")
    host.windows_api = PlayedWindows({} if answer is None else {"tpm": answer})
    looked_at = seen(host, DeviceBoot, "windows")
    assert isinstance(looked_at.fact, DeviceBoot)
    assert (looked_at.fact.secure_boot, looked_at.fact.tpm) == (True, chip)
    told = looked_at.partly_not_seen.get("tpm")
    assert (told.reason if told else None) == why


# --- screens --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "state", "reason"),
    [
        ("ja-home-11-25h2", "met", "locks"),  # sleeps after ten minutes, waking asks
        ("ja-pro-11-rdp-nla", "met", "locks"),  # never sleeps, its screen saver locks
        ("ja-pro-11-domain-wsus", "met", "locks"),  # by policy, for everybody
        ("en-education-11-mdm", "met", "locks"),  # by device management, before it sleeps
        ("de-pro-10-bios", "partly", "slow"),  # the policy's half an hour
        ("en-home-11-paused", "not_met", "off"),  # waking never asks
        ("ja-pro-10-esu-rdp", "not_met", "off"),
        ("ja-pro-11-two-people", "unknown", "not_told"),
    ],
)
def test_whether_the_screen_locks(tmp_path, name, state, reason):
    got = finding(tmp_path, "screen-lock", DeviceScreenLock, name)
    assert (got.state, got.reason) == (state, reason)


DESKTOP = rf"{PERSON}\Control Panel\Desktop"
DESKTOP_POLICY = rf"{PERSON}\SOFTWARE\Policies\Microsoft\Windows\Control Panel\Desktop"
SAVER = {
    "ScreenSaveActive": "1",
    "SCRNSAVE.EXE": "x.scr",
    "ScreenSaverIsSecure": "1",
    "ScreenSaveTimeOut": "300",
}
AWAKE = {"sleep_mains": 0, "sleep_battery": 0, "password_mains": True, "password_battery": True}


@pytest.mark.parametrize(
    ("own", "policy", "after"),
    [
        (SAVER, {}, 300),
        ({**SAVER, "ScreenSaverIsSecure": "0"}, {}, 0),
        ({**SAVER, "ScreenSaveActive": "0"}, {}, 0),
        ({**SAVER, "SCRNSAVE.EXE": ""}, {}, 0),  # "(None)": nothing starts
        ({**SAVER, "ScreenSaveTimeOut": "never"}, {}, None),
        ({**SAVER, "ScreenSaveTimeOut": 300}, {}, None),  # not as Windows writes it
        # Each value of the policy over the person's own.
        (SAVER, {"ScreenSaveTimeOut": "1200"}, 1200),
        (SAVER, {"ScreenSaverIsSecure": "0"}, 0),
        ({}, SAVER, 300),
    ],
)
def test_a_screen_saver_locks_by_policy_over_setting(tmp_path, own, policy, after):
    rules = key(DESKTOP, **own), key(DESKTOP_POLICY, **policy)
    got = found(tmp_path, DeviceScreenLock, PLAIN, *rules, timeouts=AWAKE)
    assert got.after_seconds == after
    assert got.enabled == (None if after is None else after > 0)


@pytest.mark.parametrize(
    ("changed", "after"),
    [
        ({"sleep_mains": 600, "sleep_battery": 300}, 600),
        ({"sleep_mains": 600, "sleep_battery": 0}, None),  # a battery that may not be there
        ({"sleep_mains": 0, "sleep_battery": 300}, 0),
        ({"sleep_mains": 600, "sleep_battery": 300, "password_mains": False}, 0),
        ({"sleep_mains": None}, None),
    ],
)
def test_sleeping_locks_where_waking_asks(tmp_path, changed, after):
    got = found(tmp_path, DeviceScreenLock, timeouts=AWAKE | changed)
    assert got.after_seconds == after


def test_a_policy_on_power_decides_over_the_plan(tmp_path):
    power = screen_lock.POWER_POLICY_KEY
    never = key(rf"{power}\0e796bdb-100d-47d6-a2d5-f7d2daa51f51", ACSettingIndex=0)
    assert found(tmp_path, DeviceScreenLock, PLAIN, never).enabled is False
    soon = key(
        rf"{power}\29F6C1DB-86DA-48C5-9FDB-F2B67B1F44DA", ACSettingIndex=120, DCSettingIndex=60
    )
    assert found(tmp_path, DeviceScreenLock, PLAIN, soon).after_seconds == 120


def test_the_limit_for_everybody_holds_for_the_absent_too(tmp_path):
    limit = key(screen_lock.SYSTEM_POLICY_KEY, InactivityTimeoutSecs=240)
    assert found(tmp_path, DeviceScreenLock, "ja-pro-11-two-people", limit).enabled is True


# --- remote control -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "products", "asked"),
    [
        ("ja-pro-11-rdp-nla", ("RDP",), True),
        ("ja-pro-10-esu-rdp", ("RDP",), False),
        ("ja-pro-11-domain-wsus", ("RDP",), True),  # by policy; the setting says no
        ("en-pro-11-anydesk", ("AnyDesk", "RustDesk"), None),
        ("ja-home-11-25h2", (), None),  # Home takes no connections, whatever is set
        ("de-pro-10-bios", (), None),
    ],
)
def test_what_lets_others_drive_the_screen(tmp_path, name, products, asked):
    got = found(tmp_path, DeviceRemoteDesktop, name)
    assert (got.enabled, got.products, got.network_auth) == (bool(products), products, asked)


def test_installed_is_not_running(tmp_path):
    assert found(tmp_path, DeviceRemoteDesktop, "en-pro-11-anydesk").installed == ("TeamViewer",)


TERMINAL = rf"{POLICIES}\Windows NT\Terminal Services"


def test_the_policy_on_remote_desktop_decides(tmp_path):
    shut = key(TERMINAL, fDenyTSConnections=1)
    assert found(tmp_path, DeviceRemoteDesktop, "ja-pro-11-rdp-nla", shut).enabled is False
    unasked = key(TERMINAL, UserAuthentication=0)
    assert found(tmp_path, DeviceRemoteDesktop, "ja-pro-11-rdp-nla", unasked).network_auth is False
    dead = key(rf"{SERVICES_KEY}\TermService", Start=4)
    assert found(tmp_path, DeviceRemoteDesktop, "ja-pro-11-rdp-nla", dead).enabled is False


def test_a_machine_that_does_not_tell_its_programs_is_not_called_closed(tmp_path):
    answers = {**answers_of("de-pro-10-bios")}
    del answers["processes"]
    system = RecordedWindows(registry_of("de-pro-10-bios"), answers)
    got = seen(RecordedHost(tmp_path, {}, system), DeviceRemoteDesktop, "windows")
    assert got.fact is None


def reached(tmp_path, name: str, *ports: int) -> Finding:
    sockets = tuple(ListeningSocket("tcp", "0.0.0.0", port, "svchost.exe") for port in ports)
    remote = looked(on(tmp_path, name), DeviceRemoteDesktop, "windows")
    return judged("remote-desktop-exposure", measured(DeviceListening(sockets)), remote)


@pytest.mark.parametrize(
    ("name", "ports", "state", "reason"),
    [
        ("ja-pro-10-esu-rdp", (3390,), "not_met", "open"),  # the same door, moved
        ("ja-pro-10-esu-rdp", (), "partly", "not_checked_first"),
        ("ja-pro-11-rdp-nla", (3390,), "partly", "running"),
        ("ja-pro-11-rdp-nla", (3389,), "not_met", "open"),
        ("de-pro-10-bios", (), "met", "closed"),
    ],
)
def test_a_door_on_another_port_is_the_same_door(tmp_path, name, ports, state, reason):
    got = reached(tmp_path, name, *ports)
    assert (got.state, got.reason) == (state, reason)


# --- SSH ------------------------------------------------------------------------------------

SSH_CONFIG = r"C:\ProgramData\ssh\sshd_config"


@pytest.mark.parametrize(
    ("text", "password", "state"),
    [
        ("", True, "partly"),
        ("PasswordAuthentication yes\n", True, "partly"),
        (
            "PasswordAuthentication no\nMatch Group administrators\n  AuthorizedKeysFile x\n",
            False,
            "met",
        ),
        (
            "PasswordAuthentication no\nMatch User kim\n  PasswordAuthentication yes\n",
            False,
            "partly",
        ),
        ("PermitEmptyPasswords yes\n", True, "not_met"),
        ("Match\n", None, "unknown"),
        ("Include other\n", None, "unknown"),
    ],
)
def test_settings_of_the_ssh_server(tmp_path, text, password, state):
    write(tmp_path, SSH_CONFIG, text)
    host = on(
        tmp_path,
        "en-server-2022-ssh",
        key(rf"{HKLM}\SOFTWARE\Microsoft\Windows NT\CurrentVersion", SystemRoot=r"C:\\Windows"),
    )
    got = looked(host, DeviceSshd, "windows")
    assert isinstance(got.fact, DeviceSshd)
    assert (got.fact.running, got.fact.password_login) == (True, password)
    assert judged("ssh-hardening", got).state == state


def test_a_windows_without_the_ssh_server(tmp_path):
    assert finding(tmp_path, "ssh-hardening", DeviceSshd).reason == "not_running"


def test_an_ssh_server_whose_settings_are_missing_tells_nothing(tmp_path):
    assert finding(tmp_path, "ssh-hardening", DeviceSshd, "en-server-2022-ssh").state == "unknown"


# --- media ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "state", "reason"),
    [
        ("ja-home-11-25h2", "not_met", "on"),
        ("en-education-11-mdm", "not_met", "on"),  # the default, by policy
        ("de-pro-10-bios", "met", "off"),
        ("ja-pro-11-domain-wsus", "met", "off"),
        ("de-ltsc-10-no-updates", "met", "blocked"),
        ("de-home-10-1909", "met", "blocked"),
        ("ja-pro-11-two-people", "unknown", "not_told"),
    ],
)
def test_what_happens_when_media_is_plugged_in(tmp_path, name, state, reason):
    got = finding(tmp_path, "removable-media", DeviceRemovableMedia, name)
    assert (got.state, got.reason) == (state, reason)


def test_a_policy_for_the_computer_silences_that_of_a_person(tmp_path):
    person = key(rf"{PERSON}\{EXPLORER}", NoDriveTypeAutoRun=0xFF)
    assert found(tmp_path, DeviceRemovableMedia, PLAIN, person).autorun is False
    computer = key(rf"{HKLM}\{EXPLORER}", NoDriveTypeAutoRun=0x91)
    assert found(tmp_path, DeviceRemovableMedia, PLAIN, person, computer).autorun is True
    # Removable drives alone: a disc still starts.
    sticks = key(rf"{HKLM}\{EXPLORER}", NoDriveTypeAutoRun=0x95)
    assert found(tmp_path, DeviceRemovableMedia, PLAIN, sticks).autorun is True


def test_what_is_attached(tmp_path):
    assert found(tmp_path, DeviceRemovableMedia, "ja-pro-10-esu-rdp").attached == ("E:",)


# --- clock, logs, names ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "service"),
    [
        ("ja-home-11-25h2", "W32Time"),
        ("ja-pro-11-domain-wsus", "W32Time"),
        ("de-pro-10-bios", "none"),
    ],
)
def test_the_clock(tmp_path, name, service):
    assert found(tmp_path, DeviceTimeSync, name).service == service


def test_a_real_export_of_the_time_service(tmp_path):
    export = (ASSETS / "time-service-export.reg").read_text("utf-8")
    text = export.partition("\n")[2]
    assert found(tmp_path, DeviceTimeSync, PLAIN, text).service == "W32Time"
    off = text.replace('"Enabled"=dword:00000001', '"Enabled"=dword:00000000')
    assert found(tmp_path, DeviceTimeSync, PLAIN, off).service == "none"
    policy = key(rf"{POLICIES}\W32Time\Parameters", Type="NoSync")
    assert found(tmp_path, DeviceTimeSync, PLAIN, text, policy).service == "none"


def test_a_virtual_machine_whose_host_sets_the_clock_is_unknown(tmp_path):
    assert unseen(tmp_path, DeviceTimeSync, "ja-server-2019-administrator") == "not_looked"


@pytest.mark.parametrize(
    ("name", "state", "reason"),
    [
        ("en-server-2022-ssh", "met", "kept"),
        ("ja-server-2019-administrator", "partly", "short"),
        ("de-ltsc-10-no-updates", "not_met", "none"),
        ("ja-home-11-25h2", "unknown", "not_all_told"),  # "Security" is for administrators
    ],
)
def test_how_far_back_the_logs_go(tmp_path, name, state, reason):
    got = finding(tmp_path, "log-keeping", DeviceLogging, name)
    assert (got.state, got.reason) == (state, reason)


def test_a_log_that_threw_nothing_away_has_no_limit_yet(tmp_path):
    young = {log: [1, "2026-11-28T00:00:00+00:00"] for log in ("System", "Application", "Security")}
    got = found(tmp_path, DeviceLogging, oldest_events=young)
    assert (got.kept_days, got.all_seen) == (None, True)


def test_the_servers_of_the_policy_over_those_of_adapters(tmp_path):
    assert found(tmp_path, DeviceDns).servers == ("192.168.1.1",)
    got = found(tmp_path, DeviceDns, "ja-pro-11-domain-wsus")
    assert (got.servers, got.encrypted) == (("10.0.0.53", "10.0.0.54"), True)
    assert unseen(tmp_path, DeviceDns, adapters={}) == "not_looked"


# --- programs -------------------------------------------------------------------------------


def test_every_list_of_programs_and_no_part_or_update_of_one(tmp_path):
    items = found(tmp_path, DeviceSoftware).items
    assert [(one.name, one.version) for one in items if one.source == "registry"] == [
        ("Google Chrome", "142.0.7444.176"),
        ("Microsoft 365 - ja-jp", "16.0.19328.20244"),  # of the 32-bit list
        ("Microsoft Edge", "142.0.3595.94"),
        ("かんたん会計 26", "26.1.0"),
    ]
    store = {one.name: one.from_system for one in items if one.source == "app"}
    assert store == {
        "Microsoft.Windows.ParentalControls": True,
        "Microsoft.WindowsCalculator": False,
        "Microsoft.WindowsTerminal": False,
    }


UNINSTALL = rf"{HKLM}\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"


def test_programs_whose_support_ended_are_named(tmp_path):
    got = finding(tmp_path, "supported-software", DeviceSoftware, "ja-pro-10-esu-rdp")
    assert (got.state, got.reason) == ("not_met", "ended")
    assert "LibreOffice 7.3.7.2 (2022-11-30)" in str(got.numbers["names"])
    assert "Microsoft Office Standard 2016 (2025-10-14)" in str(got.numbers["names"])


@pytest.mark.parametrize(
    ("name", "version", "state"),
    [
        ("Python 3.8.10 (64-bit)", "3.8.10150.0", "not_met"),
        ("Python 3.13.1 (64-bit)", "3.13.1150.0", "met"),
        ("Node.js", "12.22.12", "not_met"),
        ("Microsoft Office Home and Business 2013 - ja-jp", "15.0.5603.1000", "not_met"),
        ("Microsoft Office LTSC Professional Plus 2024 - de-de", "16.0.17932.20540", "met"),
        # What only sounds like a product is none.
        ("Microsoft Office Proof (German) 2013", "15.0.4420.1017", "unknown"),
        ("Microsoft 365 - ja-jp", "16.0.1", "unknown"),
        ("My Python 3.8.10 (64-bit)", "3.8.10", "unknown"),
        ("nodejs", "12.0.0", "unknown"),
    ],
)
def test_a_program_is_known_by_its_whole_name(tmp_path, name, version, state):
    system = RecordedWindows(
        {rf"{UNINSTALL}\x": {"DisplayName": name, "DisplayVersion": version}}, {}
    )
    got = looked(RecordedHost(tmp_path, {}, system), DeviceSoftware, "windows")
    assert judged("supported-software", got).state == state


def test_a_list_that_may_not_be_read_is_left_out(tmp_path):
    denied = (rf"{HKLM}\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall",)
    system = RecordedWindows(registry_of(PLAIN), answers_of(PLAIN), denied=denied)
    names = [p.name for p in software.programs(RecordedHost(tmp_path, {}, system))]
    assert "Microsoft Edge" in names
    assert "Google Chrome" not in names


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("ja-home-11-25h2", {"chrome": "142.0.7444.176", "edge": "142.0.3595.94"}),
        ("ja-pro-10-esu-rdp", {"firefox": "115.30.0", "edge": "142.0.3595.94"}),
        ("en-home-11-paused", {"vivaldi": "7.6.3797.63", "edge": "142.0.3595.94"}),
        ("de-home-10-1909", {"chrome": "98.0.4758.102", "opera": "84.0.4316.31"}),  # by its file
    ],
)
def test_browsers(tmp_path, name, expected):
    browsers = found(tmp_path, DeviceBrowsers, name).browsers
    assert {one.id: one.version for one in browsers} == expected


def test_the_updater_knows_better_than_the_list(tmp_path):
    update = r"SOFTWARE\WOW6432Node\Google\Update\Clients\{8A69D345-D564-463C-AFF1-A69D9E530F96}"
    newer = key(rf"{HKLM}\{update}", pv="143.0.1.2")
    browsers = found(tmp_path, DeviceBrowsers, PLAIN, newer).browsers
    assert [one.version for one in browsers if one.id == "chrome"] == ["143.0.1.2"]


def test_a_browser_of_one_person_beside_that_of_all(tmp_path):
    own = r"SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall\Google Chrome"
    mine = key(rf"{PERSON}\{own}", DisplayName="Google Chrome", DisplayVersion="99.0.1.2")
    browsers = found(tmp_path, DeviceBrowsers, PLAIN, mine).browsers
    versions = [one.version for one in browsers if one.id == "chrome"]
    assert versions == ["142.0.7444.176", "99.0.1.2"]


# --- accounts -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "state", "reason"),
    [
        ("ja-home-11-25h2", "met", "confirms"),
        ("ja-pro-11-domain-wsus", "met", "asks"),
        ("en-pro-11-anydesk", "not_met", "without"),  # never asked
        ("de-home-10-1909", "not_met", "without"),  # switched off
        ("ja-server-2019-administrator", "not_met", "without"),  # the first administrator
        ("ja-pro-7", "met", "confirms"),
    ],
)
def test_whether_administrators_are_asked(tmp_path, name, state, reason):
    got = finding(tmp_path, "passwordless-admin", DeviceSudo, name)
    assert (got.state, got.reason) == (state, reason)


@pytest.mark.parametrize("value", [6, 99, "5", "x"])
def test_an_unknown_way_of_asking_is_unknown(tmp_path, value):
    rules = key(account_control.SYSTEM_POLICY_KEY, ConsentPromptBehaviorAdmin=value)
    assert unseen(tmp_path, DeviceSudo, PLAIN, rules) == "nonsense"


# --- several people -------------------------------------------------------------------------

OTHER = "S-1-5-21-1004336348-1177238915-682003330-1002"
PROFILE = rf"{HKLM}\SOFTWARE\Microsoft\Windows NT\CurrentVersion\ProfileList\{OTHER}"


def loaded_at(moment: datetime) -> str:
    count = int((moment - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10**7
    values = {"High": count >> 32, "Low": count & 0xFFFFFFFF}
    return key(PROFILE, **{f"LocalProfileLoadTime{part}": v for part, v in values.items()})


@pytest.mark.parametrize(("days", "enabled"), [(10, None), (89, None), (91, True), (4000, True)])
def test_a_profile_nobody_used_for_long_is_nobodys_screen(tmp_path, days, enabled):
    profile = loaded_at(datetime.now(UTC) - timedelta(days=days))
    assert found(tmp_path, DeviceScreenLock, "ja-pro-11-two-people", profile).enabled is enabled


def test_what_another_person_set_may_not_be_read(tmp_path):
    other = key(rf"HKEY_USERS\{OTHER}\Control Panel\Desktop", ScreenSaveActive="0")
    keys = registry_of("ja-pro-11-two-people", other)
    denied = (rf"HKEY_USERS\{OTHER}",)
    system = RecordedWindows(keys, answers_of("ja-pro-11-two-people"), denied=denied)
    host = RecordedHost(tmp_path, {}, system)
    lock = fact(host, DeviceScreenLock, "windows")
    assert lock.enabled is None
    assert fact(host, DeviceRemovableMedia, "windows").autorun is None
    # What is installed for all, and for whoever looks, is seen all the same.
    assert fact(host, DeviceBrowsers, "windows").browsers
    assert fact(host, DeviceSoftware, "windows").items


def test_the_first_administrator_counts_whoever_looks(tmp_path):
    administrator = "S-1-5-21-1-2-3-500"
    keys = registry_of(PLAIN, key(rf"HKEY_USERS\{administrator}\Console"))
    system = RecordedWindows(keys, answers_of(PLAIN), denied=(rf"HKEY_USERS\{administrator}",))
    got = fact(RecordedHost(tmp_path, {}, system), DeviceSudo, "windows")
    assert got.without_password == ("Administrator",)


# --- rights ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "denied"),
    [
        (DeviceAutoUpdates, UPDATES),
        (DeviceScreenLock, screen_lock.SYSTEM_POLICY_KEY),
        (DeviceRemoteDesktop, TERMINAL),
        (DeviceRemovableMedia, rf"{HKLM}\{EXPLORER}"),
    ],
)
def test_a_policy_that_may_not_be_read_makes_the_fact_unknown(tmp_path, kind, denied):
    system = RecordedWindows(registry_of(PLAIN), answers_of(PLAIN), denied=(denied,))
    got = seen(RecordedHost(tmp_path, {}, system), kind, "windows")
    assert got.not_seen is not None
    assert got.not_seen.reason == "no_permission"


def test_an_export_that_is_none_is_refused():
    with pytest.raises(ValueError, match="not an export"):
        parse_export("hello")


@pytest.mark.parametrize("name", machines())
def test_the_assets_say_where_every_machine_comes_from(name):
    lines = (ASSETS / "README.md").read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith(f"| machines/{name} ")]


# --- rules of the firewall ------------------------------------------------------------------

FIREWALL = rf"{HKLM}\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
FIREWALL_POLICY = rf"{POLICIES}\WindowsFirewall"
EVERYWHERE = "".join(
    key(rf"{FIREWALL}\{profile}Profile", EnableFirewall=1)
    for profile in ("Domain", "Standard", "Public")
)
IN = "v2.31|Action=Allow|Active=TRUE|Dir=In|"
SERVICE = r"App=%SystemRoot%\\system32\\svchost.exe|"
# As Microsoft prints them (troubleshooting Remote Desktop of a virtual machine, firewall rules by
# registry), and as Windows of a small office has them.
REMOTE_DESKTOP = (
    "v2.22|Action=Allow|Active=TRUE|Dir=In|Protocol=6|Profile=Domain|Profile=Private|Profile=Public|"
    f"LPort=3389|{SERVICE}Svc=termservice|Name=@FirewallAPI.dll,-28775|"
)
NEIGHBOURS = f"{IN}Protocol=17|LPort=5355|RA4=LocalSubnet|RA6=LocalSubnet|{SERVICE}Svc=dnscache|"
RPC = f"{IN}Protocol=6|LPort=RPC-EPMap|Svc=Rpcss|"
ANY_PORT_OF_ONE = f"{IN}Protocol=6|Profile=Public|App=C:\\\\Zoom.exe|Name=Zoom|"
SHARES = f"{IN}Protocol=6|LPort=445|App=System|"


@pytest.mark.parametrize(
    ("local", "policy", "more", "count", "open_"),
    [
        ([REMOTE_DESKTOP, NEIGHBOURS, RPC, ANY_PORT_OF_ONE], [], "", 4, ["3389/tcp"]),
        ([REMOTE_DESKTOP.replace("TRUE", "FALSE")], [], "", 0, []),
        ([REMOTE_DESKTOP.replace("Dir=In", "Dir=Out")], [], "", 0, []),
        ([REMOTE_DESKTOP.replace("Profile=Public|", "")], [], "", 1, []),
        ([SHARES, SHARES.replace("Allow", "Block").replace("App=System|", "")], [], "", 1, []),
        ([SHARES, SHARES.replace("Allow", "Block") + "RA4=192.0.2.1|"], [], "", 1, ["445/tcp"]),
        ([f"{IN}LPort2_10=8000-9000|LPort=80|"], [], "", 1, ["80/tcp", "80/udp", "8000-9000"]),
        ([f"{IN}Protocol=6|"], [], "", 1, ["1-65535"]),
        ([f"{IN}Protocol=6|LPort=99999|", f"{IN}Protocol=6|LPort=9-2|", "nonsense"], [], "", 2, []),
        ([f"{IN}Protocol=58|ICMP6=128:*|"], [], "", 1, []),
        # Group Policy's come to the local ones, unless it forbids them.
        ([REMOTE_DESKTOP], [SHARES], "", 2, ["445/tcp", "3389/tcp"]),
        (
            [REMOTE_DESKTOP],
            [SHARES],
            key(rf"{FIREWALL_POLICY}\PublicProfile", AllowLocalPolicyMerge=0),
            1,
            ["445/tcp"],
        ),
        # "Block all incoming connections, including those in the list of allowed programs".
        ([SHARES], [], key(rf"{FIREWALL}\PublicProfile", DoNotAllowExceptions=1), 1, []),
    ],
)
def test_rules_tell_what_anybody_may_reach(tmp_path, local, policy, more, count, open_):
    rules = [
        key(rf"{where}\FirewallRules", **{f"r{n}": text for n, text in enumerate(held)})
        for where, held in ((FIREWALL, local), (FIREWALL_POLICY, policy))
    ]
    firewall = found(tmp_path, DeviceFirewall, PLAIN, EVERYWHERE, *rules, more)
    assert firewall.inbound_rules == count
    shown = [
        f"{row.first}/{row.protocol}" if row.first == row.last else f"{row.first}-{row.last}"
        for row in firewall.let_in
    ]
    assert list(dict.fromkeys(shown)) == open_


def test_rules_that_are_not_there_are_not_none(tmp_path):
    """Every Windows has rules of its own: an export without them says nothing of them."""
    host = on(tmp_path, PLAIN, EVERYWHERE)
    observation = seen(host, DeviceFirewall, "windows")
    assert observation.fact.inbound_rules is None
    assert set(observation.partly_not_seen) >= {"inbound_rules"}
