"""Time stamps by RFC 3161: the request, and whether an answer really stamps what was sent.

Needs the extra ``timestamp`` (rfc3161-client).
"""

from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

STAMP_BYTES = 65_536
"""The longest answer that is read; usual are 1 to 6 kB."""
CA_BYTES = 2_000_000


class BadStamp(ValueError):
    """An answer is no time stamp of what was sent, by somebody who is trusted."""


class Request(msgspec.Struct, frozen=True):
    """What is sent to a time-stamp server, and the nonce its answer must repeat."""

    body: bytes
    nonce: int


def request(data: bytes) -> Request:
    """Return the request for a stamp over ``data``; only its SHA-512 is in it."""
    made = TimestampRequestBuilder().data(data).hash_algorithm(HashAlgorithm.SHA512).build()
    if made.nonce is None:
        raise BadStamp
    return Request(made.as_bytes(), made.nonce)


def certificates(pem: bytes) -> list[x509.Certificate]:
    """Return the certificates of a PEM file. Raises ValueError where there is none."""
    return list(x509.load_pem_x509_certificates(pem))


def stamped_at(
    answer: bytes,
    data: bytes,
    trusted: Iterable[x509.Certificate],
    *,
    nonce: int | None = None,
) -> datetime:
    """Return when ``data`` was stamped (UTC), by a signer under one of ``trusted``.

    nonce: what the answer must repeat; None when it is read again later. Raises BadStamp.
    """
    if len(answer) > STAMP_BYTES:
        raise BadStamp
    # The builder keeps its lists from one to the next, so they are handed over at once.
    verifier = VerifierBuilder(roots=list(trusted), nonce=nonce)
    try:
        read = decode_timestamp_response(answer)
        verifier.build().verify_message(read, data)
        at: datetime = read.tst_info.gen_time
    except (VerificationError, ValueError, TypeError, OverflowError, KeyError) as error:
        raise BadStamp from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)
