"""Lines of a company: what is known of one stays as long as a computer tells of it."""

from django.db.models import QuerySet

from tojimari.portal.companies.models import Observation
from tojimari.portal.devices.models import Device


def forget_lines(device: Device, rows: QuerySet, line: str, kind: str) -> None:
    """Delete what a computer told of lines, and facts of those of which no other computer tells.

    rows: the company's rows about lines, of whatever computer.
    line: the column of ``rows`` that names the line.
    kind: the kind of the facts about lines.
    """
    mine = rows.filter(device=device)
    lines = set(mine.values_list(line, flat=True))
    mine.delete()
    left = lines - set(rows.filter(**{f"{line}__in": lines}).values_list(line, flat=True))
    facts = Observation.objects.of(device.company_id)
    facts.filter(kind=kind, subject_id__in=left).delete()
