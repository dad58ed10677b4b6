r"""What Office does with macros, for everybody who works here.

A policy of the company's (``...\Policies\Microsoft\Cloud\Office``, then ``...\Policies\Microsoft\Office``)
goes over what a person chose. ``VBAWarnings``: 1 runs every macro, 2 asks, 3 runs signed ones, 4 runs none;
``blockcontentexecutionfrominternet``: 1 blocks macros in files from the Internet. What Office does where
neither is set depends on its version
(https://learn.microsoft.com/microsoft-365-apps/security/internet-macros-blocked).
"""

import re
from datetime import UTC, datetime
from typing import Literal

from tojimari.collect.device.windows.registry import (
    people,
    ruling_number,
    unseen_people,
    values_of,
)
from tojimari.collect.host import Host, Nonsense
from tojimari.collect.look import Seen, collector, saw
from tojimari.collect.windows_system import HKLM
from tojimari.model import NotSeen
from tojimari.model.facts.device_office import DeviceOffice

OFFICE_KEYS = (
    rf"{HKLM}\SOFTWARE\Microsoft\Office",
    rf"{HKLM}\SOFTWARE\WOW6432Node\Microsoft\Office",
)
CLICK_TO_RUN = r"ClickToRun\Configuration"
_PROGRAMS = ("Word", "Excel", "PowerPoint", "Access", "Visio")
_MOST_USED = ("Word", "Excel", "PowerPoint")
"""In these every person must be kept from macros of the Internet; the others may not be there."""
_RUNS_ALL, _RUNS_NONE, _BLOCKS = 1, 4, 1
_WARNINGS = (None, 1, 2, 3, 4)
_CHANNELS = {
    "492350f6-3a01-4f97-b9c0-c7c6ddf67d60": "Current Channel",
    "64256afe-f5d9-4f86-8936-8840a6a4f5be": "Current Channel (Preview)",
    "55336b82-a18d-4dd6-b5f6-9e5095c314a6": "Monthly Enterprise Channel",
    "7ffbc6bf-bc32-4f92-8982-f9dd17fd3114": "Semi-Annual Enterprise Channel",
    "b8f9b850-328d-4355-9145-c59439a0c4cf": "Semi-Annual Enterprise Channel (Preview)",
}

FromInternet = Literal["blocked", "open", "default"]


@collector("windows", sees=(DeviceOffice,))
def office(host: Host) -> list[Seen]:
    """Read the settings of everybody whose part of the registry is loaded. Raises Missing, Denied."""
    versions = _versions(host)
    if not versions:
        return [
            saw(
                DeviceOffice((), None, (), None),
                **dict.fromkeys(("channel", "from_internet"), _NONE),
            )
        ]
    hives = people(host)
    found = [_settings(host, hive, version) for hive in hives for version in versions]
    runs_all = {program for programs, _ in found for program in programs}
    internet: FromInternet | None = _weakest([one for _, one in found])
    channel = _channel(host)
    hidden = {} if channel else {"channel": NotSeen("not_told", detail="UpdateChannel")}
    others = unseen_people(host, datetime.now(UTC))
    if others and internet == "blocked":
        internet = None
        hidden["from_internet"] = NotSeen("not_looked", detail=f"ProfileList: {len(others)}")
    names = tuple(program for program in _PROGRAMS if program in runs_all)
    return [saw(DeviceOffice(tuple(versions), channel, names, internet), **hidden)]


_NONE = NotSeen("not_on_this_system", detail="no Office")


def _versions(host: Host) -> list[str]:
    """Return the generations of Office ("16.0") that have a folder to start from."""
    found = set()
    for key in OFFICE_KEYS:
        for version in host.windows.subkeys(key):
            if re.fullmatch(r"\d\d\.0", version) and any(
                values_of(host, rf"{key}\{version}\{program}\InstallRoot").text("Path")
                for program in _PROGRAMS
            ):
                found.add(version)
        told = values_of(host, rf"{key}\{CLICK_TO_RUN}").text("VersionToReport")
        if match := re.match(r"(\d\d\.\d)\.\d", told):
            found.add(match.group(1))
    return sorted(found)


def _channel(host: Host) -> str | None:
    """Return the channel by the id at the end of its address; policy over setting."""
    policy = rf"{HKLM}\SOFTWARE\Policies\Microsoft\office\16.0\common\officeupdate"
    said = values_of(host, policy).text("updatebranch")
    if said:
        return said
    held = values_of(host, rf"{OFFICE_KEYS[0]}\{CLICK_TO_RUN}")
    for name in ("UpdateChannel", "CDNBaseUrl"):
        address = held.text(name).rstrip("/").rpartition("/")[2].lower()
        if address:
            return _CHANNELS.get(address, address)
    return None


def _settings(host: Host, hive: str, version: str) -> tuple[list[str], FromInternet]:
    """Return the programs that run every macro for this person, and what comes from the Internet."""
    runs_all = []
    internet: list[FromInternet] = []
    for program in _PROGRAMS:
        keys = [
            rf"{hive}\SOFTWARE\{place}\{version}\{program}\Security"
            for place in (
                r"Policies\Microsoft\Cloud\Office",
                r"Policies\Microsoft\Office",
                r"Microsoft\Office",
            )
        ]
        warnings = ruling_number(host, "VBAWarnings", *keys)
        if warnings not in _WARNINGS:
            raise Nonsense(f"VBAWarnings: {warnings}")
        if warnings == _RUNS_ALL:
            runs_all.append(program)
        if program not in _MOST_USED:
            continue
        blocks = ruling_number(host, "blockcontentexecutionfrominternet", *keys)
        if blocks == _BLOCKS or warnings == _RUNS_NONE:
            internet.append("blocked")
        else:
            internet.append("default" if blocks is None else "open")
    return runs_all, _weakest(internet)


def _weakest(found: list[FromInternet]) -> FromInternet:
    """Return the least that holds: one person or program that is open makes the difference."""
    order: tuple[FromInternet, ...] = ("open", "default", "blocked")
    return next((one for one in order if one in found), "default")
