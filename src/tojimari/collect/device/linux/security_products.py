"""Security products for Linux: where they are installed and what their engines are called.

The list is never complete. What came from elsewhere and runs as a service, but stands on no list,
is named so that nobody concludes there is nothing.
"""

import re
from collections.abc import Iterable

import msgspec
import psutil

from tojimari.collect.host import Host, Unavailable


class Product(msgspec.Struct, frozen=True):
    """A known product.

    Attributes:
        id: short name.
        name: what its maker calls it.
        places: folders it is installed in.
        engines: processes that do the guarding, also with something behind a hyphen.
        common: processes that do so too, whose names others bear as well.
    """

    id: str
    name: str
    places: tuple[str, ...]
    engines: tuple[str, ...] = ()
    common: tuple[str, ...] = ()


_ESET = ("startd", "scand")
KNOWN = (
    Product("eset", "ESET Endpoint Antivirus", ("/opt/eset/eea",), ("oaeventd", "eea"), _ESET),
    Product("eset", "ESET Server Security", ("/opt/eset/efs",), ("oaeventd",), _ESET),
    Product("eset", "ESET File Security", ("/opt/eset/esets",), ("esets_daemon",)),
    Product(
        "sophos",
        "Sophos Protection",
        ("/opt/sophos-spl",),
        ("sophos_manageme", "sophos_threat_d", "soapd", "sophosd"),
    ),
    Product("sophos", "Sophos Anti-Virus", ("/opt/sophos-av",), ("savd",)),
    Product("trendmicro", "Trend Micro Deep Security", ("/opt/ds_agent",), ("ds_agent", "ds_am")),
    Product("trendmicro", "Trend Micro", ("/opt/TrendMicro",)),
    Product("crowdstrike", "CrowdStrike Falcon", ("/opt/CrowdStrike",), ("falcon-sensor",)),
    Product("kaspersky", "Kaspersky Endpoint Security", ("/opt/kaspersky/kesl",), ("kesl",)),
    Product("withsecure", "WithSecure Elements", ("/opt/f-secure",), ("fsavd", "f-secure-linuxs")),
    Product("sentinelone", "SentinelOne", ("/opt/sentinelone",), ("s1-agent", "sentinelone-age")),
    Product(
        "symantec", "Symantec Endpoint Protection", ("/opt/Symantec",), ("rtvscand", "sisamdagent")
    ),
    Product(
        "bitdefender",
        "Bitdefender Endpoint Security Tools",
        ("/opt/bitdefender-security-tools", "/opt/BitDefender", "/opt/BitDefender-scanner"),
        ("bdsecd", "epagd"),
    ),
    Product(
        "carbonblack",
        "Carbon Black",
        ("/opt/carbonblack", "/var/opt/carbonblack"),
        ("cbagentd", "cbdaemon"),
    ),
    Product("cisco", "Cisco Secure Endpoint", ("/opt/cisco/amp",), ("ampdaemon",)),
    Product("cortex", "Cortex XDR", ("/opt/traps",), ("traps_pmd",), ("pmd",)),
    Product("cybereason", "Cybereason", ("/opt/cybereason",), ("cybereason-sens",)),
    Product("cylance", "Cylance", ("/opt/cylance",), ("cylancesvc",)),
    Product("drweb", "Dr.Web", ("/opt/drweb.com", "/opt/drweb"), ("drweb-configd",)),
    Product("elastic", "Elastic Defend", ("/opt/Elastic/Endpoint",), ("elastic-endpoin",)),
    Product("trellix", "Trellix Endpoint Security", ("/opt/McAfee/ens", "/opt/isec"), ("mfetpd",)),
    Product("trellix", "Trellix HX", ("/opt/fireeye",), ("xagt",)),
    Product("escan", "eScan", ("/opt/MicroWorld",)),
    Product("comodo", "Comodo", ("/opt/COMODO",)),
    Product("avast", "Avast", ("/etc/avast",), (), ("avast",)),
)
DEFENDER_PLACE = "/opt/microsoft/mdatp"

_UNITS = ("/etc/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system")
# Programs below these came from elsewhere; the distribution installs none there.
_ELSEWHERE = re.compile(r"^ExecStart=.*?(?<![\w.])(/(?:opt|usr/local|var)/\S+)", re.MULTILINE)
# What fills /opt on many computers and guards nothing.
_HARMLESS = frozenset(
    {"google", "containerd", "cni", "microsoft", "brave.com", "vivaldi", "chef", "rh", "venv"}
)


class Processes(msgspec.Struct, frozen=True):
    """What runs now.

    Attributes:
        names: names, cut to the 15 characters the kernel keeps.
        programs: paths of programs, as far as this user may see them.
    """

    names: frozenset[str]
    programs: frozenset[str]


def running() -> Processes:
    """Return what runs on this machine; psutil lengthens cut names, which is undone."""
    names: set[str] = set()
    programs: set[str] = set()
    for process in psutil.process_iter(["name", "exe", "cmdline"]):
        names.add((process.info["name"] or "")[:15])
        programs.update(filter(None, [process.info["exe"], *(process.info["cmdline"] or [])[:1]]))
    return Processes(frozenset(names), frozenset(programs))


def found(host: Host, processes: Processes) -> list[tuple[Product, bool | None]]:
    """Return the known products that are there, each with whether it guards now.

    A product that was told by its engine alone is one of those that share it. None: something of
    the product runs, or this user may not see what runs, but no engine by a name that is known;
    makers rename them.
    """
    rows = []
    for id_ in dict.fromkeys(product.id for product in KNOWN):
        family = [product for product in KNOWN if product.id == id_]
        there = [product for product in family if _placed(host, product)]
        guarding = [product for product in family if _named(processes, product.engines)]
        rows += [(product, _guards(host, product, processes)) for product in there]
        if guarding and not there:
            rows.append((guarding[0], True))
    return rows


def _placed(host: Host, product: Product) -> bool:
    for place in product.places:
        try:
            if host.exists(place):
                return True
        except Unavailable:
            return True  # there, but closed to this user
    return False


def _named(processes: Processes, names: Iterable[str]) -> bool:
    return any(
        running == name or running.startswith(f"{name}-")
        for name in names
        for running in processes.names
    )


def _guards(host: Host, product: Product, processes: Processes) -> bool | None:
    if _named(processes, (*product.engines, *product.common)):
        return True
    inside = tuple(f"{host.path(place)}/" for place in product.places)
    if any(program.startswith(inside) for program in processes.programs):
        return None
    return False if host.is_root() else None


def unrecognised(host: Host) -> tuple[str, ...]:
    """Return names of what came from elsewhere and stands on no list: services, folders in /opt.

    A folder whose program is in the desktop's menu and that has no service guards nothing.
    """
    known = tuple(f"{place}/" for product in KNOWN for place in product.places)
    known = (*known, f"{DEFENDER_PLACE}/")
    names: set[str] = set()
    served: set[str] = set()
    for path in (one for folder in _UNITS for one in host.glob(f"{folder}/*.service")):
        match = _ELSEWHERE.search(_text(host, path))
        if match is None or match.group(1).startswith(known):
            continue
        served.add(match.group(1).split("/")[2])
        if _harmless(match.group(1)):
            continue
        names.add(path.rsplit("/", 1)[1].removesuffix(".service"))
    menu = "\n".join(_text(host, one) for one in host.glob("/usr/share/applications/*.desktop"))
    for path in host.glob("/opt/*"):
        folder = path.rsplit("/", 1)[1]
        at_home = folder.lower() in _HARMLESS or folder in served
        if at_home or f"{path}/" in menu or any(place.startswith(f"{path}/") for place in known):
            continue
        names.add(folder)
    return tuple(sorted(names))


def _harmless(program: str) -> bool:
    return program.startswith("/opt/") and program.split("/")[2].lower() in _HARMLESS


def _text(host: Host, path: str) -> str:
    try:
        return host.read(path)
    except Unavailable:
        return ""
