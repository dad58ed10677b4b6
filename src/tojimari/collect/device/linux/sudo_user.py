"""Whether who looks may use sudo, so that no command is offered that would be refused."""

import os

from tojimari.collect.device.linux.os_release import read_distribution
from tojimari.collect.device.linux.passwd import group_members, parse_passwd
from tojimari.collect.device.linux.rights import SudoRules
from tojimari.collect.host import Host, Unavailable

_GROUPS = ("sudo", "wheel", "admin")


def may_use_sudo(host: Host) -> bool | None:
    """Return whether the account that looks may become root by sudo; None where that is not told.

    sudo itself is not asked: it would write a refusal into the log, or send it by mail. Its rules may
    mostly be read by root alone; then the groups decide that distributions let in.
    """
    if host.is_root():
        return True
    try:
        accounts = parse_passwd(host.read("/etc/passwd"))
        groups = group_members(host.read("/etc/group"), accounts)
        rules = SudoRules(host)
    except Unavailable:
        return None
    uid = os.geteuid() if hasattr(os, "geteuid") else -1
    name = next((account.name for account in accounts if account.uid == uid), None)
    if name is None:
        return None  # an account of a directory service, whose groups stand there too
    if any(name in groups.get(group, ()) for group in _GROUPS):
        return True
    for who in rules.said.administrators():
        members = groups.get(who[1:], set()) if who.startswith("%") else {who}
        if who == "ALL" or name in members or who == f"#{uid}":
            return True
    if rules.elsewhere or rules.said.target_password or _asks_for_roots_password(host):
        return None
    return False


def _asks_for_roots_password(host: Host) -> bool:
    """Return whether sudo lets in anybody who knows root's password, as SUSE sets it up."""
    try:
        system = read_distribution(host)
    except Unavailable:
        return False
    return any("suse" in word or word == "sles" for word in (system.id, *system.like))
