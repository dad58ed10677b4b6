"""What is heard of the engines that watch: is somebody watching, and did they fall silent?"""

from collections.abc import Iterable

from tojimari.assess.check import Facts, Verdict, check
from tojimari.assess.checks.names import few
from tojimari.catalog import Catalog
from tojimari.model import NotSeen
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


@check("network-firewall", reads=(NetworkWatchDay,), on_request=_ASKED)
def network_firewall(facts: Facts, catalog: Catalog) -> Verdict:
    """Met where the packet filter at the door is heard dropping; one that only looks on is not one."""
    day = facts[NetworkWatchDay]
    speaking, silent = _speaking(day.engines, "network")
    if not speaking:
        return _nobody(silent)
    if not any(engine in _STOPS for engine in speaking):
        return Verdict("partly", "only_watched", {"engines": few(speaking)})
    stopped = sum(one.stopped for one in day.signals if one.engine in _STOPS)
    return Verdict("met", "watch_stops", {"n": stopped, "day": day.day})


@check("dns-filtering", reads=(NetworkWatchDay,), on_request=_ASKED)
def dns_filtering(facts: Facts, catalog: Catalog) -> Verdict:
    """Met where a list of harmful names is heard keeping somebody away."""
    day = facts[NetworkWatchDay]
    speaking, silent = _speaking(day.engines, "names")
    if not speaking:
        return _nobody(silent)
    stopped = sum(one.stopped for one in day.signals if one.kind == "bad_name")
    return Verdict("met", "watch_filters", {"n": stopped, "day": day.day})
