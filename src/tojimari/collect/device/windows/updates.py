"""Updates that wait, as the Windows Update Agent knows them since its own last search."""

from datetime import datetime

import msgspec

from tojimari.collect.device.windows.api import api_of, row, rows
from tojimari.collect.device.windows.api.dates import real_moment
from tojimari.collect.host import Host, Nonsense, Unavailable
from tojimari.collect.look import Seen, collector, saw
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceUpdates, Plain

# https://learn.microsoft.com/previous-versions/windows/desktop/ff357803(v=vs.85)
_SECURITY = "0fa1201d-4330-4fa8-8ae9-b877473b6441"
_CRITICAL = "e6cf1350-c01b-414d-a61f-263d14d133b4"
_DEFINITIONS = "e0789628-ce08-4437-be74-2495b842f43b"
_RATED = ("Critical", "Important", "Moderate", "Low")
_INSTALLED, _SUCCEEDED = 1, 2  # UpdateOperation, OperationResultCode
_COMPLETE, _WITH_ERRORS = 2, 3  # OperationResultCode of a search that succeeded
_NAMES = 50


class _Update(msgspec.Struct):
    title: str | None = None
    kb: list[str] | None = None
    hidden: bool | None = None
    browse_only: bool | None = None
    severity: str | None = None
    categories: list[str | None] | None = None
    deployed_at: datetime | None = None

    @property
    def kinds(self) -> set[str] | None:
        """GUIDs of its categories; None where they were not told."""
        return None if self.categories is None else {str(one).lower() for one in self.categories}

    @property
    def security(self) -> bool | None:
        """Whether it mends a weakness; None where it was not told what it is about."""
        if self.severity in _RATED:
            return True
        return None if not self.kinds else bool(self.kinds & {_SECURITY, _CRITICAL})

    @property
    def signatures(self) -> bool:
        """Whether it is only signatures of Defender, which come several times a day."""
        return bool(self.kinds and _DEFINITIONS in self.kinds)

    @property
    def name(self) -> str:
        """Number of its article, the same in every language; else its title."""
        numbers = [one for one in self.kb or () if one.isdecimal()]
        return f"KB{numbers[0]}" if numbers else (self.title or "")[:200]


class _Entry(msgspec.Struct):
    at: datetime | None = None
    operation: int | None = None
    result: int | None = None
    categories: list[str | None] | None = None


class _Agent(msgspec.Struct):
    search_result: int | None = None
    last_search_success: datetime | None = None
    last_installation_success: datetime | None = None
    reboot_required: bool | None = None


@collector("windows", sees=(DeviceUpdates,), limit_seconds=45.0)
def updates(host: Host) -> list[Seen]:
    """Ask the agent offline: its answer is as old as its own last search, which is said.

    Optional updates (previews, drivers) wait for nobody and are not counted; hidden ones are, since
    hiding mends nothing.
    """
    answer = api_of(host).ask("update_agent")
    agent, found = row(answer, _Agent), _updates(answer)
    if agent.search_result not in (_COMPLETE, _WITH_ERRORS):
        raise Nonsense(f"update agent: result {agent.search_result}")
    waiting = [one for one in found if one.browse_only is not True and not one.signatures]
    security = [one for one in waiting if one.security]
    # A list that came with errors may lack some: what is on it waits, the rest is not told.
    whole = agent.search_result == _COMPLETE
    unclear = not whole or any(one.security is None for one in waiting)
    dates = [at for one in security if (at := real_moment(one.deployed_at))]
    why = NotSeen("not_told", detail="update agent")
    fact = DeviceUpdates(
        manager="windows_update",
        pending=len(waiting),
        pending_security=None if unclear and not security else len(security),
        pending_security_names=tuple(sorted({one.name for one in security if one.name})[:_NAMES]),
        lists_refreshed_at=real_moment(agent.last_search_success),
        last_update_at=_last_update(answer, agent),
        reboot_required=agent.reboot_required,
        oldest_security_at=min(dates, default=None),
        critical=sum(one.severity == "Critical" for one in security),
    )
    empty = {
        name: why
        for name in ("pending_security", "lists_refreshed_at", "last_update_at", "reboot_required")
        if getattr(fact, name) is None
    }
    return [saw(fact, **empty)]


def _updates(answer: Plain) -> list[_Update]:
    """Return the updates not installed. Raises Nonsense where there is no list of them."""
    listed = answer.get("updates") if isinstance(answer, dict) else None
    if not isinstance(listed, list):
        raise Nonsense("update agent: no list of updates")
    found = rows(listed, _Update)
    if len(found) != len(listed):
        raise Nonsense("update agent: an update that is none")
    return found


def _last_update(answer: Plain, agent: _Agent) -> datetime | None:
    """Return when something other than Defender's signatures was last installed.

    Automatic updates keep one date for all of them, signatures too, so it counts only where the
    history tells nothing.
    """
    try:
        entries = rows(answer["history"], _Entry)
    except (Unavailable, KeyError):
        return real_moment(agent.last_installation_success)
    done = [
        at
        for one in entries
        if (one.operation, one.result) == (_INSTALLED, _SUCCEEDED)
        and one.categories is not None
        and _DEFINITIONS not in {str(kind).lower() for kind in one.categories}
        and (at := real_moment(one.at))
    ]
    if done:
        return max(done)
    named = all(one.categories is not None for one in entries)
    return None if entries and named else real_moment(agent.last_installation_success)
