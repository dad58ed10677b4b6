"""The verdicts that matter most, by example. Shapes and unknowns are covered by property tests."""

from datetime import timedelta

import pytest
from msgspec import structs

from tests.support.facts import AS_OF, judged, measured
from tojimari.model.facts import (
    AntimalwareProduct,
    BackupJob,
    DeviceAntimalware,
    DeviceBackups,
    DeviceFirewall,
    DeviceListening,
    DeviceOs,
    DeviceRemoteDesktop,
    DeviceSoftware,
    DeviceSshd,
    DeviceUpdates,
    DeviceWifi,
    ListeningSocket,
    SoftwareItem,
)

DAY = timedelta(days=1)


def at(days):
    return AS_OF - days * DAY


UP_TO_DATE = DeviceUpdates(
    manager="apt",
    pending=0,
    pending_security=0,
    pending_security_names=(),
    lists_refreshed_at=at(1),
    last_update_at=at(1),
    reboot_required=False,
)


def updates(**changed):
    return measured(structs.replace(UP_TO_DATE, **changed))


@pytest.mark.parametrize(
    ("changed", "state", "reason"),
    [
        ({}, "met", "current"),
        ({"pending": 3, "pending_security": 2}, "not_met", "security_waiting"),
        ({"pending": 3}, "partly", "others_waiting"),
        ({"reboot_required": True}, "partly", "restart_due"),
        ({"lists_refreshed_at": at(14)}, "met", "current"),
        ({"lists_refreshed_at": at(15)}, "unknown", "lists_stale"),
        ({"lists_refreshed_at": at(-400)}, "unknown", "lists_stale"),
        ({"lists_refreshed_at": at(90), "pending_security": 1}, "not_met", "security_waiting"),
        ({"pending": None, "pending_security": None}, "unknown", "count_unknown"),
        ({"lists_refreshed_at": None}, "unknown", "count_unknown"),
    ],
)
def test_updates(changed, state, reason):
    finding = judged("os-updates-pc", updates(**changed))
    assert (finding.state, finding.reason) == (state, reason)


def system(product, version, name="X"):
    return measured(
        DeviceOs(
            family="linux",
            product=product,
            name=name,
            version=version,
            edition=None,
            kernel=None,
            arch="x86_64",
            virtual=False,
        )
    )


@pytest.mark.parametrize(
    ("product", "version", "state", "reason"),
    [
        ("debian", "13", "met", "supported"),
        ("debian", "12", "partly", "extended"),
        ("debian", "10", "not_met", "ended"),
        ("debian", "77", "unknown", "not_in_data"),
        ("no-such", "1", "unknown", "not_in_data"),
    ],
)
def test_supported_os(product, version, state, reason):
    finding = judged("supported-os", system(product, version))
    assert (finding.state, finding.reason) == (state, reason)


def test_debian_12_says_exactly_that_it_is_in_lts():
    numbers = judged("supported-os", system("debian", "12", "Debian 12")).numbers
    assert numbers == {"name": "Debian 12", "end": "2026-07-11", "last": "2028-06-30"}


def software(*items):
    rows = tuple(SoftwareItem(name, version, "pip", own) for name, version, own in items)
    return measured(DeviceSoftware(rows, counts_by_source=()))


@pytest.mark.parametrize(
    ("items", "state", "reason"),
    [
        ([("django", "3.2.25", False)], "not_met", "ended"),
        ([("django", "3.2.25", True)], "met", "follows_system"),
        ([("django", "3.2.25", None)], "unknown", "origin_unknown"),
        ([("something", "1.0", False)], "unknown", "none_known"),
        ([("django", "99.0", False)], "unknown", "none_known"),
        ([("x", "1", True), ("php", "5.6", None)], "unknown", "origin_unknown"),
        ([], "met", "follows_system"),
    ],
)
def test_only_programs_from_outside_the_distribution_are_looked_up(items, state, reason):
    finding = judged("supported-software", software(*items))
    assert (finding.state, finding.reason) == (state, reason)


CLAMAV = AntimalwareProduct(
    id="clamav",
    name="ClamAV",
    version=None,
    running=True,
    realtime=True,
    signatures_at=at(1),
    last_scan_at=None,
    scan_scheduled=True,
)


def clamav(**changed):
    return measured(DeviceAntimalware((structs.replace(CLAMAV, **changed),)))


@pytest.mark.parametrize(
    ("control", "changed", "state"),
    [
        ("antimalware-installed", {}, "met"),
        ("antimalware-running", {}, "met"),
        ("antimalware-running", {"running": False}, "not_met"),
        ("antimalware-running", {"realtime": False}, "partly"),
        ("antimalware-running", {"running": None}, "unknown"),
        ("antimalware-fresh", {"signatures_at": at(7)}, "met"),
        ("antimalware-fresh", {"signatures_at": at(8)}, "not_met"),
        ("antimalware-fresh", {"signatures_at": at(-30)}, "unknown"),
        ("antimalware-fresh", {"signatures_at": None}, "unknown"),
        ("antimalware-scan", {"scan_scheduled": False}, "not_met"),
    ],
)
def test_antimalware(control, changed, state):
    assert judged(control, clamav(**changed)).state == state


DETACHED = BackupJob(
    tool="restic",
    target="/media/u/disk/repo",
    target_kind="removable",
    last_success_at=at(1),
    attached_now=False,
    always_attached=False,
    scheduled=True,
)


def job(**changed):
    return structs.replace(DETACHED, **changed)


def backups(*jobs):
    return measured(DeviceBackups(jobs))


@pytest.mark.parametrize(
    ("control", "jobs", "state"),
    [
        ("backup-exists", [], "unknown"),
        ("backup-exists", [job()], "met"),
        ("backup-exists", [job(last_success_at=None)], "unknown"),
        ("backup-exists", [job(target_kind="same_disk")], "partly"),
        ("backup-exists", [job(last_success_at=at(200))], "not_met"),
        ("backup-recent", [job(last_success_at=at(200)), job(last_success_at=None)], "unknown"),
        ("backup-places", [job(), job(target="/media/u/disk/other")], "partly"),
        ("backup-places", [job(last_success_at=None)], "unknown"),
        (
            "backup-offsite",
            [job(target="n:/x", target_kind="network", last_success_at=None)],
            "unknown",
        ),
        ("backup-offsite", [job(target_kind="other_disk", attached_now=True)], "not_met"),
        ("backup-detached", [job(attached_now=True)], "partly"),
        ("backup-detached", [job(last_success_at=at(1000))], "unknown"),
        ("backup-recent", [job(last_success_at=at(7))], "met"),
        ("backup-recent", [job(last_success_at=at(8))], "partly"),
        ("backup-recent", [job(last_success_at=at(32))], "not_met"),
        ("backup-recent", [job(last_success_at=at(-9))], "unknown"),
        ("backup-places", [job()], "partly"),
        ("backup-places", [job(), job(target="s3:x", target_kind="cloud")], "met"),
        ("backup-places", [job(target_kind="same_disk")], "not_met"),
        ("backup-detached", [job()], "met"),
        (
            "backup-detached",
            [job(target_kind="other_disk", attached_now=True, always_attached=True)],
            "not_met",
        ),
        ("backup-detached", [job(target="s3:x", target_kind="cloud")], "unknown"),
        ("backup-detached", [job(last_success_at=None)], "unknown"),
        ("backup-offsite", [job(target="s3:x", target_kind="cloud")], "met"),
        ("backup-offsite", [job(target="sftp:h:/x", target_kind="network")], "unknown"),
        ("backup-offsite", [job()], "unknown"),
    ],
)
def test_backups(control, jobs, state):
    assert judged(control, backups(*jobs)).state == state


def listening(*ports):
    rows = tuple(ListeningSocket("tcp", "0.0.0.0", port, program) for port, program in ports)
    return measured(DeviceListening(rows))


NO_REMOTE = measured(DeviceRemoteDesktop(enabled=False, products=(), network_auth=None))
GUARDED = measured(DeviceFirewall("ufw", active=True, default_inbound="drop", inbound_rules=3))


@pytest.mark.parametrize(
    ("ports", "state"),
    [
        ([], "met"),
        ([(22, "sshd")], "met"),
        ([(445, "smbd")], "not_met"),
        ([(5432, None)], "not_met"),
        ([(2024, "agent")], "partly"),
    ],
)
def test_open_services(ports, state):
    assert judged("open-services", listening(*ports)).state == state


def test_a_remote_shell_of_windows_is_called_by_its_name():
    heard = listening((5985, ""))
    finding = judged("open-services", heard)
    assert (finding.state, finding.numbers["doors"]) == ("not_met", "5985 WinRM")
    # Among the numbers of VNC's screens, and none of them.
    assert judged("remote-desktop-exposure", heard, NO_REMOTE).state == "met"


def test_a_risky_service_behind_a_firewall_is_partly_and_never_fine():
    assert judged("open-services", listening((445, "smbd")), GUARDED).state == "partly"


@pytest.mark.parametrize("port", [3389, 5900, 5911, 5938])
def test_a_remote_control_port_is_open_even_when_the_program_was_not_seen(port):
    assert judged("remote-desktop-exposure", listening((port, None))).state == "not_met"


def test_remote_desktop_is_met_only_when_both_were_looked_at():
    assert judged("remote-desktop-exposure", listening(), NO_REMOTE).state == "met"
    assert judged("remote-desktop-exposure", listening()).state == "unknown"


KEYS_ONLY = DeviceSshd(
    installed=True,
    running=True,
    password_login=False,
    root_login="no",
    empty_passwords=False,
)


def sshd(**changed):
    return measured(structs.replace(KEYS_ONLY, **changed))


@pytest.mark.parametrize(
    ("changed", "state"),
    [
        ({}, "met"),
        ({"running": False}, "met"),
        ({"password_login": True}, "partly"),
        ({"password_login": True, "root_login": "yes"}, "not_met"),
        ({"password_login": None, "root_login": "yes"}, "not_met"),
        ({"empty_passwords": True}, "not_met"),
        ({"password_login": None}, "unknown"),
    ],
)
def test_ssh(changed, state):
    assert judged("ssh-hardening", sshd(**changed)).state == state


def wifi(connected, encryption):
    return measured(DeviceWifi(connected, encryption))


@pytest.mark.parametrize(
    ("connected", "encryption", "state"),
    [
        (True, "wpa3", "met"),
        (True, "wpa", "partly"),
        (True, "wep", "not_met"),
        (True, "none", "not_met"),
        (True, None, "unknown"),
        (False, None, "unknown"),
    ],
)
def test_wifi_of_a_wired_machine_stays_unknown(connected, encryption, state):
    assert judged("wifi-encryption", wifi(connected, encryption)).state == state


def test_every_name_of_a_product_is_in_the_data():
    from tojimari.assess.checks import programs, support
    from tojimari.catalog.lifecycle import load_lifecycle

    known = load_lifecycle().products
    for product in {*programs.KNOWN, *support._BROWSERS.values()}:
        assert product in known, product
