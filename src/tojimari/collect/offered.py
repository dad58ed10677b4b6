"""Commands that a person may be shown: only those that this very Linux machine has."""

import re

import msgspec

from tojimari.collect.device.linux.sudo_user import may_use_sudo
from tojimari.collect.host import Denied, Host
from tojimari.collect.look import Seen
from tojimari.model import PLACE, NotSeen

_FOLDERS = (
    *("/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/local/sbin"),
    *("/run/wrappers/bin", "/run/current-system/sw/bin"),
)


def _has(host: Host, program: str) -> bool:
    for folder in _FOLDERS:
        try:
            if host.exists(f"{folder}/{program}"):
                return True
        except Denied:
            continue
    return False


def that_works(host: Host, command: str) -> str:
    """Return ``command`` as it works here: with this machine's way to be root; "" for none.

    A command that needs sudo is none for an account that may not use it. Where the root holds no shell it is part of a machine, and nothing is known of its programs. A
    place in the settings is none of them and stays.
    """
    if not command or command.startswith(PLACE) or not _has(host, "sh"):
        return command
    rooted = any(part.strip().startswith("sudo ") for part in re.split(r"&&|\|", command))
    bare = re.sub(r"(?<![\w/])sudo (?=[a-z])", "", command)
    programs = [part.split()[0] for part in re.split(r"&&|\|", bare) if part.split()]
    if not all(_has(host, name) for name in programs):
        return ""
    if not rooted:
        return command
    if _has(host, "sudo"):
        return "" if may_use_sudo(host) is False else command
    if _has(host, "doas"):
        return re.sub(r"(?<![\w/])sudo (?=[a-z])", "doas ", command)
    return f"su -c {_quoted(bare)}" if _has(host, "su") else ""


def _quoted(command: str) -> str:
    return "'" + command.replace("'", "'\\''") + "'"


def _reason(host: Host, why: NotSeen) -> NotSeen:
    # A question is nothing to run, nor is the bare name of a program that is missing.
    bare = why.reason == "tool_missing" and not why.see_with.startswith("sudo ")
    if why.reason == "not_asked" or bare:
        return why
    return msgspec.structs.replace(why, see_with=that_works(host, why.see_with))


def offered(host: Host, found: Seen) -> Seen:
    """Return what was seen, with commands that work on this machine in its reasons."""
    partly = {name: _reason(host, why) for name, why in found.partly_not_seen.items()}
    whole = None if found.not_seen is None else _reason(host, found.not_seen)
    return msgspec.structs.replace(found, not_seen=whole, partly_not_seen=partly)
