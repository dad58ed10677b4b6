"""What people press on the portal's pages, and the work that follows, done at once."""

import re
from unittest import mock

from tojimari.portal.core.models import Job
from tojimari.portal.outside.models import Site


def run_tasks() -> None:
    """Do what waits for a worker, with the real worker, on the test's own connection."""
    from django_tasks_db.management.commands import db_worker

    with mock.patch.object(db_worker, "close_old_connections"):
        _worker(db_worker.Worker).run()


def _worker(make):
    return make(
        queue_names=["default"],
        interval=0,
        batch=True,
        backend_name="default",
        startup_delay=False,
        max_tasks=None,
        worker_id="test",
        excluded_queue_names=[],
    )


SITE = "www.himitsu-shoten.example"
"""The company's web site, where ``names`` serves it."""


def code_in(message) -> str:
    return re.findall(r"\b[A-Z0-9]{3,4}-?[A-Z0-9]{3,4}\b", message.body)[-1]


def add(client, company, name=SITE):
    answer = client.post(f"/c/{company.pk}/sites/add/", {"name": name})
    assert answer.status_code == 302, answer.content.decode()
    return Site.objects.of(company).get(name=name)


def press(client, company, site, what, **fields):
    """Press a button and let a worker do what it asked for."""
    answer = client.post(f"/c/{company.pk}/sites/{site.pk}/{what}/", fields)
    run_tasks()
    return answer


def job_of(company, kind):
    return Job.objects.of(company).filter(kind=kind).latest("made_at")
