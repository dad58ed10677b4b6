"""What the backup jobs on this device show: copies there, fresh, in several places, out of reach.

Rules all five checks share:

- No job at all is an honest "none found on this device". That is said once, by backup-exists and
  backup-recent; where copies lie cannot be told from nothing, so the other three stay unknown and
  the owner's answer (a copy made by the server, say) counts there.
- Timeshift keeps the system, by default not people's files: it never counts as a copy of data.
- A copy on the disk it was made from is lost together with it: it never counts as a second place.
- Only a success that was really seen counts. One dated in the future (a clock set back) is not
  believed. For where copies lie, one older than a month is not relied on.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from tojimari.assess.check import Facts, Verdict, check
from tojimari.catalog import Catalog
from tojimari.model import NotSeen

FRESH_DAYS = 7
OLD_DAYS = 31
"""Days since the last success: up to FRESH_DAYS is met, up to OLD_DAYS partly (our view; the
schemes only ask that the frequency is set, SCS 4-3-4-1)."""

Job = Mapping[str, Any]

_SYSTEM_ONLY = frozenset({"timeshift"})
_ELSEWHERE = frozenset({"other_disk", "removable", "network", "cloud"})
_REMOTE = frozenset({"network", "cloud"})
_SCHEME = (
    r"(?:(?:boto3\+|pexpect\+|paramiko\+)?"
    r"(?:sftp|ssh|scp|rest|rclone|rsync|s3|b2|gs|azure|swift|https?|davs?|webdavs?|ftps?|smb|nfs):"
    r"(?://)?)*"
)
_HOST = re.compile(rf"{_SCHEME}/{{0,2}}(?:[^@/]*@)?(?P<host>[^/:@]+)", re.IGNORECASE)
_MOUNT = re.compile(r"/(?:run/media/[^/]+|media/[^/]+|mnt|Volumes)/[^/]+|[A-Za-z]:|/[^/]*")


def _jobs(facts: Facts) -> list[Job]:
    return list(facts["device.backups"]["jobs"])


def _of_data(jobs: Iterable[Job]) -> list[Job]:
    return [job for job in jobs if job["tool"] not in _SYSTEM_ONLY]


def _tools(jobs: Iterable[Job]) -> str:
    return ", ".join(sorted({job["tool"] for job in jobs}))


def _age(facts: Facts, job: Job) -> int | None:
    """Return whole days since the job's last success; None when that is not known."""
    moment = job["last_success_at"]
    if moment is None:
        return None
    days = facts.days_since(moment)
    # A success of this very moment may lie a few seconds ahead, which rounds down to -1.
    return None if days < -1 else max(days, 0)


def _unknown(reason: str, **numbers: object) -> Verdict:
    return Verdict(
        "unknown",
        reason,
        numbers,
        not_seen=NotSeen("not_looked"),
        because_of=("device.backups", "jobs"),
    )


@check("backup-exists", reads=("device.backups",))
def exists(facts: Facts, catalog: Catalog) -> Verdict:
    """Met when a job that writes off this disk is known to have succeeded at least once.

    Follows IPA's sixth basic and item 11 of the self-check. How old the copy may be is
    backup-recent's matter. A copy on the same disk helps against a slip of the hand only: partly.
    """
    jobs = _jobs(facts)
    if not jobs:
        return Verdict("not_met", "none_found")
    data = _of_data(jobs)
    if not data:
        return Verdict("partly", "system_only", {"tools": _tools(jobs)})
    done = [
        job for job in data if job["target_kind"] in _ELSEWHERE and _age(facts, job) is not None
    ]
    if done:
        return Verdict("met", "found", {"tools": _tools(done)})
    open_ = [job for job in data if job["target_kind"] != "same_disk"]
    if not open_:
        return Verdict("partly", "same_disk_only", {"tools": _tools(data)})
    if any(_age(facts, job) is not None for job in open_):
        return _unknown("place_not_known", tools=_tools(open_))
    return _unknown("success_not_known", tools=_tools(open_))


@check("backup-recent", reads=("device.backups",))
def recent(facts: Facts, catalog: Catalog) -> Verdict:
    """Met when the best job succeeded within 7 days, partly within 31.

    Only jobs that may write off this disk count. An old success beside a job whose success is
    not known is unknown: that other job may be fresh.
    """
    jobs = _jobs(facts)
    if not jobs:
        return Verdict("not_met", "none_found")
    counted = [job for job in _of_data(jobs) if job["target_kind"] != "same_disk"]
    if not counted:
        return Verdict("not_met", "none_elsewhere", {"tools": _tools(jobs)})
    ages = [_age(facts, job) for job in counted]
    known = [age for age in ages if age is not None]
    days = min(known, default=OLD_DAYS + 1)
    if days <= FRESH_DAYS:
        return Verdict("met", "recent", {"days": days})
    if days <= OLD_DAYS:
        return Verdict("partly", "weeks_old", {"days": days})
    if None in ages:
        return _unknown("success_not_known", tools=_tools(counted))
    return Verdict("not_met", "old", {"days": days})


def _place(job: Job) -> str:
    """Return a name equal for targets that may well be one place: one host, one mounted disk."""
    target = str(job["target"]).replace("\\", "/")
    local_path = target.startswith("/") and not target.startswith("//")
    if job["target_kind"] in _REMOTE and not local_path:
        match = _HOST.match(target)
        return match["host"].lower() if match else target
    match = _MOUNT.match(target)
    return match[0] if match else target


@check("backup-places", reads=("device.backups",))
def places(facts: Facts, catalog: Catalog) -> Verdict:
    """Met when copies of the last month lie in two places beside the disk they were made from.

    Two folders on one disk or one server are one place. Where two targets can only perhaps be
    told apart, or one of two has no known success, the answer is unknown.
    """
    jobs = _jobs(facts)
    if not jobs:
        return _unknown("nothing_to_look_at")
    counted = [job for job in _of_data(jobs) if job["target_kind"] != "same_disk"]
    certain = set()
    possible = set()
    for job in counted:
        age = _age(facts, job)
        if age is not None and age > OLD_DAYS:
            continue
        possible.add(job["target"])
        if age is not None and job["target_kind"] in _ELSEWHERE:
            certain.add(_place(job))
    if len(certain) >= 2:
        return Verdict("met", "several", {"places": len(certain)})
    if len(possible) >= 2:
        return _unknown("cannot_count")
    if not possible:
        return Verdict("not_met", "no_place")
    return Verdict("not_met", "one_place")


_Reach = Literal["detached", "detached_old", "not_known", "attached_now", "attached"]
_BEST_FIRST: tuple[_Reach, ...] = (
    "detached",
    "not_known",
    "detached_old",
    "attached_now",
    "attached",
)


def _reach(facts: Facts, job: Job) -> _Reach:
    """Return how far this job's copies are out of reach of what runs on this device."""
    now, always = job["attached_now"], job["always_attached"]
    if job["target_kind"] == "same_disk":
        return "attached"
    if now is True:
        # A second built-in disk stays where it is, whatever its settings say.
        stays = always is True or (always is None and job["target_kind"] == "other_disk")
        return "attached" if stays else "attached_now"
    if now is None:
        return "attached" if always is True else "not_known"
    # Not attached now. A server or cloud need not be mounted to be wiped with the keys this
    # device holds, and a place of unknown kind may be one; set up as "always" it may be back soon.
    if always is True or job["target_kind"] not in ("removable", "other_disk"):
        return "not_known"
    age = _age(facts, job)
    if age is None:
        return "not_known"
    return "detached" if age <= OLD_DAYS else "detached_old"


@check("backup-detached", reads=("device.backups",))
def detached(facts: Facts, catalog: Catalog) -> Verdict:
    """Met when one fresh copy lies on a disk that is unplugged at the moment of looking.

    Malware encrypts every disk it can write to, so an attached disk is no safe copy: of 99
    victims in 2025, 48 found their backup encrypted too (police), and IPA asks for copies kept
    offline, or that the normal system cannot write or delete. The first of the two can be seen
    here (not attached now). The second cannot: whether a server or a cloud refuses to delete is
    decided over there, so these are unknown and the owner's answer counts. The best job decides.
    """
    jobs = _jobs(facts)
    if not jobs:
        return _unknown("nothing_to_look_at")
    data = _of_data(jobs)
    if not data:
        return Verdict("not_met", "attached", {"tools": _tools(jobs)})
    reach = {job_reach: [] for job_reach in _BEST_FIRST}  # type: dict[_Reach, list[Job]]
    for job in data:
        reach[_reach(facts, job)].append(job)
    best = next(job_reach for job_reach in _BEST_FIRST if reach[job_reach])
    numbers = {"tools": _tools(reach[best])}
    match best:
        case "detached":
            return Verdict("met", "detached", numbers)
        case "not_known":
            return _unknown("reach_not_known", **numbers)
        case "detached_old":
            return Verdict("partly", "detached_old", numbers)
        case "attached_now":
            return Verdict("partly", "attached_now", numbers)
        case "attached":
            return Verdict("not_met", "attached", numbers)


@check("backup-offsite", reads=("device.backups",))
def offsite(facts: Facts, catalog: Catalog) -> Verdict:
    """Met when a copy of the last month lies with a cloud service.

    Follows SCS 4-3-4-2 (important data also at a distant place). A server on the network may
    stand in the same room, and a disk taken off may lie in the drawer below or at home: unknown,
    the owner's answer counts. Disks that stay in this device are certainly not off-site.
    """
    jobs = _jobs(facts)
    if not jobs:
        return _unknown("nothing_to_look_at")
    old_cloud: list[Job] = []
    may_be: list[Job] = []
    for job in _of_data(jobs):
        age = _age(facts, job)
        match job["target_kind"]:
            case "cloud" if age is not None and age <= OLD_DAYS:
                return Verdict("met", "in_cloud", {"tool": job["tool"], "days": age})
            case "cloud" if age is not None:
                old_cloud.append(job)
            case "cloud" | "network" | "unknown":
                may_be.append(job)
            case "removable" if job["always_attached"] is not True:
                may_be.append(job)
            case _:
                pass  # same_disk, other_disk, or a removable disk that stays attached
    if may_be:
        return _unknown("may_be_here", tools=_tools(may_be))
    if old_cloud:
        return Verdict("partly", "cloud_old", {"tools": _tools(old_cloud)})
    return Verdict("not_met", "all_here")
