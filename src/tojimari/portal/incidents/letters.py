"""Drafts of notices about an incident, as text to copy, change and send oneself."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from tojimari.catalog.playbook import Draft
from tojimari.portal.companies.models import Company
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.incidents.incident import (
    answers_of,
    entry_text,
    incident_or_404,
    playbook_of,
)
from tojimari.portal.incidents.models import EmergencyContact, Incident, IncidentEntry
from tojimari.portal.incidents.rights import INCIDENTS_READ
from tojimari.portal.incidents.standing import still_standing
from tojimari.portal.words import catalog, current_lang
from tojimari.respond import draft, told_tasks

_MOST_LINES = 30


@company_view(INCIDENTS_READ)
@require_safe
def letter(
    request: HttpRequest, company: Company, incident_id: uuid.UUID, draft_id: str
) -> HttpResponse:
    """Show a draft, filled with what is known; what is not known is marked."""
    found = incident_or_404(request, company, incident_id)
    template = catalog().incidents.drafts.get(draft_id)
    if template is None:
        raise Http404
    written = draft(template, facts_of(found, template), current_lang())
    note_by(request, "incident.drafted", company)
    if request.GET.get("file") == "txt":
        text = f"{written.subject}\n\n{written.body}\n".replace("\n", "\r\n")
        response = HttpResponse("\ufeff" + text, content_type="text/plain; charset=utf-8")
        response["Content-Disposition"] = f'attachment; filename="tojimari-{draft_id}.txt"'
        return response
    context = {
        "company": company,
        "incident": found,
        "title": template.title.say(current_lang()),
        "letter": written,
        "rows": written.body.count("\n") + 6,
    }
    return render(request, "letter.html", context)


def facts_of(found: Incident, template: Draft) -> dict[str, str]:
    """Return what is known of an incident for the places of a draft; "" where nothing is."""
    lang, comma = current_lang(), "、" if current_lang() == "ja" else ", "
    entries = still_standing(
        IncidentEntry.objects.of(found.company_id).filter(incident=found).order_by("at", "pk")
    )

    def lines(*kinds: str) -> str:
        said = [entry_text(one) for one in entries if one.kind in kinds and one.text]
        return comma.join(dict.fromkeys(said[:_MOST_LINES]))

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
