"""What differs between two looks at a site. Pure functions.

An alarm is what an intruder leaves and an owner seldom does; everything else is a note, so that
daily news, prices and updates ring no bell.
"""

from collections.abc import Iterable, Iterator
from typing import Literal

import msgspec

from tojimari.assess.defacement.spam import sells_brands
from tojimari.knowledge.domains import owner_domain, same_owner
from tojimari.knowledge.script_places import containers_of, is_odd
from tojimari.knowledge.services import FAMILIAR, OWN_PAGES, provider
from tojimari.model.snapshots import BY_SHEET, PageForm, PageSnapshot, ScriptFeatures, SiteSnapshot

EVIDENCE = 160
# More than a list of partners or of members' sites grows by in a week.
_LINK_HOSTS = 20
_LINKS = 40
_UNSEEN_HOSTS = 3
_COVERT_HOSTS = 2
"""A menu that opens by a click is hidden too; what it leads to mostly has an open link as well."""
_UNSEEN_LINKS = 10
_NEW_NAMES = 50
_LAYOUT = 0.7
_SKETCHED = 24
"""Less of a text says nothing about how much of it is left."""


class Change(msgspec.Struct, frozen=True, order=True):
    """Something that differs, or is alarming.

    Attributes:
        kind: what it is; the sentences for it are ``watch.KIND`` in the catalog's ui.yaml.
        severity: alarm or note.
        page: address of the page, or place of the script file.
        evidence: host, program, words: what to look for there.
    """

    kind: str
    severity: Literal["alarm", "note"]
    page: str
    evidence: str = ""


class _Known:
    """Everything that was on the site before, whichever page it was on."""

    def __init__(self, site: SiteSnapshot) -> None:
        self.own = site.pages[0].landed if site.pages else ""
        self.pages = {page.url: page for page in site.pages}
        self.scripts = {script for page in site.pages for script in page.scripts}
        self.code = {code for page in site.pages for code in page.code}
        self.frames = {frame for page in site.pages for frame in page.frames}
        self.framed = {frame.place for frame in self.frames}
        self.programs = {program for page in site.pages for program in page.programs}
        self.bases = {page.base for page in site.pages} | {page.refresh for page in site.pages}
        codes = [*self.code, *site.files.values()]
        self.providers = {provider(script) for script in self.scripts}
        self.providers |= {provider(host) for code in codes for host in code.sources}
        self.senders = {owner_domain(host_in(f.to)) for page in site.pages for f in page.forms}
        self.linked = {owner_domain(host) for page in site.pages for host in page.foreign}
        self.hosts = self.linked | self.senders | self.providers
        self.hosts |= {owner_domain(host_in(frame.place)) for frame in self.frames}
        self.hosts |= {owner_domain(host) for code in codes for host in code.hosts}
        self.brands = any(page.spam.brands >= 2 for page in site.pages)
        self.cards = any("card" in f.secrets for page in site.pages for f in page.forms)
        self.receivers = {form.to for page in site.pages for form in page.forms}
        self.containers = {name for code in codes for name in code.containers}
        self.containers |= set(containers_of(self.scripts))

    def strange(self, hosts: Iterable[str], own: str) -> list[str]:
        """Return the hosts nobody has seen here, that are neither the site's nor well known."""
        return [h for h in hosts if foreign(h, own) and owner_domain(h) not in self.hosts]


def host_in(place: str) -> str:
    """Return the host of a place."""
    return place.partition("/")[0]


def foreign(host: str, own: str) -> bool:
    """Say whether a host is neither the site's own nor one that everybody knows."""
    return bool(host) and host not in FAMILIAR and not same_owner(host, own)


def compare(before: SiteSnapshot, now: SiteSnapshot) -> list[Change]:
    """Return what differs, alarms first, each thing once. Two equal sites have no changes."""
    known = _Known(before)
    found: dict[Change, None] = {}
    for page in now.pages:
        was = known.pages.get(page.url)
        if page != was:
            home = page.url == before.pages[0].url if before.pages else False
            found |= dict.fromkeys(_page(was, page, known, home=home))
    found |= dict.fromkeys(_files(before, now, known))
    found |= dict.fromkeys(_listing(before, now))
    for url in now.gone:
        if url in known.pages:
            found[Change("page_gone", "note", url)] = None
    for url in now.missed:
        if url in known.pages:
            found[Change("page_missed", "note", url)] = None
    return sorted(found)


def _page(
    was: PageSnapshot | None, page: PageSnapshot, known: _Known, *, home: bool
) -> Iterator[Change]:
    def alarm(kind: str, evidence: str) -> Change:
        return Change(kind, "alarm", page.url, evidence[:EVIDENCE])

    def note(kind: str, evidence: str = "") -> Change:
        return Change(kind, "note", page.url, evidence[:EVIDENCE])

    own = known.own or page.landed
    if was is None:
        yield note("page_new", page.title)
    if not same_owner(page.landed, own):
        moved = was is not None and same_owner(was.landed, own)
        yield (alarm if moved else note)("redirect", page.landed)
        return  # what stands there is somebody else's page
    yield from _scripts(page, known, own)
    yield from _code(was, page, known, own)
    yield from _containers(page, known)
    yield from _frames(page, known, own)
    yield from _forms(was, page, known, own)
    yield from _links(was, page, known)
    for program in page.programs:
        if program not in known.programs:
            yield alarm("program", program)
    for kind, host in (("base", page.base), ("redirect", page.refresh)):
        if host and host not in known.bases:
            yield alarm(kind, host)
    if sells_brands(page.spam) and not known.brands:
        yield alarm("spam", page.title or page.url)
    if was is None:
        return
    if home and _replaced(was, page):
        yield alarm("replaced", page.title)
    elif _alike(was.shape, page.shape) < _LAYOUT:
        yield note("layout")
    if was.title != page.title:
        yield note("title", page.title)
    if was.text != page.text:
        yield note("text")


def _scripts(page: PageSnapshot, known: _Known, own: str) -> Iterator[Change]:
    card = _asks_for_card(page)
    for script in page.scripts:
        if script in known.scripts:
            continue
        host = host_in(script)
        if same_owner(host, own):
            yield Change("own_script", "note", page.url, script[:EVIDENCE])
        elif provider(script) in known.providers:
            yield Change("known_script", "note", page.url, script[:EVIDENCE])
        elif host in FAMILIAR and not card:
            yield Change("familiar_script", "note", page.url, script[:EVIDENCE])
        else:
            yield Change("new_script", "alarm", page.url, script[:EVIDENCE])


def _containers(page: PageSnapshot, known: _Known) -> Iterator[Change]:
    """Yield containers of tags that are new: whoever owns one can put any program on the page.

    A site's first one is daily work; one in place of another, or where cards are asked for, is not.
    """
    names = [name for code in page.code for name in code.containers]
    for name in dict.fromkeys([*names, *containers_of(page.scripts)]):
        if name not in known.containers:
            grave = known.containers or known.cards or _asks_for_card(page)
            yield Change("container", "alarm" if grave else "note", page.url, name)


def _asks_for_card(page: PageSnapshot) -> bool:
    return any("card" in form.secrets for form in page.forms)


def _code(
    was: PageSnapshot | None, page: PageSnapshot, known: _Known, own: str
) -> Iterator[Change]:
    new = [code for code in page.code if code not in known.code]
    hiding = sum("hides" in code.indicators for code in page.code)
    # Some services send another unreadable script with every page: their number stays the same.
    usual = sum("hides" in code.indicators for code in was.code) if was else 0
    for code in new:
        found = list(_deeds(code, known.strange(code.hosts, own)))
        strange = known.strange(code.sources or code.hosts, own)
        if "loads" in code.indicators and strange:
            found.append(("new_script", strange[0]))
        if (
            "goes" in code.indicators
            and known.strange(code.hosts, own)
            and "sends" not in code.indicators
        ):
            found.append(("redirect", known.strange(code.hosts, own)[0]))
        if "hides" in code.indicators and hiding > usual:
            found.append(("obfuscated", ", ".join(code.hosts[:3])))
        for kind, evidence in found:
            yield Change(kind, "alarm", page.url, evidence[:EVIDENCE])
        if not found:
            yield Change("code", "note", page.url, ", ".join(code.hosts[:3])[:EVIDENCE])


def _deeds(code: ScriptFeatures, strange: list[str]) -> Iterator[tuple[str, str]]:
    """Yield what a new script does that no ordinary one does: (kind, evidence)."""
    indicators = set(code.indicators)
    if "sends" in indicators and indicators & {"keys", "card", "fields"} and strange:
        yield "skimmer", strange[0]
    elif {"sends", "card"} <= indicators and indicators & {"keys", "fields"}:
        yield "skimmer", ", ".join(code.hosts[:3])
    elif code.odd and indicators & {"keys", "card", "fields"}:
        yield "skimmer", code.odd[0]
    if "frame" in indicators and strange:
        yield "hidden_frame", strange[0]


def _frames(page: PageSnapshot, known: _Known, own: str) -> Iterator[Change]:
    for frame in page.frames:
        host = host_in(frame.place)
        if frame in known.frames or same_owner(host, own):
            continue
        if frame.hidden == BY_SHEET and frame.place in known.framed:
            continue  # a new design of what was open before
        if frame.hidden and host not in FAMILIAR and owner_domain(host) not in known.providers:
            yield Change("hidden_frame", "alarm", page.url, frame.place[:EVIDENCE])
        else:
            yield Change("frame", "note", page.url, frame.place[:EVIDENCE])


def _forms(
    was: PageSnapshot | None, page: PageSnapshot, known: _Known, own: str
) -> Iterator[Change]:
    forms: tuple[PageForm, ...] = was.forms if was else ()
    asked = {secret for form in forms for secret in form.secrets}
    for form in page.forms:
        if form in forms:
            continue
        host = host_in(form.to) if "." in form.to else ""
        kind, evidence = "form", form.to
        if foreign(host, own) and owner_domain(host) not in known.senders:
            kind, evidence = "form_elsewhere", host
        elif is_odd(form.to) and form.to not in known.receivers:
            kind, evidence = "form_odd", form.to
        elif _logs_in(form, own):
            pass
        elif (was and set(form.secrets) - asked) or ("card" in form.secrets and not known.cards):
            kind, evidence = "secret_fields", ", ".join(form.fields)
        severity: Literal["alarm", "note"] = "note" if kind == "form" else "alarm"
        yield Change(kind, severity, page.url, evidence[:EVIDENCE])


def _logs_in(form: PageForm, own: str) -> bool:
    """Say whether it is WordPress's own question for a password, of members or of one article.

    Owners turn that on with one click. Who could change what receives it needs no form for that.
    """
    ours = host_in(form.to) == own and form.to.endswith("/wp-login.php")
    return ours and form.secrets == ("password",)


def _links(was: PageSnapshot | None, page: PageSnapshot, known: _Known) -> Iterator[Change]:
    before = was.unseen if was else ()
    unseen = [h for h in page.unseen if h not in before and owner_domain(h) not in known.linked]
    lures = [host for host in unseen if host in page.lures]
    strangers = [host for host in unseen if owner_domain(host) not in OWN_PAGES]
    if (
        lures
        or sum(host in page.covert for host in strangers) >= _COVERT_HOSTS
        or len(strangers) >= _UNSEEN_HOSTS
        or any(page.foreign.get(h, 0) >= _UNSEEN_LINKS for h in unseen)
    ):
        unseen = [*lures, *(host for host in unseen if host not in lures)]
        yield Change("hidden_links", "alarm", page.url, ", ".join(unseen[:5])[:EVIDENCE])
        return
    new = {host: n for host, n in page.foreign.items() if owner_domain(host) not in known.linked}
    names = ", ".join(list(new)[:5])[:EVIDENCE]
    if len(new) >= _LINK_HOSTS or sum(new.values()) >= _LINKS:
        yield Change("many_links", "alarm", page.url, names)
    elif new:
        yield Change("links", "note", page.url, names)


def _files(before: SiteSnapshot, now: SiteSnapshot, known: _Known) -> Iterator[Change]:
    for place, code in now.files.items():
        was = before.files.get(place)
        if code == was:
            continue
        old = set(was.indicators) if was else set()
        found = []
        # Programs of many uses know keys, fields and sending; what is new must come together.
        if was is None:
            # A new library: what it can do says little, but not where it sends by its own word.
            if strange := known.strange(code.sent, known.own) or code.odd:
                found = list(_deeds(code, list(strange)))
        elif set(code.indicators) - old or set(code.hosts) - set(was.hosts) or code.odd != was.odd:
            strange = known.strange(code.hosts, known.own)
            found = list(_deeds(code, strange))
            if {"card", "sends"} <= old and not strange and code.odd == was.odd:
                found = []
        strange = known.strange(code.sources, known.own)
        if "loads" in code.indicators and strange:
            found.append(("new_script", strange[0]))
        if "hides_active" in set(code.indicators) - old or code.builds > (was.builds if was else 0):
            found.append(("obfuscated", ", ".join(code.hosts[:3])))
        for kind, evidence in found:
            yield Change(kind, "alarm", place, evidence[:EVIDENCE])
        if not found and was is not None:
            yield Change("file", "note", place)


def _listing(before: SiteSnapshot, now: SiteSnapshot) -> Iterator[Change]:
    was, is_ = before.listing, now.listing
    if was == is_ or not now.pages:
        return
    home = now.pages[0].url
    new, kind = now.fresh
    if was.pages and new >= _NEW_NAMES and is_.pages >= 2 * was.pages:
        yield Change("listing", "alarm", home, f"{was.pages} → {is_.pages}: {kind}"[:EVIDENCE])
    else:
        yield Change("listing", "note", home, f"{was.pages} → {is_.pages}")


def _alike(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    both = set(one) | set(other)
    return len(set(one) & set(other)) / len(both) if both else 1.0


def _replaced(was: PageSnapshot, page: PageSnapshot) -> bool:
    """Say whether nothing of a page is left: not its parts, its links, nor its title or text."""

    def pairs(title: str) -> set[str]:
        return {title[at : at + 2] for at in range(len(title) - 1)}

    same_links = len(set(was.links) & set(page.links)) / len(was.links) if was.links else 0.0
    before, after = pairs(was.title), pairs(page.title)
    named = len(before & after) / len(before) if before else 0.0
    if _alike(was.shape, page.shape) >= 0.35 or same_links >= 0.2:
        return False
    return named < 0.2 or (len(was.sketch) >= _SKETCHED and _same_text(was, page) < 0.1)


def _same_text(was: PageSnapshot, page: PageSnapshot) -> float:
    """Return about what share of the text of two pages is the same, from their sketches."""
    both = sorted({*was.sketch, *page.sketch})[: max(len(was.sketch), len(page.sketch))]
    return sum(one in was.sketch and one in page.sketch for one in both) / len(both)
