"""Which system this is, by the names and release cycles of endoflife.date."""

import os

from tojimari.collect.device.linux.wsl import inside_windows
from tojimari.collect.host import Host, Unavailable
from tojimari.collect.look import Seen, collector, saw
from tojimari.model.facts import DeviceOs

# os-release ID -> product at endoflife.date, and how many parts of VERSION_ID name a cycle.
_PRODUCTS = {
    "debian": ("debian", 1),
    "raspbian": ("debian", 1),
    "ubuntu": ("ubuntu", 2),
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


def parse_os_release(text: str) -> dict[str, str]:
    """Return the KEY=value pairs of an os-release file, quotes removed."""
    pairs = {}
    for line in text.splitlines():
        key, equals, value = line.strip().partition("=")
        if equals and key.isidentifier():
            pairs[key] = value.strip().strip("\"'")
    return pairs


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


@collector("linux", sees=(DeviceOs,))
def look(host: Host) -> list[Seen]:
    """Read os-release and what the kernel calls itself and the machine."""
    try:
        release = parse_os_release(host.read("/etc/os-release"))
    except Unavailable:
        release = parse_os_release(host.read("/usr/lib/os-release"))
    id_ = release.get("ID", "").lower()
    product, parts = _PRODUCTS.get(id_, (id_ or "linux", 2))
    version = ".".join(release.get("VERSION_ID", "").split(".")[:parts])
    machine = os.uname()
    return [
        saw(
            DeviceOs(
                family="linux",
                product=product,
                name=release.get("PRETTY_NAME") or release.get("NAME") or "Linux",
                version=version,
                edition=None,
                kernel=machine.release,
                arch=machine.machine,
                virtual=_virtual(host),
            )
        )
    ]
