"""Seals what must not be read in the database: ChaCha20-Poly1305 under the portal's secret."""

import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from tojimari.model import TojimariError

_NONCE_BYTES = 12


class Sealed(TojimariError):
    """Something cannot be opened with this portal's secret, or was changed."""


def seal(data: bytes, *, purpose: str, about: str) -> bytes:
    """Return ``data`` sealed. ``about``: id of what it belongs to; it opens nowhere else."""
    nonce = os.urandom(_NONCE_BYTES)
    cipher = ChaCha20Poly1305(derived_key(settings.SECRET_KEY, purpose))
    return nonce + cipher.encrypt(nonce, data, about.encode())


def unseal(sealed: bytes, *, purpose: str, about: str) -> bytes:
    """Return what was sealed, under this secret or an earlier one. Raises Sealed."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        cipher = ChaCha20Poly1305(derived_key(secret, purpose))
        try:
            return cipher.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], about.encode())
        except (InvalidTag, ValueError):
            continue
    raise Sealed(
        "暗号にして入れたものが開けません。前の TOJIMARI_SECRET_KEY を TOJIMARI_OLD_SECRET_KEYS に入れてください。",
        "Something sealed cannot be opened. Put the earlier TOJIMARI_SECRET_KEY into "
        "TOJIMARI_OLD_SECRET_KEYS.",
    )


@lru_cache(maxsize=64)
def derived_key(secret: str, purpose: str) -> bytes:
    """Return 32 bytes for one purpose from the portal's secret (HKDF)."""
    return HKDF(SHA256(), length=32, salt=None, info=purpose.encode()).derive(secret.encode())
