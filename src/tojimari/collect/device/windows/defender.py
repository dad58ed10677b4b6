"""What Microsoft Defender says of itself: whether it guards, how fresh it is, what it leaves out.

https://learn.microsoft.com/previous-versions/windows/desktop/defender/msft-mpcomputerstatus
https://learn.microsoft.com/previous-versions/windows/desktop/defender/msft-mppreference
"""

import re
from datetime import UTC, datetime, timedelta

import msgspec

from tojimari.collect.device.windows.api import instances_or_none
from tojimari.collect.device.windows.api.dates import cim_moment
from tojimari.collect.device.windows.registry import values_of
from tojimari.collect.host import Host, Unavailable

SIGNATURES_KEY = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows Defender\Signature Updates"
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


def signatures_at(host: Host) -> datetime | None:
    """Return when the signatures in use were made; None where the record was not seen."""
    try:
        held = values_of(host, SIGNATURES_KEY).get("AVSignatureApplied")
    except Unavailable:
        return None
    return file_time(held) if isinstance(held, bytes) else None


def file_time(held: bytes) -> datetime | None:
    """Return the moment of a FILETIME in a value; None for what is none.

    Eight bytes, least significant first: the tenths of microseconds since 1601.
    """
    if len(held) != 8:
        return None
    count = int.from_bytes(held, "little")
    try:
        return _EPOCH + timedelta(microseconds=count // 10) if count else None
    except OverflowError:
        return None


NAMESPACE = r"root\Microsoft\Windows\Defender"
_GUARDS = {"normal"}
_STEPPED_BACK = {"passive mode", "sxs passive mode", "edr block mode", "not running"}
_EVERY_DAY, _SATURDAY = 0, 7  # ScanScheduleDay; 8 is never


class Status(msgspec.Struct):
    """A row of MSFT_MpComputerStatus; what this version of Windows does not tell is None."""

    mode: str | None = msgspec.field(name="AMRunningMode", default=None)
    service: bool | None = msgspec.field(name="AMServiceEnabled", default=None)
    antivirus: bool | None = msgspec.field(name="AntivirusEnabled", default=None)
    realtime: bool | None = msgspec.field(name="RealTimeProtectionEnabled", default=None)
    version: str | None = msgspec.field(name="AMProductVersion", default=None)
    signatures: str | None = msgspec.field(name="AntivirusSignatureLastUpdated", default=None)
    outdated: bool | None = msgspec.field(name="DefenderSignaturesOutOfDate", default=None)
    full_scan: str | None = msgspec.field(name="FullScanEndTime", default=None)
    tamper_protected: bool | None = msgspec.field(name="IsTamperProtected", default=None)

    @property
    def guards(self) -> bool | None:
        """Whether it is what guards here; None where it was not told.

        Beside another product it steps back, and its switches go on saying "on": the mode decides.
        """
        mode = (self.mode or "").lower()
        if mode in _STEPPED_BACK or False in (self.service, self.antivirus):
            return False
        if mode in _GUARDS or (self.mode is None and self.service and self.antivirus):
            return True
        return None

    @property
    def signatures_at(self) -> datetime | None:
        """When its signatures were made."""
        return cim_moment(self.signatures)

    @property
    def full_scan_at(self) -> datetime | None:
        """When it last looked through everything."""
        return cim_moment(self.full_scan)


class Preference(msgspec.Struct):
    """A row of MSFT_MpPreference; what was not told is None."""

    paths: list[str] | None = msgspec.field(name="ExclusionPath", default=None)
    extensions: list[str] | None = msgspec.field(name="ExclusionExtension", default=None)
    processes: list[str] | None = msgspec.field(name="ExclusionProcess", default=None)
    scan_day: int | None = msgspec.field(name="ScanScheduleDay", default=None)
    folders: int | None = msgspec.field(name="EnableControlledFolderAccess", default=None)

    @property
    def scan_scheduled(self) -> bool | None:
        """Whether it scans on a day; "never" leaves open a daily quick scan, so that is None."""
        day = self.scan_day
        return True if day is not None and _EVERY_DAY <= day <= _SATURDAY else None

    @property
    def folders_guarded(self) -> bool | None:
        """Whether only known programs may change people's folders (1: on; 2 to 4 only in part)."""
        return {0: False, 1: True, 2: False, 3: False, 4: False}.get(
            -1 if self.folders is None else self.folders
        )

    @property
    def opened(self) -> tuple[str, ...] | None:
        """Exclusions that leave nearly everything unwatched; None where they may not be seen.

        Without administrator's rights a sentence stands in their place. Whatever a program of
        ``ExclusionProcess`` opens is not looked at: one that starts others opens everything.
        """
        told = [*(self.paths or ()), *(self.extensions or ())]
        programs = self.processes or ()
        if not all(map(_EXCLUSION.match, told)) or not all(map(_PROCESS.match, programs)):
            return None
        wide = [
            one for one in self.paths or () if _EVERYTHING.fullmatch(one.strip().replace("/", "\\"))
        ]
        kinds = [one for one in self.extensions or () if one.strip("*. ").lower() in _PROGRAMS]
        starters = [one for one in programs if _STARTER.search(one.strip())]
        return tuple(sorted({*wide, *kinds, *starters}))


_EXCLUSION = re.compile(r"[A-Za-z]:|\\\\|%[\w()]+%|[*?]|\.?[\w-]{1,20}$")
_PROCESS = re.compile(r"[A-Za-z]:[\\/]|\\\\|%[\w()]+%|[*?]|[^:]{1,200}\.\w{2,4}$")
_EVERYTHING = re.compile(
    r"(?:\*+|(?:[A-Z?*]:|%(?:SystemDrive|HomeDrive)%)"
    r"(?:\\(?:Users(?:\\[^\\]+)?|Windows|Program Files(?: \(x86\))?)(?:\\\*)?)?|%(?:UserProfile|SystemRoot"
    r"|WinDir|ProgramFiles(?:\(x86\))?|ProgramW6432|Temp|AppData|LocalAppData|ProgramData|Public|AllUsersProfile)%)[\\*.]*",
    re.IGNORECASE,
)
# What starts whatever it is given: shells, script hosts, the desktop, hosts of services.
_STARTER = re.compile(
    r"(?:^|[\\/])(?:\*(?:\.\*|\.exe)?|(?:explorer|cmd|powershell|pwsh|[wc]script|mshta|rundll32|regsvr32"
    r"|svchost|msiexec)\.exe)$",
    re.IGNORECASE,
)
_PROGRAMS = {"*", "exe", "dll", "com", "scr", "ps1", "js", "vbs", "bat", "cmd", "msi"}


def status(host: Host) -> Status | None:
    """Return what Defender says of itself; None where it is not there to be asked."""
    found = instances_or_none(host, NAMESPACE, "MSFT_MpComputerStatus", Status)
    return found[0] if found else None


def preference(host: Host) -> Preference | None:
    """Return how Defender is set; None where it was not told.

    A row without exclusions says that there are none; no row says nothing.
    """
    found = instances_or_none(host, NAMESPACE, "MSFT_MpPreference", Preference)
    return found[0] if found else None
