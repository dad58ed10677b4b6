"""The application firewall: on or off by its own tool, by a profile, by the file of old.

``socketfilterfw`` tells what is in force. On a managed Mac it may refuse to; then the profile's
payload (``com.apple.security.firewall``) decides. Up to macOS 14 the state also stands in
``com.apple.alf.plist``; from 15 on that file is no longer there.
"""

import re

import msgspec

from tojimari.collect.device.macos.preferences import Settings, flag, managed, number, settings
from tojimari.collect.device.macos.versions import major, version_of
from tojimari.collect.host import Host, Nonsense, Unavailable
from tojimari.collect.look import Seen, collector, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceFirewall

TOOL = "/usr/libexec/ApplicationFirewall/socketfilterfw"
_PROFILE, _FILE_OF_OLD = "com.apple.security.firewall", "com.apple.alf"
_LAST_WITH_FILE = 14


class State(msgspec.Struct, frozen=True):
    """What a source says.

    Attributes:
        on: whether it filters what comes in; None where the source does not say.
        stealth: whether the Mac keeps silent on ports where nothing waits; None where the source
            does not say.
    """

    on: bool | None = None
    stealth: bool | None = None


def parse_state(text: str) -> bool | None:
    """Return whether it is on, from ``--getglobalstate``: 0 off, 1 on, 2 all is blocked."""
    match = re.search(r"\(State = ([012])\)", text)
    return None if match is None else match.group(1) != "0"


def parse_stealth(text: str) -> bool | None:
    """Return stealth mode from ``--getstealthmode``, as systems of today and of old print it."""
    match = re.search(r"\bstealth mode (?:is )?(on|off|enabled|disabled)\b", text, re.IGNORECASE)
    return None if match is None else match.group(1).lower() in ("on", "enabled")


def by_tool(host: Host) -> State:
    """Return what the tool says; nothing where it cannot be run."""

    def printed(option: str) -> str:
        try:
            return host.run([TOOL, option]).out
        except Unavailable:
            return ""

    return State(
        parse_state(printed("--getglobalstate")), parse_stealth(printed("--getstealthmode"))
    )


def by_profile(host: Host) -> State:
    """Return what a profile demands. Raises Denied, Nonsense."""
    rules = managed(host, _PROFILE)
    return State(flag(rules.get("EnableFirewall")), flag(rules.get("EnableStealthMode")))


def by_file(host: Host) -> State:
    """Return what the file of old says; nothing where the Mac is too new to keep it.

    Raises as ``Host.run`` and ``Host.read_bytes``.
    """
    held: Settings = settings(host, _FILE_OF_OLD)
    state = number(held.held("globalstate"))
    if state not in (0, 1, 2) or major(version_of(host)) > _LAST_WITH_FILE:
        return State()
    return State(state != 0, flag(held.held("stealthenabled")))


@collector("macos", sees=(DeviceFirewall,))
def firewall(host: Host) -> list[Seen]:
    """Say what the first source says that says anything. Raises Nonsense where none does."""
    states = [by_tool(host)]
    for source in (by_profile, by_file):
        try:
            states.append(source(host))
        except Unavailable:
            continue
    on = next((state.on for state in states if state.on is not None), None)
    stealth = next((state.stealth for state in states if state.stealth is not None), None)
    if on is None:
        # Tells a Mac without the tool from one whose tool does not say.
        host.run([TOOL, "--getglobalstate"])
        raise Nonsense("socketfilterfw gave no state")
    hidden = {"inbound_rules": NotSeen("not_on_this_system")}
    if stealth is None:
        hidden["stealth"] = NotSeen("not_told", detail="--getstealthmode")
    return [
        saw(
            DeviceFirewall(
                backend="macos",
                active=on,
                default_inbound="drop" if on else None,
                inbound_rules=None,
                stealth=stealth,
            ),
            **hidden,
        )
    ]
