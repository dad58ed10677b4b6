"""The tables of papers that are made of what is known, and of what was answered."""

from collections.abc import Callable

from tojimari.assess.standing import standing
from tojimari.catalog import Catalog
from tojimari.catalog.paper import PaperKind
from tojimari.model import Lang, State
from tojimari.papers.answers import day_words
from tojimari.papers.claims import claim
from tojimari.papers.criteria import criteria_rows
from tojimari.papers.known import Known

Row = tuple[str, ...]
Make = Callable[[PaperKind, Known, Catalog, Lang], list[Row]]


def known_table(
    name: str, kind: PaperKind, known: Known, catalog: Catalog, lang: Lang
) -> list[Row]:
    """Return head and rows of a known table; only the head where nothing is known."""
    return [_head(name, catalog, lang), *_TABLES[name](kind, known, catalog, lang)]


def _head(name: str, catalog: Catalog, lang: Lang) -> Row:
    return tuple(catalog.ui(f"paper.head.{name}").say(lang).split("/"))


def _state(state: State, catalog: Catalog, lang: Lang) -> str:
    sign = {"met": "○", "partly": "△", "not_met": "×", "unknown": "？", "not_applicable": "－"}[
        state
    ]
    return f"{sign} {catalog.ui(f'state.{state}').say(lang)}"


def _people(kind: PaperKind, known: Known, catalog: Catalog, lang: Lang) -> list[Row]:
    return [(one.name, one.part) for one in known.people]


def _contacts(kind: PaperKind, known: Known, catalog: Catalog, lang: Lang) -> list[Row]:
    return [(one.title, one.name, one.reach) for one in known.contacts]


def _devices(kind: PaperKind, known: Known, catalog: Catalog, lang: Lang) -> list[Row]:
    return [(one.name, one.system, one.seen) for one in known.devices]


def _outside(kind: PaperKind, known: Known, catalog: Catalog, lang: Lang) -> list[Row]:
    return list(known.outside)


def _of_framework(id_: str, known: Known, catalog: Catalog, lang: Lang) -> list[Row]:
    framework = catalog.frameworks[id_]
    found = {item.id: item.state for item in standing(framework, known.assessment).items}
    number = "" if framework.own_ids else "{} "
    return [
        (number.format(item.id) + item.title.say(lang), _state(found[item.id], catalog, lang))
        for item in framework.items
    ]


def _basics(kind: PaperKind, known: Known, catalog: Catalog, lang: Lang) -> list[Row]:
    return _of_framework("ipa-6", known, catalog, lang)


def _items25(kind: PaperKind, known: Known, catalog: Catalog, lang: Lang) -> list[Row]:
    return _of_framework("ipa-25", known, catalog, lang)


def _star3(kind: PaperKind, known: Known, catalog: Catalog, lang: Lang) -> list[Row]:
    return [
        (one.id, one.gist, _state(one.state, catalog, lang), one.evidence, one.missing)
        for one in criteria_rows(known, catalog, lang)
    ]


def _points(kind: PaperKind, known: Known, catalog: Catalog, lang: Lang) -> list[Row]:
    comma = "、" if lang == "ja" else ", "
    found: list[Row] = []
    for point in kind.points:
        state = catalog.ui("paper.cannot_tell").say(lang)
        missing = state
        if point.controls:
            said = claim(point.controls, known.assessment)
            state = {
                "stated": _state("met", catalog, lang),
                "not_yet": _state("not_met", catalog, lang),
                "unconfirmed": _state("unknown", catalog, lang),
                "left_out": _state("not_applicable", catalog, lang),
            }[said]
            missing = comma.join(
                catalog.controls[id_].do.say(lang)
                for id_ in point.controls
                if claim((id_,), known.assessment) in ("not_yet", "unconfirmed")
            )
        papers = comma.join(
            catalog.papers[id_].title.say(lang) for id_ in point.papers if id_ in known.kept
        )
        found.append((point.ref, point.text.say(lang), state, papers or "－", missing or "－"))
    return found


def _made(kind: PaperKind, known: Known, catalog: Catalog, lang: Lang) -> list[Row]:
    return [
        (
            catalog.papers[kept.paper].title.say(lang),
            str(kept.version),
            day_words(kept.approved_on, lang),
            day_words(kept.until, lang),
        )
        for kept in known.kept.values()
        if kept.paper in catalog.papers
    ]


def _due(kind: PaperKind, known: Known, catalog: Catalog, lang: Lang) -> list[Row]:
    return [
        (_evidence_name(control, catalog, lang), day_words(day, lang))
        for control, day in known.due
        if day is not None
    ]


def _evidence_name(control: str, catalog: Catalog, lang: Lang) -> str:
    known = catalog.controls[control]
    return (known.evidence.what if known.evidence else known.title).say(lang)


_TABLES: dict[str, Make] = {
    "people": _people,
    "contacts": _contacts,
    "devices": _devices,
    "outside": _outside,
    "basics": _basics,
    "items25": _items25,
    "star3": _star3,
    "points": _points,
    "made": _made,
    "due": _due,
}
