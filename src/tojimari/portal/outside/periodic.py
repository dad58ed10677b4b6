"""Looking again and again: at watched sites, and at what is published about software."""

from datetime import timedelta

from django.utils import timezone

from tojimari.portal.core.periodic import every
from tojimari.portal.outside.advisories import fetch_all
from tojimari.portal.outside.defacement import watch_one
from tojimari.portal.outside.models import Watch

AT_ONCE = 500


@every(timedelta(minutes=10))
def watch_due() -> None:
    """Hand every site whose turn it is to a worker; one whose proof is gone may have it again."""
    due = Watch.objects.across("sites whose watch is due").filter(next_at__lte=timezone.now())
    for key in due.order_by("next_at").values_list("pk", flat=True)[:AT_ONCE]:
        watch_one.enqueue(str(key))


@every(timedelta(hours=24))
def fetch_advisories() -> None:
    """Fetch the files of advisories that the operator named, if any."""
    fetch_all()
