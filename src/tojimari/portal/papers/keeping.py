"""Changes to papers: answers, words by hand, files that come back, approval, taking back."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec
from django.db import transaction
from django.utils import timezone

from tojimari.catalog.paper import PaperKind
from tojimari.model import Lang, TojimariError
from tojimari.papers import made_observation
from tojimari.papers.blocks import normal
from tojimari.papers.kept import until_of
from tojimari.portal.companies.assessments import mark_stale
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.observations import keep
from tojimari.portal.papers.drafting import (
    Draft,
    draft_of,
    fingerprint,
    form_of_version,
    sha256_of,
    written_of,
)
from tojimari.portal.papers.models import Paper, PaperVersion
from tojimari.report.papers.reading import Returned


class Changed(TojimariError):
    """Somebody else was quicker; nothing was kept."""

    def __init__(self) -> None:
        """Say so."""
        super().__init__(
            "ほかの人が先に変えました。何も上書きしていません。今の内容を見て、もう一度お願いします。",
            "Somebody else changed it meanwhile. Nothing was overwritten. Look at it, and try again.",
        )


class NotReady(TojimariError):
    """The paper cannot be approved as it stands."""


def seen_answers(row: Paper) -> str:
    """Return what tells the answers that a page was made of from later ones."""
    return fingerprint(row.answers, str(row.plan_by), row.owner, row.prepared_by)


def _locked(company: Company, kind: PaperKind) -> Paper:
    """Return the row of a paper, made where there is none, for this transaction alone."""
    Company.objects.select_for_update().get(pk=company.pk)
    row, _ = Paper.objects.of(company).get_or_create(
        company=company, kind=kind.id, defaults={"company": company}
    )
    return row


def keep_answers(
    company: Company,
    kind: PaperKind,
    answers: Mapping[str, str],
    *,
    plan_by: date | None,
    owner: str,
    prepared_by: str,
    seen: str,
) -> None:
    """Keep the answers to a paper's questions. Raises Changed when ``seen`` is not what is kept."""
    with transaction.atomic():
        row = _locked(company, kind)
        if seen_answers(row) != seen:
            raise Changed
        row.answers, row.plan_by = dict(answers), plan_by
        row.owner, row.prepared_by, row.changed_at = owner, prepared_by, timezone.now()
        row.save()


def keep_section(draft: Draft, section: str, *, what: str, text: str = "", seen: str) -> None:
    """Keep what a hand made of a section, or decide between the hand's words and ours.

    what: ``keep`` the ``text``; ``mine``: the hand's words stay as they are; ``again``: ours count.
    Raises Changed when ``seen`` is not what the section says.
    """
    with transaction.atomic():
        row = _locked(draft.company, draft.kind)
        edits = dict(row.edits.get(draft.lang, {}))
        if seen != seen_section(draft, row, section):
            raise Changed
        ours = next((one.text for one in draft.written.sections if one.id == section), "")
        if what == "again":
            edits.pop(section, None)
        elif what == "mine" and section in edits:
            edits[section] = {**edits[section], "base": ours}
        elif what == "keep" and normal(text) == normal(ours):
            edits.pop(section, None)
        elif what == "keep":
            edits[section] = _edit(text, ours)
        _save_edits(row, draft.lang, edits)


def seen_section(draft: Draft, row: Any, section: str) -> str:
    """Return what tells the words of a section that a page shows from later ones."""
    kept = row.edits.get(draft.lang, {}).get(section)
    return fingerprint(section, kept["text"] if kept else "", bool(kept))


def keep_file(draft: Draft, texts: Mapping[str, Returned]) -> list[str]:
    """Keep the sections of a file that a hand changed; returns their titles.

    What the hand left alone stays as it is on the page, and goes on following what is known. Where
    the paper says something else by now than the file was made of, the words of the file are kept
    and shown as a conflict.
    """
    changed = []
    with transaction.atomic():
        row = _locked(draft.company, draft.kind)
        edits = dict(row.edits.get(draft.lang, {}))
        for section in draft.written.sections:
            one = texts.get(section.id)
            here = str(edits[section.id]["text"]) if section.id in edits else section.text
            if one is None or not one.touched or normal(one.text) == normal(here):
                continue
            changed.append(section.title)
            if normal(one.text) == normal(section.text):
                edits.pop(section.id, None)
            else:
                before = edits.get(section.id, {}).get("base", section.text)
                base = str(before) if one.of_now else one.text
                edits[section.id] = _edit(one.text, base)
        _save_edits(row, draft.lang, edits)
    return changed


def _edit(text: str, base: str) -> dict[str, str]:
    return {"text": text, "base": base, "at": timezone.now().isoformat()}


def _save_edits(row: Paper, lang: Lang, edits: Mapping[str, Any]) -> None:
    row.edits = {**row.edits, lang: dict(edits)}
    row.changed_at = timezone.now()
    row.save()


def approve(
    company: Company,
    kind: PaperKind,
    lang: Lang,
    *,
    name: str,
    on: date,
    note: str,
    seen: str,
    by: Any,
) -> PaperVersion:
    """Approve a paper as it stands: a version is kept, and it is evidence from now on.

    seen: digest of the text that was approved. Raises Changed where it is another by now, NotReady
    where something must be decided or answered first.
    """
    with transaction.atomic():
        _locked(company, kind)
        draft = draft_of(company, kind, lang)
        _check_ready(draft)
        if draft.digest != seen:
            raise Changed
        version = PaperVersion(
            company=company,
            kind=kind.id,
            number=draft.number,
            lang=lang,
            written=msgspec.to_builtins(draft.shown),
            plan_by=draft.plan_by,
            owner=draft.row.owner,
            prepared_by=draft.row.prepared_by,
            approved_by=name,
            approved_user=by,
            approved_on=on,
            until=until_of(kind, on),
            note=note,
        )
        every = [*draft.versions, version]
        version.sha256 = sha256_of(form_of_version(version, kind, every, company.name))
        version.save()
        _observe(company, kind, version, holds=True)
    mark_stale(company)
    return version


def _check_ready(draft: Draft) -> None:
    if not draft.kind.renew_days:
        raise NotReady(
            "この一覧は、自分のためのものです。承認はいりません。",
            "This list is for yourself and needs no approval.",
        )
    if draft.laid.conflicts:
        raise NotReady(
            "手で直した所と、新しい内容が食い違っています。どちらにするか、先に選んでください。",
            "Words by hand and new words differ. Decide between them first.",
        )
    if draft.shown.not_yet and draft.plan_by < timezone.localdate():
        raise NotReady(
            "まだできていないことを行う日が、過ぎています。新しい日を選んで、保存してください。",
            "The day by which what is missing was to be done has passed. Choose a new one and keep it.",
        )
    asked = {one.id: one for one in draft.kind.questions}
    missing = [asked[id_] for id_ in draft.kind.approve_needs if not draft.row.answers.get(id_)]
    if missing:
        raise NotReady(
            f"先に、この質問に答えてください：{missing[0].text.ja}",
            f"Answer this first: {missing[0].text.en}",
        )


def withdraw(company: Company, kind: PaperKind) -> PaperVersion | None:
    """Take back the newest standing version: it is no evidence any more. The one before counts again.

    Returns what was taken back; None where there was nothing.
    """
    with transaction.atomic():
        _locked(company, kind)
        rows = PaperVersion.objects.of(company).filter(kind=kind.id, withdrawn_at=None)
        standing, before = ([*rows.order_by("-number")[:2], None, None])[:2]
        if standing is None:
            return None
        standing.withdrawn_at = timezone.now()
        standing.save(update_fields=["withdrawn_at"])
        _observe(company, kind, before or standing, holds=before is not None)
    mark_stale(company)
    return standing


def _observe(company: Company, kind: PaperKind, version: PaperVersion, *, holds: bool) -> None:
    made = made_observation(
        written_of(version),
        kind,
        version=version.number,
        approved_on=version.approved_on,
        sha256=version.sha256,
        at=timezone.now(),
        holds=holds,
    )
    keep(company, [made])
