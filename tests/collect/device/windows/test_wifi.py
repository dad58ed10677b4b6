"""Wi-Fi: documented numbers of methods and ciphers, and nothing else."""

import ctypes

import pytest

from tests.support.hosts import RecordedHost, fact, seen
from tests.support.played_windows import PlayedWindows, machine
from tests.support.protection import played
from tojimari.collect.device.windows.api.wifi import Connection
from tojimari.model.facts import DeviceWifi


@pytest.mark.parametrize(
    ("name", "state", "reason"),
    [
        ("home-11-defender", "met", "good"),
        ("pro-11-waiting", "unknown", "not_connected"),
        ("pro-11-restart-due", "met", "good"),
        ("ltsc-10-long-offline", "unknown", "not_connected"),
        ("domain-pro-11-de", "partly", "weak"),
        ("pro-10-never-searched", "not_met", "open"),
        ("pro-10-service-off", "unknown", "not_connected"),  # the service for Wi-Fi is not running
        ("kaspersky-11-ru", "unknown", "could_not_see"),  # places are kept from programs there
    ],
)
def test_the_wifi_of_the_machines(tmp_path, name, state, reason):
    finding = played("wifi-encryption", tmp_path, machine(name), DeviceWifi)
    assert (finding.state, finding.reason) == (state, reason)


def test_who_may_not_know_the_place_is_not_sent_to_an_administrator(tmp_path):
    windows = PlayedWindows({"wifi": {"refused": "0x80070005"}})
    why = seen(RecordedHost(tmp_path, {}, windows_api=windows), DeviceWifi, "windows").not_seen
    assert (why.reason, why.detail) == ("not_told", "wifi: 0x80070005")


def connected(*pairs):
    rows = [{"state": 1, "authentication": one, "cipher": cipher} for one, cipher in pairs]
    return PlayedWindows({"wifi": rows})


@pytest.mark.parametrize(
    ("pairs", "encryption"),
    [
        ([(1, 0)], "none"),
        ([(1, 4)], None),
        ([(2, 1)], "wep"),
        ([(4, 2)], "wpa"),
        ([(7, 4)], "wpa2"),
        ([(7, 2)], "wpa"),
        ([(11, 8)], "wpa3"),
        ([(10, 4)], "wpa3"),
        ([(7, 0)], None),
        ([(0x80000000, 4)], None),
        ([(5, 4)], None),
        ([(None, None)], None),
        # The weakest of several counts; one nobody knows may be weaker still.
        ([(9, 4), (1, 0)], "none"),
        ([(9, 4), (7, 4)], "wpa2"),
        ([(9, 4), (99, 4)], None),
        ([(1, 0), (99, 4)], "none"),
    ],
)
def test_methods_and_ciphers(tmp_path, pairs, encryption):
    host = RecordedHost(tmp_path, {}, windows_api=connected(*pairs))
    found = fact(host, DeviceWifi, "windows")
    assert (found.connected, found.encryption) == (True, encryption)
    told = seen(host, DeviceWifi, "windows").partly_not_seen
    assert set(told) == (set() if encryption else {"encryption"})


def test_the_structure_is_as_long_as_windows_makes_it():
    assert ctypes.sizeof(Connection) == 604
    assert Connection.authentication.offset == 596
