"""Encryption of drives: documented numbers count, every other one is not told."""

import pytest

from tests.support.hosts import RecordedHost, fact, seen
from tests.support.played_windows import machine
from tests.support.protection import played
from tojimari.collect.device.windows.disk_encryption import NAMESPACE
from tojimari.model.facts import DeviceDiskEncryption

RIGHTS = rf"{NAMESPACE}:Win32_EncryptableVolume"


def volumes(root, windows):
    host = RecordedHost(root, {}, windows_api=windows)
    return {one.mount: one for one in fact(host, DeviceDiskEncryption, "windows").volumes}


@pytest.mark.parametrize(
    ("name", "state", "reason"),
    [
        ("home-11-defender", "unknown", "not_told"),  # waits for a sign-in, says the shell's 8
        ("pro-11-waiting", "not_met", "plain"),
        ("pro-11-restart-due", "not_met", "suspended"),
        ("ltsc-10-long-offline", "partly", "removable_plain"),
        ("pro-10-never-searched", "not_met", "plain"),  # being encrypted: not yet
        ("domain-pro-11-de", "met", "encrypted"),
        ("pro-10-service-off", "unknown", "not_told"),
    ],
)
def test_the_drives_of_the_machines(tmp_path, name, state, reason):
    finding = played("disk-encryption", tmp_path, machine(name), DeviceDiskEncryption)
    assert (finding.state, finding.reason) == (state, reason)


def test_a_disk_at_a_usb_port_can_be_taken_out_in_any_language(tmp_path):
    german = volumes(tmp_path, machine("domain-pro-11-de"))
    assert {name: one.removable for name, one in german.items()} == {"C:": False, "D:": True}
    assert (german["D:"].encrypted, german["D:"].state) == (True, "locked")
    english = volumes(tmp_path, machine("pro-11-waiting"))
    assert (english["E:"].removable, english["C:"].system) == (True, True)


def shown(number, rows=None):
    answered = {"system": "C:", "drives": [{"root": "C:\\", "type": 3, "bitlocker": number}]}
    rights = {"refused": "0x80041003"} if rows is None else rows
    return machine("pro-10-service-off", volumes=answered, **{RIGHTS: rights})


@pytest.mark.parametrize(
    ("number", "state", "encrypted"),
    [
        (1, "on", True),
        (2, "off", False),
        (6, "locked", True),
        *((number, None, None) for number in (0, 3, 4, 5, 7, 8, -1, 99, None)),
    ],
)
def test_what_the_shell_says_without_rights(tmp_path, number, state, encrypted):
    volume = volumes(tmp_path, shown(number))["C:"]
    assert (volume.state, volume.encrypted) == (state, encrypted)


@pytest.mark.parametrize(
    ("protection", "conversion", "state", "encrypted"),
    [
        (1, 1, "on", True),
        (0, 0, "off", False),
        (0, 1, "suspended", False),
        (0, 2, "encrypting", False),
        (0, 5, "decrypting", False),
        (0, None, "off", False),
        (2, None, "locked", True),  # what the shell says stands where this class cannot tell
        (None, 1, "locked", True),
    ],
)
def test_with_rights_the_class_decides(tmp_path, protection, conversion, state, encrypted):
    row = {"DriveLetter": "c:", "ProtectionStatus": protection, "ConversionStatus": conversion}
    volume = volumes(tmp_path, shown(6, [row]))["C:"]
    assert (volume.state, volume.encrypted) == (state, encrypted)


def test_a_number_nobody_documents_is_kept_for_the_curious(tmp_path):
    host = RecordedHost(tmp_path, {}, windows_api=shown(8))
    why = seen(host, DeviceDiskEncryption, "windows").partly_not_seen["volumes"]
    assert (why.reason, why.detail) == ("no_permission", "C: 8")


@pytest.mark.parametrize(
    "answered",
    [None, [], {}, {"system": "C:"}, {"system": "C:", "drives": []}, {"system": 3, "drives": [{}]}],
)
def test_without_the_drive_of_windows_nothing_is_claimed(tmp_path, answered):
    windows = machine("home-11-defender", volumes=answered)
    observation = seen(
        RecordedHost(tmp_path, {}, windows_api=windows), DeviceDiskEncryption, "windows"
    )
    assert observation.not_seen.reason == "nonsense"
