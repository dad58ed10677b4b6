"""Prefix roots: real files below a folder, real programs of the running machine."""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from msgspec.structs import replace

from tests.support.patience import BOUNDED
from tests.support.played_windows import PlayedWindows
from tests.support.registry_exports import Keys, RecordedWindows, parse_query
from tojimari.catalog import load_catalog
from tojimari.collect.device.linux.firewall import Network, judge_rules
from tojimari.collect.device.linux.packet_filter import Table
from tojimari.collect.host import Denied, LocalHost, Missing, Output
from tojimari.collect.look import System, collectors
from tojimari.collect.run import look
from tojimari.collect.windows_system import WindowsSystem
from tojimari.model import Fact, Observation, Subject
from tojimari.model.facts import DeviceFirewall

K = TypeVar("K", bound=Fact)
DEVICE = Subject("device", "test-device")


def unshared(*flags: str) -> list[str]:
    """Return the start of a command that runs in namespaces of its own.

    Root needs no user namespace, which is refused in some containers; others do.
    """
    return ["unshare", *flags, *([] if os.geteuid() == 0 else ["--map-root-user"])]


def write(root: Path, absolute: str, text: str | bytes) -> Path:
    """Write a file at ``absolute`` below ``root``."""
    path = root / absolute.lstrip("/")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


class OwnMachine(LocalHost):
    """The machine that the tests run on, as one of its own: they may run in a container."""

    MARKS = ("/.dockerenv", "/run/.containerenv", "/run/systemd/container")

    def exists(self, absolute: str) -> bool:
        return absolute not in self.MARKS and super().exists(absolute)


class HostWithout(LocalHost):
    """The machine as an ordinary user sees it: some files and programs are denied or missing."""

    def __init__(
        self, root: Path, *, denied: Sequence[str] = (), missing: Sequence[str] = ()
    ) -> None:
        super().__init__(root)
        self.denied, self.missing = denied, missing

    def read_bytes(self, absolute: str, limit: int = 10**7) -> bytes:
        if absolute in self.denied:
            raise Denied(absolute)
        return super().read_bytes(absolute, limit)

    def which(self, program: str) -> str | None:
        return None if program in self.missing else super().which(program)

    def is_root(self) -> bool:
        return False


class RecordedHost(LocalHost):
    """Answers commands from recordings; everything not recorded is missing.

    What ``reg query`` printed is read as the registry of the machine.
    """

    def __init__(
        self,
        root: Path,
        commands: dict[tuple[str, ...], Output],
        system: WindowsSystem | None = None,
        windows_api: PlayedWindows | None = None,
    ) -> None:
        super().__init__(root)
        self.commands = commands
        self.windows_api = windows_api or PlayedWindows()
        self._system = system

    @property
    def windows(self) -> WindowsSystem:
        if self._system is None:
            asked = [argv for argv in self.commands if argv[:2] == ("reg", "query")]
            keys: Keys = {}
            for argv in asked:
                for key, values in parse_query(self.commands[argv].out).items():
                    keys.setdefault(key or argv[2], {}).update(values)
            self._system = RecordedWindows(keys, there=bool(asked))
        return self._system

    def which(self, program: str) -> str | None:
        return program if any(argv[0] == program for argv in self.commands) else None

    def run(self, argv: Sequence[str], *, limit_seconds: float = 4.0) -> Output:
        try:
            return self.commands[tuple(argv)]
        except KeyError:
            raise Missing(" ".join(argv)) from None


def seen(host: LocalHost, kind: type[Fact], system: System = "linux") -> Observation:
    """Run the one collector that sees ``kind`` through the real runner; return its observation.

    It is not given up after its own few seconds: the machine may be busy with other work.
    """
    chosen = [replace(c, limit_seconds=BOUNDED) for c in collectors(system) if kind.KIND in c.sees]
    assert len(chosen) == 1, f"{len(chosen)} collectors see {kind.KIND}"
    found = look(
        host, chosen, catalog=load_catalog(), subject=lambda _: DEVICE, at=datetime.now(UTC)
    )
    [observation] = [o for o in found if o.kind == kind.KIND]
    return observation


def fact(host: LocalHost, kind: type[K], system: System = "linux") -> K:
    """Return the fact of ``kind``; fails when it was not seen."""
    observation = seen(host, kind, system)
    assert isinstance(observation.fact, kind), observation.not_seen
    return observation.fact


def judged_rules(tables: list[Table]) -> DeviceFirewall | None:
    """Return what a firewall's tables amount to on a machine whose network is not known."""
    return judge_rules(tables, Network(), tables)
