"""How a proposal ends: refused, stopped, lapsed, or done by every device."""

from django.db import transaction
from django.utils import timezone

from tojimari.portal.core.notices import end
from tojimari.portal.updates.agreement import By, log, tasks_of
from tojimari.portal.updates.models import (
    DeviceTask,
    Policy,
    Proposal,
)
from tojimari.portal.updates.notices import UPDATE_SECOND, UPDATE_WAITS


def locked(proposal: Proposal, *states: str) -> Proposal | None:
    """Return a proposal locked for this transaction, where it is still in one of these states."""
    rows = Proposal.objects.of(proposal.company_id).filter(pk=proposal.pk, state__in=states)
    found: Proposal | None = (
        rows.select_for_update(of=("self",)).select_related("company", "organisation").first()
    )
    return found


def refuse(proposal: Proposal, by: By) -> bool:
    """The owner says no; returns whether it was still open to be said no to."""
    return _over(proposal, Proposal.REFUSED, by, "updates.refused", "owner", Proposal.PROPOSED)


def stop(proposal: Proposal, by: By, who: str) -> bool:
    """Stop a proposal: what is not begun is not done. Returns whether it was still open.

    who: ``owner``, ``supporter``, ``grant``, ``wave``, ``key`` or ``restored``; see ``Proposal.stopped_by``.
    """
    return _over(proposal, Proposal.STOPPED, by, "updates.stopped", who, *Proposal.OPEN)


def lapse(proposal: Proposal) -> bool:
    """Nobody said yes in time."""
    by = By(None, "portal")
    return _over(proposal, Proposal.LAPSED, by, "updates.lapsed", "", Proposal.PROPOSED)


def _over(proposal: Proposal, state: str, by: By, action: str, who: str, *from_states: str) -> bool:
    with transaction.atomic():
        row = locked(proposal, *from_states)
        if row is None:
            return False
        row.state, row.stopped_by, row.ended_at = state, who, timezone.now()
        row.save(update_fields=["state", "stopped_by", "ended_at"])
        # What a device has begun is not torn: it finishes, and what it says is still taken.
        left = DeviceTask.STOPPED if state != Proposal.LAPSED else DeviceTask.LAPSED
        may_stop = (*DeviceTask.UNSIGNED, DeviceTask.SIGNED, DeviceTask.HANDED)
        tasks_of(row).filter(state__in=may_stop).update(
            state=left, sealed=b"", finished_at=timezone.now()
        )
        log(row, action, by, why=who)
        put_away(row)
    return True


def put_away(proposal: Proposal) -> None:
    """Put away what the company was told of a proposal: nothing of it waits for them any more."""
    for kind in (UPDATE_WAITS, UPDATE_SECOND):
        end(proposal.company, kind, str(proposal.pk), put_away=True)


def stop_under_policy(policy: Policy, by: By) -> None:
    """Stop what a policy approved and is not over: it was taken back."""
    rows = Proposal.objects.of(policy.company).filter(policy=policy, state=Proposal.APPROVED)
    for proposal in rows.select_related("company", "organisation"):
        stop(proposal, by, "owner")


def end_if_over(proposal: Proposal) -> None:
    """Note that nothing is to come of a proposal any more, once every device is through."""
    if tasks_of(proposal).filter(state__in=DeviceTask.LIVE).exists():
        return
    rows = Proposal.objects.of(proposal.company_id).filter(pk=proposal.pk, state=Proposal.APPROVED)
    rows.update(state=Proposal.ENDED, ended_at=timezone.now())


def stop_everything(who: str = "key") -> int:
    """Stop every approved proposal of the portal; returns how many.

    who: ``key`` (it was revoked) or ``restored`` (an older backup, which knows of no stop since).
    """
    rows = Proposal.objects.across("every update is stopped").filter(state=Proposal.APPROVED)
    by = By(None, "operator")
    return sum(stop(one, by, who) for one in rows.select_related("company", "organisation"))
