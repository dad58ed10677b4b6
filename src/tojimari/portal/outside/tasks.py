"""What workers do for sites: see the proof, look from outside."""

from django.db import transaction
from django.utils import timezone

from tojimari.collect.outside.probe import look_outside
from tojimari.collect.outside.target import Target
from tojimari.collect.run import Progress
from tojimari.model import TojimariError
from tojimari.portal.companies.judging import refresh
from tojimari.portal.companies.keeping import keep
from tojimari.portal.companies.models import Company, Job
from tojimari.portal.outside.defacement import look_again
from tojimari.portal.outside.models import Site, Watch
from tojimari.portal.outside.ownership import domain_of, open_egress
from tojimari.portal.outside.ownership import prove as see_proof
from tojimari.portal.words import catalog


def prove(job: Job) -> None:
    """See whether the proof is there. Raises TojimariError when it is not."""
    see_proof(_site(job), open_egress())


def look(job: Job) -> None:
    """Look at a site from outside; the proof is seen again first. Raises TojimariError."""
    site, egress = _site(job), open_egress()
    proof = see_proof(site, egress)
    at = timezone.now()
    target = Target(site.name, domain_of(site, egress, proof))
    seen = look_outside(target, egress, catalog=catalog(), at=at, progress=_progress(job))
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=job.company_id)
        # Not when the owner removed it meanwhile.
        if Site.objects.of(job.company).filter(pk=site.pk).update(looked_at=at):
            keep(job.company, seen)
    refresh(job.company)


def watch(job: Job) -> None:
    """Look at what changed on a watched site. Raises TojimariError."""
    site = _site(job)
    row = Watch.objects.of(job.company).filter(site=site).select_related("site", "company").first()
    if row is None:
        raise TojimariError(
            f"{site.shown_name} は見張っていません。", f"{site.shown_name} is not being watched."
        )
    look_again(row, _progress(job))


def look_at_line(job: Job) -> None:
    """Look for open doors on the address from which the owner pressed the button."""
    at, target = timezone.now(), Target(address=job.about)
    seen = look_outside(target, open_egress(), catalog=catalog(), at=at, progress=_progress(job))
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=job.company_id)
        keep(job.company, seen)
    refresh(job.company)


def _progress(job: Job) -> Progress:
    jobs = Job.objects.of(job.company).filter(pk=job.pk)

    def show(name: str, done: int, total: int) -> None:
        job.done, job.total = done, total
        jobs.update(done=done, total=total)

    return show


def _site(job: Job) -> Site:
    found: Site | None = Site.objects.of(job.company).filter(pk=job.about or None).first()
    if found is None:
        raise TojimariError(
            "このホームページはもう一覧にありません。", "This site is no longer on the list."
        )
    return found
