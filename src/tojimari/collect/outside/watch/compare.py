"""What differs between two looks at a site, and what is alarming by itself. Pure functions.

An alarm is what an intruder leaves and an owner seldom does; everything else is a note, so that
daily news, prices and updates ring no bell.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Literal

import msgspec

from tojimari.collect.outside.watch.code import Code, containers_of, is_odd
from tojimari.collect.outside.watch.crawl import Site
from tojimari.collect.outside.watch.hosts import (
    FAMILIAR,
    imitates,
    provider,
    registered,
    same_owner,
)
from tojimari.collect.outside.watch.portrait import Form, Portrait

_Alarm = Callable[[str, str, str], None]
"""Takes kind, page and evidence of an alarm."""
_EVIDENCE = 160
# More than a list of partners or of members' sites grows by in a week.
_LINK_HOSTS = 20
_LINKS = 40
_UNSEEN_HOSTS = 3
_UNSEEN_LINKS = 10
_UNSEEN_FIRST = 5
_NEW_NAMES = 50
_SPAM_NAMES = 3
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

    def __init__(self, site: Site) -> None:
        self.own = site.pages[0].landed if site.pages else ""
        self.pages = {page.url: page for page in site.pages}
        self.scripts = {script for page in site.pages for script in page.scripts}
        self.code = {code for page in site.pages for code in page.code}
        self.frames = {frame for page in site.pages for frame in page.frames}
        self.programs = {program for page in site.pages for program in page.programs}
        self.bases = {page.base for page in site.pages} | {page.refresh for page in site.pages}
        codes = [*self.code, *site.files.values()]
        self.providers = {provider(script) for script in self.scripts}
        self.providers |= {provider(host) for code in codes for host in code.sources}
        self.senders = {registered(_host(f.to)) for page in site.pages for f in page.forms}
        self.linked = {registered(host) for page in site.pages for host in page.foreign}
        self.hosts = self.linked | self.senders | self.providers
        self.hosts |= {registered(_host(frame.place)) for frame in self.frames}
        self.hosts |= {registered(host) for code in codes for host in code.hosts}
        self.brands = any(page.spam.brands >= 2 for page in site.pages)
        self.cards = any("card" in f.secrets for page in site.pages for f in page.forms)
        self.receivers = {form.to for page in site.pages for form in page.forms}
        self.containers = {name for code in codes for name in code.containers}
        self.containers |= set(containers_of(self.scripts))

    def strange(self, hosts: Iterable[str], own: str) -> list[str]:
        """Return the hosts nobody has seen here, that are neither the site's nor well known."""
        return [h for h in hosts if _foreign(h, own) and registered(h) not in self.hosts]


def _host(place: str) -> str:
    return place.partition("/")[0]


def _foreign(host: str, own: str) -> bool:
    return bool(host) and host not in FAMILIAR and not same_owner(host, own)


def compare(before: Site, now: Site) -> list[Change]:
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


def _page(was: Portrait | None, page: Portrait, known: _Known, *, home: bool) -> Iterator[Change]:
    def alarm(kind: str, evidence: str) -> Change:
        return Change(kind, "alarm", page.url, evidence[:_EVIDENCE])

    def note(kind: str, evidence: str = "") -> Change:
        return Change(kind, "note", page.url, evidence[:_EVIDENCE])

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
    if page.spam.sells_brands and not known.brands:
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


def _scripts(page: Portrait, known: _Known, own: str) -> Iterator[Change]:
    card = _asks_for_card(page)
    for script in page.scripts:
        if script in known.scripts:
            continue
        host = _host(script)
        if same_owner(host, own):
            yield Change("own_script", "note", page.url, script[:_EVIDENCE])
        elif provider(script) in known.providers:
            yield Change("known_script", "note", page.url, script[:_EVIDENCE])
        elif host in FAMILIAR and not card:
            yield Change("familiar_script", "note", page.url, script[:_EVIDENCE])
        else:
            yield Change("new_script", "alarm", page.url, script[:_EVIDENCE])


def _containers(page: Portrait, known: _Known) -> Iterator[Change]:
    """Yield containers of tags that are new: whoever owns one can put any program on the page.

    A site's first one is daily work; one in place of another, or where cards are asked for, is not.
    """
    names = [name for code in page.code for name in code.containers]
    for name in dict.fromkeys([*names, *containers_of(page.scripts)]):
        if name not in known.containers:
            grave = known.containers or known.cards or _asks_for_card(page)
            yield Change("container", "alarm" if grave else "note", page.url, name)


def _asks_for_card(page: Portrait) -> bool:
    return any("card" in form.secrets for form in page.forms)


def _code(was: Portrait | None, page: Portrait, known: _Known, own: str) -> Iterator[Change]:
    new = [code for code in page.code if code not in known.code]
    hiding = sum("hides" in code.signs for code in page.code)
    # Some services send another unreadable script with every page: their number stays the same.
    usual = sum("hides" in code.signs for code in was.code) if was else 0
    for code in new:
        found = list(_deeds(code, known.strange(code.hosts, own)))
        strange = known.strange(code.sources or code.hosts, own)
        if "loads" in code.signs and strange:
            found.append(("new_script", strange[0]))
        if "goes" in code.signs and known.strange(code.hosts, own) and "sends" not in code.signs:
            found.append(("redirect", known.strange(code.hosts, own)[0]))
        if "hides" in code.signs and hiding > usual:
            found.append(("obfuscated", ", ".join(code.hosts[:3])))
        for kind, evidence in found:
            yield Change(kind, "alarm", page.url, evidence[:_EVIDENCE])
        if not found:
            yield Change("code", "note", page.url, ", ".join(code.hosts[:3])[:_EVIDENCE])


def _deeds(code: Code, strange: list[str]) -> Iterator[tuple[str, str]]:
    """Yield what a new script does that no ordinary one does: (kind, evidence)."""
    signs = set(code.signs)
    if "sends" in signs and signs & {"keys", "card", "fields"} and strange:
        yield "skimmer", strange[0]
    elif {"sends", "card"} <= signs and signs & {"keys", "fields"}:
        yield "skimmer", ", ".join(code.hosts[:3])
    elif code.odd and signs & {"keys", "card", "fields"}:
        yield "skimmer", code.odd[0]
    if "frame" in signs and strange:
        yield "hidden_frame", strange[0]


def _frames(page: Portrait, known: _Known, own: str) -> Iterator[Change]:
    for frame in page.frames:
        host = _host(frame.place)
        if frame in known.frames or same_owner(host, own):
            continue
        if frame.hidden and host not in FAMILIAR and registered(host) not in known.providers:
            yield Change("hidden_frame", "alarm", page.url, frame.place[:_EVIDENCE])
        else:
            yield Change("frame", "note", page.url, frame.place[:_EVIDENCE])


def _forms(was: Portrait | None, page: Portrait, known: _Known, own: str) -> Iterator[Change]:
    forms: tuple[Form, ...] = was.forms if was else ()
    asked = {secret for form in forms for secret in form.secrets}
    for form in page.forms:
        if form in forms:
            continue
        host = _host(form.to) if "." in form.to else ""
        kind, evidence = "form", form.to
        if _foreign(host, own) and registered(host) not in known.senders:
            kind, evidence = "form_elsewhere", host
        elif is_odd(form.to) and form.to not in known.receivers:
            kind, evidence = "form_odd", form.to
        elif _logs_in(form, own):
            pass
        elif (was and set(form.secrets) - asked) or ("card" in form.secrets and not known.cards):
            kind, evidence = "secret_fields", ", ".join(form.fields)
        severity: Literal["alarm", "note"] = "note" if kind == "form" else "alarm"
        yield Change(kind, severity, page.url, evidence[:_EVIDENCE])


def _logs_in(form: Form, own: str) -> bool:
    """Say whether it is WordPress's own question for a password, of members or of one article.

    Owners turn that on with one click. Who could change what receives it needs no form for that.
    """
    ours = _host(form.to) == own and form.to.endswith("/wp-login.php")
    return ours and form.secrets == ("password",)


def _links(was: Portrait | None, page: Portrait, known: _Known) -> Iterator[Change]:
    before = was.unseen if was else ()
    unseen = [h for h in page.unseen if h not in before and registered(h) not in known.linked]
    if len(unseen) >= _UNSEEN_HOSTS or any(page.foreign.get(h, 0) >= _UNSEEN_LINKS for h in unseen):
        yield Change("hidden_links", "alarm", page.url, ", ".join(unseen[:5])[:_EVIDENCE])
        return
    new = {host: n for host, n in page.foreign.items() if registered(host) not in known.linked}
    names = ", ".join(list(new)[:5])[:_EVIDENCE]
    if len(new) >= _LINK_HOSTS or sum(new.values()) >= _LINKS:
        yield Change("many_links", "alarm", page.url, names)
    elif new:
        yield Change("links", "note", page.url, names)


def _files(before: Site, now: Site, known: _Known) -> Iterator[Change]:
    for place, code in now.files.items():
        was = before.files.get(place)
        if code == was:
            continue
        old = set(was.signs) if was else set()
        found = []
        # Programs of many uses know keys, fields and sending; what is new must come together.
        if was is None:
            # A new library: what it can do says little, but not where it sends by its own word.
            if strange := known.strange(code.sent, known.own) or code.odd:
                found = list(_deeds(code, list(strange)))
        elif set(code.signs) - old or set(code.hosts) - set(was.hosts) or code.odd != was.odd:
            strange = known.strange(code.hosts, known.own)
            found = list(_deeds(code, strange))
            if {"card", "sends"} <= old and not strange and code.odd == was.odd:
                found = []
        strange = known.strange(code.sources, known.own)
        if "loads" in code.signs and strange:
            found.append(("new_script", strange[0]))
        if {"hides_active", "builds"} & set(code.signs) - old:
            found.append(("obfuscated", ", ".join(code.hosts[:3])))
        for kind, evidence in found:
            yield Change(kind, "alarm", place, evidence[:_EVIDENCE])
        if not found and was is not None:
            yield Change("file", "note", place)


def _listing(before: Site, now: Site) -> Iterator[Change]:
    was, is_ = before.listing, now.listing
    if was == is_ or not now.pages:
        return
    home = now.pages[0].url
    new, kind = now.fresh
    if was.pages and new >= _NEW_NAMES and is_.pages >= 2 * was.pages:
        yield Change("listing", "alarm", home, f"{was.pages} → {is_.pages}: {kind}"[:_EVIDENCE])
    else:
        yield Change("listing", "note", home, f"{was.pages} → {is_.pages}")


def _alike(one: tuple[str, ...], other: tuple[str, ...]) -> float:
    both = set(one) | set(other)
    return len(set(one) & set(other)) / len(both) if both else 1.0


def _replaced(was: Portrait, page: Portrait) -> bool:
    """Say whether nothing of a page is left: not its parts, its links, nor its title or text."""

    def pairs(title: str) -> set[str]:
        return {title[at : at + 2] for at in range(len(title) - 1)}

    kept = len(set(was.links) & set(page.links)) / len(was.links) if was.links else 0.0
    before, after = pairs(was.title), pairs(page.title)
    named = len(before & after) / len(before) if before else 0.0
    if _alike(was.shape, page.shape) >= 0.35 or kept >= 0.2:
        return False
    return named < 0.2 or (len(was.sketch) >= _SKETCHED and _same_text(was, page) < 0.1)


def _same_text(was: Portrait, page: Portrait) -> float:
    """Return about what share of the text of two pages is the same, from their sketches."""
    both = sorted({*was.sketch, *page.sketch})[: max(len(was.sketch), len(page.sketch))]
    return sum(one in was.sketch and one in page.sketch for one in both) / len(both)


def standing(site: Site) -> list[Change]:
    """Return what is alarming on a site that nobody has looked at before. Never a note."""
    found: dict[Change, None] = {}

    def alarm(kind: str, page: str, evidence: str) -> None:
        found[Change(kind, "alarm", page, evidence[:_EVIDENCE])] = None

    own = site.pages[0].landed if site.pages else ""
    for page in site.pages:
        if not same_owner(page.landed, own):
            continue
        if page.boast:
            alarm("defaced", page.url, page.boast)
        if page.spam.sells_fakes:
            alarm("spam", page.url, ", ".join(page.spam.strong[:3]))
        for frame in page.frames:
            if frame.hidden and _foreign(_host(frame.place), own):
                alarm("hidden_frame", page.url, frame.place)
        for script in page.scripts:
            if not same_owner(_host(script), own) and (name := imitates(_host(script))):
                alarm("imitation", page.url, f"{_host(script)} ≠ {name}")
        for code in page.code:
            _by_itself(code, own, page.url, alarm)
        unseen = [host for host in page.unseen if _foreign(host, own)]
        if len(unseen) >= _UNSEEN_FIRST or any(page.foreign.get(h, 0) >= 20 for h in unseen):
            alarm("hidden_links", page.url, ", ".join(unseen[:5]))
    for place, code in site.files.items():
        _by_itself(code, own, place, alarm)
    if site.listing.spam_in_all >= _SPAM_NAMES:
        alarm("spam_names", site.pages[0].url, site.listing.spam[0])
    _cloaked(site, own, alarm)
    return sorted(found)


def _by_itself(code: Code, own: str, page: str, alarm: _Alarm) -> None:
    abroad = [host for host in code.hosts if _foreign(host, own)]
    signs = set(code.signs)
    if not abroad or "hides" not in signs:
        return
    if "sends" in signs and signs & {"keys", "card"}:
        alarm("skimmer", page, abroad[0])
    elif "hides_active" in signs:
        alarm("obfuscated", page, ", ".join(abroad[:3]))


def _led_away(shown: Portrait, page: Portrait, own: str) -> str:
    """Return the host a script leads only those away to who come from a search, "" when none."""
    there = {host for code in page.code for host in code.hosts}
    for code in shown.code:
        if "goes" in code.signs and "sends" not in code.signs:
            for host in code.hosts:
                if host not in there and _foreign(host, own):
                    return host
    return ""


def _cloaked(site: Site, own: str, alarm: _Alarm) -> None:
    pages = {page.url: page for page in site.pages}
    for shown in site.from_search:
        page = pages.get(shown.url)
        if page is None or not same_owner(page.landed, own):
            continue
        if not same_owner(shown.landed, own):
            alarm("cloaked", page.url, shown.landed)
        elif shown.refresh and shown.refresh != page.refresh:
            alarm("cloaked", page.url, shown.refresh)
        elif led := _led_away(shown, page, own):
            alarm("cloaked", page.url, led)
        elif shown.boast and not page.boast:
            alarm("cloaked", page.url, shown.boast)
        elif shown.spam.sells_fakes and not page.spam.sells_fakes:
            alarm("cloaked", page.url, ", ".join(shown.spam.strong[:3]))
        elif shown.spam.sells_brands and page.spam.brands < 2:
            alarm("cloaked", page.url, shown.title)
