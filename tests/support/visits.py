"""An expert's visit that has begun."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from tojimari.portal.experts.models import Expert, ExpertVisit, VisitReport


def reported_visit(world: Any) -> ExpertVisit:
    """A visit that has begun, by the supporter's own expert, with a report to be read."""
    expert = Expert.objects.create(
        organisation=world.chamber,
        user=world.supporter,
        name="専門家の山田",
        fields=["incident", "network"],
        prefectures=["13"],
        days=[0, 2],
        languages=["ja"],
        is_on=True,
    )
    now = timezone.now()
    made = ExpertVisit.objects.of(world.company).create(
        company=world.company,
        organisation=world.chamber,
        expert=expert,
        expert_name=expert.name,
        state=ExpertVisit.REPORTED,
        field="network",
        wish="ひみつ商店",
        scopes=("findings:read", "devices:read", "incidents:read"),
        at=now - timedelta(hours=2),
        agreed_at=now - timedelta(days=2),
        sees_until=now + timedelta(days=12),
    )
    VisitReport.objects.of(world.company).create(
        company=world.company, visit=made, seen="ひみつ商店", controls=["security-policy"]
    )
    return made
