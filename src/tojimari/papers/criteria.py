"""The 81 criteria of SCS star 3: where the company stands, what shows it, and what is still open."""

import msgspec

from tojimari.assess.standing import standing
from tojimari.catalog import Catalog
from tojimari.catalog.schema import Criterion
from tojimari.model import ControlStanding, Lang, State
from tojimari.papers.answers import day_words
from tojimari.papers.claims import open_controls
from tojimari.papers.known import Known

STAR3 = "scs-3"


class CriterionRow(msgspec.Struct, frozen=True):
    """One criterion.

    Attributes:
        state: as everywhere else, never better.
        evidence: what shows it, each with what it rests on; "－" for nothing.
        missing: what is still open; "－" for nothing.
        ready: it is met, and what the criterion must be seen by is there.
    """

    id: str
    item: str
    group: str
    gist: str
    state: State
    evidence: str
    missing: str
    ready: bool


def criteria_rows(known: Known, catalog: Catalog, lang: Lang) -> list[CriterionRow]:
    """Return every criterion in the framework's order."""
    framework = catalog.frameworks[STAR3]
    states = {
        criterion.id: criterion.state
        for item in standing(framework, known.assessment).items
        for criterion in item.criteria
    }
    found = []
    for item in framework.items:
        for criterion in item.criteria:
            state = states[criterion.id]
            evidence = _evidence(criterion, known, catalog, lang)
            missing = _missing(criterion, state, known, catalog, lang)
            comma = "、" if lang == "ja" else ", "
            found.append(
                CriterionRow(
                    criterion.id,
                    item.title.say(lang),
                    item.group.say(lang) if item.group else "",
                    criterion.gist.say(lang),
                    state,
                    comma.join(evidence) or "－",
                    comma.join(missing) or "－",
                    state in ("met", "not_applicable") and not missing,
                )
            )
    return found


def _papers(criterion: Criterion, known: Known) -> list[str]:
    return [id_ for id_, kept in known.kept.items() if criterion.id in kept.criteria]


def _evidence(criterion: Criterion, known: Known, catalog: Catalog, lang: Lang) -> list[str]:
    """Return what there is: papers with their day, registered evidence, looks, answers. Kept apart."""
    found = [
        catalog.ui("paper.evidence_paper").say(
            lang,
            paper=catalog.papers[id_].title.say(lang),
            version=known.kept[id_].version,
            day=day_words(known.kept[id_].until, lang),
        )
        for id_ in _papers(criterion, known)
        if id_ in catalog.papers
    ]
    for id_ in criterion.controls:
        found += _of_control(known.assessment.controls[id_], catalog, lang)
    return list(dict.fromkeys(found))


def _of_control(standing_: ControlStanding, catalog: Catalog, lang: Lang) -> list[str]:
    title = catalog.controls[standing_.control].title.say(lang)
    found: list[str] = []
    if standing_.state not in ("met", "partly"):
        return found
    for finding in standing_.evidence:
        day = finding.numbers.get("due_on")
        if finding.state == "met" and finding.subject.id == standing_.control:
            key = "paper.evidence_kept" if day else "paper.evidence_kept_no_end"
            until = day_words(str(day), lang) if day else ""
            found.append(catalog.ui(key).say(lang, title=title, day=until))
    seen = [finding for finding in standing_.measured if finding.state == "met"]
    if seen:
        found.append(catalog.ui("paper.evidence_seen").say(lang, title=title, n=len(seen)))
    if not found and standing_.said is not None and standing_.said.state == "met":
        found.append(catalog.ui("paper.evidence_said").say(lang, title=title))
    return found


def _missing(
    criterion: Criterion, state: State, known: Known, catalog: Catalog, lang: Lang
) -> list[str]:
    if criterion.gap is not None and not criterion.controls:
        return [criterion.gap.say(lang)]
    if state == "not_applicable":
        return []
    found = [
        catalog.controls[id_].do.say(lang)
        for id_ in open_controls(criterion.controls, known.assessment)
    ]
    if criterion.seen_by in ("paper", "record") and not _is_shown(criterion, known):
        makes = [
            kind.title.say(lang)
            for kind in catalog.papers.values()
            if any(criterion.id in clause.covers for clause in kind.clauses)
        ]
        key = "paper.missing_paper" if makes else f"paper.missing_{criterion.seen_by}"
        found.append(catalog.ui(key).say(lang, paper=makes[0] if makes else ""))
    return found


def _is_shown(criterion: Criterion, known: Known) -> bool:
    """Return whether a paper in force answers it, or evidence was registered for its controls.

    A record of something done again and again is not shown by a paper that says that it is done.
    """
    if _papers(criterion, known):
        return True
    kept = [known.assessment.controls[id_].evidence for id_ in criterion.controls]
    own = [
        any(f.state == "met" and f.subject.id == id_ for f in findings)
        for id_, findings in zip(criterion.controls, kept, strict=True)
    ]
    return bool(own) and all(own)
