"""Updates of Windows with its Update Agent: never run by us, written after its documentation.

https://learn.microsoft.com/windows/win32/wua_sdk/portal-client (IUpdateSearcher, IUpdateDownloader,
IUpdateInstaller); the objects of a search answer as recorded machines did. What asks somebody a
question, has terms nobody agreed to, is hidden, or only offered to browse is left out.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tojimari.agent.actor.engine import Outcome, Plan
from tojimari.agent.task_report import Change

_WAITING = "IsInstalled=0 and IsHidden=0 and Type='Software'"
_SECURITY = frozenset(
    ("0fa1201d-4330-4fa8-8ae9-b877473b6441", "e6cf1350-c01b-414d-a61f-263d14d133b4")
)
"""Security and critical updates (learn.microsoft.com/previous-versions/windows/desktop/ff357803)."""
_RATED = ("Critical", "Important", "Moderate", "Low")
_COMPLETE = (2, 3)
"""OperationResultCode: succeeded, succeeded with errors. Of a search only; success is looked for."""

ComObject = Any
"""What pywin32 hands out; Any because it exists on Windows alone."""


def created(name: str) -> ComObject:
    """Return a new object of Windows, bound late (generated code would be written into a folder)."""
    from win32com.client import dynamic

    return dynamic.Dispatch(name)


class WindowsUpdate:
    """The Windows Update Agent. Named by the number of its article, which is the same in every language."""

    fetches = True

    def __init__(self, create: Callable[[str], ComObject] = created) -> None:
        """create: what makes an object by its name; recordings in tests."""
        self._create = create

    def present(self) -> bool:
        """Return whether this is Windows."""
        return os.name == "nt"

    def busy(self) -> bool:
        """Return whether it installs something already."""
        try:
            return bool(self._session().CreateUpdateInstaller().IsBusy)
        except Exception:  # noqa: BLE001  # pywin32's error types exist on Windows alone
            return True

    def _session(self) -> ComObject:
        return self._create("Microsoft.Update.Session")

    def _waiting(self, kind: str, session: ComObject = None) -> tuple[list[ComObject], bool]:
        """Return what may be installed, and whether something had to be left. Raises ValueError."""
        try:
            session = session or self._session()
            found = session.CreateUpdateSearcher().Search(_WAITING)
            if int(found.ResultCode) not in _COMPLETE:
                raise ValueError(f"search {found.ResultCode}")
            wanted = [
                one
                for one in _items(found.Updates)
                if not one.BrowseOnly and (kind != "security_updates" or _is_security(one))
            ]
            chosen = [
                one
                for one in wanted
                if one.EulaAccepted and not one.InstallationBehavior.CanRequestUserInput
            ]
        except ValueError:
            raise
        except Exception as error:  # pywin32's error types exist on Windows alone
            raise ValueError(type(error).__name__) from error
        return chosen, len(chosen) < len(wanted)

    def plan(self, kind: str, parameters: Mapping[str, str]) -> Plan:
        """Return what would be installed; what has to be left to people is noted."""
        try:
            chosen, left = self._waiting(kind)
        except ValueError:
            return Plan(failure="source_unreachable")
        return Plan(
            tuple(Change(_name(one), "", "installed") for one in chosen),
            notes=("left_to_people",) if left else (),
            fetch=sum(int(one.MaxDownloadSize) for one in chosen),
        )

    def run(self, kind: str, parameters: Mapping[str, str], plan: Plan) -> Outcome:
        """Fetch and install what was planned and is offered still, and search once more."""
        if not plan.changes:
            return Outcome("done", notes=("nothing_to_do", *plan.notes))
        wanted = {one.name for one in plan.changes}
        try:
            session = self._session()
            chosen = [one for one in self._waiting(kind, session)[0] if _name(one) in wanted]
            updates = self._create("Microsoft.Update.UpdateColl")
            for one in chosen:
                updates.Add(one)
            downloader = session.CreateUpdateDownloader()
            downloader.Updates = updates
            downloader.Download()
            installer = session.CreateUpdateInstaller()
            installer.Updates = updates
            restarts = bool(installer.Install().RebootRequired)
        except Exception:  # noqa: BLE001  # pywin32's error types exist on Windows alone
            restarts = False
        seen = self._seen(kind, plan.changes)
        if len(seen) == len(plan.changes) or restarts:
            # What is there only after a restart is not said to be there before it.
            return Outcome("done", changes=seen, restart_needed=restarts)
        return Outcome("failed", "held_back", changes=seen)

    def _seen(self, kind: str, targets: tuple[Change, ...]) -> tuple[Change, ...]:
        try:
            still = {_name(one) for one in self._waiting(kind)[0]}
        except ValueError:
            return ()
        return tuple(one for one in targets if one.name not in still)

    def recover(self, kind: str, targets: tuple[Change, ...]) -> Outcome:
        """Look which are offered no more: those are there."""
        seen = self._seen(kind, targets)
        if targets and seen == targets:
            return Outcome("done", changes=seen)
        return Outcome("interrupted", "was_cut_off", changes=seen)


def _items(collection: ComObject) -> Iterator[ComObject]:
    for number in range(int(collection.Count)):
        yield collection.Item(number)


def _is_security(update: ComObject) -> bool:
    if update.MsrcSeverity in _RATED:
        return True
    kinds = {str(one.CategoryID).lower() for one in _items(update.Categories)}
    return bool(kinds & _SECURITY)


def _name(update: ComObject) -> str:
    numbers = [str(one) for one in _items(update.KBArticleIDs) if str(one).isdecimal()]
    return f"KB{numbers[0]}" if numbers else str(update.Title)[:200]
