"""Which statements were revoked: a Token Status List (draft-ietf-oauth-status-list-21, no RFC yet).

Two bits a statement: 0 valid, 1 revoked, 2 suspended (it may count again), 3 superseded by a newer one
(the draft leaves 3 to the application). Indices are drawn at random from a list that is long from its first day, so neither an
index nor the list's length tells how many statements there are. The newest list is handed over with a
statement, so that it can be checked without asking anybody; it then speaks for its own day only.
"""

import secrets
import zlib
from collections.abc import Collection, Mapping
from typing import Any, Literal

import msgspec
from joserfc.jwk import ECKey

from tojimari.attest.keys import key_id
from tojimari.attest.plain_json import BadJson, b64, unb64
from tojimari.attest.refusal import StatementRefused
from tojimari.attest.sd_jwt import SKEW, check_times, key_from, open_signed, sign

TYPE = "statuslist+jwt"
SIZE = 1 << 17
"""Statements that a list has room for."""
MAX_BYTES = 400_000
_MAX_RAW = 1 << 20

Status = Literal["valid", "revoked", "suspended", "superseded"]
VALUE: Mapping[Status, int] = {"valid": 0, "revoked": 1, "suspended": 2, "superseded": 3}
_MEANS: Mapping[int, Status] = {value: status for status, value in VALUE.items()}


class StatusList(msgspec.Struct, frozen=True):
    """A list that verified. uri: where it stands; at: seconds when it was made; bits: 1, 2, 4, 8."""

    uri: str
    at: int
    expires: int
    bits: int
    raw: bytes
    kid: str

    def value(self, index: int) -> int:
        """Return the value at ``index``. Raises StatementRefused where the list has no such place."""
        each = 8 // self.bits
        if not 0 <= index < len(self.raw) * each:
            raise StatementRefused("bad_status", "no such place in the list")
        shift = (index % each) * self.bits
        return (self.raw[index // each] >> shift) & ((1 << self.bits) - 1)

    def status(self, index: int) -> Status:
        """Return what the list says of a statement; a value that is not known counts as revoked."""
        return _MEANS.get(self.value(index), "revoked")


def free_index(taken: Collection[int]) -> int:
    """Return a random index that is not ``taken``. Raises ValueError when the list is full."""
    if len(taken) >= SIZE // 2:  # beyond that drawing tells how full it is, and takes long
        raise ValueError("the status list is full")
    while (index := secrets.randbelow(SIZE)) in taken:
        pass
    return index


def packed(values: Mapping[int, int], *, bits: int = 2, size: int = SIZE, others: int = 0) -> str:
    """Return a list as the draft packs it: least significant bits first, zlib, base64url.

    others: the value of every index that is not among ``values``.
    """
    each = 8 // bits
    whole, mask = sum(others << place * bits for place in range(each)), (1 << bits) - 1
    raw = bytearray([whole]) * (size // each)
    for index, value in values.items():
        place = (index % each) * bits
        raw[index // each] = raw[index // each] & ~(mask << place) | value << place
    return b64(zlib.compress(bytes(raw), 9))


def unpacked(text: str) -> bytes:
    """Return the bytes of a packed list. Raises BadJson; never unpacks more than 1 MiB."""
    machine = zlib.decompressobj()
    try:
        raw = machine.decompress(unb64(text), _MAX_RAW)
    except zlib.error as error:
        raise BadJson("no packed list") from error
    if machine.unconsumed_tail or not machine.eof or machine.unused_data:
        raise BadJson("no packed list, or too large")
    return raw


def issue_list(
    set_: Mapping[int, Status],
    key: ECKey,
    *,
    uri: str,
    at: int,
    good_for: int,
    ttl: int,
    others: Status = "valid",
) -> str:
    """Return a signed list. at: seconds since 1970; good_for, ttl: seconds.

    others: what it says of every statement that is not among ``set_``.
    """
    listed = packed({index: VALUE[status] for index, status in set_.items()}, others=VALUE[others])
    payload = {
        "sub": uri,
        "iat": at,
        "exp": at + good_for,
        "ttl": ttl,
        "status_list": {"bits": 2, "lst": listed},
    }
    return sign({"typ": TYPE, "kid": key_id(key)}, payload, key)


def read_list(text: str, keys: Mapping[str, ECKey], *, now: int) -> StatusList:
    """Return a list whose signature is right and that is not too old. Raises StatementRefused.

    ``stale_status`` for an expired list, whatever it says; ``bad_status`` for all else.
    """
    if len(text) > MAX_BYTES or not text.isascii():
        raise StatementRefused("bad_status", "too large")
    try:
        header, payload = open_signed(text, key_from(keys), (TYPE,))
        check_times(payload, now)
        return _read(payload, str(header["kid"]))
    except StatementRefused as refused:
        if refused.why == "expired":
            raise StatementRefused("stale_status", "the list is too old") from refused
        raise StatementRefused("bad_status", str(refused)) from refused
    except BadJson as error:
        raise StatementRefused("bad_status", str(error)) from error


def _read(payload: Mapping[str, Any], kid: str) -> StatusList:
    listed, uri = payload.get("status_list"), payload.get("sub")
    if not isinstance(listed, dict) or not isinstance(uri, str):
        raise BadJson("no list")
    bits, text = listed.get("bits"), listed.get("lst")
    if bits not in (1, 2, 4, 8) or isinstance(bits, bool) or not isinstance(text, str):
        raise BadJson("no list")
    return StatusList(uri, payload["iat"], payload["exp"], bits, unpacked(text), kid)


def check_status(payload: Mapping[str, Any], listed: StatusList) -> int:
    """Check a verified statement by a list; returns when the list was made. Raises StatementRefused.

    The list must be the one that the statement names; nobody else's list speaks for it. A list may
    be signed by a later key of the same issuer than the statement.
    """
    status = payload.get("status")
    place = status.get("status_list") if isinstance(status, dict) else None
    if not isinstance(place, dict) or place.get("uri") != listed.uri:
        raise StatementRefused("bad_status", "another list")
    index = place.get("idx")
    if not isinstance(index, int) or isinstance(index, bool):
        raise StatementRefused("bad_status", "no place in the list")
    if listed.at + SKEW < payload["iat"]:
        raise StatementRefused("stale_status", "the list is older than the statement")
    found = listed.status(index)
    if found != "valid":
        raise StatementRefused(found, f"{found} by the list")
    return listed.at
