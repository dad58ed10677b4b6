"""Whether macros that come from outside are kept from running in Office."""

from tojimari.assess.check import Facts, Verdict, check
from tojimari.assess.checks.names import few
from tojimari.catalog import Catalog
from tojimari.model import NotSeen
from tojimari.model.facts.device_office import DeviceOffice


@check("office-macros", reads=(DeviceOffice,))
def judge(facts: Facts, catalog: Catalog) -> Verdict:
    """Met where somebody decided that macros from the Internet do not run.

    What Office does where nobody decided depends on its version: no date of that is claimed here.
    """
    office = facts[DeviceOffice]
    if not office.versions:
        return Verdict("not_applicable", "no_office")
    if office.runs_all:
        return Verdict("not_met", "runs_all", {"names": few(office.runs_all)})
    if office.from_internet == "open":
        return Verdict("partly", "asks")
    if office.from_internet == "blocked":
        return Verdict("met", "blocked")
    if office.from_internet is None:
        because = (DeviceOffice, "from_internet")
        return Verdict("unknown", "not_told", because_of=because)
    return Verdict("unknown", "default", not_seen=NotSeen("not_asked", see_with="office-macros"))
