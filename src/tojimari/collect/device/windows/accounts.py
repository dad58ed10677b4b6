"""Accounts of this computer, its administrators, and the rules for passwords."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from tojimari.collect.device.windows.api import Question, api_of, row, rows
from tojimari.collect.device.windows.api.dates import real_moment
from tojimari.collect.device.windows.registry import CURRENT_VERSION_KEY, values_of
from tojimari.collect.host import Host, Nonsense, Unavailable
from tojimari.collect.look import Seen, collector, saw
from tojimari.collect.windows_system import HKLM
from tojimari.model import NotSeen
from tojimari.model.facts import DeviceAccounts, DevicePasswords, Plain

INACTIVE = timedelta(days=90)
WINLOGON_KEY = rf"{CURRENT_VERSION_KEY}\Winlogon"
LSA_KEY = rf"{HKLM}\SYSTEM\CurrentControlSet\Control\Lsa"
PROFILES_KEY = rf"{CURRENT_VERSION_KEY}\ProfileList"
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)
_DISABLED, _NEEDS_NO_PASSWORD = 0x2, 0x20  # UF_ACCOUNTDISABLE, UF_PASSWD_NOTREQD
_GUEST = 501
_NOT_PEOPLE = {_GUEST, 503, 504}  # the guest, DefaultAccount, WDAGUtilityAccount
_LIMITED, _FULL = 3, 2  # TOKEN_ELEVATION_TYPE
_DOMAIN = 3  # NetSetupDomainName
_DEVICE_JOIN = 1  # DSREG_DEVICE_JOIN
_FOREVER = 0xFFFFFFFF  # TIMEQ_FOREVER
_DAY = 86400


class _User(msgspec.Struct):
    name: str | None = None
    sid: str | None = None
    id: int | None = None
    flags: int | None = None
    last_logon: int | None = None

    @property
    def enabled(self) -> bool:
        """Whether it may sign in; what was not told may."""
        return not (self.flags or 0) & _DISABLED

    @property
    def person(self) -> bool:
        """Whether a person may sign in with it."""
        return bool(self.name) and self.enabled and self.id not in _NOT_PEOPLE


class _Member(msgspec.Struct):
    sid: str | None = None
    name: str | None = None


class _Token(msgspec.Struct):
    sid: str | None = None
    name: str | None = None
    domain: str | None = None
    elevation_type: int | None = None
    elevated: int | None = None

    @property
    def administrator(self) -> bool | None:
        """Whether the user is an administrator, with the rights in use or put aside for now."""
        if self.elevation_type in (_LIMITED, _FULL):
            return True
        return None if self.elevated is None else self.elevated != 0


class _Rules(msgspec.Struct):
    min_length: int | None = None
    max_age_seconds: int | None = None
    lockout_tries: int | None = None


class _Membership(msgspec.Struct):
    status: int | None = None
    entra: int | None = None


Joined = Literal["none", "domain", "entra"]


def _asked(host: Host, question: Question) -> Plain:
    try:
        return api_of(host).ask(question)
    except Unavailable:
        return {}


def joined(host: Host) -> Joined | None:
    """Return who decides over accounts beside this computer; None where that was not told."""
    told = _asked(host, "membership")
    found = row(told, _Membership) if isinstance(told, dict) else _Membership()
    if found.status == _DOMAIN:
        return "domain"
    if found.entra == _DEVICE_JOIN:
        return "entra"
    return None if found.status is None else "none"


@collector("windows", sees=(DeviceAccounts,), limit_seconds=15.0)
def accounts(host: Host) -> list[Seen]:
    """List who may sign in here, who is an administrator, and whether the one who looks is.

    Somebody of a domain or of Entra ID has no account here, so the one who looks is added.
    """
    users = [one for one in rows(api_of(host).ask("users"), _User) if one.name]
    if not users:
        raise Nonsense("NetUserEnum: no account")
    told = _asked(host, "token")
    looking = row(told, _Token) if isinstance(told, dict) else _Token()
    people = {str(one.name) for one in users if one.person}
    own = _own_name(looking, users)
    administrators = _administrators(host, users)
    if own and looking.administrator:
        administrators.add(own)
    uses = {str(one.name): _last_use(host, one) for one in users if one.person}
    guest = next((one for one in users if one.id == _GUEST), None)
    before = datetime.now(UTC) - INACTIVE
    fact = DeviceAccounts(
        people=tuple(sorted(people | ({own} if own else set()))),
        administrators=tuple(sorted(administrators)),
        uid0=(),
        inactive=tuple(
            sorted(name for name, at in uses.items() if at and at < before and name != own)
        ),
        inactive_known=all(uses.values()),
        guest_enabled=guest.enabled if guest and guest.flags is not None else None,
        auto_login=_signs_in_by_itself(host),
        user_is_administrator=looking.administrator,
        joined=joined(host),
    )
    why = NotSeen("not_told")
    nullable = ("guest_enabled", "auto_login", "user_is_administrator", "joined")
    return [saw(fact, **{name: why for name in nullable if getattr(fact, name) is None})]


def _own_name(looking: _Token, users: list[_User]) -> str:
    """Return the name of the one who looks: as here, else with its domain; "" for services."""
    for one in users:
        if one.sid and one.sid == looking.sid:
            return str(one.name)
    if not looking.name or not (looking.sid or "").startswith(("S-1-5-21-", "S-1-12-1-")):
        return ""
    return f"{looking.domain}\\{looking.name}" if looking.domain else looking.name


def _administrators(host: Host, users: list[_User]) -> set[str]:
    """Return the administrators who may sign in; groups and people of a domain as they are named.

    Raises as ``Host.run``: without this list nothing can be said of administrators.
    """
    here = {one.sid: one for one in users if one.sid}
    found = set()
    for member in rows(api_of(host).ask("administrators"), _Member):
        user = here.get(member.sid) if member.sid else None
        if user is None:
            found.add(member.name or member.sid or "")
        elif user.enabled:
            found.add(str(user.name))
    return found - {""}


def _last_use(host: Host, user: _User) -> datetime | None:
    """Return when an account was last used; None where neither of two records tells.

    The record of sign-ins does not know all ways of today, such as a PIN; that of profiles does.
    """
    times = []
    if user.last_logon and 0 < user.last_logon < _FOREVER:
        times.append(real_moment(datetime.fromtimestamp(user.last_logon, UTC)))
    if user.sid:
        try:
            held = values_of(host, rf"{PROFILES_KEY}\{user.sid}")
        except Unavailable:
            held = None
        for name in ("LocalProfileLoadTime", "LocalProfileUnloadTime"):
            low, high = (
                (held.number_if_any(f"{name}{part}") for part in ("Low", "High"))
                if held
                else (0, 0)
            )
            times.append(_filetime(low, high))
    return max((one for one in times if one), default=None)


def _filetime(low: int | None, high: int | None) -> datetime | None:
    if low is None or high is None:
        return None
    try:
        return real_moment(_EPOCH + timedelta(microseconds=((high << 32) + low) // 10))
    except OverflowError:
        return None


def _signs_in_by_itself(host: Host) -> bool | None:
    """Return whether Windows signs somebody in without being asked.

    https://learn.microsoft.com/troubleshoot/windows-server/user-profiles-and-logon/turn-on-automatic-logon
    """
    try:
        held = values_of(host, WINLOGON_KEY)
        asked_for = held.setting("AutoAdminLogon")
    except Unavailable:
        return None
    if not held:
        return None
    # Whom it signs in where no name stands here is not documented.
    return asked_for == "1" and (bool(held.text("DefaultUserName")) or None)


@collector("windows", sees=(DevicePasswords,), limit_seconds=15.0)
def passwords(host: Host) -> list[Seen]:
    """Read the rules for accounts of this computer.

    They rule nobody who signs in with an account of a domain or of Entra ID. Whether a password is
    empty shows only by trying it, which is not done.
    """
    rules = row(api_of(host).ask("account_rules"), _Rules)
    elsewhere = joined(host)
    decided_here = elsewhere == "none"
    fact = DevicePasswords(
        empty=None,
        max_age_days=_days(rules.max_age_seconds) if decided_here else None,
        min_length=rules.min_length if decided_here else None,
        lockout_tries=rules.lockout_tries if decided_here else None,
    )
    why = NotSeen("not_told") if decided_here else NotSeen("host_decides", detail=str(elsewhere))
    hidden = {
        name: why
        for name in ("max_age_days", "min_length", "lockout_tries")
        if getattr(fact, name) is None and (name != "max_age_days" or not decided_here)
    }
    allowed = ", ".join(_without_need(host))
    detail = [f"PASSWD_NOTREQD: {allowed}"] if allowed else []
    if _empty_from_afar(host):
        detail.append("LimitBlankPasswordUse: 0")
    why = NotSeen("not_on_this_system", detail="; ".join(detail))
    return [saw(fact, empty=why, **hidden)]


def _empty_from_afar(host: Host) -> bool:
    """Whether accounts without a password may be used over the network too, which none is by default.

    Source: "Accounts: Limit local account use of blank passwords to console logon only".
    """
    try:
        return values_of(host, LSA_KEY).number("LimitBlankPasswordUse") == 0
    except Unavailable:
        return False


def _days(seconds: int | None) -> int | None:
    """Return days until a change is asked for; None where none ever is."""
    return None if seconds is None or seconds >= _FOREVER or seconds < 0 else seconds // _DAY


def _without_need(host: Host) -> list[str]:
    """Return the people whose accounts may have an empty password."""
    told = _asked(host, "users")
    listed = rows(told, _User) if isinstance(told, list) else []
    return [str(one.name) for one in listed if one.person and (one.flags or 0) & _NEEDS_NO_PASSWORD]
