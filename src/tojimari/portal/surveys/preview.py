"""A questionnaire as those who answer will see it; what is entered stays in the own session."""

import uuid
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from tojimari.ask import flow
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.surveys.forms import AnswerForm
from tojimari.portal.surveys.management import survey_of
from tojimari.portal.surveys.models import Survey
from tojimari.portal.surveys.own_result import own_result
from tojimari.portal.surveys.questions import mistakes_of
from tojimari.portal.surveys.responses import (
    consent_shown,
    given_shown,
    percent_done,
    question_shown,
    read_answer,
)
from tojimari.portal.words import current_lang


def _key(survey: Survey) -> str:
    return f"preview-{survey.pk}"


def _kept(request: HttpRequest, survey: Survey) -> tuple[dict[str, Any], list[str]]:
    kept = request.session.get(_key(survey), {})
    answers = {k: tuple(v) if isinstance(v, list) else v for k, v in kept.get("of", {}).items()}
    return flow.valid_answers(survey.content().as_asked(), answers), list(kept.get("passed", []))


@organisation_view
@require_http_methods(["GET", "HEAD", "POST"])
def preview(request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID) -> HttpResponse:
    """Show the consent, and begin anew after it."""
    found = survey_of(organisation, survey_id)
    content = found.content()
    if mistakes_of(content):
        return redirect("surveys:questions", organisation.pk, found.pk)
    if request.method == "POST":
        request.session[_key(found)] = {}
        first = flow.next_question(content.as_asked(), {})
        if first is not None:
            return redirect("surveys:preview_question", organisation.pk, found.pk, first.id)
    shown = {
        **consent_shown(found),
        "action": request.path,
        "preview": True,
        "organisation": organisation,
        "survey": found,
    }
    return render(request, "survey_consent.html", shown)


@organisation_view
@require_http_methods(["GET", "HEAD", "POST"])
def preview_question(
    request: HttpRequest, organisation: Organisation, survey_id: uuid.UUID, question_id: str
) -> HttpResponse:
    """Show one question as it is asked, and go on to the one that its answer leads to."""
    survey = survey_of(organisation, survey_id)
    content = survey.content()
    if mistakes_of(content):
        return redirect("surveys:questions", organisation.pk, survey.pk)
    answers, passed = _kept(request, survey)
    asked = {q.id: q for q in flow.asked(content.as_asked(), answers)}
    question = asked.get(question_id)
    if question is None:
        return redirect("surveys:preview", organisation.pk, survey.pk)
    around = {"preview": True, "organisation": organisation, "survey": survey}
    given, problem = answers.get(question.id), ""
    if request.method == "POST":
        sent = read_answer(AnswerForm(question, request.POST), question, answers)
        if not sent.problem:
            answers.pop(question.id, None)
            if sent.answer is None:
                passed.append(question.id)
            else:
                answers[question.id] = sent.answer
            request.session[_key(survey)] = {"of": answers, "passed": passed}
            following = flow.next_question(content.as_asked(), answers, passed, question.id)
            if following is not None:
                return redirect(
                    "surveys:preview_question", organisation.pk, survey.pk, following.id
                )
            screen = flow.screened_out(content.as_asked(), answers, passed)
            ending = {
                **around,
                "state": "screened" if screen else "done",
                "screen": screen.say.say(current_lang()) if screen else "",
                "result": None if screen else own_result(content, answers),
                "by": organisation,
            }
            return render(request, "survey_thanks.html", ending)
        given, problem = sent.entered, sent.problem
    before = flow.previous_question(content.as_asked(), answers, question.id)
    names = [organisation.pk, survey.pk]
    shown = {
        **question_shown(content, question, answers, "preview"),
        **given_shown(given, problem),
        **around,
        "percent": percent_done(content, answers, passed),
        "before": reverse("surveys:preview_question", args=[*names, before.id]) if before else "",
    }
    return render(request, "survey_question.html", shown, status=400 if problem else 200)
