"""The accounts and groups of /etc/passwd and /etc/group."""

import re
from typing import NamedTuple


class Account(NamedTuple):
    """One line of /etc/passwd.

    Attributes:
        password: its second field: ``x`` where /etc/shadow holds it, "" where none is asked for.
    """

    name: str
    password: str
    uid: int
    gid: int
    home: str
    shell: str


def of_a_directory(name: str) -> bool:
    """Whether a line stands for accounts of a directory service (NIS): ``+``, ``-``, ``+@staff``."""
    return name[:1] in ("+", "-")


def parse_passwd(text: str) -> list[Account]:
    """Return the accounts of a passwd file; broken lines are passed over."""
    found = []
    for line in text.splitlines():
        parts = line.split(":")
        if len(parts) != 7 or not parts[0] or of_a_directory(parts[0]):
            continue
        if all(re.fullmatch(r"\d{1,10}", number, re.ASCII) for number in parts[2:4]):
            name, password, uid, gid, _, home, shell = parts
            found.append(Account(name, password, int(uid), int(gid), home, shell.strip()))
    return found


def group_members(text: str, accounts: list[Account]) -> dict[str, set[str]]:
    """Return group -> its members: those it names, and whose own (primary) group it is."""
    groups: dict[str, set[str]] = {}
    for line in text.splitlines():
        parts = line.split(":")
        if len(parts) == 4 and not of_a_directory(parts[0]):
            named = {name for name in parts[3].split(",") if name}
            primary = {a.name for a in accounts if str(a.gid) == parts[2]}
            groups[parts[0]] = groups.get(parts[0], set()) | named | primary
    return groups
