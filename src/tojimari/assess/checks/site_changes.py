"""Whether somebody watches the web site for changes, and what the watch has found."""

from tojimari.assess.check import Facts, Verdict, check
from tojimari.assess.checks.names import few
from tojimari.catalog import Catalog
from tojimari.model import Numbers
from tojimari.model.facts import SiteChanges


@check("website-defacement", reads=(SiteChanges,), on_request="tojimari site watch")
def changes(facts: Facts, catalog: Catalog) -> Verdict:
    """Watched and nothing alarming is met; what may be an intruder's work is open."""
    seen = facts[SiteChanges]
    if seen.alarms or seen.alarms_in_all:
        n = max(len(seen.alarms), seen.alarms_in_all)
        return Verdict(
            "not_met",
            "alarms",
            {"n": n, "pages": few(sorted({row.page for row in seen.alarms}))},
        )
    if not seen.pages:
        return Verdict("not_met", "no_pages")
    if seen.first:
        return Verdict("met", "begun", {"n": seen.pages})
    numbers: Numbers = {
        "n": seen.pages,
        "notes": seen.notes_in_all,
        "day": seen.baseline_at.date().isoformat(),
    }
    return Verdict("met", "watched", numbers)
