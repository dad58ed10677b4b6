"""What every engine offers: a plan that changes nothing, a run, and what is left after a cut."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from tojimari.agent.task_report import Change


class Plan(msgspec.Struct, frozen=True):
    """What would change, or why it must not be done.

    Attributes:
        refusal: key of TASK_REFUSALS; None where it may be done.
        failure: key of FAILURES: it could not be found out.
        fetch: bytes to be fetched.
    """

    changes: tuple[Change, ...] = ()
    refusal: str | None = None
    failure: str | None = None
    notes: tuple[str, ...] = ()
    fetch: int = 0


class Outcome(msgspec.Struct, frozen=True):
    """What came of a run, read from the device afterwards.

    Attributes:
        state: ``done``, ``failed`` or ``interrupted``; ``running`` where it ends only after a
            restart.
        reason: key of FAILURES; None where it is done.
    """

    state: str
    reason: str | None = None
    changes: tuple[Change, ...] = ()
    kept: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    restart_needed: bool = False


class Engine(Protocol):
    """One way to do some kinds of task on some systems."""

    fetches: bool
    """Whether it fetches much: then a line that is paid by use is spared."""

    def present(self) -> bool:
        """Return whether it can work on this device."""

    def busy(self) -> bool:
        """Return whether something else holds what it needs."""

    def plan(self, kind: str, parameters: Mapping[str, str]) -> Plan:
        """Return what would change, without changing anything."""

    def run(self, kind: str, parameters: Mapping[str, str], plan: Plan) -> Outcome:
        """Do it, and read from the device what came of it."""

    def recover(self, kind: str, targets: tuple[Change, ...]) -> Outcome:
        """Bring to an end what a cut left half done; never begin it again."""
