"""Property lists of a Mac, and settings in layers: what a profile set decides over the rest.

A management writes what its profiles set to ``/Library/Managed Preferences``, for everybody or
below a person's name for one; what was set on the Mac itself stands in ``/Library/Preferences``.
"""

import glob
import plistlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec

from tojimari.collect.host import Host, Missing, Nonsense

ID = ("/usr/bin/id", "-un")
_MOST_BYTES = 4 * 1024 * 1024
_MANAGED = "/Library/Managed Preferences"
_OWN = "/Library/Preferences"
_EARLIEST, _LATEST = 2001, 2200
"""Years a date may lie in: "distant past" and "distant future" (years 1 and 4001) are no dates."""

Plist = dict[str, Any]
"""The top of a property list: name -> text, number, bool, date, list or further names."""


def parse_plist(data: bytes, name: str) -> Plist | list[Any]:
    """Return what a property list holds, XML or binary. ``name`` is said in the error.

    Raises Nonsense for what is none, or holds neither names nor a list.
    """
    try:
        held = plistlib.loads(data)
    except Exception as error:  # a damaged list fails in a dozen different ways
        raise Nonsense(f"{name}: {type(error).__name__}: {error}"[:200]) from error
    if not isinstance(held, dict | list):
        raise Nonsense(f"{name}: {type(held).__name__}")
    return held


def read_plist(host: Host, path: str) -> Plist:
    """Return the names of a property list. Raises Missing, Denied or Nonsense."""
    held = parse_plist(host.read_bytes(path, _MOST_BYTES), path)
    if not isinstance(held, dict):
        raise Nonsense(f"{path}: a list")
    return held


def moment(held: object) -> datetime | None:
    """Return a date of a property list, which is in UTC and does not say so; None for no date."""
    if not isinstance(held, datetime) or not _EARLIEST < held.year < _LATEST:
        return None
    return held.replace(tzinfo=UTC)


def flag(held: object) -> bool | None:
    """Return a switch: true, false, 1 or 0; None for everything else (a text is no switch)."""
    return bool(held) if isinstance(held, bool | int) and held in (0, 1) else None


def number(held: object) -> int | None:
    """Return a whole number; None for everything else."""
    if isinstance(held, bool) or not isinstance(held, int | float):
        return None
    return int(held) if held == held and abs(held) < 2**53 else None


class Settings(msgspec.Struct, frozen=True):
    """A domain of settings, layer by layer.

    Attributes:
        managed: what profiles set.
        own: what was set on the Mac.
    """

    managed: Plist
    own: Plist

    def held(self, name: str) -> object:
        """Return what holds: a profile's value, else the Mac's own; None where nobody set it."""
        return self.managed.get(name, self.own.get(name))

    def flag(self, name: str) -> bool | None:
        """Return a switch; None where nobody set it."""
        return flag(self.held(name))

    def number(self, name: str) -> int | None:
        """Return a number; None where nobody set it."""
        return number(self.held(name))


def managed(host: Host, domain: str, person: str = "") -> Plist:
    """Return what profiles set in ``domain``, for ``person`` over for everybody; {} for nothing.

    Raises Denied, Nonsense.
    """
    folders = [_MANAGED, *([f"{_MANAGED}/{person}"] if person else [])]
    return {
        name: held
        for folder in folders
        for name, held in _of(host, f"{folder}/{domain}.plist").items()
    }


def settings(host: Host, domain: str) -> Settings:
    """Return the settings of ``domain`` that hold for everybody. Raises Denied, Nonsense."""
    return Settings(managed(host, domain), _of(host, f"{_OWN}/{domain}.plist"))


def _of(host: Host, path: str) -> Plist:
    try:
        return read_plist(host, path)
    except Missing:
        return {}


def home() -> str:
    """Return the folder of the person who looks, e.g. ``/Users/hanako``, as part of a pattern."""
    return glob.escape(str(Path.home()))


def person(host: Host) -> str:
    """Return the account's name of the one who looks. Raises as ``Host.run``, and Nonsense."""
    name = host.run(ID).out.strip()
    if not name or "/" in name:
        raise Nonsense("id printed no name")
    return name
