"""What Windows' own Security Center knows of security products, Microsoft's and others'.

Windows Server has no Security Center. How the state is packed into ``productState`` is not in
Microsoft's reference; the parts used here are those that its own diagnosis scripts use.
"""

import re
from typing import Literal

import msgspec

from tojimari.collect.host import Host, Unavailable

ProductClass = Literal["AntiVirusProduct", "FirewallProduct"]
Running = Literal["off", "on", "snoozed", "expired"]

_RUNNING: dict[int, Running] = {0x0000: "off", 0x1000: "on", 0x2000: "snoozed", 0x3000: "expired"}
_RUNNING_BITS, _OWNER_BITS, _SIGNATURE_BITS = 0xF000, 0x0F00, 0x00F0
_MICROSOFT, _CURRENT, _OUTDATED = 0x0100, 0x0000, 0x0010
LIMIT_SECONDS = 15.0
"""PowerShell's first start of the day on a slow disk."""


class Registered(msgspec.Struct, frozen=True):
    """A product that is registered with the Security Center.

    Attributes:
        name: as the product calls itself.
        running: "snoozed" and "expired" products protect nobody; None where it was not told.
        current: whether its signatures are current, as it reported; None where it was not told.
        microsoft: whether it came with Windows.
    """

    name: str
    running: Running | None
    current: bool | None
    microsoft: bool

    @property
    def protects(self) -> bool | None:
        """Whether it is on; None where it was not told."""
        return None if self.running is None else self.running == "on"


def decoded(name: str, state: int) -> Registered:
    """Return the product that ``productState`` describes."""
    signatures = state & _SIGNATURE_BITS
    return Registered(
        name=name,
        running=_RUNNING.get(state & _RUNNING_BITS),
        current={_CURRENT: True, _OUTDATED: False}.get(signatures),
        microsoft=state & _OWNER_BITS == _MICROSOFT,
    )


def question(product_class: ProductClass) -> list[str]:
    """Return the command that prints name and state of every registered product, line by line."""
    script = (
        "try { [Console]::OutputEncoding = [Text.Encoding]::UTF8 } catch { }; "
        f"Get-CimInstance -Namespace root/SecurityCenter2 -ClassName {product_class}"
        " -ErrorAction Stop | ForEach-Object"
        " { 'displayName: ' + $_.displayName; 'productState: ' + $_.productState }"
    )
    return ["powershell", "-NoProfile", "-NonInteractive", "-Command", script]


def parse_products(text: str) -> tuple[Registered, ...]:
    """Return the products from lines of ``displayName: ...`` and ``productState: ...``."""
    found: list[Registered] = []
    name = ""
    for line in text.splitlines():
        match = re.match(r"\s*(displayName|productState)\s*:\s*(\S.*?)\s*$", line)
        if match is None:
            continue
        if match.group(1) == "displayName":
            name = match.group(2)
        elif re.fullmatch(r"[0-9]{1,10}", match.group(2)) and name:
            found.append(decoded(name, int(match.group(2))))
            name = ""
    return tuple(found)


def registered(host: Host, product_class: ProductClass) -> tuple[Registered, ...] | None:
    """Return the registered products; None where there is no Security Center to ask."""
    try:
        output = host.run(question(product_class), limit_seconds=LIMIT_SECONDS)
    except Unavailable:
        return None
    return parse_products(output.out) if output.code == 0 else None
