"""A report by somebody of the company who cannot sign in: the code on the sheet is enough.

It takes in and gives the ten minutes and the contacts. It shows nothing of the company else.
"""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from tojimari.portal.core.audit import note
from tojimari.portal.incidents.contacts import with_own
from tojimari.portal.incidents.forms import CodeForm
from tojimari.portal.incidents.guide import shown_contact, ten_minutes
from tojimari.portal.incidents.incident import open_incident
from tojimari.portal.incidents.models import EmergencyCode
from tojimari.portal.limits import address_of, too_often
from tojimari.portal.words import catalog, current_lang, say
from tojimari.respond import calls

TRIES_AN_HOUR = 10
"""Codes one address may try."""
REPORTS_A_DAY = 10
"""Reports one code may make; more only get the ten minutes."""
AS_CODE = "code"


@require_http_methods(["GET", "HEAD", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """Ask for the code and what happened; open an incident, and give the ten minutes."""
    if request.method != "POST":
        return _asked(request, {}, "", 200)
    form = CodeForm(request.POST)
    if too_often("emergency", address_of(request), times=TRIES_AN_HOUR, seconds=3600):
        return _asked(request, form.data, say("emergency.too_often"), 429)
    if not form.is_valid():
        return _asked(request, form.data, form.sentence(), 400)
    sent = form.cleaned_data
    found = EmergencyCode.find(sent["code"])
    if found is None:
        return _asked(request, form.data, say("emergency.wrong"), 400)
    playbook = catalog().incidents.playbooks[sent["kind"]]
    many = too_often("reports", str(found.company_id), times=REPORTS_A_DAY, seconds=86_400)
    if not many:
        words = {name: sent[name] for name in ("reporter", "reach", "summary")}
        now = timezone.now()
        open_incident(found.company, playbook.id, {}, known_at=now, opened_as=AS_CODE, **words)
        EmergencyCode.objects.of(found.company).update(used_at=now)
        note("incident.reported", company=found.company, actor=None, actor_as=AS_CODE)
    known = catalog().incidents
    public = [shown_contact(one) for one in calls(playbook, {}, known)]
    context = {
        **ten_minutes(playbook, {}),
        "taken": not many,
        "contacts": with_own(public, found.company),
        "always": [text.say(current_lang()) for text in known.always],
    }
    return render(request, "code_taken.html", context)


def _asked(request: HttpRequest, given: object, problem: str, status: int) -> HttpResponse:
    lang = current_lang()
    kinds = [
        (one.id, one.title.say(lang)) for one in catalog().incidents.playbooks.values() if one.opens
    ]
    context = {"kinds": kinds, "given": given, "problem": problem}
    return render(request, "emergency.html", context, status=status)
