"""Runs every probe on a target and returns observations about site, domain and address."""

import pkgutil
from collections.abc import Callable, Collection
from datetime import datetime
from importlib import import_module

import msgspec

from tojimari.catalog import Catalog
from tojimari.collect.look import Collector, Seen
from tojimari.collect.outside.egress import Egress
from tojimari.collect.outside.target import Target
from tojimari.collect.outside.visit import Visit
from tojimari.collect.run import Progress, look
from tojimari.model import Fact, Observation, Subject
from tojimari.model.facts import ids_of

Probe = Callable[[Visit], list[Seen]]

_PROBES: dict[str, Collector] = {}
_NEEDS: dict[str, str] = {}
LONG = frozenset({"mail_domain.lookalikes"})
"""Fact kinds that take hundreds of questions: for one company, not for a thousand at once."""


def probe(
    *, sees: tuple[type[Fact], ...], limit_seconds: float = 30.0, needs: str = "site"
) -> Callable[[Probe], Probe]:
    """Register the decorated function as what sees these fact kinds from outside.

    All kinds of one probe are about the same kind of subject (site, mail_domain, network).
    needs: the part of a Target without which it does not look (site, mail_domain, address,
        registration).
    """

    def register(probe_: Probe) -> Probe:
        name = f"outside.{probe_.__module__.rsplit('.', 1)[-1]}.{probe_.__name__}"
        _PROBES[name] = Collector(name, "outside", ids_of(sees), probe_, limit_seconds)
        _NEEDS[name] = needs
        return probe_

    return register


def probes() -> list[Collector]:
    """Return every probe, found in ``outside/probes``, sorted by name."""
    package = import_module("tojimari.collect.outside.probes")
    for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        import_module(module.name)
    return sorted(_PROBES.values(), key=lambda found: found.name)


def subjects_of(target: Target) -> dict[str, Subject]:
    """Return what observations about a target are about, by kind of subject."""
    every = {
        "site": Subject("site", target.site),
        "mail_domain": Subject("mail_domain", target.mail_domain),
        "network": Subject("network", target.address),
    }
    return {kind: subject for kind, subject in every.items() if subject.id}


def look_outside(
    target: Target,
    egress: Egress,
    *,
    catalog: Catalog,
    at: datetime,
    kinds: Collection[str] | None = None,
    progress: Progress | None = None,
) -> list[Observation]:
    """Return what was seen of ``target``, only of the fact ``kinds`` when given."""
    return look(
        Visit(target, egress),
        _chosen(target, kinds),
        catalog=catalog,
        subject=_subject_of(target, catalog),
        at=at,
        progress=progress,
    )


def not_looked(
    target: Target, *, catalog: Catalog, at: datetime, kinds: Collection[str] | None = None
) -> list[Observation]:
    """Return that nothing was seen of ``target``, by a fault of ours."""

    def ended(_: Visit) -> list[Seen]:
        raise RuntimeError("the process that looked ended")

    chosen = [msgspec.structs.replace(one, look=ended) for one in _chosen(target, kinds)]
    return look(None, chosen, catalog=catalog, subject=_subject_of(target, catalog), at=at)


def _chosen(target: Target, kinds: Collection[str] | None) -> list[Collector]:
    return [
        found
        for found in probes()
        if (kinds is None or set(kinds) & set(found.sees)) and target.has(_NEEDS[found.name])
    ]


def _subject_of(target: Target, catalog: Catalog) -> Callable[[str], Subject]:
    subjects = subjects_of(target)
    return lambda kind: subjects[kind.partition(".")[0]]
