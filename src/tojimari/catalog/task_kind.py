"""Shapes of what a device may be asked to do from afar."""

from typing import Literal

import msgspec

from tojimari.model import Text

TaskSystem = Literal["linux", "windows", "macos"]
EngineName = Literal[
    "apt",
    "unattended-upgrades",
    "clamav",
    "automatic-updates",
    "ufw",
    "restart",
    "dnf",
    "winget",
    "windows-update",
    "softwareupdate",
    "nftables",
    "box",
]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class TaskParameter(_Strict, frozen=True):
    """What a kind asks for: its value fits ``pattern`` as a whole.

    Attributes:
        shown: how a value is shown to people, with ``{value}``; None for the value itself.
    """

    title: Text
    pattern: str
    example: str
    shown: Text | None = None


class TaskEngine(_Strict, frozen=True):
    """What does a kind on a system; the first that is there does it.

    Attributes:
        run_by_us: False: written after recordings and documentation, never run by us. Such an
            engine works only where root at the device said so (``agent allow --untried``).
    """

    engine: EngineName
    run_by_us: bool = True


class TaskKind(_Strict, frozen=True):
    """One thing that may be asked of a device. There are no others.

    Attributes:
        title: what it does, as a line of a list.
        plain: what happens, for those who say yes.
        undo: whether and how it can be taken back.
        engines: what does it on each system.
        controls: controls whose findings it may close.
        parameters: name -> what it asks for.
        default: whether a device that allows work from afar allows it without naming it.
        restarts: whether it restarts the device.
        emergency: whether it is for the moment in which something goes wrong: asked for on a page of
            its own by one person, never in a wave or under a policy, and done at once, without
            waiting for power, a cheaper line or other tasks.
        brings: kinds that a device allows along with it, because they undo it.
        order: place in lists.
    """

    id: str
    order: int
    title: Text
    plain: Text
    undo: Text
    engines: dict[TaskSystem, tuple[TaskEngine, ...]]
    controls: tuple[str, ...] = ()
    parameters: dict[str, TaskParameter] = {}
    default: bool = False
    restarts: bool = False
    emergency: bool = False
    brings: tuple[str, ...] = ()
