"""What of a company is seen from outside: its web sites, named and proven, and its own line."""

import uuid
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import F
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from tojimari.catalog import Control
from tojimari.collect.outside.address_policy import is_public_address
from tojimari.collect.outside.target import mail_domain_of
from tojimari.diagnose import Diagnosis
from tojimari.model import OPEN, Finding, shown_name
from tojimari.model.facts import SiteChanges
from tojimari.portal.companies.assessments import mark_stale, result_of
from tojimari.portal.companies.models import Company, Observation
from tojimari.portal.companies.steps import title_of
from tojimari.portal.core.access import company_view
from tojimari.portal.core.audit import note_by
from tojimari.portal.core.jobs import start_job
from tojimari.portal.core.notices import end
from tojimari.portal.errors import refused
from tojimari.portal.limits import address_of, too_often
from tojimari.portal.outside.forms import LineForm, SeenForm, SiteForm
from tojimari.portal.outside.models import (
    FILE_PATH,
    LOOK_AGAIN_AFTER,
    PROOFS_AT_MOST,
    SITES_AT_MOST,
    WATCH_AGAIN_AFTER,
    Site,
    Watch,
)
from tojimari.portal.outside.notices import SITE_ALARM, SITE_UNPROVEN, change_sentence
from tojimari.portal.outside.rights import SITES_MANAGE, SITES_READ
from tojimari.portal.words import catalog, current_lang, say
from tojimari.report.page import PLAN_SHOWN
from tojimari.report.phrases import cost
from tojimari.report.sentences import sentence

_PAUSE = int(LOOK_AGAIN_AFTER.total_seconds())
_WAITS = "not_looked"


def _found(result: Diagnosis) -> list[tuple[Finding, Control]]:
    """Return what was seen from outside, worst first."""
    return [(finding, catalog().controls[finding.control]) for finding in result.measured_outside]


def cards(company: Company, result: Diagnosis) -> list[dict[str, Any]]:
    """Return each site with what was found about it and its mail domain, worst first."""
    found, made = _found(result), []
    watches = {row.site_id: row for row in Watch.objects.of(company)}
    for site in Site.objects.of(company).order_by("made_at"):
        names = {("site", site.name), ("mail_domain", site.mail_domain)}
        mine = [pair for pair in found if _subject(pair[0]) in names]
        rows = [_row(*pair) for pair in mine]
        mail = any(finding.subject.kind == "mail_domain" for finding, _ in mine)
        made.append(
            {
                "site": site,
                "mail": shown_name(site.mail_domain) if mail else "",
                "file_address": f"https://{site.name}{FILE_PATH}",
                "watch": _watched(watches[site.pk]) if site.pk in watches else None,
                **_summary(rows, result),
            }
        )
    return made


def _watched(row: Watch) -> dict[str, Any]:
    """Return what the last look of a watch saw, in plain words."""
    lang = current_lang()
    sentences = [
        {
            "severity": one["severity"],
            "sentence": change_sentence(one["kind"], one["evidence"], lang),
            "page": one["page"],
            "more": one["on_pages"] - 1,
        }
        for one in row.changes
    ]
    return {
        "row": row,
        "first": row.seen_at is not None and row.kept_at == row.seen_at,
        "seen_at": row.seen_at.isoformat() if row.seen_at else "",
        "alarms": [one for one in sentences if one["severity"] == "alarm"],
        "notes": [one for one in sentences if one["severity"] == "note"],
    }


def lines(company: Company, result: Diagnosis) -> list[dict[str, Any]]:
    """Return each address of the company's own line with what was found about it."""
    found = _found(result)
    every = {finding.subject.id for finding, _ in found if finding.subject.kind == "network"}
    return [
        {
            "address": address,
            **_summary(
                [_row(*pair) for pair in found if _subject(pair[0]) == ("network", address)],
                result,
            ),
        }
        for address in sorted(every)
    ]


def _subject(finding: Finding) -> tuple[str, str]:
    return finding.subject.kind, finding.subject.id


def _row(finding: Finding, control: Control) -> dict[str, str]:
    lang = current_lang()
    text = sentence(finding, catalog(), lang)
    why = say_unknown(finding.not_seen.reason) if finding.not_seen else ""
    return {
        "control": control.id,
        "title": control.title.say(lang),
        "state": finding.state,
        "reason": finding.reason,
        "sentence": text,
        # A reason with words of its own needs no other.
        "why": "" if finding.reason in control.reasons else why,
    }


def _summary(rows: list[dict[str, str]], result: Diagnosis) -> dict[str, Any]:
    """Return the rows, three open; what waits for a look; the next step; if all is fine.

    The step is the company's one next step, and whether it is about these rows.
    """
    open_ = {row["control"] for row in rows if row["state"] in OPEN}
    step = result.next_step
    told = [row for row in rows if row["reason"] != _WAITS]
    return {
        "rows": told[:PLAN_SHOWN],
        "more_rows": told[PLAN_SHOWN:],
        "open": bool(open_),
        "waiting": say("fleet.and").join(row["title"] for row in rows if row["reason"] == _WAITS),
        "step": step
        and {
            "control": step.control,
            "here": bool(open_ & set(step.controls)),
            "title": title_of(step.control, step.kind),
            "cost": cost(step.minutes, step.yen, catalog(), current_lang()),
        },
        "fine": not open_ and all(row["state"] != "unknown" for row in rows),
    }


def say_unknown(reason: str) -> str:
    """Return why something could not be told, in the reader's language."""
    return catalog().ui(f"unknown.{reason}").say(current_lang())


@company_view(SITES_READ)
@require_safe
def sites(request: HttpRequest, company: Company) -> HttpResponse:
    """List the sites and lines with what was seen of each."""
    address, result = address_of(request), result_of(company)
    return render(
        request,
        "sites.html",
        {
            "company": company,
            "cards": cards(company, result),
            "lines": lines(company, result),
            "here": address if _may_try(address) else "",
            "mails": settings.MAIL_CONFIGURED,
            "asked": request.GET.get("asked", "") in catalog().controls,
        },
    )


@company_view(SITES_MANAGE)
@require_POST
def add(request: HttpRequest, company: Company) -> HttpResponse:
    """Put a site on the list."""
    back = _sites_address(company)
    form = SiteForm(request.POST)
    if not form.is_valid():
        return refused(request, form.sentence(), back=back)
    name = form.cleaned_data["name"]
    if Site.objects.of(company).count() >= SITES_AT_MOST:
        return refused(request, say("sites.too_many", n=SITES_AT_MOST), back=back)
    _, made = Site.objects.of(company).get_or_create(
        company=company, name=name, defaults={"mail_domain": mail_domain_of(name)}
    )
    if made:
        note_by(request, "site.added", company, name=name)
    return redirect("outside:sites", company.pk)


@company_view(SITES_MANAGE)
@require_POST
def prove(request: HttpRequest, company: Company, site_id: uuid.UUID) -> HttpResponse:
    """Look for the proof."""
    site = get_object_or_404(Site.objects.of(company), pk=site_id)
    # Anybody may name anybody's site: until it is proven it must not be asked without end.
    if too_often("prove", site.name, times=PROOFS_AT_MOST, seconds=_PAUSE):
        return _too_soon(request, company)
    job = start_job(company, "prove", about=str(site.pk))
    return redirect("companies:job", company.pk, job.pk)


@company_view(SITES_MANAGE)
@require_POST
def look(request: HttpRequest, company: Company, site_id: uuid.UUID) -> HttpResponse:
    """Look at a site from outside; refused while ownership is not proven."""
    site = get_object_or_404(Site.objects.of(company), pk=site_id)
    if site.proven_at is None:
        return _not_proven(request, company, site)
    # By the host: taking the site off the list, or another company's list, is no way around.
    if _just_now(site.looked_at) or too_often("site", site.name, times=1, seconds=_PAUSE):
        return _too_soon(request, company)
    job = start_job(company, "site", about=str(site.pk))
    note_by(request, "site.looked", company, name=site.name)
    return redirect("companies:job", company.pk, job.pk)


@company_view(SITES_MANAGE)
@require_POST
def watch(request: HttpRequest, company: Company, site_id: uuid.UUID) -> HttpResponse:
    """Begin to watch a proven site, or look now at one that is watched."""
    site = get_object_or_404(Site.objects.of(company), pk=site_id)
    if site.proven_at is None:
        return _not_proven(request, company, site)
    row, made = Watch.objects.of(company).get_or_create(
        site=site,
        defaults={"company": company, "next_at": timezone.now() + WATCH_AGAIN_AFTER},
    )
    if _just_now(row.tried_at):
        return _too_soon(request, company)
    if made:
        note_by(request, "watch.begun", company, name=site.name)
    return redirect("companies:job", company.pk, start_job(company, "watch", about=str(site.pk)).pk)


@company_view(SITES_MANAGE)
@require_POST
def accept_watch(request: HttpRequest, company: Company, site_id: uuid.UUID) -> HttpResponse:
    """Take the state that the page showed as the owner's own, and look against it."""
    row = get_object_or_404(Watch.objects.of(company).select_related("site"), site=site_id)
    form = SeenForm(request.POST)
    seen_at = row.seen_at.isoformat() if row.seen_at else None
    shown = form.is_valid() and form.cleaned_data["seen_at"] == seen_at
    # Not what was seen since the page was opened: that nobody has looked at.
    if not shown or not Watch.objects.of(company).filter(pk=row.pk, seen_at=row.seen_at).update(
        baseline=F("accepted"),
        kept_at=row.seen_at,
        changes=[],
        next_at=timezone.now() + WATCH_AGAIN_AFTER,
    ):
        return refused(request, say(form.refusal), back=_sites_address(company), code=409)
    end(company, SITE_ALARM, str(site_id))
    note_by(request, "watch.accepted", company, name=row.site.name)
    return redirect("companies:job", company.pk, start_job(company, "watch", about=str(site_id)).pk)


@company_view(SITES_MANAGE)
@require_POST
def stop_watch(request: HttpRequest, company: Company, site_id: uuid.UUID) -> HttpResponse:
    """End a watch, and forget what it was held against and what it saw."""
    row = get_object_or_404(Watch.objects.of(company).select_related("site"), site=site_id)
    row.delete()
    for kind in (SITE_ALARM, SITE_UNPROVEN):
        end(company, kind, str(site_id))
    Observation.objects.of(company).filter(
        subject_kind="site", subject_id=row.site.name, kind=SiteChanges.KIND
    ).delete()
    note_by(request, "watch.ended", company, name=row.site.name)
    mark_stale(company)
    return redirect("outside:sites", company.pk)


def _sites_address(company: Company) -> str:
    return reverse("outside:sites", args=[company.pk])


def _just_now(at: datetime | None) -> bool:
    return at is not None and at > timezone.now() - LOOK_AGAIN_AFTER


def _too_soon(request: HttpRequest, company: Company) -> HttpResponse:
    words = say("sites.too_soon", minutes=_PAUSE // 60)
    return refused(request, words, back=_sites_address(company), code=429)


def _not_proven(request: HttpRequest, company: Company, site: Site) -> HttpResponse:
    words = say("sites.not_proven", name=site.shown_name)
    return refused(request, words, back=_sites_address(company), code=403)


def _may_try(address: str) -> bool:
    """Say whether an address can be looked at from here: a public one, or any in a lab."""
    return bool(address) and (settings.OUTSIDE_LAB or is_public_address(address))


@company_view(SITES_MANAGE)
@require_POST
def look_at_line(request: HttpRequest, company: Company) -> HttpResponse:
    """Look for open doors on the line the owner is on right now, and on no other."""
    address = address_of(request)
    if not _may_try(address):
        back = _sites_address(company)
        return refused(request, say("line.inside"), back=back, code=403)
    if too_often("line", address, times=1, seconds=_PAUSE):
        return _too_soon(request, company)
    job = start_job(company, "line", about=address)
    note_by(request, "line.looked", company, name=address)
    return redirect("companies:job", company.pk, job.pk)


@company_view(SITES_MANAGE)
@require_POST
def forget_line(request: HttpRequest, company: Company) -> HttpResponse:
    """Forget what was seen of an address."""
    form = LineForm(request.POST)
    if not form.is_valid():
        return refused(request, form.sentence(), back=_sites_address(company))
    address = form.cleaned_data["address"]
    Observation.objects.of(company).filter(subject_kind="network", subject_id=address).delete()
    note_by(request, "line.removed", company, name=address[:60])
    mark_stale(company)
    return redirect("outside:sites", company.pk)


@company_view(SITES_MANAGE)
@require_POST
def remove(request: HttpRequest, company: Company, site_id: uuid.UUID) -> HttpResponse:
    """Take a site off the list, with what was seen of it."""
    site = get_object_or_404(Site.objects.of(company), pk=site_id)
    others = Site.objects.of(company).exclude(pk=site.pk)
    gone = [("site", site.name)]
    if not others.filter(mail_domain=site.mail_domain).exists():
        gone.append(("mail_domain", site.mail_domain))
    for kind, id_ in gone:
        Observation.objects.of(company).filter(subject_kind=kind, subject_id=id_).delete()
    site.delete()
    for kind in (SITE_ALARM, SITE_UNPROVEN):
        end(company, kind, str(site_id))
    note_by(request, "site.removed", company, name=site.name)
    mark_stale(company)
    return redirect("outside:sites", company.pk)
