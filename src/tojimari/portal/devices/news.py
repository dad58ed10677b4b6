"""What the weekly page says of weaknesses that attackers use: three packages at most, mostly nothing."""

from django.db.models import Count
from django.urls import reverse

from tojimari.assess.checks.names import few
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.weekly_lines import WeeklyLine
from tojimari.portal.devices.models import OpenWeakness
from tojimari.portal.words import current_lang, say

NAMED = 3
"""How many packages are named: the remedy is the same for all of them."""


def weekly_line(company: Company) -> WeeklyLine | None:
    """Return which packages are concerned, those on most devices first; None where none is."""
    rows = OpenWeakness.objects.of(company).filter(package__attacked=True)
    counted = (
        rows.values("package__package")
        .annotate(n=Count("device", distinct=True))
        .order_by("-n", "package__package")
    )
    names = [one["package__package"] for one in counted]
    if not names:
        return None
    lang = current_lang()
    n = rows.order_by().values("device").distinct().count()
    sentence = say("devices.attacked_week", lang, n=n, names=few(names, NAMED))
    address = reverse("devices:devices", args=[company.pk])
    return WeeklyLine(say("devices.attacked_title", lang), sentence, address)
