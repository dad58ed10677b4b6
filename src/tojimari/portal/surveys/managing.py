"""The pages of those who ask: make a survey, invite, watch it fill, take data and report."""

import csv
import io
import re
import uuid
from datetime import date
from typing import Any

import msgspec
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from tojimari.model import Text, TojimariError
from tojimari.portal.core.audit import note_as
from tojimari.portal.errors import refused
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.surveys.models import Survey, SurveyInvitation, SurveyResponse
from tojimari.portal.surveys.tasks import MISSING, report, send_invitations
from tojimari.portal.words import current_lang, say
from tojimari.report.formulas import cell_value
from tojimari.survey.columns import FIELDWORK_COLUMNS, answer_columns
from tojimari.survey.loader import load_questionnaire, read_questionnaire, shipped
from tojimari.survey.rows import row_of
from tojimari.survey.schema import Questionnaire

LINKS_AT_MOST = 5000
MARGINS_AT_MOST = 20_000
BETWEEN = re.compile(r"[\s,;、，；]+")  # as mail programs and people write lists
UPLOAD_AT_MOST = 5_000_000


def survey_of(organisation: Organisation, survey_id: uuid.UUID) -> Survey:
    """Return a survey of the organisation. Raises Http404."""
    survey: Survey = get_object_or_404(organisation.surveys, pk=survey_id)
    return survey


@organisation_view
@require_http_methods(["GET", "POST"])
def surveys(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """List the surveys; make one from a shipped or an uploaded questionnaire."""
    if organisation.kind == Organisation.BUYER:
        raise Http404
    if request.method == "POST":
        return _make(request, organisation)
    offered = [load_questionnaire(id_) for id_ in shipped()]
    found = organisation.surveys.order_by("-made_at")
    context = {
        "organisation": organisation,
        "surveys": [(survey, _counts(survey)) for survey in found],
        "offered": [(q.id, q.title.say(current_lang())) for q in offered],
    }
    return render(request, "surveys.html", context)


def _make(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    back = f"/s/{organisation.pk}/surveys/"
    upload = request.FILES.get("file")
    try:
        if upload is not None:
            if upload.size > UPLOAD_AT_MOST:
                return refused(request, say("survey.too_large"), back=back, code=413)
            content = read_questionnaire(upload.read(), upload.name)
        else:
            chosen = request.POST.get("questionnaire", "")
            if chosen not in shipped():
                return refused(request, say("survey.choose"), back=back)
            content = load_questionnaire(chosen)
    except TojimariError as error:
        return refused(request, error.say(current_lang()), back=back)
    survey = Survey.objects.create(
        organisation=organisation,
        title=content.title.say(current_lang())[:200],
        questionnaire=msgspec.to_builtins(content),
    )
    note_as(request, organisation, "survey.made")
    return redirect("survey", organisation.pk, survey.pk)


def _counts(survey: Survey) -> dict[str, int]:
    states = list(survey.responses.values_list("state", flat=True))
    kinds = (SurveyResponse.DONE, SurveyResponse.OPEN, SurveyResponse.SCREENED, SurveyResponse.OVER)
    return {state: states.count(state) for state in kinds}


@organisation_view
@require_GET
def survey(request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID) -> HttpResponse:
    """Show how a survey fills, its settings, its links and its reports."""
    found = survey_of(organisation, survey_id)
    # Of the completed answers, as in the CSV: nobody was too fast who was let go at the door.
    marked = found.responses.filter(state=SurveyResponse.DONE).values_list("flags", flat=True)
    flags = [flag for each in marked for flag in each]
    return render(
        request,
        "survey.html",
        {
            "organisation": organisation,
            "survey": found,
            "counts": _counts(found),
            "flags": {flag: flags.count(flag) for flag in ("speeder", "duplicate")},
            "invited": found.invitations.count(),
            "used": found.invitations.exclude(used_on=None).count(),
            "link": f"{settings.PUBLIC_URL}/q/open/{found.pk}/",
            "reports": found.reports.defer("file").order_by("-made_at")[:5],
            "is_open": found.is_open(timezone.localdate()) and not found.is_full(),
            "breaks": break_choices(found.content()),
            "choices": [q for q in found.content().questions if q.type == "single"],
            "quotas": "\n".join(
                f"{question} {option} {number}"
                for question, limits in found.quotas.items()
                for option, number in limits.items()
            ),
        },
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


@organisation_view
@require_POST
def change(request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID) -> HttpResponse:
    """Change title, days, quota and whether the address is open to all."""
    found = survey_of(organisation, survey_id)
    back = f"/s/{organisation.pk}/surveys/{found.pk}/"
    quota = request.POST.get("quota", "").strip()
    try:
        found.opens_on = _day(request.POST.get("opens_on", ""))
        found.closes_on = _day(request.POST.get("closes_on", ""))
        found.quota = int(quota) if quota else None
    except ValueError:
        return refused(request, say("survey.bad_settings"), back=back)
    if found.quota is not None and not 0 < found.quota < 10**9:
        return refused(request, say("survey.bad_settings"), back=back)
    if found.opens_on and found.closes_on and found.closes_on < found.opens_on:
        return refused(request, say("survey.bad_settings"), back=back)
    quotas = _quotas(found, request.POST.get("quotas", ""))
    if isinstance(quotas, str):
        return refused(request, say("survey.bad_quotas", line=quotas[:80]), back=back)
    found.quotas = quotas
    found.open_link = request.POST.get("open_link") == "yes"
    found.title = request.POST.get("title", "").strip()[:200] or found.title
    found.save()
    messages.success(request, say("survey.changed"))
    return redirect("survey", organisation.pk, found.pk)


def _quotas(found: Survey, text: str) -> dict[str, dict[str, int]] | str:
    """Read lines "question option number"; returns the first line that does not fit."""
    content = found.content()
    options = {
        question.id: {option.id for option in question.options}
        for question in content.questions
        if question.type == "single"
    }
    quotas: dict[str, dict[str, int]] = {}
    for line in text.splitlines():
        if not line.strip():
            continue
        question, option, number = [*line.split(), "", "", ""][:3]
        fits = len(line.split()) == 3 and option in options.get(question, ())
        if not fits or not number.isdecimal() or not 0 < int(number) < 10**9:
            return line.strip()
        quotas.setdefault(question, {})[option] = int(number)
    return quotas


@organisation_view
@require_POST
def invite(request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID) -> HttpResponse:
    """Make links: mailed to addresses, or a list to hand out. Addresses are not kept."""
    found = survey_of(organisation, survey_id)
    back = f"/s/{organisation.pk}/surveys/{found.pk}/"
    addresses = [each for each in BETWEEN.split(request.POST.get("addresses", "")) if each]
    count = request.POST.get("count", "").strip()
    if addresses:
        return _mail(request, found, addresses, back)
    if not count.isdecimal() or not 0 < int(count) <= LINKS_AT_MOST:
        return refused(request, say("survey.bad_count", n=LINKS_AT_MOST), back=back)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["link"])
    for secret in SurveyInvitation.make(found, int(count)):
        writer.writerow([f"{settings.PUBLIC_URL}/q/{secret}/"])
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="tojimari-survey-links.csv"'
    return response


def _mail(request: HttpRequest, found: Survey, addresses: list[str], back: str) -> HttpResponse:
    if not settings.MAIL_CONFIGURED:
        return refused(request, say("survey.no_mail"), back=back)
    if len(addresses) > LINKS_AT_MOST:
        return refused(request, say("survey.bad_count", n=LINKS_AT_MOST), back=back)
    for address in addresses:
        try:
            validate_email(address)
        except ValidationError:
            return refused(request, say("survey.bad_address", address=address[:80]), back=back)
    wanted = list(dict.fromkeys(addresses))
    # The links are secrets, and a queued task would keep them with the addresses.
    left = send_invitations(found, wanted, current_lang())
    context = {
        "organisation": found.organisation,
        "survey": found,
        "sent": len(wanted) - len(left),
        "left": left,
        "back": back,
    }
    return render(request, "survey_sent.html", context)


@organisation_view
@require_GET
def data(request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID) -> HttpResponse:
    """Send the completed answers as CSV in the standard columns, with day, seconds and flags."""
    found = survey_of(organisation, survey_id)
    content = found.content()
    names = ["respondent", *(column.name for column in answer_columns(content))]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*names, *FIELDWORK_COLUMNS])
    for response in found.completed():
        row = row_of(content, str(response.pk), response.given())
        extra = [response.finished_on, response.seconds, " ".join(response.flags)]
        writer.writerow([cell_value(_plain(v)) for v in [*(row[n] for n in names), *extra]])
    note_as(request, organisation, "survey.data_taken")
    answer = HttpResponse(
        out.getvalue().encode("utf-8-sig"), content_type="text/csv; charset=utf-8"
    )
    answer["Content-Disposition"] = 'attachment; filename="tojimari-survey.csv"'
    return answer


def _plain(value: Any) -> Any:
    return ("true" if value else "false") if isinstance(value, bool) else value


@organisation_view
@require_POST
def make_report(
    request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID
) -> HttpResponse:
    """Tabulate and draw in the background, by what was ticked, weighted where margins are given."""
    found = survey_of(organisation, survey_id)
    back = f"/s/{organisation.pk}/surveys/{found.pk}/#out"
    content = found.content()
    ticked = set(request.POST.getlist("by"))
    by = [*content.breaks, *(key for key, _ in break_choices(content) if key in ticked)]
    margins: dict[str, dict[str, float]] = {}
    typed = request.POST.get("margins", "")[:MARGINS_AT_MOST].strip()
    if typed:
        try:
            from tojimari.survey.raking import margins_of

            margins = margins_of(typed.splitlines(), say("survey.margins"), content)
        except ImportError:
            return refused(request, MISSING[current_lang()], back=back)
        except TojimariError as error:
            return refused(request, error.say(current_lang()), back=back)
    made = found.reports.create(lang=current_lang(), by=by, margins=margins)
    report.enqueue(made.pk)
    # Where the report will stand; the top of the page says nothing of it.
    return redirect(f"{reverse('survey', args=[organisation.pk, found.pk])}#out")


def break_choices(content: Questionnaire) -> list[tuple[str, Text]]:
    """Return (key, text) of what a report can also be broken down by: one answer each.

    The questionnaire's own breaks are always there, its figures rest on them.
    """
    possible = [
        *((q.id, q.text) for q in content.questions if q.type == "single"),
        *((d.id, d.text) for d in content.derived if not d.several),
    ]
    return [(key, text) for key, text in possible if key not in content.breaks]


@organisation_view
@require_GET
def report_file(
    request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID, report_id: int
) -> HttpResponse:
    """Send a report: figures, tables and PDF in one ZIP."""
    made = get_object_or_404(survey_of(organisation, survey_id).reports, pk=report_id)
    if made.file is None:
        raise Http404
    answer = HttpResponse(bytes(made.file), content_type="application/zip")
    answer["Content-Disposition"] = 'attachment; filename="tojimari-survey-report.zip"'
    return answer


@organisation_view
@require_POST
def delete(request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID) -> HttpResponse:
    """Delete a survey with all its answers, after its title was typed."""
    found = survey_of(organisation, survey_id)
    if request.POST.get("word", "").strip() != say("delete.word"):
        back = f"/s/{organisation.pk}/surveys/{found.pk}/"
        return refused(request, say("delete.wrong", word=say("delete.word")), back=back)
    found.delete()
    note_as(request, organisation, "survey.deleted")
    return redirect("surveys", organisation.pk)
