"""What lies open on the web site, and where its forms send."""

from tojimari.assess.check import Facts, Verdict, check
from tojimari.assess.checks.names import few
from tojimari.catalog import Catalog
from tojimari.model import NotSeen, State
from tojimari.model.facts import SiteContent, SiteExposed

_SILENT_SHARE = 0.2
_WORST_FIRST: tuple[tuple[State, str, tuple[str, ...]], ...] = (
    ("not_met", "secret", ("secret",)),
    ("not_met", "copies", ("source", "backup")),
    ("partly", "listing", ("listing", "debug")),
    ("partly", "admin", ("admin",)),
)


@check("website-exposed-files", reads=(SiteExposed,))
def exposed_files(facts: Facts, catalog: Catalog) -> Verdict:
    """Secrets, copies and source are open; listings, debug pages and log-ins are "partly"."""
    seen = facts[SiteExposed]

    def paths(*kinds: str) -> list[str]:
        return [row.path for row in seen.found if row.kind in kinds]

    for state, reason, kinds in _WORST_FIRST:
        if found := paths(*kinds):
            return Verdict(state, reason, {"paths": few(found)})
    if seen.silent > seen.tried * _SILENT_SHARE:
        numbers = {"tried": seen.tried, "silent": seen.silent}
        return Verdict("unknown", "unclear", numbers, NotSeen("timed_out"))
    return Verdict("met", "none", {"tried": seen.tried})


@check("website-content", reads=(SiteContent,), revision=2)
def content(facts: Facts, catalog: Catalog) -> Verdict:
    """What people write is open; what pages load is open when it can change the page."""
    seen = facts[SiteContent]
    for reason, rows in (
        ("password", [row for row in seen.open_forms if row.secret]),
        ("forms", seen.open_forms),
    ):
        if rows:
            pages = few(sorted({row.page for row in rows}))
            return Verdict("not_met", reason, {"pages": pages})
    active = [row.url for row in seen.mixed if row.kind == "active"]
    if active:
        return Verdict("not_met", "active", {"urls": few(active)})
    if seen.mixed:
        urls = few([row.url for row in seen.mixed])
        return Verdict("partly", "passive", {"n": seen.mixed_in_all, "urls": urls})
    plain = [page for page in seen.pages if page.startswith("http://")]
    if plain:
        return Verdict("partly", "plain", {"pages": few(plain)})
    n = len(seen.pages)
    hosts = [row.host for row in seen.foreign_scripts]
    if hosts:
        return Verdict("met", "good_foreign", {"n": n, "hosts": few(hosts)})
    return Verdict("met", "good", {"n": n})
