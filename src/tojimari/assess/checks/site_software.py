"""Whether what a web site is made with has known holes or is no longer looked after."""

from datetime import date

from tojimari.assess.check import Facts, Verdict, check
from tojimari.assess.checks.names import few
from tojimari.catalog import Catalog
from tojimari.model import NotSeen, State
from tojimari.model.facts import SiteSoftware, SiteSoftwareItem

_PRODUCTS = {"Apache Tomcat": "tomcat", "TYPO3 CMS": "typo3", "Craft CMS": "craft-cms"}
"""Names of the fingerprints -> of endoflife.date, where they differ by more than spaces."""
_UNKNOWN_KINDS = frozenset({"plugin", "theme"})
"""No data tells of these; some are called like a product that has other numbers."""
_GRAVE = 3
"""Severities from here on (3 high, 4 critical) are open; below they are "partly"."""
_SHOWN = 3
_WORST_FIRST: dict[str, State] = {
    "attacked": "not_met",
    "ended": "not_met",
    "grave": "not_met",
    "old_server": "partly",
    "holes": "partly",
    "behind": "partly",
}


@check("website-vulnerabilities", reads=(SiteSoftware,), revision=3)
def software(facts: Facts, catalog: Catalog) -> Verdict:
    """Only parts whose version is told and which the data knows are judged, and counted so.

    Servers and languages built by a distribution are left out: it mends holes under old numbers.
    Many of them do not say that they are (Debian's nginx, anybody's PHP), so an old number of a
    server or language alone is a question to who hosts the site. So is a distribution that is no
    longer mended itself.
    """
    from tojimari.knowledge.exploited import exploited
    from tojimari.knowledge.scripts import vulnerabilities

    seen = facts[SiteSoftware]
    found_as: dict[str, set[str]] = {reason: set() for reason in _WORST_FIRST}
    judged = 0
    for item in seen.items:
        name = f"{item.name} {item.version}"
        if item.system:
            if _is_over(item.system, facts.today):
                found_as["old_server"].add(item.system)
            continue
        if not item.version or item.kind in _UNKNOWN_KINDS:
            continue
        if item.kind == "script":
            found = vulnerabilities(item.name, item.version)
            judged += 1
            if any(cve in exploited() for one in found for cve in one.identifiers.CVE):
                found_as["attacked"].add(name)
            elif found:
                found_as["grave" if found[0].rank >= _GRAVE else "holes"].add(name)
            continue
        state = _support(item, facts.today)
        judged += state is not None
        if state in found_as:
            found_as[state].add(name)
    told = {"day": seen.known_as_of}
    for reason, state_ in _WORST_FIRST.items():
        if names := found_as[reason]:
            return Verdict(state_, reason, told | {"names": few(sorted(names), _SHOWN)})
    numbers = told | {"n": judged, "all": seen.items_in_all}
    if not judged:
        return Verdict("unknown", "nothing_told", numbers, NotSeen("not_told"))
    return Verdict("met", "none_known", numbers)


def _is_over(system: str, today: date) -> bool:
    """Say whether nobody mends a distribution any longer, e.g. ``Debian 8``.

    Without a release that is so only when all of its releases are over, e.g. of ``CentOS``.
    """
    from tojimari.catalog.lifecycle import ended, load_lifecycle

    name, _, release = system.rpartition(" ")
    if not release.isdecimal():
        name, release = system, ""
    product, lifecycle = name.lower().replace(" ", "-"), load_lifecycle()
    entry = lifecycle.products.get(product)
    every = entry.releases if entry else ()
    told = (lifecycle.cycle(product, release),) if release else every
    cycles = [one for one in told if one is not None]
    # Where the data knows of a longer support, that has to be over as well.
    return bool(cycles) and all(
        ended(one.eol, today) and ended(one.eoes, today) is not False for one in cycles
    )


def _support(item: SiteSoftwareItem, today: date) -> str | None:
    """Return ended, old_server, behind (a newer release of the same line is out) or current.

    None is not known.
    Only of a content management system the newest release is asked for: others are often built by
    whoever hosts the site.
    """
    from tojimari.catalog.lifecycle import ended, load_lifecycle
    from tojimari.knowledge.versions import Version

    name, version = item.name, item.version
    product = _PRODUCTS.get(name, name.lower().replace(" ", "-"))
    lifecycle = load_lifecycle()
    cycle = lifecycle.cycle(product, version)
    old = "old_server" if item.kind in ("server", "language") else "ended"
    if cycle is None:
        return old if lifecycle.before_supported(product, version, today) else None
    over = ended(cycle.eol, today)
    if over:
        return old
    if item.kind in ("cms", "shop") and cycle.latest and Version(version) < Version(cycle.latest):
        return "behind"
    return None if over is None else "current"
