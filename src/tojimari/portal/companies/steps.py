"""What a person does with the next step: later, or not alone. And the first look beside it."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tojimari.diagnose import Diagnosis
from tojimari.model import Lang, Subject
from tojimari.model.facts import DevicePhone
from tojimari.plan import (
    ASK_BASICS,
    ASK_REST,
    LOOK_HERE,
    Step,
    StepKind,
    put_off_observation,
)
from tojimari.plan.put_off import How
from tojimari.portal.companies.assessments import mark_stale, result_of
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.observations import keep
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.rights import COMPANY_READ, COMPANY_WRITE
from tojimari.portal.visitors import computer_of, phone_of
from tojimari.portal.words import catalog, current_lang, say
from tojimari.report.request import request_for
from tojimari.report.sentences import step_title

_LANGS: tuple[Lang, ...] = ("ja", "en")


def step_address(step: Step, company: Company) -> str:
    """Return the page that does a step."""
    if step.control == ASK_BASICS:
        return reverse("companies:ask", args=[company.pk], query={"of": "basics"})
    if step.control == ASK_REST:
        return reverse("companies:ask", args=[company.pk], query={"of": "all"})
    if step.kind == "site":
        return reverse("outside:sites", args=[company.pk])
    if step.control == LOOK_HERE or step.kind == "look":
        return reverse("companies:check", args=[company.pk])
    if step.kind == "ask" and step.see_with in catalog().questions:
        return question_address(company, step.see_with)
    return reverse("companies:control", args=[company.pk, step.control])


def question_address(company: Company, question: str, *, done: str = "") -> str:
    """Return the page that asks one question and comes back to the result.

    done: the control that was just said to be done; the result then tells what came of it.
    """
    query = {"then": "result", **({"done": done} if done else {})}
    return reverse("companies:question", args=[company.pk, question], query=query)


def title_of(control: str, kind: StepKind) -> str:
    """Return a step's title; where the portal runs elsewhere, "this computer" is any of them."""
    if control == LOOK_HERE and not settings.LOCAL:
        return say("next.look_any")
    return step_title(control, kind, catalog(), current_lang())


def invitation(request: HttpRequest, result: Diagnosis) -> dict[str, Any] | None:
    """Return the first look that this visitor can really take now; None where none is due.

    Attributes of what is returned: ``how`` (here, phone, computer) and ``phones``, how many phones
    were checked already.
    """
    if not result.invites_look:
        return None
    phones = {o.subject.id for o in result.observations if isinstance(o.fact, DevicePhone)}
    how = "here" if settings.LOCAL else "phone" if phone_of(request) and not phones else "computer"
    return {"how": how, "phones": len(phones)}


def _step_or_404(result: Diagnosis, id_: str) -> Step:
    step = next((one for one in result.steps if one.control == id_), None)
    if step is None:
        raise Http404
    return step


@company_view(COMPANY_WRITE)
@require_POST
def later(request: HttpRequest, company: Company, step_id: str) -> HttpResponse:
    """Put a step off for some days; the one after it is the next one now."""
    _step_or_404(result_of(company), step_id)
    put_off(company, step_id, "later")
    note_by(request, "step.later", company, control=step_id)
    return _to_result(company, later=step_id)


@company_view(COMPANY_WRITE)
@require_POST
def asked(request: HttpRequest, company: Company, step_id: str) -> HttpResponse:
    """Note that somebody was asked to do a step; it comes up again after two weeks."""
    _step_or_404(result_of(company), step_id)
    put_off(company, step_id, "asked")
    note_by(request, "step.asked", company, control=step_id)
    return _to_result(company, later=step_id)


@company_view(COMPANY_READ)
@require_safe
def cannot(request: HttpRequest, company: Company, step_id: str) -> HttpResponse:
    """Show whom to ask, with a text to send that holds what was found and on what."""
    result = result_of(company)
    step = _step_or_404(result, step_id)
    own = current_lang()
    texts = [
        (lang, request_for(step, result, catalog(), lang, system=computer_of(request)))
        for lang in sorted(_LANGS, key=lambda lang: lang != own)
    ]
    made = [(lang, text) for lang, text in texts if text is not None]
    if not made:
        raise Http404
    return render(
        request,
        "cannot.html",
        {
            "company": company,
            "step": step,
            "title": title_of(step.control, step.kind),
            "outside": step.kind == "act" or catalog().controls[step.control].theme == "web_mail",
            "texts": made,
        },
    )


def put_off(company: Company, step_id: str, how: How) -> None:
    """Keep what the company does with a step; the next page judges again, so that all agree."""
    subject = Subject("company", str(company.pk))
    keep(company, [put_off_observation(step_id, how, company=subject, at=timezone.now())])
    mark_stale(company)


def _to_result(company: Company, **query: str) -> HttpResponse:
    return redirect(reverse("companies:result", args=[company.pk], query=query))
