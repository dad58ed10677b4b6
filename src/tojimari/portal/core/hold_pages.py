"""The page on which a company says what goes on being shown after an older backup was restored."""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.forms import DecideForm
from tojimari.portal.core.holds import decide
from tojimari.portal.core.models import Hold
from tojimari.portal.core.rights import COMPANY_MANAGE
from tojimari.portal.words import current_lang, say

SHOWN_AT_MOST = 200


def _waiting(company: Any) -> Any:
    return Hold.objects.of(company).filter(ended_at=None).order_by("kind", "pk")


@company_view(COMPANY_MANAGE)
@require_safe
def holds(request: HttpRequest, company: Any) -> HttpResponse:
    """List what waits for the company's word, a card each."""
    waiting = _waiting(company)
    context = {
        "company": company,
        "holds": [{"pk": one.pk, "sentence": _sentence(one)} for one in waiting[:SHOWN_AT_MOST]],
        "n": waiting.count(),
        "restored": Hold.objects.of(company).exists(),
    }
    return render(request, "holds.html", context)


def _sentence(one: Hold) -> str:
    to, what = (_word(one.values.get(name, "")) for name in ("to", "what"))
    return say(f"hold.{one.kind}", to=to, what=what)


def _word(value: Any) -> str:
    """Return a name, in the reader's language where it is kept in both."""
    return str(value[current_lang()] if isinstance(value, dict) else value)


@company_view(COMPANY_MANAGE)
@require_POST
def decide_hold(request: HttpRequest, company: Any, hold_id: int) -> HttpResponse:
    """Let one thing go on being shown, or end it."""
    form = DecideForm(request.POST)
    if not form.is_valid():
        raise Http404
    goes_on = form.cleaned_data["goes_on"]
    decided = decide(company, hold_id, goes_on=goes_on, by=request.user)
    if decided is None:
        raise Http404
    if decided:
        note_by(request, "hold.goes_on" if goes_on else "hold.ended", company)
    return redirect("core:holds", company.pk)


@company_view(COMPANY_MANAGE)
@require_POST
def decide_all_holds(request: HttpRequest, company: Any) -> HttpResponse:
    """Let everything that the page listed go on, with one press."""
    for key in list(_waiting(company).values_list("pk", flat=True)[:SHOWN_AT_MOST]):
        if decide(company, key, goes_on=True, by=request.user):
            note_by(request, "hold.goes_on", company)
    return redirect("core:holds", company.pk)
