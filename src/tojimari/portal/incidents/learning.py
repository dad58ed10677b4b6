"""After an incident: what the company changes becomes steps of its plan."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from tojimari.model import Observation, Subject
from tojimari.model.facts import LessonLearned
from tojimari.plan import lesson_observation, lessons_of
from tojimari.portal.companies.assessments import mark_stale
from tojimari.portal.companies.models import Company, ControlState
from tojimari.portal.companies.observations import current, keep
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.errors import refused
from tojimari.portal.incidents.chain import append
from tojimari.portal.incidents.forms import LearnForm
from tojimari.portal.incidents.models import Incident, IncidentEntry
from tojimari.portal.incidents.record import incident_or_404, playbook_of
from tojimari.portal.incidents.rights import INCIDENTS_WRITE
from tojimari.portal.words import catalog, current_lang, say

CHOSEN_AT_MOST = 3


def choices_of(found: Incident) -> list[dict[str, Any]]:
    """Return what may be changed after an incident: what is chosen, and where it stands."""
    lang, known = current_lang(), catalog().controls
    chosen = set(lessons_of(current(found.company, LessonLearned.KIND), timezone.now()))
    chosen &= decided(found.company).get(found.pk, set())
    states = dict(ControlState.objects.of(found.company_id).values_list("control", "state"))
    return [
        {
            "id": id_,
            "title": known[id_].title.say(lang),
            "plain": known[id_].plain.say(lang),
            "chosen": id_ in chosen,
            "met": states.get(id_) == "met",
        }
        for id_ in playbook_of(found).learn
    ]


def decided(company: Company) -> dict[uuid.UUID, set[str]]:
    """Return incident -> ids of the controls it wants changed, by the newest such line of each.

    Where somebody erased those words, it may be any control that was offered.
    """
    rows = (
        IncidentEntry.objects.of(company)
        .filter(kind=IncidentEntry.DECIDED)
        .select_related("incident")
        .order_by("number")
    )
    found = {}
    for row in rows:
        erased = "text" in row.digests and "text" not in row.salts
        offered = playbook_of(row.incident).learn if erased else row.text.split()
        found[row.incident_id] = set(offered)
    return found


def _words(found: Incident, chosen: set[str]) -> list[Observation]:
    """Return what changes among the lessons when an incident wants ``chosen`` from now on.

    What another incident wants too stays, with the day of that one.
    """
    company, now = found.company, timezone.now()
    wanted = decided(company)
    mine = wanted.pop(found.pk, set())
    known = dict(Incident.objects.of(company).filter(pk__in=wanted).values_list("pk", "known_at"))
    before = lessons_of(current(company, LessonLearned.KIND), now)
    given = []
    for id_ in playbook_of(found).learn:
        others = [known[pk] for pk, ids in wanted.items() if id_ in ids and pk in known]
        if id_ in chosen:
            at, holds = found.known_at, True
        elif id_ in mine and id_ in before:
            at, holds = max(others, default=found.known_at), bool(others)
        else:
            continue
        day, about = timezone.localdate(at), Subject("company", str(company.pk))
        given.append(lesson_observation(id_, day, chosen=holds, company=about, at=now))
    return given


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
    given = _words(found, chosen)
    if given:
        keep(company, given)
        mark_stale(company)
        told = " ".join(id_ for id_ in offered if id_ in chosen)
        append(found, IncidentEntry.DECIDED, told, by=request.user)
        note_by(request, "incident.learned", company)
        messages.success(request, say("learn.saved"))
    return redirect(back)
