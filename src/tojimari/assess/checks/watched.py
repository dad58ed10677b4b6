"""What is heard of the engines that watch: is somebody watching, and did they fall silent?"""

from collections.abc import Iterable

from tojimari.assess.check import Facts, Verdict, check
from tojimari.assess.checks.names import few
from tojimari.catalog import Catalog
from tojimari.model import NotSeen
from tojimari.model.facts.box import NetworkBox
from tojimari.model.facts.watch_day import DeviceWatchDay, HeardEngine, NetworkWatchDay

_BY_BEHAVIOUR = ("laurel", "defender")
"""Engines that see what programs do, not only what files look like."""
_STOPS = ("ulogd",)
"""Engines that log what the packet filter dropped: where they speak, it drops."""
_ASKED = "tojimari watch once"


def _speaking(engines: Iterable[HeardEngine], guards: str) -> tuple[list[str], list[str]]:
    """Return the engines that watch one thing: those that speak, and those that fell silent."""
    mine = [one for one in engines if one.guards == guards]
    return (
        sorted({one.engine for one in mine if not one.silent}),
        sorted({one.engine for one in mine if one.silent}),
    )


def _nobody(silent: list[str]) -> Verdict:
    """Return what follows where no engine of the kind speaks: silence is never fine."""
    if silent:
        return Verdict("not_met", "watch_silent", {"engines": few(silent)})
    return Verdict("unknown", "nobody_heard", not_seen=NotSeen("not_looked"))


@check("endpoint-monitoring", reads=(DeviceWatchDay,), on_request=_ASKED)
def endpoint_monitoring(facts: Facts, catalog: Catalog) -> Verdict:
    """Met where what programs do is watched and nothing urgent is left undone.

    An antivirus program alone sees files, not deeds: "partly".
    """
    day = facts[DeviceWatchDay]
    speaking, silent = _speaking(day.engines, "endpoint")
    if day.urgent:
        return Verdict("not_met", "watch_urgent", {"n": day.urgent})
    if not speaking:
        return _nobody(silent)
    if silent:
        return Verdict("partly", "watch_partly_silent", {"engines": few(silent)})
    if not any(engine in _BY_BEHAVIOUR for engine in speaking):
        return Verdict("partly", "files_only", {"engines": few(speaking)})
    return Verdict("met", "watch_heard", {"engines": few(speaking), "day": day.day})


@check(
    "network-firewall", reads=(NetworkWatchDay,), also=(NetworkBox,), revision=2, on_request=_ASKED
)
def network_firewall(facts: Facts, catalog: Catalog) -> Verdict:
    """Met where the packet filter at the door is heard dropping, or a box measures that it is shut.

    An engine that only looks on is no filter.
    """
    box = facts.get(NetworkBox)
    if box is not None and box.filtering is not None:
        return _shut(box, box.filtering)
    day = facts[NetworkWatchDay]
    speaking, silent = _speaking(day.engines, "network")
    if not speaking:
        return _nobody(silent)
    if not any(engine in _STOPS for engine in speaking):
        return Verdict("partly", "only_watched", {"engines": few(speaking)})
    stopped = sum(one.stopped for one in day.signals if one.engine in _STOPS)
    return Verdict("met", "watch_stops", {"n": stopped, "day": day.day})


def _shut(box: NetworkBox, filtering: bool) -> Verdict:
    if not filtering:
        return Verdict("not_met", "box_open")
    if box.changed_by_hand:
        return Verdict("partly", "box_differs", {"n": box.changed_by_hand})
    return Verdict("met", "box_filters", {"n": box.generation})


@check("dns-filtering", reads=(NetworkWatchDay,), also=(NetworkBox,), revision=2, on_request=_ASKED)
def dns_filtering(facts: Facts, catalog: Catalog) -> Verdict:
    """Met where a list of harmful names keeps somebody away: heard, or tried by a box within a day."""
    box = facts.get(NetworkBox)
    if box is not None and box.names_filtered is not None and _tried_lately(box, facts):
        return _kept_away(box, box.names_filtered)
    day = facts[NetworkWatchDay]
    speaking, silent = _speaking(day.engines, "names")
    if not speaking:
        return _nobody(silent)
    stopped = sum(one.stopped for one in day.signals if one.kind == "bad_name")
    return Verdict("met", "watch_filters", {"n": stopped, "day": day.day})


def _tried_lately(box: NetworkBox, facts: Facts) -> bool:
    return box.line_at is not None and facts.days_since(box.line_at) < 1


def _kept_away(box: NetworkBox, filtered: bool) -> Verdict:
    if not filtered:
        return Verdict("not_met", "box_names_pass")
    if not box.lists:
        return Verdict("partly", "box_own_only")
    return Verdict("met", "box_names_kept", {"n": box.lists})
