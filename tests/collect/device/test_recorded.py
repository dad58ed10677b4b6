"""Windows and macOS collectors against recorded outputs; what was never recorded is unknown."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.hosts import RecordedHost, fact, seen
from tojimari.collect.device.macos import macos, versions
from tojimari.collect.device.windows import windows
from tojimari.collect.host import Nonsense, Output
from tojimari.collect.look import collectors
from tojimari.model.facts import (
    DeviceDiskEncryption,
    DeviceFirewall,
    DeviceListening,
    DeviceOs,
    fact_kinds,
)

ASSETS = Path(__file__).parents[2] / "assets"
FIREWALL = ("reg", "query", windows.FIREWALL_KEY, "/s", "/v", "EnableFirewall")
MAC_FIREWALL = ("/usr/libexec/ApplicationFirewall/socketfilterfw", "--getglobalstate")


def recorded(tmp_path, argv, asset):
    text = (ASSETS / asset).read_text("utf-8")
    return RecordedHost(tmp_path, {tuple(argv): Output(0, text, "")})


@pytest.mark.parametrize(("asset", "version"), [("26", "26"), ("13", "13")])
def test_macos_version(tmp_path, asset, version):
    found = fact(
        recorded(tmp_path, ["/usr/bin/sw_vers"], f"macos/sw_vers-{asset}.txt"), DeviceOs, "macos"
    )
    assert (found.family, found.product, found.version) == ("macos", "macos", version)


@pytest.mark.parametrize(("asset", "on"), [("on", True), ("off", False)])
def test_macos_firewall(tmp_path, asset, on):
    host = recorded(tmp_path, MAC_FIREWALL, f"macos/firewall-{asset}.txt")
    assert fact(host, DeviceFirewall, "macos").active is on


def test_macos_filevault(tmp_path):
    host = recorded(tmp_path, ["/usr/bin/fdesetup", "status"], "macos/fdesetup-on.txt")
    [volume] = fact(host, DeviceDiskEncryption, "macos").volumes
    assert volume.encrypted is True


@pytest.mark.parametrize(("asset", "on"), [("mixed", False), ("on", True)])
def test_windows_firewall_is_on_only_when_every_profile_is(tmp_path, asset, on):
    host = recorded(tmp_path, FIREWALL, f"windows/firewall-{asset}.txt")
    found = fact(host, DeviceFirewall, "windows")
    assert found.active is on


def test_windows_version_is_found_by_its_build_number(tmp_path):
    host = recorded(tmp_path, ["cmd", "/c", "ver"], "windows/ver-10.txt")
    found = fact(host, DeviceOs, "windows")
    assert found.name.startswith("Windows 10")
    assert found.version.startswith("10-22h2")


@pytest.mark.parametrize("system", ["windows", "macos"])
def test_a_command_that_is_missing_or_prints_nonsense_is_unknown(tmp_path, system):
    for collector in collectors(system):
        for kind in collector.sees:
            if kind == DeviceListening.KIND:
                continue  # psutil: no command to go wrong
            observation = seen(RecordedHost(tmp_path, {}), fact_kinds()[kind], system)
            assert observation.fact is None
            assert observation.not_seen.reason in (
                *("tool_missing", "not_on_this_system"),
                "no_permission",  # the clock of a Mac: only a profile can be read
                "nonsense",  # not one program: not even Safari
            )


def test_what_is_not_read_yet_says_where_to_look(tmp_path):
    for kind in macos.NOT_YET:
        assert seen(RecordedHost(tmp_path, {}), kind, "macos").not_seen.see_with


@given(st.text(max_size=200))
def test_any_text_gives_a_value_or_nonsense(text):
    for parse in (windows.build_number, versions.parse_sw_vers):
        try:
            parse(text)
        except Nonsense:
            continue
