"""A supplier's pages: who asks what and why, one question a page, what would be shown, sending it."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.attest.replies import BY_HAND, STATES, Reply, counts_of, problem_of
from tojimari.attest.requirements import Ask, cost_of
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.start import INVITED
from tojimari.portal.core.access import companies_of, company_view
from tojimari.portal.core.audit import note
from tojimari.portal.core.holds import settle
from tojimari.portal.core.notices import end
from tojimari.portal.errors import refused
from tojimari.portal.limits import too_often
from tojimari.portal.proofs.pages import A_DAY
from tojimari.portal.proofs.signing import ask_for
from tojimari.portal.requests.doors import Door
from tojimari.portal.requests.forms import RefuseForm, ReplyForm, SendForm, SureForm, TakeOverForm
from tojimari.portal.requests.holds import ANSWER, NOTHING_SHOWN
from tojimari.portal.requests.models import SHOWN_FOR, Inquiry, StoppedAddress, plain_of
from tojimari.portal.requests.notices import REQUEST_CAME
from tojimari.portal.requests.prefilling import keep_given, known_replies, with_known
from tojimari.portal.requests.proving import (
    Offer,
    checked,
    framework_asked,
    new_proof,
    offer,
    offered,
    proof_of,
    take_back,
)
from tojimari.portal.requests.rights import REQUESTS_ANSWER
from tojimari.portal.requests.showing import reply_row
from tojimari.portal.words import catalog, say

VIEWS_SHOWN = 50
ANSWERABLE = Inquiry.STATES


def _row(door: Door) -> QuerySet[Inquiry]:
    rows = Inquiry.objects.across("a supplier answers what it was asked")
    return rows.filter(pk=door.inquiry.pk, turn=door.inquiry.turn)


def _note(request: HttpRequest, door: Door, action: str) -> None:
    if door.company is not None:
        organisation = door.inquiry.request.organisation
        note(
            action,
            company=door.company,
            actor=request.user,
            actor_as=request.acting_as,
            organisation=organisation,
        )


def _replies(door: Door) -> dict[str, Reply]:
    """Return the answers so far; of a company, with what is known of it already."""
    if door.company is None:
        return door.inquiry.replies
    return with_known(door.inquiry, known_replies(door.company, door.inquiry.request.asked))


def _closed(request: HttpRequest, door: Door) -> HttpResponse | None:
    return None if door.inquiry.is_open else refused(request, say("inquiry.over"), back=door.front)


def _common(door: Door, asks: tuple[Ask, ...], replies: dict[str, Reply]) -> dict[str, Any]:
    first = next((n for n, ask in enumerate(asks, 1) if ask.key not in replies), 0)
    return {
        "door": door,
        "base": door.base,
        "company": door.company,
        "one": door.inquiry,
        "found": door.inquiry.request,
        "buyer": door.inquiry.request.organisation,
        "n": len(asks),
        "done": sum(ask.key in replies for ask in asks),
        "first": door.ask(first) if first else "",
        "counts": [
            (say(f"reply.{state}"), n)
            for state, n in counts_of(replies.get(ask.key) for ask in asks).items()
            if n
        ],
    }


@require_safe
def front(request: HttpRequest, door: Door) -> HttpResponse:
    """Say who asks what and why, how far the answer is, and who has seen it."""
    inquiry, asks = door.inquiry, door.inquiry.request.asked
    replies = _replies(door)
    views = inquiry.views.select_related("user").order_by("-at")[:VIEWS_SHOWN]
    companies: list[Any] = []
    if door.company is None:
        if request.user.is_authenticated:
            request.session.pop(INVITED, None)
            companies = companies_of(request.user, REQUESTS_ANSWER)
        elif not settings.LOCAL:
            # Signing in may take a detour through the mail program; the first page leads back here.
            request.session[INVITED] = request.path
    proof = proof_of(inquiry)
    context = {
        **_common(door, asks, replies),
        "cost": cost_of(asks, catalog()),
        "asks": asks,
        "is_open": inquiry.is_open,
        "is_shown": inquiry.is_shown,
        "rows": [reply_row(ask, inquiry.shown_replies.get(ask.key)) for ask in asks]
        if inquiry.is_shown
        else [],
        "proof": proof,
        "signed": checked(proof, inquiry.request) if proof else None,
        "can_be_signed": bool(door.company and framework_asked(inquiry.request)),
        "views": [(one.at, say(f"view.{one.way}"), str(one.user or "")) for one in views],
        "companies": companies,
        "known": sum(not reply.own for reply in replies.values()),
    }
    return render(request, "inquiry.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: HttpRequest, door: Door, number: int) -> HttpResponse:
    """Ask one thing; keep the answer and go on to the next that has none."""
    if closed := _closed(request, door):
        return closed
    asks = door.inquiry.request.asked
    if not 1 <= number <= len(asks):
        raise Http404
    wanted, replies, problem = asks[number - 1], _replies(door), ""
    known = known_replies(door.company, (wanted,)) if door.company else {}
    form = None
    if request.method == "POST":
        form = ReplyForm(request.POST, today=timezone.localdate(), known=known.get(wanted.key))
        if form.is_valid():
            _keep_reply(door, wanted.key, form.reply)
            return redirect(_after(door, asks, {**replies, wanted.key: form.reply}, number))
        problem = form.sentence()
    shown = known.get(wanted.key)
    context = {
        **_common(door, asks, replies),
        "ask": wanted,
        "number": number,
        "reply": replies.get(wanted.key),
        "given": form.data if form else {},
        "known": shown if shown and not shown.own else None,
        "known_row": reply_row(wanted, shown) if shown else None,
        "states": STATES,
        "evidence": (*BY_HAND, "measured")
        if shown and (shown.state, shown.evidence) == ("met", "measured")
        else BY_HAND,
        "before": door.ask(number - 1) if number > 1 else door.front,
        "problem": problem,
        "controls": [
            catalog().controls[id_] for id_ in wanted.controls if id_ in catalog().controls
        ],
    }
    return render(request, "inquiry_ask.html", context, status=400 if problem else 200)


def _keep_reply(door: Door, key: str, reply: Reply) -> None:
    with transaction.atomic():
        # Two windows must not lose each other's answers.
        row = _row(door).select_for_update(of=("self",)).get()
        row.draft = {**row.draft, key: plain_of(reply)}
        row.save(update_fields=["draft"])


def _after(door: Door, asks: tuple[Ask, ...], replies: dict[str, Reply], number: int) -> str:
    order = [*range(number + 1, len(asks) + 1), *range(1, number)]
    following = next((n for n in order if asks[n - 1].key not in replies), 0)
    return door.ask(following) if following else door.check


@require_http_methods(["GET", "HEAD", "POST"])
def check(request: HttpRequest, door: Door) -> HttpResponse:
    """Show exactly what the buyer would see, and send it after one more press."""
    if closed := _closed(request, door):
        return closed
    asks, replies = door.inquiry.request.asked, _replies(door)
    today = timezone.localdate()
    wrong = [
        number
        for number, one in enumerate(asks, 1)
        if one.key not in replies or problem_of(replies[one.key], today)
    ]
    problem, form = "", None
    made = offer(door.company, door.inquiry.request, replies) if door.company else None
    if request.method == "POST":
        form = SendForm(request.POST)
        if wrong:
            problem = say("send.missing", n=len(wrong))
        elif not form.is_valid():
            problem = form.sentence()
        else:
            chosen = made if form.cleaned_data["proof"] else None
            if chosen is not None and form.cleaned_data["seen"] != chosen.seen:
                problem = say("proofs.changed")
            elif chosen is not None and too_often(
                "proof", str(door.inquiry.company_id), times=A_DAY, seconds=86_400
            ):
                return refused(request, say("error.too_often"), code=429)
            else:
                _send(request, door, asks, replies, form.cleaned_data, chosen)
                return redirect(door.front)
    given = form.data if form else {}
    context = {
        **_common(door, asks, replies),
        "rows": [
            {
                **reply_row(one, replies.get(one.key)),
                "edit": door.ask(number),
                "wrong": number in wrong,
            }
            for number, one in enumerate(asks, 1)
        ],
        "wrong": wrong,
        "fix": door.ask(wrong[0]) if wrong else "",
        "person": given.get("person", "") or door.inquiry.person or _name_of(request),
        "cost": given.get("cost", "") or door.inquiry.cost,
        "until": timezone.now() + SHOWN_FOR,
        "offer": offered(made) if made else None,
        "with_proof": form is None or given.get("proof") == "yes",
        "problem": problem,
    }
    return render(request, "inquiry_check.html", context, status=400 if problem else 200)


def _name_of(request: HttpRequest) -> str:
    return str(request.user.name) if request.user.is_authenticated else ""


def _send(
    request: HttpRequest,
    door: Door,
    asks: tuple[Ask, ...],
    replies: dict[str, Reply],
    given: dict[str, Any],
    made: Offer | None,
) -> None:
    sent = {one.key: replies[one.key] for one in asks}
    counts = counts_of(sent.values())
    counts.pop("open")
    now = timezone.now()
    proof = None
    with transaction.atomic():
        # Two windows must not leave a proof behind that no answer names.
        before = _row(door).select_for_update(of=("self",)).select_related("proof").first()
        if made is not None and door.company is not None:
            proof = new_proof(door.inquiry, door.company, made, request.user)
        done = (
            _row(door)
            .filter(state__in=ANSWERABLE)
            .update(
                state=Inquiry.ANSWERED,
                draft=plain_of(sent),
                shown={"replies": plain_of(sent), "cost": given["cost"], "person": given["person"]},
                cost=given["cost"],
                person=given["person"],
                why="",
                answered_at=now,
                shown_until=now + SHOWN_FOR,
                proof=proof,
                mail=Inquiry.TAKEN if door.inquiry.mail == Inquiry.WAITING else door.inquiry.mail,
                **counts,
            )
        )
        if not done:
            raise Http404
        if door.company is not None:
            keep_given(door.company, asks, sent)
            end(door.company, REQUEST_CAME, str(door.inquiry.pk), put_away=True)
            settle(door.company, ANSWER, str(door.inquiry.pk))
        take_back(before.proof if before else None)
    if proof is not None:
        ask_for(proof)
    _note(request, door, "answer.sent")


@require_POST
def withdraw(request: HttpRequest, door: Door) -> HttpResponse:
    """Take an answer back: what was shown is erased at once, and its proof counts no more."""
    if not SureForm(request.POST).is_valid():
        raise Http404
    rows = _row(door).filter(state__in=(Inquiry.ANSWERED, Inquiry.DECLINED, Inquiry.HELD))
    with transaction.atomic():
        found = rows.select_for_update(of=("self",)).select_related("proof").first()
        withdrawn = found is not None and rows.update(
            state=Inquiry.WITHDRAWN, why="", **NOTHING_SHOWN
        )
        if found is not None:
            take_back(found.proof)
        if door.company is not None:
            settle(door.company, ANSWER, str(door.inquiry.pk))
    if withdrawn:
        _note(request, door, "answer.withdrawn")
    return redirect(door.front)


@require_POST
def refuse(request: HttpRequest, door: Door) -> HttpResponse:
    """Decline a request as a whole, with a reason that the buyer reads."""
    if closed := _closed(request, door):
        return closed
    form = RefuseForm(request.POST)
    if not form.is_valid():
        return refused(request, form.sentence(), back=door.front)
    rows = _row(door).filter(state__in=(Inquiry.ASKED, Inquiry.WITHDRAWN, Inquiry.STOPPED))
    if rows.update(
        state=Inquiry.DECLINED, why=form.cleaned_data["why"], answered_at=timezone.now()
    ):
        _note(request, door, "answer.refused")
        if door.company is not None:
            end(door.company, REQUEST_CAME, str(door.inquiry.pk), put_away=True)
    return redirect(door.front)


@login_required
@require_POST
def take_over(request: HttpRequest, token: str) -> HttpResponse:
    """Let a company of the person's own answer; from then on the link alone opens nothing."""
    inquiry, form = Inquiry.of_token(token), TakeOverForm(request.POST)
    if inquiry is None or not form.is_valid():
        raise Http404
    own = companies_of(request.user, REQUESTS_ANSWER)
    company = next((one for one in own if one.pk == form.cleaned_data["company"]), None)
    if company is None:
        raise Http404
    rows = Inquiry.objects.across("a company takes over what came to it by mail")
    taken = rows.filter(pk=inquiry.pk, turn=inquiry.turn, company=None).update(company=company)
    if not taken:
        raise Http404
    note(
        "request.taken_over",
        company=company,
        actor=request.user,
        actor_as="owner",
        organisation=inquiry.request.organisation,
    )
    return redirect("requests:company_inquiry", company.pk, inquiry.pk)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def stop(request: HttpRequest, token: str) -> HttpResponse:
    """Stop this buyer's mail to an address; the link is enough, as mail programs press it themselves."""
    inquiry = Inquiry.of_token(token)
    if inquiry is None:
        raise Http404
    organisation = inquiry.request.organisation
    if request.method == "POST":
        StoppedAddress.objects.get_or_create(
            organisation=organisation, digest=StoppedAddress.digested(inquiry.email)
        )
        rows = Inquiry.objects.across("whoever holds a supplier's link stops its mail")
        mine = rows.filter(request__organisation=organisation, email=inquiry.email)
        mine.filter(mail=Inquiry.WAITING).update(mail="")
        mine.filter(state=Inquiry.ASKED).update(state=Inquiry.STOPPED)
    context = {
        "buyer": organisation,
        "stopped": request.method == "POST",
        "link": reverse("requests:inquiry", args=[token]),
    }
    return render(request, "inquiry_stop.html", context)


@company_view(REQUESTS_ANSWER)
@require_safe
def company_requests(request: HttpRequest, company: Company) -> HttpResponse:
    """List what buyers ask the company, what it shows to each, and who saw it when."""
    rows = (
        Inquiry.objects.of(company)
        .select_related("request__organisation")
        .prefetch_related("views")
        .order_by("-made_at")[:200]
    )
    listed = []
    for one in rows:
        views = sorted((view.at for view in one.views.all()), reverse=True)
        listed.append(
            {
                "one": one,
                "state": say(f"inquiry.{one.state}"),
                "is_open": one.is_open,
                "is_shown": one.is_shown,
                "seen": views[0] if views else None,
                "n_seen": len(views),
            }
        )
    return render(request, "company_requests.html", {"company": company, "listed": listed})
