"""Whether somebody can drive this screen from afar: Windows' Remote Desktop and other programs."""

from collections.abc import Mapping

import msgspec

from tojimari.collect.device.windows.registry import (
    CURRENT_VERSION_KEY,
    SERVICES_KEY,
    ruling_number,
    service_disabled,
    values_of,
)
from tojimari.collect.host import Host, Unavailable
from tojimari.collect.look import Seen, collector, missed, saw
from tojimari.collect.windows_system import HKLM
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceRemoteDesktop

SERVER_KEY = rf"{HKLM}\SYSTEM\CurrentControlSet\Control\Terminal Server"
LISTENER_KEY = rf"{SERVER_KEY}\WinStations\RDP-Tcp"
POLICY_KEY = rf"{HKLM}\SOFTWARE\Policies\Microsoft\Windows NT\Terminal Services"
RDP_PORT = 3389

# Names of services, as the programs' makers register them; "*" ends one that goes on with an id.
_SERVICES: Mapping[str, str] = {
    "anydesk*": "AnyDesk",
    "teamviewer*": "TeamViewer",
    "rustdesk": "RustDesk",
    "chromoting": "Chrome Remote Desktop",
    "tvnserver": "TightVNC",
    "uvnc_service": "UltraVNC",
    "vncserver": "RealVNC",
    "winvnc4": "VNC",
    "splashtopremoteservice": "Splashtop",
    "logmein": "LogMeIn",
    "screenconnect client*": "ScreenConnect",
    "dwagent": "DWService",
    "supremoservice": "Supremo",
    "mesh agent": "MeshAgent",
    "nxservice*": "NoMachine",
}
# The same programs started by hand, without being installed: as their makers call the file, which a
# browser, the maker's portal or a version goes on from ("AnyDesk (1).exe").
_PROGRAMS: Mapping[str, str] = {
    "anydesk*": "AnyDesk",
    "teamviewer*": "TeamViewer",
    "rustdesk*": "RustDesk",
    "remoting_host.exe": "Chrome Remote Desktop",
    "tvnserver.exe": "TightVNC",
    "winvnc.exe": "UltraVNC",
    "vncserver.exe": "RealVNC",
    "srserver.exe": "Splashtop",
    "supremo*": "Supremo",
}


class Rdp(msgspec.Struct, frozen=True):
    """Windows' own Remote Desktop.

    Attributes:
        on: whether connections are taken; None where it was not told.
        network_auth: whether the user is checked before a session begins (Network Level
            Authentication); None where it was not told.
        port: the port it listens on.
    """

    on: bool | None
    network_auth: bool | None
    port: int


def rdp(host: Host) -> Rdp:
    """Read Remote Desktop: ``fDenyTSConnections`` and ``UserAuthentication``, policy over setting.

    Windows Home takes no such connections whatever is set, unless another maker's program stands in
    the place of its service (RDP Wrapper); neither does a Windows whose service can never start.
    Raises Missing, Denied, Nonsense.
    """
    refused = ruling_number(host, "fDenyTSConnections", POLICY_KEY, SERVER_KEY)
    asked = ruling_number(host, "UserAuthentication", POLICY_KEY, LISTENER_KEY)
    port = values_of(host, LISTENER_KEY).number("PortNumber")
    home = values_of(host, CURRENT_VERSION_KEY).text("EditionID").startswith("Core")
    never = service_disabled(host, "TermService") is True or (home and _by_windows(host))
    on = False if never else {0: True, 1: False}.get(-1 if refused is None else refused)
    port = port if port is not None and 0 < port < 65536 else RDP_PORT
    return Rdp(on, {0: False, 1: True}.get(-1 if asked is None else asked), port)


def _by_windows(host: Host) -> bool:
    """Whether the service is Windows' own library, as far as it names one."""
    library = values_of(host, rf"{SERVICES_KEY}\TermService\Parameters").setting("ServiceDll")
    return not library or library.lower().endswith(r"\system32\termsrv.dll")


def _product(name: str, known: Mapping[str, str]) -> str | None:
    name = name.lower()
    for pattern, product in known.items():
        if name == pattern or (pattern.endswith("*") and name.startswith(pattern[:-1])):
            return product
    return None


def by_service(host: Host) -> tuple[set[str], set[str]]:
    """Return the programs that have a service: (those that run, the others).

    Raises Missing, Denied.
    """
    found = {name: product for name in host.windows.subkeys(SERVICES_KEY)
             if (product := _product(name, _SERVICES))}  # fmt: skip
    running = {product for name, product in found.items() if host.windows.running(name)}
    return running, set(found.values()) - running


def by_hand(host: Host) -> set[str]:
    """Return the programs that run, with or without a service. Raises Missing."""
    found = (_product(name, _PROGRAMS) for name in host.windows.processes())
    return {product for product in found if product}


@collector("windows", sees=(DeviceRemoteDesktop,))
def remote_desktop(host: Host) -> list[Seen]:
    """Say what lets others in; programs that nobody listed are not known."""
    own = rdp(host)
    running, installed = by_service(host)
    problem = "" if own.on is not None else "fDenyTSConnections"
    try:
        running |= by_hand(host)
    except Unavailable as error:
        problem = problem or str(error)
    if problem and not running and not own.on:
        # Something else may be on; that nothing is cannot be said.
        return [missed(DeviceRemoteDesktop, NotSeen("nonsense", detail=problem))]
    products = sorted([*running, *(["RDP"] if own.on else [])])
    asked = own.network_auth if own.on else None
    hidden = {}
    if own.on and asked is None:
        hidden = {"network_auth": NotSeen("nonsense", detail="UserAuthentication")}
    found = DeviceRemoteDesktop(
        enabled=bool(products),
        products=tuple(products),
        network_auth=asked,
        installed=tuple(sorted(installed - running)),
        ports=(own.port,) if own.on else (),
    )
    return [saw(found, **hidden)]
