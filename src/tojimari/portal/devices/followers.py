"""Who follows what a device reports: apps above this one declare it; nobody is asked by name."""

from collections.abc import Callable, Sequence

import msgspec

from tojimari.model import Observation
from tojimari.portal.devices.models import Device


class Follower(msgspec.Struct, frozen=True):
    """An app that keeps something of its own about what devices report.

    Attributes:
        heard: is told what a report says, within its transaction and under the company's lock.
        forgotten: is told, in the same way, that a device is being removed.
    """

    heard: Callable[[Device, Sequence[Observation]], None]
    forgotten: Callable[[Device], None]


_FOLLOWERS: list[Follower] = []


def followed_by(follower: Follower) -> None:
    """Declare a follower; declaring the same again changes nothing."""
    if follower not in _FOLLOWERS:
        _FOLLOWERS.append(follower)


def tell_followers(device: Device, facts: Sequence[Observation]) -> None:
    """Tell every follower what a report of a device says."""
    for follower in _FOLLOWERS:
        follower.heard(device, facts)


def forget_with_followers(device: Device) -> None:
    """Let every follower forget a device that is being removed."""
    for follower in _FOLLOWERS:
        follower.forgotten(device)
