"""What a server's certificate is worth: believed or not and why, names, end, key."""

import itertools
import warnings
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from tojimari.collect.host import Nonsense
from tojimari.collect.outside.trust import Problem, mozillas_list

# One of the authorities that browsers believe has such a number; that is not the owner's affair.
warnings.filterwarnings("ignore", message="Parsed a serial number", category=UserWarning)

NAMES_SHOWN = 20
_CHAIN_AT_MOST = 10
_ALIKE_AT_MOST = 2
"""Certificates for one name and key, as cross-signing makes them. A search for a way to an
authority tries each of them at every step, so five cost minutes."""


class Certificate(msgspec.Struct, frozen=True):
    """What is seen of a server's certificate: the fields of ``site.tls`` that are about it."""

    trusted: bool
    problem: Problem | None
    names: tuple[str, ...]
    issuer: str
    not_after: datetime
    key: str
    key_weak: bool
    signature_hash: str | None
    chain_in_order: bool
    ocsp_stapled: bool
    must_staple: bool


def certificate_of(
    pems: Sequence[str], stapled: bool, *, site: str, more: Sequence[bytes] = ()
) -> Certificate | None:
    """Return what is seen of the certificate that was received, None where none was.

    pems: as received, the server's own first. stapled: an OCSP answer came along. more: lists of
    authorities (PEM) to believe beside Mozilla's. Raises Nonsense for what is no certificate, or
    for a chain that nobody makes by mistake.
    """
    try:
        received = [x509.load_pem_x509_certificate(pem.encode("ascii")) for pem in pems]
    except ValueError as error:
        raise Nonsense(f"{site}: certificate: {error}"[:200]) from error
    if not received:
        return None
    leaf = received[0]
    # Some servers send one twice, which harms nobody.
    others = [one for one in dict.fromkeys(received[1:]) if one != leaf]
    alike = Counter(
        (one.subject.public_bytes(), _key_bytes(one)) for one in (leaf, *others)
    ).most_common(1)[0][1]
    if len(others) >= _CHAIN_AT_MOST or alike > _ALIKE_AT_MOST:
        raise Nonsense(f"{site}: {len(received)} certificates, {alike} of one name and key")
    stores = [_mozilla(), *(Store(x509.load_pem_x509_certificates(one)) for one in more)]
    now = datetime.now(UTC)
    trusted = any(_believes(store, site, leaf, others, now) for store in stores)
    key, key_weak = _key(leaf)
    hashed = leaf.signature_hash_algorithm
    return Certificate(
        trusted=trusted,
        problem=None if trusted else _problem(leaf, others, stores, now),
        names=tuple(names_of(leaf)[:NAMES_SHOWN]),
        issuer=leaf.issuer.rfc4514_string()[:200],
        not_after=leaf.not_valid_after_utc,
        key=key,
        key_weak=key_weak,
        signature_hash=hashed.name.upper() if hashed else None,
        chain_in_order=all(
            above.subject == below.issuer for below, above in itertools.pairwise(received)
        ),
        ocsp_stapled=stapled,
        must_staple=_must_staple(leaf),
    )


@cache
def _mozilla() -> Store:
    return Store(x509.load_pem_x509_certificates(mozillas_list().read_bytes()))


def _believes(
    store: Store,
    name: str,
    leaf: x509.Certificate,
    others: list[x509.Certificate],
    now: datetime,
) -> bool:
    try:
        builder = PolicyBuilder().store(store).time(now)
        builder.build_server_verifier(x509.DNSName(name)).verify(leaf, others)
    except (VerificationError, ValueError):
        return False
    return True


def _key_bytes(one: x509.Certificate) -> bytes:
    try:
        return one.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except ValueError:  # a kind of key that is not known; it signs nothing that we believe
        return one.tbs_certificate_bytes


def demands_staple(pem: str) -> bool:
    """Say whether a certificate wants an OCSP answer sent along (RFC 7633); no for what is none."""
    try:
        return _must_staple(x509.load_pem_x509_certificate(pem.encode("ascii")))
    except ValueError:
        return False


def _must_staple(leaf: x509.Certificate) -> bool:
    try:
        found = leaf.extensions.get_extension_for_class(x509.TLSFeature).value
    except (x509.ExtensionNotFound, ValueError):
        return False
    return x509.TLSFeatureType.status_request in found


def _key(leaf: x509.Certificate) -> tuple[str, bool]:
    """Return kind and length of the key, and whether it is too short."""
    key = leaf.public_key()
    if isinstance(key, rsa.RSAPublicKey):
        return f"RSA {key.key_size}", key.key_size < 2048
    if isinstance(key, ec.EllipticCurvePublicKey):
        return f"EC {key.key_size}", key.key_size < 224
    return type(key).__name__.removesuffix("PublicKey").strip("_"), False


def names_of(leaf: x509.Certificate) -> list[str]:
    """Return the host names a certificate is for, as written in it; none where none can be read."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return []
    return [name[:253] for name in names.get_values_for_type(x509.DNSName)]


def _problem(
    leaf: x509.Certificate, others: list[x509.Certificate], stores: list[Store], now: datetime
) -> Problem:
    """Return the first thing that is wrong; what else would do tells the causes apart."""
    if leaf.not_valid_after_utc < now:
        return "expired"
    if leaf.not_valid_before_utc > now:
        return "not_yet"
    if leaf.issuer == leaf.subject:
        return "self_signed"
    for name in names_of(leaf)[:NAMES_SHOWN]:
        wanted = name.replace("*", "any", 1)
        if any(_believes(store, wanted, leaf, others, now) for store in stores):
            return "name"
    return "unknown_issuer"
