"""Windows: the system, its firewall and what can be reached; each other fact has its module.

Only structured state is read (registry values, version numbers), never words of the system's
language. See docs/collectors.md for what stands behind each fact.
"""

import platform
import re

import msgspec

from tojimari.collect.device import sockets
from tojimari.collect.device.windows import (
    editions,
    firewall_profiles,
    firewall_rules,
    security_center,
)
from tojimari.collect.device.windows.api import api_of, licences, rows
from tojimari.collect.device.windows.firewall_profiles import FIREWALL_KEY as FIREWALL_KEY
from tojimari.collect.device.windows.registry import CURRENT_VERSION_KEY, values_of
from tojimari.collect.host import Denied, Host, Nonsense, Unavailable
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.collect.windows_system import HKLM, Values
from tojimari.model import PLACE, NotSeen, UnknownReason
from tojimari.model.facts import (
    DeviceFirewall,
    DeviceListening,
    DeviceOs,
)

ENVIRONMENT_KEY = rf"{HKLM}\SYSTEM\CurrentControlSet\Control\Session Manager\Environment"
_LAST_BUILD_OF_10 = "10.0.19045"
"""The only one with longer support for those who ask for it (Windows 10 22H2)."""
_LICENSED = 1  # LicenseStatus of SoftwareLicensingProduct
BIOS_KEY = rf"{HKLM}\HARDWARE\DESCRIPTION\System\BIOS"
# Makers that machines name which are none: what their programs write into the firmware's tables.
_VIRTUAL_MAKERS = (
    "VMware, Inc.",
    "innotek GmbH",
    "QEMU",
    "Xen",
    "Parallels Software International Inc.",
)


def build_number(text: str) -> str:
    """Return "10.0.26100" from ``ver``'s "[Version 10.0.26100.2314]". Raises Nonsense."""
    match = re.search(r"\b(\d{1,3}\.\d{1,3}\.\d{3,6})(?:\.\d+)?\]", text)
    if not match:
        raise Nonsense("ver gave no version number")
    return match.group(1)


def build_of(host: Host, held: Values) -> str:
    """Return "10.0.26100" from the registry, from ``ver`` where it does not stand there.

    Before Windows 10 the first two numbers stand in ``CurrentVersion``. Raises as ``Host.run``.
    """
    number = held.counted("CurrentBuildNumber")
    major, minor = (
        held.number_if_any(f"Current{part}VersionNumber") for part in ("Major", "Minor")
    )
    first = held.text("CurrentVersion") if major is None else f"{major}.{minor or 0}"
    if number is None or not re.fullmatch(r"\d{1,3}\.\d{1,3}", first):
        return build_number(host.run(["cmd", "/c", "ver"]).out)
    return f"{first}.{number}"


def _values(host: Host, key: str) -> Values:
    try:
        return values_of(host, key)
    except Unavailable:
        return Values()


class _Licence(msgspec.Struct):
    id: str | None = msgspec.field(name="ID", default=None)
    status: int | None = msgspec.field(name="LicenseStatus", default=None)


def _longer_support(host: Host) -> int | None:
    """Return the last year of longer support that an active licence covers, 0 where none is seen.

    None where it was not told. Companies have such licences; what a person enrolled is not seen.
    """
    try:
        found = rows(api_of(host).ask("longer_support"), _Licence)
    except Unavailable:
        return None
    active = [one for one in found if one.status == _LICENSED and one.id]
    return max((licences.YEARS.get((one.id or "").lower(), 0) for one in active), default=0)


def _is_virtual(host: Host) -> bool | None:
    """Return True for the machines that programs make; other ones are not known from real ones."""
    held = _values(host, BIOS_KEY)
    maker, model = held.text("SystemManufacturer"), held.text("SystemProductName")
    if maker in _VIRTUAL_MAKERS or (maker, model) == ("Microsoft Corporation", "Virtual Machine"):
        return True
    return None


@collector("windows", sees=(DeviceOs,), limit_seconds=15.0)
def system(host: Host) -> list[Seen]:
    """Read build number with its patch level, edition, installation type and processor.

    The processor is the machine's own, also where this program runs as one for another.
    """
    held = _values(host, CURRENT_VERSION_KEY)
    build = build_of(host, held)
    found = editions.release_of(build, held)
    patch = held.number_if_any("UBR")
    why = NotSeen("not_on_this_system", see_with=f"{PLACE}windows-about")
    virtual = _is_virtual(host)
    hidden = {} if virtual else {"virtual": why}
    if not found.edition:
        hidden["edition"] = why
    longer = None
    if build == _LAST_BUILD_OF_10 and found.product == "windows":
        longer = _longer_support(host)
        if longer is None:
            hidden["longer_support"] = NotSeen("not_told", detail="SoftwareLicensingProduct")
    shown = build if patch is None else f"{build}.{patch}"
    return [
        saw(
            DeviceOs(
                family="windows",
                product=found.product,
                name=f"{found.name} ({shown})",
                version=found.version,
                edition=found.edition,
                kernel=build,
                arch=_values(host, ENVIRONMENT_KEY).text("PROCESSOR_ARCHITECTURE")
                or platform.machine(),
                virtual=virtual,
                patch=patch,
                longer_support=longer,
            ),
            **hidden,
        )
    ]


def _others_firewall(host: Host) -> str:
    """Return the name of a firewall by another maker that is on; "" where none is known."""
    products = security_center.registered(host, "FirewallProduct") or ()
    return next((p.name for p in products if p.protects and not p.microsoft), "")


@collector("windows", sees=(DeviceFirewall,), limit_seconds=30.0)
def firewall(host: Host) -> list[Seen]:
    """Read what is in force on each profile; on only when it is on every one of them.

    Another maker's firewall that is registered and on does the work in the place of Windows' own,
    whatever the profiles say; what its rules are cannot be seen.
    """
    own = firewall_profiles.in_force(host)
    why = NotSeen("not_on_this_system", see_with=f"{PLACE}windows-security")
    if other := _others_firewall(host):
        found = DeviceFirewall(other, active=True, default_inbound=None, inbound_rules=None)
        unseen = NotSeen("not_on_this_system", detail=f"Security Center: {other}")
        return [saw(found, default_inbound=unseen, inbound_rules=unseen)]
    if own.active is None:
        return [missed(DeviceFirewall, why)]
    hidden = {}
    try:
        rules = firewall_rules.in_force(host)
    except Unavailable as error:
        rules = firewall_rules.Rules(0, ())
        denied = isinstance(error, Denied)
        reason: UnknownReason = "no_permission" if denied else "tool_missing"
        hidden["inbound_rules"] = NotSeen(reason, detail=str(error))
    if own.default_inbound is None:
        hidden["default_inbound"] = why
    return [
        saw(
            DeviceFirewall(
                backend="windows",
                active=own.active,
                default_inbound=own.default_inbound,
                inbound_rules=None if "inbound_rules" in hidden else rules.allowing,
                let_in=rules.let_in if own.active else (),
            ),
            **hidden,
        )
    ]


@collector("windows", sees=(DeviceListening,))
def listening(host: Host) -> list[Seen]:
    """List what other machines can reach; Windows names every program, also those of others."""
    found = host.windows.sockets()
    reachable = [
        one
        for one in found
        if sockets.reachable(tcp=one.protocol == "tcp", address=one.address, port=one.port)
    ]
    return [sockets.listed(reachable, unnamed=None)]
