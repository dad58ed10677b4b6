"""Statements: what holds, and that every attack is refused for its reason."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.statements import (
    ASKED,
    BUYER,
    HOLDER,
    KEY,
    KEYS,
    LATER,
    NONCE,
    NOW,
    STRANGER,
    attacks,
    bound,
    issued,
    some_claims,
    status_list,
)
from tojimari.attest.keys import BadKeys, key_id, read_jwks, write_jwks
from tojimari.attest.plain_json import BadJson, b64, unb64
from tojimari.attest.refusal import REASONS
from tojimari.attest.sd_jwt import Expected, bind, present
from tojimari.attest.statement import check, read_statement
from tojimari.attest.status_list import SIZE, free_index, packed, unpacked

ATTACKS = attacks()
MADE = issued()
RIGHT = bound(MADE)


def checked(text, **more):
    return check(text, KEYS, now=NOW, **more)


def test_a_statement_holds_and_says_all_that_was_claimed():
    verdict = checked(RIGHT, expected=ASKED)
    assert (verdict.state, verdict.why) == ("holds", None)
    said, claims = verdict.statement, some_claims()
    assert said.counts == claims.counts
    assert said.met_by == claims.met_by
    assert said.devices == claims.devices
    assert set(said.items) == set(claims.items)
    assert (said.binding.audience, said.binding.nonce, said.hidden) == (BUYER, NONCE, 0)


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_for_its_reason(name):
    attack = ATTACKS[name]
    verdict = checked(attack.text, expected=attack.expected)
    assert verdict.state == "refused"
    assert verdict.why in attack.why
    assert verdict.why in REASONS
    assert verdict.statement is None


@given(shown=st.sets(st.sampled_from(sorted(MADE.shows))))
def test_counts_are_told_whatever_is_shown(shown):
    said = checked(bound(MADE, sorted(shown))).statement
    assert {item.id for item in said.items} == shown
    assert said.counts == some_claims().counts
    assert said.hidden == len(MADE.shows) - len(shown)
    decoded = b"".join(map(unb64, bound(MADE, sorted(shown)).split("~")[1:-1]))
    assert not any(name.encode() in decoded for name in set(MADE.shows) - shown)


def test_one_changed_byte_is_always_refused():
    """A sample; ``benchmarks/statements.py`` changes 20,000."""
    draw = random.Random(51)
    for text in (RIGHT, MADE.summary):
        for _ in range(400):
            at = draw.randrange(len(text))
            new = draw.choice([one for one in map(chr, range(32, 127)) if one != text[at]])
            if new == " " and at in (0, len(text) - 1):
                continue  # white space around a text is no part of it
            changed = text[:at] + new + text[at + 1 :]
            assert checked(changed).state == "refused", (at, text[at], new)


@given(cut=st.integers(0, len(RIGHT) - 1))
def test_what_is_cut_off_is_refused(cut):
    verdict = checked(RIGHT[:cut], expected=ASKED)
    assert verdict.state == "refused"


@given(text=st.text(max_size=200))
def test_any_text_gets_an_answer(text):
    assert checked(text).state == "refused"
    assert checked(RIGHT, status=text or "x").state in ("refused", "holds")


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (Expected("https://other.example", NONCE), "wrong_audience"),
        (Expected(BUYER, "another"), "replayed"),
        (Expected(BUYER, NONCE, within=60), "replayed"),
    ],
)
def test_what_was_made_for_somebody_or_something_else_is_refused(asked, why):
    text = bind(present(MADE.signed, []), HOLDER, audience=BUYER, nonce=NONCE, at=NOW - 100)
    assert checked(text, expected=ASKED).state == "holds"
    assert checked(text, expected=asked).why == why


def test_a_binding_by_another_key_or_of_another_text_is_refused():
    text = present(MADE.signed, list(MADE.shows.values())[:2])
    other = bind(text, STRANGER, audience=BUYER, nonce=NONCE, at=NOW)
    assert checked(other).why == "altered"
    less = present(MADE.signed, list(MADE.shows.values())[:1])
    moved = less + bind(text, HOLDER, audience=BUYER, nonce=NONCE, at=NOW)[len(text) :]
    assert checked(moved).why == "altered"
    late = bind(text, HOLDER, audience=BUYER, nonce=NONCE, at=NOW + 9999)
    assert checked(late).why == "future"


@pytest.mark.parametrize(
    ("set_", "more", "state", "why"),
    [
        ({}, {}, "holds_not_revoked", None),
        ({76: "revoked", 78: "superseded"}, {}, "holds_not_revoked", None),
        ({77: "revoked"}, {}, "refused", "revoked"),
        ({77: "superseded"}, {}, "refused", "superseded"),
        ({77: "suspended"}, {}, "refused", "suspended"),
        ({76: "valid"}, {"others": "revoked"}, "refused", "revoked"),
        ({77: "valid"}, {"others": "revoked"}, "holds_not_revoked", None),
        ({}, {"at": NOW - 90_000}, "refused", "stale_status"),
        ({77: "revoked"}, {"at": NOW - 90_000}, "refused", "stale_status"),
        ({}, {"at": NOW - 80_000}, "refused", "stale_status"),  # older than the statement
        ({}, {"key": STRANGER}, "refused", "bad_status"),
        ({}, {"at": NOW + 90_000}, "refused", "bad_status"),
    ],
)
def test_the_list_says_whether_it_was_revoked(set_, more, state, why):
    for text in (RIGHT, MADE.summary):
        verdict = checked(text, status=status_list(set_, **more))
        assert (verdict.state, verdict.why) == (state, why)
        assert (verdict.as_of is not None) == (state == "holds_not_revoked")


def test_a_list_of_somebody_else_says_nothing():
    from tojimari.attest.status_list import issue_list

    listed = issue_list({}, KEY, uri="https://other.example/", at=NOW, good_for=9, ttl=9)
    assert checked(RIGHT, status=listed).why == "bad_status"
    assert checked(RIGHT, status=RIGHT).why == "bad_status"
    beyond = issued(number=SIZE)
    assert checked(bound(beyond), status=status_list({})).why == "bad_status"


def test_the_draft_packs_its_list_so():
    """The one-bit and the two-bit list of the draft's sections 4.1 and 4.2."""
    one = [1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1]
    assert packed(dict(enumerate(one)), bits=1, size=16) == "eNrbuRgAAhcBXQ"
    assert unpacked("eNrbuRgAAhcBXQ") == b"\xb9\xa3"
    two = [1, 2, 0, 3, 0, 1, 0, 1, 1, 2, 3, 3]
    assert unpacked(packed(dict(enumerate(two)), bits=2, size=12)) == b"\xc9\x44\xf9"


def test_a_packed_bomb_is_not_unpacked():
    import zlib

    bomb = b64(zlib.compress(bytes(50_000_000), 9))
    with pytest.raises(BadJson):
        unpacked(bomb)


def test_an_index_tells_nothing_of_how_many_there_are():
    taken: set[int] = set()
    for _ in range(200):
        taken.add(free_index(taken))
    assert len(taken) == 200
    assert max(taken) > SIZE // 2
    assert len(status_list(dict.fromkeys(taken, "revoked"))) < 4_000


def test_a_summary_holds_counts_and_says_it_is_paper():
    verdict = checked(MADE.summary)
    assert verdict.state == "holds"
    said = verdict.statement
    assert said.paper
    assert said.counts == some_claims().counts
    assert said.digest == checked(RIGHT).statement.digest
    assert checked(MADE.summary, expected=ASKED).why == "unbound"
    assert len(issued(81).summary) < 900


def test_it_ends_on_its_day():
    assert check(RIGHT, KEYS, now=LATER - 1).state == "holds"
    for text in (RIGHT, MADE.summary):
        assert check(text, KEYS, now=LATER).why == "expired"


def test_two_presentations_of_the_same_claims_share_nothing():
    other = issued()
    assert not set(MADE.shows.values()) & set(other.shows.values())
    assert MADE.signed.split(".")[1] != other.signed.split(".")[1]


def test_only_keys_that_are_what_they_are_called_are_read():
    keys = read_jwks(write_jwks([KEY, STRANGER]))
    assert set(keys) == {key_id(KEY), key_id(STRANGER)}
    assert read_statement(RIGHT, keys, now=NOW)
    swapped = write_jwks([KEY]).replace(key_id(KEY).encode(), key_id(STRANGER).encode())
    for bad in (swapped, b"", b"{}", b'{"keys": [1]}', b'{"keys": []}', b"[" * 99_999):
        with pytest.raises(BadKeys):
            read_jwks(bad)
    private = KEY.as_dict(private=True)
    import json

    with pytest.raises(BadKeys):
        read_jwks(json.dumps({"keys": [private]}).encode())
