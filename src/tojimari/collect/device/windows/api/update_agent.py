"""Asks the Windows Update Agent, offline: nothing is fetched and nothing is sent.

https://learn.microsoft.com/windows/win32/wua_sdk/portal-client
"""

from collections.abc import Callable
from typing import Any

from tojimari.collect.device.windows.api.com import ComObject, created, items, value
from tojimari.collect.device.windows.api.errors import refused_as_unavailable
from tojimari.collect.host import Unavailable
from tojimari.model.facts import Plain

_HISTORY = 100
"""Entries looked at: signatures of Defender fill several a day."""


def answer() -> Plain:
    """Return what the agent knows since its last own search.

    A mapping: ``updates`` (those not installed, hidden ones too), ``last_search_success``,
    ``last_installation_success`` (ISO 8601 in UTC), ``history``, ``reboot_required``; what could
    not be asked is None. Raises as ``Host.run`` where the updates could not be asked for.
    """
    session = created("Microsoft.Update.Session")
    with refused_as_unavailable("Microsoft.Update.Session"):
        searcher = session.CreateUpdateSearcher()
        # Before anything else: this is what keeps the question inside this computer.
        searcher.Online = False
        found = searcher.Search("IsInstalled=0")
        updates = [_update(one) for one in items(found.Updates)]
    results = _or_none(lambda: created("Microsoft.Update.AutoUpdate").Results)
    system = _or_none(lambda: created("Microsoft.Update.SystemInfo"))
    return {
        "updates": updates,
        "search_result": value(found, "ResultCode"),
        "last_search_success": value(results, "LastSearchSuccessDate"),
        "last_installation_success": value(results, "LastInstallationSuccessDate"),
        "reboot_required": value(system, "RebootRequired"),
        "history": _or_none(lambda: _history(searcher)),
    }


def _or_none(ask: Callable[[], Any]) -> Any:
    try:
        with refused_as_unavailable("Microsoft.Update"):
            return ask()
    except Unavailable:
        return None


def _update(update: ComObject) -> Plain:
    articles = _or_none(lambda: [str(one) for one in items(update.KBArticleIDs)])
    return {
        "title": value(update, "Title"),
        "kb": articles,
        "type": value(update, "Type"),
        "hidden": value(update, "IsHidden"),
        "browse_only": value(update, "BrowseOnly"),
        "severity": value(update, "MsrcSeverity"),
        "categories": _categories(update),
        "deployed_at": value(update, "LastDeploymentChangeTime"),
    }


def _categories(owner: ComObject) -> Plain:
    """Return the GUIDs of the categories: their names differ by language."""
    return _or_none(lambda: [value(one, "CategoryID") for one in items(owner.Categories)])


def _history(searcher: ComObject) -> Plain:
    count = min(int(searcher.GetTotalHistoryCount()), _HISTORY)
    if count <= 0:
        return []
    return [
        {
            "at": value(entry, "Date"),
            "operation": value(entry, "Operation"),
            "result": value(entry, "ResultCode"),
            "categories": _categories(entry),
        }
        for entry in items(searcher.QueryHistory(0, count))
    ]
