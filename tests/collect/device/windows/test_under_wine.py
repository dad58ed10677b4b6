"""The product's own Windows Python asks real COM and WMI, under Wine.

Wine has no Windows Update and no Security Center: the first is played by a COM server from a
recording, the second is really missing.
"""

import json

import pytest

from tests.support import wine
from tests.support.played_windows import ANSWERS
from tojimari.model.facts import (
    DeviceAccounts,
    DeviceBackups,
    DeviceDiskEncryption,
    DeviceUpdates,
    DeviceWifi,
)

UPDATE_AGENT = str(wine.PLAYERS / "update_agent_player.py")
LOOK = str(wine.PLAYERS / "look.py")


@pytest.fixture(scope="module")
def windows(new_windows):
    made = new_windows("asked")
    wine.start(made)
    yield made
    wine.stop(made)


@pytest.fixture(scope="module")
def with_update_agent(windows):
    wine.run_python(windows, f"Z:{UPDATE_AGENT}")
    return windows


def looked(windows, kind, **environment):
    [one] = json.loads(wine.run_python(windows, f"Z:{LOOK}", kind.KIND, **environment))
    return one


def test_the_update_agent_is_asked_through_com(with_update_agent):
    recording = {"UPDATE_AGENT_RECORDING": f"Z:{ANSWERS / 'pro-11-waiting.json'}"}
    fields = looked(with_update_agent, DeviceUpdates, **recording)["fields"]
    assert (fields["pending"], fields["pending_security"], fields["critical"]) == (3, 2, 1)
    assert fields["pending_security_names"] == ["KB5099001", "KB5099002"]
    assert fields["lists_refreshed_at"] == "2026-11-22T03:10:00Z"
    assert fields["oldest_security_at"] == "2026-10-13T17:00:00Z"
    assert fields["last_update_at"] == "2026-09-09T18:01:00Z"
    assert fields["reboot_required"] is False


def test_a_refusal_of_com_is_told_by_its_number(with_update_agent):
    recording = {"UPDATE_AGENT_RECORDING": f"Z:{ANSWERS / 'pro-10-service-off.json'}"}
    found = looked(with_update_agent, DeviceUpdates, **recording)
    assert found["fields"] is None
    assert found["not_seen"]["reason"] == "tool_missing"
    assert "0x80070422" in found["not_seen"]["detail"]


def test_wmi_is_asked_column_by_column(windows):
    script = (
        "from tojimari.collect.device.windows.api import wmi; import json;"
        r"print(json.dumps(wmi.instances(r'root\cimv2', 'Win32_OperatingSystem',"
        " ['Caption', 'NoSuchColumn'])))"
    )
    [row] = json.loads(wine.run_python(windows, "-c", script))
    assert row["Caption"].startswith("Microsoft Windows")
    assert row["NoSuchColumn"] is None


def test_drives_are_listed_and_an_encryption_nobody_tells_is_not_known(windows):
    found = looked(windows, DeviceDiskEncryption)
    volumes = {one["mount"]: one for one in found["fields"]["volumes"]}
    assert (volumes["C:"]["system"], volumes["C:"]["encrypted"]) == (True, None)
    assert found["partly_not_seen"]["volumes"]["reason"] == "no_permission"


def test_who_looks_is_asked_of_windows_and_what_wine_lacks_is_no_crash(windows):
    script = (
        "from tojimari.collect.device.windows.api import accounts; import json;"
        "print(json.dumps([accounts.token(), accounts.membership()]))"
    )
    token, membership = json.loads(wine.run_python(windows, "-c", script))
    assert token["sid"].startswith("S-1-5-21-")
    assert membership["status"] in (1, 2)  # NetSetupUnjoined, NetSetupWorkgroupName
    assert looked(windows, DeviceAccounts)["fields"] is None


def test_no_backup_found_is_an_empty_list_and_no_crash(windows):
    assert looked(windows, DeviceBackups)["fields"] == {"jobs": []}


def test_without_an_adapter_no_wifi_is_in_use(windows):
    assert looked(windows, DeviceWifi)["fields"] == {"connected": False, "encryption": None}
