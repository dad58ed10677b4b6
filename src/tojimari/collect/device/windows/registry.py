"""The registry as collectors ask it: names and types are the same in every language."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from tojimari.collect.host import Denied, Host
from tojimari.collect.windows_system import HKCU, HKLM, HKU, Value, Values

CURRENT_VERSION_KEY = rf"{HKLM}\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
SERVICES_KEY = rf"{HKLM}\SYSTEM\CurrentControlSet\Services"
POLICY_MANAGER_KEY = rf"{HKLM}\SOFTWARE\Microsoft\PolicyManager\current\device"
"""What a device management (MDM) decided for the device, by area (Policy CSP)."""

UNUSED = timedelta(days=90)
"""After which an account counts as no longer used."""
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_HALF = 0xFFFFFFFF
_DEEPEST, _MOST_KEYS = 8, 2_000
_DISABLED = 4


def values_of(host: Host, key: str) -> Values:
    """Return the values of ``key`` itself; empty where it is not there. Raises Missing, Denied."""
    return host.windows.values(key)


def below(host: Host, key: str, name: str) -> dict[str, Value]:
    """Return the value ``name`` of every key below ``key``: path below it, lower case -> value.

    Raises Missing, Denied.
    """
    windows = host.windows
    found: dict[str, Value] = {}
    waiting = [(sub, 1) for sub in windows.subkeys(key)]
    for _ in range(_MOST_KEYS):
        if not waiting:
            break
        path, depth = waiting.pop()
        held = windows.values(f"{key}\\{path}").get(name)
        if held is not None:
            found[path.lower()] = held
        if depth < _DEEPEST:
            waiting += [(f"{path}\\{sub}", depth + 1) for sub in windows.subkeys(f"{key}\\{path}")]
    return found


def ruling_number(host: Host, name: str, *keys: str) -> int | None:
    """Return the number of the first of ``keys`` that has one: policies first, then the setting.

    Raises Missing, and Denied where a key that might rule may not be read.
    """
    for key in keys:
        if (found := values_of(host, key).number(name)) is not None:
            return found
    return None


def service_disabled(host: Host, service: str) -> bool | None:
    """Return whether a service can never start; None where there is no such service.

    Source: the start types of the Service Control Manager (``SERVICE_DISABLED``, winsvc.h).
    Raises Missing, Denied.
    """
    start = values_of(host, rf"{SERVICES_KEY}\{service}").number("Start")
    return None if start is None else start == _DISABLED


def signed_in(host: Host) -> tuple[str, ...]:
    """Return the ids of the people whose part of the registry is loaded. Raises Missing."""
    try:
        names: Iterable[str] = host.windows.subkeys(HKU)
    except Denied:
        names = ()
    return tuple(name for name in names if _of_a_person(name))


def people(host: Host) -> tuple[str, ...]:
    """Return the keys of the people whose part of the registry is loaded and may be read.

    Those who are not signed in have theirs in files that are not read, and of others who are only
    an administrator may read it. Where none is listed it is that of whoever runs this. Raises
    Missing.
    """
    loaded = signed_in(host)
    return tuple(rf"{HKU}\{name}" for name in loaded if _may_read(host, name)) or (HKCU,)


def _may_read(host: Host, name: str) -> bool:
    try:
        host.windows.subkeys(rf"{HKU}\{name}")
    except Denied:
        return False
    return True


def _of_a_person(name: str) -> bool:
    """Whether the id is of a person's account: local or of a domain, or of Entra ID (MS-DTYP)."""
    return name.upper().startswith(("S-1-5-21-", "S-1-12-1-")) and not name.endswith("_Classes")


def unseen_people(host: Host, now: datetime) -> tuple[str, ...]:
    """Return the ids of people who have a profile here and whose settings cannot be seen now.

    What they set for themselves is not known, so nothing that each person decides is fine for
    all of them. A profile that was last loaded more than 90 days ago is nobody's screen; where
    that was not written down it counts. Source: the list of profiles (``ProfileList``). Raises
    Missing, Denied.
    """
    seen = {key.rpartition("\\")[2].upper() for key in people(host)}
    key = rf"{CURRENT_VERSION_KEY}\ProfileList"
    found = []
    for name in host.windows.subkeys(key):
        if _of_a_person(name) and name.upper() not in seen:
            at = _loaded_at(values_of(host, rf"{key}\{name}"))
            if at is None or now - at <= UNUSED:
                found.append(name)
    if seen == {HKCU}:
        # Whoever runs this is among them, and which one is not told.
        return tuple(found[1:])
    return tuple(found)


def _loaded_at(profile: Values) -> datetime | None:
    high, low = (profile.number_if_any(f"LocalProfileLoadTime{part}") for part in ("High", "Low"))
    if not high or low is None:
        return None
    try:
        return _EPOCH + timedelta(microseconds=(((high & _HALF) << 32) | (low & _HALF)) // 10)
    except OverflowError:
        return None
