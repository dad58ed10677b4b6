"""What is done again and again for money and help: reminders before a call opens and closes."""

from datetime import date, timedelta

from tojimari.catalog.money import Programme
from tojimari.plan.money import window
from tojimari.portal.companies.models import Company
from tojimari.portal.core.notices import end, tell
from tojimari.portal.core.periodic import every
from tojimari.portal.money.models import OWN, DeadlineReminder
from tojimari.portal.money.notices import MONEY_DEADLINE
from tojimari.portal.money.programmes import operators, programmes_for, today
from tojimari.portal.words import catalog

BEFORE_OPENING = timedelta(days=14)
BEFORE_CLOSING = timedelta(days=7)


@every(timedelta(hours=12))
def remind_deadlines() -> None:
    """Tell the companies that want it which call opens or closes soon; what is over ends."""
    day = today()
    known = {**catalog().money.programmes, **{one.id: one for one in operators()}}
    rows = DeadlineReminder.objects.across("whom a deadline is told")
    for row in rows.select_related("company").order_by("pk"):
        programme = known.get(row.programme) or _of_supporters(row)
        points = points_of(programme, day) if programme else ()
        if programme is None or not points:
            end(row.company, MONEY_DEADLINE, row.programme, put_away=True)
            continue
        _tell(row.company, programme, points, day)


def points_of(programme: Programme, day: date) -> tuple[str, ...]:
    """Return what is to be told of a programme on ``day``: that it opens, or closes, and when."""
    when = window(programme, day)
    call = when.round
    if not when.can_be_used or call is None:
        return ()
    if when.state == "coming" and call.opens is not None:
        return (f"opens {call.opens}",) if call.opens - day <= BEFORE_OPENING else ()
    if call.closes - day <= BEFORE_CLOSING:
        return (f"closes {call.closes}",)
    # It was told before that it opens; that stays until the end comes near.
    return (f"opens {call.opens}",)


def _tell(company: Company, programme: Programme, points: tuple[str, ...], day: date) -> None:
    call = window(programme, day).round
    if call is None:
        return
    values = {
        "name_ja": programme.name.ja,
        "name_en": programme.name.en,
        "opens": call.opens.isoformat() if call.opens else "-",
        "closes": call.closes.isoformat(),
    }
    tell(company, MONEY_DEADLINE, programme.id, points=points, values=values)


def _of_supporters(row: DeadlineReminder) -> Programme | None:
    """Return a supporter's programme, as long as the company lets that supporter look."""
    if not row.programme.startswith(OWN):
        return None
    return next((o for o in programmes_for(row.company) if o.id == row.programme), None)
