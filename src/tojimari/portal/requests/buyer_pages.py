"""A buyer's pages: what it asks, whom, who has answered, and what each supplier shows it."""

import csv
import functools
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from django.conf import settings
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Count, F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.attest.offline_page import FILE_NAME, offline_page
from tojimari.attest.requirements import OWN_LIST, Ask, BadRequirement, asks_of, cost_of
from tojimari.lib.formulas import cell_value
from tojimari.portal.core.audit import note_as
from tojimari.portal.core.notices import tell
from tojimari.portal.core.paging import KeyedPaginator
from tojimari.portal.core.rights import OWNER
from tojimari.portal.errors import refused
from tojimari.portal.limits import too_often
from tojimari.portal.proofs.frameworks import framework_of_proof
from tojimari.portal.requests.forms import (
    OWN,
    FilterForm,
    RequestForm,
    SuppliersForm,
    SureForm,
)
from tojimari.portal.requests.mailing import mail_inquiries, remind
from tojimari.portal.requests.models import BuyerRequest, Inquiry, StoppedAddress, plain_of
from tojimari.portal.requests.notices import REQUEST_CAME
from tojimari.portal.requests.proving import checked, proof_of
from tojimari.portal.requests.showing import reply_row, supplier_rows
from tojimari.portal.requests.viewing import note_views
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.address_list import AddressList, BadList, as_lines, read_list
from tojimari.portal.supporters.models import Organisation
from tojimari.portal.words import catalog, current_lang, say

ROWS_A_PAGE = 100
LIST_AT_MOST = 5_000
SUPPLIERS_AT_MOST = 20_000
REQUESTS_AT_MOST = 200
LISTS_A_DAY = 20
REMINDERS_A_DAY = 4
PROBLEMS_SHOWN = 500
View = Callable[..., HttpResponse]


def buying_view(view: View) -> View:
    """Let a view be opened by people of a buyer only."""

    @functools.wraps(view)
    def answer(
        request: HttpRequest, organisation: Organisation, *args: Any, **more: Any
    ) -> HttpResponse:
        if organisation.kind != Organisation.BUYER:
            raise Http404
        return view(request, organisation, *args, **more)

    return organisation_view(answer)


def _inquiries(found: BuyerRequest) -> QuerySet[Inquiry]:
    rows = Inquiry.objects.across("a buyer's own request: what suppliers sent to it")
    return rows.filter(request=found)


def request_or_404(organisation: Organisation, request_id: uuid.UUID) -> BuyerRequest:
    """Return a request of the buyer. Raises Http404."""
    found: BuyerRequest = get_object_or_404(
        BuyerRequest.objects.select_related("organisation"),
        pk=request_id,
        organisation=organisation,
    )
    return found


@buying_view
@require_safe
def buyer_requests(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """List the buyer's requests, the newest first, with how many have answered."""
    answered = Q(inquiries__state=Inquiry.ANSWERED)
    rows = (
        BuyerRequest.objects.filter(organisation=organisation)
        .annotate(n=Count("inquiries"), answered=Count("inquiries", filter=answered))
        .order_by("-made_at", "pk")
        .defer("asks")
    )
    page = Paginator(rows, ROWS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "buyer_requests.html", {"organisation": organisation, "page": page})


def cost_words(asks: tuple[Ask, ...]) -> dict[str, Any]:
    """Return what a request costs a supplier, for a page."""
    cost = cost_of(asks, catalog())
    return {
        "cost": cost,
        "hours": max(1, round(cost.do_minutes / 60)),
        "yen": f"{cost.do_yen:,}",
    }


@buying_view
@require_http_methods(["GET", "HEAD", "POST"])
def new_request(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Ask what shall be asked and why; show it as suppliers will read it; then make it."""
    if request.method != "POST":
        return _new_page(request, organisation)
    form = RequestForm(request.POST, today=timezone.localdate())
    problem = "" if form.is_valid() else form.sentence()
    asks: tuple[Ask, ...] = ()
    if not problem:
        chosen = form.cleaned_data["requirement"]
        try:
            asks = asks_of(
                OWN_LIST if chosen == OWN else chosen or "-",
                form.cleaned_data["control"],
                catalog(),
            )
        except BadRequirement as error:
            problem = error.say(current_lang())
    if problem:
        return _new_page(request, organisation, form, problem)
    if not form.cleaned_data["sure"]:
        return _shown_before(request, organisation, form, asks)
    if BuyerRequest.objects.filter(organisation=organisation).count() >= REQUESTS_AT_MOST:
        return refused(request, say("request.too_many", n=REQUESTS_AT_MOST), code=429)
    given = form.cleaned_data
    made = BuyerRequest.objects.create(
        organisation=organisation,
        requirement=OWN_LIST if given["requirement"] == OWN else given["requirement"],
        asks=plain_of(asks),
        lang=current_lang(),
        made_by=request.user,
        **{name: given[name] for name in ("title", "purpose", "data", "contact", "due")},
    )
    note_as(request, organisation, "request.made", name=made.title)
    return redirect("requests:buyer_request", organisation.pk, made.pk)


def _new_page(
    request: HttpRequest,
    organisation: Organisation,
    form: RequestForm | None = None,
    problem: str = "",
) -> HttpResponse:
    offered = [
        {"one": one, **cost_words(asks_of(one.id, (), catalog()))}
        for one in catalog().requirements.values()
    ]
    themes: dict[str, list[Any]] = {}
    for control in catalog().controls.values():
        themes.setdefault(control.theme, []).append(control)
    context = {
        "organisation": organisation,
        "offered": offered,
        "own": OWN,
        "themes": [(say(f"theme.{theme}"), each) for theme, each in themes.items()],
        "rules": catalog().fair_trade,
        "given": form.data if form else {},
        "chosen": set(form.data.getlist("control")) if form else set(),
        "problem": problem,
        "earliest": timezone.localdate(),
    }
    return render(request, "buyer_request_new.html", context, status=400 if problem else 200)


def _shown_before(
    request: HttpRequest, organisation: Organisation, form: RequestForm, asks: tuple[Ask, ...]
) -> HttpResponse:
    rules = catalog().fair_trade
    context = {
        "organisation": organisation,
        "asks": asks,
        "given": form.cleaned_data,
        "rules": rules,
        "rules_sources": [catalog().sources[id_] for id_ in rules.sources] if rules else [],
        **cost_words(asks),
    }
    return render(request, "buyer_request_sure.html", context)


_LIST_COLUMNS = (
    "id", "request_id", "name", "email", "state", "mail", "mailed_at", "answered_at",
    "shown_until", "met", "planned", "not_met", "not_applicable", "declined", "company_id",
)  # fmt: skip


@buying_view
@require_safe
def buyer_request(
    request: HttpRequest, organisation: Organisation, request_id: uuid.UUID
) -> HttpResponse:
    """List the suppliers of a request with their states, and let more be asked."""
    found = request_or_404(organisation, request_id)
    return _request_page(request, organisation, found)


def filtered(found: BuyerRequest, state: str, q: str) -> QuerySet[Inquiry]:
    """Return the suppliers of a request in a state, "" for all, whose name or address holds ``q``."""
    rows = _inquiries(found)
    if state:
        rows = rows.filter(state=state)
    if q:
        rows = rows.filter(Q(name__icontains=q) | Q(email__icontains=q))
    return rows.order_by("name", "pk")


def _request_page(
    request: HttpRequest,
    organisation: Organisation,
    found: BuyerRequest,
    problem: str = "",
) -> HttpResponse:
    form = FilterForm(request.GET)
    form.is_valid()
    state, q = form.cleaned_data.get("state", ""), form.cleaned_data.get("q", "")
    # Of rows, not of keys: an index by state then answers alone.
    counted = dict(_inquiries(found).order_by().values_list("state").annotate(n=Count("*")))
    rows = filtered(found, state, q).only(*_LIST_COLUMNS)
    n = counted.get(state, 0) if state else sum(counted.values())
    pages = KeyedPaginator(rows, ROWS_A_PAGE, searched=bool(q), count=None if q else n)
    page = pages.get_page(request.GET.get("page"))
    note_views(request, organisation, page.object_list, "list", request.user)
    done, n = request.GET.get("done", ""), request.GET.get("n", "")
    said = {"asked": "suppliers.asked_n", "reminded": "suppliers.reminded_n"}.get(done, "")
    context = {
        "organisation": organisation,
        "found": found,
        "page": page,
        "suppliers": supplier_rows(found, page.object_list),
        "counts": [(one, say(f"inquiry.{one}"), counted.get(one, 0)) for one in Inquiry.STATES],
        "n": sum(counted.values()),
        "state": state,
        "q": q,
        "query": "".join(f"{k}={v}&" for k, v in (("state", state),) if v),
        "mails": settings.MAIL_CONFIGURED,
        "may_ask": found.closed_at is None and found.due >= timezone.localdate(),
        "said": say(said, n=n) if said and n.isdecimal() and len(n) < 6 else "",
        "problem": problem,
        **cost_words(found.asked),
    }
    return render(request, "buyer_request.html", context, status=400 if problem else 200)


@buying_view
@require_POST
def add_suppliers(
    request: HttpRequest, organisation: Organisation, request_id: uuid.UUID
) -> HttpResponse:
    """Read whom to ask, show what was read with every mistake, and ask them after one more press."""
    found = request_or_404(organisation, request_id)
    if found.closed_at is not None or found.due < timezone.localdate():
        return _request_page(request, organisation, found, say("suppliers.closed"))
    if not settings.MAIL_CONFIGURED:
        return _request_page(request, organisation, found, say("suppliers.no_mail"))
    form = SuppliersForm(request.POST, request.FILES)
    if not form.is_valid():
        return _request_page(request, organisation, found, form.sentence())
    try:
        read = read_list(form.content(), at_most=LIST_AT_MOST)
    except BadList as error:
        return _request_page(request, organisation, found, error.say(current_lang()))
    emails = [entry.email for entry in read.entries]
    known = set(_inquiries(found).filter(email__in=emails).values_list("email", flat=True))
    stopped = StoppedAddress.among(organisation, emails)
    new = AddressList(
        tuple(e for e in read.entries if e.email not in known | stopped), read.problems
    )
    if form.cleaned_data["sure"] and new.entries:
        return _ask_all(request, organisation, found, new)
    context = {
        "organisation": organisation,
        "request_": found,
        "found": new,
        "known": sorted(known),
        "stopped": sorted(stopped - known),
        "lines": as_lines(new.entries),
        "problems": [
            (one.row, say(f"list.{one.what}", seen=one.seen))
            for one in new.problems[:PROBLEMS_SHOWN]
        ],
        "more": max(0, len(new.problems) - PROBLEMS_SHOWN),
    }
    return render(request, "suppliers_sure.html", context)


def _ask_all(
    request: HttpRequest, organisation: Organisation, found: BuyerRequest, new: AddressList
) -> HttpResponse:
    if too_often("request-list", str(organisation.pk), times=LISTS_A_DAY, seconds=86400):
        return refused(request, say("invitations.too_often"), code=429)
    with transaction.atomic():
        # Two lists at once must not ask one address twice.
        BuyerRequest.objects.select_for_update().get(pk=found.pk)
        rows = _inquiries(found)
        known = set(rows.values_list("email", flat=True))
        entries = [entry for entry in new.entries if entry.email not in known]
        if len(known) + len(entries) > SUPPLIERS_AT_MOST:
            return refused(request, say("suppliers.too_many", n=SUPPLIERS_AT_MOST))
        companies = _companies_of([entry.email for entry in entries])
        made = Inquiry.objects.across("suppliers that a buyer asks").bulk_create(
            [
                Inquiry(
                    request=found,
                    email=entry.email,
                    name=entry.name,
                    company_id=companies.get(entry.email),
                    mail=Inquiry.WAITING,
                )
                for entry in entries
            ],
            batch_size=500,
        )
    for one in made:
        if one.company_id:
            values = {"organisation": organisation.name, "title": found.title}
            tell(one.company, REQUEST_CAME, str(one.pk), values=values)
    note_as(request, organisation, "request.sent", n=len(made), name=found.title)
    mail_inquiries.enqueue(str(found.pk))
    query = {"done": "asked", "n": str(len(made))}
    return redirect(
        reverse("requests:buyer_request", args=[organisation.pk, found.pk], query=query)
    )


def _companies_of(emails: list[str]) -> dict[str, Any]:
    """Return which company last answered what came to each address: it gets the next one too.

    Only where the address is its owner's own. Whoever was handed a link once, and took it over,
    must not get what other buyers ask that address: it goes there by mail.
    """
    rows = Inquiry.objects.across("by which company an address was taken over before")
    taken = rows.filter(
        email__in=emails,
        company__memberships__user__email__iexact=F("email"),
        company__memberships__role=OWNER,
    ).order_by("made_at")
    return dict(taken.values_list("email", "company"))


@buying_view
@require_POST
def remind_all(
    request: HttpRequest, organisation: Organisation, request_id: uuid.UUID
) -> HttpResponse:
    """Remind everybody who has not answered and was not written to for days."""
    found = request_or_404(organisation, request_id)
    if found.closed_at is not None:
        return _request_page(request, organisation, found, say("suppliers.closed"))
    if not settings.MAIL_CONFIGURED:
        return _request_page(request, organisation, found, say("suppliers.no_mail"))
    if too_often("request-remind", str(organisation.pk), times=REMINDERS_A_DAY, seconds=86400):
        return refused(request, say("invitations.too_often"), code=429)
    n = remind(_inquiries(found))
    note_as(request, organisation, "request.reminded", n=n, name=found.title)
    mail_inquiries.enqueue(str(found.pk))
    query = {"done": "reminded", "n": str(n)}
    return redirect(
        reverse("requests:buyer_request", args=[organisation.pk, found.pk], query=query)
    )


@buying_view
@require_POST
def close_request(
    request: HttpRequest, organisation: Organisation, request_id: uuid.UUID
) -> HttpResponse:
    """Take no answers any more; what suppliers show stays as long as they show it."""
    found = request_or_404(organisation, request_id)
    form = SureForm(request.POST)
    if form.is_valid() and form.cleaned_data["sure"]:
        BuyerRequest.objects.filter(pk=found.pk, closed_at=None).update(closed_at=timezone.now())
        note_as(request, organisation, "request.closed", name=found.title)
    return redirect("requests:buyer_request", organisation.pk, found.pk)


@buying_view
@require_safe
def buyer_inquiry(
    request: HttpRequest, organisation: Organisation, request_id: uuid.UUID, inquiry_id: uuid.UUID
) -> HttpResponse:
    """Show what one supplier sent; what it took back is gone at once."""
    found = request_or_404(organisation, request_id)
    one = get_object_or_404(_inquiries(found), pk=inquiry_id)
    back = reverse("requests:buyer_request", args=[organisation.pk, found.pk])
    if one.state == Inquiry.WITHDRAWN:
        return refused(request, say("inquiry.is_withdrawn"), back=back, code=404)
    note_views(request, organisation, [one], "page", request.user)
    replies, proof = one.shown_replies, proof_of(one)
    context = {
        "organisation": organisation,
        "found": found,
        "one": one,
        "rows": [reply_row(ask, replies.get(ask.key)) for ask in found.asked],
        "is_shown": one.is_shown,
        "cost": one.shown.get("cost", "") if one.is_shown else "",
        "person": one.shown.get("person", "") if one.is_shown else "",
        "back": back,
        "signed": checked(proof, found) if proof else None,
    }
    return render(request, "buyer_inquiry.html", context)


@buying_view
@require_safe
def buyer_proof(
    request: HttpRequest,
    organisation: Organisation,
    request_id: uuid.UUID,
    inquiry_id: uuid.UUID,
    file_form: str,
) -> HttpResponse:
    """Send the proof of an answer to take along, or the page that checks it without a network."""
    found = request_or_404(organisation, request_id)
    one = get_object_or_404(_inquiries(found), pk=inquiry_id)
    proof = proof_of(one)
    if proof is None or proof.revoked_at or proof.held_at or not proof.text:
        raise Http404
    if file_form == "sd-jwt":
        note_views(request, organisation, [one], "sign", request.user)
        body, kind, name = proof.text, "application/dc+sd-jwt", "tojimari-proof.txt"
    elif file_form == "html":
        framework = framework_of_proof(proof)
        body = offline_page(catalog(), current_lang(), framework)
        kind, name = "text/html; charset=utf-8", FILE_NAME
    else:
        raise Http404
    response = HttpResponse(body.encode(), content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


class _Line:
    """What csv writes into: gives each line back."""

    def write(self, text: str) -> str:
        """Return the line."""
        return text


FILE_ROWS_AT_ONCE = 500


@buying_view
@require_safe
def suppliers_file(
    request: HttpRequest, organisation: Organisation, request_id: uuid.UUID
) -> StreamingHttpResponse:
    """Send the suppliers of a request, and what each shows, as CSV."""
    found = request_or_404(organisation, request_id)
    form = FilterForm(request.GET)
    form.is_valid()
    state, q = form.cleaned_data.get("state", ""), form.cleaned_data.get("q", "")
    rows = filtered(found, state, q).defer("draft")
    rows_shown = [one for one in rows.only(*_LIST_COLUMNS) if one.is_shown]
    note_views(request, organisation, rows_shown, "file", request.user)
    response = StreamingHttpResponse(_csv(found, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="tojimari-suppliers.csv"'
    return response


COLUMNS = ("name", "email", "state", "answered_on", "met", "planned", "not_met", "not_applicable", "declined", "why")  # fmt: skip


def _csv(found: BuyerRequest, rows: QuerySet[Inquiry]) -> Iterator[str]:
    writer, lang, asks = csv.writer(_Line()), current_lang(), found.asked
    heads = [say(f"supplierscsv.{name}", lang) for name in COLUMNS]
    for ask in asks:
        title = " ".join(filter(None, (ask.number, ask.title.say(lang))))
        heads += [title, f"{title}: {say('supplierscsv.basis', lang)}"]
    # Thousands of suppliers answer alike: the words of each answer are put together once.
    words: dict[tuple[object, ...], tuple[str, str]] = {}
    yield "\ufeff" + writer.writerow([cell_value(head) for head in heads])
    for one in rows.iterator(chunk_size=FILE_ROWS_AT_ONCE):
        replies = one.shown_replies
        counts = (one.met, one.planned, one.not_met, one.not_applicable, one.declined)
        cells: list[Any] = [
            one.name,
            one.email,
            say(f"inquiry.{one.state}", lang),
            f"{timezone.localdate(one.answered_at)}" if one.answered_at and one.is_shown else "",
            *(counts if one.is_shown else [""] * len(counts)),
            one.why if one.state == Inquiry.DECLINED else "",
        ]
        for ask in asks:
            reply = replies.get(ask.key)
            if reply is None:
                cells += ["", ""]
                continue
            alike = (reply.state, reply.evidence, reply.by, reply.on, reply.covered, reply.known)
            if alike not in words:
                row = reply_row(ask, reply)
                words[alike] = (row["state_words"], row["basis"])
            cells += words[alike]
        yield writer.writerow([cell_value(value) for value in cells])
