"""The registry, through ``reg query``: names and types are the same in every language."""

import re
from collections.abc import Mapping

from tojimari.collect.host import Host

Values = Mapping[str, str | int]
"""Value name -> its data; REG_DWORD is a number."""

_VALUE = re.compile(r"^\s*(\S.*?)\s+(REG_[A-Z_]+)(?:\s+(.*))?$")


def parse_reg(text: str) -> dict[str, dict[str, str | int]]:
    """Return key -> value name -> value from ``reg query``; REG_DWORD becomes a number.

    Values that stand before the first key are held under "".
    """
    keys: dict[str, dict[str, str | int]] = {}
    key = ""
    for line in text.splitlines():
        if line.startswith("HKEY_"):
            key = line.strip()
            keys.setdefault(key, {})
        elif match := _VALUE.match(line):
            name, kind, value = match.group(1), match.group(2), (match.group(3) or "").strip()
            number = re.fullmatch(r"0x([0-9a-fA-F]{1,16})", value)
            held = int(number.group(1), 16) if kind == "REG_DWORD" and number else value
            keys.setdefault(key, {})[name] = held
    return keys


def below(host: Host, key: str, name: str) -> dict[str, str | int]:
    """Return the value ``name`` of every key below ``key``: path below it -> value.

    Nothing is returned where the key or the value is not there: ``reg`` then prints no value.
    Raises as ``Host.run``.
    """
    found = parse_reg(host.run(["reg", "query", key, "/s", "/v", name]).out)
    inside = key.lower() + "\\"
    return {
        path[len(inside) :].lower(): values[name]
        for path, values in found.items()
        if path.lower().startswith(inside) and name in values
    }


def values_of(host: Host, key: str, name: str = "") -> Values:
    """Return the values of ``key`` itself, or only ``name``; empty where it is not there.

    Raises as ``Host.run``.
    """
    argv = ["reg", "query", key, *(["/v", name] if name else [])]
    held: dict[str, str | int] = {}
    for path, values in parse_reg(host.run(argv).out).items():
        if path.lower() in ("", key.lower()):
            held |= values
    return held
