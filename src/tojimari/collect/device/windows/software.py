"""Installed programs: every list of what can be uninstalled, and packages of the store."""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Literal, NamedTuple

from tojimari.collect.device.windows.registry import people, values_of
from tojimari.collect.host import Denied, Host
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.collect.windows_system import HKLM, Values
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceSoftware, SoftwareCount, SoftwareItem

_UNINSTALL = r"Microsoft\Windows\CurrentVersion\Uninstall"
_SOFTWARE = ("SOFTWARE", r"SOFTWARE\WOW6432Node")
_PACKAGES = (
    r"SOFTWARE\Classes\Local Settings\Software\Microsoft\Windows\CurrentVersion"
    r"\AppModel\Repository\Packages"
)
# Name_Version_Architecture_ResourceId_PublisherId: the full name of a package (MSIX identity).
_FULL_NAME = re.compile(
    r"([A-Za-z0-9.-]{3,50})_(\d+(?:\.\d+){1,3})_([a-z0-9]+)_([^_]*)_([a-z0-9]{13})"
)
_WHOLE = ("", "neutral")
"""Resource ids of packages that are no part of another."""
_WINDOWS_ITSELF = "cw5n1h2txyewy"
"""Publisher id of the packages that are parts of Windows and are updated with it."""
_MOST = 20_000
_LONGEST = 200


class Program(NamedTuple):
    """An entry of a list of what can be uninstalled."""

    name: str
    version: str
    publisher: str
    scope: Literal["machine", "person"]


def _uninstall_keys(host: Host) -> Iterator[tuple[str, Literal["machine", "person"]]]:
    for software in _SOFTWARE:
        yield rf"{HKLM}\{software}\{_UNINSTALL}", "machine"
    for person in people(host):
        for software in _SOFTWARE:
            yield rf"{person}\{software}\{_UNINSTALL}", "person"


def _is_program(entry: Values) -> bool:
    """Whether an entry is a program of its own, as the list of apps shows it.

    Parts of a program (``SystemComponent``) and updates of one (``ParentKeyName``,
    ``ReleaseType``) are not.
    """
    return (
        bool(entry.text("DisplayName"))
        and entry.number_if_any("SystemComponent") != 1
        and not entry.text("ParentKeyName")
        and not entry.text("ReleaseType")
    )


def programs(host: Host) -> list[Program]:
    """Return the programs in the lists of 64-bit and 32-bit ones, of the computer and of people.

    Source: the Uninstall key of the Windows Installer's reference. A list that may not be read is
    left out. Raises Missing.
    """
    found: dict[Program, None] = {}
    for key, scope in _uninstall_keys(host):
        try:
            for name in host.windows.subkeys(key):
                entry = values_of(host, rf"{key}\{name}")
                if _is_program(entry) and len(found) < _MOST:
                    found[_program(entry, scope)] = None
        except Denied:
            continue
    return list(found)


def _program(entry: Values, scope: Literal["machine", "person"]) -> Program:
    name, version, publisher = (
        entry.text(value)[:_LONGEST] for value in ("DisplayName", "DisplayVersion", "Publisher")
    )
    return Program(name, version, publisher, scope)


def packages(host: Host) -> list[SoftwareItem]:
    """Return the packages of the store that somebody who is signed in has. Raises Missing.

    Packages that hold only a language or a size of pictures of another are not listed.
    """
    found: dict[SoftwareItem, None] = {}
    for person in people(host):
        try:
            names = host.windows.subkeys(rf"{person}\{_PACKAGES}")
        except Denied:
            continue
        for full_name in names:
            match = _FULL_NAME.fullmatch(full_name)
            if match and match.group(4) in _WHOLE and len(found) < _MOST:
                name, version, publisher = match.group(1, 2, 5)
                found[SoftwareItem(name, version, "app", publisher == _WINDOWS_ITSELF)] = None
    return list(found)


@collector("windows", sees=(DeviceSoftware,), limit_seconds=10.0)
def software(host: Host) -> list[Seen]:
    """List programs and store packages; no maker's own list of what Windows itself maintains exists.

    So every program counts as from elsewhere, Microsoft's too: Office and others end on days of
    their own. Of people who are not signed in nothing is seen.
    """
    items = [SoftwareItem(one.name, one.version, "registry", False) for one in programs(host)]
    items = sorted({*items, *packages(host)}, key=lambda one: (one.source, one.name, one.version))
    if not items:
        return [missed(DeviceSoftware, NotSeen("nonsense", detail="Uninstall"))]
    counts = sorted(Counter(one.source for one in items).items())
    return [saw(DeviceSoftware(tuple(items), tuple(SoftwareCount(*one) for one in counts)))]
