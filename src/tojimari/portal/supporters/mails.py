"""What companies let a supporter see of the mails they asked about: months, waves, warnings."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from tojimari.mail.verdict import SUSPICIOUS
from tojimari.portal.companies.models import Company
from tojimari.portal.core.audit import note_as
from tojimari.portal.core.notices import tell
from tojimari.portal.core.permissions import companies_where
from tojimari.portal.errors import refused
from tojimari.portal.links import whole_address
from tojimari.portal.mailcheck.campaigns import Campaign
from tojimari.portal.mailcheck.company_pages import figures, signs_file, trick_title
from tojimari.portal.mailcheck.indicators import DAYS, FORMS, indicators_of
from tojimari.portal.mailcheck.months import months_of
from tojimari.portal.mailcheck.report_text import defanged
from tojimari.portal.mailcheck.rights import MAIL_FIGURES, MAIL_HOSTS, MAIL_WARNED
from tojimari.portal.supporters.access import organisation_view
from tojimari.portal.supporters.mail_waves import K, campaigns, granted, with_hosts
from tojimari.portal.supporters.models import MailWarning, MailWaves, Organisation
from tojimari.portal.supporters.notices import MAIL_CAMPAIGN, warning_words
from tojimari.portal.words import current_lang, say

ROWS_AT_MOST = 20_000
COMPANIES_SHOWN = 200
_HOSTS_SHOWN = 3


def _shown(campaign: Campaign) -> dict[str, Any]:
    return {
        "id": campaign.id,
        "trick": trick_title(campaign.trick),
        "mails": campaign.mails,
        "companies": len(campaign.companies),
        "first": campaign.first,
        "last": campaign.last,
        "hosts": [defanged(host) for host in campaign.hosts[:_HOSTS_SHOWN]],
    }


@organisation_view
@require_safe
def mails(request: HttpRequest, organisation: Organisation) -> HttpResponse:
    """Show the months and waves of the companies that allow it."""
    year = timezone.now() - timedelta(days=366)
    rows = granted(request.actor).filter(at__gt=year)
    suspicious = Q(judged_mails__level__in=SUSPICIOUS, judged_mails__at__gt=year)
    each = (
        Company.objects.filter(pk__in=companies_where(request.actor, MAIL_FIGURES))
        .annotate(suspicious=Count("judged_mails", filter=suspicious))
        .annotate(asked=Count("judged_mails", filter=Q(judged_mails__at__gt=year)))
        .order_by("-suspicious", "name", "pk")
    )
    warned = {one.campaign: one for one in organisation.mail_warnings.order_by("at")}
    note_as(request, organisation, "mail.seen")
    return render(
        request,
        "organisation_mails.html",
        {
            "organisation": organisation,
            "companies": each[:COMPANIES_SHOWN],
            "n": each.count(),
            "with_hosts": companies_where(request.actor, MAIL_HOSTS).count(),
            "k": K,
            "counted": MailWaves.objects.filter(organisation=organisation).first(),
            "campaigns": [
                _shown(one) | {"warned": warned.get(one.id)}
                for one in campaigns(request.actor, organisation) or ()
            ],
            "forms": list(FORMS),
            "days": DAYS,
            "indicators": len(indicators_of(_of_campaigns(request))),
            **figures(months_of(rows.values_list("at", "level", "trick"))),
        },
    )


def _of_campaigns(request: HttpRequest) -> list[Any]:
    """Return the verdicts whose hosts at least ``K`` companies were led to."""
    since = timezone.now() - timedelta(days=DAYS)
    rows = granted(request.actor).filter(at__gt=since, level="dangerous")
    rows = with_hosts(rows.order_by("-at").defer("sketch")[:ROWS_AT_MOST], request.actor)
    companies: dict[str, set[str]] = {}
    for row in rows:
        for host in row.hosts:
            companies.setdefault(host, set()).add(str(row.company_id))
    for row in rows:
        row.hosts = [host for host in row.hosts if len(companies[host]) >= K]
    return rows


@organisation_view
@require_safe
def mail_signs(request: HttpRequest, organisation: Organisation, form: str) -> HttpResponse:
    """Hand out the hosts that at least ``K`` companies were led to."""
    if form not in FORMS:
        raise Http404
    return signs_file(form, _of_campaigns(request), by=str(organisation))


@organisation_view
@require_http_methods(["GET", "HEAD", "POST"])
def warn(request: HttpRequest, organisation: Organisation, campaign: str) -> HttpResponse:
    """Show a warning of a wave as it would be sent; send it to the companies that want such."""
    waves = campaigns(request.actor, organisation) or ()
    found = next((one for one in waves if one.id == campaign), None)
    if found is None or organisation.kind != Organisation.SUPPORTER:
        raise Http404
    wanted = companies_where(request.actor, MAIL_WARNED)
    others = Company.objects.filter(pk__in=wanted).exclude(pk__in=found.companies)
    values = {
        "organisation": organisation.name,
        "trick": found.trick,
        "hosts": [defanged(host) for host in found.hosts[:_HOSTS_SHOWN]],
        "n": len(found.companies),
    }
    if request.method == "POST":
        count = others.count()
        if organisation.mail_warnings.filter(campaign=campaign).exists() or not count:
            return refused(request, say("campaign.nobody"))
        for company in others:
            tell(company, MAIL_CAMPAIGN, f"{organisation.pk.hex}{campaign}", values=values)
            note_as(request, organisation, "mail.warned", company)
        MailWarning.objects.create(
            organisation=organisation, campaign=campaign, author=request.user, companies=count
        )
        return redirect("supporters:mails", organisation.pk)
    lang = current_lang()
    words = warning_words(values, lang)
    context = {
        "organisation": organisation,
        "campaign": _shown(found),
        "others": others.count(),
        "warned": organisation.mail_warnings.filter(campaign=campaign).first(),
        "subject": say("mail.campaign_subject", lang, **words),
        "text": say("mail.campaign", lang, **words, link=whole_address("mailcheck:mail")),
    }
    return render(request, "organisation_mail_warn.html", context)
