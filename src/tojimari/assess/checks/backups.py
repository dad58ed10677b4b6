"""Backups: there, recent, in several places, detached, far away."""

from collections.abc import Iterable

from tojimari.assess.check import Facts, Verdict, check
from tojimari.assess.checks.names import few
from tojimari.catalog import Catalog
from tojimari.model import NotSeen, Numbers
from tojimari.model.facts import BackupJob, DeviceBackups

RECENT_DAYS = 7
OLD_DAYS = 31
_ASK = NotSeen("not_asked", see_with="backup-where")
_ASK_DETACHED = NotSeen("not_asked", see_with="backup-detached")


def _tools(jobs: Iterable[BackupJob]) -> str:
    return few(sorted({job.tool for job in jobs}))


def _targets(jobs: Iterable[BackupJob]) -> str:
    return few(sorted({job.target or job.tool for job in jobs}))


def _days_since_success(facts: Facts, job: BackupJob) -> int | None:
    """Return days since the job last succeeded; a date in the future is none."""
    if job.last_success_at is None:
        return None
    days = facts.days_since(job.last_success_at)
    return max(0, days) if days >= -1 else None


def _current(facts: Facts) -> list[BackupJob]:
    """Jobs that succeeded within a month: only these have a copy worth counting."""
    return [
        job
        for job in facts[DeviceBackups].jobs
        if (days := _days_since_success(facts, job)) is not None and days <= OLD_DAYS
    ]


def _undated(facts: Facts) -> list[BackupJob]:
    """Jobs whose success leaves no readable trace (rsync, a remote repository)."""
    return [job for job in facts[DeviceBackups].jobs if _days_since_success(facts, job) is None]


def _place(job: BackupJob) -> str:
    """Return where a copy lives: two folders on one disk are one place, where it is mounted."""
    if job.target_kind in ("removable", "other_disk"):
        # /media/USER/DISK/..., /run/media/USER/DISK/..., else /mnt/DISK/...
        parts = job.target.split("/")
        deep = {"media": 4, "run": 5}.get(parts[1] if len(parts) > 1 else "", 3)
        return "/".join(parts[:deep])
    return job.target


@check("backup-exists", reads=(DeviceBackups,))
def exists(facts: Facts, catalog: Catalog) -> Verdict:
    """Met when a job succeeded within a month somewhere else than on the data's own disk.

    "None found" is no proof: a copy made by hand, a cloud folder or a server that fetches cannot
    be seen here. So it stays unknown and the owner's answer decides; the same holds for a job
    whose success leaves no trace. Timeshift keeps the system, by default not people's files.
    """
    jobs = facts[DeviceBackups].jobs
    if not jobs:
        return Verdict("unknown", "none", not_seen=_ASK)
    current = _current(facts)
    good = [j for j in current if j.target_kind != "same_disk" and j.tool != "timeshift"]
    if good:
        return Verdict("met", "found", {"tools": _tools(good)})
    if _undated(facts):
        return Verdict("unknown", "never_ran", {"tools": _tools(_undated(facts))}, _ASK)
    if current:
        return Verdict("partly", "weak", {"tools": _tools(current)})
    return Verdict("not_met", "stopped", {"tools": _tools(jobs)})


@check("backup-recent", reads=(DeviceBackups,))
def recent(facts: Facts, catalog: Catalog) -> Verdict:
    """The newest success is at most a week old."""
    jobs = facts[DeviceBackups].jobs
    if not jobs:
        return Verdict("unknown", "no_jobs", not_seen=_ASK)
    dated = [(days, job) for job in jobs if (days := _days_since_success(facts, job)) is not None]
    days, job = min(dated, key=lambda pair: (pair[0], pair[1].tool), default=(None, jobs[0]))
    if days is not None and days <= RECENT_DAYS:
        return Verdict("met", "recent", {"days": days, "tool": job.tool})
    if _undated(facts) or days is None:
        return Verdict("unknown", "not_told", {"tools": _tools(_undated(facts) or jobs)}, _ASK)
    numbers: Numbers = {"days": days, "tool": job.tool}
    if days <= OLD_DAYS:
        return Verdict("partly", "getting_old", numbers)
    return Verdict("not_met", "old", numbers)


@check("backup-places", reads=(DeviceBackups,))
def places(facts: Facts, catalog: Catalog) -> Verdict:
    """Copies in two places; one on the data's own disk is no second place."""
    jobs = facts[DeviceBackups].jobs
    if not jobs:
        return Verdict("unknown", "no_jobs", not_seen=_ASK)
    elsewhere = {_place(j) for j in _current(facts) if j.target_kind != "same_disk"}
    if len(elsewhere) >= 2:
        return Verdict("met", "several", {"n": len(elsewhere)})
    undated = [j for j in _undated(facts) if j.target_kind != "same_disk"]
    if undated:
        return Verdict("unknown", "not_told", {"tools": _tools(undated)}, _ASK)
    if elsewhere:
        return Verdict("partly", "one", {"target": few(sorted(elsewhere))})
    return Verdict("not_met", "same_disk", {"target": _targets(jobs)})


@check("backup-detached", reads=(DeviceBackups,))
def detached(facts: Facts, catalog: Catalog) -> Verdict:
    """Some copy is unplugged, so that ransomware here cannot reach it.

    A disk that is set up to be unplugged but is attached now is "partly". A copy on a server or
    cloud may or may not be deletable from here: that stays unknown.
    """
    jobs = facts[DeviceBackups].jobs
    if not jobs:
        return Verdict("unknown", "no_jobs", not_seen=_ASK)
    current = _current(facts)
    disks = [j for j in current if j.target_kind in ("removable", "other_disk")]
    away = [j for j in disks if j.attached_now is False]
    if away:
        return Verdict("met", "detached", {"target": _targets(away)})
    now_and_then = [j for j in disks if j.attached_now and j.always_attached is False]
    if now_and_then:
        return Verdict("partly", "attached_now", {"target": _targets(now_and_then)})
    remote = [j for j in current if j.target_kind in ("network", "cloud")]
    if remote:
        return Verdict("unknown", "remote_only", {"target": _targets(remote)}, _ASK_DETACHED)
    unclear = [j for j in current if None in (j.attached_now, j.always_attached)]
    if not current or unclear or _undated(facts):
        return Verdict("unknown", "not_told", not_seen=_ASK_DETACHED)
    return Verdict("not_met", "attached", {"target": _targets(current)})


@check("backup-offsite", reads=(DeviceBackups,))
def offsite(facts: Facts, catalog: Catalog) -> Verdict:
    """A cloud is far away; another machine may stand in the same room, a disk be at home."""
    jobs = facts[DeviceBackups].jobs
    if not jobs:
        return Verdict("unknown", "no_jobs", not_seen=_ASK)
    current = _current(facts)
    cloud = [j for j in current if j.target_kind == "cloud"]
    if cloud:
        return Verdict("met", "cloud", {"target": _targets(cloud)})
    maybe = [
        j
        for j in [*current, *_undated(facts)]
        if j.target_kind in ("network", "unknown", "cloud") or j.attached_now is False
    ]
    if maybe:
        return Verdict("unknown", "network", {"target": _targets(maybe)}, _ASK)
    return Verdict("not_met", "local_only", {"target": _targets(jobs)})
