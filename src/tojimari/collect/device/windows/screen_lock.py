"""Whether a Windows that nobody touches locks: by policy, by its screen saver, by sleeping."""

from datetime import UTC, datetime

import msgspec

from tojimari.collect.device.windows.registry import (
    POLICY_MANAGER_KEY,
    people,
    unseen_people,
    values_of,
)
from tojimari.collect.host import Host, Unavailable
from tojimari.collect.look import Seen, collector, saw
from tojimari.collect.windows_system import HKLM, Timeouts
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceScreenLock

SYSTEM_POLICY_KEY = rf"{HKLM}\SOFTWARE\Microsoft\Windows\CurrentVersion\Policies\System"
DEVICE_LOCK_KEY = rf"{POLICY_MANAGER_KEY}\DeviceLock"
POWER_POLICY_KEY = rf"{HKLM}\SOFTWARE\Policies\Microsoft\Power\PowerSettings"
_SLEEP_AFTER = "29F6C1DB-86DA-48C5-9FDB-F2B67B1F44DA"
_PASSWORD_ON_WAKING = "0e796bdb-100d-47d6-a2d5-f7d2daa51f51"  # noqa: S105  # the id of a setting
_NEVER_ASKS = 0xFFFFFFFF
_DESKTOP = r"Control Panel\Desktop"
_DESKTOP_POLICY = rf"SOFTWARE\Policies\Microsoft\Windows\{_DESKTOP}"


class Locks(msgspec.Struct, frozen=True):
    """How one way to lock is set.

    Attributes:
        after: seconds without use until it locks; None where it does not, or was not told.
        told: whether that was told.
    """

    after: int | None
    told: bool = True


def by_inactivity(host: Host) -> Locks:
    """Return what holds for everybody: ``InactivityTimeoutSecs`` ("Machine inactivity limit").

    A device management has a limit of its own, in minutes, that counts where it demands a password
    (DeviceLock of the Policy CSP: ``DevicePasswordEnabled`` is 0 where it does). The shorter holds.
    Raises Missing, Denied.
    """
    seconds = [values_of(host, SYSTEM_POLICY_KEY).number("InactivityTimeoutSecs") or 0]
    managed = values_of(host, DEVICE_LOCK_KEY)
    if managed.number("DevicePasswordEnabled") == 0:
        seconds.append(60 * (managed.number("MaxInactivityTimeDeviceLock") or 0))
    return Locks(min(filter(None, seconds), default=None))


def by_screen_saver(host: Host, person: str) -> Locks:
    """Return what a person's screen saver does: each value by policy, else as the person set it.

    A screen saver starts only where a program for it is named (``SCRNSAVE.EXE``), and locks only
    where it is called secure. How long Windows waits where no time is set is not documented.
    Raises Missing, Denied.
    """
    policy = values_of(host, rf"{person}\{_DESKTOP_POLICY}")
    own = values_of(host, rf"{person}\{_DESKTOP}")

    def ruled(name: str) -> str:
        return policy.setting(name) or own.setting(name)

    if ruled("ScreenSaveActive") != "1" or not ruled("SCRNSAVE.EXE"):
        return Locks(None)
    if ruled("ScreenSaverIsSecure") != "1":
        return Locks(None)
    source = policy if policy.setting("ScreenSaveTimeOut") else own
    seconds = source.counted("ScreenSaveTimeOut")
    return Locks(seconds or None, told=seconds is not None)


def by_sleep(host: Host, person: str) -> Locks:
    """Return what sleeping does: it locks where waking asks for a password.

    The policies of power management over the plan in use. Settings for running on battery exist on
    a computer without one too: where only they keep it awake, it is not told. ``DelayLockInterval`` is how long somebody may be away before waking
    asks; all bits set is "never". Raises Missing, Denied.
    """
    plan = _ruled_plan(host)
    if None in (plan.sleep_mains, plan.password_mains):
        return Locks(None, told=False)
    delay = values_of(host, rf"{person}\{_DESKTOP}").number("DelayLockInterval") or 0
    mains = _after(plan.sleep_mains, plan.password_mains)
    battery = _after(plan.sleep_battery, plan.password_battery)
    if delay == _NEVER_ASKS or mains is None:
        return Locks(None)
    if battery is None:
        return Locks(None, told=False)
    return Locks(max(mains, battery) + delay)


def _after(sleep: int | None, password: bool | None) -> int | None:
    return sleep if sleep and password else None


def _ruled_plan(host: Host) -> Timeouts:
    """Return the plan in use as the policies change it."""
    try:
        plan = host.windows.timeouts()
    except Unavailable:
        plan = Timeouts()
    sleep = values_of(host, rf"{POWER_POLICY_KEY}\{_SLEEP_AFTER}")
    password = values_of(host, rf"{POWER_POLICY_KEY}\{_PASSWORD_ON_WAKING}")
    changed = {
        "sleep_mains": sleep.number("ACSettingIndex"),
        "sleep_battery": sleep.number("DCSettingIndex"),
        "password_mains": _flag(password.number("ACSettingIndex")),
        "password_battery": _flag(password.number("DCSettingIndex")),
    }
    return msgspec.structs.replace(
        plan, **{name: value for name, value in changed.items() if value is not None}
    )


def _flag(value: int | None) -> bool | None:
    return None if value is None else value != 0


def lock_of(host: Host, person: str) -> Locks:
    """Return when the screen of a person locks at the latest. Raises Missing, Denied."""
    ways = (by_inactivity(host), by_screen_saver(host, person), by_sleep(host, person))
    known = [way.after for way in ways if way.after is not None]
    return Locks(min(known) if known else None, told=bool(known) or all(w.told for w in ways))


@collector("windows", sees=(DeviceScreenLock,))
def screen_lock(host: Host) -> list[Seen]:
    """Say what holds for the person whose screen locks last; for the absent nothing is claimed."""
    everybody = by_inactivity(host)
    locks = [lock_of(host, person) for person in people(host)]
    if any(one.told and one.after is None for one in locks):
        return [saw(DeviceScreenLock("windows", enabled=False, after_seconds=0))]
    others = unseen_people(host, datetime.now(UTC))
    why = NotSeen("not_on_this_system", detail="PowerReadACValueIndex")
    if others and everybody.after is None:
        why = NotSeen("not_looked", detail=f"ProfileList: {len(others)}")
    elif all(one.told for one in locks):
        slowest = max(one.after or 0 for one in locks)
        return [saw(DeviceScreenLock("windows", enabled=True, after_seconds=slowest))]
    hidden = {"enabled": why, "after_seconds": why}
    return [saw(DeviceScreenLock("windows", enabled=None, after_seconds=None), **hidden)]
