"""What workers do for companies."""

import contextlib
import logging
from typing import Literal

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django_tasks import task

from tojimari.assess.check import all_checks
from tojimari.collect.look import current_system
from tojimari.model import Subject, TojimariError
from tojimari.portal.companies.judging import refresh, result_of
from tojimari.portal.companies.keeping import keep
from tojimari.portal.companies.models import Company, Job, Standing
from tojimari.portal.companies.population import whole_catalog
from tojimari.portal.devices.models import Device
from tojimari.portal.words import catalog

log = logging.getLogger("tojimari.jobs")


@task()
def run_job(job_id: str) -> None:
    """Run one job; the conditional update claims it, so that it runs once."""
    jobs = Job.objects.across("a worker runs the job it was handed").filter(pk=job_id)
    if not jobs.filter(state=Job.WAITING).update(state=Job.RUNNING):
        return
    job = jobs.select_related("company").get()
    try:
        _work(job)
    except TojimariError as error:
        job.problem = {"ja": error.say("ja"), "en": error.say("en")}
        job.state = Job.FAILED
    except Exception:
        log.exception("job failed", extra={"task": job.kind})
        job.problem = {
            "ja": "うまくいきませんでした。もう一度試してください。続くときは `tojimari doctor` を実行してください。",
            "en": "It did not work. Please try again; if it goes on, run `tojimari doctor`.",
        }
        job.state = Job.FAILED
    else:
        job.state = Job.DONE
    job.save(update_fields=["state", "problem", "result", "done", "total"])


def _work(job: Job) -> None:
    if job.kind == "look":
        _look(job)
    elif job.kind == "pdf":
        _pdf(job)
    else:
        from tojimari.portal.outside.tasks import look, look_at_line, prove, watch

        {"prove": prove, "site": look, "watch": watch, "line": look_at_line}[job.kind](job)


@task()
def judge_again(company_id: str) -> None:
    """Judge a company anew after facts arrived, once for however many arrived."""
    company = Company.objects.filter(pk=company_id).first()
    if company is None:
        return
    standing = Standing.objects.of(company).first()
    if standing is not None and standing.stale_since is None:
        return
    with contextlib.suppress(Company.DoesNotExist):  # deleted while the task waited
        refresh(company)


def device_here(company: Company) -> Device:
    """Return the device that stands for the computer the portal runs on."""
    devices = Device.objects.of(company)
    found = devices.filter(kind=Device.HERE, removed_at=None).first()
    made: Device = found or devices.create(
        company=company, kind=Device.HERE, system=current_system()
    )
    return made


def _look(job: Job) -> None:
    """Look at this computer; after "done" only at what that control rests on."""
    from tojimari.collect.local_device import look_here

    if not settings.LOCAL:
        raise TojimariError("この場所からは調べられません。", "This cannot be looked at from here.")
    company, device = job.company, device_here(job.company)
    check = all_checks().get(job.control)
    jobs = Job.objects.of(company).filter(pk=job.pk)

    def progress(name: str, done: int, total: int) -> None:
        job.done, job.total = done, total
        jobs.update(done=done, total=total)

    at = timezone.now()
    seen = look_here(
        catalog=catalog(),
        device=Subject("device", str(device.pk)),
        at=at,
        kinds={*check.reads, *check.also} if check else None,
        progress=progress,
    )
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        here = Device.objects.of(company).filter(pk=device.pk, removed_at=None)
        if here.update(last_report_at=at):  # not when the owner removed it meanwhile
            keep(company, seen)
    refresh(company)


def _pdf(job: Job) -> None:
    from tojimari.report.pdf import to_pdf

    lang: Literal["ja", "en"] = "en" if job.lang == "en" else "ja"
    job.result = to_pdf(result_of(job.company), whole_catalog(), lang, in_portal=True)
    Job.objects.of(job.company).filter(kind="pdf", lang=job.lang).exclude(pk=job.pk).delete()
