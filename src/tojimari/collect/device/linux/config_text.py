"""Small settings files and scripts that anybody may have put there, read cheaply."""

import os
from pathlib import Path

from tojimari.collect.host import Host, Unavailable

_MAX_FILE = 256 * 1024
_MAX_LINE = 2000


def homes_of(host: Host) -> list[str]:
    """Return the home folders of people and root; on the running machine also our own."""
    homes = [*host.glob("/home/*"), "/root"]
    own = os.environ.get("HOME", "")
    if own and host.root == Path("/") and own not in homes:
        homes.append(own)
    return homes


def read_beginning(host: Host, path: str) -> str:
    """Return the beginning of a small text file without absurdly long lines; "" for none.

    Anybody may put a file of any size here; reading it must stay cheap.
    """
    try:
        text = host.read_bytes(path, _MAX_FILE).decode("utf-8", errors="replace")
    except Unavailable:
        return ""
    return "\n".join(line for line in text.splitlines() if len(line) <= _MAX_LINE)


def without_comments(text: str) -> str:
    """Return ``text`` without the lines that begin with "#"."""
    return "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))


def words_of(line: str) -> list[str]:
    """Return the words of a command line, quotes removed."""
    return [word.strip("\"'") for word in line.split()]
