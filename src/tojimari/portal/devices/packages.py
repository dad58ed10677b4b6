"""Which devices a published weakness concerns, kept so that only these are looked at again.

A package version is judged once for all devices. When the index of advisories changes, the versions
are judged anew; only devices that have one whose judgement changed are touched.
"""

import sys
from array import array
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from django.db import transaction
from django.db.models import Q
from django_tasks import task

from tojimari.assess.advisories import Source, newest_kernels, sources_of, weaknesses
from tojimari.knowledge.advisories.index import Index, index
from tojimari.knowledge.advisories.place import is_there
from tojimari.knowledge.package_versions import versions_of
from tojimari.model.facts import DeviceSoftware
from tojimari.portal.companies.assessments import mark_stale
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.observations import current
from tojimari.portal.companies.tasks import judge_again
from tojimari.portal.core.models import Notice
from tojimari.portal.core.notices import end, tell
from tojimari.portal.devices.models import Device, DevicePackages, OpenWeakness, PackageVersion
from tojimari.portal.devices.notices import DEVICE_ATTACKED

_AT_ONCE = 1000
_IDS_KEPT = 50


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
    ids = _ids_of(_sources_of(software)) if software is not None else set()
    with transaction.atomic():
        # Under the company's lock, as reports are: removed meanwhile, nothing is kept.
        Company.objects.select_for_update().filter(pk=device.company_id).first()
        if not Device.objects.of(device.company_id).filter(pk=device.pk, removed_at=None).exists():
            return
        DevicePackages.objects.of(device.company_id).update_or_create(
            device=device, defaults={"company": device.company, "versions": _packed(ids)}
        )
    if is_there() and (read := index()) is not None:
        for some in _some(ids):
            _judge(_not_judged(read).filter(pk__in=some), read)
    _settle(device, ids)
    _tell(device.company)


def match_all() -> None:
    """Match everything with the index of advisories, where it was made anew since."""
    read = index() if is_there() else None
    if read is None:
        return
    changed = _judge(_not_judged(read), read)
    if not changed:
        return
    weak = _weak(changed)
    mended = OpenWeakness.objects.across("weaknesses that are none any longer")
    mended = mended.filter(package__in=changed - weak)
    hit = set(mended.values_list("company", flat=True))
    mended.delete()
    rows = DevicePackages.objects.across("devices with packages whose judgement changed")
    pairs: list[OpenWeakness] = []
    for row in rows.iterator(chunk_size=_AT_ONCE):
        if changed.isdisjoint(_unpacked(row.versions)):
            continue
        hit.add(row.company_id)
        pairs += [
            OpenWeakness(company_id=row.company_id, device_id=row.device_id, package_id=pk)
            for pk in weak.intersection(_unpacked(row.versions))
        ]
        if len(pairs) >= _AT_ONCE:
            _add(pairs)
    _add(pairs)
    for company in Company.objects.filter(pk__in=hit).iterator():
        _tell(company)
        mark_stale(company)
        judge_again.enqueue(str(company.pk))


def _add(pairs: list[OpenWeakness]) -> None:
    """Keep what is not kept yet, and empty the list."""
    with transaction.atomic():
        # A device may have been removed since its row was read.
        there = set(
            Device.objects.across("devices that are still there")
            .filter(pk__in={one.device_id for one in pairs}, removed_at=None)
            .values_list("pk", flat=True)
        )
        OpenWeakness.objects.across("weaknesses that were published since").bulk_create(
            [one for one in pairs if one.device_id in there], ignore_conflicts=True
        )
    pairs.clear()


def _weak(versions: Collection[int]) -> set[int]:
    """Return those of ``versions`` that an update mends."""
    return {
        pk
        for some in _some(sorted(versions))
        for pk in PackageVersion.objects.filter(pk__in=some)
        .exclude(fixed="")
        .values_list("pk", flat=True)
    }


def forget(device: Device) -> None:
    """Delete what was kept of a device that is removed."""
    DevicePackages.objects.of(device.company_id).filter(device=device).delete()
    OpenWeakness.objects.of(device.company_id).filter(device=device).delete()
    _tell(device.company)


def forget_unused() -> None:
    """Delete package versions that no device has any longer."""
    newest = PackageVersion.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    used: set[int] = set()
    rows = DevicePackages.objects.across("package versions that are installed somewhere")
    for versions in rows.values_list("versions", flat=True).iterator(chunk_size=_AT_ONCE):
        used.update(_unpacked(versions))
    # What was made while this ran may be on a device whose row was read before.
    every_one = PackageVersion.objects.filter(pk__lte=newest).values_list("pk", flat=True)
    for some in _some(sorted(set(every_one) - used)):
        PackageVersion.objects.filter(pk__in=some).delete()


def _sources_of(software: DeviceSoftware) -> Collection[Source]:
    if versions_of(software.release) is None:
        return ()
    return newest_kernels(sources_of(software, {software.release}))


def _ids_of(sources: Collection[Source]) -> set[int]:
    """Return the ids of package versions, made where they are new."""
    found: set[int] = set()
    for some in _some(sources):
        wanted = set(some)
        names = {package for _, package, _ in wanted}
        rows = PackageVersion.objects.filter(package__in=names)
        have = {(row.release, row.package, row.version): row.pk for row in rows}
        new = [PackageVersion(release=r, package=p, version=v) for r, p, v in wanted - have.keys()]
        if new:
            # Another worker may be making the same one: the second is passed over, and read.
            PackageVersion.objects.bulk_create(new, ignore_conflicts=True)
            have = {(row.release, row.package, row.version): row.pk for row in rows.all()}
        found.update(have[key] for key in wanted)
    return found


def _some(sources: Iterable[Any]) -> Iterator[list[Any]]:
    every_one = list(sources)
    for start in range(0, len(every_one), _AT_ONCE // 4):
        yield every_one[start : start + _AT_ONCE // 4]


def _not_judged(read: Index) -> Any:
    by_another = ~Q(judged_with=read.made_at) | Q(judged_with=None)  # SQL: NULL is not "not equal"
    return PackageVersion.objects.filter(by_another)


def _judge(rows: Any, read: Index) -> set[int]:
    """Judge package versions with ``read``; returns the ids of those whose judgement changed."""
    changed: list[PackageVersion] = []
    seen: list[int] = []
    for row in rows.iterator(chunk_size=_AT_ONCE):
        seen.append(row.pk)
        was = (row.fixed, row.ids, row.attacked)
        row.fixed, row.ids, row.attacked = _judgement(row, read)
        if was != (row.fixed, row.ids, row.attacked):
            changed.append(row)
    with transaction.atomic():
        PackageVersion.objects.bulk_update(
            changed, ["fixed", "ids", "attacked"], batch_size=_AT_ONCE // 4
        )
        for some in _some(seen):
            PackageVersion.objects.filter(pk__in=some).update(judged_with=read.made_at)
    return {row.pk for row in changed}


def _judgement(row: PackageVersion, read: Index) -> tuple[str, list[str], bool]:
    found = [one for one in weaknesses(read, row.release, row.package, row.version) if one[1]]
    if not found:
        return "", [], False
    # One that mends all of them is the last in the archive's order.
    last = max((fixed for _, fixed, _ in found), key=versions_of(row.release))
    found.sort(key=lambda one: not one[2])
    ids = [number for numbers, _, _ in found for number in numbers]
    return last, ids[:_IDS_KEPT], any(attacked for _, _, attacked in found)


def _settle(device: Device, versions: Collection[int]) -> None:
    """Make the open weaknesses of a device those of its ``versions``."""
    own = OpenWeakness.objects.of(device.company_id).filter(device=device)
    weak = _weak(versions)
    own.exclude(package__in=weak).delete()
    new = weak - set(own.values_list("package", flat=True))
    _add([OpenWeakness(company=device.company, device=device, package_id=pk) for pk in new])


def _tell(company: Company) -> None:
    """Tell the owners of what attackers use, once for each package, until it is mended."""
    rows = OpenWeakness.objects.of(company).filter(package__attacked=True)
    devices: dict[str, set[str]] = {}
    for package, device in rows.values_list("package__package", "device"):
        devices.setdefault(package, set()).add(str(device))
    for package in _told(company) - devices.keys():
        end(company, DEVICE_ATTACKED, package, put_away=True)
    for package, those in sorted(devices.items()):
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


def _packed(ids: Iterable[int]) -> bytes:
    packed = array("I", sorted(ids))
    if sys.byteorder == "big":
        packed.byteswap()
    return packed.tobytes()


def _unpacked(data: bytes) -> "array[int]":
    ids = array("I", bytes(data))
    if sys.byteorder == "big":
        ids.byteswap()
    return ids
