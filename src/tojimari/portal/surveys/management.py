"""The pages of those who ask: make a survey, invite, watch it fill, take data and report."""

import csv
import io
import uuid

import msgspec
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.model import Text, TojimariError
from tojimari.portal.core.audit import note_as
from tojimari.portal.core.downloads import as_file
from tojimari.portal.devices.pages import qr
from tojimari.portal.errors import refused
from tojimari.portal.forms import TypedOutForm
from tojimari.portal.links import whole_address
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.surveys.forms import LinksForm, QuestionnaireForm, ReportForm, SurveyForm
from tojimari.portal.surveys.models import Survey, SurveyInvitation, SurveyResponse
from tojimari.portal.surveys.tasks import report, send_invitations
from tojimari.portal.surveys.uploads import read_upload
from tojimari.portal.words import current_lang, say
from tojimari.survey.installed import EnginesMissing
from tojimari.survey.loader import load_questionnaire, shipped
from tojimari.survey.problems import BadQuestionnaire
from tojimari.survey.schema import Questionnaire

UPLOAD_AT_MOST = 5_000_000
MISTAKES_SHOWN = 500


def survey_of(organisation: Organisation, survey_id: uuid.UUID) -> Survey:
    """Return a survey of the organisation. Raises Http404."""
    survey: Survey = get_object_or_404(organisation.surveys, pk=survey_id)
    return survey


def _address(survey: Survey, *, fragment: str | None = None) -> str:
    names = [survey.organisation_id, survey.pk]
    return reverse("surveys:survey", args=names, fragment=fragment)


@organisation_view
@require_http_methods(["GET", "HEAD", "POST"])
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
    back = reverse("surveys:surveys", args=[organisation.pk])
    form = QuestionnaireForm(request.POST, request.FILES)
    if not form.is_valid():
        return refused(request, form.sentence(), back=back)
    upload = form.cleaned_data["file"]
    notes: tuple[Text, ...] = ()
    try:
        if upload is not None:
            if upload.size > UPLOAD_AT_MOST:
                return refused(request, say("survey.too_large"), back=back, code=413)
            content, notes = read_upload(upload)
        else:
            content = load_questionnaire(form.cleaned_data["questionnaire"])
    except BadQuestionnaire as error:
        said = [problem.say(current_lang()) for problem in error.problems[:MISTAKES_SHOWN]]
        context = {
            "organisation": organisation,
            "mistakes": said,
            "count": len(error.problems),
            "back": back,
        }
        return render(request, "survey_mistakes.html", context, status=400)
    except TojimariError as error:
        return refused(request, error.say(current_lang()), back=back)
    survey = Survey.objects.create(
        organisation=organisation,
        title=content.title.say(current_lang())[:200],
        questionnaire=msgspec.to_builtins(content),
    )
    note_as(request, organisation, "survey.made")
    if notes:
        lang = current_lang()
        context = {
            "organisation": organisation,
            "survey": survey,
            "questions": len(content.questions),
            "notes": [note.ja if lang == "ja" else note.en for note in notes],
        }
        return render(request, "survey_imported.html", context)
    return redirect("surveys:survey", organisation.pk, survey.pk)


def _counts(survey: Survey) -> dict[str, int]:
    states = list(survey.responses.values_list("state", flat=True))
    kinds = (SurveyResponse.DONE, SurveyResponse.OPEN, SurveyResponse.SCREENED, SurveyResponse.OVER)
    return {state: states.count(state) for state in kinds}


@organisation_view
@require_safe
def survey(request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID) -> HttpResponse:
    """Show how a survey fills, its settings, its links and its reports."""
    found = survey_of(organisation, survey_id)
    # Of the completed answers, as in the CSV: nobody was too fast who was let go at the door.
    link = whole_address("surveys:survey_public", found.pk)
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
            "link": link,
            "qr": qr(link) if found.open_link else "",
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


@organisation_view
@require_POST
def change(request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID) -> HttpResponse:
    """Change title, days, quota and whether the address is open to all."""
    found = survey_of(organisation, survey_id)
    back = _address(found)
    form = SurveyForm(found.content(), request.POST)
    if not form.is_valid():
        return refused(request, form.sentence(), back=back)
    sent = form.cleaned_data
    found.opens_on, found.closes_on = sent["opens_on"], sent["closes_on"]
    found.quota, found.quotas = sent["quota"], sent["quotas"]
    found.open_link = sent["open_link"]
    found.title = sent["title"] or found.title
    found.save()
    messages.success(request, say("survey.changed"))
    return redirect("surveys:survey", organisation.pk, found.pk)


@organisation_view
@require_POST
def invite(request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID) -> HttpResponse:
    """Make links: mailed to addresses, or a list to hand out. Addresses are not kept."""
    found = survey_of(organisation, survey_id)
    back = _address(found)
    if found.draft:
        return refused(request, say("questions.begin_first"), back=back, code=409)
    form = LinksForm(request.POST)
    if not form.is_valid():
        return refused(request, form.sentence(), back=back)
    if form.cleaned_data["addresses"]:
        return _mail(request, found, form.cleaned_data["addresses"], back)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["link"])
    for secret in SurveyInvitation.make(found, form.cleaned_data["count"]):
        writer.writerow([whole_address("surveys:respond", secret)])
    response = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    return as_file(response, "tojimari-survey-links.csv")


def _mail(request: HttpRequest, found: Survey, addresses: list[str], back: str) -> HttpResponse:
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
@require_POST
def make_report(
    request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID
) -> HttpResponse:
    """Tabulate and draw in the background, by what was ticked, weighted where margins are given."""
    found = survey_of(organisation, survey_id)
    back = _address(found, fragment="out")
    content = found.content()
    form = ReportForm(request.POST)
    if not form.is_valid():
        return refused(request, form.sentence(), back=back)
    ticked = set(form.cleaned_data["by"])
    by = [*content.breaks, *(key for key, _ in break_choices(content) if key in ticked)]
    margins: dict[str, dict[str, float]] = {}
    typed = form.cleaned_data["margins"]
    if typed:
        try:
            from tojimari.survey.raking import margins_of

            margins = margins_of(typed.splitlines(), say("survey.margins"), content)
        except ImportError as error:
            missing = EnginesMissing(error.name or "")
            return refused(request, missing.say(current_lang()), back=back)
        except TojimariError as error:
            return refused(request, error.say(current_lang()), back=back)
    made = found.reports.create(lang=current_lang(), by=by, margins=margins)
    report.enqueue(made.pk)
    # Where the report will stand; the top of the page says nothing of it.
    return redirect(back)


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
@require_safe
def report_file(
    request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID, report_id: int
) -> HttpResponse:
    """Send a report: figures, tables and PDF in one ZIP."""
    made = get_object_or_404(survey_of(organisation, survey_id).reports, pk=report_id)
    if made.file is None:
        raise Http404
    answer = HttpResponse(bytes(made.file), content_type="application/zip")
    return as_file(answer, "tojimari-survey-report.zip")


@organisation_view
@require_POST
def delete(request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID) -> HttpResponse:
    """Delete a survey with all its answers, after its title was typed."""
    found = survey_of(organisation, survey_id)
    form = TypedOutForm(request.POST)
    if not form.is_valid():
        return refused(request, form.sentence(), back=_address(found))
    found.delete()
    note_as(request, organisation, "survey.deleted")
    return redirect("surveys:surveys", organisation.pk)
