"""Keys of statements: P-256 (ES256), named by their thumbprint (RFC 7638), published as a JWKS."""

from collections.abc import Iterable, Mapping
from typing import Any

import msgspec
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from tojimari.attest.plain_json import BadJson, read_json

CURVE = "P-256"
MAX_JWKS_BYTES = 200_000
MAX_KEYS = 200
_PUBLIC = ("kty", "crv", "x", "y")


class BadKeys(ValueError):
    """What should be keys of an issuer is not."""


def new_key() -> ECKey:
    """Return a new private key."""
    return ECKey.generate_key(CURVE, auto_kid=False)


def key_id(key: ECKey) -> str:
    """Return the thumbprint (RFC 7638, SHA-256) of a key: the ``kid`` of what it signs."""
    return str(key.thumbprint())


def private_text(key: ECKey) -> str:
    """Return the private key as PEM (PKCS 8)."""
    return key.as_pem(private=True).decode("ascii")


def read_private(text: str) -> ECKey:
    """Return the private key in a PEM. Raises BadKeys."""
    try:
        key = ECKey.import_key(text)
    except (JoseError, ValueError, TypeError) as error:
        raise BadKeys("no private key") from error
    if not key.is_private or key.curve_name != CURVE:
        raise BadKeys("no private key on P-256")
    return key


def public_part(key: ECKey) -> dict[str, str]:
    """Return the public part alone, as a JWK without a name."""
    found: Mapping[str, Any] = key.as_dict(private=False)
    return {name: str(found[name]) for name in _PUBLIC}


def public_jwk(key: ECKey) -> dict[str, str]:
    """Return the public part alone, as a JWK with its ``kid``."""
    return {**public_part(key), "kid": key_id(key)}


def jwks(keys: Iterable[Mapping[str, str]]) -> dict[str, list[dict[str, str]]]:
    """Return public JWKs as a key set for verifying ES256."""
    return {"keys": [{**key, "use": "sig", "alg": "ES256"} for key in keys]}


def import_public(jwk: object) -> ECKey:
    """Return the public P-256 key of a JWK. Raises BadKeys; a private part is refused too."""
    if not isinstance(jwk, dict) or "d" in jwk:
        raise BadKeys("no public key")
    if (jwk.get("kty"), jwk.get("crv")) != ("EC", CURVE):
        raise BadKeys("no key on P-256")
    try:
        return ECKey.import_key({name: jwk[name] for name in _PUBLIC})
    except (JoseError, ValueError, TypeError, KeyError) as error:
        raise BadKeys("no key on P-256") from error


def read_jwks(data: bytes) -> dict[str, ECKey]:
    """Return the P-256 keys of a key set, by their thumbprint. Raises BadKeys.

    A key set may hold others (Ed25519): they are passed over. A ``kid`` that is not the key's
    thumbprint is refused: a name must not be put on another key.
    """
    if len(data) > MAX_JWKS_BYTES:
        raise BadKeys("too large")
    try:
        found = read_json(data)
    except BadJson as error:
        raise BadKeys("no JSON") from error
    listed = found.get("keys")
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise BadKeys("no key set")
    keys: dict[str, ECKey] = {}
    for one in listed:
        if not isinstance(one, dict) or (one.get("kty"), one.get("crv")) != ("EC", CURVE):
            continue
        key = import_public(one)
        if one.get("kid", key_id(key)) != key_id(key):
            raise BadKeys("a key's name is not its thumbprint")
        keys[key_id(key)] = key
    if not keys:
        raise BadKeys("no key on P-256")
    return keys


def write_jwks(keys: Iterable[ECKey]) -> bytes:
    """Return the public parts of ``keys`` as the bytes of a key set."""
    return msgspec.json.encode(jwks(public_jwk(key) for key in keys))
