"""What a change would do: files that differ, what is in the way, and all of it in plain words."""

import difflib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import msgspec

from tojimari.box.rendering.file import RenderedFile
from tojimari.box.settings import Settings
from tojimari.model import Text

_BIGGEST = 4_000_000
_NET = Path("/sys/class/net")


class FileChange(msgspec.Struct, frozen=True):
    """One file that would be another: ``before`` or ``after`` is None where it is not there."""

    path: str
    engine: str
    before: str | None
    after: str | None

    def diff(self) -> str:
        """Return the change as a unified diff."""
        lines = difflib.unified_diff(
            (self.before or "").splitlines(),
            (self.after or "").splitlines(),
            self.path if self.before is not None else "/dev/null",
            self.path if self.after is not None else "/dev/null",
            lineterm="",
            n=1,
        )
        return "\n".join(lines)


def read_text(path: Path) -> str | None:
    """Return what a file holds, None where it is not there. Raises OSError for anything else."""
    try:
        with path.open("rb") as file:
            return file.read(_BIGGEST).decode("utf-8", "surrogateescape")
    except (FileNotFoundError, NotADirectoryError):
        return None


def changes(
    files: Mapping[str, RenderedFile], left: Mapping[str, tuple[str, str | None]], root: Path
) -> list[FileChange]:
    """Return what would be another below ``root``.

    left: files of the configuration before that are not in the new one: place -> engine and what
        was there before Tojimari (None for nothing).
    Raises OSError.
    """
    found = []
    for path, (engine, earlier) in left.items():
        if path not in files:
            found.append(FileChange(path, engine, read_text(root / path.lstrip("/")), earlier))
    for path, file in files.items():
        before = read_text(root / path.lstrip("/"))
        found.append(FileChange(path, file.engine, before, file.text))
    return [one for one in found if one.before != one.after]


def obstacles(settings: Settings, root: Path, net: Path = _NET) -> Iterator[Text]:
    """Return what must be put right before anything is changed, in sentences.

    net: where the kernel lists its network interfaces.
    """
    wanted = {"outer.port": settings.outer.port}
    wanted |= {f"{name}.port": one.port for name, one in settings.networks.items()}
    there = sorted(one.name for one in net.iterdir() if one.name != "lo") if net.is_dir() else []
    for key, port in wanted.items():
        if not (net / port).exists():
            seen = ", ".join(there)
            yield Text(
                ja=f"{key}: {port} という口はこの箱にありません。あるのは: {seen}",
                en=f"{key}: this box has no port {port}. It has: {seen}",
            )
    if settings.ports_by == "others":
        for name, network in settings.networks.items():
            if not (net / network.interface).exists() and (net / network.port).exists():
                yield Text(
                    ja=f"{name}: {network.interface} がありません。ports_by: others では先に作っておきます",
                    en=f"{name}: there is no {network.interface}; with ports_by: others it must be there before",
                )
    elif (other := _given_elsewhere(settings, root)) is not None:
        port, file = other
        yield Text(
            ja=f"{file}: {port} の番地をここでも決めています。その行を消すか、ports_by: others にします",
            en=f"{file}: gives {port} its address too. Take those lines out, or set ports_by: others",
        )


def _given_elsewhere(settings: Settings, root: Path) -> tuple[str, str] | None:
    """Return a port that ifupdown looks after, and the file that says so."""
    ports = {settings.outer.port, *(one.port for one in settings.networks.values())}
    folder = root / "etc/network"
    for file in (folder / "interfaces", *sorted(folder.glob("interfaces.d/*"))):
        text = read_text(file) if file.is_file() else None
        for line in (text or "").splitlines():
            words = line.split()
            if words[:1] in (["iface"], ["auto"], ["allow-hotplug"]):
                for port in sorted(ports & set(words[1:])):
                    return port, f"/{file.relative_to(root)}"
    return None


Say = Callable[..., str]


def in_words(settings: Settings, say: Say) -> list[str]:
    """Return what the box would do, in plain sentences.

    say: key below ``box.plain`` and values -> the sentence.
    """
    return [*_of_networks(settings, say), *_of_engines(settings, say)]


def _of_networks(settings: Settings, say: Say) -> Iterator[str]:
    if settings.firewall is None:
        yield say("no_firewall")
    else:
        yield say("outside")
        yield say("office", net=settings.office.own_ipv4.network)
    for name, network in settings.networks.items():
        if name == "office" or settings.firewall is None:
            continue
        reached = "reached" if network.reached_from_office else "not_reached"
        yield say(f"{name}_{reached}", net=network.own_ipv4.network)
    if any(network.ipv6 for network in settings.networks.values()):
        yield say("ipv6")
    else:
        yield say("no_ipv6")
    if settings.firewall is not None and settings.firewall.ssh_from_office:
        yield say("ssh")


def _of_engines(settings: Settings, say: Say) -> Iterator[str]:
    if settings.dns is None:
        yield say("no_dns")
    else:
        dns = settings.dns
        yield say("dns", lists=len(dns.lists), block=len(dns.block), allow=len(dns.allow))
        yield say("dns_only_here" if dns.only_here and settings.firewall else "dns_elsewhere")
    yield say("dhcp" if settings.dhcp else "no_dhcp")
    yield say("time" if settings.time else "no_time")
    intrusion = settings.intrusion
    if intrusion is None:
        yield say("no_intrusion")
    elif intrusion.mode == "tell":
        yield say("intrusion_tell")
    else:
        yield say(f"intrusion_{intrusion.when_dead}")
    if settings.downloads is not None:
        yield say(f"downloads_{settings.downloads.when_dead}", mb=settings.downloads.biggest_mb)
    if settings.updates is None:
        yield say("no_updates")
    else:
        yield say(
            "updates_reboot" if settings.updates.reboot else "updates", at=settings.updates.at
        )
    if settings.page:
        yield say("page", address=settings.office.own_ipv4.ip)
    yield say("line", names=", ".join(settings.line.names), n=settings.line.wait_seconds)
