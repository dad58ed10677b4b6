"""What is alarming on a site by itself, whatever was there before. Pure functions."""

from collections.abc import Callable

from tojimari.assess.defacement.changes import EVIDENCE, Change, foreign, host_in
from tojimari.assess.defacement.spam import sells_brands, sells_fakes
from tojimari.knowledge.domains import same_owner
from tojimari.knowledge.services import imitates
from tojimari.model.snapshots import BY_SHEET, PageSnapshot, ScriptFeatures, SiteSnapshot

_Alarm = Callable[[str, str, str], None]
"""Takes kind, page and evidence of an alarm."""
_UNSEEN_FIRST = 5
_LURES_FIRST = 2
_SPAM_NAMES = 3


def alarms_of(site: SiteSnapshot) -> list[Change]:
    """Return what is alarming on a site that nobody has looked at before. Never a note."""
    found: dict[Change, None] = {}

    def alarm(kind: str, page: str, evidence: str) -> None:
        found[Change(kind, "alarm", page, evidence[:EVIDENCE])] = None

    own = site.pages[0].landed if site.pages else ""
    for page in site.pages:
        if not same_owner(page.landed, own):
            continue
        if page.boast:
            alarm("defaced", page.url, page.boast)
        if sells_fakes(page.spam):
            alarm("spam", page.url, ", ".join(page.spam.strong[:3]))
        for frame in page.frames:
            # What a sheet hides may be opened by a click: that alone indicates nothing.
            if frame.hidden not in ("", BY_SHEET) and foreign(host_in(frame.place), own):
                alarm("hidden_frame", page.url, frame.place)
        for script in page.scripts:
            if not same_owner(host_in(script), own) and (name := imitates(host_in(script))):
                alarm("imitation", page.url, f"{host_in(script)} ≠ {name}")
        for code in page.code:
            _by_itself(code, own, page.url, alarm)
        unseen = [host for host in page.unseen if foreign(host, own)]
        lures = [host for host in unseen if host in page.lures]
        unseen = [*lures, *(host for host in unseen if host not in lures)]
        if (
            len(lures) >= _LURES_FIRST
            or len(unseen) >= _UNSEEN_FIRST
            or any(page.foreign.get(h, 0) >= 20 for h in unseen)
        ):
            alarm("hidden_links", page.url, ", ".join(unseen[:5]))
    for place, code in site.files.items():
        _by_itself(code, own, place, alarm)
    if site.listing.spam_in_all >= _SPAM_NAMES:
        alarm("spam_names", site.pages[0].url, site.listing.spam[0])
    _cloaked(site, own, alarm)
    return sorted(found)


def _by_itself(code: ScriptFeatures, own: str, page: str, alarm: _Alarm) -> None:
    abroad = [host for host in code.hosts if foreign(host, own)]
    indicators = set(code.indicators)
    if not abroad or "hides" not in indicators:
        return
    if "sends" in indicators and indicators & {"keys", "card"}:
        alarm("skimmer", page, abroad[0])
    elif "hides_active" in indicators:
        alarm("obfuscated", page, ", ".join(abroad[:3]))


def _led_away(shown: PageSnapshot, page: PageSnapshot, own: str) -> str:
    """Return the host a script leads only those away to who come from a search, "" when none."""
    there = {host for code in page.code for host in code.hosts}
    for code in shown.code:
        if "goes" in code.indicators and "sends" not in code.indicators:
            for host in code.hosts:
                if host not in there and foreign(host, own):
                    return host
    return ""


def _cloaked(site: SiteSnapshot, own: str, alarm: _Alarm) -> None:
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
        elif sells_fakes(shown.spam) and not sells_fakes(page.spam):
            alarm("cloaked", page.url, ", ".join(shown.spam.strong[:3]))
        elif sells_brands(shown.spam) and page.spam.brands < 2:
            alarm("cloaked", page.url, shown.title)
