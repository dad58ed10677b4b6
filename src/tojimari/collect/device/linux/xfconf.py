"""Xfce's settings as its daemon reads them: the system's file, the person's own over it, locks."""

import re
from typing import TYPE_CHECKING, NamedTuple

from tojimari.collect.device.linux.config_text import read_beginning
from tojimari.collect.host import Host

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

_FOLDER = "xfce4/xfconf/xfce-perchannel-xml"
_DEEPEST = 20


class _Property(NamedTuple):
    value: str | None
    locked: bool


class _File(NamedTuple):
    properties: dict[str, _Property]
    locked: bool


def parse_channel(text: str) -> _File:
    """Return path -> property of one channel's file, and whether all of it is locked.

    A lock for some people alone counts as one. A broken file holds nothing, as for xfconfd.
    """
    if not text.strip() or re.search(r"<!(?!--)", text):  # declarations are none of a channel's
        return _File({}, locked=False)
    # Only here: most computers have no Xfce, and every look reads this module.
    from xml.etree import ElementTree

    try:
        channel = ElementTree.fromstring(text)  # noqa: S314  # without declarations, as just seen
    except ElementTree.ParseError:
        return _File({}, locked=False)
    found: dict[str, _Property] = {}

    def visit(element: "Element", path: str, depth: int) -> None:
        for child in element:
            name = child.get("name")
            if child.tag == "property" and name and depth < _DEEPEST:
                value = child.get("value") if child.get("type") != "empty" else None
                locked = bool(child.get("locked") or child.get("unlocked"))
                found[f"{path}/{name}"] = _Property(value, locked)
                visit(child, f"{path}/{name}", depth + 1)

    visit(channel, "", 0)
    return _File(found, bool(channel.get("locked") or channel.get("unlocked")))


class Channel:
    """What holds for one person in one channel ("xfce4-screensaver")."""

    def __init__(self, host: Host, home: str, name: str) -> None:
        """Read the system's file and the person's; ``home`` is the person's home folder."""
        system = parse_channel(read_beginning(host, f"/etc/xdg/{_FOLDER}/{name}.xml"))
        own = parse_channel(read_beginning(host, f"{home}/.config/{_FOLDER}/{name}.xml"))
        self._said = {
            path: one.value for path, one in system.properties.items() if one.value is not None
        }
        for path, one in own.properties.items():
            below = system.properties.get(path)
            locked = system.locked or (below is not None and below.locked)
            if one.value is not None and not locked:
                self._said[path] = one.value

    def switch(self, path: str, default: bool) -> bool:
        """Return a setting that is on or off."""
        return {"true": True, "false": False}.get(self._said.get(path, ""), default)

    def number(self, path: str, default: int) -> int:
        """Return a setting that is a whole number."""
        said = self._said.get(path, "")
        return int(said) if re.fullmatch(r"-?\d{1,9}", said, re.ASCII) else default
