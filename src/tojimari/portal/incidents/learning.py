"""After an incident: what the company changes becomes steps of its plan."""

import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from tojimari.model import Subject
from tojimari.model.facts import Lesson
from tojimari.plan import lesson_observation, lessons_of
from tojimari.portal.companies.assessments import mark_stale
from tojimari.portal.companies.models import Company, ControlState
from tojimari.portal.companies.observations import current, keep
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.errors import refused
from tojimari.portal.incidents.chain import append
from tojimari.portal.incidents.forms import LearnForm
from tojimari.portal.incidents.incident import incident_or_404, playbook_of
from tojimari.portal.incidents.models import Incident, IncidentEntry
from tojimari.portal.incidents.rights import INCIDENTS_WRITE
from tojimari.portal.words import catalog, current_lang, say

CHOSEN_AT_MOST = 3


def choices_of(found: Incident) -> list[dict[str, Any]]:
    """Return what may be changed after an incident: what is chosen, and where it stands."""
    lang, known = current_lang(), catalog().controls
    day = timezone.localdate(found.known_at)
    chosen = lessons_of(current(found.company, Lesson.KIND), timezone.now())
    states = dict(ControlState.objects.of(found.company_id).values_list("control", "state"))
    return [
        {
            "id": id_,
            "title": known[id_].title.say(lang),
            "plain": known[id_].plain.say(lang),
            "chosen": chosen.get(id_) == day,
            "met": states.get(id_) == "met",
        }
        for id_ in playbook_of(found).learn
    ]


@company_view(INCIDENTS_WRITE)
@require_POST
def learn(request: HttpRequest, company: Company, incident_id: uuid.UUID) -> HttpResponse:
    """Keep what the company changes after a closed incident; it becomes steps of the plan."""
    found = incident_or_404(request, company, incident_id)
    offered = playbook_of(found).learn
    if found.state != Incident.CLOSED or not offered:
        raise Http404
    back = f"{reverse('incidents:incident', args=[company.pk, found.pk])}#learn"
    form = LearnForm(request.POST)
    chosen = set(form.cleaned_data["control"]) if form.is_valid() else set()
    if not form.is_valid() or chosen - set(offered) or len(chosen) > CHOSEN_AT_MOST:
        return refused(request, say("learn.bad", n=CHOSEN_AT_MOST), back=back)
    now, day = timezone.now(), timezone.localdate(found.known_at)
    before = lessons_of(current(company, Lesson.KIND), now)
    about = Subject("company", str(company.pk))
    given = [
        lesson_observation(id_, day, chosen=id_ in chosen, company=about, at=now)
        for id_ in offered
        # What another incident asked for stays, unless this one asks for it too.
        if id_ in chosen or before.get(id_) == day
    ]
    if given:
        keep(company, given)
        mark_stale(company)
        told = " ".join(id_ for id_ in offered if id_ in chosen)
        append(found, IncidentEntry.DECIDED, told, by=request.user)
        note_by(request, "incident.learned", company)
    return redirect(back)
