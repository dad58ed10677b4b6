"""What a device takes along when it asks, and whom it trusts: the app that has it declares it."""

from collections.abc import Callable
from uuid import UUID

import msgspec

from tojimari.portal.devices.models import Device


class Errand(msgspec.Struct, frozen=True):
    """What a device is handed with an answer.

    Attributes:
        tasks: signed tasks, in the order of their numbers.
        stopped: ids of tasks it was handed that must not be done any more.
        task_keys: statements of each earlier task key about the next, the oldest first.
    """

    tasks: tuple[str, ...] = ()
    stopped: tuple[UUID, ...] = ()
    task_keys: tuple[str, ...] = ()


class Source(msgspec.Struct, frozen=True):
    """Where errands come from.

    Attributes:
        of: for a device, what it takes along now.
        key: the public key (hex) a new device is to trust with tasks; "" while there is none.
    """

    of: Callable[[Device], Errand]
    key: Callable[[], str]


_SOURCES: list[Source] = []


def errands_come_from(source: Source) -> None:
    """Declare where errands come from; declaring the same again changes nothing."""
    if source not in _SOURCES:
        _SOURCES.append(source)


def errand_of(device: Device) -> Errand:
    """Return what a device takes along now; nothing where no app has errands."""
    return _SOURCES[0].of(device) if _SOURCES else Errand()


def task_key() -> str:
    """Return the public key (hex) that a new device is to trust with tasks; "" for none."""
    return _SOURCES[0].key() if _SOURCES else ""
