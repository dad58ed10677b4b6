"""Clock, start-up, screen, media, disks, logs."""

import re

from tojimari.assess.check import Facts, Verdict, check
from tojimari.assess.checks.names import few
from tojimari.catalog import Catalog
from tojimari.model import NotSeen
from tojimari.model.facts import (
    DeviceBoot,
    DeviceDiskEncryption,
    DeviceLogging,
    DeviceOs,
    DeviceRemovableMedia,
    DeviceScreenLock,
    DeviceTimeSync,
    Volume,
)
from tojimari.model.facts.watch_day import DeviceWatchDay

LOCK_SECONDS = 900
LOGS_KEPT_DAYS = 30
_DRIVE = re.compile("[A-Z]:")


@check("time-sync", reads=(DeviceTimeSync,))
def time_sync(facts: Facts, catalog: Catalog) -> Verdict:
    """Met when a service runs and the clock is in step."""
    sync = facts[DeviceTimeSync]
    numbers = {"service": sync.service}
    if sync.service == "none":
        return Verdict("not_met", "no_service")
    if sync.synchronised is None:
        return Verdict(
            "unknown", "service_only", numbers, because_of=(DeviceTimeSync, "synchronised")
        )
    if sync.synchronised:
        return Verdict("met", "in_step", numbers)
    return Verdict("partly", "not_in_step", numbers)


@check("boot-security", reads=(DeviceBoot,), also=(DeviceOs,))
def boot(facts: Facts, catalog: Catalog) -> Verdict:
    """A virtual machine's start-up is its host's matter; BIOS has no Secure Boot at all."""
    boot = facts[DeviceBoot]
    if boot.secure_boot:
        return Verdict("met", "on")
    system = facts.get(DeviceOs)
    if system is not None and system.virtual:
        return Verdict("not_applicable", "virtual")
    if boot.firmware == "bios":
        return Verdict("not_met", "old_firmware")
    if boot.secure_boot is None:
        return Verdict("unknown", "not_told", because_of=(DeviceBoot, "secure_boot"))
    return Verdict("not_met", "off")


@check("screen-lock", reads=(DeviceScreenLock,))
def screen_lock(facts: Facts, catalog: Catalog) -> Verdict:
    """Locks within 15 minutes."""
    lock = facts[DeviceScreenLock]
    if lock.desktop == "none":
        return Verdict("not_applicable", "no_screen")
    if lock.enabled is None:
        return Verdict("unknown", "not_told", because_of=(DeviceScreenLock, "enabled"))
    if not lock.enabled or lock.after_seconds == 0:
        return Verdict("not_met", "off")
    if lock.after_seconds is None:
        return Verdict("unknown", "not_told", because_of=(DeviceScreenLock, "after_seconds"))
    minutes = max(1, round(lock.after_seconds / 60))
    if lock.after_seconds <= LOCK_SECONDS:
        return Verdict("met", "locks", {"minutes": minutes})
    return Verdict("partly", "slow", {"minutes": minutes})


@check("removable-media", reads=(DeviceRemovableMedia,))
def removable_media(facts: Facts, catalog: Catalog) -> Verdict:
    """Autorun is off, or USB storage is blocked altogether (SCS 4-4-1-2)."""
    media = facts[DeviceRemovableMedia]
    if media.blocked:
        return Verdict("met", "blocked")
    if media.autorun is None:
        return Verdict("unknown", "not_told", because_of=(DeviceRemovableMedia, "autorun"))
    return Verdict("not_met", "on") if media.autorun else Verdict("met", "off")


# What a disk holds beside people's files; servers keep data in /srv and on disks of their own.
_BESIDE_HOMES = frozenset({"/", "/usr", "/opt", "/var", "/tmp", "/root", "[SWAP]"})  # noqa: S108


def _only_homes(fixed: list[Volume]) -> Verdict | None:
    """Return "partly" where every home folder is encrypted and nothing else: people's files are safe,
    what programs wrote elsewhere (mail servers, swap) is not.
    """
    own = [v for v in fixed if v.mount.startswith("/home/")]
    homes = own or [v for v in fixed if v.mount == "/home"]
    plain = [v.mount for v in fixed if v.encrypted is False]
    beside = _BESIDE_HOMES | {"/home"} if own else _BESIDE_HOMES
    if not homes or not all(v.encrypted for v in homes) or not beside.issuperset(plain):
        return None
    numbers = {"homes": few([v.mount for v in homes]), "mounts": few(plain)}
    return Verdict("partly", "home_only", numbers)


@check("disk-encryption", reads=(DeviceDiskEncryption,), revision=3)
def disk_encryption(facts: Facts, catalog: Catalog) -> Verdict:
    """Every volume that holds the system or its data is encrypted; attached media count too.

    Where all is encrypted but the key lies beside it, one step is missing: that is said.
    """
    volumes = facts[DeviceDiskEncryption].volumes
    fixed = [v for v in volumes if not v.removable]
    plain = [v.mount for v in fixed if v.encrypted is False]
    if plain:
        reason = "plain"
        if {v.state for v in fixed if v.mount in plain} == {"suspended"}:
            reason = "suspended" if all(map(_DRIVE.fullmatch, plain)) else "key_beside"
        if reason == "plain" and (only_homes := _only_homes(fixed)) is not None:
            return only_homes
        return Verdict("not_met", reason, {"mounts": few(plain)})
    # Without the root volume (ZFS, some containers) the most important one was not seen.
    root = any(v.mount == "/" or (v.system and _DRIVE.fullmatch(v.mount)) for v in fixed)
    if any(_DRIVE.fullmatch(v.mount) for v in volumes) and any(v.encrypted is None for v in fixed):
        return Verdict("unknown", "not_told", because_of=(DeviceDiskEncryption, "volumes"))
    if not root or any(v.encrypted is None for v in fixed):
        return Verdict("unknown", "not_told", not_seen=NotSeen("not_looked"))
    loose = [v.mount for v in volumes if v.removable and v.encrypted is not True]
    if loose:
        return Verdict("partly", "removable_plain", {"mounts": few(loose)})
    return Verdict("met", "encrypted")


@check("log-keeping", reads=(DeviceLogging,), also=(DeviceWatchDay,), revision=3)
def log_keeping(facts: Facts, catalog: Catalog) -> Verdict:
    """Logs outlive a restart and are not thrown away within a month.

    Where a watch reads them, one that fell silent leaves something to do.
    """
    log = facts[DeviceLogging]
    if log.service == "none":
        return Verdict("not_met", "none")
    if log.persistent is None:
        return Verdict("unknown", "not_told", because_of=(DeviceLogging, "persistent"))
    if not log.persistent and not log.sent_elsewhere:
        return Verdict("not_met", "volatile")
    if log.kept_days is not None and log.kept_days < LOGS_KEPT_DAYS:
        return Verdict("partly", "short", {"days": log.kept_days})
    if not log.all_seen:
        # Windows shows one of its logs to administrators alone.
        why = NotSeen("no_permission")
        return Verdict("unknown", "not_all_told", {}, why, because_of=(DeviceLogging, "kept_days"))
    heard = facts.get(DeviceWatchDay)
    silent = [one.engine for one in heard.engines if one.silent] if heard is not None else []
    if silent:
        return Verdict("partly", "watch_silent", {"engines": few(sorted(set(silent)))})
    return Verdict("met", "kept", {"service": log.service})
