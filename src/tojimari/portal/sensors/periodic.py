"""What is done again and again for what watches."""

from datetime import timedelta

from django.utils import timezone

from tojimari.portal.core.periodic import every
from tojimari.portal.sensors.knocks import monday_of
from tojimari.portal.sensors.models import KnockWeek
from tojimari.portal.sensors.pool import WEEK, week_of

WAITED = timedelta(days=3)
"""So long is waited for late reports after a week is over."""


@every(timedelta(hours=6))
def count_knock_week() -> None:
    """Count the newest week that is over, once; nothing is kept where too few took part."""
    begins = monday_of(timezone.localdate() - WAITED) - WEEK
    if KnockWeek.objects.filter(begins=begins).exists():
        return
    made = week_of(begins)
    if made is not None:
        KnockWeek.objects.get_or_create(
            begins=begins,
            defaults={
                "companies": made.companies,
                "days": made.days,
                "rate": made.rate,
                "ports": made.ports,
            },
        )
