"""Whether Windows sets its clock by itself."""

from tojimari.collect.device.windows.registry import SERVICES_KEY, service_disabled, values_of
from tojimari.collect.host import Host
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.collect.windows_system import HKLM
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceTimeSync

SERVICE_KEY = rf"{SERVICES_KEY}\W32Time"
POLICY_KEY = rf"{HKLM}\SOFTWARE\Policies\Microsoft\W32Time"
_TYPES = ("ntp", "nt5ds", "allsync", "nosync")
# Services of other makers, and of machines that hold virtual ones, that may set the clock too.
_OTHERS = ("NTP", "chronyd", "vmictimesync", "VMTools", "VBoxService", "QEMU-GA")


@collector("windows", sees=(DeviceTimeSync,))
def time_sync(host: Host) -> list[Seen]:
    """Read how the time service is set: its policy over its own settings.

    ``Type`` says from where (NTP, NT5DS: the domain, AllSync, NoSync), ``Enabled`` of the client
    whether it asks at all (settings of the Windows Time service in Microsoft's reference). The
    service runs only now and then on a computer without domain: whether it runs says nothing, and
    whether the clock is in step is not written down.
    """
    disabled = service_disabled(host, "W32Time")
    if disabled is None:
        return [missed(DeviceTimeSync, NotSeen("nonsense", detail="W32Time"))]
    source = _text(host, "Parameters", "Type").lower()
    client = _number(host, r"TimeProviders\NtpClient", "Enabled")
    if disabled or source == "nosync" or client == 0:
        others = [name for name in _OTHERS if host.windows.running(name)]
        if others:
            why = NotSeen("not_looked", detail=", ".join(others))
            return [missed(DeviceTimeSync, why)]
        return [saw(DeviceTimeSync("none", synchronised=False))]
    if source not in _TYPES:
        return [missed(DeviceTimeSync, NotSeen("nonsense", detail="W32Time Type"))]
    why = NotSeen("not_on_this_system", detail="W32Time")
    return [saw(DeviceTimeSync("W32Time", synchronised=None), synchronised=why)]


def _text(host: Host, below: str, name: str) -> str:
    policy = values_of(host, rf"{POLICY_KEY}\{below}").setting(name)
    return policy or values_of(host, rf"{SERVICE_KEY}\{below}").setting(name)


def _number(host: Host, below: str, name: str) -> int | None:
    policy = values_of(host, rf"{POLICY_KEY}\{below}").number(name)
    own = values_of(host, rf"{SERVICE_KEY}\{below}").number(name)
    return own if policy is None else policy
