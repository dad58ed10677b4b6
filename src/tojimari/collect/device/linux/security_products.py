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
        engines: processes that do the guarding, also with something behind a hyphen. One that
            only reports to a console runs on where the guard is off: it is none.
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
        ("sophos_threat_d", "soapd", "sophosd"),
    ),
    Product("sophos", "Sophos Anti-Virus", ("/opt/sophos-av",), ("savd",)),
    Product("trendmicro", "Trend Micro Deep Security", ("/opt/ds_agent",), ("ds_am",)),
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
        ("bdsecd",),
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
_START = re.compile(r"^ExecStart=[-@:+!|]*(\S.*)$", re.MULTILINE)
# Programs below these came from elsewhere; the distribution installs none there.
_ELSEWHERE = ("/opt/", "/usr/local/", "/var/")
_STARTERS = frozenset({"env", "sh", "bash", "python3", "perl", "java"})
# What fills /opt on many computers and guards nothing.
_HARMLESS = frozenset(
    {
        "tojimari",
        "google",
        "containerd",
        "cni",
        "microsoft",
        "brave.com",
        "vivaldi",
        "teamviewer",
        "rh",
    }
)


# Scanners that somebody starts now and then; whether one guards, and how often, is not read here.
_SCANNERS = {
    "/usr/local/maldetect": "maldet",
    "/usr/bin/rkhunter": "rkhunter",
    "/usr/local/bin/rkhunter": "rkhunter",
    "/usr/sbin/chkrootkit": "chkrootkit",
    "/usr/bin/chkrootkit": "chkrootkit",
}
_FALCON = "/opt/CrowdStrike/falconctl"


def falcon_is_reduced(host: Host) -> bool:
    """Return whether Falcon says that it guards with less than all of itself.

    So it does on a kernel that it does not know; root alone may ask.
    """
    if not host.is_root() or not host.exists(_FALCON):
        return False
    try:
        said = host.run([_FALCON, "-g", "--rfm-state"]).out
    except Unavailable:
        return False
    return re.search(r"\brfm-state\s*=\s*true\b", said) is not None


def found(host: Host, processes: frozenset[str]) -> list[tuple[Product, bool | None]]:
    """Return the known products that are there, each with whether it guards now.

    processes: names of what runs, cut to the 15 characters the kernel keeps.

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
    return any(_there(host, place) for place in product.places)


def _there(host: Host, place: str) -> bool:
    try:
        return host.exists(place)
    except Unavailable:
        return True  # there, but closed to this user


def _named(processes: frozenset[str], names: Iterable[str]) -> bool:
    return any(
        running == name or running.startswith(f"{name}-") for name in names for running in processes
    )


def _guards(host: Host, product: Product, processes: frozenset[str]) -> bool | None:
    if _named(processes, (*product.engines, *product.common)):
        return True
    inside = tuple(f"{host.path(place)}/" for place in product.places)
    if not host.is_root() or any(program.startswith(inside) for program in _programs()):
        return None
    return False


def _programs() -> set[str]:
    """Return the paths of the programs that run, as far as this user may see them."""
    programs: set[str] = set()
    for process in psutil.process_iter(["exe", "cmdline"]):
        programs.update(filter(None, [process.info["exe"], *(process.info["cmdline"] or [])[:1]]))
    return programs


def unrecognised(host: Host) -> tuple[str, ...]:
    """Return names of what came from elsewhere and stands on no list: services, folders in /opt.

    A folder whose program is in the desktop's menu and that has no service guards nothing.
    """
    services = {
        path.rsplit("/", 1)[1].removesuffix(".service"): program
        for folder in _UNITS
        if not host.path(folder.split("/systemd/")[0]).is_symlink()
        for path in host.glob(f"{folder}/*.service")
        if (program := _started(_text(host, path))).startswith(_ELSEWHERE)
    }
    places = (*(place for product in KNOWN for place in product.places), DEFENDER_PLACE)
    known = tuple(f"{place}/" for place in places)
    names = {
        name
        for name, program in services.items()
        if not program.startswith(known) and not _harmless(program, name)
    }
    served = tuple(services.values())
    folders = host.glob("/opt/*")
    in_menu = host.glob("/usr/share/applications/*.desktop") if folders else []
    menu = "\n".join(_text(host, one) for one in in_menu)
    for path in folders:
        inside = f"{path}/"
        told = (
            any(program.startswith(inside) for program in served)
            or inside in menu
            # Of a known maker, but none of its known products.
            or any(place.startswith(inside) and _there(host, place) for place in known)
            or f"{path}/".startswith(known)
        )
        if not told and not _harmless(inside) and host.path(path).is_dir():
            names.add(path.rsplit("/", 1)[1])
    names |= {name for path, name in _SCANNERS.items() if _there(host, path)}
    return tuple(sorted(names))


def _harmless(program: str, name: str = "") -> bool:
    folder = program.split("/")[2] if program.startswith("/opt/") else ""
    return folder.lower() in _HARMLESS or name.startswith("tojimari")


def _started(unit: str) -> str:
    """Return the program that a service starts, behind a shell or the like; "" for none."""
    match = _START.search(unit)
    words = match.group(1).replace('"', "").split() if match else []
    if words and words[0].rsplit("/", 1)[-1] in _STARTERS:
        words = [word for word in words[1:] if word.startswith("/")]
    return words[0] if words else ""


def _text(host: Host, path: str) -> str:
    try:
        return host.read(path)
    except Unavailable:
        return ""
