"""Whether Windows installs updates by itself: policies, device management, pauses, its service."""

import re
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from tojimari.collect.device.windows import editions
from tojimari.collect.device.windows.registry import (
    CURRENT_VERSION_KEY,
    POLICY_MANAGER_KEY,
    service_disabled,
    values_of,
)
from tojimari.collect.host import Host, Nonsense
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.collect.windows_system import HKLM, Values
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceAutoUpdates

POLICY_KEY = rf"{HKLM}\SOFTWARE\Policies\Microsoft\Windows\WindowsUpdate"
MANAGED_KEY = rf"{POLICY_MANAGER_KEY}\Update"
SETTINGS_KEY = rf"{HKLM}\SOFTWARE\Microsoft\WindowsUpdate\UX\Settings"
STATUS_KEY = rf"{HKLM}\SOFTWARE\Microsoft\WindowsUpdate\UpdatePolicy\Settings"
OF_OLD_KEY = rf"{HKLM}\SOFTWARE\Microsoft\Windows\CurrentVersion\WindowsUpdate\Auto Update"

Rule = Literal["installs", "asks", "off", "contradictory", "unset"]
"""What decides: installing by itself, asking somebody first, nothing at all."""

_PAUSED_DAYS = 35
"""A policy's pause ends by itself that many days after its start (Windows Update for Business)."""
_PAUSED, _WENT_ON = 1, 2
_FIRST_BUILD_OF_10 = 10240

# "Configure Automatic Updates": 2 and 3 ask before installing, 7 (servers) too, 4 installs;
# 5 leaves it to a local administrator.
_POLICY: dict[int, Rule] = {1: "off", 2: "asks", 3: "asks", 4: "installs", 5: "unset", 7: "asks"}
# AllowAutoUpdate of the Policy CSP: 0 asks before fetching, 1 to 4 install, 5 is off.
_MANAGED: dict[int, Rule] = {
    0: "asks", 1: "installs", 2: "installs", 3: "installs", 4: "installs", 5: "off"
}  # fmt: skip


class Pause(msgspec.Struct, frozen=True):
    """Whether security updates are put off.

    Attributes:
        on: whether they are now.
        until: when that ends; None where it is not on or its end is not told.
    """

    on: bool
    until: datetime | None


def by_policy(host: Host) -> Rule:
    """Return what Group Policy says. Raises Missing, Denied.

    ``DisableWindowsUpdateAccess`` takes away all of Windows Update, the automatic part too.
    """
    rules = values_of(host, rf"{POLICY_KEY}\AU")
    switches = (
        values_of(host, POLICY_KEY).number("DisableWindowsUpdateAccess"),
        rules.number("NoAutoUpdate"),
    )
    if 1 in switches:
        return "off"
    if not set(switches) <= {None, 0}:
        return "contradictory"
    options = rules.number("AUOptions")
    return "unset" if options is None else _POLICY.get(options, "contradictory")


def by_management(host: Host) -> Rule:
    """Return what a device management says. Raises Missing, Denied."""
    rules = values_of(host, MANAGED_KEY)
    if rules.number("AllowUpdateService") == 0:
        return "off"
    allowed = rules.number("AllowAutoUpdate")
    return "unset" if allowed is None else _MANAGED.get(allowed, "contradictory")


def by_default(host: Host) -> Rule:
    """Return what Windows does where no policy says anything. Raises Missing, Denied.

    From version 10 clients install by themselves and nobody can choose otherwise; before it the
    person's choice stands in the registry. For servers it depends on how they were set up.
    """
    version = values_of(host, CURRENT_VERSION_KEY)
    build = version.counted("CurrentBuildNumber") or 0
    major = version.number_if_any("CurrentMajorVersionNumber") or 0
    if build < _FIRST_BUILD_OF_10:
        chosen = values_of(host, OF_OLD_KEY).number("AUOptions")
        return "unset" if chosen is None else _POLICY.get(chosen, "unset")
    found = editions.release_of(f"{major}.0.{build}", version)
    return "installs" if found.product == "windows" else "unset"


def _moment(text: str) -> datetime | None:
    """Return the moment of "2026-12-24T09:00:00Z", or of a day; None for no text.

    Raises Nonsense for a text that is none: what Windows makes of it is not known.
    """
    if not text:
        return None
    match = re.fullmatch(r"(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d:\d\d)(?:\.\d+)?Z?)?", text)
    try:
        if match is not None:
            return datetime.fromisoformat(f"{match.group(1)}T{match.group(2) or '00:00:00'}+00:00")
    except ValueError:
        pass
    raise Nonsense("registry: a pause without a date")


def _after_start(rules: Values) -> datetime | None:
    start = _moment(rules.setting("PauseQualityUpdatesStartTime"))
    try:
        return start + timedelta(days=_PAUSED_DAYS) if start else None
    except OverflowError:
        return None


def pause(host: Host, now: datetime) -> Pause:
    """Return whether updates are paused: by the person at the screen, or by a policy.

    A pause of new versions alone puts off no security update. ``PausedQualityStatus`` is what
    Windows itself notes of a pause (Windows Update for Business): 1 that there is one, 2 that it
    went on by itself, which it does after 35 days whatever end is written down. Raises Missing,
    Denied.
    """
    status = values_of(host, STATUS_KEY).number("PausedQualityStatus")
    if status == _WENT_ON:
        return Pause(on=False, until=None)
    chosen = values_of(host, SETTINGS_KEY)
    ends = [
        _moment(chosen.setting("PauseUpdatesExpiryTime")),
        _moment(chosen.setting("PauseQualityUpdatesEndTime")),
        _after_start(values_of(host, POLICY_KEY)),
        _after_start(values_of(host, MANAGED_KEY)),
    ]
    to_come = [end for end in ends if end is not None and end > now]
    if to_come:
        return Pause(on=True, until=max(to_come))
    return Pause(on=status == _PAUSED and not any(ends), until=None)


def deferred_days(host: Host) -> int:
    """Return how long security updates are held back after they appear. Raises Missing, Denied."""
    policy, managed = values_of(host, POLICY_KEY), values_of(host, MANAGED_KEY)
    held = [managed.number("DeferQualityUpdatesPeriodInDays") or 0]
    if policy.number("DeferQualityUpdates"):
        held.append(policy.number("DeferQualityUpdatesPeriodInDays") or 0)
    return max(held)


def source(host: Host) -> str:
    """Return "wsus" where updates come from a server of the company's own."""
    server = values_of(host, POLICY_KEY).text("WUServer")
    used = values_of(host, rf"{POLICY_KEY}\AU").number("UseWUServer") == 1
    managed = values_of(host, MANAGED_KEY).text("UpdateServiceUrl")
    return "WSUS" if (server and used) or managed else "Windows Update"


def rule(host: Host) -> Rule:
    """Return what decides. Which of two managers wins is not documented. Raises Missing, Denied."""
    ruled, managed = by_policy(host), by_management(host)
    if ruled != "unset" and managed != "unset" and ruled != managed:
        return "contradictory"
    found = ruled if ruled != "unset" else managed
    return found if found != "unset" else by_default(host)


@collector("windows", sees=(DeviceAutoUpdates,))
def auto_updates(host: Host) -> list[Seen]:
    """Say whether updates install by themselves; the service behind it decides over every rule."""
    disabled = service_disabled(host, "wuauserv")
    found = "off" if disabled else rule(host)
    if found == "installs" and service_disabled(host, "UsoSvc"):
        # What decides when updates are fetched and installed cannot start (from Windows 10 on);
        # what is left then is not documented.
        return [missed(DeviceAutoUpdates, NotSeen("nonsense", detail="UsoSvc"))]
    if disabled is None or found in ("unset", "contradictory"):
        detail = "wuauserv" if disabled is None else f"AUOptions, AllowAutoUpdate: {found}"
        return [missed(DeviceAutoUpdates, NotSeen("nonsense", detail=detail))]
    paused = pause(host, datetime.now(UTC))
    endless = paused.on and paused.until is None
    return [
        saw(
            DeviceAutoUpdates(
                enabled=found == "installs" and not endless,
                mechanism=source(host),
                security_only=False,
                paused_until=paused.until,
                deferred_days=deferred_days(host),
            )
        )
    ]
