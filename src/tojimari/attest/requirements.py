"""What a request asks, item by item, and what answering and doing it costs a supplier."""

from collections.abc import Iterable, Sequence
from datetime import date

import msgspec

from tojimari.catalog import Catalog
from tojimari.catalog.schema import Framework, Item
from tojimari.model import Text, TojimariError

OWN_LIST = ""
"""The id of a request that asks controls chosen by the buyer itself."""
CONTROLS_AT_MOST = 40
"""Controls on a buyer's own list: beyond that it asks for a scheme, and there are schemes."""
MINUTES_A_QUESTION = 1
"""What one question of the catalog takes, as the plan of a company counts it too."""
_CONTROL = "control"


class Ask(msgspec.Struct, frozen=True):
    """One thing that a supplier is asked.

    Attributes:
        key: names it for ever: framework and item, or the control.
        number: the item's id in the framework, where it says something to readers.
        gists: the criteria under it, in our words.
        controls: ids of the controls it rests on; none where nothing of the catalog covers it.
        gap: a part of it rests on no control, so no assessment answers all of it.
    """

    key: str
    title: Text
    controls: tuple[str, ...]
    number: str = ""
    gists: tuple[Text, ...] = ()
    gap: bool = False


class Cost(msgspec.Struct, frozen=True):
    """What a request costs one supplier.

    Attributes:
        asks: things that are asked.
        questions: questions of the catalog that a supplier has to know the answer of.
        answer_minutes: time to answer, at ``MINUTES_A_QUESTION`` a question; at least one an ask.
        controls: controls behind what is asked.
        do_minutes: the catalog's minutes for all of these controls, where none is in place yet.
        do_yen: the catalog's yen for them, likewise.
        uncovered: asks that nothing in the catalog covers: their cost is not known.
    """

    asks: int
    questions: int
    answer_minutes: int
    controls: int
    do_minutes: int
    do_yen: int
    uncovered: int


class BadRequirement(TojimariError):
    """What a request shall ask cannot be asked."""


def asks_of(requirement: str, controls: Sequence[str], catalog: Catalog) -> tuple[Ask, ...]:
    """Return what is asked: of a requirement of the catalog, else of the given controls.

    requirement: its id, or ``OWN_LIST``. Raises BadRequirement for one that is not there, for
    controls the catalog does not have, and for none or too many of them.
    """
    if requirement == OWN_LIST:
        return _own(controls, catalog)
    found = catalog.requirements.get(requirement)
    if found is None:
        raise BadRequirement(
            "そのような求めの一覧はありません。一覧から選んでください。",
            "There is no such list of requirements. Choose one of those offered.",
        )
    framework = catalog.frameworks[found.framework]
    wanted = set(found.items) or {item.id for item in framework.items}
    return tuple(_of_item(framework, item) for item in framework.items if item.id in wanted)


def _own(controls: Sequence[str], catalog: Catalog) -> tuple[Ask, ...]:
    chosen = [id_ for id_ in catalog.controls if id_ in set(controls)]
    if not chosen or len(chosen) != len(set(controls)) or len(chosen) > CONTROLS_AT_MOST:
        raise BadRequirement(
            f"対策を1つから{CONTROLS_AT_MOST}個まで、一覧から選んでください。",
            f"Choose from 1 to {CONTROLS_AT_MOST} controls of the list.",
        )
    return tuple(
        Ask(
            key=f"{_CONTROL}/{id_}",
            title=catalog.controls[id_].title,
            controls=(id_,),
            gists=(catalog.controls[id_].do,),
        )
        for id_ in chosen
    )


def _of_item(framework: Framework, item: Item) -> Ask:
    ids = dict.fromkeys((*item.controls, *(c for one in item.criteria for c in one.controls)))
    return Ask(
        key=f"{framework.id}/{item.id}",
        title=item.title,
        controls=tuple(ids),
        number="" if framework.own_ids else item.id,
        gists=tuple(one.gist for one in item.criteria),
        gap=not ids or any(not one.controls for one in item.criteria),
    )


def cost_of(asks: Iterable[Ask], catalog: Catalog) -> Cost:
    """Return what answering ``asks``, and doing all of it, costs one supplier.

    It is the sum of what the catalog says of each control, counted once: a supplier that has some
    of it in place needs less, and nobody here knows how much.
    """
    every = list(asks)
    controls = dict.fromkeys(id_ for ask in every for id_ in ask.controls)
    known = [catalog.controls[id_] for id_ in controls if id_ in catalog.controls]
    questions = {q.id for one in known for q in catalog.questions_for(one.id)}
    return Cost(
        asks=len(every),
        questions=len(questions),
        answer_minutes=max(len(every), len(questions)) * MINUTES_A_QUESTION,
        controls=len(known),
        do_minutes=sum(one.minutes for one in known),
        do_yen=sum(one.yen for one in known),
        uncovered=sum(not ask.controls for ask in every),
    )


def due_problem(due: date, today: date) -> str:
    """Return what is wrong with a day to answer by: ``past``, ``soon`` (under a week), ``far``; else "".

    A week is the least that lets a small company ask whoever looks after its computers.
    """
    days = (due - today).days
    return "past" if days <= 0 else "soon" if days < 7 else "far" if days > 366 else ""
