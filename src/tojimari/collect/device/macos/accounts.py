"""Accounts of people, who of them is an administrator, guests and logging in by itself."""

import re

from tojimari.collect.device.macos.preferences import Settings, flag, managed, person, settings
from tojimari.collect.host import Host, Nonsense, Unavailable
from tojimari.collect.look import Seen, collector, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceAccounts

USERS = ("/usr/bin/dscl", ".", "-list", "/Users", "UniqueID")
ADMINISTRATORS = ("/usr/bin/dscl", ".", "-read", "/Groups/admin", "GroupMembership")
GUEST = ("/usr/sbin/sysadminctl", "-guestAccount", "status")
_LOGIN_WINDOW, _MANAGED_CLIENT = "com.apple.loginwindow", "com.apple.MCX"
_FIRST_PERSON = 500
"""Numbers below belong to the system."""


def parse_users(text: str) -> dict[str, int]:
    """Return name -> number of every account. Raises Nonsense."""
    found = dict(re.findall(r"^\s*(\S+)\s+(-?\d{1,10})\s*$", text, re.MULTILINE))
    if not found:
        raise Nonsense("dscl listed no accounts")
    return {name: int(number) for name, number in found.items()}


def parse_members(text: str) -> set[str]:
    """Return who belongs to a group. Raises Nonsense where dscl printed no members."""
    match = re.match(r"\s*GroupMembership:(.*)", text)
    if match is None:
        raise Nonsense("dscl printed no members")
    return set(match.group(1).split())


def parse_guest(text: str) -> bool | None:
    """Return whether guests may log in, as ``sysadminctl`` writes it to standard error."""
    match = re.search(r"\bGuest account (enabled|disabled)\b", text)
    return None if match is None else match.group(1) == "enabled"


def guest_enabled(host: Host, login_window: Settings) -> bool | None:
    """Return whether guests may log in: by profile, by the tool, by the setting."""
    try:
        rules = managed(host, _MANAGED_CLIENT)
    except Unavailable:
        rules = {}
    if flag(rules.get("DisableGuestAccount")):
        return False
    try:
        status = host.run(GUEST)
        said = parse_guest(status.err + "\n" + status.out)
    except Unavailable:
        said = None
    return login_window.flag("GuestEnabled") if said is None else said


CONSOLE = ("/usr/bin/stat", "-f", "%Su", "/dev/console")


def _is_administrator(host: Host, members: set[str]) -> bool | None:
    """Whether the one who works here is one: who looks, or whose screen it is where root looks."""
    try:
        name = person(host)
        if name == "root":
            name = host.run(CONSOLE).out.strip()
    except Unavailable:
        return None
    return None if name in ("", "root") or not name.isprintable() else name in members


@collector("macos", sees=(DeviceAccounts,))
def accounts(host: Host) -> list[Seen]:
    """Read the Mac's own accounts; those that a directory lends it are not seen.

    Raises as ``Host.run``, and Nonsense.
    """
    users = parse_users(host.run(USERS).out)
    members = parse_members(host.run(ADMINISTRATORS).out)
    people = sorted(n for n, uid in users.items() if uid >= _FIRST_PERSON and n[:1] != "_")
    not_told = NotSeen("not_told", detail=_LOGIN_WINDOW)
    hidden: dict[str, NotSeen] = {}
    try:
        login_window = settings(host, _LOGIN_WINDOW)
    except Unavailable:
        login_window = None
    guest = guest_enabled(host, login_window or Settings({}, {}))
    if guest is None:
        hidden["guest_enabled"] = not_told
    if login_window is None:
        hidden["auto_login"] = not_told
    works_as_administrator = _is_administrator(host, members)
    if works_as_administrator is None:
        hidden["user_is_administrator"] = NotSeen("not_looked", detail="root")
    return [
        saw(
            DeviceAccounts(
                people=tuple(people),
                administrators=tuple(name for name in people if name in members),
                uid0=tuple(sorted(n for n, uid in users.items() if uid == 0 and n != "root")),
                inactive=(),
                inactive_known=False,
                guest_enabled=guest,
                auto_login=bool(login_window.held("autoLoginUser")) if login_window else None,
                user_is_administrator=works_as_administrator,
            ),
            **hidden,
        )
    ]
