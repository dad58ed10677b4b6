"""What a collector is: a named function that looks at a host and yields what it saw."""

import pkgutil
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, Literal

import msgspec

from tojimari.collect.host import Host
from tojimari.model import Fact, NotSeen, TojimariError
from tojimari.model.facts import ids_of

System = Literal["linux", "windows", "macos"]
Place = Literal["linux", "windows", "macos", "outside"]


class Seen(msgspec.Struct, frozen=True):
    """One fact as a collector saw it, or why it was not seen.

    Attributes:
        kind: id of the fact kind.
        fact: the fact; None when it could not be seen at all.
        not_seen: why not; required when ``fact`` is None.
        partly_not_seen: field name -> why that (nullable) field is None.
    """

    kind: str
    fact: Fact | None = None
    not_seen: NotSeen | None = None
    partly_not_seen: dict[str, NotSeen] = {}


def saw(fact: Fact, **partly_not_seen: NotSeen) -> Seen:
    """Return that ``fact`` was seen; by field name, why a field of it is None."""
    return Seen(fact.KIND, fact, partly_not_seen=partly_not_seen)


def missed(kind: type[Fact], why: NotSeen) -> Seen:
    """Return that no fact of ``kind`` could be seen, and why."""
    return Seen(kind.KIND, not_seen=why)


HostReader = Callable[[Host], list[Seen]]
"""The function of a collector for a device."""
View = Any
"""What a collector reads: a Host on a device, a Visit from outside."""


class Collector(msgspec.Struct, frozen=True):
    """A registered collector.

    Attributes:
        name: unique name, e.g. ``linux.firewall``.
        system: the operating system it is for, or "outside" for what is seen from the Internet.
        sees: the fact kinds it reports on; each gets exactly one Seen a run.
        look: the function.
        limit_seconds: how long it may take before it is given up on its own.
    """

    name: str
    system: Place
    sees: tuple[str, ...]
    look: Callable[[View], list[Seen]]
    limit_seconds: float


_COLLECTORS: dict[str, Collector] = {}


def collector(
    system: System, *, sees: tuple[type[Fact], ...], limit_seconds: float = 5.0
) -> Callable[[HostReader], HostReader]:
    """Register the decorated function as the collector of ``sees`` on ``system``.

    The name is the module's last part; several collectors in one module add the function's name.
    """

    def register(look: HostReader) -> HostReader:
        name = f"{system}.{look.__module__.rsplit('.', 1)[-1]}.{look.__name__}"
        _COLLECTORS[name] = Collector(name, system, ids_of(sees), look, limit_seconds)
        return look

    return register


def current_system() -> System:
    """Return which collectors fit this computer. Raises TojimariError on any other system."""
    if sys.platform.startswith("linux"):
        return "linux"
    if sys.platform == "win32":
        return "windows"
    if sys.platform == "darwin":
        return "macos"
    raise TojimariError(
        f"このOS ({sys.platform}) はまだ調べられません。`tojimari ask` は使えます。",
        f"This operating system ({sys.platform}) cannot be looked at yet. `tojimari ask` works.",
    )


def collectors(system: System) -> list[Collector]:
    """Return every collector for ``system``, found in its package, sorted by name."""
    _read_modules(system)
    return sorted((c for c in _COLLECTORS.values() if c.system == system), key=lambda c: c.name)


@cache
def _read_modules(system: System) -> None:
    """Import all that registers collectors for ``system``: its package is looked through once."""
    package = import_module(f"tojimari.collect.device.{system}")
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        import_module(module.name)
