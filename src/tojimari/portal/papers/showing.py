"""What the pages of papers show, to the company's people and to those who help it alike."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from django.urls import reverse
from django.utils import timezone

from tojimari.catalog.paper import PaperKind, PaperQuestion
from tojimari.papers.blocks import Paragraph, blocks
from tojimari.papers.editing import changed_since
from tojimari.portal.companies.models import Company
from tojimari.portal.papers.drafting import Draft, draft_of, rows_of, written_of
from tojimari.portal.papers.gathering import known_of
from tojimari.portal.papers.keeping import seen_answers, seen_section
from tojimari.portal.papers.models import PaperVersion
from tojimari.portal.words import catalog, current_lang, say
from tojimari.report.letter import word_is_there
from tojimari.report.papers.opendocument import odt_is_there
from tojimari.report.papers.workbook import xlsx_is_there

RENEW_SOON_DAYS = 30
OWN_PAGES = {
    "papers": "papers:papers",
    "paper": "papers:paper",
    "answers": "papers:paper_answers",
    "section": "papers:paper_section",
    "upload": "papers:paper_upload",
    "file": "papers:paper_file",
    "approve": "papers:approve_paper",
    "withdraw": "papers:withdraw_paper",
}
GRANTED_PAGES = {
    "papers": "papers:granted_papers",
    "paper": "papers:granted_paper",
    "answers": "papers:granted_paper_answers",
    "section": "papers:granted_paper_section",
    "upload": "papers:granted_paper_upload",
    "file": "papers:granted_paper_file",
}


class Place(msgspec.Struct, frozen=True):
    """Where somebody works on papers: in the company, or in an organisation that helps it.

    Attributes:
        organisation: None for the company's own people.
        writes: may answer and change words. approves: may approve and take back.
    """

    company: Any
    organisation: Any = None
    writes: bool = False
    approves: bool = False

    def to(self, name: str, *rest: object) -> str:
        """Return the address of a page of papers, here."""
        if self.organisation is None:
            return reverse(OWN_PAGES[name], args=[self.company.pk, *rest])
        return reverse(GRANTED_PAGES[name], args=[self.organisation.pk, self.company.pk, *rest])


def list_context(place: Place) -> dict[str, Any]:
    """Return what the list of papers shows: each kind and how far it is."""
    lang, company = current_lang(), place.company
    known, rows = known_of(company, lang), rows_of(company)
    found = []
    for kind in catalog().papers.values():
        draft = draft_of(company, kind, lang, known, rows)
        found.append(
            {
                "title": kind.title.say(lang),
                "about": kind.about.say(lang),
                "page": place.to("paper", kind.id),
                "state": state_words(draft.standing, begun=draft.row.pk is not None),
                "soon": _ends_soon(draft.standing),
                "begun": draft.row.pk is not None or draft.standing is not None,
                "stands": draft.standing is not None or not kind.renew_days,
                "conflicts": len(draft.laid.conflicts),
                "criteria": len(draft.written.wants),
            }
        )
    due = [
        {"title": evidence_name(control), "day": day, "over": day < known.today}
        for control, day in known.due
        if day is not None
    ]
    covered = {id_ for kept in known.kept.values() for id_ in kept.criteria}
    return {
        "place": place,
        "company": company,
        "organisation": place.organisation,
        "papers": found,
        "first": _first(found) if place.writes else None,
        "due": due,
        "answered": len(covered),
    }


def _first(papers: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Return the paper to see to first: one that ends or waits for a decision, one begun, a new one."""
    ends = [one for one in papers if one["soon"] or one["conflicts"]]
    begun = [one for one in papers if one["begun"] and not one["stands"]]
    fresh = [one for one in papers if not one["stands"]]
    return next(iter([*ends, *begun, *fresh]), None)


def evidence_name(control: str) -> str:
    """Return what the paper or record that shows a control is called."""
    known = catalog().controls[control]
    return (known.evidence.what if known.evidence else known.title).say(current_lang())


def _ends_soon(version: PaperVersion | None) -> bool:
    return version is not None and (version.until - timezone.localdate()).days <= RENEW_SOON_DAYS


def state_words(version: PaperVersion | None, *, begun: bool) -> str:
    """Return how far a paper is, in words."""
    if version is None:
        return say("papers.begun") if begun else say("papers.not_begun")
    day = version.until.isoformat()
    if version.until < timezone.localdate():
        return say("papers.over", n=version.number, day=day)
    return say("papers.stands", n=version.number, day=day)


def paper_context(
    place: Place,
    draft: Draft,
    *,
    typed: dict[str, str] | None = None,
    sent: Mapping[str, str] | None = None,
    problem: str = "",
) -> dict[str, Any]:
    """Return what the page of one paper shows.

    typed: question id -> what was just typed, where that could not be kept. sent: field -> the same
    of the fields that every paper has.
    """
    kind, lang, row = draft.kind, draft.lang, draft.row
    questions = [
        _asked(place, question, (typed or row.answers).get(question.id, ""), draft)
        for question in kind.questions
    ]
    standing, sent = draft.standing, sent or {}
    return {
        "place": place,
        "company": place.company,
        "organisation": place.organisation,
        "kind": kind,
        "title": kind.title.say(lang),
        "about": kind.about.say(lang),
        "urls": _addresses(place, kind),
        "state": state_words(standing, begun=row.pk is not None),
        "soon": _ends_soon(standing),
        "questions": questions,
        "answered": sum(bool(one["value"]) for one in questions),
        "row": row,
        "plan_by": sent.get("plan_by", draft.plan_by.isoformat()),
        "owner": sent.get("owner", row.owner),
        "prepared_by": sent.get("prepared_by", row.prepared_by),
        "name": sent.get("name", ""),
        "on": sent.get("on", timezone.localdate().isoformat()),
        "note": sent.get("note", ""),
        "seen": seen_answers(row),
        "problem": problem,
        "sections": _sections(place, draft),
        "conflicts": [_conflict(place, draft, one) for one in draft.laid.conflicts],
        "criteria": _criteria(draft),
        "shows": [
            catalog().controls[id_].title.say(lang)
            for id_ in (draft.shown.shows if kind.renew_days else ())
        ],
        "blanks": draft.shown.blanks,
        "not_yet": draft.shown.not_yet,
        "versions": draft.versions,
        "standing": standing,
        "changed": _changed(draft),
        "digest": draft.digest,
        "number": draft.number,
        "approvable": bool(kind.renew_days),
        "word": word_is_there(),
        "odt": odt_is_there(),
        "workbook": kind.form == "workbook",
        "xlsx": xlsx_is_there(),
    }


def _addresses(place: Place, kind: PaperKind) -> dict[str, str]:
    """Return the addresses that the page needs, by their names."""
    names = ["answers", "upload"] + (["approve", "withdraw"] if place.approves else [])
    found = {name: place.to(name, kind.id) for name in names}
    found |= {
        f"{form}_file": place.to("file", kind.id, form)
        for form in ("docx", "odt", "pdf", "xlsx", "csv")
    }
    return found | {"list": place.to("papers"), "paper": place.to("paper", kind.id)}


def _asked(place: Place, question: PaperQuestion, value: str, draft: Draft) -> dict[str, Any]:
    """Return a question as it is asked; the company's own people find its people's names filled in."""
    lang, own = draft.lang, place.organisation is None and draft.row.pk is None
    if not value and own and question.id == "people":
        comma = "、" if lang == "ja" else ", "
        value = "\n".join(f"{one.name}{comma}" for one in draft.known.people)
    return {
        "id": f"q_{question.id}",
        "type": question.type,
        "text": question.text.say(lang),
        "help": question.help.say(lang) if question.help else "",
        "options": [(one.id, one.text.say(lang)) for one in question.options],
        "columns": " ／ ".join(one.say(lang) for one in question.columns)
        if lang == "ja"
        else " / ".join(one.say(lang) for one in question.columns),
        "value": value,
        "rows": min(max(value.count("\n") + 2, 3), 14),
    }


def _sections(place: Place, draft: Draft) -> list[dict[str, Any]]:
    kept = draft.row.edits.get(draft.lang, {})
    found = []
    for section in draft.shown.sections:
        text = draft.shown.text_of(section)
        found.append(
            {
                "id": section.id,
                "title": section.title,
                "blocks": [
                    {"text": one.text} if isinstance(one, Paragraph) else {"rows": one.rows}
                    for one in blocks(text)
                ],
                "text": text,
                "rows": min(text.count("\n") + 4, 24),
                "edit": kept.get(section.id),
                "seen": seen_section(draft, draft.row, section.id),
                "url": place.to("section", draft.kind.id, section.id),
            }
        )
    return found


def _conflict(place: Place, draft: Draft, one: Any) -> dict[str, Any]:
    return {
        "title": one.title or one.section,
        "mine": one.mine,
        "now": one.now,
        "changed": one.changed,
        "seen": seen_section(draft, draft.row, one.section),
        "url": place.to("section", draft.kind.id, one.section),
    }


def _criteria(draft: Draft) -> list[dict[str, Any]]:
    covered = set(draft.shown.covered)
    framework = catalog().frameworks["scs-3"]
    gists = {c.id: c.gist.say(draft.lang) for item in framework.items for c in item.criteria}
    return [
        {"id": id_, "gist": gists[id_], "covered": id_ in covered} for id_ in draft.written.wants
    ]


def _changed(draft: Draft) -> list[Any]:
    """Return what is different from the version that stands; nothing in another language."""
    standing = draft.standing
    if standing is None or standing.lang != draft.lang:
        return []
    return changed_since(written_of(standing), draft.shown)


def ends_between(company: Company, first: date, last: date) -> list[tuple[str, date]]:
    """Return (id, last day) of papers of a company that end within days."""
    found = {}
    rows = PaperVersion.objects.of(company).filter(withdrawn_at=None).order_by("number")
    for row in rows:
        found[row.kind] = row.until
    return [(kind, day) for kind, day in found.items() if first <= day <= last]
