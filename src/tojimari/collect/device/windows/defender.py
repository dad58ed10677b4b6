"""Microsoft Defender's own record of its signatures, in the registry."""

import re
from datetime import UTC, datetime, timedelta

from tojimari.collect.device.windows.registry import values_of
from tojimari.collect.host import Host, Unavailable

SIGNATURES_KEY = r"HKEY_LOCAL_MACHINE\SOFTWARE\Microsoft\Windows Defender\Signature Updates"
_EPOCH = datetime(1601, 1, 1, tzinfo=UTC)


def signatures_at(host: Host) -> datetime | None:
    """Return when the signatures in use were made; None where the record was not seen."""
    try:
        held = values_of(host, SIGNATURES_KEY, "AVSignatureApplied").get("AVSignatureApplied")
    except Unavailable:
        return None
    return file_time(str(held))


def file_time(text: str) -> datetime | None:
    """Return the moment of a FILETIME as ``reg`` prints it; None for what is none.

    Eight bytes as 16 hexadecimal digits, least significant byte first: the tenths of microseconds
    since 1601.
    """
    if not re.fullmatch(r"[0-9A-Fa-f]{16}", text):
        return None
    count = int.from_bytes(bytes.fromhex(text), "little")
    try:
        return _EPOCH + timedelta(microseconds=count // 10) if count else None
    except OverflowError:
        return None
