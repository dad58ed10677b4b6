"""Jobs about sites and lines: see the proof, look from outside."""

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from tojimari.collect.outside.probe import look_outside
from tojimari.collect.outside.target import Target
from tojimari.model import TojimariError
from tojimari.portal.companies.assessments import refresh
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.observations import keep
from tojimari.portal.core.jobs import job
from tojimari.portal.core.models import Job
from tojimari.portal.outside.defacement import look_again
from tojimari.portal.outside.models import Site, Watch
from tojimari.portal.outside.ownership import domain_of, open_egress
from tojimari.portal.outside.ownership import prove as see_proof
from tojimari.portal.words import catalog


def _sites(found: Job) -> str:
    return reverse("outside:sites", args=[found.company_id])


@job("prove", then=_sites)
def prove(found: Job) -> None:
    """See whether the proof is there. Raises TojimariError when it is not."""
    see_proof(_site(found), open_egress())


@job("site", then=_sites)
def look(found: Job) -> None:
    """Look at a site from outside; the proof is seen again first. Raises TojimariError."""
    site, egress = _site(found), open_egress()
    proof = see_proof(site, egress)
    at = timezone.now()
    target = Target(site.name, domain_of(site, egress, proof))
    seen = look_outside(target, egress, catalog=catalog(), at=at, progress=found.show_progress)
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=found.company_id)
        # Not when the owner removed it meanwhile.
        if Site.objects.of(found.company).filter(pk=site.pk).update(looked_at=at):
            keep(found.company, seen)
    refresh(found.company)


@job("watch", then=_sites)
def watch(found: Job) -> None:
    """Look at what changed on a watched site. Raises TojimariError."""
    site = _site(found)
    row = (
        Watch.objects.of(found.company).filter(site=site).select_related("site", "company").first()
    )
    if row is None:
        raise TojimariError(
            f"{site.shown_name} は見張っていません。", f"{site.shown_name} is not being watched."
        )
    look_again(row, found.show_progress)


@job("line", then=_sites)
def look_at_line(found: Job) -> None:
    """Look for open doors on the address from which the owner pressed the button."""
    at, target = timezone.now(), Target(address=found.about)
    seen = look_outside(
        target, open_egress(), catalog=catalog(), at=at, progress=found.show_progress
    )
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=found.company_id)
        keep(found.company, seen)
    refresh(found.company)


def _site(found: Job) -> Site:
    site: Site | None = Site.objects.of(found.company).filter(pk=found.about or None).first()
    if site is None:
        raise TojimariError(
            "このホームページはもう一覧にありません。", "This site is no longer on the list."
        )
    return site
