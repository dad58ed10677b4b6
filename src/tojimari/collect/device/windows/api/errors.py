"""What the numbers mean by which Windows refuses: its words differ by language and are not read."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from tojimari.collect.host import Denied, Missing, Nonsense, TookTooLong, Unavailable

_DENIED = {
    0x80070005,  # E_ACCESSDENIED
    0x80041003,  # WBEM_E_ACCESS_DENIED
    0x80041062,  # WBEM_E_PRIVILEGE_NOT_HELD
    0x80070522,  # ERROR_PRIVILEGE_NOT_HELD
}
_MISSING = {
    0x80040154,  # REGDB_E_CLASSNOTREG
    0x800401F3,  # CO_E_CLASSSTRING: no such ProgID
    0x80004001,  # E_NOTIMPL
    0x80041002,  # WBEM_E_NOT_FOUND
    0x8004100E,  # WBEM_E_INVALID_NAMESPACE
    0x80041010,  # WBEM_E_INVALID_CLASS
    0x80041011,  # WBEM_E_PROVIDER_NOT_FOUND
    0x80041013,  # WBEM_E_PROVIDER_LOAD_FAILURE
    0x80070002,  # ERROR_FILE_NOT_FOUND
    0x80070422,  # ERROR_SERVICE_DISABLED
    0x80070424,  # ERROR_SERVICE_DOES_NOT_EXIST
    0x80070426,  # ERROR_SERVICE_NOT_ACTIVE
    0x80070490,  # ERROR_NOT_FOUND
    0x8007045A,  # ERROR_DLL_INIT_FAILED
    0x8007007E,  # ERROR_MOD_NOT_FOUND
    0x8007007F,  # ERROR_PROC_NOT_FOUND
    0x800706B5,  # RPC_S_UNKNOWN_IF
    0x800706BA,  # RPC_S_SERVER_UNAVAILABLE
    0x80073A9F,  # ERROR_EVT_CHANNEL_NOT_FOUND
    0x80073A9A,  # ERROR_EVT_PUBLISHER_METADATA_NOT_FOUND
    0x80070842,  # NERR_ServerNotStarted
    0x8007085A,  # NERR_WkstaNotStarted
    0x80070888,  # NERR_ServiceNotInstalled
}
_LATE = {
    0x80041069,  # WBEM_E_TIMED_OUT
    0x800705B4,  # ERROR_TIMEOUT
    0x80010002,  # RPC_E_CALL_CANCELED
}


def refusal(number: int, what: str) -> Unavailable:
    """Return why ``what`` was refused, by the number of the refusal.

    number: an HRESULT, signed or not, or the number of a Win32 or network-management error.
    """
    code = number & 0xFFFFFFFF
    if code < 0x10000:
        code |= 0x80070000  # HRESULT_FROM_WIN32
    said = f"{what}: 0x{code:08X}"
    if code in _DENIED:
        return Denied(said)
    if code in _MISSING:
        return Missing(said)
    if code in _LATE:
        return TookTooLong(said)
    return Nonsense(said)


def number_of(error: BaseException) -> int:
    """Return the number of what pywin32 or ctypes raised; 0 where it has none.

    A COM server's own number, in ``excepinfo``, says more than "an exception occurred".
    """
    inside = getattr(error, "excepinfo", None)
    for held in (
        inside[5] if isinstance(inside, tuple) and len(inside) > 5 else None,
        getattr(error, "hresult", None),
        getattr(error, "winerror", None),
        error.args[0] if error.args else None,
    ):
        if isinstance(held, int) and not isinstance(held, bool) and held != 0:
            return held
    return 0


@contextmanager
def refused_as_unavailable(what: str) -> Iterator[None]:
    """Turn whatever Windows raises inside into Unavailable, which says ``what`` was asked."""
    try:
        yield
    except Unavailable:
        raise
    except ImportError as error:
        raise Missing(f"{what}: {error.name}") from error
    except Exception as error:  # pywin32's error types exist on Windows alone
        number = number_of(error)
        if number:
            raise refusal(number, what) from error
        name = re.sub(r"\W", "", type(error).__name__)
        raise Nonsense(f"{what}: {name}") from error
