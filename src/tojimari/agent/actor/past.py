"""Whether the device's notes may have gone back: an image put back, a machine set to a snapshot.

Notes that went back have forgotten numbers of tasks that were done. The disk cannot tell by itself;
but a disk is put back while the machine is off, and a machine set back to a snapshot finds that more
time has gone by than it counted.
"""

import time
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

_BOOT = Path("/proc/sys/kernel/random/boot_id")
CLOCK_SLACK = timedelta(minutes=10)
"""Clocks are set by so much without anything having gone back."""


class Moment(msgspec.Struct, frozen=True):
    """Where a device stands in time.

    Attributes:
        at: what its clock says, aware.
        boot: id of this start of the machine; "" where it is not known.
        awake: seconds since that start, sleep included.
    """

    at: datetime
    boot: str
    awake: float


def moment(at: datetime) -> Moment:
    """Return where this device stands at ``at``, which is now."""
    try:
        boot = _BOOT.read_text().strip()
    except OSError:
        boot = ""
    return Moment(at, boot, time.clock_gettime(time.CLOCK_BOOTTIME))


def machine_started(at: datetime) -> datetime:
    """Return when this machine started, by the clock that says ``at`` now."""
    return at - timedelta(seconds=time.clock_gettime(time.CLOCK_BOOTTIME))


def forgotten_until(before: Moment | None, now: Moment) -> datetime | None:
    """Return until when tasks may have been done that the notes do not hold; None: they are whole.

    before: when the notes were written last. A start of the machine counts, since nobody can say
    whether the disk is the same: what was signed before it is not taken any more.
    """
    if before is None:
        return None
    if before.boot and before.boot == now.boot:
        counted = timedelta(seconds=now.awake - before.awake)
        return now.at if now.at - before.at - counted > CLOCK_SLACK else None
    return max(before.at, now.at - timedelta(seconds=now.awake))
