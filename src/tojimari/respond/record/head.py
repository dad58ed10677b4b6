"""Signed heads: which line a record had reached when, under the portal's key for records (EdDSA).

Needs the extra ``agent`` (PyJWT, cryptography).
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any

import jwt
import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

TYPE = "tojimari-record-head+jwt"
"""``typ`` of a head, so that nothing else the portal signs is taken for one."""
HEAD_LETTERS = 4000
KEYS_AT_MOST = 100
_JWS = jwt.PyJWS(algorithms=["EdDSA"])


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What was signed.

    Attributes:
        record: id of the incident.
        number: of the newest line.
        digest: of that line, and so of every line before it.
        iat: when it was signed, by the portal's clock; seconds since 1970.
        iss: address of the portal.
    """

    record: str
    number: int
    digest: str
    iat: int
    iss: str


class BadHead(ValueError):
    """A head is none, or its signature is false."""


def sign_head(head: Head, kid: str, key: Ed25519PrivateKey) -> str:
    """Return a head as a compact JWS."""
    payload = msgspec.json.encode(head, order="sorted")
    return _JWS.encode(payload, key, algorithm="EdDSA", headers={"kid": kid, "typ": TYPE})


def kid_of(jws: str) -> str:
    """Return the id of the key that a head names. Raises BadHead."""
    return str(_header(jws).get("kid", ""))


def _header(jws: str) -> dict[str, Any]:
    if len(jws) > HEAD_LETTERS or not jws.isascii():
        raise BadHead
    try:
        return dict(jwt.get_unverified_header(jws))
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise BadHead from error


def read_head(jws: str, keys: Mapping[str, Ed25519PublicKey]) -> Head | None:
    """Return what a head says; None where its key is not among ``keys``. Raises BadHead."""
    header = _header(jws)
    if header.get("alg") != "EdDSA" or header.get("typ") != TYPE or "crit" in header:
        raise BadHead
    key = keys.get(str(header.get("kid", "")))
    if key is None:
        return None
    try:
        return msgspec.json.decode(_JWS.decode(jws, key, algorithms=["EdDSA"]), type=Head)
    except (jwt.PyJWTError, msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise BadHead from error


def unverified(jws: str) -> Head:
    """Return what a head says, without asking who signed it. Raises BadHead."""
    _header(jws)
    try:
        part = jws.split(".")[1]
        payload = base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
        return msgspec.json.decode(payload, type=Head)
    except (IndexError, binascii.Error, msgspec.MsgspecError, ValueError) as error:
        raise BadHead from error


def thumbprint(public: bytes) -> str:
    """Return the id of an Ed25519 key of 32 bytes: its JWK thumbprint (RFC 7638)."""
    jwk = {"crv": "Ed25519", "kty": "OKP", "x": _base64(public)}
    text = json.dumps(jwk, separators=(",", ":"), sort_keys=True)
    return _base64(hashlib.sha256(text.encode()).digest())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def read_keys(data: bytes) -> dict[str, Ed25519PublicKey]:
    """Return the Ed25519 keys of a JWK or JWK set (RFC 7517) by thumbprint. Raises ValueError.

    A key's own name counts nothing: it is known by what it is.
    """
    given = msgspec.json.decode(data)
    listed = given.get("keys", [given]) if isinstance(given, dict) else None
    if not isinstance(listed, list) or len(listed) > KEYS_AT_MOST:
        raise ValueError("no keys")
    found = {}
    for one in listed:
        if not isinstance(one, dict) or one.get("kty") != "OKP" or one.get("crv") != "Ed25519":
            continue
        x = one.get("x")
        if not isinstance(x, str) or len(x) > HEAD_LETTERS:
            continue
        try:
            public = base64.urlsafe_b64decode(x + "=" * (-len(x) % 4))
            found[thumbprint(public)] = Ed25519PublicKey.from_public_bytes(public)
        except (binascii.Error, ValueError, UnsupportedAlgorithm):
            continue
    return found
