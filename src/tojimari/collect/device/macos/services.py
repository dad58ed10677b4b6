"""Whether launchd starts a service that others reach: what was switched, else how it comes."""

import re

from tojimari.collect.device.macos.preferences import flag, read_plist
from tojimari.collect.host import Host, Unavailable

OVERRIDES = ("/bin/launchctl", "print-disabled", "system")
_DAEMONS = "/System/Library/LaunchDaemons"


def parse_overrides(text: str) -> dict[str, bool]:
    """Return service -> whether it is on, of those somebody once switched.

    macOS says "enabled" and "disabled"; up to version 11 it answered the question "is it disabled"
    with "true" and "false".
    """
    rows = re.findall(r'^\s*"([^"\n]+)" => (enabled|disabled|true|false)\s*$', text, re.MULTILINE)
    return {name: said in ("enabled", "false") for name, said in rows}


def enabled(host: Host, label: str, file: str) -> bool | None:
    """Return whether launchd starts ``label``; None where that was not told.

    file: name of the service's own file, whose ``Disabled`` holds while nobody switched it.
    Raises as ``Host.run``.
    """
    switched = parse_overrides(host.run(OVERRIDES).out).get(label)
    if switched is not None:
        return switched
    try:
        own = read_plist(host, f"{_DAEMONS}/{file}")
    except Unavailable:
        return None
    return not flag(own.get("Disabled", False))
