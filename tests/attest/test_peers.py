"""Other programs read what we sign, and we read what they sign."""

import gzip
import json
import random
import time
from pathlib import Path
from typing import Any

import pytest
from jwcrypto.jwk import JWK
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier

from tests.e2e.browser import chromium
from tests.support.statements import HOLDER, KEY, KEYS, issued, some_claims
from tojimari.attest.keys import key_id, private_text, public_jwk
from tojimari.attest.sd_jwt import Expected, bind, issue, present, verify
from tojimari.attest.statement import VCT

KID = key_id(KEY)
SECRET = JWK.from_pem(private_text(KEY).encode())
HOLDERS = JWK.from_pem(private_text(HOLDER).encode())


def now() -> int:
    """Read when it is asked for: between collecting and running lies half an hour."""
    return int(time.time())


def base() -> dict[str, Any]:
    at = now()
    return {"iss": "https://portal.example", "iat": at, "exp": at + 999, "vct": VCT}


NPM = Path(__file__).parents[1] / "assets" / "sd-jwt" / "sd-jwt-vc.js.gz"


def nested(draw, depth=0):
    """Return random JSON in which some members and elements may be hidden."""
    kind = draw.choice(["text", "number", "object", "array"]) if depth < 4 else "text"
    if kind == "text":
        return f"値 {draw.randrange(999)}"
    if kind == "number":
        return draw.randrange(999)
    if kind == "array":
        return [hidden(draw, nested(draw, depth + 1)) for _ in range(draw.randrange(4))]
    return {hidden(draw, f"k{n}"): nested(draw, depth + 1) for n in range(draw.randrange(4))}


def hidden(draw, value):
    return SDObj(value) if draw.random() < 0.5 else value


def test_what_the_python_peer_signs_is_read_alike():
    draw = random.Random(9901)
    for _ in range(60):
        claims = {**base(), SDObj("shown"): nested(draw), "plain": nested(draw)}
        made = SDJWTIssuer(
            claims,
            SECRET,
            HOLDERS,
            sign_alg="ES256",
            add_decoy_claims=draw.random() < 0.5,
            extra_header_parameters={"typ": "dc+sd-jwt", "kid": KID},
        )
        holder = SDJWTHolder(made.sd_jwt_issuance)
        chosen = draw.choice([True, {"shown": True, "plain": True}, {}])
        holder.create_presentation(chosen, "n", "a", HOLDERS, sign_alg="ES256")
        text = holder.sd_jwt_presentation
        theirs = SDJWTVerifier(text, lambda *_: SECRET, "a", "n").get_verified_payload()
        ours = verify(text, KEYS, now=now(), vct=VCT, expected=Expected("a", "n")).payload
        assert ours == theirs


def test_the_python_peer_reads_what_is_signed_here():
    made = issued(12)
    text = bind(
        present(made.signed, list(made.shows.values())[:5]),
        HOLDER,
        audience="a",
        nonce="n",
        at=now(),
    )
    theirs = SDJWTVerifier(text, lambda *_: SECRET, "a", "n").get_verified_payload()
    assert set(theirs["items"]) == {f"item-{n}" for n in range(5)}
    assert theirs["counts"] == some_claims(12).counts


@pytest.fixture(scope="module")
def npm(tmp_path_factory):
    """A page with the npm package; keys by the browser's own cryptography."""
    folder = tmp_path_factory.mktemp("npm")
    (folder / "peer.js").write_bytes(gzip.decompress(NPM.read_bytes()))
    (folder / "index.html").write_text(
        """<!doctype html><meta charset=utf-8><title>peer</title><script src="peer.js"></script>
<script>
const raw = {name: "ECDSA", namedCurve: "P-256"}, how = {name: "ECDSA", hash: "SHA-256"};
const url = b => btoa(String.fromCharCode(...new Uint8Array(b)))
  .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const raws = t => Uint8Array.from(atob(t.replaceAll("-", "+").replaceAll("_", "/")),
  c => c.charCodeAt(0));
const key = (jwk, use) => crypto.subtle.importKey("jwk", jwk, raw, false, [use]);
const bytes = t => new TextEncoder().encode(t);
const signer = jwk => async t =>
  url(await crypto.subtle.sign(how, await key(jwk, "sign"), bytes(t)));
const verifier = jwk => async (t, s) =>
  crypto.subtle.verify(how, await key(jwk, "verify"), raws(s), bytes(t));
const instance = (mine, holder) => new SdJwtVc.SDJwtVcInstance({
  signAlg: "ES256", hashAlg: "sha-256", kbSignAlg: "ES256",
  signer: mine.d && signer(mine), verifier: verifier({...mine, d: undefined}),
  kbSigner: holder.d && signer(holder),
  kbVerifier: (t, s) => verifier({...holder, d: undefined})(t, s),
  hasher: async (t, alg) => new Uint8Array(await crypto.subtle.digest("SHA-256",
    typeof t === "string" ? bytes(t) : t)),
  saltGenerator: async n => url(crypto.getRandomValues(new Uint8Array(n))),
});
</script>""",
        "utf-8",
    )
    with chromium() as browser:
        page = browser.new_page()
        page.goto((folder / "index.html").as_uri())
        yield page


def bare(jwk):
    return {name: jwk[name] for name in ("kty", "crv", "x", "y")}


def test_the_npm_peer_reads_what_is_signed_here(npm):
    signed, shows = issue(
        {**base(), "company": "c"},
        {"items": {f"i{n}": {"state": "met"} for n in range(6)}},
        KEY,
        holder=HOLDER,
        decoys=3,
    )
    text = bind(
        present(signed, list(shows["items"].values())[:2]),
        HOLDER,
        audience="a",
        nonce="n",
        at=now(),
    )
    found = npm.evaluate(
        """async ([text, mine, holder]) =>
          (await instance(mine, holder).verify(text, {keyBindingNonce: "n"})).payload""",
        [text, bare(public_jwk(KEY)), bare(public_jwk(HOLDER))],
    )
    assert set(found["items"]) == {"i0", "i1"}
    changed = text.replace(text.split("~")[1], text.split("~")[1][:-2] + "AA")
    refused = npm.evaluate(
        """async ([text, mine, holder]) => {
          try { await instance(mine, holder).verify(text, {keyBindingNonce: "n"}); return ""; }
          catch (error) { return String(error); } }""",
        [changed, bare(public_jwk(KEY)), bare(public_jwk(HOLDER))],
    )
    assert refused


def test_what_the_npm_peer_signs_is_read_here(npm):
    text = npm.evaluate(
        """async ([base, mine, holder, kid]) => {
          const peer = instance(mine, holder);
          const frame = {items: {_sd: ["i0", "i1", "i2"], _sd_decoy: 2}};
          const cnf = {jwk: {kty: holder.kty, crv: holder.crv, x: holder.x, y: holder.y}};
          const items = {i0: {state: "met"}, i1: {state: "unknown"}, i2: {state: "partly"}};
          const made = await peer.issue({...base, cnf, items}, frame, {header: {kid}});
          return peer.present(made, {items: {i1: true}}, {kb: {payload:
            {aud: "a", nonce: "n", iat: base.iat}}}); }""",
        [
            base(),
            json.loads(SECRET.export()),
            json.loads(HOLDERS.export()),
            KID,
        ],
    )
    found = verify(text, KEYS, now=now(), vct=VCT, expected=Expected("a", "n"))
    assert found.payload["items"] == {"i1": {"state": "unknown"}}
    assert found.binding.audience == "a"
