"""Money and help in words: the one line on a step, a programme with all that is known, insurers."""

import csv
import io
from collections.abc import Collection, Iterable
from typing import Any

from tojimari.catalog import Catalog
from tojimari.catalog.money import Programme
from tojimari.diagnose import Diagnosis
from tojimari.lib.formulas import cell_value
from tojimari.model import Lang
from tojimari.plan import Step
from tojimari.plan.money import Effect, InsuranceAnswer, Offer, effect, insurance_answers
from tojimari.report.phrases import state_word

POINTS = ("place", "size", "class", "age", "staff", "capital")
"""Points of a fit that have words of their own; every other is a condition."""


def step_line(step: Step, diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> str:
    """Return the one line on what pays for or helps with a step; "" where nothing is near."""
    return _line(step.controls, step.yen, diagnosis, catalog, lang)


def control_line(id_: str, diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> str:
    """Return that line for a control: of its step, or, where it waits for an answer, its own.

    "" where it is in place or does not apply.
    """
    step = next((one for one in diagnosis.steps if id_ in one.controls), None)
    if step is not None:
        return step_line(step, diagnosis, catalog, lang)
    if diagnosis.assessment.controls[id_].state in ("met", "not_applicable"):
        return ""
    return _line((id_,), catalog.controls[id_].yen, diagnosis, catalog, lang)


def _line(
    controls: Collection[str], yen: int, diagnosis: Diagnosis, catalog: Catalog, lang: Lang
) -> str:
    offer = diagnosis.offer_for(controls, yen)
    if offer is None:
        return ""
    parts = [_start(offer, catalog, lang), _when(offer, catalog, lang)]
    if offer.papers:
        parts.append(papers_sentence(offer, catalog, lang))
    found = effect(offer.programme, yen, diagnosis.known_company, catalog.money)
    parts.append(effect_sentence(found, offer.programme, catalog, lang))
    if offer.programme.order == "after_award":
        parts.append(catalog.ui("money.line_after").say(lang))
    return ("" if lang == "ja" else " ").join(part for part in parts if part)


def papers_sentence(offer: Offer, catalog: Catalog, lang: Lang) -> str:
    """Return how many papers a programme asks for, and how many of them are there."""
    key = "money.line_papers" if offer.held else "money.line_papers_none"
    return catalog.ui(key).say(lang, n=len(offer.papers), held=len(offer.held))


def _start(offer: Offer, catalog: Catalog, lang: Lang) -> str:
    name = offer.programme.name.say(lang)
    match offer.standing:
        case "fits":
            key = "money.line_fits_grant" if offer.programme.kind == "grant" else "money.line_fits"
            return catalog.ui(key).say(lang, name=name)
        case "could":
            first = _listed((point_word(p, catalog, lang) for p in offer.fit.first), lang)
            return catalog.ui("money.line_could").say(lang, name=name, first=first)
        case _:
            return catalog.ui("money.line_cannot_tell").say(lang, name=name)


def _when(offer: Offer, catalog: Catalog, lang: Lang) -> str:
    call = offer.window.round
    if call is None:
        return ""
    key = "money.line_coming" if offer.window.state == "coming" else "money.line_open"
    return catalog.ui(key).say(
        lang, opens=call.opens, closes=call.closes, at=_hour(call.closes_at, catalog, lang)
    )


def _hour(hour: str, catalog: Catalog, lang: Lang) -> str:
    return catalog.ui("money.at").say(lang, hour=hour) if hour else ""


def _listed(words: Iterable[str], lang: Lang) -> str:
    return ("、" if lang == "ja" else ", ").join(words)


def effect_sentence(
    found: Effect | None, programme: Programme, catalog: Catalog, lang: Lang
) -> str:
    """Return what a step costs with a programme; "" where no share is known."""
    if found is None:
        return ""
    key = "money.effect" if found.least == found.most else "money.effect_between"
    if found.below_minimum:
        key = "money.effect_below"
    elif found.most == found.before:
        key = "money.effect_maybe_below"
    return catalog.ui(key).say(
        lang,
        before=f"{found.before:,}",
        least=f"{found.least:,}",
        most=f"{found.most:,}",
        minimum=f"{programme.minimum or 0:,}",
    )


def window_sentence(offer: Offer, catalog: Catalog, lang: Lang) -> str:
    """Return when a programme can be applied for, and whether that can be believed."""
    call, state = offer.window.round, offer.window.state
    seen = offer.programme.seen
    if state == "open" and call is not None:
        key = "money.window_open_round"
    elif state == "closed" and call is None:
        key = "money.window_ended"
    else:
        key = f"money.window_{state}"
    return catalog.ui(key).say(
        lang,
        seen=seen.isoformat() if seen else "-",
        opens=call.opens if call else "",
        closes=call.closes if call else "",
        at=_hour(call.closes_at, catalog, lang) if call else "",
    )


def asks_nothing(one: Programme) -> bool:
    """Return whether the sources of a programme name no condition on the company."""
    asks = (one.size, one.classes, one.needs, one.prefectures, one.municipalities)
    limits = (one.staff_at_most, one.capital_at_most, one.years_in_business)
    return not any(asks) and limits == (None, None, None)


def fit_sentence(offer: Offer, catalog: Catalog, lang: Lang) -> str:
    """Return whether a programme fits; where that cannot be told, what is missing."""
    about = offer.fit
    if asks_nothing(offer.programme):
        return catalog.ui("money.fit_anybody").say(lang)
    first = _listed((point_word(p, catalog, lang) for p in about.first), lang)
    points = about.failed if about.verdict == "does_not" else about.unknown
    what = _listed((point_word(p, catalog, lang) for p in points), lang)
    return catalog.ui(f"money.fit_{offer.standing}").say(lang, first=first, what=what)


def point_word(point: str, catalog: Catalog, lang: Lang) -> str:
    """Return what a point of a fit is called."""
    if point in POINTS:
        return catalog.ui(f"money.point_{point}").say(lang)
    condition = catalog.money.conditions.get(point)
    return condition.title.say(lang) if condition else point


def field_word(field: str, catalog: Catalog, lang: Lang) -> str:
    """Return what a thing a company may be asked is called."""
    return catalog.ui(f"money.field_{field}").say(lang)


def programme_card(
    offer: Offer, diagnosis: Diagnosis, catalog: Catalog, lang: Lang
) -> dict[str, Any]:
    """Return a programme with everything that is known of it, as plain values in ``lang``."""
    one, known = offer.programme, catalog.money
    return {
        "id": one.id,
        "name": one.name.say(lang),
        "kind": catalog.ui(f"money.kind_{one.kind}").say(lang),
        "state": offer.window.state,
        "standing": offer.standing,
        "near": offer.is_near,
        "window": window_sentence(offer, catalog, lang),
        "fit": fit_sentence(offer, catalog, lang),
        "rows": _rows(one, catalog, lang),
        "papers": [
            {
                "title": known.papers[id_].title.say(lang) if id_ in known.papers else id_,
                "held": id_ in offer.held,
            }
            for id_ in offer.papers
        ],
        "papers_told": papers_sentence(offer, catalog, lang) if offer.papers else "",
        "first": [
            condition.how.say(lang)
            for id_ in offer.fit.first
            if (condition := known.conditions.get(id_)) and condition.how
        ],
        "on_the_way": [
            known.conditions[id_].title.say(lang)
            for id_ in one.needs
            if id_ in known.conditions and known.conditions[id_].on_the_way
        ],
        "steps": _steps(offer, diagnosis, catalog, lang),
        "conflicts": _conflicts(one, catalog, lang),
        "notes": [note.say(lang) for note in one.notes],
        "open": _listed((catalog.ui(f"money.{name}").say(lang) for name in one.open_points), lang),
        "address": one.address,
        "as_of": _as_of(one, catalog, lang),
    }


def _rows(one: Programme, catalog: Catalog, lang: Lang) -> list[tuple[str, str]]:
    found = [(name, getattr(one, name)) for name in ("runner", "who", "gives")]
    rows = [(catalog.ui(f"money.{name}").say(lang), text.say(lang)) for name, text in found]
    for name, said in (
        ("amount", _amount(one, catalog, lang)),
        ("rates", _rates(one, catalog, lang)),
    ):
        if said:
            rows.append((catalog.ui(f"money.{name}").say(lang), said))
    for name in ("cost", "period", "apply"):
        text = getattr(one, name)
        if text:
            rows.append((catalog.ui(f"money.{name}").say(lang), text.say(lang)))
    if one.order != "unknown":
        order = catalog.ui(f"money.order_{one.order}").say(lang)
        rows.append((catalog.ui("money.order").say(lang), order))
    return rows


def _amount(one: Programme, catalog: Catalog, lang: Lang) -> str:
    least, most = one.minimum, one.surest_maximum
    if least is None and most is None:
        return ""
    key = "between" if least is not None and most is not None else "most" if most else "least"
    return catalog.ui(f"money.amount_{key}").say(
        lang, least=f"{least or 0:,}", most=f"{most or 0:,}"
    )


def _rates(one: Programme, catalog: Catalog, lang: Lang) -> str:
    words = []
    for rate in one.rates:
        size = catalog.money.sizes.get(rate.size)
        key = "money.rate_size" if size else "money.rate"
        said = size.title.say(lang) if size else ""
        words.append(catalog.ui(key).say(lang, share=rate.share, size=said))
    return _listed(words, lang)


def _steps(
    offer: Offer, diagnosis: Diagnosis, catalog: Catalog, lang: Lang
) -> list[dict[str, str]]:
    """Return the controls a programme is for, each with what it costs then."""
    made = []
    for id_ in offer.programme.controls:
        control = catalog.controls.get(id_)
        if control is None:
            continue
        found = effect(offer.programme, control.yen, diagnosis.known_company, catalog.money)
        standing = diagnosis.assessment.controls.get(id_)
        made.append(
            {
                "control": id_,
                "title": control.title.say(lang),
                "state": standing.state if standing else "unknown",
                "effect": effect_sentence(found, offer.programme, catalog, lang),
            }
        )
    return made


def _conflicts(one: Programme, catalog: Catalog, lang: Lang) -> list[dict[str, Any]]:
    return [
        {
            "about": catalog.ui(f"money.conflict_{conflict.about}").say(lang),
            "claims": [
                catalog.ui("money.claim").say(
                    lang, says=claim.says.say(lang), source=claim.source.say(lang)
                )
                for claim in conflict.claims
            ],
            "lower": any(claim.value is not None for claim in conflict.claims),
        }
        for conflict in one.conflicts
    ]


def _as_of(one: Programme, catalog: Catalog, lang: Lang) -> str:
    titles = [
        catalog.sources[id_].title.say(lang) if id_ in catalog.sources else id_
        for id_ in one.sources
    ]
    key = "money.as_of" if one.seen else "money.as_of_undated"
    mark = catalog.ui(f"mark.{one.mark}").say(lang)
    return catalog.ui(key).say(lang, seen=one.seen, sources=_listed(titles, lang), mark=mark)


def insurance_rows(diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> list[dict[str, Any]]:
    """Return the answers for an insurer as plain values, topic by topic."""
    topics = catalog.money.insurance
    answers = insurance_answers(diagnosis.assessment, diagnosis.observations, topics.values())
    return [
        {
            "topic": topics[one.topic].title.say(lang),
            "control": catalog.controls[one.control].title.say(lang),
            "state": one.state,
            "word": state_word(one.state, catalog, lang),
            "basis": _basis(one, catalog, lang),
            "seen": one.seen_on.isoformat() if one.seen_on else "",
            "differ": one.contradiction,
        }
        for one in answers
    ]


def _basis(one: InsuranceAnswer, catalog: Catalog, lang: Lang) -> str:
    if one.basis == "none" or one.state == "unknown":
        return catalog.ui("money.insurance_none").say(lang)
    key = {"answered": "answered", "measured": "measured", "mixed": "mixed"}.get(one.basis, "kept")
    return catalog.ui(f"rests_on.{key}").say(lang)


def insurance_csv(diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> str:
    """Return the answers for an insurer as a CSV file that spreadsheets open."""
    made = io.StringIO()
    writer = csv.writer(made)
    names = ("topic", "control", "state", "basis", "seen")
    writer.writerow([catalog.ui(f"money.insurance_{name}").say(lang) for name in names])
    differ = catalog.ui("money.insurance_differ").say(lang)
    for row in insurance_rows(diagnosis, catalog, lang):
        basis = f"{row['basis']} ({differ})" if row["differ"] else row["basis"]
        cells = (row["topic"], row["control"], row["word"], basis, row["seen"])
        writer.writerow([cell_value(cell) for cell in cells])
    return "\ufeff" + made.getvalue()
