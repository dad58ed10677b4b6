"""Which settings of Windows' firewall are in force on each network profile.

Group Policy, device management and the local settings are kept apart in the registry, and the
value of a policy wins where one is set (MS-FASP, the merge law of FW_PROFILE_CONFIG); what the
local one says then decides nothing.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from tojimari.collect.device.windows.registry import below, service_disabled, values_of
from tojimari.collect.host import Host, Missing, Nonsense, Unavailable
from tojimari.collect.windows_system import Value as Held

FIREWALL_KEY = (
    r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\SharedAccess\Parameters\FirewallPolicy"
)
POLICY_KEY = r"HKEY_LOCAL_MACHINE\SOFTWARE\Policies\Microsoft\WindowsFirewall"
SERVICES = ("mpssvc", "BFE")
"""The firewall, and the Base Filtering Engine without which it cannot run."""

NETWORK_KEY = r"HKEY_LOCAL_MACHINE\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters"

_ALLOW, _BLOCK = 0, 1
# What a profile is called in the registry: that of private networks kept its name of old.
_NAMES = {
    "domain": ("domainprofile",),
    "private": ("privateprofile", "standardprofile"),
    "public": ("publicprofile",),
}

Layer = Mapping[str, Held]
"""Path below the key, in lower case -> a value set there."""
Value = Held
"""What is in force on a profile; "unset" or "contradictory" where that is nothing."""


class InForce(msgspec.Struct, frozen=True):
    """What holds on this computer.

    Attributes:
        active: whether the firewall is on in every profile that is used here; None where
            settings contradict, or only that of domains is off and it was not told whether the
            computer is in one.
        default_inbound: what happens to connections no rule names, the weakest profile; None
            where it was not told.
    """

    active: bool | None
    default_inbound: Literal["drop", "accept"] | None


def in_force(host: Host) -> InForce:
    """Return what holds, by service, policies and local settings. Raises as ``Host.run``."""
    on = _values(host, "EnableFirewall")
    if "unset" in (on["private"], on["public"]):
        raise Nonsense("the registry holds no EnableFirewall for the public and private profiles")
    if _service_disabled(host):
        return InForce(active=False, default_inbound=None)
    active = _on_everywhere(host, on)
    if active and _stopped(host):
        # What is set does not hold while nothing carries it out; it may be about to start.
        active = None
    return InForce(active, _default_inbound(host) if active else None)


def _on_everywhere(host: Host, on: Mapping[str, Value]) -> bool | None:
    if 0 in (on["private"], on["public"]):
        return False
    if on["domain"] == 0:
        # On a computer in no domain that profile is never used.
        joined = _in_domain(host)
        if joined is not False:
            return None if joined is None else False
    counting = [value for profile, value in on.items() if profile != "domain" or value != 0]
    # Neither on nor off: two managers contradict each other, or no number of those documented.
    return True if all(value in (1, "unset") for value in counting) else None


def _default_inbound(host: Host) -> Literal["drop", "accept"] | None:
    """Return what the weakest profile does; blocking is what holds where nothing is set."""
    try:
        actions = _values(host, "DefaultInboundAction")
    except Missing:
        return None
    if _ALLOW in (actions["private"], actions["public"]):
        return "accept"
    if actions["domain"] == _ALLOW:
        joined = _in_domain(host)
        if joined is not False:
            return "accept" if joined else None
    return "drop" if all(one in (_ALLOW, _BLOCK, "unset") for one in actions.values()) else None


def in_force_on_public(host: Host, name: str) -> Value:
    """Return what holds of a setting on public networks. Raises as ``Host.run``."""
    return _values(host, name)["public"]


def _in_domain(host: Host) -> bool | None:
    """Return whether the computer has a domain's name as its own; None where it was not told."""
    try:
        name = values_of(host, NETWORK_KEY).get("Domain")
    except Missing:
        return None
    return None if name is None else bool(name)


def _values(host: Host, name: str) -> dict[str, Value]:
    """Return profile -> the value in force. Raises as ``Host.run``."""
    local = below(host, FIREWALL_KEY, name)
    policy = _policy(host, name)
    return {profile: _value(names, policy, local) for profile, names in _NAMES.items()}


def _policy(host: Host, name: str) -> Layer:
    try:
        return below(host, POLICY_KEY, name)
    except Missing:
        return {}


def _service_disabled(host: Host) -> bool:
    """Whether the service, or the one under it that filters (BFE), can never start."""
    try:
        return any(service_disabled(host, name) is True for name in SERVICES)
    except Missing:
        return False


def _stopped(host: Host) -> bool:
    """Whether one of the two is known not to run now."""
    try:
        return any(host.windows.running(name) is False for name in SERVICES)
    except Unavailable:
        return False


def _value(names: tuple[str, ...], policy: Layer, local: Layer) -> Value:
    """Return the value in force for the profile called ``names``, or why there is none."""
    managed = [local[f"mdm\\{name}"] for name in names if f"mdm\\{name}" in local]
    ruled = [policy[name] for name in names if name in policy]
    own = [local[name] for name in names if name in local]
    # Which of two managers wins is not documented.
    if ruled and managed and ruled[0] != managed[0]:
        return "contradictory"
    found = [*ruled, *managed, *own]
    # A policy of old knows one profile for all networks outside the domain.
    old = policy.get("standardprofile")
    if not ruled and old is not None and names == _NAMES["public"] and found[:1] != [old]:
        return "contradictory"
    return found[0] if found else "unset"
