"""The round of the workers: what is due is started by one of them."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tojimari.portal.core import retention
from tojimari.portal.core.periodic import declared, every
from tojimari.portal.operate.models import Heartbeat, Periodic

# Tables of others that nobody else empties.
retention.keep_for(days=1, after="finished_at")(DBTaskResult)
retention.keep_for(days=0, after="expire_date")(Session)


@every(timedelta(hours=6))
def throw_away() -> None:
    """Delete what is no longer needed."""
    retention.throw_away(timezone.now())


def tick(worker: str) -> list[str]:
    """Say that ``worker`` is alive, and enqueue what is due; returns its names.

    Every worker calls this; the conditional update lets one of them win.
    """
    now = timezone.now()
    Heartbeat.objects.update_or_create(worker=worker, defaults={"at": now})
    started = []
    for name, (time, work) in declared().items():
        row, made = Periodic.objects.get_or_create(name=name, defaults={"due_at": now + time})
        if made or (
            row.due_at <= now
            and Periodic.objects.filter(name=name, due_at=row.due_at).update(due_at=now + time)
        ):
            work.enqueue()
            started.append(name)
    return started
