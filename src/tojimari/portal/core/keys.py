"""The keys the portal signs with: made, sealed, rotated, published. See RFC 8037 and RFC 7638.

Each purpose has keys of its own: what is signed for one is never taken for another's, and who can
make the portal sign one thing gets no signature on the other.
"""

import base64
import hashlib
import json

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from tojimari.model import TojimariError
from tojimari.portal.core.models import SigningKey
from tojimari.portal.core.sealing import Sealed, seal, unseal

_PURPOSE = "tojimari signing key 1"


class KeySealed(TojimariError):
    """The current key cannot be opened with this portal's secret."""


def signing_key(purpose: str = SigningKey.GENERAL) -> tuple[str, Ed25519PrivateKey]:
    """Return a purpose's current key: its id and its private part, making a key on first use.

    Raises KeySealed when it was sealed under a secret this portal does not have.
    """
    current = SigningKey.objects.filter(purpose=purpose, state=SigningKey.CURRENT)
    row = current.first()
    if row is None:
        try:
            with transaction.atomic():
                row = _make(purpose)
        except IntegrityError:  # another process was faster
            row = current.get()
    return row.kid, _opened(row)


def rotate(purpose: str = SigningKey.GENERAL) -> str:
    """Make a new key the current one of a purpose; returns its id.

    The one before it is published and verifies until the next rotation, and cannot sign any more.
    """
    with transaction.atomic():
        keys = SigningKey.objects.filter(purpose=purpose).select_for_update()
        list(keys.order_by("pk"))  # one rotation at a time
        keys.filter(state=SigningKey.PREVIOUS).update(state=SigningKey.RETIRED)
        keys.filter(state=SigningKey.CURRENT).update(
            state=SigningKey.PREVIOUS, sealed=b"", ended_at=timezone.now()
        )
        return _make(purpose).kid


def published() -> dict[str, list[dict[str, str]]]:
    """Return the JWK set: the public parts of the current and the previous keys.

    Of those for records every one: a record is checked years after it was signed.
    """
    return _jwk_set(
        SigningKey.objects.exclude(state=SigningKey.RETIRED, purpose=SigningKey.GENERAL)
    )


def published_for(purpose: str) -> dict[str, list[dict[str, str]]]:
    """Return the JWK set of one purpose's keys, those that do not sign any more as well."""
    return _jwk_set(SigningKey.objects.filter(purpose=purpose))


def _jwk_set(keys: QuerySet) -> dict[str, list[dict[str, str]]]:
    return {
        "keys": [
            {**_jwk(bytes.fromhex(key.public)), "kid": key.kid, "use": "sig", "alg": "EdDSA"}
            for key in keys.order_by("-made_at", "kid")
        ]
    }


def _make(purpose: str) -> SigningKey:
    private = Ed25519PrivateKey.generate()
    public = private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    kid = _thumbprint(public)
    raw = private.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    sealed = seal(raw, purpose=_PURPOSE, about=kid)
    made: SigningKey = SigningKey.objects.create(
        kid=kid,
        purpose=purpose,
        public=public.hex(),
        sealed=sealed,
        state=SigningKey.CURRENT,
    )
    return made


def _opened(row: SigningKey) -> Ed25519PrivateKey:
    try:
        raw = unseal(bytes(row.sealed), purpose=_PURPOSE, about=row.kid)
    except Sealed as error:
        raise KeySealed(
            "署名の鍵が開けません。前の TOJIMARI_SECRET_KEY を TOJIMARI_OLD_SECRET_KEYS に入れるか、"
            "`tojimari portal keys rotate` で新しい鍵を作ってください。",
            "The signing key cannot be opened. Put the earlier TOJIMARI_SECRET_KEY into "
            "TOJIMARI_OLD_SECRET_KEYS, or make a new key with `tojimari portal keys rotate`.",
        ) from error
    return Ed25519PrivateKey.from_private_bytes(raw)


def _jwk(public: bytes) -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": _base64(public)}


def _thumbprint(public: bytes) -> str:
    canonical = json.dumps(_jwk(public), separators=(",", ":"), sort_keys=True)
    return _base64(hashlib.sha256(canonical.encode()).digest())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
