"""Drafts of notices about an incident: to change here, take along as a file, and send oneself."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tojimari.catalog.playbook import Draft
from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.downloads import as_file
from tojimari.portal.core.permissions import may
from tojimari.portal.errors import refused
from tojimari.portal.incidents.forms import LetterForm
from tojimari.portal.incidents.kept_letters import (
    ShownLetter,
    keep_mine,
    keep_words,
    shown_letter,
    take_draft,
)
from tojimari.portal.incidents.models import EmergencyContact, Incident, IncidentEntry
from tojimari.portal.incidents.record import answers_of, incident_or_404, playbook_of
from tojimari.portal.incidents.rights import INCIDENTS_READ, INCIDENTS_WRITE
from tojimari.portal.incidents.shown import entry_text
from tojimari.portal.incidents.standing import still_standing
from tojimari.portal.words import catalog, current_lang, say
from tojimari.report.letter import CONTENT_TYPE, letter_document, word_is_there
from tojimari.respond import Letter, draft, told_tasks

_MOST_LINES = 30


def _template(draft_id: str) -> Draft:
    template = catalog().incidents.drafts.get(draft_id)
    if template is None:
        raise Http404
    return template


@company_view(INCIDENTS_READ)
@require_safe
def letter(
    request: HttpRequest, company: Company, incident_id: uuid.UUID, draft_id: str
) -> HttpResponse:
    """Show a notice: as it was changed by hand, else filled with what is known.

    What is not known is marked; where the draft says something else by now, the page says what.
    """
    found, template = incident_or_404(request, company, incident_id), _template(draft_id)
    written = draft(template, facts_of(found, template), current_lang())
    shown = shown_letter(found, draft_id, written, current_lang())
    note_by(request, "incident.drafted", company)
    form = request.GET.get("file")
    if form in ("txt", "docx"):
        return _file(form, draft_id, company, shown.letter)
    return _page(request, found, template, shown)


def _file(form: str, draft_id: str, company: Company, written: Letter) -> HttpResponse:
    if form == "docx":
        if not word_is_there():
            raise Http404
        lang, now = current_lang(), timezone.localtime()
        data = letter_document(written, company=company.name, at=now, catalog=catalog(), lang=lang)
        response = HttpResponse(data, content_type=CONTENT_TYPE)
    else:
        text = f"{written.subject}\n\n{written.body}\n".replace("\n", "\r\n")
        response = HttpResponse("\ufeff" + text, content_type="text/plain; charset=utf-8")
    return as_file(response, f"tojimari-{draft_id}.{form}")


def _page(
    request: HttpRequest,
    found: Incident,
    template: Draft,
    shown: ShownLetter,
    *,
    typed: Letter | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """Show the page of a notice; with what was just typed where that could not be kept."""
    letter_shown = typed or shown.letter
    context = {
        "company": found.company,
        "incident": found,
        "draft_id": template.id,
        "title": template.title.say(current_lang()),
        "letter": letter_shown,
        "shown": shown,
        "problem": problem,
        "rows": letter_shown.body.count("\n") + 6,
        "word": word_is_there(),
        "writes": may(request.actor, INCIDENTS_WRITE, found.company),
    }
    return render(request, "letter.html", context, status=status)


@company_view(INCIDENTS_WRITE)
@require_POST
def keep_letter(
    request: HttpRequest, company: Company, incident_id: uuid.UUID, draft_id: str
) -> HttpResponse:
    """Keep what was changed by hand, or go back to the draft. Nothing typed is ever lost."""
    found, template = incident_or_404(request, company, incident_id), _template(draft_id)
    lang, form = current_lang(), LetterForm(request.POST)
    written = draft(template, facts_of(found, template), lang)
    back = redirect("incidents:letter", company.pk, found.pk, draft_id)
    if not form.is_valid():
        return refused(request, form.sentence(), back=back["Location"])
    sent = form.cleaned_data
    if sent["again"]:
        take_draft(found, draft_id, lang)
    elif sent["mine"]:
        keep_mine(found, draft_id, written, lang)
    else:
        words = {name: sent[name] for name in ("subject", "body", "seen")}
        if not keep_words(found, draft_id, written, lang, **words, by=request.user):
            shown = shown_letter(found, draft_id, written, lang)
            typed = Letter(sent["subject"], sent["body"], 0)
            problem = say("letter.somebody_else")
            return _page(request, found, template, shown, typed=typed, problem=problem, status=409)
    note_by(request, "incident.letter_kept", company)
    return back


def facts_of(found: Incident, template: Draft) -> dict[str, str]:
    """Return what is known of an incident for the places of a draft; "" where nothing is."""
    lang, comma = current_lang(), "、" if current_lang() == "ja" else ", "
    entries = still_standing(
        IncidentEntry.objects.of(found.company_id).filter(incident=found).order_by("at", "pk")
    )

    def lines(*kinds: str) -> str:
        said = [entry_text(one) for one in entries if one.kind in kinds and one.text]
        return comma.join(dict.fromkeys(said[:_MOST_LINES]))

    files = (one for one in entries if one.kind == IncidentEntry.FILE and "file" in one.salts)
    kept = dict.fromkeys(each.text or each.file_name for each in files)
    told = playbook_of(found).told
    policy = (
        EmergencyContact.objects.of(found.company_id)
        .filter(kind="insurer")
        .exclude(reference="")
        .values_list("reference", flat=True)
        .first()
    )
    return {
        "company": found.company.name,
        "known": timezone.localtime(found.known_at).strftime("%Y-%m-%d %H:%M"),
        "kind": told.say(lang) if told else "",
        "summary": found.summary,
        "devices": lines(IncidentEntry.DEVICE),
        "persons": lines(IncidentEntry.PERSON),
        "kept": comma.join([each for each in kept if each][:_MOST_LINES]),
        "done": comma.join(
            one.do.say(lang) for one in told_tasks(template, _done(entries), catalog().incidents)
        ),
        "learned": found.learned,
        "policy": policy or "",
        "data": _chosen(found, "personal_kind"),
        "count": _chosen(found, "personal_count"),
    }


def _done(entries: list[IncidentEntry]) -> list[str]:
    """Return the ids of the tasks that were done and not taken back since."""
    done: dict[str, None] = {}
    for one in entries:
        if one.kind == IncidentEntry.DONE:
            done[one.text] = None
        elif one.kind == IncidentEntry.UNDONE:
            done.pop(one.text, None)
    return list(done)[:_MOST_LINES]


def _chosen(found: Incident, question_id: str) -> str:
    """Return what was answered in words; "" where it was not answered or is not known."""
    lang, comma = current_lang(), "、" if current_lang() == "ja" else ", "
    given: Any = answers_of(found).get(question_id, ())
    chosen = given if isinstance(given, tuple) else (given,)
    options = catalog().incidents.questions[question_id].options
    return comma.join(one.text.say(lang) for one in options if one.id in chosen)
