"""Linux inside Windows (WSL): its disks are files of the Windows around it, which also guards it."""

from tojimari.collect.host import Host, Unavailable
from tojimari.model import NotSeen

WINDOWS_DECIDES = NotSeen("host_decides")
GRAPHICS = "/mnt/wslg"
"""Where WSL mounts its windows on the Linux side; nothing else uses the place."""

# The kernel's own name; a kernel of one's own has another, but then these are there.
_KERNEL = "/proc/sys/kernel/osrelease"
_MARKS = (
    "/run/WSL",
    "/proc/sys/fs/binfmt_misc/WSLInterop",
    "/proc/sys/fs/binfmt_misc/WSLInterop-late",
    GRAPHICS,
)


def inside_windows(host: Host) -> bool:
    """Return whether this Linux runs in WSL, version 1 or 2."""
    try:
        if "microsoft" in host.read(_KERNEL).lower():
            return True
    except Unavailable:
        pass
    return any(_exists(host, mark) for mark in _MARKS)


def _exists(host: Host, path: str) -> bool:
    try:
        return host.exists(path)
    except Unavailable:
        return False
