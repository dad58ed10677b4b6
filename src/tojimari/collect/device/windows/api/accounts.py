"""Asks for accounts, groups, rules on passwords and what the computer is joined to.

https://learn.microsoft.com/windows/win32/netmgmt/network-management-functions
Groups are asked for by their identifier: names differ by language.
"""

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from tojimari.collect.device.windows.api.errors import refused_as_unavailable
from tojimari.collect.device.windows.api.library import checked, function, library
from tojimari.collect.host import Missing, Unavailable
from tojimari.model.facts import Plain

_ADMINISTRATORS = "S-1-5-32-544"
_NORMAL_ACCOUNT = 2  # FILTER_NORMAL_ACCOUNT
_TOKEN_QUERY = 8
_WHOLE = 0xFFFFFFFF  # MAX_PREFERRED_LENGTH
_MOST = 1000


class _Member(ctypes.Structure):
    """LOCALGROUP_MEMBERS_INFO_2."""

    _fields_: ClassVar[list[tuple[str, Any]]] = [
        ("sid", ctypes.c_void_p),
        ("usage", ctypes.c_int),
        ("name", ctypes.c_wchar_p),
    ]


class _Join(ctypes.Structure):
    """The beginning of DSREG_JOIN_INFO."""

    _fields_: ClassVar[list[tuple[str, Any]]] = [("kind", ctypes.c_int)]


def users() -> Plain:
    """Return the accounts of this computer: ``name``, ``sid``, ``id``, ``flags``, ``last_logon``.

    ``id`` is the relative identifier, ``flags`` are UF_..., ``last_logon`` is in seconds since
    1970 (0: not known), ``password_age`` in seconds.
    """
    with refused_as_unavailable("NetUserEnum"):
        import win32net

        found, _, _ = win32net.NetUserEnum(None, 3, _NORMAL_ACCOUNT, 0)
        return [
            {
                "name": one["name"],
                "sid": _sid_of(one["name"]),
                "id": one["user_id"],
                "flags": one["flags"],
                "last_logon": one["last_logon"],
                "password_age": one["password_age"],
            }
            for one in found[:_MOST]
        ]


def _sid_of(name: str) -> Plain:
    try:
        with refused_as_unavailable("LookupAccountName"):
            import win32security

            sid, _, _ = win32security.LookupAccountName(None, name)
            return str(win32security.ConvertSidToStringSid(sid))
    except Unavailable:
        return None


def administrators() -> Plain:
    """Return the members of the administrators: ``sid``, ``usage`` (SID_NAME_USE), ``name``."""
    with refused_as_unavailable("NetLocalGroupGetMembers"):
        import win32security

        sid = win32security.ConvertStringSidToSid(_ADMINISTRATORS)
        group, _, _ = win32security.LookupAccountSid(None, sid)
        network, security = library("netapi32"), library("advapi32")
        held, read, total = ctypes.c_void_p(), ctypes.c_ulong(), ctypes.c_ulong()
        result = function(network, "NetLocalGroupGetMembers")(
            None,
            ctypes.c_wchar_p(group),
            2,
            ctypes.byref(held),
            ctypes.c_ulong(_WHOLE),
            ctypes.byref(read),
            ctypes.byref(total),
            None,
        )
        checked(result, "NetLocalGroupGetMembers")
        if not held.value:
            raise Missing("NetLocalGroupGetMembers")
        with _freed(network, "NetApiBufferFree", held):
            rows = (_Member * min(read.value, _MOST)).from_address(held.value)
            return [
                {"sid": _text_of(security, one.sid), "usage": one.usage, "name": one.name}
                for one in rows
            ]


def _text_of(security: Any, sid: int | None) -> Plain:
    text = ctypes.c_wchar_p()
    if not sid or not security.ConvertSidToStringSidW(ctypes.c_void_p(sid), ctypes.byref(text)):
        return None
    with _freed(library("kernel32"), "LocalFree", text):
        return text.value


@contextmanager
def _freed(owner: Any, name: str, held: Any) -> Iterator[None]:
    try:
        yield
    finally:
        getattr(owner, name)(held)


def rules() -> Plain:
    """Return the rules for accounts of this computer (USER_MODALS_INFO_0 and _3)."""
    with refused_as_unavailable("NetUserModalsGet"):
        import win32net

        passwords = win32net.NetUserModalsGet(None, 0)
        lockout = win32net.NetUserModalsGet(None, 3)
        return {
            "min_length": passwords["min_passwd_len"],
            "max_age_seconds": passwords["max_passwd_age"],
            "lockout_tries": lockout["lockout_threshold"],
        }


def membership() -> Plain:
    """Return ``status`` (NETSETUP_JOIN_STATUS), ``name`` and ``entra`` (DSREG_JOIN_TYPE, 0: none)."""
    with refused_as_unavailable("NetGetJoinInformation"):
        import win32net

        name, status = win32net.NetGetJoinInformation()
    return {"name": str(name or ""), "status": status, "entra": _entra()}


def _entra() -> Plain:
    """Return how the computer is joined to Entra ID; None where that cannot be asked."""
    try:
        with refused_as_unavailable("NetGetAadJoinInformation"):
            network, held = library("netapi32"), ctypes.c_void_p()
            result = function(network, "NetGetAadJoinInformation")(None, ctypes.byref(held))
            checked(result, "NetGetAadJoinInformation")
            if not held.value:
                return 0
            with _freed(network, "NetFreeAadJoinInformation", held):
                return int(_Join.from_address(held.value).kind)
    except Unavailable:
        return None


def token() -> Plain:
    """Return who looks: ``sid``, ``name``, ``domain``, ``elevation_type`` and ``elevated``."""
    with refused_as_unavailable("GetTokenInformation"):
        import win32api
        import win32security

        held = win32security.OpenProcessToken(win32api.GetCurrentProcess(), _TOKEN_QUERY)
        sid, _ = win32security.GetTokenInformation(held, win32security.TokenUser)
        name, domain, _ = win32security.LookupAccountSid(None, sid)
        return {
            "sid": win32security.ConvertSidToStringSid(sid),
            "name": name,
            "domain": domain,
            "elevation_type": win32security.GetTokenInformation(
                held, win32security.TokenElevationType
            ),
            "elevated": win32security.GetTokenInformation(held, win32security.TokenElevation),
        }
