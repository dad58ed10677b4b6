"""Microsoft Defender's own record of its signatures, in the registry."""

from datetime import UTC, datetime, timedelta

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
