"""Backups: there, recent, in several places, detached, far away."""

from typing import Any

from tojimari.assess.check import Facts, Verdict, check
from tojimari.assess.checks.names import few
from tojimari.catalog import Catalog
from tojimari.model import NotSeen

RECENT_DAYS = 7
OLD_DAYS = 31
_ASK = NotSeen("not_asked", see_with="backup-where")


def _jobs(facts: Facts) -> list[dict[str, Any]]:
    jobs: list[dict[str, Any]] = facts["device.backups"]["jobs"]
    return jobs


def _tools(jobs: list[dict[str, Any]]) -> str:
    return few(sorted({str(job["tool"]) for job in jobs}))


def _targets(jobs: list[dict[str, Any]]) -> str:
    return few(sorted({str(job["target"]) or str(job["tool"]) for job in jobs}))


def _worked(facts: Facts, job: dict[str, Any]) -> int | None:
    """Return days since the job last succeeded; a date in the future is none."""
    if job["last_success_at"] is None:
        return None
    days = facts.days_since(job["last_success_at"])
    return max(0, days) if days >= -1 else None


def _living(facts: Facts) -> list[dict[str, Any]]:
    """Jobs that have succeeded at least once: only these have a copy anywhere."""
    return [job for job in _jobs(facts) if _worked(facts, job) is not None]


@check("backup-exists", reads=("device.backups",))
def exists(facts: Facts, catalog: Catalog) -> Verdict:
    """Met when a job has succeeded; set up but without a trace of success is "partly".

    "None found" is no proof: a copy made by hand, a cloud folder or a server that fetches cannot
    be seen here. So it stays unknown and the owner's answer decides.
    """
    jobs = _jobs(facts)
    if not jobs:
        return Verdict("unknown", "none", not_seen=_ASK)
    living = _living(facts)
    if living:
        return Verdict("met", "found", {"tools": _tools(living)})
    return Verdict("partly", "never_ran", {"tools": _tools(jobs)})


@check("backup-recent", reads=("device.backups",))
def recent(facts: Facts, catalog: Catalog) -> Verdict:
    """The newest success is at most a week old."""
    jobs = _jobs(facts)
    if not jobs:
        return Verdict("unknown", "no_jobs", not_seen=_ASK)
    dated = [(days, job) for job in jobs if (days := _worked(facts, job)) is not None]
    if not dated:
        return Verdict("unknown", "not_told", {"tools": _tools(jobs)}, NotSeen("not_looked"))
    days, job = min(dated, key=lambda pair: (pair[0], str(pair[1]["tool"])))
    numbers = {"days": days, "tool": job["tool"]}
    if days <= RECENT_DAYS:
        return Verdict("met", "recent", numbers)
    if days <= OLD_DAYS:
        return Verdict("partly", "getting_old", numbers)
    return Verdict("not_met", "old", numbers)


@check("backup-places", reads=("device.backups",))
def places(facts: Facts, catalog: Catalog) -> Verdict:
    """Copies in two places; one on the data's own disk is no second place."""
    jobs = _jobs(facts)
    if not jobs:
        return Verdict("unknown", "no_jobs", not_seen=_ASK)
    elsewhere = {str(j["target"]) for j in _living(facts) if j["target_kind"] != "same_disk"}
    if len(elsewhere) >= 2:
        return Verdict("met", "several", {"n": len(elsewhere)})
    if elsewhere:
        return Verdict("partly", "one", {"target": few(sorted(elsewhere))})
    return Verdict("not_met", "same_disk", {"target": _targets(jobs)})


@check("backup-detached", reads=("device.backups",))
def detached(facts: Facts, catalog: Catalog) -> Verdict:
    """Some copy is not attached all the time, so that ransomware here cannot reach it.

    A copy on a server or cloud may or may not be deletable from here: that stays unknown.
    """
    jobs = _jobs(facts)
    if not jobs:
        return Verdict("unknown", "no_jobs", not_seen=_ASK)
    living = _living(facts)
    away = [
        j
        for j in living
        if j["target_kind"] in ("removable", "other_disk")
        and (j["attached_now"] is False or j["always_attached"] is False)
    ]
    if away:
        return Verdict("met", "detached", {"target": _targets(away)})
    remote = [j for j in living if j["target_kind"] in ("network", "cloud")]
    if remote:
        return Verdict("unknown", "remote_only", {"target": _targets(remote)}, NotSeen("not_asked"))
    if not living or any(j["target_kind"] == "unknown" for j in living):
        return Verdict("unknown", "not_told", not_seen=NotSeen("not_looked"))
    if any(j["target_kind"] == "removable" and j["always_attached"] is None for j in living):
        return Verdict("unknown", "not_told", not_seen=NotSeen("not_looked"))
    return Verdict("not_met", "attached", {"target": _targets(living)})


@check("backup-offsite", reads=("device.backups",))
def offsite(facts: Facts, catalog: Catalog) -> Verdict:
    """A cloud is far away; another machine may stand in the same room."""
    jobs = _jobs(facts)
    if not jobs:
        return Verdict("unknown", "no_jobs", not_seen=_ASK)
    living = _living(facts)
    cloud = [j for j in living if j["target_kind"] == "cloud"]
    if cloud:
        return Verdict("met", "cloud", {"target": _targets(cloud)})
    network = [j for j in living if j["target_kind"] in ("network", "unknown")]
    if network:
        return Verdict("unknown", "network", {"target": _targets(network)}, NotSeen("not_asked"))
    return Verdict("not_met", "local_only", {"target": _targets(jobs)})
