"""What is done again and again for drills: sending what is due, ending what is over."""

from datetime import timedelta

from django.utils import timezone

from tojimari.portal.core.notices import tell
from tojimari.portal.core.periodic import every
from tojimari.portal.drills import sending
from tojimari.portal.drills.learning import keep_drill_records
from tojimari.portal.drills.models import OPEN_FOR, Drill, DrillMail
from tojimari.portal.drills.notices import DRILL_OVER


@every(timedelta(minutes=1))
def send_drill_mails() -> None:
    """Hand the drills that have mails due to workers."""
    sending.hand_out()


@every(timedelta(minutes=30))
def end_drills() -> None:
    """End the drills whose last mail went long enough ago, and tell their companies."""
    now = timezone.now()
    running = Drill.objects.across("drills that may be over").filter(state=Drill.RUNNING)
    for drill in running.select_related("company"):
        mails = DrillMail.objects.of(drill.company).filter(drill=drill)
        if mails.filter(state=DrillMail.WAITING).exists():
            continue
        last = mails.order_by("-send_at").values_list("send_at", flat=True).first()
        sent = mails.exclude(sent_at=None).order_by("-sent_at").values_list("sent_at", flat=True)
        newest = max(filter(None, (last, sent.first(), drill.started_at)))
        if newest + OPEN_FOR > now:
            continue
        over = Drill.objects.of(drill.company).filter(pk=drill.pk, state=Drill.RUNNING)
        erase_at = now + timedelta(days=drill.keep_days or 0)
        if over.update(state=Drill.OVER, over_at=now, erase_at=erase_at):
            keep_drill_records(drill)
            tell(drill.company, DRILL_OVER, str(drill.pk), values={"title": drill.title})
