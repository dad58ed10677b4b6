"""SD-JWT: signed JSON of which single parts can be shown (RFC 9901), in the form of SD-JWT VC.

Standards: SD-JWT is RFC 9901 (November 2025). SD-JWT VC is draft-ietf-oauth-sd-jwt-vc-24 (November
2026), not an RFC yet: ``typ`` is ``dc+sd-jwt``, its older name ``vc+sd-jwt`` is refused. Key binding
is section 4.3 of the RFC.

Only ES256 and SHA-256. What verifying refuses, and in which order, is decision 51: all that the RFC
says must be refused, and more where there would be two readings of one text. A text that verifies has
exactly one form, except for the signature itself (ECDSA allows two for the same bytes).
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import msgspec
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from tojimari.attest.keys import BadKeys, import_public, key_id, public_part
from tojimari.attest.plain_json import MAX_DEPTH, BadJson, b64, read_any, read_json, unb64
from tojimari.attest.refusal import StatementRefused, Why

TYPE = "dc+sd-jwt"
BINDING_TYPE = "kb+jwt"
MAX_BYTES = 65_536
MAX_DISCLOSURES = 1_000
SKEW = 300
"""Seconds that two clocks may differ."""

NEVER_APART = frozenset(
    ("iss", "sub", "iat", "exp", "nbf", "vct", "vct#integrity", "cnf", "status", "aud", "jti")
)
"""Claims that decide whether the rest counts: never shown or hidden apart."""
_RESERVED = frozenset(("_sd", "...", "_sd_alg"))
_END_OF_TIME = 253_402_300_800  # the year 10000, in seconds since 1970
_SALT_BYTES = 16  # RFC 9901, section 9.3: 128 bits
_ES256 = jws.JWSRegistry(algorithms=["ES256"])


class Expected(msgspec.Struct, frozen=True):
    """What the reader asks of the one who shows it.

    Attributes:
        audience: for whom it must be made; "" for anybody.
        nonce: the reader's own request, "" for any.
        within: seconds since it was made at most; None for as long as it is good.
    """

    audience: str = ""
    nonce: str = ""
    within: int | None = None


class Binding(msgspec.Struct, frozen=True):
    """For whom (``audience``) and for which request (``nonce``) it was made; when (seconds)."""

    audience: str
    nonce: str
    at: int


class Verified(msgspec.Struct, frozen=True):
    """What a text that verifies says.

    Attributes:
        payload: what is signed, with what is shown in its places.
        kid: thumbprint of the key that signed.
        shown: names of what was shown apart, in order.
        binding: for whom it was made; None where it was made for nobody.
        signed: the signed part alone.
    """

    payload: dict[str, Any]
    kid: str
    shown: tuple[str, ...]
    binding: Binding | None
    signed: str


def sign(header: Mapping[str, str], payload: Mapping[str, Any], key: ECKey) -> str:
    """Return ``payload`` as a compact JWS, signed with ES256 by ``key``."""
    body = msgspec.json.encode(payload)
    whole = {"alg": "ES256", **header}
    return str(jws.serialize_compact(whole, body, key, registry=_ES256))


def disclosure(name: str, value: object, salt: bytes = b"") -> str:
    """Return what shows one member, with a fresh salt; ``salt``: fresh bytes, where there are some."""
    fresh = salt or secrets.token_bytes(_SALT_BYTES)
    return b64(msgspec.json.encode([b64(fresh), name, value]))


def _salts(count: int) -> list[bytes]:
    """Return fresh salts, asked of the system at once."""
    many = secrets.token_bytes(_SALT_BYTES * count)
    return [many[at : at + _SALT_BYTES] for at in range(0, len(many), _SALT_BYTES)]


def digest(text: str) -> str:
    """Return the SHA-256 of ASCII ``text``, as a disclosure is named by it."""
    return b64(hashlib.sha256(text.encode("ascii")).digest())


def issue(
    payload: Mapping[str, Any],
    hidden: Mapping[str, Mapping[str, Any]],
    key: ECKey,
    *,
    kid: str = "",
    holder: ECKey | None = None,
    decoys: int = 0,
) -> tuple[str, dict[str, dict[str, str]]]:
    """Sign; returns the signed part, and what shows each hidden member.

    hidden: name of an object in the payload -> its members that are shown only on request.
    kid: the key's thumbprint, where it is known already.
    holder: the key that may present it; None where nobody needs to prove that.
    decoys: how many digests of nothing go among the others, so that their number tells less.
    """
    shows: dict[str, dict[str, str]] = {}
    body = dict(payload)
    for place, members in hidden.items():
        salts = iter(_salts(len(members)))
        shows[place] = {n: disclosure(n, value, next(salts)) for n, value in members.items()}
        digests = [digest(text) for text in shows[place].values()]
        digests += [b64(secrets.token_bytes(32)) for _ in range(decoys)]
        body[place] = {**body.get(place, {}), "_sd": sorted(digests)}
    body["_sd_alg"] = "sha-256"
    if holder is not None:
        body["cnf"] = {"jwk": public_part(holder)}
    return sign({"typ": TYPE, "kid": kid or key_id(key)}, body, key), shows


def present(signed: str, shown: Iterable[str]) -> str:
    """Return the signed part with the disclosures ``shown``, made for nobody."""
    return "".join(f"{part}~" for part in (signed, *shown))


def bind(presentation: str, holder: ECKey, *, audience: str, nonce: str, at: int) -> str:
    """Return ``presentation`` made for ``audience`` and its request ``nonce``, at a time (seconds)."""
    said = {"iat": at, "aud": audience, "nonce": nonce, "sd_hash": digest(presentation)}
    return presentation + sign({"typ": BINDING_TYPE}, said, holder)


def open_signed(
    text: str, key_of: Callable[[Mapping[str, Any]], ECKey], types: tuple[str, ...]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and payload of a compact JWS whose signature is right. Raises StatementRefused.

    key_of: gives the key for a header, or raises StatementRefused.
    """
    parts = text.split(".")
    if len(parts) != 3:
        raise StatementRefused("malformed", "not three parts")
    try:
        head, body = unb64(parts[0]), unb64(parts[1])
        unb64(parts[2])
        header = read_json(head)
    except BadJson as error:
        raise StatementRefused("malformed", str(error)) from error
    if header.get("alg") != "ES256":
        raise StatementRefused("forged", "another algorithm than ES256")
    if header.get("typ") not in types:
        raise StatementRefused("not_a_statement", "another type")
    if "crit" in header or "b64" in header:
        raise StatementRefused("not_a_statement", "asks for what is not known here")
    key = key_of(header)
    try:
        jws.deserialize_compact(text, key, registry=_ES256)
    except (JoseError, ValueError) as error:
        raise StatementRefused("forged", "the signature does not fit") from error
    try:
        return header, read_json(body)
    except BadJson as error:
        raise StatementRefused("malformed", str(error)) from error


def key_from(keys: Mapping[str, ECKey]) -> Callable[[Mapping[str, Any]], ECKey]:
    """Return what finds the key of a header among ``keys`` (by ``kid``), or raises StatementRefused."""

    def key_of(header: Mapping[str, Any]) -> ECKey:
        kid = header.get("kid")
        if not isinstance(kid, str) or kid not in keys:
            raise StatementRefused("unknown_issuer", "a key that is not trusted")
        return keys[kid]

    return key_of


def verify(
    text: str,
    keys: Mapping[str, ECKey],
    *,
    now: int,
    vct: str,
    expected: Expected | None = None,
) -> Verified:
    """Return what ``text`` says. Raises StatementRefused with the first reason that there is.

    keys: the issuer's keys that the reader trusts, by thumbprint.
    now: seconds since 1970. vct: the kind it must be of.
    expected: what must be proven of whom it was made for; None asks for nothing. What is attached
        is checked in any case.
    """
    if len(text) > MAX_BYTES:
        raise StatementRefused("too_large", f"more than {MAX_BYTES} bytes")
    signed, *shown = text.split("~")
    if not shown or not text.isascii():
        raise StatementRefused("malformed", "no SD-JWT")
    bound = shown.pop()
    if len(shown) > MAX_DISCLOSURES or "" in shown:
        raise StatementRefused("malformed", "empty or too many parts")
    header, payload = open_signed(signed, key_from(keys), (TYPE,))
    revealed = _Revealed.read(payload, shown)
    check_times(revealed, now)
    if not isinstance(revealed.get("vct"), str) or revealed["vct"] != vct:
        raise StatementRefused("not_a_statement", "another kind of statement")
    names = tuple(_name(one) for one in shown)
    body = text[: len(text) - len(bound)]
    binding = _binding(bound, body, revealed, now, expected)
    return Verified(revealed, str(header["kid"]), names, binding, signed)


def check_times(payload: Mapping[str, Any], now: int) -> None:
    """Check ``iat`` and ``exp``, which must be there, and ``nbf``. Raises StatementRefused."""
    for name in ("iat", "exp", "nbf"):
        value = payload.get(name, 0 if name == "nbf" else None)
        if type(value) is not int or not 0 <= value < _END_OF_TIME:
            raise StatementRefused("not_a_statement", f"no {name}")
    if max(payload["iat"], payload.get("nbf", 0)) > now + SKEW:
        raise StatementRefused("future", "from a time that has not come")
    if payload["exp"] <= now:
        raise StatementRefused("expired", "its time is over")


def _binding(
    text: str, body: str, payload: Mapping[str, Any], now: int, expected: Expected | None
) -> Binding | None:
    """Check for whom it was made. Raises StatementRefused."""
    if not text:
        if expected is not None:
            raise StatementRefused("unbound", "made for nobody")
        return None
    cnf = payload.get("cnf")
    try:
        holder = import_public(cnf.get("jwk") if isinstance(cnf, dict) else None)
    except BadKeys as error:
        raise StatementRefused("altered", "bound to somebody, though it names nobody") from error
    try:
        _, said = open_signed(text, lambda header: holder, (BINDING_TYPE,))
    except StatementRefused as refused:
        why: Why = "malformed" if refused.why == "malformed" else "altered"
        raise StatementRefused(why, str(refused)) from refused
    audience, nonce, at = said.get("aud"), said.get("nonce"), said.get("iat")
    if not isinstance(audience, str) or not isinstance(nonce, str) or type(at) is not int:
        raise StatementRefused("malformed", "no audience, request or time")
    if not hmac.compare_digest(str(said.get("sd_hash")).encode(), digest(body).encode()):
        raise StatementRefused("altered", "bound to another statement")
    if at > now + SKEW:
        raise StatementRefused("future", "bound at a time that has not come")
    asked = expected or Expected()
    if asked.audience and asked.audience != audience:
        raise StatementRefused("wrong_audience", "made for somebody else")
    if asked.nonce and asked.nonce != nonce:
        raise StatementRefused("replayed", "made for another request")
    if asked.within is not None and now - at > asked.within:
        raise StatementRefused("replayed", "made too long ago")
    return Binding(audience, nonce, at)


def _read_disclosure(text: str) -> list[Any]:
    try:
        found = read_any(unb64(text))
    except BadJson as error:
        raise StatementRefused("malformed", str(error)) from error
    if not isinstance(found, list) or len(found) not in (2, 3) or not isinstance(found[0], str):
        raise StatementRefused("malformed", "what is shown has another form")
    if len(found) == 3:
        name = found[1]
        if not isinstance(name, str):
            raise StatementRefused("malformed", "what is shown has no name")
        if name in _RESERVED or name in NEVER_APART:
            raise StatementRefused("over_disclosed", f"{name} may not be shown apart")
    return found


def _name(text: str) -> str:
    found = _read_disclosure(text)
    return str(found[1]) if len(found) == 3 else ""


class _Revealed:
    """Puts what is shown into its places (RFC 9901, section 7.1)."""

    def __init__(self, shown: Iterable[str]) -> None:
        listed = list(shown)
        self.by_digest = {digest(text): _read_disclosure(text) for text in listed}
        if len(self.by_digest) != len(listed):
            raise StatementRefused("over_disclosed", "the same is shown twice")
        self.met: set[str] = set()

    @classmethod
    def read(cls, payload: dict[str, Any], shown: Iterable[str]) -> dict[str, Any]:
        """Return ``payload`` with ``shown`` in its places. Raises StatementRefused."""
        if payload.get("_sd_alg", "sha-256") != "sha-256":
            raise StatementRefused("not_a_statement", "another digest than SHA-256")
        walk = cls(shown)
        found = walk.members({k: v for k, v in payload.items() if k != "_sd_alg"}, 0)
        if set(walk.by_digest) - walk.met:
            raise StatementRefused("altered", "something is shown that was not signed")
        return found

    def value(self, value: object, depth: int) -> Any:
        if depth > MAX_DEPTH:
            raise StatementRefused("malformed", "too deep")
        if isinstance(value, dict):
            return self.members(value, depth)
        if isinstance(value, list):
            return self.elements(value, depth)
        return value

    def members(self, value: dict[str, Any], depth: int) -> dict[str, Any]:
        digests = value.get("_sd", [])
        if not isinstance(digests, list) or {"...", "_sd_alg"} & set(value):
            raise StatementRefused("malformed", "a reserved name")
        made = {k: self.value(v, depth + 1) for k, v in value.items() if k != "_sd"}
        for one in digests:
            found = self.take(one)
            if found is None:
                continue
            if len(found) != 3:
                raise StatementRefused("malformed", "an element is shown as a member")
            if found[1] in made:
                raise StatementRefused("over_disclosed", "the same name twice")
            made[found[1]] = self.value(found[2], depth + 1)
        return made

    def elements(self, value: list[Any], depth: int) -> list[Any]:
        made = []
        for one in value:
            if not isinstance(one, dict) or "..." not in one:
                made.append(self.value(one, depth + 1))
                continue
            if set(one) != {"..."}:
                raise StatementRefused("malformed", "a reserved name")
            found = self.take(one["..."])
            if found is None:
                continue
            if len(found) != 2:
                raise StatementRefused("malformed", "a member is shown as an element")
            made.append(self.value(found[1], depth + 1))
        return made

    def take(self, one: object) -> list[Any] | None:
        """Return what is shown for a digest; None where it stays hidden. Raises StatementRefused."""
        if not isinstance(one, str):
            raise StatementRefused("malformed", "a digest is no text")
        if one in self.met:
            raise StatementRefused("over_disclosed", "the same digest twice")
        self.met.add(one)
        return self.by_digest.get(one)
