"""``tojimari verify`` on files, as a buyer has them."""

import json
import time

import msgspec
import pytest

from tests.support.statements import (
    BUYER,
    HOLDER,
    ISSUER,
    KEY,
    LIST,
    NONCE,
    STRANGER,
    some_claims,
    status_list,
)
from tojimari.attest.keys import write_jwks
from tojimari.attest.sd_jwt import bind, present
from tojimari.attest.statement import About, Place, issue_statement
from tojimari.catalog import load_catalog

CATALOG = load_catalog()


@pytest.fixture
def files(tmp_path):
    at = int(time.time())
    about = About(ISSUER, "小売店", at, at + 9999, Place(LIST, 77))
    made = issue_statement(some_claims(), about, KEY, holder=HOLDER)
    text = bind(
        present(made.signed, list(made.shows.values())[:2]),
        HOLDER,
        audience=BUYER,
        nonce=NONCE,
        at=at,
    )
    (tmp_path / "proof").write_text(text + "\n")
    (tmp_path / "paper").write_text(made.summary)
    (tmp_path / "keys").write_bytes(write_jwks([KEY]))
    (tmp_path / "other-keys").write_bytes(write_jwks([STRANGER]))
    (tmp_path / "list").write_text(status_list({}, at=at))
    (tmp_path / "revoked").write_text(status_list({77: "revoked"}, at=at))
    (tmp_path / "old").write_text(status_list({}, at=at - 99_999))
    return tmp_path


def test_items_stand_in_the_frameworks_order(tojimari, tmp_path, files):
    at, framework = int(time.time()), CATALOG.frameworks["ipa-6"]
    named = zip(framework.items, some_claims().items, strict=True)
    renamed = tuple(msgspec.structs.replace(claim, id=item.id) for item, claim in named)
    said = msgspec.structs.replace(some_claims(), items=renamed)
    about = About(ISSUER, "小売店", at, at + 9999, Place(LIST, 77))
    made = issue_statement(said, about, KEY, holder=None)
    (tmp_path / "all").write_text(present(made.signed, made.shows.values()))
    asked = (str(tmp_path / "all"), "--issuer-keys", str(files / "keys"))
    lines = tojimari("verify", "--lang", "ja", *asked).stdout
    places = [lines.index(f"  {item.title.ja}:") for item in framework.items]
    assert places == sorted(places)


@pytest.mark.parametrize(
    ("name", "more", "key"),
    [
        ("proof", [], "proof.holds"),
        ("paper", [], "proof.holds"),
        ("proof", ["--audience", BUYER, "--nonce", NONCE], "proof.holds"),
        ("proof", ["--status", "list"], "proof.holds_not_revoked"),
        ("proof", ["--status", "revoked"], "proof.why.revoked"),
        ("proof", ["--status", "old"], "proof.why.stale_status"),
        ("proof", ["--audience", "other"], "proof.why.wrong_audience"),
        ("proof", ["--nonce", "other"], "proof.why.replayed"),
        ("paper", ["--nonce", "other"], "proof.why.unbound"),
        ("keys", [], "proof.why.malformed"),
    ],
)
def test_the_answer_is_said_in_both_languages(tojimari, files, name, more, key):
    more = [str(files / word) if (files / word).exists() else word for word in more]
    for lang in ("ja", "en"):
        text = CATALOG.ui(key)
        said = (text.ja if lang == "ja" else text.en).partition("{")[0]
        asked = [str(files / name), "--issuer-keys", str(files / "keys"), *more]
        answer = tojimari("verify", "--lang", lang, *asked)
        assert answer.returncode == (1 if ".why." in key else 0)
        assert said in answer.stdout
        if answer.returncode == 0:
            assert "小売店" in answer.stdout
        else:
            assert "小売店" not in answer.stdout


def test_another_issuers_keys_refuse_it(tojimari, files):
    answer = tojimari(
        "verify", str(files / "proof"), "--issuer-keys", str(files / "other-keys"), "--json"
    )
    found = json.loads(answer.stdout)
    assert answer.returncode == 1
    assert (found["state"], found["why"], found["statement"]) == (
        "refused",
        "unknown_issuer",
        None,
    )


@pytest.mark.parametrize("name", ["missing", "proof", "large"])
def test_what_is_no_list_of_keys_is_said_in_one_sentence(tojimari, files, name):
    (files / "large").write_bytes(b"x" * 600_000)
    answer = tojimari("verify", str(files / "proof"), "--issuer-keys", str(files / name))
    assert answer.returncode == 2
    assert str(files / name) in answer.stderr
    assert "Traceback" not in answer.stderr
