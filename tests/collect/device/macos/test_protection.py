"""macOS: FileVault on its way, the application firewall's states, managed or not."""

import pytest

from tests.support.hosts import RecordedHost, seen
from tests.support.protection import judged_here, text
from tojimari.collect.host import Output
from tojimari.model.facts import DeviceDiskEncryption, DeviceFirewall, DeviceOs

STATE = ("/usr/libexec/ApplicationFirewall/socketfilterfw", "--getglobalstate")
VAULT = ("/usr/bin/fdesetup", "status")


def mac(root, *, vault="", state="", version=""):
    printed = {VAULT: vault, STATE: state, ("/usr/bin/sw_vers",): version}
    return RecordedHost(root, {argv: Output(0, out, "") for argv, out in printed.items() if out})


@pytest.mark.parametrize(
    ("case", "vault", "state"),
    [("mac-fv-deferred", "not_met", "met"), ("mac-state2", "met", "met")],
)
def test_the_cases(tmp_path, case, vault, state):
    host = mac(
        tmp_path,
        vault=text(case, "fdesetup.txt"),
        state=text(case, "socketfilterfw.txt"),
        version=text(case, "sw_vers.txt"),
    )
    assert judged_here("disk-encryption", host, DeviceDiskEncryption, "macos").state == vault
    assert judged_here("device-firewall", host, DeviceFirewall, "macos").state == state


@pytest.mark.parametrize(
    ("printed", "state"),
    [
        ("FileVault is On.\n", "met"),
        ("FileVault is On.\nFileVault master keychain appears to be installed.\n", "met"),
        ("FileVault is Off.\n", "not_met"),
        ("FileVault is Off.\nDeferred enablement appears to be active.\n", "not_met"),
        ("FileVault is Off, but will be enabled after the next restart.\n", "not_met"),
        ("FileVault is On.\nEncryption in progress: Percent completed = 34\n", "not_met"),
        ("FileVault is On.\nEncryption paused: Percent completed = 34\n", "not_met"),
        ("FileVault is On.\nDecryption in progress: Percent completed = 80\n", "not_met"),
        ("FileVault is Off.\nDecryption in progress: Percent completed = 80\n", "not_met"),
        ("Error: unable to determine the status.\n", "unknown"),
    ],
)
def test_a_disk_is_encrypted_once_all_of_it_is(tmp_path, printed, state):
    host = mac(tmp_path, vault=printed)
    assert judged_here("disk-encryption", host, DeviceDiskEncryption, "macos").state == state


@pytest.mark.parametrize(
    ("printed", "state"),
    [
        ("Firewall is enabled. (State = 1)\n", "met"),
        ("Firewall is enabled. (State = 2)\n", "met"),  # as older systems say it
        ("Firewall is blocking all non-essential incoming connections. (State = 2)\n", "met"),
        ("Firewall is disabled. (State = 0)\n", "not_met"),
        ("Firewall is enabled. (State = 3)\n", "unknown"),
        ("Firewall settings cannot be modified from command line on managed Mac.\n", "unknown"),
    ],
)
def test_the_state_of_the_application_firewall(tmp_path, printed, state):
    host = mac(tmp_path, state=printed)
    assert judged_here("device-firewall", host, DeviceFirewall, "macos").state == state


def test_a_repair_between_versions_changes_no_cycle(tmp_path):
    printed = "ProductName:\t\tmacOS\nProductVersion:\t\t15.6\nProductVersionExtra:\t(a)\n"
    found = seen(mac(tmp_path, version=printed), DeviceOs, "macos").fact
    assert (found.name, found.version) == ("macOS 15.6", "15")
