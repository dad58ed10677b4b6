"""What a check is: a pure function from seen facts to a verdict for one control."""

import pkgutil
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from importlib import import_module
from typing import TypeVar, cast

import msgspec

from tojimari.catalog import Catalog
from tojimari.model import Fact, NotSeen, Numbers, State
from tojimari.model.facts import ids_of

K = TypeVar("K", bound=Fact)


class Facts(msgspec.Struct, frozen=True):
    """The facts about one subject that a check may read.

    ``facts[DeviceFirewall]`` is the fact of a kind the check declared in ``reads``; it is
    always seen and fresh, because the engine answers "unknown" itself when it is not.
    Kinds in ``also`` may be missing: use ``get``.
    """

    seen: Mapping[str, Fact]
    as_of: datetime

    def __getitem__(self, kind: type[K]) -> K:
        """Return the fact of a declared kind. Raises KeyError for any other."""
        return cast(K, self.seen[kind.KIND])

    def get(self, kind: type[K]) -> K | None:
        """Return the fact of an optional kind, or None when it was not seen."""
        return cast(K | None, self.seen.get(kind.KIND))

    def days_since(self, moment: datetime) -> int:
        """Return whole days from ``moment`` to ``as_of`` (negative if in the future)."""
        return (self.as_of - moment).days

    @property
    def today(self) -> date:
        """The day of ``as_of`` (UTC)."""
        return self.as_of.date()


class Verdict(msgspec.Struct, frozen=True):
    """What a check concludes: state, reason code, numbers for the sentence.

    For state "unknown" ``not_seen`` says why; name the field whose reason is to be shown in
    ``because_of`` = (kind, field) instead when the collector already gave one.
    """

    state: State
    reason: str
    numbers: Numbers = {}
    not_seen: NotSeen | None = None
    because_of: tuple[type[Fact], str] | None = None


Judge = Callable[[Facts, Catalog], Verdict]


class Check(msgspec.Struct, frozen=True):
    """A registered check: measures ``control`` on one kind of subject, that of its facts.

    ``on_request``: the command that alone makes its facts. Where nobody ever gave it, the check
    says nothing; "" for facts that every look brings.
    """

    control: str
    reads: tuple[str, ...]
    also: tuple[str, ...]
    revision: int
    judge: Judge
    on_request: str = ""

    @property
    def about(self) -> str:
        """Return the kind of subject: the first word of its fact kinds."""
        return self.reads[0].partition(".")[0]

    @property
    def id(self) -> str:
        """Return the control's id for devices, else with the kind of subject behind it."""
        return self.control if self.about == "device" else f"{self.control}:{self.about}"


_CHECKS: dict[str, Check] = {}


def check(
    control: str,
    *,
    reads: tuple[type[Fact], ...],
    also: tuple[type[Fact], ...] = (),
    revision: int = 1,
    on_request: str = "",
) -> Callable[[Judge], Judge]:
    """Register the decorated function as the check that measures ``control``.

    reads: fact kinds that must all be seen, otherwise the finding is unknown.
    also: fact kinds that help when they are there.
    revision: raise it whenever the same facts may now give another verdict.
    on_request: the command that alone makes the facts (the subject's id follows it); a subject
        without them then gets no finding instead of an unknown one.
    """

    def register(judge: Judge) -> Judge:
        made = Check(control, ids_of(reads), ids_of(also), revision, judge, on_request)
        if made.id in _CHECKS and _CHECKS[made.id].judge.__module__ != judge.__module__:
            raise ValueError(f"two checks for {made.id}")
        _CHECKS[made.id] = made
        return judge

    return register


@cache
def all_checks() -> dict[str, Check]:
    """Return every check by its id, found in ``assess/checks``."""
    package = import_module("tojimari.assess.checks")
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        import_module(module.name)
    return dict(sorted(_CHECKS.items()))


def checks_of(control: str) -> tuple[Check, ...]:
    """Return the checks that measure a control, one for each kind of subject."""
    return tuple(check for check in all_checks().values() if check.control == control)
