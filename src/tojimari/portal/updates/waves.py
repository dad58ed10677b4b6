"""One task for many devices, in stages: one device, then a tenth, then the rest."""

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from tojimari.portal.core.notices import tell
from tojimari.portal.updates.agreement import By
from tojimari.portal.updates.endings import stop
from tojimari.portal.updates.models import DeviceTask, Proposal, Wave
from tojimari.portal.updates.notices import UPDATE_WAVE_STOPPED
from tojimari.portal.updates.signing import sign_tasks
from tojimari.portal.updates.wave_mails import mail_wave
from tojimari.portal.updates.wave_tasks import counts, size_of, tasks_of_wave

ONE, TENTH, REST = 0, 1, 2


@task()
def move_wave(wave_id: str) -> None:
    """Let go what a wave's stage has room for; go on to the next stage, stop, or end.

    A stage is over when every device it let go has answered or its time went by. Devices whose
    owners have said nothing yet are no part of it: another takes their place.
    """
    with transaction.atomic():
        rows = Wave.objects.filter(pk=wave_id, state=Wave.RUNNING)
        wave = rows.select_for_update().first()
        if wave is None:
            return
        for stage in range(wave.stage, len(Wave.STAGES)):
            wave.stage = stage
            if _is_too_bad(wave):
                _stop(wave, "failures", By(None, "portal", wave.organisation), "wave")
                return
            _let_go(wave)
            if not _is_over(wave):
                break
        if not tasks_of_wave(wave).filter(state__in=DeviceTask.LIVE).exists():
            wave.state, wave.ended_at = Wave.DONE, timezone.now()
        wave.save(update_fields=["stage", "state", "ended_at"])
        if wave.state == Wave.DONE:
            _tell_supporters(wave)
        companies = set(
            tasks_of_wave(wave)
            .filter(state=DeviceTask.APPROVED, stage__isnull=False)
            .values_list("company", flat=True)
        )
    for company in companies:
        sign_tasks.enqueue(str(company))


def _let_go(wave: Wave) -> None:
    """Give this stage's number to as many approved devices as it has room for."""
    everything = tasks_of_wave(wave)
    did_nothing = (DeviceTask.REFUSED, DeviceTask.STOPPED, DeviceTask.LAPSED)
    taken = everything.filter(stage=wave.stage).exclude(state__in=did_nothing).count()
    room = size_of(wave.stage, everything.count()) - taken
    if room <= 0:
        return
    ready = everything.filter(state=DeviceTask.APPROVED, stage=None)
    chosen = list(ready.order_by("proposal__approved_at", "pk").values_list("pk", flat=True)[:room])
    everything.filter(pk__in=chosen, stage=None).update(stage=wave.stage)


def _is_over(wave: Wave) -> bool:
    """Return whether a stage has let somebody go, and all of them are through.

    The first two are over only with a device that did it: what nobody has tried is not let go on.
    """
    state = counts(wave, wave.stage)
    if not state or any(state[one] for one in DeviceTask.LIVE):
        return False
    return wave.stage == REST or state[DeviceTask.DONE] + state[DeviceTask.KEPT_BACK] > 0


def _is_too_bad(wave: Wave) -> bool:
    """Return whether more devices failed than may, of those that answered since the stage began.

    While few have answered, they are counted as out of ten or of all that were let go: one failure
    of one device stops it, one of the first five of a hundred does not.
    """
    for stage in range(wave.stage + 1):
        state = counts(wave, stage)
        answered = sum(state[one] for one in DeviceTask.FINISHED)
        wrong = state[DeviceTask.FAILED]
        let_go = sum(state.values())
        if wrong and (wrong * 100 > wave.most_failed * max(answered, min(let_go, 10))):
            return True
    return False


def stop_wave(wave: Wave, by: By) -> bool:
    """A supporter stops its wave; returns whether it was still running."""
    with transaction.atomic():
        row = Wave.objects.filter(pk=wave.pk, state=Wave.RUNNING).select_for_update().first()
        if row is None:
            return False
        _stop(row, "supporter", by, "supporter")
    return True


def _stop(wave: Wave, why: str, by: By, who: str) -> None:
    wave.state, wave.why, wave.ended_at = Wave.STOPPED, why, timezone.now()
    wave.save(update_fields=["state", "why", "stage", "ended_at"])
    rows = Proposal.objects.across("the proposals of one wave").filter(wave=wave)
    for proposal in rows.filter(state__in=Proposal.OPEN).select_related("company", "organisation"):
        if stop(proposal, by, who) and why == "failures":
            values = {
                "organisation": str(wave.organisation),
                "kind": wave.kind,
                "parameters": wave.parameters,
            }
            tell(proposal.company, UPDATE_WAVE_STOPPED, str(proposal.pk), values=values)
    _tell_supporters(wave)


def _tell_supporters(wave: Wave) -> None:
    mail_wave.enqueue(str(wave.pk))
