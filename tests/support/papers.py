"""Papers as tests make them: a company in any state, and everything it might answer."""

from datetime import UTC, date, datetime

from tojimari.catalog import Catalog
from tojimari.catalog.paper import PaperKind
from tojimari.model import Assessment, ControlStanding, Finding, State, Subject
from tojimari.papers import Contact, Device, Known, Person

TODAY = date(2026, 11, 30)
PLAN_BY = date(2027, 2, 28)
AT = datetime(2026, 11, 30, 9, 15, tzinfo=UTC)
NAME = "<株>戸締&まり"
WORDS = "髙﨑 ①㈱ 𠮷"
COMPANY = Subject("company", "c")


def finding(
    control: str, state: State, source: str, subject: Subject = COMPANY, **numbers: str
) -> Finding:
    reason = {"document": "kept_fresh", "measured": "seen", "answered": "said"}[source]
    return Finding(control, subject, state, source, reason, as_of=AT, numbers=numbers)


def standing(
    control: str,
    state: State = "unknown",
    *,
    said: State | None = None,
    measured: tuple[State, ...] = (),
    kept: State | None = None,
) -> ControlStanding:
    """Return where a company stands on a control, put together from what was said and seen."""
    looks = tuple(
        finding(control, one, "measured", Subject("device", str(at)))
        for at, one in enumerate(measured)
    )
    word = finding(control, said, "answered") if said else None
    paper = (
        finding(control, kept, "document", Subject("paper", control), due_on="2027-06-01")
        if kept
        else None
    )
    told = paper or word or (looks[0] if looks else finding(control, state, "answered"))
    return ControlStanding(
        control,
        state,
        "none",
        told,
        said=word,
        measured=looks,
        evidence=(paper,) if paper else (),
    )


def assessment(catalog: Catalog, standings: dict[str, ControlStanding]) -> Assessment:
    """Return an assessment; of controls that are not among ``standings`` nothing is known."""
    every = {id_: standings.get(id_) or standing(id_) for id_ in catalog.controls}
    return Assessment("c", AT, catalog.meta.version, {}, every)


def all_met(catalog: Catalog) -> dict[str, ControlStanding]:
    return {id_: standing(id_, "met", said="met") for id_ in catalog.controls}


def known(catalog: Catalog, standings: dict[str, ControlStanding] | None = None, **more) -> Known:
    values = {
        "company": NAME,
        "assessment": assessment(catalog, standings or {}),
        "today": TODAY,
        "people": (Person("髙﨑 花子"),),
        "contacts": (Contact("bank", "銀行", WORDS, "03-0000-0000"),),
        "devices": (Device("PC-1", "Windows 11", "2026-11-29"),),
    }
    return Known(**{**values, **more})


def answers(kind: PaperKind, *, option: int = 0) -> dict[str, str]:
    """Return an answer to every question; of choices the option at this place."""
    found = {}
    for question in kind.questions:
        if question.type == "choice":
            found[question.id] = question.options[option % len(question.options)].id
        elif question.type == "day":
            found[question.id] = "2026-10-01"
        elif question.pattern:
            found[question.id] = "5" + "0" * 10
        elif question.type == "rows":
            found[question.id] = "、".join(f"{WORDS}{n}" for n in range(len(question.columns)))
        else:
            found[question.id] = WORDS
    return found
