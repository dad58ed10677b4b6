"""The registry as collectors ask it: names and types are the same in every language."""

from collections.abc import Iterable

from tojimari.collect.host import Denied, Host
from tojimari.collect.windows_system import HKCU, HKLM, HKU, Value, Values

CURRENT_VERSION_KEY = rf"{HKLM}\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
SERVICES_KEY = rf"{HKLM}\SYSTEM\CurrentControlSet\Services"
POLICY_MANAGER_KEY = rf"{HKLM}\SOFTWARE\Microsoft\PolicyManager\current\device"
"""What a device management (MDM) decided for the device, by area (Policy CSP)."""

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


def people(host: Host) -> tuple[str, ...]:
    """Return the keys of the people whose part of the registry is loaded now.

    Those who are not signed in have theirs in files that are not read. Where none is listed
    it is that of whoever runs this. Raises Missing.
    """
    try:
        names: Iterable[str] = host.windows.subkeys(HKU)
    except Denied:
        names = ()
    loaded = [name for name in names if _of_a_person(name)]
    return tuple(rf"{HKU}\{name}" for name in loaded) or (HKCU,)


def _of_a_person(name: str) -> bool:
    """Whether the id is of a person's account: local or of a domain, or of Entra ID (MS-DTYP)."""
    return name.upper().startswith(("S-1-5-21-", "S-1-12-1-")) and not name.endswith("_Classes")


def absent_people(host: Host) -> tuple[str, ...]:
    """Return the ids of people who have a profile here and whose settings are not loaded now.

    What they set for themselves cannot be seen, so nothing that each person decides is fine for
    all of them. Source: the list of profiles (``ProfileList``). Raises Missing, Denied.
    """
    loaded = {key.rpartition("\\")[2].upper() for key in people(host)}
    listed = host.windows.subkeys(rf"{CURRENT_VERSION_KEY}\ProfileList")
    if loaded == {HKCU}:
        return ()
    return tuple(sid for sid in listed if _of_a_person(sid) and sid.upper() not in loaded)
