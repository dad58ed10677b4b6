"""What a device checks before it takes a task: signature, form, device, time, number, kind."""

import base64
import json
from datetime import timedelta

import jwt
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.tasks import KINDS, NOW, Giver
from tojimari.agent.task_report import SENTENCES
from tojimari.agent.tasks import (
    KEY_TYPE,
    LONGEST_WINDOW,
    MAX_TASK_BYTES,
    TASK_REFUSALS,
    TASK_TYPE,
    KeyChange,
    TaskRefused,
    key_id,
    named_sequence,
    named_task,
    read_key_change,
    read_task,
    sign_key_change,
    sign_task,
)

GIVER = Giver()
SIGNED = GIVER.signed()
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."


def refused(signed, trust=None, *, now=NOW):
    with pytest.raises(TaskRefused) as caught:
        read_task(signed, trust or GIVER.trust(), KINDS, now=now)
    return caught.value.reason


def test_a_task_of_the_pinned_key_is_read():
    task = GIVER.task()
    trust = GIVER.trust(highest=task.sequence - 1)
    assert read_task(sign_task(task, GIVER.key), trust, KINDS, now=NOW) == task


@settings(max_examples=400, deadline=None)
@given(at=st.integers(0, len(SIGNED) - 1), letter=st.sampled_from(LETTERS))
def test_any_other_letter_anywhere_is_refused(at, letter):
    if SIGNED[at] != letter:
        refused(SIGNED[:at] + letter + SIGNED[at + 1 :])


def test_one_task_has_one_spelling():
    """The last letter of each part holds bits that say nothing: they may not be anything else."""
    ends = [at for at, letter in enumerate(SIGNED + ".") if letter == "."]
    for end in ends:
        for letter in LETTERS[:64]:
            if SIGNED[end - 1] != letter:
                refused(SIGNED[: end - 1] + letter + SIGNED[end:])


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300).map(lambda data: data.decode("latin-1")))
def test_anything_else_is_refused_with_a_reason(text):
    assert refused(text) in TASK_REFUSALS
    named_task(text)
    named_sequence(text)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, len(SIGNED) - 1), st.sampled_from(["=", "\n", " ", "\0", "é", ""]))
def test_nothing_is_put_in_or_left_out(at, what):
    refused(SIGNED[:at] + what + SIGNED[at + (not what) :])


def _encoded(value):
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


HEADER = {"alg": "EdDSA", "typ": TASK_TYPE, "kid": key_id(GIVER.public)}


@pytest.mark.parametrize(
    "header",
    [
        {**HEADER, "alg": "none"},
        {**HEADER, "alg": "HS256"},
        {**HEADER, "alg": "Ed25519"},
        {**HEADER, "typ": "JOSE"},
        {**HEADER, "typ": KEY_TYPE},
        {**HEADER, "crit": ["b64"], "b64": False},
        {**HEADER, "jwk": {}},
        {**HEADER, "x5u": "https://evil.example"},
        {"alg": "EdDSA", "typ": TASK_TYPE},
        [],
        "EdDSA",
    ],
)
def test_a_header_that_asks_for_less_is_refused(header):
    _, payload, _ = SIGNED.split(".")
    signing = f"{_encoded(header)}.{payload}"
    for signature in (GIVER.key.sign(signing.encode()), b"x"):
        reason = refused(f"{signing}.{_encoded(signature)}")
        assert reason in ("wrong_type", "malformed"), reason


def test_a_secret_made_of_the_public_key_signs_nothing():
    """The old trick: HMAC with the public key as its secret."""
    payload = msgspec.json.encode(GIVER.task())
    headers = {"typ": TASK_TYPE, "kid": key_id(GIVER.public)}
    forged = jwt.PyJWS().encode(
        payload, bytes.fromhex(GIVER.public), algorithm="HS256", headers=headers
    )
    assert refused(forged) == "wrong_type"


def test_another_key_is_refused_under_its_own_name_and_under_ours():
    other = Giver()
    other.device = GIVER.device
    assert refused(other.signed()) == "foreign_key"
    headers = {"typ": TASK_TYPE, "kid": key_id(GIVER.public)}
    forged = jwt.PyJWS(algorithms=["EdDSA"]).encode(
        msgspec.json.encode(GIVER.task()), other.key, algorithm="EdDSA", headers=headers
    )
    assert refused(forged) == "bad_signature"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"device": Giver().device}, "other_device"),
        ({"expires": NOW}, "expired"),
        ({"expires": NOW - timedelta(minutes=1)}, "expired"),
        ({"expires": NOW + LONGEST_WINDOW}, "bad_window"),
        ({"not_before": NOW + timedelta(days=2)}, "bad_window"),
        ({"not_before": NOW + timedelta(days=8), "expires": NOW + timedelta(days=9)}, "bad_window"),
        ({"not_before": NOW.replace(tzinfo=None)}, "bad_window"),
        ({"expires": NOW.replace(tzinfo=None)}, "bad_window"),
        ({"kind": "run_this"}, "unknown_kind"),
        ({"kind": "restart", "parameters": {"name": "now"}}, "bad_parameters"),
        ({"parameters": {}}, "bad_parameters"),
        ({"parameters": {"name": "shopapp", "more": "x"}}, "bad_parameters"),
        ({"nonce": "short"}, "malformed"),
        ({"nonce": "a" * 22 + "\n"}, "malformed"),
        ({"sequence": 0}, "old_sequence"),
        ({"sequence": -5}, "old_sequence"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_reason(changed, reason):
    assert refused(GIVER.signed(**changed)) == reason


INJECTIONS = [
    "-oDPkg::Pre-Invoke::=touch /tmp/x",
    "-o",
    "--allow-downgrades",
    "shopapp=1.0",
    "shopapp/stable",
    "shopapp^",
    "./shopapp.deb",
    "/tmp/shopapp.deb",
    "../shopapp",
    "shopapp other",
    "shopapp;reboot",
    "$(reboot)",
    "`reboot`",
    "shopapp\nother",
    "shopapp\n",
    "shopapp\0",
    "ｓｈｏｐａｐｐ",
    "",
    "*",
    "a" * 129,
]


@pytest.mark.parametrize("name", INJECTIONS)
def test_what_is_no_name_does_not_get_as_far_as_the_engine(name):
    assert refused(GIVER.signed(parameters={"name": name})) == "bad_parameters"


def test_a_number_and_a_nonce_are_good_once():
    task = GIVER.task()
    signed = sign_task(task, GIVER.key)
    assert refused(signed, GIVER.trust(highest=task.sequence)) == "old_sequence"
    assert refused(signed, GIVER.trust(nonces={task.nonce: NOW})) == "used_nonce"


def test_what_root_did_not_allow_is_refused():
    assert refused(SIGNED, GIVER.trust(kinds=("antivirus_scan",))) == "kind_not_allowed"


def test_what_is_too_long_is_not_even_decoded():
    assert refused("a" * (MAX_TASK_BYTES + 1)) == "malformed"


def test_an_unknown_field_is_refused():
    raw = {**json.loads(msgspec.json.encode(GIVER.task())), "shell": "reboot"}
    headers = {"typ": TASK_TYPE, "kid": key_id(GIVER.public)}
    signed = jwt.PyJWS(algorithms=["EdDSA"]).encode(
        json.dumps(raw).encode(), GIVER.key, algorithm="EdDSA", headers=headers
    )
    assert refused(signed) == "malformed"


def test_the_key_changes_by_word_of_the_one_before_and_never_back():
    new = Giver()
    change = KeyChange("tojimari.task-key/1", new.public, 3)
    signed = sign_key_change(change, GIVER.key)
    assert read_key_change(signed, GIVER.public, highest=2) == change
    for key, highest in ((GIVER.public, 3), (new.public, 0)):
        with pytest.raises(TaskRefused):
            read_key_change(signed, key, highest=highest)
    for bad in ("", "zz", "00" * 31, "00" * 33):
        forged = sign_key_change(KeyChange("tojimari.task-key/1", bad, 9), GIVER.key)
        with pytest.raises(TaskRefused):
            read_key_change(forged, GIVER.public, highest=0)
    # A task is no statement about keys, and a statement is no task.
    with pytest.raises(TaskRefused):
        read_key_change(SIGNED, GIVER.public, highest=0)
    assert refused(signed) == "wrong_type"


def test_every_reason_has_a_sentence_in_both_languages():
    for key, text in SENTENCES.items():
        assert text.ja.strip(), key
        assert text.en.strip(), key
        assert "{" not in text.ja + text.en, key
