"""Which package versions a device has, and which of them have published weaknesses.

A package version is judged once for all devices, when the first of them reports it. What a new
index of advisories changes about it is found by ``matching``.
"""

import sys
from array import array
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.db import transaction
from django_tasks import task

from tojimari.assess.advisories import Source, archive_of, newest_kernels, sources_of
from tojimari.knowledge.advisories.index import Index, index
from tojimari.knowledge.advisories.place import is_there
from tojimari.knowledge.package_versions import versions_of
from tojimari.model.facts import DeviceSoftware
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.observations import current
from tojimari.portal.core.models import Notice
from tojimari.portal.core.notices import end, tell
from tojimari.portal.devices.judgement import judged
from tojimari.portal.devices.models import Device, DevicePackages, OpenWeakness, PackageVersion
from tojimari.portal.devices.notices import DEVICE_ATTACKED

AT_ONCE = 1000
"""Rows read or written by one query."""


@task()
def note_packages(device_id: str) -> None:
    """Keep which package versions a device has now, and which of them are weak."""
    device = (
        Device.objects.across("a device that reported its software")
        .select_related("company")
        .filter(pk=device_id, removed_at=None)
        .first()
    )
    if device is None:
        return
    software = next(
        (
            one.fact
            for one in current(device.company, DeviceSoftware.KIND)
            if one.subject.id == device_id and isinstance(one.fact, DeviceSoftware)
        ),
        None,
    )
    read = index() if is_there() else None
    ids = _ids_of(_sources_of(software), read) if software is not None else set()
    with transaction.atomic():
        # Under the company's lock, as reports are: removed meanwhile, nothing is kept.
        Company.objects.select_for_update().filter(pk=device.company_id).first()
        if not Device.objects.of(device.company_id).filter(pk=device.pk, removed_at=None).exists():
            return
        DevicePackages.objects.of(device.company_id).update_or_create(
            device=device, defaults={"company": device.company, "versions": packed(ids)}
        )
    _settle(device, ids)
    tell_attacked(device.company)


def keep(pairs: list[OpenWeakness]) -> None:
    """Keep what is not kept yet, and empty the list."""
    with transaction.atomic():
        # A device may have been removed since its row was read.
        there = set(
            Device.objects.across("devices that are still there")
            .filter(pk__in={one.device_id for one in pairs}, removed_at=None)
            .values_list("pk", flat=True)
        )
        OpenWeakness.objects.across("weaknesses that were published since").bulk_create(
            [one for one in pairs if one.device_id in there],
            ignore_conflicts=True,
            batch_size=AT_ONCE,
        )
    pairs.clear()


def _weak(versions: Collection[int]) -> set[int]:
    """Return those of ``versions`` that an update mends."""
    return {
        pk
        for some in parts(sorted(versions))
        for pk in PackageVersion.objects.filter(pk__in=some)
        .exclude(fixed="")
        .values_list("pk", flat=True)
    }


def forget(device: Device) -> None:
    """Delete what was kept of a device that is removed."""
    DevicePackages.objects.of(device.company_id).filter(device=device).delete()
    OpenWeakness.objects.of(device.company_id).filter(device=device).delete()
    tell_attacked(device.company)


def forget_unused() -> None:
    """Delete package versions that no device has any longer."""
    newest = PackageVersion.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    used: set[int] = set()
    rows = DevicePackages.objects.across("package versions that are installed somewhere")
    for versions in rows.values_list("versions", flat=True).iterator(chunk_size=AT_ONCE):
        used.update(unpacked(versions))
    # What was made while this ran may be on a device whose row was read before.
    every_one = PackageVersion.objects.filter(pk__lte=newest).values_list("pk", flat=True)
    for some in parts(sorted(set(every_one) - used)):
        PackageVersion.objects.filter(pk__in=some).delete()


def _sources_of(software: DeviceSoftware) -> Collection[Source]:
    release = archive_of(software)
    return newest_kernels(sources_of(software, {release})) if versions_of(release) else ()


def _ids_of(sources: Collection[Source], read: Index | None) -> set[int]:
    """Return the ids of package versions; new ones are made, judged by what is known now.

    They are judged before another device can have them: what is judged later is told to all.
    """
    found: set[int] = set()
    for some in parts(sources):
        wanted = set(some)
        names = {package for _, package, _ in wanted}
        rows = PackageVersion.objects.filter(package__in=names)
        have = {(row.release, row.package, row.version): row.pk for row in rows}
        new = [
            judged(PackageVersion(release=r, package=p, version=v), read)
            for r, p, v in wanted - have.keys()
        ]
        if new:
            # Another worker may be making the same one: the second is passed over, and read.
            PackageVersion.objects.bulk_create(new, ignore_conflicts=True)
            have = {(row.release, row.package, row.version): row.pk for row in rows.all()}
        found.update(have[key] for key in wanted)
    return found


def parts(rows: Iterable[Any], at_once: int = AT_ONCE // 4) -> Iterator[list[Any]]:
    """Return ``rows`` in lists short enough for one query."""
    every_one = list(rows)
    for start in range(0, len(every_one), at_once):
        yield every_one[start : start + at_once]


def _settle(device: Device, versions: Collection[int]) -> None:
    """Make the open weaknesses of a device those of its ``versions``."""
    own = OpenWeakness.objects.of(device.company_id).filter(device=device)
    weak = _weak(versions)
    own.exclude(package__in=weak).delete()
    new = weak - set(own.values_list("package", flat=True))
    keep([OpenWeakness(company=device.company, device=device, package_id=pk) for pk in new])


TOLD_AT_MOST = 3
"""Packages that are told at one time: all updates mend the rest as well, and a list is not read."""


def tell_attacked(company: Company) -> None:
    """Tell the owners of what attackers use, once for each package, until it is mended.

    Of many the three on most devices; another takes the place of one that is mended.
    """
    rows = OpenWeakness.objects.of(company).filter(package__attacked=True)
    devices: dict[str, set[str]] = {}
    for package, device in rows.values_list("package__package", "device"):
        devices.setdefault(package, set()).add(str(device))
    known = _told(company)
    for package in known - devices.keys():
        end(company, DEVICE_ATTACKED, package, put_away=True)
    first = sorted(devices.items(), key=lambda one: (one[0] not in known, -len(one[1]), one[0]))
    for package, those in first[:TOLD_AT_MOST]:
        tell(
            company,
            DEVICE_ATTACKED,
            package,
            points=sorted(those),
            values={"package": package, "n": len(those)},
        )


def _told(company: Company) -> set[str]:
    rows = Notice.objects.of(company).filter(kind=DEVICE_ATTACKED, ended_at=None)
    return set(rows.values_list("about", flat=True))


def packed(ids: Iterable[int]) -> bytes:
    """Return ids of package versions as DevicePackages keeps them."""
    packed = array("I", sorted(ids))
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def unpacked(data: bytes) -> "array[int]":
    """Return the ids that DevicePackages keeps, smallest first."""
    ids = array("I", bytes(data))
    if sys.byteorder == "big":
        ids.byteswap()
    return ids
