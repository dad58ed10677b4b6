"""Edition and installation type: one build number is several products with several ends."""

import re
from typing import Literal

import msgspec

from tojimari.catalog.lifecycle import Cycle, load_lifecycle
from tojimari.collect.windows_system import Values

_FIRST_BUILD_OF_11 = 22000

Channel = Literal["w", "e", "e-lts", "iot-lts"]
"""How long an edition is serviced, as endoflife.date marks its release cycles: Home and Pro,
Enterprise and Education, the long-term channel, that of devices with one purpose."""

# EditionID in the registry -> what people call it, and how long it is serviced. One that is not
# here (Windows SE, Team of the Surface Hub, S mode of old) has ends of its own.
_CLIENTS: dict[str, tuple[str, Channel]] = {
    "Core": ("Home", "w"),
    "CoreN": ("Home N", "w"),
    "CoreSingleLanguage": ("Home Single Language", "w"),
    "CoreCountrySpecific": ("Home China", "w"),
    "Professional": ("Pro", "w"),
    "ProfessionalN": ("Pro N", "w"),
    "ProfessionalSingleLanguage": ("Pro Single Language", "w"),
    "ProfessionalCountrySpecific": ("Pro China", "w"),
    "ProfessionalEducation": ("Pro Education", "w"),
    "ProfessionalEducationN": ("Pro Education N", "w"),
    "ProfessionalWorkstation": ("Pro for Workstations", "w"),
    "ProfessionalWorkstationN": ("Pro for Workstations N", "w"),
    "Enterprise": ("Enterprise", "e"),
    "EnterpriseN": ("Enterprise N", "e"),
    "EnterpriseEval": ("Enterprise Evaluation", "e"),
    "EnterpriseNEval": ("Enterprise N Evaluation", "e"),
    "ServerRdsh": ("Enterprise multi-session", "e"),
    "Education": ("Education", "e"),
    "EducationN": ("Education N", "e"),
    "IoTEnterprise": ("IoT Enterprise", "e"),
    "IoTEnterpriseK": ("IoT Enterprise", "e"),
    "EnterpriseS": ("Enterprise LTSC", "e-lts"),
    "EnterpriseSN": ("Enterprise LTSC N", "e-lts"),
    "EnterpriseSEval": ("Enterprise LTSC Evaluation", "e-lts"),
    "EnterpriseSNEval": ("Enterprise LTSC N Evaluation", "e-lts"),
    "IoTEnterpriseS": ("IoT Enterprise LTSC", "iot-lts"),
    "IoTEnterpriseSK": ("IoT Enterprise LTSC", "iot-lts"),
}
# Editions that follow the life of Windows Server itself; Azure Local and Hyper-V Server do not.
_SERVER = re.compile(
    r"Server(Standard|Datacenter|Solution|Foundation|Turbine)(Eval|V|HyperV)?(ACor|Cor|Core)?"
)
_SERVER_NAMES = {"Solution": "Essentials", "Turbine": "Datacenter: Azure Edition"}
_ENDS: dict[Channel, tuple[str, ...]] = {
    "w": ("-w", ""),
    "e": ("-e", ""),
    "e-lts": ("-e-lts",),
    "iot-lts": ("-iot-lts", "-e-lts"),
}
_MARKS = re.compile(r"-(w|e|e-lts|iot-lts|iot)$")


class Release(msgspec.Struct, frozen=True):
    """Which Windows this is.

    Attributes:
        product: id at endoflife.date.
        name: what people call it, without the build.
        version: release cycle; without its last part ("11-24h2") where the edition that decides
            between several was not seen, "" where none is listed.
        edition: what people call the edition; None where it was not seen.
    """

    product: str
    name: str
    version: str
    edition: str | None


def release_of(build: str, held: Values) -> Release:
    """Return the Windows of ``build`` with the values of its ``CurrentVersion`` key."""
    edition, kind = held.text("EditionID"), held.text("InstallationType")
    if kind == "Nano Server":
        return Release("windows-nano-server", "Windows Nano Server", "", edition or None)
    server = kind.startswith("Server") and edition not in _CLIENTS
    if not kind:
        # Windows' multi-session edition calls itself a server and is none; some builds are
        # those of servers alone.
        only_server = not edition and not _cycles("windows", build)
        server = edition.startswith("Server") and edition not in _CLIENTS
        server = server or (only_server and bool(_cycles("windows-server", build)))
    return _server(build, edition) if server else _client(build, edition)


def _client(build: str, edition: str) -> Release:
    ids = [cycle.release_cycle for cycle in _cycles("windows", build)]
    if edition in _CLIENTS:
        name, channel = _CLIENTS[edition]
        # Where a release has one end for all, its cycle bears no mark of a channel.
        wanted = [id_ for end in _ENDS[channel] for id_ in ids if _mark(id_) == end]
        version = wanted[0] if wanted else ""
    else:
        name, unmarked = edition, {_MARKS.sub("", id_) for id_ in ids}
        version = unmarked.pop() if len(unmarked) == 1 else ""
    return Release("windows", f"{_generation(build)} {name}".strip(), version, name or None)


def _mark(id_: str) -> str:
    found = _MARKS.search(id_)
    return found.group() if found else ""


def _generation(build: str) -> str:
    major, _, number = build.split(".")
    if major == "10":
        return "Windows 11" if int(number) >= _FIRST_BUILD_OF_11 else "Windows 10"
    labels = {cycle.release_label or cycle.release_cycle for cycle in _cycles("windows", build)}
    return f"Windows {labels.pop()}" if len(labels) == 1 else "Windows"


def _server(build: str, edition: str) -> Release:
    known = _SERVER.fullmatch(edition)
    ids = [cycle.release_cycle for cycle in _cycles("windows-server", build)]
    if known is not None:
        yearly = known.group(3) == "ACor"
        ids = [id_ for id_ in ids if id_.endswith(("-sac", "-ac")) == yearly]
        name = _SERVER_NAMES.get(known.group(1), known.group(1))
    else:
        name = edition
        # Without the edition only a build of one release can be told; another edition is none.
        ids = ids if len(ids) == 1 and not edition else []
    version = ids[0] if ids else ""
    title = f"Windows Server {version.replace('-', ' ').upper()} {name}"
    return Release("windows-server", " ".join(title.split()), version, name or None)


def _cycles(product: str, build: str) -> list[Cycle]:
    entry = load_lifecycle().products.get(product)
    return [cycle for cycle in entry.releases if cycle.latest == build] if entry else []
