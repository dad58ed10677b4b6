"""Looking at the computer the portal runs on, and what devices do for their company."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from tojimari.assess.check import all_checks
from tojimari.collect.look import current_system
from tojimari.model import Observation, Subject, TojimariError
from tojimari.portal.companies.assessments import refresh
from tojimari.portal.companies.local_look import hidden_kinds
from tojimari.portal.companies.lookers import Looker, Source, lookers_come_from
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.observations import keep
from tojimari.portal.companies.weekly import WEEKLY
from tojimari.portal.core.jobs import job
from tojimari.portal.core.models import Job
from tojimari.portal.devices.models import Device
from tojimari.portal.words import catalog, say


def _lookers(company: Company) -> list[Looker]:
    devices = Device.objects.of(company).filter(removed_at=None)
    return [
        Looker(
            device.enrolled_at,
            device.last_report_at,
            device.kind != Device.PHONE,
            str(device.pk),
            device.name or (say("devices.here") if device.kind == Device.HERE else ""),
        )
        for device in devices.order_by("enrolled_at")
    ]


def _want_look(company: Company) -> bool:
    computers = Device.objects.of(company).filter(removed_at=None, kind=Device.COMPUTER)
    return bool(computers.update(look_wanted_at=timezone.now()))


lookers_come_from(Source(_lookers, _want_look))


def device_here(company: Company) -> Device:
    """Return the device that stands for the computer the portal runs on."""
    devices = Device.objects.of(company)
    found = devices.filter(kind=Device.HERE, removed_at=None).first()
    made: Device = found or devices.create(
        company=company, kind=Device.HERE, system=current_system()
    )
    return made


def _result(found: Job) -> str:
    if found.about == WEEKLY:
        return reverse("companies:weekly", args=[found.company_id])
    query = {"done": found.control} if found.control else None
    return reverse("companies:result", args=[found.company_id], query=query)


def _check(found: Job) -> str:
    return reverse("companies:check", args=[found.company_id])


@job("look", then=_result, back=_check)
def look(found: Job) -> None:
    """Look at this computer; after "done" only at what that control rests on."""
    from tojimari.collect.local_device import look_here

    if not settings.LOCAL:
        raise TojimariError("この場所からは調べられません。", "This cannot be looked at from here.")
    company, device = found.company, device_here(found.company)
    check = all_checks().get(found.control)
    at = timezone.now()
    seen = look_here(
        catalog=catalog(),
        device=Subject("device", str(device.pk)),
        at=at,
        kinds={*check.reads, *check.also} if check else None,
        progress=found.show_progress,
    )
    _keep(company, device, seen, at)


@job("elevated_look", then=_result, back=_result)
def elevated_look(found: Job) -> None:
    """Look once with an administrator's rights at what was hidden on this computer."""
    from tojimari.collect.elevation import look_elevated

    if not settings.LOCAL:
        raise TojimariError("この場所からは調べられません。", "This cannot be looked at from here.")
    company, device = found.company, device_here(found.company)
    at = timezone.now()
    subject = Subject("device", str(device.pk))
    kinds = hidden_kinds(company)
    _keep(company, device, look_elevated(kinds, device=subject, at=at), at)


def _keep(company: Company, device: Device, seen: list[Observation], at: datetime) -> None:
    """Keep what was seen of this computer, unless its owner removed it meanwhile."""
    with transaction.atomic():
        Company.objects.select_for_update().get(pk=company.pk)
        here = Device.objects.of(company).filter(pk=device.pk, removed_at=None)
        if here.update(last_report_at=at):  # not when the owner removed it meanwhile
            keep(company, seen)
    refresh(company)
