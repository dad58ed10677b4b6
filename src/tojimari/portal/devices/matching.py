"""What a new index of advisories changes, brought to the devices it concerns and to no others.

Packages of which the index says what it said before are passed over; so are devices that have no
version whose judgement changed. Whoever is killed in between does the rest at the next time: a
version counts as matched only after its devices were.
"""

from bisect import bisect_left
from collections.abc import Collection, Iterator
from typing import Any
from uuid import UUID

from django.db import connection
from django_tasks import task

from tojimari.knowledge.advisories.index import Index, index
from tojimari.knowledge.advisories.place import is_there
from tojimari.portal.companies.assessments import mark_all_stale
from tojimari.portal.companies.models import Company
from tojimari.portal.companies.tasks import judge
from tojimari.portal.devices.judgement import judged
from tojimari.portal.devices.models import DevicePackages, OpenWeakness, PackageVersion
from tojimari.portal.devices.packages import AT_ONCE, keep, parts, tell_attacked, unpacked

_COMPANIES_A_TASK = 50
_FEW = 40
"""So many changed versions are looked for one by one in a device's sorted list; of more, the whole
list is read."""

_Row = tuple[UUID, UUID, bytes]
"""(device, company, its versions as they are kept)."""


def match_all() -> None:
    """Match everything with the index of advisories, where it says something else than before."""
    read = index() if is_there() else None
    if read is None:
        return
    changed = _judge_again(read)
    if not changed:
        return
    weak = {row.pk for row in changed if row.fixed}
    hit = _mend({row.pk for row in changed} - weak)
    hit |= _spread({row.pk for row in changed}, weak)
    for some in parts(sorted(hit), _COMPANIES_A_TASK):
        mark_all_stale(some)
        follow_up.enqueue([str(company) for company in some])
    for row in changed:
        row.judged_by = read.said_of(row.release, row.package)
    _save(changed)


@task()
def follow_up(companies: list[str]) -> None:
    """Tell companies of which a device is concerned anew, and judge them again."""
    for company in Company.objects.filter(pk__in=companies):
        tell_attacked(company)
    for company_id in companies:
        judge(company_id)


def _judge_again(read: Index) -> list[PackageVersion]:
    """Judge the versions of packages of which ``read`` says something new.

    Returns those whose judgement changed, or whose devices were not looked at when it last did:
    they are kept as not matched until their devices are.
    """
    changed: list[PackageVersion] = []
    same: list[PackageVersion] = []
    for row in _said_anew(read):
        was = (row.fixed, row.ids, row.attacked)
        unmatched = row.judged_by == PackageVersion.NOT_MATCHED
        judged(row, read)
        if unmatched or was != (row.fixed, row.ids, row.attacked):
            row.judged_by = PackageVersion.NOT_MATCHED
            changed.append(row)
        else:
            same.append(row)
    _save(same)
    _save(changed)
    return changed


def _said_anew(read: Index) -> Iterator[PackageVersion]:
    known = PackageVersion.objects.order_by().values_list("release", "package", "judged_by")
    names: dict[str, list[str]] = {}
    for release, package, judged_by in known.distinct():
        if read.said_of(release, package) != judged_by:
            names.setdefault(release, []).append(package)
    for release, packages in names.items():
        for some in parts(packages):
            rows = PackageVersion.objects.filter(release=release, package__in=some)
            yield from (row for row in rows if row.judged_by != read.said_of(release, row.package))


def _save(rows: list[PackageVersion]) -> None:
    PackageVersion.objects.bulk_create(
        rows,
        batch_size=AT_ONCE,
        update_conflicts=True,
        unique_fields=["pk"],
        update_fields=["fixed", "ids", "attacked", "judged_by"],
    )


def _mend(versions: Collection[int]) -> set[UUID]:
    """Forget weaknesses that are none any longer; returns the companies that had one."""
    hit: set[UUID] = set()
    for some in parts(sorted(versions)):
        rows = OpenWeakness.objects.across("weaknesses that are none any longer")
        rows = rows.filter(package__in=some)
        hit.update(rows.order_by().values_list("company", flat=True).distinct())
        rows.delete()
    return hit


def _spread(changed: Collection[int], weak: Collection[int]) -> set[UUID]:
    """Keep which devices have one of ``weak``; returns the companies that have one of ``changed``."""
    hit: set[UUID] = set()
    pairs: list[OpenWeakness] = []
    for device, company, versions in _devices():
        having = _having(versions, changed)
        if not having:
            continue
        hit.add(company)
        pairs += [
            OpenWeakness(company_id=company, device_id=device, package_id=pk)
            for pk in having
            if pk in weak
        ]
        if len(pairs) >= AT_ONCE:
            keep(pairs)
    keep(pairs)
    return hit


def _having(versions: bytes, wanted: Collection[int]) -> Collection[int]:
    """Return those of ``wanted`` that are among a device's versions."""
    ids = unpacked(versions)
    if len(wanted) > _FEW:
        return frozenset(wanted).intersection(ids)
    found = []
    for pk in wanted:
        place = bisect_left(ids, pk)
        if place < len(ids) and ids[place] == pk:
            found.append(pk)
    return found


def _devices() -> Iterator[_Row]:
    """Return every device's versions, some at a time, in the order of the devices' ids."""
    rows = DevicePackages.objects.across("devices with packages whose judgement changed")
    rows = rows.order_by("device").values_list("device", "company", "versions")
    after: UUID | None = None
    while True:
        some = _read(rows.filter(device__gt=after) if after else rows)
        yield from some
        if len(some) < AT_ONCE:
            return
        after = some[-1][0]


def _read(rows: Any) -> list[_Row]:
    if connection.vendor != "postgresql":
        return list(rows[:AT_ONCE])
    # As text, PostgreSQL writes two letters for each byte; that costs more than all the rest.
    from psycopg import Cursor  # Django's own kind of cursor reads nothing but text

    words, values = rows[:AT_ONCE].query.sql_with_params()
    connection.ensure_connection()
    with Cursor(connection.connection) as cursor:
        return list(cursor.execute(words, values, binary=True).fetchall())
