"""What is noticed by itself: computers that fell silent, weaknesses that were published since."""

from datetime import timedelta

from django.db.models.functions import Coalesce
from django.utils import timezone

from tojimari.portal.companies.assessments import SILENT_AFTER
from tojimari.portal.core.models import Notice
from tojimari.portal.core.notices import tell
from tojimari.portal.core.periodic import every
from tojimari.portal.devices.matching import match_all
from tojimari.portal.devices.models import Device
from tojimari.portal.devices.notices import DEVICE_SILENT
from tojimari.portal.devices.packages import forget_unused


@every(timedelta(hours=6))
def note_silent() -> None:
    """Tell the owners of computers that fell silent; once each time."""
    computers = Device.objects.across("computers that may have fallen silent").filter(
        kind=Device.COMPUTER, removed_at=None
    )
    last = computers.annotate(last=Coalesce("last_report_at", "enrolled_at"))
    silent = last.filter(last__lt=timezone.now() - SILENT_AFTER)
    open_ones = Notice.objects.across("computers of which was told").filter(
        kind=DEVICE_SILENT, ended_at=None
    )
    told = set(open_ones.values_list("about", flat=True))
    for device in silent.select_related("company").order_by("last").iterator(chunk_size=500):
        if str(device.pk) in told:
            continue
        tell(
            device.company,
            DEVICE_SILENT,
            str(device.pk),
            values={
                "name": device.name,
                "day": timezone.localdate(device.last).isoformat(),
                "days": SILENT_AFTER.days,
            },
        )


@every(timedelta(hours=1))
def match_advisories() -> None:
    """Match the devices' packages with the index of advisories where it was made anew."""
    match_all()


@every(timedelta(days=7))
def forget_packages() -> None:
    """Delete package versions that are installed nowhere any longer."""
    forget_unused()
