"""A computer of any system on which a look saw its system and nothing else."""

from datetime import datetime
from typing import Literal

from tojimari.model import NotSeen, Observation, Subject, UnknownReason, seen, unseen
from tojimari.model.facts import DeviceOs, fact_kinds

COMMAND = "net share"
"""What would show half of it, as collectors name it."""
SYSTEMS: dict[str, tuple[Literal["linux", "windows", "macos"], str]] = {
    "windows 11": ("windows", "10.0.26100"),
    "windows 10": ("windows", "10.0.19045"),
    "macos": ("macos", "25.1.0"),
    "linux": ("linux", "6.1.0"),
}
_REASONS: tuple[UnknownReason, ...] = (
    "no_permission",
    "tool_missing",
    "not_on_this_system",
    "timed_out",
    "nonsense",
)


def nothing_seen(system: str, subject: Subject, at: datetime) -> list[Observation]:
    """Return what a look at one of ``SYSTEMS`` brings that may see nothing, for every reason."""
    family, build = SYSTEMS[system]
    os = DeviceOs(family, family, family, "x", None, build, "x86_64", virtual=False)
    kinds = [k for id_, k in fact_kinds().items() if id_.startswith("device.")]
    return [
        seen(os, subject=subject, source="measured", at=at),
        *(
            unseen(kind, NotSeen(_REASONS[n % 5], COMMAND if n % 2 else ""), subject=subject, at=at)
            for n, kind in enumerate(kinds)
            if kind.KIND not in ("device.os", "device.phone")
        ),
    ]
