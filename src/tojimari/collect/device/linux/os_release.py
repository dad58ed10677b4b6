"""Which system this is and what it derives from, by the names and cycles of endoflife.date."""

import json
import os
from typing import NamedTuple

from tojimari.collect.device.linux.kernel import running_kernel
from tojimari.collect.device.linux.wsl import inside_windows
from tojimari.collect.host import Host, Unavailable
from tojimari.collect.look import Seen, collector, saw
from tojimari.knowledge.distributions import DEBIAN, UBUNTU
from tojimari.model.facts import DeviceOs

# os-release ID -> product at endoflife.date, and how many parts of VERSION_ID name a cycle.
_PRODUCTS = {
    "debian": ("debian", 1),
    "raspbian": ("debian", 1),
    "devuan": ("devuan", 1),
    "ubuntu": ("ubuntu", 2),
    "pop": ("pop-os", 2),
    "fedora": ("fedora", 1),
    "rhel": ("rhel", 1),
    "almalinux": ("almalinux", 1),
    "rocky": ("rocky-linux", 1),
    "centos": ("centos", 1),
    "ol": ("oracle-linux", 1),
    "opensuse-leap": ("opensuse", 2),
    "sles": ("sles", 2),
    "linuxmint": ("linuxmint", 2),
    "alpine": ("alpine-linux", 2),
    "amzn": ("amazon-linux", 1),
}
# Beginnings of the field "Origin" that the makers write into their archives' Release files.
_ORIGINS = {
    "debian": ("debian", "raspberry pi foundation"),
    "raspbian": ("raspbian", "raspberry pi foundation"),
    "ubuntu": ("ubuntu",),
    "linuxmint": ("linuxmint",),
    "pop": ("pop-os-", "lp-ppa-system76-pop"),
    "zorin": ("zorin", "lp-ppa-zorinos"),
    "elementary": ("elementary", "lp-ppa-elementary-os"),
}
# What derives from what where os-release does not say so itself.
_LIKE = {
    "ubuntu": ("debian",),
    "raspbian": ("debian",),
    "linuxmint": ("ubuntu", "debian"),
    "pop": ("ubuntu", "debian"),
    "zorin": ("ubuntu", "debian"),
    "elementary": ("ubuntu", "debian"),
}


class Distribution(NamedTuple):
    """What os-release says.

    Attributes:
        id: the distribution's id, lower case; "" when it is not told.
        like: ids of what it derives from, nearest first.
        version: its own version.
        name: its name for people.
        codename: its own code name.
        base_codename: code name of the Ubuntu or Debian release below a derivative.
    """

    id: str
    like: tuple[str, ...]
    version: str
    name: str
    codename: str
    base_codename: str

    def made(self, origin: str) -> bool | None:
        """Return whether a source of this ``origin`` is kept by its maker or by those it derives from.

        None for a source that names no origin.
        """
        if not origin.strip():
            return None
        low = origin.strip().lower()
        makers = [maker for id_ in (self.id, *self.like) for maker in _ORIGINS.get(id_, (id_,))]
        return any(maker and low.startswith(maker) for maker in makers)

    @property
    def base(self) -> tuple[str, str] | None:
        """The (id, version) of the Ubuntu or Debian release whose archives it uses; None if unknown.

        Fedora's derivatives carry Fedora's own number. A rebuild (of RHEL) has archives and dates
        of its own and so no base.
        """
        if "ubuntu" in self.like and self.base_codename in UBUNTU:
            return "ubuntu", UBUNTU[self.base_codename]
        if "debian" in self.like and self.base_codename in DEBIAN:
            return "debian", DEBIAN[self.base_codename]
        if self.like == ("fedora",) and self.version.isdecimal():
            return "fedora", self.version
        return None


def parse_os_release(text: str) -> dict[str, str]:
    """Return the KEY=value pairs of an os-release file, quotes removed."""
    pairs = {}
    for line in text.splitlines():
        key, equals, value = line.strip().partition("=")
        if equals and key.isidentifier():
            pairs[key] = value.strip().strip("\"'")
    return pairs


def read_distribution(host: Host) -> Distribution:
    """Return the distribution. Raises Unavailable when no os-release can be read."""
    try:
        release = parse_os_release(host.read("/etc/os-release"))
    except Unavailable:
        release = parse_os_release(host.read("/usr/lib/os-release"))
    id_ = release.get("ID", "").lower()
    codename = release.get("VERSION_CODENAME", "").lower()
    said = tuple(release.get("ID_LIKE", "").lower().split())
    below = release.get("UBUNTU_CODENAME") or release.get("DEBIAN_CODENAME") or codename
    return Distribution(
        id=id_,
        like=said or _LIKE.get(id_, ()),
        version=release.get("VERSION_ID", ""),
        name=release.get("PRETTY_NAME") or release.get("NAME") or "Linux",
        codename=codename,
        base_codename=below.lower(),
    )


def life_cycle(system: Distribution) -> tuple[str, str]:
    """Return (product, version) in the words of endoflife.date.

    A derivative without a life cycle of its own there has that of the release whose archives it
    uses; where that is not told either, the product stays unknown to the data.
    """
    first = system.version.split(".")[0]
    if system.id == "linuxmint" and "ubuntu" not in system.like:
        return "linuxmint", f"lmde{first}"
    if system.id == "centos" and "stream" in system.name.lower():
        return "centos-stream", first
    if system.id in _PRODUCTS:
        product, parts = _PRODUCTS[system.id]
        return product, ".".join(system.version.split(".")[:parts])
    if system.base is not None:
        return system.base
    return system.id or "linux", ".".join(system.version.split(".")[:2])


def _virtual(host: Host) -> bool | None:
    if inside_windows(host):
        return True
    if host.exists("/.dockerenv") or host.exists("/run/.containerenv"):
        return True
    for path in ("/sys/class/dmi/id/product_name", "/sys/class/dmi/id/sys_vendor"):
        try:
            name = host.read(path).lower()
        except Unavailable:
            continue
        if any(mark in name for mark in ("virtual", "kvm", "qemu", "vmware", "bochs", "hvm")):
            return True
    try:
        return " hypervisor" in host.read("/proc/cpuinfo")
    except Unavailable:
        return None


def ubuntu_pro(host: Host) -> str | None:
    """Return "esm" where Ubuntu Pro's longer support is on, "no-esm" where it is not, None unknown.

    Its client keeps what it knows in a file that everybody may read; it is on where the machine is
    attached and the service for the system's own packages is enabled.
    """
    try:
        state = json.loads(host.read("/var/lib/ubuntu-advantage/status.json"))
    except (Unavailable, ValueError, RecursionError):
        return None
    if not isinstance(state, dict) or not isinstance(state.get("attached"), bool):
        return None
    if not state["attached"]:
        return "no-esm"
    services = state.get("services")
    if not isinstance(services, list):
        return None
    told = {one.get("name"): one.get("status") for one in services if isinstance(one, dict)}
    if "esm-infra" not in told:
        return None
    return "esm" if told["esm-infra"] == "enabled" else "no-esm"


@collector("linux", sees=(DeviceOs,))
def look(host: Host) -> list[Seen]:
    """Read os-release and what the kernel calls itself and the machine."""
    system = read_distribution(host)
    product, version = life_cycle(system)
    return [
        saw(
            DeviceOs(
                family="linux",
                product=product,
                name=system.name,
                version=version,
                edition=ubuntu_pro(host) if product == "ubuntu" else None,
                kernel=running_kernel(host).release,
                arch=os.uname().machine,
                virtual=_virtual(host),
            )
        )
    ]
