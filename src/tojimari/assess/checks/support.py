"""Ends of support: the system, the programs from elsewhere, the browsers."""

from datetime import date
from typing import TYPE_CHECKING

from tojimari.assess.check import Facts, Verdict, check
from tojimari.assess.checks.names import few
from tojimari.assess.checks.programs import plain_version, product_of
from tojimari.catalog import Catalog
from tojimari.model import PLACE, NotSeen, Numbers
from tojimari.model.facts import DeviceBrowsers, DeviceOs, DeviceSoftware

if TYPE_CHECKING:
    from tojimari.catalog.lifecycle import Cycle, Lifecycle

ENDS_SOON_DAYS = 180
"""Within this many days of the end the sentence warns; it is still supported."""

LATE_DAYS = 14
"""SCS 4-4-4-2 allows 14 days for critical fixes; a browser's updates bring them."""

_LAST_BUILD_OF_10 = "10.0.19045"
_LAST_FREE_PATCH = 6456
"""Of Windows 10 22H2: what came to everybody in October 2025 (KB5066791)."""
_LONGER = {1: date(2026, 10, 13), 2: date(2027, 10, 12), 3: date(2028, 10, 10)}
"""Year of the longer support of Windows 10 -> its last day (Microsoft's lifecycle pages)."""

_BROWSERS = {"firefox": "firefox", "chrome": "chrome"}


@check("supported-os", reads=(DeviceOs,), revision=4)
def supported_os(facts: Facts, catalog: Catalog) -> Verdict:
    """Past its regular end but in extended support (Debian LTS) is "partly", with both dates.

    The longer support of a Windows has to be asked for: it counts where a licence shows it.
    Dates from endoflife.date. The day named as the end is the last supported day. Where the
    edition that decides between several ends was not seen, no date is given.
    """
    from tojimari.catalog.lifecycle import data_age_days, ended, load_lifecycle

    system = facts[DeviceOs]
    lifecycle = load_lifecycle()
    cycles = _cycles_of_build(lifecycle, system)
    if len(cycles) > 1:
        return _any_edition(cycles, system.name, facts.today)
    cycle = cycles[0] if cycles else lifecycle.cycle(system.product, system.version)
    if cycle is None or cycle.eol is None:
        return Verdict("unknown", "not_in_data", {"name": system.name}, NotSeen("not_looked"))
    age = data_age_days(facts.today)
    if not ended(cycle.eol, facts.today) and not lifecycle.still_tells(system.product, cycle, age):
        return Verdict("unknown", "not_in_data", {"name": system.name}, NotSeen("not_looked"))
    return _one_cycle(cycle, system, facts.today)


def _cycles_of_build(lifecycle: "Lifecycle", system: DeviceOs) -> tuple["Cycle", ...]:
    """Return what a Windows build may be while its edition was not seen; empty for all others."""
    if system.family != "windows" or system.edition is not None or system.kernel is None:
        return ()
    # A client's number is the server's too; a server was told by its type of installation.
    products = ["windows", "windows-server"] if system.product == "windows" else [system.product]
    return lifecycle.of_build(products, system.kernel)


def _any_edition(cycles: tuple["Cycle", ...], name: str, today: date) -> Verdict:
    """Judge what holds for every edition; where they differ it is unknown."""
    from tojimari.catalog.lifecycle import ended

    over = {ended(c.eoes if isinstance(c.eoes, date) else c.eol, today) for c in cycles}
    if over == {True}:
        return Verdict("not_met", "ended_no_date", {"name": name})
    if over == {False} and not any(ended(c.eol, today) for c in cycles):
        return Verdict("met", "supported_edition", {"name": name})
    why = NotSeen("not_looked", see_with=f"{PLACE}windows-about")
    return Verdict(
        "unknown", "edition_not_known", {"name": name}, why, because_of=(DeviceOs, "edition")
    )


def _one_cycle(cycle: "Cycle", system: DeviceOs, today: date) -> Verdict:
    from tojimari.catalog.lifecycle import ended

    name = system.name
    if not ended(cycle.eol, today):
        if not isinstance(cycle.eol, date):
            return Verdict("met", "supported_open", {"name": name})
        left = (cycle.eol - today).days
        numbers: Numbers = {"name": name, "end": cycle.eol.isoformat(), "days": left}
        return Verdict("met", "ends_soon" if left <= ENDS_SOON_DAYS else "supported", numbers)
    end = cycle.eol.isoformat() if isinstance(cycle.eol, date) else None
    if system.product == "ubuntu" and system.edition is not None:
        return _ubuntu_beyond_its_end(cycle, system, today)
    if isinstance(cycle.eoes, date) and cycle.eoes >= today and end and system.family == "windows":
        return _windows_beyond_its_end(cycle.eoes, end, system, today)
    if isinstance(cycle.eoes, date) and cycle.eoes >= today and end:
        numbers = {"name": name, "end": end, "last": cycle.eoes.isoformat()}
        # Debian's LTS is for everyone; elsewhere the longer support may have to be bought.
        free = system.product == "debian"
        return Verdict("partly", "extended" if free else "extended_other", numbers)
    if isinstance(cycle.eoes, date):
        end = cycle.eoes.isoformat()
    if end is None:
        return Verdict("not_met", "ended_no_date", {"name": name})
    return Verdict("not_met", "ended", {"name": name, "end": end})


def _windows_beyond_its_end(last: date, end: str, system: DeviceOs, today: date) -> Verdict:
    """Judge a Windows whose longer support nobody has who did not ask for it.

    A licence that is active says until when. Without one a person may have enrolled, which is not
    told: the patch level shows whether anything came after the end.
    """
    name = system.name
    until = _LONGER.get(system.longer_support or 0)
    if until is not None and until >= today:
        left = (until - today).days
        numbers: Numbers = {"name": name, "end": until.isoformat(), "days": left}
        return Verdict("met", "ends_soon" if left <= ENDS_SOON_DAYS else "supported", numbers)
    if system.kernel == _LAST_BUILD_OF_10 and system.patch is not None:
        if system.patch <= _LAST_FREE_PATCH:
            return Verdict("not_met", "ended", {"name": name, "end": end})
        numbers = {"name": name, "end": end, "last": last.isoformat()}
        return Verdict("partly", "extended_other", numbers)
    numbers = {"name": name, "end": end, "last": last.isoformat()}
    why = NotSeen("not_told", see_with=f"{PLACE}windows-update")
    return Verdict("unknown", "extended_not_told", numbers, why)


def _ubuntu_beyond_its_end(cycle: "Cycle", system: DeviceOs, today: date) -> Verdict:
    """Judge an Ubuntu after its regular end: the longer support counts only where it is on."""
    last = cycle.eoes if system.edition == "esm" else cycle.eol
    if not isinstance(last, date):
        last = cycle.eol
    if not isinstance(last, date):
        return Verdict("not_met", "ended_no_date", {"name": system.name})
    left = (last - today).days
    if left < 0:
        return Verdict("not_met", "ended", {"name": system.name, "end": last.isoformat()})
    numbers: Numbers = {"name": system.name, "end": last.isoformat(), "days": left}
    return Verdict("met", "ends_soon" if left <= ENDS_SOON_DAYS else "supported", numbers)


def _state(product: str, version: str, today: date) -> tuple[bool, str] | None:
    """Return (support has ended, when) of a product's version; None when the data cannot say."""
    from tojimari.catalog.lifecycle import data_age_days, ended, load_lifecycle

    lifecycle, plain = load_lifecycle(), plain_version(version)
    cycle = lifecycle.cycle(product, plain)
    if cycle is None:
        # The data does not list every version; what is older than all supported ones has ended.
        return (True, "") if lifecycle.before_supported(product, plain, today) else None
    end = cycle.eoes if isinstance(cycle.eoes, date) else cycle.eol
    over = ended(end, today)
    if over is None:
        return None
    if not over and not lifecycle.still_tells(product, cycle, data_age_days(today)):
        return None
    return over, end.isoformat() if isinstance(end, date) else ""


@check("supported-software", reads=(DeviceSoftware,), revision=3)
def supported_software(facts: Facts, catalog: Catalog) -> Verdict:
    """Only programs from outside the distribution are looked up: it maintains its own ones.

    "Met" says how many of them were recognised; nothing is claimed about the others.
    """
    items = facts[DeviceSoftware].items
    outside = [item for item in items if item.from_system is False]
    unknown = [item for item in items if item.from_system is None]
    dead: list[str] = []
    known = 0
    for item in outside:
        product = product_of(item)
        state = _state(product.id, product.version, facts.today) if product else None
        if product is None or state is None:
            continue
        known += 1
        if state[0]:
            when = f" ({state[1]})" if state[1] else ""
            dead.append(f"{product.shown}{when}")
    if dead:
        return Verdict("not_met", "ended", {"names": few(sorted(set(dead)))})
    if unknown:
        return Verdict("unknown", "origin_unknown", not_seen=NotSeen("not_looked"))
    if not outside:
        return Verdict("met", "follows_system", {"n": len(items)})
    if not known:
        return Verdict("unknown", "none_known", {"all": len(outside)}, NotSeen("not_looked"))
    return Verdict("met", "none_ended", {"all": len(outside), "known": known})


def _behind(product: str, version: str, today: date) -> bool:
    """Return whether a newer version of the same release was out long ago, by the data itself.

    A release may live for a year and is mended every few weeks. Firefox 153.0 is behind as well
    once 153.1 is out, which only those with long support get: the others have 154.
    """
    from tojimari.catalog.lifecycle import data_age_days, load_lifecycle

    cycle = load_lifecycle().cycle(product, plain_version(version))
    if cycle is None or cycle.latest is None or data_age_days(today) < LATE_DAYS:
        return False
    own, newest = (
        tuple(int(part) for part in plain_version(one).split(".") if part)
        for one in (version, cycle.latest)
    )
    return bool(own) and own < newest


@check("browser-updates", reads=(DeviceBrowsers,), revision=3)
def browsers(facts: Facts, catalog: Catalog) -> Verdict:
    """A browser of the distribution follows its updates; others are looked up by version."""
    found = facts[DeviceBrowsers].browsers
    if not found:
        return Verdict("not_applicable", "none")
    dead: list[str] = []
    behind: list[str] = []
    fine: list[str] = []
    follows: list[str] = []
    unclear: list[str] = []
    for browser in found:
        name = f"{browser.name} {browser.version}"
        if browser.from_system:
            follows.append(name)
            continue
        product = _BROWSERS.get(browser.id)
        state = _state(product, browser.version, facts.today) if product else None
        if state is not None and state[0]:
            dead.append(name)
        elif product and _behind(product, browser.version, facts.today):
            behind.append(name)
        elif state is None:
            unclear.append(name)
        else:
            fine.append(name)
    if dead:
        return Verdict("not_met", "ended", {"names": few(dead)})
    if behind:
        return Verdict("not_met", "behind", {"names": few(behind)})
    if unclear:
        return Verdict("unknown", "not_known", {"names": few(unclear)}, NotSeen("not_looked"))
    if fine:
        return Verdict("met", "supported", {"names": few([*fine, *follows])})
    return Verdict("met", "follows_system", {"names": few(follows)})
