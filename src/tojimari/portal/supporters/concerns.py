"""What is wrong in a company, in words, from the rows kept of it and no more than it allows."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import cache
from uuid import UUID

import msgspec
from django.db.models import Count, DateTimeField, Q, QuerySet, TextField, Value
from django.db.models.functions import Cast, Coalesce

from tojimari.assess.standing import BASICS, combine
from tojimari.model import OPEN, Lang, State
from tojimari.portal.companies.assessments import SILENT_AFTER
from tojimari.portal.companies.models import ControlState, Standing
from tojimari.portal.companies.rights import FINDINGS_READ
from tojimari.portal.core.prepared import Given, PreparedOfIds
from tojimari.portal.devices.models import Device
from tojimari.portal.sensors.telling import companies_with_urgent
from tojimari.portal.words import catalog, current_lang, say, texts

SHOWN = 4
"""Concerns that stand in one row of the list; the rest are counted."""
TITLES_SHOWN = 2
GENERAL = ("open_door", "contradiction")
"""Reasons of the urgency that are told even where the findings behind them are not shown."""

WATCH_URGENT = "watch_urgent"
"""Told, and found, only where the findings may be seen; so it is not counted over all companies."""


class Row(msgspec.Struct, frozen=True):
    """What is known of one company for its concerns.

    Attributes:
        states: control id -> state.
        differ: controls where said and measured differ.
        why: reason codes of its urgency.
        silent: a device of it has not been heard from for long.
        looked: a device of it was looked at.
        sees_findings: the reader may see single controls.
        urgent_watch: what watches it told of something on which somebody must act at once.
    """

    states: Mapping[str, State]
    differ: tuple[str, ...]
    why: tuple[str, ...]
    silent: bool
    looked: bool
    sees_findings: bool
    urgent_watch: bool = False


@cache
def basics() -> dict[str, tuple[str, ...]]:
    """Return item -> its controls for the six basics, what is lost for good (backups) first."""
    items = catalog().frameworks[BASICS].items
    return {item.id: item.controls for item in (items[-1], *items[:-1])}


@cache
def _doors_declared() -> tuple[str, ...]:
    return tuple(id_ for id_, one in catalog().controls.items() if one.open_door)


def _told_of() -> list[str]:
    """Return the controls whose state alone makes a concern: one in six of them."""
    of_basics = (id_ for controls in basics().values() for id_ in controls)
    return list(dict.fromkeys((*of_basics, *_doors_declared())))


def choices() -> tuple[str, ...]:
    """Return the ids of everything the list can be filtered by as "what is wrong"."""
    return (WATCH_URGENT, *basics(), *GENERAL, "silent", "never_looked", "nothing_known", "fine")


def choice_words(choice: str) -> str:
    """Return what a company that ``choice`` finds has wrong."""
    return say(f"concern.{choice}")


def silent_companies(heard_before: datetime | Given) -> QuerySet:
    """Return the ids of companies with a computer last heard from before ``heard_before``."""
    devices = Device.objects.across("computers that have been silent for long")
    heard = devices.annotate(heard=Coalesce("last_report_at", "enrolled_at"))
    silent = heard.filter(removed_at=None, heard__lt=heard_before)
    return silent.exclude(kind=Device.PHONE).values("company")


def having(found: QuerySet[Standing], choice: str, now: datetime) -> QuerySet[Standing]:
    """Return those of ``found`` that have one of ``choices()`` wrong. Raises LookupError."""
    return _with_reasons(found).filter(_of_standing(now, now - SILENT_AFTER)[choice])


HEARD_BEFORE = Given("heard_before", DateTimeField())
NOW = Given("now", DateTimeField())


def counting(found: QuerySet[Standing]) -> QuerySet:
    """Return the question how many ``found`` are and how many have what wrong, for ``totals``.

    It needs ``heard_before`` to be given.
    """
    # One question, not one a choice: at ten thousand companies each reads all of them.
    kinds = _of_standing(NOW, HEARD_BEFORE)
    counts = {choice: Count("pk", filter=kinds[choice]) for choice in _counted()}
    # All companies in one group: the same row as of aggregate(), which would ask at once.
    whole = _with_reasons(found).order_by().values(all_in_one=Value(1))
    return whole.annotate(everybody=Count("pk"), **counts).values_list("everybody", *counts)


def _counted() -> list[str]:
    return [choice for choice in choices() if choice != WATCH_URGENT]


def totals(counts: Iterable[int]) -> list[tuple[str, str, int]]:
    """Return (choice, words, companies) for all that is wrong, from what ``counting`` found."""
    return [(one, choice_words(one), n) for one, n in zip(_counted(), counts, strict=False) if n]


def _with_reasons(found: QuerySet[Standing]) -> QuerySet[Standing]:
    return found.annotate(reasons=Cast("why", TextField()))


def _of_standing(now: datetime | Given, heard_before: datetime | Given) -> dict[str, Q]:
    """Return choice -> the condition, for all that one row of the standing tells."""
    return {
        WATCH_URGENT: Q(company__in=companies_with_urgent(now)),
        **{item: Q(open_items__contains=f" {item} ") for item in basics()},
        **{reason: Q(reasons__contains=f'"{reason}"') for reason in GENERAL},
        "silent": Q(company__in=silent_companies(heard_before)),
        "never_looked": Q(last_seen_at=None),
        "nothing_known": Q(basics_met=0, basics_open=0),
        "fine": Q(basics_open=0, basics_unknown=0),
    }


_WHY = "one page of the fleet, within its grants"
_SILENT = PreparedOfIds(_WHY, lambda: silent_companies(HEARD_BEFORE).values_list("company"))
_URGENT = PreparedOfIds(_WHY, lambda: companies_with_urgent(NOW).values_list("company"))


def _states() -> QuerySet:
    kept = ControlState.objects.across(_WHY)
    told = kept.filter(Q(control__in=_told_of()) | Q(contradiction=True))
    return told.order_by("pk").values_list("company", "control", "state", "contradiction")


_STATES = PreparedOfIds(_WHY, _states)


def rows_of(standings: Iterable[Standing], now: datetime) -> dict[UUID, Row]:
    """Return company id -> what its concerns are told from; ``standings`` carry their scopes."""
    ids = {row.company_id: row for row in standings}
    silent = {id_ for (id_,) in _SILENT.rows(ids, heard_before=now - SILENT_AFTER)}
    urgent = {id_ for (id_,) in _URGENT.rows(ids, now=now)}
    states: dict[UUID, dict[str, State]] = {id_: {} for id_ in ids}
    differ: dict[UUID, list[str]] = {id_: [] for id_ in ids}
    for company, control, state, contradiction in _STATES.rows(ids):
        states[company][control] = state
        if contradiction:
            differ[company].append(control)
    return {
        id_: Row(
            states=states[id_],
            differ=tuple(differ[id_]),
            why=tuple(row.why),
            silent=id_ in silent,
            looked=row.last_seen_at is not None,
            sees_findings=FINDINGS_READ in row.scopes,
            urgent_watch=id_ in urgent,
        )
        for id_, row in ids.items()
    }


def concerns(row: Row) -> list[str]:
    """Return what is wrong in a company, the worst first, as short phrases of the reader."""
    return _concerns(row, current_lang())


def _concerns(row: Row, lang: Lang) -> list[str]:
    found = [say("concern.watch_urgent", lang)] if row.urgent_watch and row.sees_findings else []
    states = {
        item: combine(row.states[id_] for id_ in controls if id_ in row.states)
        for item, controls in basics().items()
    }
    found += _differing(row, lang) + _doors(row, lang) + _open_basics(row, states, lang)
    if row.silent:
        found.append(say("concern.silent", lang))
    unknown = [item for item, state in states.items() if state == "unknown"]
    if len(unknown) == len(states):
        return [*found, say("concern.nothing_known", lang)]
    if unknown and found:  # which ones is on the company's page: in a list it hides what is open
        found.append(say("concern.unknown_more", lang, n=len(unknown)))
    elif unknown:
        names = say("fleet.and", lang).join(say(f"basic.{item}", lang) for item in unknown)
        found.append(say("concern.unknown", lang, what=names))
    if not found:
        fine = say("concern.fine", lang) if row.looked else say("concern.fine_said", lang)
        found.append(fine)
    return found


def sentence_of(row: Row) -> str:
    """Return the heaviest concerns as one line, with how many more there are."""
    lang = current_lang()
    found = _concerns(row, lang)
    line = say("fleet.and", lang).join(found[:SHOWN])
    more = len(found) - SHOWN
    return line + say("concern.more", lang, n=more) if more > 0 else line


def _differing(row: Row, lang: Lang) -> list[str]:
    if not row.sees_findings:
        return [say("concern.contradiction", lang)] if "contradiction" in row.why else []
    controls = catalog().controls
    titles = [controls[id_].title.say(lang) for id_ in row.differ if id_ in controls]
    if not titles:
        return []
    names = say("fleet.and", lang).join(titles[:TITLES_SHOWN])
    more = len(titles) - TITLES_SHOWN
    names += say("concern.more", lang, n=more) if more > 0 else ""
    return [say("concern.differ", lang, what=names)]


def _doors(row: Row, lang: Lang) -> list[str]:
    if not row.sees_findings:
        return [say("concern.open_door", lang)] if "open_door" in row.why else []
    return [_phrase(id_, lang) for id_ in _open_doors(row)]


def _open_doors(row: Row) -> list[str]:
    return [id_ for id_ in _doors_declared() if row.states.get(id_) == "not_met"]


def _open_basics(row: Row, states: Mapping[str, State], lang: Lang) -> list[str]:
    """Return a phrase for each of the basics that is open, what is wholly open first.

    states: item of the basics -> its state. Open doors are told before, each by itself.
    """
    whole, parts = [], []
    doors = _open_doors(row) if row.sees_findings else []
    for item, controls in basics().items():
        if states[item] not in OPEN:
            continue
        worst = [id_ for id_ in controls if row.states.get(id_) == "not_met" and id_ not in doors]
        partly = [id_ for id_ in controls if row.states.get(id_) == "partly"]
        if not row.sees_findings:
            whole.append(say(f"concern.{item}", lang))
        elif worst:
            whole.append(_phrase(worst[0], lang))
        elif partly:
            parts.append(say("concern.partly", lang, what=_phrase(partly[0], lang)))
    return whole + parts


@cache
def _phrase(control: str, lang: Lang) -> str:
    """Return what it means that a control is not met; its title where no phrase is written."""
    key = f"wrong.{control}"
    if key in texts():
        return say(key, lang)
    return say("concern.not_yet", lang, what=catalog().controls[control].title.say(lang))
