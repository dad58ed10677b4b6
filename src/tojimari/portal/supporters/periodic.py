"""What is done again and again for organisations."""

from datetime import timedelta

from django.utils import timezone

from tojimari.portal.core.periodic import every
from tojimari.portal.supporters.models import Nudge
from tojimari.portal.supporters.tasks import send_nudges

TRIED_FOR = timedelta(days=3)


@every(timedelta(minutes=30))
def nudge_again() -> None:
    """Try the nudges that the mail server would not take before."""
    waiting = Nudge.objects.across("nudges that still wait").filter(
        sent_at=None, at__gt=timezone.now() - TRIED_FOR
    )
    for organisation in waiting.order_by().values_list("organisation", flat=True).distinct():
        send_nudges.enqueue(str(organisation))
