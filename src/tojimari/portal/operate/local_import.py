"""Brings what the command remembers on this computer into the portal, so nobody answers twice."""

from pathlib import Path

import msgspec
from django.conf import settings

from tojimari.model import Subject
from tojimari.portal.companies.assessments import refresh
from tojimari.portal.companies.local import own_company
from tojimari.portal.companies.models import Observation
from tojimari.portal.companies.observations import keep
from tojimari.portal.devices.jobs import device_here
from tojimari.store import default_path, open_store


def carry_over(path: Path | None = None) -> int:
    """Copy the command's observations into the portal's company; returns how many rows were new.

    Only on first use, while the portal knows nothing yet; the command's own file is only read.
    """
    path = path or default_path()
    _, company = own_company()
    # Once only: what the owner deleted here must not come back at the next start.
    mark = settings.HOME / "carried-over"
    if mark.exists() or not path.is_file() or Observation.objects.of(company).exists():
        return 0
    mark.touch()
    with open_store(path) as store:
        facts, device = store.everything(), store.device
    if not facts:
        return 0
    company_subject = Subject("company", str(company.pk))
    device_subject = Subject("device", device)
    here = None
    carried = []
    for fact in facts:
        subject = fact.subject
        if subject.kind == "company":
            subject = company_subject
        elif subject == device_subject:
            here = here or device_here(company)
            subject = Subject("device", str(here.pk))
        carried.append(msgspec.structs.replace(fact, subject=subject))
        if fact.last_confirmed_at > fact.observed_at:
            # Seen again unchanged: the same fact at the later moment moves only that date.
            carried.append(
                msgspec.structs.replace(
                    fact,
                    subject=subject,
                    observed_at=fact.last_confirmed_at,
                )
            )
    carried.sort(key=lambda fact: fact.observed_at)
    kept = keep(company, carried)
    if here is not None:
        here.last_report_at = max(
            f.last_confirmed_at for f in carried if f.subject.kind == "device"
        )
        here.save(update_fields=["last_report_at"])
    refresh(company)
    return kept
