"""Jobs: work a page waits for. An app declares a kind with the function that does it."""

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
from django.utils import timezone
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from tojimari.model import TojimariError
from tojimari.portal.core.models import Job
from tojimari.portal.words import current_lang, say

log = logging.getLogger("tojimari.jobs")

SAME_WITHIN = timedelta(minutes=2)
"""An unfinished job this young is not doubled."""

Work = Callable[[Job], None]
Address = Callable[[Job], str]


class Kind(msgspec.Struct, frozen=True):
    """A declared kind of job.

    Attributes:
        work: does it; a TojimariError is what the page shows, anything else is our fault.
        then: the page to go to when it is done.
        back: the page to go back to when it failed.
    """

    work: Work
    then: Address
    back: Address


_KINDS: dict[str, Kind] = {}


def job(kind: str, *, then: Address, back: Address | None = None) -> Callable[[Work], Work]:
    """Declare the function that does jobs of ``kind``. Raises ValueError for a second one."""

    def declare(work: Work) -> Work:
        if kind in _KINDS:
            raise ValueError(f"{kind}: there is such a job already")
        _KINDS[kind] = Kind(work, then, back or then)
        return work

    return declare


def kind_of(found: Job) -> Kind:
    """Return what is declared of a job. Raises LookupError for a kind no app declares."""
    return _KINDS[found.kind]


def kinds() -> dict[str, Kind]:
    """Return every declared kind."""
    return dict(_KINDS)


def start_job(company: Any, kind: str, *, control: str = "", about: str = "") -> Job:
    """Keep a job and hand it to a worker; an unfinished one of the same kind is not doubled.

    Raises LookupError for a kind no app declares.
    """
    if kind not in _KINDS:
        raise LookupError(kind)
    recent = Job.objects.of(company).filter(
        kind=kind,
        control=control,
        about=about,
        lang=current_lang(),
        state__in=(Job.WAITING, Job.RUNNING),
        made_at__gt=timezone.now() - SAME_WITHIN,
    )
    found: Job | None = recent.first()
    if found is not None:
        return found
    made: Job = Job.objects.of(company).create(
        company=company, kind=kind, control=control, about=about, lang=current_lang()
    )
    run_job.enqueue(str(made.pk))
    return made


def begin_soon(work: Any) -> None:
    """Hand a task without arguments to a worker, unless it waits for one already.

    Whoever calls it has committed what the task is to find: a task that waits begins after that.
    """
    if not DBTaskResult.objects.ready().filter(task_path=work.module_path).exists():
        work.enqueue()


@task()
def run_job(job_id: str) -> None:
    """Run one job; the conditional update claims it, so that it runs once."""
    jobs = Job.objects.across("a worker runs the job it was handed").filter(pk=job_id)
    if jobs.filter(state=Job.WAITING).update(state=Job.RUNNING) != 1:
        return
    found = jobs.select_related("company").get()
    try:
        kind_of(found).work(found)
    except TojimariError as error:
        found.problem = {"ja": error.say("ja"), "en": error.say("en")}
        found.state = Job.FAILED
    except Exception:
        log.exception("job failed", extra={"task": found.kind})
        found.problem = {"ja": say("job.our_fault", "ja"), "en": say("job.our_fault", "en")}
        found.state = Job.FAILED
    else:
        found.state = Job.DONE
    found.save(update_fields=["state", "problem", "result", "done", "total"])
