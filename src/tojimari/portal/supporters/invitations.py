"""Inviting companies: the page of an organisation, lists, what still waits for an answer."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.core.paginator import Paginator
from django.db.models import Count, QuerySet, UUIDField, Value
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tojimari.portal.core.audit import note_as
from tojimari.portal.core.permissions import ticks
from tojimari.portal.core.prepared import Given, Prepared
from tojimari.portal.errors import refused
from tojimari.portal.limits import too_often
from tojimari.portal.links import whole_address
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.address_list import AddressList, BadList, as_lines, read_list
from tojimari.portal.supporters.forms import LINK_DAYS_USUAL, LINK_USES_USUAL, ListForm
from tojimari.portal.supporters.models import Invitation, Organisation
from tojimari.portal.supporters.rights import offered
from tojimari.portal.words import current_lang, say

INVITATIONS_A_PAGE = 50
LISTS_A_DAY = 5
AGAIN_A_DAY = 2
AGAIN_AFTER = timedelta(days=3)
"""Whoever was written to less than this ago is not written to again with all the others."""


def waiting_of(organisation: Organisation | Given) -> QuerySet[Invitation]:
    """Return the invitations of companies that nobody has answered, the newest first."""
    rows = Invitation.objects.across("an organisation's own invitations")
    return rows.filter(organisation=organisation, to="company", used_at=None).order_by(
        "-made_at", "pk"
    )


_WAITING = Prepared(
    "an organisation's own invitations",
    lambda: (
        waiting_of(Given("organisation", UUIDField()))
        .order_by()
        .values(all_in_one=Value(1))
        .annotate(n=Count("pk"))
        .values_list("n")
    ),
)


def count_waiting(organisation: Organisation) -> int:
    """Return how many invitations nobody has answered."""
    found = _WAITING.rows(organisation=organisation.pk)
    return int(found[0][0]) if found else 0


@organisation_view
@require_safe
def invitations(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Show every way to invite companies, and what became of it."""
    if organisation.kind == Organisation.RESEARCHER:
        raise Http404
    waiting = waiting_of(organisation)
    asked, page = request.GET, Paginator(waiting, INVITATIONS_A_PAGE)
    done, n = asked.get("done", ""), asked.get("n", "")
    said = {"list": "invitations.listed", "again": "invitations.again_done"}.get(done, "")
    context = {
        "organisation": organisation,
        "page": page.get_page(asked.get("page")),
        "links": organisation.join_links.order_by("-made_at")[:50],
        "rights": offered(organisation),
        "now": timezone.now(),
        "days": LINK_DAYS_USUAL,
        "uses": LINK_USES_USUAL,
        "again": _again(organisation).count() if settings.MAIL_CONFIGURED else 0,
        "mails": settings.MAIL_CONFIGURED,
        "said": say(said, n=n) if said and n.isdecimal() and len(n) < 5 else "",
        "query": "",
    }
    return render(request, "invitations.html", context)


def _again(organisation: Organisation) -> QuerySet[Invitation]:
    """Return the invitations that may be mailed again together."""
    rows = waiting_of(organisation).exclude(email="").exclude(mail=Invitation.WAITING)
    return (
        rows.exclude(mail=Invitation.REFUSED)
        .filter(made_at__lt=timezone.now() - AGAIN_AFTER)
        .exclude(mailed_at__gt=timezone.now() - AGAIN_AFTER)
    )


@organisation_view
@require_POST
def again(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Mail everybody who has not answered for days once more, each with a new link."""
    from tojimari.portal.supporters.tasks import mail_invitations

    back = reverse("supporters:invitations", args=[organisation.pk])
    if not settings.MAIL_CONFIGURED:
        return refused(request, say("invitations.no_mail"), back=back)
    if too_often("invite-again", str(organisation.pk), times=AGAIN_A_DAY, seconds=86400):
        return refused(request, say("invitations.too_often"), back=back, code=429)
    rows = Invitation.objects.across("an organisation's own invitations")
    n = rows.filter(pk__in=list(_again(organisation).values_list("pk", flat=True))).update(
        mail=Invitation.WAITING, made_by=request.user
    )
    note_as(request, organisation, "invitation.again")
    mail_invitations.enqueue(str(organisation.pk))
    return _back(organisation, done="again", n=n)


@organisation_view
@require_POST
def resend(
    request: HttpRequest, organisation: Organisation, invitation_id: uuid.UUID
) -> HttpResponse:
    """Give one invitation a new link, mail it and show it; the link before it ends."""
    from tojimari.portal.supporters.grants import INVITATIONS_A_DAY, send_and_show

    found = get_object_or_404(waiting_of(organisation), pk=invitation_id)
    back = reverse("supporters:invitations", args=[organisation.pk])
    if too_often("invite", str(organisation.pk), times=INVITATIONS_A_DAY, seconds=86400):
        return refused(request, say("invitations.too_often"), back=back, code=429)
    secret = found.renew()
    Invitation.objects.across("an organisation's own invitations").filter(pk=found.pk).update(
        made_by=request.user
    )
    note_as(request, organisation, "invitation.again")
    return send_and_show(request, found, secret, str(organisation), back=back)


@organisation_view
@require_POST
def cancel(
    request: HttpRequest, organisation: Organisation, invitation_id: uuid.UUID
) -> HttpResponse:
    """Take one invitation back: its link ends, and it is on no list any more."""
    get_object_or_404(waiting_of(organisation), pk=invitation_id).delete()
    note_as(request, organisation, "invitation.cancelled")
    return _back(organisation)


@organisation_view
@require_http_methods(["GET", "HEAD", "POST"])
def invite_list(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Read a list of companies, show what was read, and invite them after one more press."""
    if organisation.kind == Organisation.RESEARCHER:
        raise Http404
    back = reverse("supporters:invitations", args=[organisation.pk])
    if request.method != "POST":
        return redirect(back)
    form = ListForm(request.POST, request.FILES)
    if not form.is_valid():
        return refused(request, form.sentence(), back=back)
    if not settings.MAIL_CONFIGURED:
        return refused(request, say("invitations.no_mail"), back=back)
    try:
        found = read_list(form.content())
    except BadList as error:
        return refused(request, error.say(current_lang()), back=back)
    emails = [entry.email for entry in found.entries]
    known = waiting_of(organisation).filter(email__in=emails, expires_at__gt=timezone.now())
    waiting = set(known.values_list("email", flat=True))
    new = AddressList(
        tuple(entry for entry in found.entries if entry.email not in waiting), found.problems
    )
    if form.cleaned_data["sure"] and new.entries:
        return _invite_all(request, organisation, new, form.scopes())
    context = {
        "organisation": organisation,
        "found": new,
        "waiting": sorted(waiting),
        "lines": as_lines(new.entries),
        "problems": [(one.row, say(f"list.{one.what}", seen=one.seen)) for one in new.problems],
        "ticked": [tick for tick in ticks() if form.cleaned_data[tick]],
        "back": back,
    }
    return render(request, "invite_list.html", context)


def _invite_all(
    request: HttpRequest,
    organisation: Organisation,
    found: AddressList,
    scopes: tuple[str, ...],
) -> HttpResponse:
    """Keep an invitation for each entry; a worker mails them, and only then makes their links."""
    from tojimari.portal.supporters.tasks import mail_invitations

    if too_often("invite-list", str(organisation.pk), times=LISTS_A_DAY, seconds=86400):
        back = reverse("supporters:invitations", args=[organisation.pk])
        return refused(request, say("invitations.too_often"), back=back, code=429)
    for entry in found.entries:
        Invitation.make(
            "company",
            organisation=organisation,
            email=entry.email,
            name=entry.name,
            lang=current_lang(),
            scopes=scopes,
            made_by=request.user,
            mail=Invitation.WAITING,
        )
    note_as(request, organisation, "invitation.listed", n=len(found.entries))
    mail_invitations.enqueue(str(organisation.pk))
    return _back(organisation, done="list", n=len(found.entries))


def _back(organisation: Organisation, **said: object) -> HttpResponse:
    return redirect(reverse("supporters:invitations", args=[organisation.pk], query=said))


def link_of(token: str) -> str:
    """Return the whole address of a shared link."""
    return whole_address("supporters:join_by_link", token)
