"""What is done again and again about updates: what ended, what is not wanted any more, what waits."""

from datetime import timedelta

from django.utils import timezone

from tojimari.portal.core.periodic import every
from tojimari.portal.updates.agreement import By, is_agreed, still_wanted
from tojimari.portal.updates.endings import end_if_over, lapse, stop
from tojimari.portal.updates.models import SILENT, DeviceTask, Proposal, Wave
from tojimari.portal.updates.signing import sign_tasks
from tojimari.portal.updates.task_keys import make_first
from tojimari.portal.updates.wave_mails import mail_wave, waiting
from tojimari.portal.updates.waves import move_wave

SILENT_AFTER = timedelta(days=1)
"""A device that began and says nothing this long after its time is counted as failed."""
_WHY = "updates that are over or not wanted any more"


@every(timedelta(minutes=5))
def tend_updates() -> None:
    """Note what time went by, stop what is not agreed to any more, sign what could not be signed."""
    make_first()
    now = timezone.now()
    rows = Proposal.objects.across(_WHY).select_related("company", "organisation", "policy")
    for proposal in rows.filter(state=Proposal.PROPOSED):
        if not still_wanted(proposal):
            stop(proposal, By(None, "portal"), "grant")
        elif proposal.until <= now:
            lapse(proposal)
    for proposal in rows.filter(state=Proposal.APPROVED):
        if not is_agreed(proposal):
            why = "yes" if still_wanted(proposal) else "grant"
            stop(proposal, By(None, "portal"), why)
    tasks = DeviceTask.objects.across(_WHY)
    tasks.filter(
        state__in=(DeviceTask.APPROVED, DeviceTask.SIGNED, DeviceTask.HANDED),
        proposal__until__lte=now - SILENT_AFTER / 24,
    ).update(state=DeviceTask.LAPSED, sealed=b"", finished_at=now)
    tasks.filter(state=DeviceTask.STARTED, proposal__until__lte=now - SILENT_AFTER).update(
        state=DeviceTask.FAILED, reason=SILENT, sealed=b"", finished_at=now
    )
    for proposal in rows.filter(state=Proposal.APPROVED, until__lte=now):
        end_if_over(proposal)
    unsigned = tasks.filter(state=DeviceTask.APPROVED, proposal__state=Proposal.APPROVED)
    asked = tasks.filter(
        state=DeviceTask.WAITING, proposal__state=Proposal.PROPOSED, dry_sequence=None
    )
    companies = (unsigned | asked).values_list("company", flat=True)
    for company in set(companies):
        sign_tasks.enqueue(str(company))
    for wave in Wave.objects.filter(state=Wave.RUNNING).values_list("pk", flat=True):
        move_wave.enqueue(str(wave))


@every(timedelta(minutes=10))
def mail_waves() -> None:
    """Mail what came of waves, again where the mail server would not take it before."""
    for wave in waiting():
        mail_wave.enqueue(wave)
