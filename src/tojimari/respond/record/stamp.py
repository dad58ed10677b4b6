"""Time stamps by RFC 3161: the request, and whether an answer really stamps what was sent.

Needs the extra ``timestamp`` (rfc3161-client).
"""

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec
from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

STAMP_BYTES = 65_536
"""The longest answer that is read; usual are 1 to 6 kB."""
CA_BYTES = 2_000_000
_HASHES = {
    "2.16.840.1.101.3.4.2.1": "sha256",
    "2.16.840.1.101.3.4.2.2": "sha384",
    "2.16.840.1.101.3.4.2.3": "sha512",
}
_SIGNER = ("certificate verify error", "EKU extension")
"""What the library's errors say where the signer is refused; it looks at the signature after that."""


class BadStamp(ValueError):
    """An answer is no time stamp of what was sent, by somebody who is trusted."""


class OtherSigner(BadStamp):
    """An answer says that it stamps what was sent, but its signer is under no trusted certificate.

    So its signature was not checked.
    """


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

    nonce: what the answer must repeat; None when it is read again later. Raises BadStamp; where only
    the signer is not trusted, OtherSigner.
    """
    if len(answer) > STAMP_BYTES:
        raise BadStamp
    # The builder keeps its lists from one to the next, so they are handed over at once.
    verifier = VerifierBuilder(roots=list(trusted), nonce=nonce)
    try:
        read = decode_timestamp_response(answer)
        if not _over(read, data):
            raise BadStamp
        verifier.build().verify_message(read, data)
        at: datetime = read.tst_info.gen_time
    except VerificationError as error:
        refused = any(words in str(error) for words in _SIGNER)
        raise (OtherSigner if refused else BadStamp) from error
    except (ValueError, TypeError, OverflowError, KeyError) as error:
        raise BadStamp from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _over(read: TimeStampResponse, data: bytes) -> bool:
    """Return whether an answer names the digest of ``data``, whoever signed that."""
    imprint = read.tst_info.message_imprint
    name = _HASHES.get(imprint.hash_algorithm.dotted_string)
    return name is not None and hashlib.new(name, data).digest() == imprint.message
