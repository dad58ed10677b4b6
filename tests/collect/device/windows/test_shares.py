"""Shared folders: who enters without a password, by the lists of access and the doors before them."""

import pytest

from tests.support.facts import judged
from tests.support.hosts import RecordedHost, fact
from tests.support.played_windows import machine
from tests.support.protection import looked
from tests.support.registry_exports import Keys, RecordedWindows
from tojimari.collect.device.windows.shares import LSA_KEY, SERVER_KEY
from tojimari.model.facts import DeviceShares

USUAL: Keys = {SERVER_KEY: {"RestrictNullSessAccess": 1, "NullSessionShares": ()}}


def host(root, name, keys=None):
    return RecordedHost(root, {}, RecordedWindows(USUAL if keys is None else keys), machine(name))


def shares(root, *given):
    return {one.name: one for one in fact(host(root, *given), DeviceShares, "windows").shares}


@pytest.mark.parametrize(
    ("name", "state", "reason"),
    [
        ("home-11-defender", "met", "none"),
        # Without rights nobody sees the lists; with the guest disabled nobody needs to.
        ("pro-11-waiting", "met", "none"),
        ("pro-11-restart-due", "not_met", "write"),
        ("ltsc-10-long-offline", "met", "none"),
        ("domain-pro-11-de", "met", "none"),  # everyone who signs in
        ("pro-10-service-off", "unknown", "not_told"),
    ],
)
def test_the_shares_of_the_machines(tmp_path, name, state, reason):
    finding = judged("open-shares", looked(host(tmp_path, name), DeviceShares, "windows"))
    assert (finding.state, finding.reason) == (state, reason)


def test_what_the_guest_may_do_is_in_the_list(tmp_path):
    found = shares(tmp_path, "pro-11-restart-due")
    assert {name: (one.guest, one.writable) for name, one in found.items()} == {
        "みんな": (True, True),
        "scan": (True, False),
        "経理": (False, False),
    }


def test_printers_and_what_windows_shares_for_itself_are_none(tmp_path):
    assert set(shares(tmp_path, "pro-11-waiting")) == {"受注"}


@pytest.mark.parametrize(
    ("server", "everyone", "guest"),
    [
        ({"RestrictNullSessAccess": 1}, 1, False),
        ({"NullSessionShares": ("daten",)}, 1, True),
        ({"NullSessionShares": ("DATEN", "x")}, 0, False),
        ({"RestrictNullSessAccess": 0}, 1, True),
        ({"NullSessionShares": ("other",)}, 1, False),
    ],
)
def test_a_session_of_nobody_enters_by_the_settings_for_it(tmp_path, server, everyone, guest):
    keys = {SERVER_KEY: server, LSA_KEY: {"EveryoneIncludesAnonymous": everyone}}
    assert shares(tmp_path, "domain-pro-11-de", keys)["Daten"].guest is guest


def test_what_is_allowed_and_denied_is_left_open(tmp_path):
    played = machine("pro-11-restart-due")
    entries = played.answers["shares"][3]["entries"]
    entries.append({"type": 1, "mask": 0x2, "sid": "S-1-5-32-546"})
    found = fact(
        RecordedHost(tmp_path, {}, RecordedWindows(USUAL), played), DeviceShares, "windows"
    )
    assert found.shares[0].writable is None


SMB = r"root\Microsoft\Windows\SMB:MSFT_SmbServerConfiguration"


@pytest.mark.parametrize(
    ("setting", "told", "smb1", "reason", "state"),
    [
        ({"SMB1": 0}, {"refused": "0x80041003"}, False, None, "met"),
        ({"SMB1": 1}, [], True, None, "partly"),
        ({}, [{"EnableSMB1Protocol": True}], True, None, "partly"),
        ({}, [{"EnableSMB1Protocol": False}], False, None, "met"),
        ({"SMB1": "1"}, [{"EnableSMB1Protocol": "yes"}], None, "not_told", "met"),
        # For administrators: the one look as one shows it.
        ({}, {"refused": "0x80041003"}, None, "no_permission", "met"),
        ({}, {"refused": "0x8004100E"}, None, "not_told", "met"),
    ],
)
def test_the_protocol_of_old_is_told_or_unknown(tmp_path, setting, told, smb1, reason, state):
    keys = {SERVER_KEY: USUAL[SERVER_KEY] | setting}
    answers = machine("pro-11-waiting", **{SMB: told})
    here = RecordedHost(tmp_path, {}, RecordedWindows(keys), answers)
    observation = looked(here, DeviceShares, "windows")
    why = observation.partly_not_seen.get("smb1")
    assert observation.fact.smb1 is smb1
    assert (why and why.reason) == reason
    assert judged("open-shares", observation).state == state
