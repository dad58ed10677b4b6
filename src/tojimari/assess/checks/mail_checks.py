"""What asking about doubtful mails shows of a company: a habit, and tricks that people have seen."""

from tojimari.assess.check import Facts, Verdict, check
from tojimari.catalog import Catalog
from tojimari.model import NotSeen
from tojimari.model.facts.mail_checks import CompanyMailChecks, MailMonth

MONTHS = 3
_ASKED_IN = 2
"""Of the last three months, those in which somebody asked: once may have been a trial."""
_PEOPLE = 2
_SHARE = 2
"""One in so many of those who work there: a habit of some is not the company's."""
_ASK_HABIT = NotSeen("not_asked", see_with="mail-care")
_ASK_TRICKS = NotSeen("not_asked", see_with="know-tricks")


def _asked(month: MailMonth) -> int:
    return month.dangerous + month.careful + month.ordinary + month.unknown


def _enough(people: int, staff: int) -> bool:
    return staff > 0 and people >= max(min(_PEOPLE, staff), -(-staff // _SHARE))


@check("mail-attachments-care", reads=(CompanyMailChecks,), on_request="tojimari mail")
def habit(facts: Facts, catalog: Catalog) -> Verdict:
    """Met where people ask before they open: in two of three months, and at least half of them.

    Asking seldom is no fault: nobody may have had doubts. So less than that proves nothing, and the
    company's own answer decides.
    """
    checks = facts[CompanyMailChecks]
    months = checks.months[:MONTHS]
    asked = [each for each in months if _asked(each)]
    people = max((each.people for each in asked), default=0)
    numbers = {"n": sum(map(_asked, months)), "people": people}
    habit_in = [each for each in asked if _enough(each.people, checks.staff)]
    if len(habit_in) >= _ASKED_IN:
        return Verdict("met", "asked_before_opening", numbers)
    return Verdict("unknown", "asked_seldom", numbers, _ASK_HABIT)


@check("know-the-tricks", reads=(CompanyMailChecks,), on_request="tojimari mail")
def tricks(facts: Facts, catalog: Catalog) -> Verdict:
    """Met where in each of three months people were shown the trick behind a mail of their own.

    Fewer proves nothing: a month without a dangerous mail teaches no trick.
    """
    checks = facts[CompanyMailChecks]
    months = checks.months[:MONTHS]
    shown = {trick for each in months for trick in each.tricks}
    numbers = {"n": len(shown)}
    enough = [each for each in months if each.tricks and _enough(each.people, checks.staff)]
    if len(months) == MONTHS and len(enough) == MONTHS:
        return Verdict("met", "tricks_shown", numbers)
    return Verdict("unknown", "tricks_seldom", numbers, _ASK_TRICKS)
