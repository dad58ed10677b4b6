"""Before and after: two kept assessments of one company, side by side."""

from datetime import date, datetime, time
from typing import Any

import msgspec
from django.utils import timezone

from tojimari.assess.changes import Rules, rules_changed, state_changes
from tojimari.assess.standing import BASICS, combine
from tojimari.model import State
from tojimari.portal.companies.models import Assessed, Company
from tojimari.portal.supporters.concerns import basics
from tojimari.portal.words import catalog, current_lang
from tojimari.report.phrases import state_word

DONE = ("met", "not_applicable")


class Change(msgspec.Struct, frozen=True):
    """One line: what it is about, its state before and after, in the reader's language.

    Attributes:
        id: of the control, or of the item of the basics.
        changed: the state differs.
    """

    id: str
    title: str
    old: State
    new: State
    old_word: str
    changed: bool = True


class Comparison(msgspec.Struct, frozen=True):
    """What differs between two assessments.

    Attributes:
        before, after: when they were made; ``before`` is None when there is no earlier one.
        basics: every item of the six basics.
        basics_before, basics_after: how many of them are in place.
        better, worse: controls that were known before and changed.
        known: controls that were unknown before: nothing need have changed in the company.
        lost: controls that are not known any more.
        rules: the two were made by different rules, so a change may be ours.
    """

    before: datetime | None
    after: datetime
    basics: tuple[Change, ...]
    basics_before: int
    basics_after: int
    better: tuple[Change, ...]
    worse: tuple[Change, ...]
    known: tuple[Change, ...]
    lost: tuple[Change, ...]
    rules: bool


def compare(before: Assessed | None, after: Assessed) -> Comparison:
    """Return what differs; with nothing before, only where the company stands now."""
    was: dict[str, State] = before.states if before else {}
    controls = catalog().controls
    found = [
        (change, _change(change.control, controls[change.control].title, change.old, change.new))
        for change in state_changes(was or None, after.states)
        if change.control in controls
    ]
    known = {"unknown"}
    both = [(a, b) for a, b in found if not {a.old, a.new} & known]
    items = tuple(_items(was, after.states))
    return Comparison(
        before=before.as_of if before else None,
        after=after.as_of,
        basics=items,
        basics_before=sum(one.old in DONE for one in items) if before else 0,
        basics_after=sum(one.new in DONE for one in items),
        better=tuple(b for a, b in both if a.improved),
        worse=tuple(b for a, b in both if not a.improved),
        known=tuple(b for a, b in found if a.newly_known),
        lost=tuple(b for a, b in found if a.new == "unknown"),
        rules=rules_changed(_rules(before) if before else None, _rules(after)),
    )


def _rules(row: Assessed) -> Rules:
    return Rules(row.catalog_version, row.revisions)


def _change(id_: str, title: Any, old: State, new: State) -> Change:
    lang = current_lang()
    word = state_word(old, catalog(), lang)
    return Change(id_, title.say(lang), old, new, word, changed=old != new)


def _items(was: dict[str, State], now: dict[str, State]) -> list[Change]:
    titles = {item.id: item.title for item in catalog().frameworks[BASICS].items}

    def state(item: str, states: dict[str, State]) -> State:
        return combine(states[id_] for id_ in basics()[item] if id_ in states)

    return [_change(item, titles[item], state(item, was), state(item, now)) for item in titles]


def on_day(company: Company, day: date) -> Assessed | None:
    """Return where the company stood at the end of a day; else its oldest assessment."""
    lines = Assessed.objects.of(company)
    end = timezone.make_aware(datetime.combine(day, time.max))
    return lines.filter(as_of__lte=end).order_by("-as_of", "-pk").first() or oldest(company)


def oldest(company: Company) -> Assessed | None:
    """Return the oldest assessment that is kept of a company."""
    return Assessed.objects.of(company).order_by("as_of", "pk").first()


def newest(company: Company) -> Assessed | None:
    """Return the newest assessment that is kept of a company."""
    return Assessed.objects.of(company).order_by("-as_of", "-pk").first()
