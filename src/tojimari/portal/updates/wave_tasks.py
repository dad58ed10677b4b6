"""The tasks of a wave, in whatever company, and how many are in which state."""

import math
from collections import Counter
from typing import Any

from tojimari.portal.updates.models import DeviceTask, Wave


def tasks_of_wave(wave: Wave) -> Any:
    """Return the tasks of a wave, in whatever company."""
    return DeviceTask.objects.across("the devices of one wave").filter(proposal__wave=wave)


def counts(wave: Wave, stage: int | None = None) -> Counter[str]:
    """Return how many devices are in which state, in the wave or in one stage of it."""
    rows = tasks_of_wave(wave)
    rows = rows if stage is None else rows.filter(stage=stage)
    return Counter(rows.values_list("state", flat=True))


def size_of(stage: int, devices: int) -> int:
    """Return how many devices a stage lets go, of all that are in the wave."""
    return (1, max(1, math.ceil(devices / 10)), devices)[stage]
