"""The pages a respondent sees: consent, one question a screen, thanks with an own result."""

import math
from collections.abc import Collection
from datetime import timedelta
from typing import Any, NamedTuple

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.ask import BadAnswer, flow
from tojimari.ask.answers import parse
from tojimari.ask.piping import piped
from tojimari.ask.questionnaire import AnyQuestion
from tojimari.model import Answers, Given
from tojimari.portal.errors import refused
from tojimari.portal.limits import address_of, too_often
from tojimari.portal.surveys.forms import AnswerForm
from tojimari.portal.surveys.models import (
    INVITATION_GOOD_FOR,
    Survey,
    SurveyInvitation,
    SurveyResponse,
    hashed,
)
from tojimari.portal.surveys.own_result import is_promised, own_result
from tojimari.portal.words import current_lang, say
from tojimari.survey.schema import Questionnaire

SECONDS_A_QUESTION = 2
"""Whoever needs less for each question did not read them."""
SECONDS_TO_ANSWER = 12
"""For the estimate before the consent: what most people need for one question."""
STARTS_AN_HOUR = 60


def _invitation(secret: str) -> SurveyInvitation | None:
    found: SurveyInvitation | None = (
        SurveyInvitation.objects.select_related("survey")
        .filter(hash=hashed("invitation", secret), used_on=None, expires_at__gt=timezone.now())
        .first()
    )
    return found


def _response(secret: str) -> SurveyResponse | None:
    found: SurveyResponse | None = (
        SurveyResponse.objects.select_related("survey")
        .filter(hash=hashed("answers", secret), state=SurveyResponse.OPEN)
        .first()
    )
    return found


def _closed(request: HttpRequest, survey: Survey) -> HttpResponse | None:
    today = timezone.localdate()
    if survey.is_open(today):
        return None
    not_yet = survey.draft or (survey.opens_on is not None and today < survey.opens_on)
    sentence = say("survey.not_yet") if not_yet else say("survey.closed")
    return refused(request, sentence, code=403)


def _full(request: HttpRequest, survey: Survey) -> HttpResponse | None:
    """Let nobody begin what would not be counted. Who has begun already is told on the way."""
    return refused(request, say("survey.full"), code=403) if survey.is_full() else None


def _no_way_in(request: HttpRequest, secret: str) -> HttpResponse:
    """Say why a link does not open: used up (all is well), run out, or wrong."""
    known = (
        SurveyInvitation.objects.select_related("survey__organisation")
        .filter(hash=hashed("invitation", secret))
        .first()
    )
    if known is None:
        return refused(request, say("survey.unknown"), code=404)
    by = known.survey.organisation
    if known.used_on is None:
        return refused(request, say("survey.expired", by=by), code=404)
    # Sent twice, reloaded or opened again: no fault of anybody's, and nothing is left to do.
    return render(request, "survey_thanks.html", {"state": "arrived", "by": by})


@require_http_methods(["GET", "HEAD", "POST"])
def public(request: HttpRequest, survey_id: Any) -> HttpResponse:
    """Begin by the open address: a link of one's own is made, to come back to."""
    survey = Survey.objects.filter(pk=survey_id, open_link=True).first()
    if survey is None:
        raise Http404
    if (closed := _closed(request, survey) or _full(request, survey)) is not None:
        return closed
    if request.method != "POST":
        kept = request.COOKIES.get(_cookie(survey), "")
        return _consent(request, survey, begun=kept if _response(kept) is not None else "")
    if too_often("survey", address_of(request), times=STARTS_AN_HOUR, seconds=3600):
        return refused(request, say("error.too_often"), code=429)
    secret = SurveyInvitation.make(survey, 1)[0]
    answer = _start(request, secret)
    # Who comes back by the open address finds the answers begun in this browser.
    answer.set_cookie(
        _cookie(survey),
        secret,
        max_age=INVITATION_GOOD_FOR,
        path=request.path,
        secure=request.is_secure(),
        httponly=True,
        samesite="Lax",
    )
    return answer


def _cookie(survey: Survey) -> str:
    return f"survey-{survey.pk}"


@require_safe
def respond(request: HttpRequest, secret: str) -> HttpResponse:
    """Show the consent, or go on where one stopped."""
    response = _response(secret)
    if response is not None:
        return _onward(request, response, secret)
    invitation = _invitation(secret)
    if invitation is None:
        return _no_way_in(request, secret)
    closed = _closed(request, invitation.survey) or _full(request, invitation.survey)
    return closed or _consent(request, invitation.survey, secret)


def _consent(
    request: HttpRequest, survey: Survey, secret: str = "", begun: str = ""
) -> HttpResponse:
    """Show the consent. ``begun``: the link of answers begun in this browser."""
    shown = {
        **consent_shown(survey),
        "action": reverse("surveys:survey_begin", args=[secret]) if secret else request.path,
        "begun": reverse("surveys:respond", args=[begun]) if begun else "",
    }
    return render(request, "survey_consent.html", shown)


def consent_shown(survey: Survey) -> dict[str, Any]:
    """Return what the consent page shows of a survey, but for where its buttons lead."""
    content = survey.content()
    own = content.title
    # A title that was not changed is shown in the reader's language.
    unchanged = survey.title in (own.ja[:200], own.en[:200])
    return {
        "title": own.say(current_lang()) if unchanged else survey.title,
        "content": content,
        "by": survey.organisation,
        "questions": len(content.questions),
        "minutes": math.ceil(len(content.questions) * SECONDS_TO_ANSWER / 60),
        "promised": is_promised(content),
    }


@require_POST
def begin(request: HttpRequest, secret: str) -> HttpResponse:
    """Begin with the answers, after the consent."""
    return _start(request, secret)


def _start(request: HttpRequest, secret: str) -> HttpResponse:
    """Keep an empty response, found again by the link alone, and lead to the first question."""
    with transaction.atomic():
        invitation = _invitation(secret)
        if invitation is None:
            return _no_way_in(request, secret)
        # With the lock nobody begins with a questionnaire that is just being changed.
        survey = Survey.objects.select_for_update().get(pk=invitation.survey_id)
        if (closed := _closed(request, survey)) is not None:
            return closed
        response = _response(secret)
        if response is None:
            if (full := _full(request, survey)) is not None:
                return full
            response = SurveyResponse.objects.create(
                survey=survey, hash=hashed("answers", secret), lang=current_lang()
            )
    return _onward(request, response, secret)


def _onward(
    request: HttpRequest, response: SurveyResponse, secret: str, after: str = ""
) -> HttpResponse:
    content = response.survey.content()
    answers = response.given()
    waiting = flow.next_question(content.as_asked(), answers, response.passed, after)
    if waiting is not None and not _over_quota(response.survey, answers):
        return redirect("surveys:survey_question", secret, waiting.id)
    return _finish(request, response, secret, content)


@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, secret: str, question_id: str) -> HttpResponse:
    """Show one question, or take its answer."""
    response = _response(secret)
    if response is None:
        return _no_way_in(request, secret)
    if (closed := _closed(request, response.survey)) is not None:
        return closed
    content, answers = response.survey.content(), response.given()
    asked = {q.id: q for q in flow.asked(content.as_asked(), answers)}
    found = asked.get(question_id)
    if found is None:
        # The browser's back button leads to questions that an earlier answer has taken away.
        return redirect("surveys:respond", secret)
    shown, problem = answers.get(found.id), ""
    if request.method == "POST":
        sent = read_answer(AnswerForm(found, request.POST), found, answers)
        if not sent.problem:
            return _keep(request, response, secret, content, found, sent.answer)
        # What was entered stays on the page: nobody answers the same rows twice.
        shown, problem = sent.entered, sent.problem
    before = flow.previous_question(content.as_asked(), answers, found.id)
    return render(
        request,
        "survey_question.html",
        {
            **question_shown(content, found, answers, str(response.pk)),
            **given_shown(shown, problem),
            "percent": percent_done(content, answers, response.passed),
            "before": reverse("surveys:survey_question", args=[secret, before.id])
            if before
            else "",
        },
        status=400 if problem else 200,
    )


class Sent(NamedTuple):
    """What was sent for one question: as entered, as it counts, or why it does not fit."""

    entered: object
    answer: Given | None = None
    problem: str = ""


def read_answer(form: AnswerForm, found: AnyQuestion, answers: Answers) -> Sent:
    """Read the answer to one question; ``answer`` is None when it was left out."""
    if not form.is_valid():
        return Sent(None, problem=form.sentence())
    entered = form.given()
    try:
        return Sent(entered, parse(found, entered, answers))
    except BadAnswer as error:
        return Sent(entered, problem=error.say(current_lang()))


def question_shown(
    content: Questionnaire, found: AnyQuestion, answers: Answers, respondent: str
) -> dict[str, Any]:
    """Return what a page shows of a question. ``respondent`` draws the order of its options."""
    lang = current_lang()
    form = content.as_asked()
    return {
        "content": content,
        "question": found,
        "words": piped(found.text, form, answers, lang),
        "help": piped(found.help, form, answers, lang) if found.help else "",
        "options": flow.shown_options(found, respondent),
        "rows": flow.rows_asked(found, answers),
    }


def given_shown(given: object, problem: str) -> dict[str, Any]:
    """Return what a page shows of an answer, and what is wrong with it."""
    chosen = given if isinstance(given, tuple | list) else (given,)
    return {"given": given, "chosen": chosen, "problem": problem}


def percent_done(content: Questionnaire, answers: Answers, passed: Collection[str]) -> int:
    """Return how many percent of the questions still possible are done."""
    return round(100 * flow.progress(content.as_asked(), answers, passed))


def _keep(
    request: HttpRequest,
    response: SurveyResponse,
    secret: str,
    content: Questionnaire,
    found: AnyQuestion,
    given: object,
) -> HttpResponse:
    with transaction.atomic():
        locked = SurveyResponse.objects.select_for_update().get(pk=response.pk)
        answers = locked.given()
        if given is None:
            answers.pop(found.id, None)
            locked.passed = [*{*locked.passed, found.id}]
        else:
            answers[found.id] = given
            locked.passed = [id_ for id_ in locked.passed if id_ != found.id]
        # What no longer applies is forgotten, not only hidden.
        locked.answers = flow.valid_answers(content.as_asked(), answers)
        locked.save(update_fields=["answers", "passed"])
    return _onward(request, locked, secret, after=found.id)


def _over_quota(survey: Survey, answers: Answers) -> bool:
    if survey.is_full():
        return True
    done = survey.responses.filter(state=SurveyResponse.DONE)
    for question_id, limits in survey.quotas.items():
        limit = limits.get(answers.get(question_id))
        mine = {f"answers__{question_id}": answers.get(question_id)}
        if limit is not None and done.filter(**mine).count() >= limit:
            return True
    return False


def _finish(
    request: HttpRequest, response: SurveyResponse, secret: str, content: Questionnaire
) -> HttpResponse:
    """Close the response: the link is used up, and nothing leads from it to the answers."""
    now = timezone.now()
    with transaction.atomic():
        survey = Survey.objects.select_for_update().get(pk=response.survey_id)
        locked = SurveyResponse.objects.select_for_update().get(pk=response.pk)
        if locked.state != SurveyResponse.OPEN:
            return _no_way_in(request, secret)
        answers = locked.given()
        screen = flow.screened_out(content.as_asked(), answers, locked.passed)
        if screen is not None:
            locked.state = SurveyResponse.SCREENED
        elif _over_quota(survey, answers):
            locked.state = SurveyResponse.OVER
        elif (
            waiting := flow.next_question(content.as_asked(), answers, locked.passed)
        ) is not None:
            # The quota that sent us here is no longer full.
            return redirect("surveys:survey_question", secret, waiting.id)
        else:
            locked.state = SurveyResponse.DONE
        begun = locked.begun_at or now
        locked.seconds = max(0, round((now - begun).total_seconds()))
        locked.flags = _flags(locked, answers)
        # The day is enough for the fieldwork; an hour could be held against the server's log.
        locked.finished_on, locked.begun_at, locked.hash = timezone.localdate(), None, ""
        locked.save()
        SurveyInvitation.objects.filter(hash=hashed("invitation", secret)).update(
            used_on=timezone.localdate()
        )
    # Who came too late to be counted was promised it as well.
    result = None if screen is not None else own_result(content, answers)
    lang = current_lang()
    return render(
        request,
        "survey_thanks.html",
        {
            "state": locked.state,
            "screen": screen.say.say(lang) if screen else "",
            "result": result,
            "by": survey.organisation,
        },
    )


def _flags(response: SurveyResponse, answers: Answers) -> list[str]:
    flags = []
    if (response.seconds or 0) < SECONDS_A_QUESTION * len(answers):
        flags.append("speeder")
    same = SurveyResponse.objects.filter(
        survey=response.survey_id,
        state=SurveyResponse.DONE,
        answers=response.answers,
        finished_on__gte=timezone.localdate() - timedelta(days=1),
    )
    if len(answers) > 5 and same.exists():
        flags.append("duplicate")
    return flags
