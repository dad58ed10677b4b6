"""Registries of other machines: read from ``.reg`` exports and from what ``reg query`` printed."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Literal

from tojimari.collect.host import Denied, Missing
from tojimari.collect.windows_system import Adapter, OldestEvent, Timeouts, Value, Values
from tojimari.model.facts import ListeningSocket

ASSETS = Path(__file__).parents[1] / "assets" / "windows"
MACHINES = ASSETS / "machines"
HEADER = "Windows Registry Editor Version 5.00"

Keys = dict[str, dict[str, Value]]
"""Key as it is spelled -> value name -> value; the unnamed value is called ""."""

_PRINTED = re.compile(r"^\s*(\S.*?)\s+(REG_[A-Z_]+)(?:\s+(.*))?$")
_EXPORTED = re.compile(r'^(?:@|"((?:[^"\\]|\\.)*)")=(.*)$', re.DOTALL)
_HIVES = {"HKLM": "HKEY_LOCAL_MACHINE", "HKCU": "HKEY_CURRENT_USER", "HKU": "HKEY_USERS"}


def parse_query(text: str) -> Keys:
    """Return what ``reg query`` printed."""
    keys: Keys = {}
    key = ""
    for line in text.splitlines():
        if line.startswith("HKEY_"):
            key = line.strip()
            keys.setdefault(key, {})
        elif match := _PRINTED.match(line):
            name, kind, value = match.group(1), match.group(2), (match.group(3) or "").strip()
            keys.setdefault(key, {})[name] = _of_query(kind, value)
    return keys


def _of_query(kind: str, value: str) -> Value:
    if kind == "REG_DWORD" and re.fullmatch(r"0x[0-9a-fA-F]{1,16}", value):
        return int(value, 16)
    if kind == "REG_BINARY" and re.fullmatch(r"(?:[0-9a-fA-F]{2})*", value):
        return bytes.fromhex(value)
    return value


def parse_export(text: str) -> Keys:
    """Return the keys of a ``.reg`` export. Raises ValueError for what is none."""
    text = text.removeprefix("\ufeff")
    if not text.startswith(HEADER):
        raise ValueError("not an export of the registry")
    keys: Keys = {}
    held: dict[str, Value] = {}
    # A backslash at the end of a line of bytes goes on in the next one.
    for line in re.sub(r"\\\r?\n\s*", "", text).splitlines()[1:]:
        if line.startswith("["):
            held = keys.setdefault(line.strip()[1:-1], {})
        elif match := _EXPORTED.match(line):
            held[_plain(match.group(1) or "")] = _of_export(match.group(2).strip())
        elif line.strip() and not line.startswith(";"):
            raise ValueError(f"cannot be read: {line!r}")
    return keys


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _of_export(data: str) -> Value:
    if data.startswith('"'):
        return _plain(data[1:-1])
    if data.startswith("dword:"):
        return int(data[6:], 16)
    match = re.fullmatch(r"hex(?:\(([0-9a-f]+)\))?:([0-9a-fA-F,\s]*)", data)
    if match is None:
        raise ValueError(f"cannot be read: {data!r}")
    raw = bytes.fromhex(match.group(2).replace(",", ""))
    kind = match.group(1)
    if kind in ("1", "2"):
        return raw.decode("utf-16-le").rstrip("\0")
    if kind == "7":
        return tuple(filter(None, raw.decode("utf-16-le").split("\0")))
    if kind in ("4", "b"):
        return int.from_bytes(raw, "little")
    return raw


class RecordedWindows:
    """Another machine: its registry from an export, what its functions answered from a file."""

    def __init__(
        self,
        keys: Mapping[str, Mapping[str, Value]],
        answers: Mapping[str, Any] | None = None,
        *,
        denied: tuple[str, ...] = (),
        there: bool = True,
    ) -> None:
        self._values: dict[str, dict[str, Value]] = {}
        self._there = there
        self._below: dict[str, dict[str, str]] = {}
        self._answers, self._denied = dict(answers or {}), tuple(key.lower() for key in denied)
        for key, values in keys.items():
            hive, _, path = key.partition("\\")
            self._add("\\".join(filter(None, (_HIVES.get(hive, hive), path))), values)

    def _add(self, key: str, values: Mapping[str, Value]) -> None:
        self._values.setdefault(key.lower(), {}).update(values)
        while "\\" in key:
            key, _, name = key.rpartition("\\")
            self._below.setdefault(key.lower(), {})[name.lower()] = name

    def _check(self, key: str) -> str:
        if not self._there:
            raise Missing(f"registry: {key}")
        if any(key.lower().startswith(one) for one in self._denied):
            raise Denied(key)
        return key.lower()

    def values(self, key: str) -> Values:
        return Values(self._values.get(self._check(key), {}))

    def subkeys(self, key: str) -> tuple[str, ...]:
        return tuple(self._below.get(self._check(key), {}).values())

    def running(self, service: str) -> bool | None:
        if not self._there:
            raise Missing(service)
        known = {name.lower(): on for name, on in self._answers.get("services", {}).items()}
        if service.lower() in known:
            return bool(known[service.lower()])
        key = rf"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\{service}"
        return False if self._values.get(key.lower()) else None

    def firmware(self) -> Literal["uefi", "bios"] | None:
        found: Literal["uefi", "bios"] | None = self._told("firmware")
        return found

    def timeouts(self) -> Timeouts:
        return Timeouts(**self._told("timeouts"))

    def adapters(self) -> tuple[Adapter, ...]:
        rows: dict[str, list[str]] = self._told("adapters")
        return tuple(Adapter(name, tuple(servers)) for name, servers in rows.items())

    def processes(self) -> frozenset[str]:
        return frozenset(self._told("processes"))

    def sockets(self) -> tuple[ListeningSocket, ...]:
        return tuple(ListeningSocket(*row) for row in self._told("sockets"))

    def oldest_event(self, log: str) -> OldestEvent | None:
        logs: dict[str, Any] = self._told("oldest_events")
        if log not in logs:
            raise Denied(log)
        number, at = logs[log]
        return OldestEvent(number, datetime.fromisoformat(at))

    def removable_drives(self) -> tuple[str, ...]:
        return tuple(self._told("removable_drives"))

    def file_version(self, path: str) -> str:
        return str(self._answers.get("file_versions", {}).get(path, ""))

    def _told(self, function: str) -> Any:
        if function not in self._answers:
            raise Missing(function)
        return self._answers[function]


def key(path: str, **values: int | str) -> str:
    """Return a key as it stands in an export."""
    rows = [
        f'"{n}"=' + (f"dword:{v:08x}" if isinstance(v, int) else f'"{v}"')
        for n, v in values.items()
    ]
    return "\n".join([f"[{path}]", *rows, ""])


def machine(name: str, *extra: str) -> RecordedWindows:
    """Return a machine of the assets; ``extra`` are further exports, as text without the header."""
    return RecordedWindows(registry_of(name, *extra), answers_of(name))


def registry_of(name: str, *extra: str) -> Keys:
    """Return the keys of a machine's export, changed by ``extra`` exports."""
    keys = parse_export((MACHINES / f"{name}.reg").read_text("utf-8"))
    for text in extra:
        for key, values in parse_export(f"{HEADER}\n{text}").items():
            keys.setdefault(key, {}).update(values)
    return keys


def answers_of(name: str) -> dict[str, Any]:
    """Return what the functions of a machine answered."""
    path = MACHINES / f"{name}.json"
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


def machines() -> list[str]:
    """Return the names of all machines."""
    return sorted(path.stem for path in MACHINES.glob("*.reg"))
