"""The portal's keys: sealed at rest, rotated, published, and carried by backups."""

import json

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from django.test import Client
from jwt.algorithms import OKPAlgorithm

from tests.support.stored import put_database, tables
from tojimari.portal.core.keys import KeySealed, published, rotate, signing_key
from tojimari.portal.core.models import SigningKey

PAGE = "/.well-known/jwks.json"


def signed(text: str) -> str:
    kid, private = signing_key()
    return jwt.encode({"said": text}, private, algorithm="EdDSA", headers={"kid": kid})


def verified(client: Client, token: str) -> str:
    """Verify as anybody can who only knows the portal's address."""
    kid = jwt.get_unverified_header(token)["kid"]
    found = {key["kid"]: key for key in client.get(PAGE).json()["keys"]}
    public = OKPAlgorithm.from_jwk(json.dumps(found[kid]))
    assert isinstance(public, Ed25519PublicKey)
    return str(jwt.decode(token, public, algorithms=["EdDSA"])["said"])


def test_before_the_first_signature_there_is_no_key_and_looking_makes_none(client, db):
    assert client.get(PAGE).json() == {"keys": []}
    assert not SigningKey.objects.exists()


def test_what_is_signed_is_verified_with_what_is_published(client, db):
    assert verified(client, signed("a")) == "a"
    assert signing_key()[0] == signing_key()[0]
    (key,) = client.get(PAGE).json()["keys"]
    assert set(key) == {"kty", "crv", "x", "kid", "use", "alg"}
    assert client.get(PAGE)["Content-Type"] == "application/jwk-set+json"


def test_after_a_rotation_the_old_signature_verifies_once_more(client, db):
    first = signed("a")
    new = rotate()
    second = signed("b")
    assert jwt.get_unverified_header(second)["kid"] == new
    assert (verified(client, first), verified(client, second)) == ("a", "b")
    rotate()
    assert verified(client, second) == "b"
    with pytest.raises(KeyError):
        verified(client, first)
    states = SigningKey.objects.order_by("made_at").values_list("state", flat=True)
    assert list(states) == ["retired", "previous", "current"]


def test_only_the_current_key_can_sign_and_its_private_part_is_sealed(db):
    from cryptography.hazmat.primitives.serialization import (
        Encoding,
        NoEncryption,
        PrivateFormat,
    )

    rotate()
    rotate()
    old, current = SigningKey.objects.order_by("made_at")
    assert bytes(old.sealed) == b""
    raw = signing_key()[1].private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    assert raw not in bytes(current.sealed)


def test_another_secret_does_not_open_it_and_the_old_one_still_does(db, settings):
    signing_key()
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another-secret"
    with pytest.raises(KeySealed) as told:
        signing_key()
    assert "TOJIMARI_OLD_SECRET_KEYS" in told.value.say("ja")
    settings.SECRET_KEY_FALLBACKS = [old]
    assert signing_key()
    settings.SECRET_KEY_FALLBACKS = []
    rotate()
    assert signing_key()


def test_a_changed_seal_is_refused(db):
    kid, _ = signing_key()
    row = SigningKey.objects.get(kid=kid)
    harmed = bytearray(bytes(row.sealed))
    harmed[-1] ^= 1
    SigningKey.objects.filter(kid=kid).update(sealed=bytes(harmed))
    with pytest.raises(KeySealed):
        signing_key()


def test_the_thumbprint_is_that_of_rfc_8037():
    from tojimari.portal.core.keys import _thumbprint

    public = bytes.fromhex("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
    assert _thumbprint(public) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_the_command_lists_and_rotates_and_a_backup_carries_the_keys(
    tmp_path, tojimari, empty_database
):
    put_database(empty_database, tmp_path)
    assert "まだありません" in tojimari(tmp_path, "portal", "keys", "list").stdout
    tojimari(tmp_path, "portal", "keys", "rotate")
    done = tojimari(tmp_path, "portal", "keys", "rotate", "--lang", "en")
    current, previous = done.stdout.splitlines()
    assert "current  (signs)" in current
    assert "previous  (verifies only)" in previous
    assert tojimari(tmp_path, "portal", "keys").returncode == 2
    file, new = tmp_path / "all.backup", tmp_path / "new"
    assert tojimari(tmp_path, "backup", str(file)).returncode == 0
    put_database(empty_database, new)
    assert tojimari(new, "restore", str(file)).returncode == 0
    listed = tojimari(new, "portal", "keys", "list", "--lang", "en").stdout
    assert listed.splitlines() == [current, previous]
    assert len(tables(file)["core.signingkey.jsonl"]) == 2


def test_published_says_nothing_private(db):
    signing_key()
    assert "d" not in published()["keys"][0]
