"""Macros of Office: policies over a person's own settings, in every program, for everybody."""

from itertools import product
from pathlib import Path

import pytest

from tests.support.hosts import RecordedHost, fact, seen
from tests.support.registry_exports import ASSETS, key, machine
from tojimari.collect.device.windows.office import CLICK_TO_RUN, OFFICE_KEYS
from tojimari.collect.windows_system import HKCU, HKLM, HKU
from tojimari.model.facts.device_office import DeviceOffice

ONE = "ja-home-11-25h2"
TWO = "ja-pro-11-two-people"
CHANNEL = "http://officecdn.microsoft.com/pr/492350f6-3a01-4f97-b9c0-c7c6ddf67d60"
CLICKED = key(
    rf"{OFFICE_KEYS[0]}\{CLICK_TO_RUN}", VersionToReport="16.0.19725.20172", UpdateChannel=CHANNEL
)
POLICY, CLOUD, OWN = (
    r"Policies\Microsoft\Office",
    r"Policies\Microsoft\Cloud\Office",
    r"Microsoft\Office",
)
USED = ("Word", "Excel", "PowerPoint")


def looked_at(root: Path, name: str, *extra: str) -> DeviceOffice:
    return fact(RecordedHost(root, {}, machine(name, *extra)), DeviceOffice, "windows")


def hive() -> str:
    """Return the key of the one person of the recorded machine."""
    text = (ASSETS / "machines" / f"{ONE}.reg").read_text("utf-8")
    start = f"[{HKU}\\S-1-5-21-"
    line = next((line for line in text.splitlines() if line.startswith(start)), f"[{HKCU}\\")
    return "\\".join(line.lstrip("[").rstrip("]").split("\\")[:2]) if start in line else HKCU


def settings(
    place: str, version: str = "16.0", programs: tuple[str, ...] = USED, **values: int
) -> list[str]:
    return [
        key(rf"{hive()}\SOFTWARE\{place}\{version}\{program}\Security", **values)
        for program in programs
    ]


BLOCKED = settings(POLICY, blockcontentexecutionfrominternet=1)


@pytest.mark.parametrize(
    ("registry", "runs_all", "internet"),
    [
        ([], (), "default"),
        (BLOCKED, (), "blocked"),
        (settings(CLOUD, blockcontentexecutionfrominternet=1), (), "blocked"),
        (settings(OWN, blockcontentexecutionfrominternet=1), (), "blocked"),
        # one program is left out
        (settings(POLICY, programs=("Word", "Excel"), blockcontentexecutionfrominternet=1), (), "default"),
        (settings(POLICY, blockcontentexecutionfrominternet=0), (), "open"),
        (settings(POLICY, VBAWarnings=4), (), "blocked"),
        (settings(OWN, programs=("Excel",), VBAWarnings=1), ("Excel",), "default"),
        ([*BLOCKED, *settings(OWN, programs=("Access",), VBAWarnings=1)], ("Access",), "blocked"),
        # the policy goes over the own setting, that from the cloud over both
        ([*settings(OWN, VBAWarnings=1), *settings(POLICY, VBAWarnings=2)], (), "default"),
        ([*settings(POLICY, VBAWarnings=2), *settings(CLOUD, VBAWarnings=1)], USED, "default"),
        # of a generation that is not there
        (settings(OWN, "14.0", VBAWarnings=1), (), "default"),
    ],
)  # fmt: skip
def test_who_decides_over_macros(tmp_path, registry, runs_all, internet):
    got = looked_at(tmp_path, ONE, CLICKED, *registry)
    assert (got.versions, got.channel) == (("16.0",), "Current Channel")
    assert (got.runs_all, got.from_internet) == (runs_all, internet)


@pytest.mark.parametrize(
    ("office", "version"), list(product(OFFICE_KEYS, ("14.0", "15.0", "16.0")))
)
def test_an_office_from_a_disc_is_known_by_its_folder(tmp_path, office, version):
    root = key(rf"{office}\{version}\Word\InstallRoot", Path="C:\\\\Office")
    got = looked_at(tmp_path, ONE, root, *settings(OWN, version, VBAWarnings=1))
    assert (got.versions, got.runs_all, got.channel) == ((version,), USED, None)


def test_without_office_nothing_is_said_of_macros(tmp_path):
    left = key(rf"{HKLM}\SOFTWARE\Microsoft\Office\16.0\Word", A=1)
    assert looked_at(tmp_path, ONE, left).versions == ()


def test_blocked_for_one_of_two_people_is_not_blocked(tmp_path):
    """The other one is not signed in, so what was set for him cannot be seen."""
    got = looked_at(tmp_path, TWO, CLICKED, *_everybody(TWO))
    assert got.from_internet is None


def _everybody(name: str) -> list[str]:
    text = (ASSETS / "machines" / f"{name}.reg").read_text("utf-8")
    hives = {
        "\\".join(line.strip("[]").split("\\")[:2])
        for line in text.splitlines()
        if line.startswith(f"[{HKU}\\S-1-5-21-")
    } or {HKCU}
    return [
        key(
            rf"{one}\SOFTWARE\{POLICY}\16.0\{program}\Security", blockcontentexecutionfrominternet=1
        )
        for one in hives
        for program in USED
    ]


def test_a_number_of_macros_that_nobody_documents_is_unknown(tmp_path):
    odd = settings(POLICY, VBAWarnings=9)
    found = seen(RecordedHost(tmp_path, {}, machine(ONE, CLICKED, *odd)), DeviceOffice, "windows")
    assert found.not_seen.reason == "nonsense"
