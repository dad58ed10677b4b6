"""Statements for tests: a right one, and every attack on one that has to be refused."""

import hashlib
import hmac
import json
from datetime import date
from typing import Any, NamedTuple

from tojimari.attest.claims import Claims, Devices, ItemClaim, met_by
from tojimari.attest.keys import key_id, new_key, public_jwk
from tojimari.attest.plain_json import b64
from tojimari.attest.sd_jwt import Expected, bind, digest, disclosure, present, sign
from tojimari.attest.statement import DAYS, VCT, About, Issued, Place, issue_statement
from tojimari.attest.status_list import issue_list
from tojimari.model import count_states

NOW = 1_795_000_000
LATER = NOW + DAYS * 86_400
ISSUER = "https://portal.example"
LIST = f"{ISSUER}/proofs/revoked/"
BUYER = "https://buyer.example"
NONCE = "request-17"
ASKED = Expected(BUYER, NONCE)
KEY, HOLDER, STRANGER = new_key(), new_key(), new_key()
KEYS = {key_id(KEY): KEY}
HEADER = {"typ": "dc+sd-jwt", "kid": key_id(KEY)}


def items(n: int = 6) -> tuple[ItemClaim, ...]:
    """Return claims of ``n`` items in every state."""
    kinds: list[tuple[Any, Any]] = [
        ("met", "measured"),
        ("met", "said"),
        ("partly", "said"),
        ("not_met", "measured"),
        ("unknown", "none"),
        ("met", "reviewed"),
    ]
    return tuple(
        ItemClaim(f"item-{number}", *kinds[number % 6], seen=3, known=5) for number in range(n)
    )


def some_claims(n: int = 6) -> Claims:
    """Return claims of ``n`` items."""
    made = items(n)
    counts = count_states(item.state for item in made)
    return Claims(
        "ipa-6",
        "6kajo-4.0",
        date(2026, 11, 23),
        "2026.11",
        {"device-firewall": 2},
        counts,
        met_by(made),
        Devices(3, 5),
        made,
    )


def about(*, number: int = 77, expires: int = LATER) -> About:
    """Return who says it of whom."""
    return About(ISSUER, "小売店 Example", NOW, expires, Place(LIST, number))


def issued(n: int = 6, *, number: int = 77) -> Issued:
    """Return a signed statement of ``n`` items, that HOLDER may present."""
    return issue_statement(some_claims(n), about(number=number), KEY, holder=HOLDER)


def bound(made: Issued, shown: list[str] | None = None, *, at: int = NOW) -> str:
    """Return what the buyer gets: the items ``shown`` (all), made for it and its request."""
    texts = [text for name, text in made.shows.items() if shown is None or name in shown]
    return bind(present(made.signed, texts), HOLDER, audience=BUYER, nonce=NONCE, at=at)


def status_list(
    set_: dict[int, Any], *, at: int = NOW, good_for: int = 86_400, key=KEY, others: Any = "valid"
) -> str:
    """Return a signed list of revoked statements."""
    return issue_list(set_, key, uri=LIST, at=at, good_for=good_for, ttl=3600, others=others)


class Attack(NamedTuple):
    """A text to refuse, with the reasons that may be given, and what the reader asks."""

    text: str
    why: set[str]
    expected: Expected | None = None


def payload(**more: Any) -> dict[str, Any]:
    """Return the payload of a right statement that hides nothing; None takes a claim out."""
    claims = some_claims()
    body = {
        "iss": ISSUER,
        "iat": NOW,
        "exp": LATER,
        "vct": VCT,
        "company": "c",
        "framework": claims.framework,
        "framework_version": "1",
        "as_of": "2026-11-23",
        "catalog": "1",
        "checks": {},
        "counts": dict(claims.counts),
        "met_by": dict(claims.met_by),
        "devices": {"seen": 3, "known": 5},
        "status": {"status_list": {"idx": 77, "uri": LIST}},
        "_sd_alg": "sha-256",
        "items": {},
    }
    return {k: v for k, v in {**body, **more}.items() if v is not None}


def signed(body: dict[str, Any], *shown: str, **header: str) -> str:
    """Return ``body`` signed as it is, with what is shown."""
    return present(sign({**HEADER, **header}, body, KEY), shown)


def hides(*shown: str) -> dict[str, Any]:
    """Return a payload that refers to ``shown``."""
    return payload(items={"_sd": [digest(one) for one in shown]})


def unsigned(header: dict[str, Any], body: dict[str, Any], signature: bytes = b"") -> str:
    """Return a compact JWS put together by hand."""
    parts = [json.dumps(header).encode(), json.dumps(body).encode(), signature]
    return ".".join(b64(one) for one in parts)


def attacks() -> dict[str, Attack]:
    """Return every attack, by its name."""
    return {**_of_times_and_types(), **_of_disclosures(), **_of_forms()}


def _of_times_and_types() -> dict[str, Attack]:
    made = issued()
    right = present(made.signed, made.shows.values())
    stranger = sign(HEADER, payload(), STRANGER)
    public = json.dumps(public_jwk(KEY)).encode()
    hs = {**HEADER, "alg": "HS256"}
    text = unsigned(hs, payload()).rsplit(".", 1)[0]
    mac = hmac.new(public, text.encode(), hashlib.sha256).digest()
    return {
        "expired": Attack(signed(payload(exp=NOW - 1)), {"expired"}),
        "from the future": Attack(signed(payload(iat=NOW + 9999)), {"future"}),
        "not yet": Attack(signed(payload(nbf=NOW + 9999)), {"future"}),
        "no exp": Attack(signed(payload(exp=None)), {"not_a_statement"}),
        "no iat": Attack(signed(payload(iat=None)), {"not_a_statement"}),
        "forged key with the same kid": Attack(f"{stranger}~", {"forged"}),
        "another key": Attack(
            present(sign({**HEADER, "kid": key_id(STRANGER)}, payload(), STRANGER), []),
            {"unknown_issuer"},
        ),
        "wrong typ": Attack(signed(payload(), typ="JWT"), {"not_a_statement"}),
        "old typ": Attack(signed(payload(), typ="vc+sd-jwt"), {"not_a_statement"}),
        "other vct": Attack(signed(payload(vct="urn:other")), {"not_a_statement"}),
        "no vct": Attack(signed(payload(vct=None)), {"not_a_statement"}),
        "alg none": Attack(unsigned({**HEADER, "alg": "none"}, payload()) + "~", {"forged"}),
        "HS256 with the public key": Attack(f"{text}.{b64(mac)}~", {"forged"}),
        "no signature": Attack(made.signed.rsplit(".", 1)[0] + ".~", {"forged"}),
        "crit": Attack(_crit(), {"not_a_statement", "forged"}),
        "sha-1": Attack(signed(payload(_sd_alg="sha-1")), {"not_a_statement"}),
        "key binding missing": Attack(right, {"unbound"}, ASKED),
        "key binding unexpected": Attack(
            bind(signed(payload()), HOLDER, audience=BUYER, nonce=NONCE, at=NOW), {"altered"}
        ),
    }


def _crit() -> str:
    body = {**HEADER, "alg": "ES256", "crit": ["x"], "x": 1}
    return unsigned(body, payload(), b"\x01" * 64) + "~"


def _of_disclosures() -> dict[str, Attack]:
    made = issued()
    shown = list(made.shows.values())
    item = {"state": "met", "evidence": "measured"}
    one, other = disclosure("item-9", item), disclosure("item-9", {**item, "evidence": "said"})
    reserved = {
        f"named {name}": Attack(signed(hides(text), text), {"over_disclosed"})
        for name in ("_sd", "...", "_sd_alg")
        for text in [disclosure(name, item)]
    }
    apart = {
        f"{name} shown apart": Attack(
            signed(payload(**{name: None, "_sd": [digest(text)]}), text), {"over_disclosed"}
        )
        for name, value in payload().items()
        if name in ("iss", "exp", "vct", "status")
        for text in [disclosure(name, value)]
    }
    element = b64(json.dumps([b64(b"0" * 16), item]).encode())
    changed = b64(json.dumps(["c2FsdA", "item-0", item]).encode())
    return {
        **reserved,
        **apart,
        "unreferenced disclosure": Attack(present(made.signed, [*shown, one]), {"altered"}),
        "duplicate disclosure": Attack(
            present(made.signed, [*shown, shown[0]]), {"over_disclosed"}
        ),
        "altered disclosure": Attack(present(made.signed, [changed]), {"altered"}),
        "same digest twice": Attack(
            signed(payload(items={"_sd": [digest(one), digest(one)]}), one), {"over_disclosed"}
        ),
        "claim twice": Attack(signed(hides(one, other), one, other), {"over_disclosed"}),
        "array disclosure in an object": Attack(signed(hides(element), element), {"malformed"}),
        "more met than counted": Attack(
            signed(payload(items={f"i{n}": item for n in range(9)})), {"not_a_statement"}
        ),
        "counts missing": Attack(signed(payload(counts={"met": 3})), {"not_a_statement"}),
    }


def _of_forms() -> dict[str, Attack]:
    made = issued()
    right = present(made.signed, made.shows.values())
    deep: Any = 1
    for _ in range(60):
        deep = {"a": deep}
    head, body, tail = made.signed.split(".")
    # Of a signature's last letter only some bits count: another letter may hold the same bytes.
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    twin = letters[letters.index(tail[-1]) ^ 1]
    double = json.dumps(payload()).encode()[:-1] + b', "company": "other"}'
    twice = sign_bytes(double)
    return {
        "padding": Attack(f"{head}.{body}.{tail}==~", {"malformed"}),
        "last letter of the signature": Attack(f"{head}.{body}.{tail[:-1]}{twin}~", {"malformed"}),
        "too deep": Attack(signed(payload(x=deep)), {"malformed"}),
        "a key twice": Attack(f"{twice}~", {"malformed"}),
        "not a number": Attack(
            f"{sign_bytes(json.dumps(payload(x=float('nan'))).encode())}~", {"malformed"}
        ),
        "empty": Attack("", {"malformed"}),
        "only tildes": Attack("~~~", {"malformed"}),
        "bare JWT": Attack(made.signed, {"not_a_statement"}),
        "no last tilde": Attack(right[:-1], {"malformed", "altered"}),
        "too large": Attack(right + "a" * 70_000, {"too_large"}),
    }


def sign_bytes(body: bytes) -> str:
    """Return exactly these bytes signed."""
    from joserfc import jws

    return str(jws.serialize_compact({"alg": "ES256", **HEADER}, body, KEY))
