"""The report as one self-contained HTML page: no script, nothing loaded from anywhere."""

import re
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from tojimari import __version__
from tojimari.catalog import Catalog
from tojimari.catalog.schema import Theme
from tojimari.diagnose import Diagnosis
from tojimari.model import KNOWN, OPEN, ControlStanding, Finding, Lang, looked_at
from tojimari.peers import Comparison
from tojimari.plan import Due
from tojimari.report import phrases
from tojimari.report.alike import alike
from tojimari.report.instructions import (
    SeeWith,
    Steps,
    act_now,
    how_to,
    see_with,
    seen_versions,
)
from tojimari.report.money import step_line
from tojimari.report.sentences import (
    sentence,
    step_command,
    step_devices,
    step_title,
    step_why,
    technical_names,
)

PLAN_SHOWN = 3
"""Steps shown open; the rest of the plan is folded."""
PEERS_SHOWN = 12
_TELLS_MORE = frozenset(
    {
        "no_permission",
        "tool_missing",
        "not_on_this_system",
        "host_decides",
        "timed_out",
        "nonsense",
        "unreachable",
        "error_answered",
        "newer_version",
        "our_bug",
    }
)
"""Reasons of an unknown that add to the finding's own sentence; the others only repeat it."""
_LOOKED_AT_BY_HAND = frozenset({"no_permission", "not_on_this_system", "not_told", "nonsense"})
"""Reasons of an unknown that a person at the screen gets around."""


def with_code(text: str) -> Markup:
    """Return ``text`` escaped, with what stands between backticks marked up as code."""
    parts = re.split(r"`([^`]+)`", text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else escape(part)
        for index, part in enumerate(parts)
    )


@cache
def environment() -> Environment:
    """Return what renders the report's templates."""
    made = Environment(
        loader=PackageLoader("tojimari.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters["code"] = with_code
    return made


def _said_and_seen(
    standing: ControlStanding,
    diagnosis: Diagnosis,
    catalog: Catalog,
    lang: Lang,
    *,
    commands: bool,
) -> list[dict[str, Any]]:
    names = diagnosis.device_names
    rows: list[tuple[str, list[Finding]]] = []
    if standing.said is not None:
        rows.append(("said", [standing.said]))
    rows += [("measured", group) for group in alike(standing, names, catalog, lang)]
    rows += [("kept", [finding]) for finding in standing.evidence]
    if not rows:
        rows.append(("said", [standing.headline]))
    dates = {o.id: o.last_confirmed_at for o in diagnosis.observations}
    made = []
    for basis, group in rows:
        finding = group[0]
        why = finding.not_seen
        # Of several computers the one that was looked at longest ago dates what is said of all.
        seen_at = min(
            (
                max(found)
                for one in group
                if (found := [dates[i] for i in one.rests_on if i in dates])
            ),
            default=None,
        )
        called = [names[f.subject.id] for f in group if len(names) > 1 and f.subject.id in names]
        made.append(
            {
                "basis": phrases.basis_of(
                    basis, finding, catalog, lang, phrases.joined(called, catalog, lang)
                ),
                "state": finding.state,
                "sentence": sentence(finding, catalog, lang),
                "technical": technical_names(group),
                "why": _why(finding, diagnosis, catalog, lang),
                "look": _look(finding, diagnosis, catalog, lang, commands=commands),
                "missing": why.see_with
                if commands and why and why.reason == "tool_missing"
                else "",
                "seen_at": phrases.date_text(seen_at) if seen_at else "",
            }
        )
    return made


def _why(finding: Finding, diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> str:
    why = finding.not_seen
    if why is None or why.reason not in _TELLS_MORE:
        return ""
    asked = phrases.whom_to_ask(finding, diagnosis, catalog, lang)
    return f"{catalog.ui(f'unknown.{why.reason}').say(lang)} {asked}".rstrip()


def _look(
    finding: Finding, diagnosis: Diagnosis, catalog: Catalog, lang: Lang, *, commands: bool
) -> SeeWith:
    """Return how a person sees on a computer what the look could not see there."""
    why = finding.not_seen
    family = phrases.family_of(finding.subject, diagnosis)
    if why is None or why.reason not in _LOOKED_AT_BY_HAND or not family:
        return SeeWith()
    named = why.see_with if why.reason == "no_permission" else ""
    control, versions = catalog.controls[finding.control], seen_versions(diagnosis)
    found = see_with(named, control, (family,), catalog, lang, versions)
    return found if commands else SeeWith(found.place)


def _peer(
    comparison: Comparison, diagnosis: Diagnosis, catalog: Catalog, lang: Lang
) -> dict[str, Any]:
    figure = comparison.figure
    own = diagnosis.assessment.controls.get(figure.control)
    value = figure.percent
    if value is None:
        value = figure.below if figure.below is not None else figure.above
    return {
        "text": figure.text.say(lang),
        "share": phrases.share_text(comparison, catalog, lang),
        "width": value,
        "bound": figure.percent is None,
        "own": comparison.own if "met" in figure.share_of or comparison.among is None else None,
        "own_basis": phrases.basis_text([own], catalog, lang) if own else "",
        "control": catalog.controls[figure.control].title.say(lang) if figure.control else "",
        "company_text": phrases.company_text(comparison, catalog, lang),
        "among": comparison.among,
        "alike": comparison.alike,
        "origin": phrases.origin_text(comparison, catalog, lang),
        "note": figure.note.say(lang) if figure.note else "",
        "mark": catalog.ui(f"mark.{figure.mark}").say(lang),
    }


def _step(number: int, diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> dict[str, Any]:
    step = diagnosis.steps[number]
    control = catalog.controls.get(step.control)
    how: list[Steps] = []
    if control and control.act and step.kind == "act":
        how = [act_now(control, catalog, lang)]
    elif control and step.kind == "do":
        how = how_to(control, diagnosis, catalog, lang)
    looked = SeeWith()
    if control and step.kind == "see":
        own, versions = phrases.own_platforms(diagnosis), seen_versions(diagnosis)
        looked = see_with(step.see_with, control, own, catalog, lang, versions)
    return {
        "title": step_title(step.control, step.kind, catalog, lang),
        "why": step_why(step, diagnosis, catalog, lang),
        "devices": step_devices(step, diagnosis, catalog, lang),
        "plain": control.plain.say(lang) if control else "",
        "cost": phrases.cost(step.minutes, step.yen, catalog, lang),
        "money": step_line(step, diagnosis, catalog, lang),
        "undo": control.undo.say(lang) if control and step.kind == "do" else "",
        "how": how,
        "kind": step.kind,
        "place": looked.place,
        "command": looked.command if step.kind == "see" else step_command(step),
        "state": step.state,
        "control": step.control,
        "question": step.see_with if step.kind == "ask" else "",
        "resting": step.resting_until.isoformat() if step.resting_until else "",
        "asked": step.asked,
        "with_it": [catalog.controls[id_].title.say(lang) for id_ in step.controls[1:]],
    }


def control_card(
    id_: str, diagnosis: Diagnosis, catalog: Catalog, lang: Lang, *, commands: bool = True
) -> dict[str, Any]:
    """Return one control as its card shows it: state, and what was said and seen.

    commands: name the command that shows what this user may not see.
    """
    control, standing = catalog.controls[id_], diagnosis.assessment.controls[id_]
    return {
        "id": id_,
        "title": control.title.say(lang),
        "plain": control.plain.say(lang),
        "state": standing.state,
        "basis": phrases.basis_text([standing], catalog, lang),
        "devices": phrases.devices_told(standing, diagnosis.device_names, catalog, lang),
        "rows": _said_and_seen(standing, diagnosis, catalog, lang, commands=commands),
    }


def _framework(id_: str, diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> dict[str, Any]:
    standing, framework = diagnosis.standings[id_], catalog.frameworks[id_]
    titles = {item.id: item for item in framework.items}
    total = len(standing.items)
    return {
        "title": framework.title.say(lang),
        "short": framework.short.say(lang),
        "version": framework.edition.say(lang) if framework.edition else framework.version,
        "about": framework.about.say(lang),
        "as_of": framework.as_of.isoformat(),
        "publisher": framework.publisher.say(lang),
        "mark": catalog.ui(f"mark.{framework.mark}").say(lang),
        "notes": [note.say(lang) for note in framework.notes],
        "counts": standing.counts,
        "shares": [
            (state, 100 * count / total) for state, count in standing.counts.items() if count
        ],
        "fine": standing.counts["met"] + standing.counts["not_applicable"],
        "total": total,
        "points": standing.points,
        "points_text": phrases.points_text(standing, catalog, lang),
        "points_from": phrases.points_from(standing, framework, catalog, lang),
        "unasked": standing.unasked,
        "between": standing.points_between,
        "unverified": any(item.mark == "unverified" for item in framework.items),
        "band": standing.band.text.say(lang) if standing.band else "",
        "items": [
            {
                "id": "" if framework.own_ids else item.id,
                "title": titles[item.id].title.say(lang),
                "state": item.state,
                "gap": _gap(item.id, id_, catalog, lang),
                "unverified": titles[item.id].mark == "unverified",
                "controls": [catalog.controls[c].title.say(lang) for c in item.controls],
            }
            for item in standing.items
        ],
    }


def _gap(item_id: str, framework_id: str, catalog: Catalog, lang: Lang) -> str:
    item = next(i for i in catalog.frameworks[framework_id].items if i.id == item_id)
    if item.gap is not None:
        return item.gap.say(lang)
    return " ".join(f"{c.id}: {c.gap.say(lang)}" for c in item.criteria if c.gap and not c.controls)


def context(
    diagnosis: Diagnosis,
    catalog: Catalog,
    lang: Lang,
    *,
    in_portal: bool = False,
) -> dict[str, Any]:
    """Return everything the template shows, as plain values in ``lang``.

    in_portal: the reader has pages with buttons, so no commands are named.
    """
    assessment = diagnosis.assessment
    themes: dict[Theme, list[dict[str, Any]]] = {}
    for id_ in assessment.controls:
        themes.setdefault(catalog.controls[id_].theme, []).append(
            control_card(id_, diagnosis, catalog, lang, commands=not in_portal)
        )
    # Nothing is said about what nobody asked or looked at.
    with_own = [c for c in diagnosis.comparisons if c.own in KNOWN and c.own != "not_applicable"]
    # One figure of each control first, in the order of fitting: two of one say little more.
    first = {c.figure.control: c for c in reversed(with_own)}
    with_own.sort(key=lambda c: first[c.figure.control] is not c)
    background = [c for c in diagnosis.comparisons if c.own is None]
    return {
        "lang": lang,
        "in_portal": in_portal,
        "ui": lambda key, **numbers: catalog.ui(key).say(lang, **numbers),
        "marks": phrases.MARKS,
        "word": lambda state: phrases.state_word(state, catalog, lang),
        "as_of": phrases.date_text(assessment.as_of),
        "version": __version__,
        "catalog_version": catalog.meta.version,
        "steps": [_step(n, diagnosis, catalog, lang) for n in range(len(diagnosis.steps))],
        "shown": PLAN_SHOWN,
        "lessons": _lessons(diagnosis, catalog, lang),
        "invites_look": diagnosis.invites_look,
        "disagreements": [
            {
                "title": catalog.controls[s.control].title.say(lang),
                "devices": phrases.devices_told(s, diagnosis.device_names, catalog, lang),
                "rows": _said_and_seen(s, diagnosis, catalog, lang, commands=not in_portal),
            }
            for s in diagnosis.disagreements
        ],
        "basics": _basics(diagnosis, catalog, lang),
        "frameworks": [_framework(id_, diagnosis, catalog, lang) for id_ in diagnosis.standings],
        "peers": [_peer(c, diagnosis, catalog, lang) for c in with_own[:PEERS_SHOWN]],
        "more_peers": [
            _peer(c, diagnosis, catalog, lang) for c in [*with_own[PEERS_SHOWN:], *background]
        ],
        "same_size": any(c.same_size for c in with_own),
        "calendar": [_due(due, catalog, lang) for due in diagnosis.calendar],
        "themes": [
            (catalog.ui(f"theme.{theme}").say(lang), entries) for theme, entries in themes.items()
        ],
        "devices": phrases.computers_of(diagnosis, catalog, lang),
        "looked": bool(looked_at(diagnosis.observations)),
        "sources": _sources(diagnosis, catalog, lang),
    }


def _lessons(diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> list[dict[str, Any]]:
    return [
        {
            "day": day.isoformat(),
            "title": catalog.controls[standing.control].title.say(lang),
            "state": standing.state,
            "sentence": sentence(standing.headline, catalog, lang),
        }
        for day, standing in diagnosis.lessons
    ]


def _cited(diagnosis: Diagnosis, catalog: Catalog) -> set[str]:
    """Return the ids of the sources of what the report says: every control stands in it."""
    controls = [catalog.controls[id_] for id_ in diagnosis.assessment.controls]
    found = {id_ for control in controls for id_ in control.sources}
    found |= {
        id_
        for control in controls
        for stop in control.stops
        for id_ in catalog.threats[stop.threat].sources
    }
    found |= {id_ for each in diagnosis.standings for id_ in catalog.frameworks[each].sources}
    found |= {id_ for one in diagnosis.comparisons for id_ in catalog.surveys[one.survey].sources}
    own = phrases.own_platforms(diagnosis)
    for step in diagnosis.steps:
        offer = diagnosis.offer_for(step.controls, step.yen)
        found |= set(offer.programme.sources) if offer else set()
        control = catalog.controls.get(step.control)
        for platform, steps in control.how.items() if control else ():
            places = [each.place for each in steps if each.place and (platform in own or not own)]
            found |= {id_ for place in places for id_ in catalog.content.places[place].sources}
    return found


def _sources(diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> list[tuple[str, str, str, str]]:
    """Return title, publisher, date and mark of every source that the report rests on."""
    cited = _cited(diagnosis, catalog)
    return [
        (
            source.title.say(lang),
            source.publisher.say(lang),
            source.published,
            catalog.ui(f"mark.{source.mark}").say(lang),
        )
        for id_, source in catalog.sources.items()
        if id_ in cited
    ]


def _basics(diagnosis: Diagnosis, catalog: Catalog, lang: Lang) -> dict[str, Any]:
    """Return the six basics as a framework, each item with its basis and what is open in it."""
    assessment = diagnosis.assessment
    basics = _framework(diagnosis.basics.framework, diagnosis, catalog, lang)
    for item, seen in zip(basics["items"], diagnosis.basics.items, strict=True):
        known = seen.state in KNOWN
        rests_on = [assessment.controls[c] for c in seen.controls] if known else []
        item["basis"] = phrases.basis_text(rests_on, catalog, lang)
        item["open"] = [
            {
                "id": one.control,
                "title": catalog.controls[one.control].title.say(lang),
                "state": one.state,
                "sentence": sentence(one.headline, catalog, lang),
                "devices": phrases.devices_told(one, diagnosis.device_names, catalog, lang),
            }
            for one in diagnosis.open_in(seen)
        ]
    basics["open"] = [item["title"] for item in basics["items"] if item["state"] in OPEN]
    basics["seen"] = _marks_borne(basics["items"], diagnosis, catalog, lang)
    return basics


def _marks_borne(
    items: list[dict[str, Any]], diagnosis: Diagnosis, catalog: Catalog, lang: Lang
) -> str:
    """Return the sentence on what was seen; it names only words that one of the cards bears."""
    if not diagnosis.looked:
        return catalog.ui("report.basics_said").say(lang)
    borne = {item["basis"] for item in items}
    for key, mark in (("seen", "measured"), ("part_seen", "mixed")):
        if catalog.ui(f"rests_on.{mark}").say(lang) in borne:
            return catalog.ui(f"report.basics_{key}").say(lang)
    return catalog.ui("report.basics_none_seen").say(lang)


def _due(due: Due, catalog: Catalog, lang: Lang) -> dict[str, Any]:
    return {
        "id": due.control,
        "title": catalog.controls[due.control].title.say(lang),
        "what": _what(due.control, catalog, lang),
        "when": due.due_on.isoformat() if due.due_on else "",
        "overdue": due.overdue,
    }


def _what(control: str, catalog: Catalog, lang: Lang) -> str:
    evidence = catalog.controls[control].evidence
    return evidence.what.say(lang) if evidence else ""


def to_html(
    diagnosis: Diagnosis,
    catalog: Catalog,
    lang: Lang,
    *,
    in_portal: bool = False,
) -> str:
    """Return the whole page in ``lang``; see ``context`` for ``in_portal``."""
    page = environment().get_template("report.html")
    return page.render(context(diagnosis, catalog, lang, in_portal=in_portal))
