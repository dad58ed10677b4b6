"""What Windows' own Security Center knows of security products, Microsoft's and others'.

Windows Server has no Security Center. How the state is packed into ``productState`` is not in
Microsoft's reference; the parts used here are those that its own diagnosis scripts use.
"""

import re
from typing import Literal

import msgspec

from tojimari.collect.device.windows.api import instances_or_none
from tojimari.collect.host import Host, Unavailable

ProductClass = Literal["AntiVirusProduct", "FirewallProduct"]
Running = Literal["off", "on", "snoozed", "expired"]

_RUNNING: dict[int, Running] = {0x0000: "off", 0x1000: "on", 0x2000: "snoozed", 0x3000: "expired"}
_RUNNING_BITS, _OWNER_BITS, _SIGNATURE_BITS = 0xF000, 0x0F00, 0x00F0
_MICROSOFT, _CURRENT, _OUTDATED = 0x0100, 0x0000, 0x0010
NAMESPACE = r"root\SecurityCenter2"


class _Entry(msgspec.Struct):
    name: str | None = msgspec.field(name="displayName", default=None)
    state: int | None = msgspec.field(name="productState", default=None)
    program: str | None = msgspec.field(name="pathToSignedProductExe", default=None)


class Registered(msgspec.Struct, frozen=True):
    """A product that is registered with the Security Center.

    Attributes:
        name: as the product calls itself.
        running: "snoozed" and "expired" products protect nobody; None where it was not told.
        current: whether its signatures are current, as it reported; None where it was not told.
        microsoft: whether it came with Windows.
        program: path of its program; "" where it was not told.
    """

    name: str
    running: Running | None
    current: bool | None
    microsoft: bool
    program: str = ""

    @property
    def protects(self) -> bool | None:
        """Whether it is on; None where it was not told."""
        return None if self.running is None else self.running == "on"


def decoded(name: str, state: int, program: str = "") -> Registered:
    """Return the product that ``productState`` describes."""
    signatures = state & _SIGNATURE_BITS
    return Registered(
        name=name,
        running=_RUNNING.get(state & _RUNNING_BITS),
        current={_CURRENT: True, _OUTDATED: False}.get(signatures),
        microsoft=state & _OWNER_BITS == _MICROSOFT,
        program=program,
    )


def registered(host: Host, product_class: ProductClass) -> tuple[Registered, ...] | None:
    """Return the registered products; None where there is no Security Center to ask.

    Products leave entries behind when they are removed or updated: one whose program is gone is
    no product, and several of one name are one.
    """
    listed = instances_or_none(host, NAMESPACE, product_class, _Entry)
    if listed is None:
        return None
    merged: dict[str, Registered] = {}
    for product in filter(None, map(_product, listed)):
        if not _gone(host, product.program):
            before = merged.get(product.name)
            merged[product.name] = _one(before, product) if before else product
    return tuple(merged.values())


def _product(entry: _Entry) -> Registered | None:
    """Return what an entry tells; None where it has no name or no state."""
    if not entry.name or entry.state is None:
        return None
    return decoded(entry.name, entry.state, entry.program or "")


def _gone(host: Host, program: str) -> bool:
    """Return whether the program of an entry is not there; places with variables are not looked at."""
    if not re.match(r"[A-Za-z]:\\", program):
        return False
    try:
        return not host.exists(program)
    except Unavailable:
        return False


def _one(first: Registered, second: Registered) -> Registered:
    """Return two entries of one product as one: on if either is; what they disagree on is open."""
    on = next((one for one in (first, second) if one.protects), first)
    current = first.current if first.current == second.current else None
    return msgspec.structs.replace(on, current=current)
