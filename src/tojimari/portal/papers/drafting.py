"""A paper as it stands now: written anew from what is known, with the changes by hand laid over it."""

import hashlib
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import msgspec
from django.utils import timezone

from tojimari.catalog.paper import PaperKind
from tojimari.model import Lang
from tojimari.papers import Known, Written, write
from tojimari.papers.editing import Edit, LaidOver, lay_over
from tojimari.portal.companies.models import Company
from tojimari.portal.papers.gathering import known_of
from tojimari.portal.papers.models import Paper, PaperVersion
from tojimari.portal.words import catalog
from tojimari.report.letter import word_is_there
from tojimari.report.papers.form import Form, Revision, Stamp, paper_form
from tojimari.report.papers.printed import paper_page
from tojimari.report.papers.word import word_file

PLANNED_WITHIN = timedelta(days=90)
"""The day by which what is missing is planned, where the company names no other."""


class Draft(msgspec.Struct, frozen=True):
    """A paper on which a company works.

    Attributes:
        row: what is kept of it; one that is not saved yet where nobody began.
        versions: those approved, the newest first.
    """

    kind: PaperKind
    company: Any
    row: Any
    lang: Lang
    known: Known
    written: Written
    laid: LaidOver
    plan_by: date
    versions: Sequence[Any] = ()

    @property
    def shown(self) -> Written:
        """The paper with the changes by hand."""
        return self.laid.written

    @property
    def standing(self) -> Any:
        """The newest version that was not taken back; None for none."""
        return next((one for one in self.versions if one.withdrawn_at is None), None)

    @property
    def number(self) -> int:
        """The number that the next version gets."""
        return max((one.number for one in self.versions), default=0) + 1

    @property
    def digest(self) -> str:
        """Tells this text from any other: whoever approves approves what they saw."""
        parts = [self.shown.text_of(one) for one in self.shown.sections]
        return fingerprint(parts, self.plan_by.isoformat(), self.row.owner, self.row.prepared_by)


def fingerprint(*parts: object) -> str:
    """Return a short digest of plain values."""
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:32]


class Rows(msgspec.Struct, frozen=True):
    """What is kept of papers of a company, by kind; versions the newest first."""

    papers: dict[str, Any]
    versions: dict[str, list[Any]]


def rows_of(company: Company, kind: str = "") -> Rows:
    """Return what is kept of a company's papers; of one kind, or of all."""
    papers, versions = Paper.objects.of(company), PaperVersion.objects.of(company)
    if kind:
        papers, versions = papers.filter(kind=kind), versions.filter(kind=kind)
    found: dict[str, list[Any]] = {}
    for version in versions.order_by("-number"):
        found.setdefault(version.kind, []).append(version)
    return Rows({row.kind: row for row in papers}, found)


def draft_of(
    company: Company,
    kind: PaperKind,
    lang: Lang,
    known: Known | None = None,
    rows: Rows | None = None,
) -> Draft:
    """Return a paper of a company as it stands now.

    known, rows: what is known of it, and kept of its papers, where somebody has that already.
    """
    rows = rows or rows_of(company, kind.id)
    row = rows.papers.get(kind.id) or Paper(company=company, kind=kind.id)
    known = known or known_of(company, lang)
    plan_by = row.plan_by or timezone.localdate() + PLANNED_WITHIN
    written = write(kind, known, row.answers, plan_by=plan_by, catalog=catalog(), lang=lang)
    edits = {
        id_: Edit(str(kept["text"]), str(kept["base"]))
        for id_, kept in row.edits.get(lang, {}).items()
    }
    laid, versions = lay_over(written, edits), rows.versions.get(kind.id, [])
    return Draft(kind, company, row, lang, known, written, laid, plan_by, versions)


def form_of_draft(draft: Draft) -> Form:
    """Return a draft in the form of a paper: without a day of approval."""
    stamp = Stamp(
        draft.number,
        timezone.localdate(),
        draft.company.name,
        draft.row.owner,
        draft.row.prepared_by,
    )
    return paper_form(
        draft.shown,
        draft.kind,
        stamp,
        revisions=_revisions(draft.versions),
        plan_by=draft.plan_by,
        catalog=catalog(),
    )


def form_of_version(
    version: PaperVersion, kind: PaperKind, versions: Sequence[PaperVersion], company: str
) -> Form:
    """Return an approved version as it was approved."""
    stamp = Stamp(
        version.number,
        timezone.localtime(version.approved_at).date(),
        company,
        version.owner,
        version.prepared_by,
        version.approved_by,
        version.approved_on,
        version.until,
    )
    earlier = [one for one in versions if one.number <= version.number]
    return paper_form(
        written_of(version),
        kind,
        stamp,
        revisions=_revisions(earlier),
        plan_by=version.plan_by,
        catalog=catalog(),
    )


def written_of(version: PaperVersion) -> Written:
    """Return what a version says."""
    return msgspec.convert(version.written, Written)


def _revisions(versions: Sequence[PaperVersion]) -> list[Revision]:
    return [
        Revision(one.number, one.approved_on, one.note, one.approved_by)
        for one in sorted(versions, key=lambda one: one.number)
    ]


def sha256_of(form: Form) -> str:
    """Return the fingerprint of a paper: of its Word file, or of its page where there is none."""
    data = word_file(form) if word_is_there() else paper_page(form).encode()
    return hashlib.sha256(data).hexdigest()
