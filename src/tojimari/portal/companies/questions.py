"""Questions, one big plain one a page; every answer is saved at once."""

from collections.abc import Iterable, Sequence

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from tojimari.ask import BadAnswer
from tojimari.ask.diagnosis import (
    ALL_STAGES,
    BASIC_STAGES,
    ITEMS25_STAGES,
    answer_observation,
    parse_answer,
    position,
    waiting,
)
from tojimari.assess.answers import latest_answers
from tojimari.catalog import Question
from tojimari.model import DONT_KNOW, Answer, Observation, Subject
from tojimari.model.facts import CompanyAnswer
from tojimari.portal.companies.assessments import has_looked, mark_stale
from tojimari.portal.companies.forms import AnswerForm
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.observations import current, keep
from tojimari.portal.companies.tasks import judge_again
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.rights import COMPANY_WRITE
from tojimari.portal.errors import refused
from tojimari.portal.words import catalog, current_lang

STAGES = {
    "basics": BASIC_STAGES,
    "items25": ITEMS25_STAGES,
    "all": ALL_STAGES,
}
PICTURES = {
    "company-size": "people",
    "industry": "work",
    "pc-count": "computer",
    "phones": "phone",
    "website": "web",
    "updates": "update",
    "updates-phones": "phone",
    "antimalware": "shield",
    "passwords": "key",
    "mfa": "lock",
    "sharing": "share",
    "backup-where": "copy",
    "backup-when": "copy",
    "backup-detached": "copy",
    "know-tricks": "mail",
}


def answers_of(company: Company) -> dict[str, Answer]:
    """Return the newest answer to each question."""
    latest = latest_answers(current(company, CompanyAnswer.KIND), timezone.now())
    return {id_: answer for id_, (answer, _) in latest.items()}


def answer(company: Company, question: Question, given: object) -> Answer:
    """Save an answer, not yet judged. Raises BadAnswer when it does not fit."""
    parsed = parse_answer(question, given)
    fact = answer_observation(
        parsed, company=Subject("company", str(company.pk)), at=timezone.now()
    )
    keep(company, [fact])
    # Whoever stops half-way is judged by the next periodic round.
    mark_stale(company)
    return parsed


def _stages(request: HttpRequest) -> tuple[str, Sequence[str]]:
    name = request.GET.get("of", "basics")
    if name not in STAGES:
        raise Http404
    return name, STAGES[name]


@company_view(COMPANY_WRITE)
@require_safe
def ask(request: HttpRequest, company: Company) -> HttpResponse:
    """Go to the next question that waits, or on to looking at the computer."""
    name, stages = _stages(request)
    queue = waiting(catalog(), answers_of(company), stages)
    if queue:
        names = [company.pk, queue[0].id]
        return redirect(reverse("companies:question", args=names, query={"of": name}))
    # Where the portal runs elsewhere a look needs a program first: the result offers it.
    if name == "basics" and settings.LOCAL and not has_looked(company):
        # The result's page judges by itself; who goes elsewhere first is judged by a worker.
        judge_again.enqueue(str(company.pk))
        return redirect("companies:check", company.pk)
    return redirect("companies:result", company.pk)


@company_view(COMPANY_WRITE)
@require_http_methods(["GET", "HEAD", "POST"])
def one_question(request: HttpRequest, company: Company, question_id: str) -> HttpResponse:
    """Show one question, or take its answer."""
    question = catalog().questions.get(question_id)
    if question is None:
        raise Http404
    name, stages = _stages(request)
    back_to, done = request.GET.get("then", ""), request.GET.get("done", "")
    done = done if done in catalog().controls else ""
    problem = ""
    if request.method == "POST":
        form = AnswerForm(question, request.POST)
        if not form.is_valid():
            return refused(request, form.sentence())
        try:
            answer(company, question, form.given())
        except BadAnswer as error:
            problem = error.plain.say(current_lang())
        else:
            note_by(request, "answer.given", company, question=question.id)
            return redirect(_next_address(company, name, back_to, done))
    given = answers_of(company)
    stands = position(catalog(), given, stages, question.id)
    return render(
        request,
        "ask.html",
        {
            "company": company,
            "question": question,
            "picture": PICTURES.get(question.id, "check"),
            "chosen": set(given[question.id].choices) if question.id in given else set(),
            "number": given[question.id].number if question.id in given else None,
            "quick": range(max(question.minimum or 0, 1), min((question.maximum or 0), 5) + 1),
            "dont_know": DONT_KNOW,
            "of": name,
            "then": back_to,
            "done": done,
            "problem": problem,
            "place": stands.place,
            "total": stands.of,
            "before": stands.before,
        },
        status=400 if problem else 200,
    )


def _next_address(company: Company, stages: str, back_to: str, done: str) -> str:
    """Return where an answer leads: to the page it was asked from, else to what waits next."""
    if back_to in ("result", "weekly"):
        query = {"done": done, "said": "now"} if done and back_to == "result" else None
        return reverse(f"companies:{back_to}", args=[company.pk], query=query)
    return reverse("companies:ask", args=[company.pk], query={"of": stages})


def wanted_question(facts: Iterable[Observation]) -> Question | None:
    """Return the question worth two minutes this week: one never asked, else the oldest answer."""
    latest = latest_answers(facts, timezone.now())
    queue = waiting(catalog(), {id_: a for id_, (a, _) in latest.items()}, ALL_STAGES)
    if queue:
        return queue[0]
    aged = sorted(
        ((o.last_confirmed_at, id_) for id_, (_, o) in latest.items() if id_ in catalog().questions)
    )
    return catalog().questions[aged[0][1]] if aged else None
