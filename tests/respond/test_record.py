"""Whatever is changed in a record is noticed; what is erased leaves it whole."""

import hashlib

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.chained import RECORD, file_there, line, record_of
from tojimari.respond.record import (
    Entry,
    Leaf,
    Shown,
    canonical,
    check_lines,
    digest_of,
    new_salt,
)

words = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=30)


def broken(lines: list[Shown], record: str = RECORD):
    return check_lines(record, lines, file_there).broken


records = st.lists(words, min_size=2, max_size=7).map(record_of)


@given(records)
def test_what_was_written_is_whole(lines):
    checked = check_lines(RECORD, lines, file_there)
    assert checked.broken is None
    assert checked.digests[-1] == lines[-1].digest
    assert checked.erased == ()


@given(records, st.data())
def test_any_changed_field_of_a_line_is_noticed(lines, data):
    at = data.draw(st.integers(0, len(lines) - 1))
    name = data.draw(st.sampled_from(Entry.__struct_fields__))
    entry = lines[at].entry
    old = getattr(entry, name)
    new = {
        int: lambda: old + data.draw(st.integers(1, 9)),
        str: lambda: old + data.draw(st.text(min_size=1, max_size=3)),
        dict: lambda: {**old, "text": "0" * 64},
    }[type(old)]()
    changed = msgspec.structs.replace(entry, **{name: new})
    for digest in (lines[at].digest, digest_of(changed)):
        # Whoever can change a line can also write its new digest beside it.
        tampered = [*lines[:at], Shown(changed, digest, lines[at].leaves), *lines[at + 1 :]]
        if at == len(lines) - 1 and digest != lines[at].digest and broken(tampered) is None:
            # Alone a rewritten end is whole: the head that was signed tells.
            assert check_lines(RECORD, tampered, file_there).digests[-1] != lines[-1].digest
        else:
            assert broken(tampered) is not None


@given(records, st.data())
def test_any_changed_text_or_salt_is_noticed(lines, data):
    at = data.draw(st.integers(0, len(lines) - 1))
    name = data.draw(st.sampled_from(sorted(lines[at].leaves)))
    leaf = lines[at].leaves[name]
    changed = data.draw(
        st.sampled_from(
            [Leaf(new_salt(), leaf.value), Leaf("", leaf.value), Leaf("zz", leaf.value)]
            + ([Leaf(leaf.salt, leaf.value + "x")] if name != "file" else [])
        )
    )
    leaves = {**lines[at].leaves, name: changed}
    tampered = [*lines[:at], Shown(lines[at].entry, lines[at].digest, leaves), *lines[at + 1 :]]
    found = broken(tampered)
    assert (found.number, found.why, found.leaf) == (at + 1, "leaf_altered", name)


@given(records, st.data())
def test_dropping_swapping_doubling_is_noticed_where_it_is(lines, data):
    at = data.draw(st.integers(0, len(lines) - 2))
    dropped = [*lines[:at], *lines[at + 1 :]]
    assert broken(dropped).number == at + 1
    assert broken(dropped).why == "missing"
    doubled = [*lines[: at + 1], *lines[at:]]
    assert (broken(doubled).number, broken(doubled).why) == (at + 2, "order")
    swapped = [*lines[:at], lines[at + 1], lines[at], *lines[at + 2 :]]
    assert broken(swapped).number == at + 1


@given(records, words, st.data())
def test_a_line_put_in_is_noticed(lines, text, data):
    at = data.draw(st.integers(0, len(lines) - 1))
    forged = line(at + 1, lines[at - 1].digest if at else "", {"text": text})
    assert broken([*lines[:at], forged, *lines[at:]]).number == at + 2
    assert broken([*lines[:at], forged, *lines[at + 1 :], lines[-1]]) is not None


def test_lines_of_another_incident_do_not_fit():
    lines = record_of(["a", "b"])
    assert broken(lines, "another").why == "other_incident"


@given(records, st.data())
def test_erasing_leaves_digest_and_chain(lines, data):
    at = data.draw(st.integers(0, len(lines) - 1))
    name = data.draw(st.sampled_from(sorted(lines[at].leaves)))
    kept = {key: leaf for key, leaf in lines[at].leaves.items() if key != name}
    erased = [*lines[:at], Shown(lines[at].entry, lines[at].digest, kept), *lines[at + 1 :]]
    checked = check_lines(RECORD, erased, file_there)
    assert checked.broken is None
    assert checked.digests[-1] == lines[-1].digest
    assert checked.erased == ((at + 1, name, False),)
    said = line(len(lines) + 1, lines[-1].digest, {"text": name}, kind="erased", about=at + 1)
    assert check_lines(RECORD, [*erased, said], file_there).erased == ((at + 1, name, True),)


def test_what_nobody_hashed_is_noticed():
    lines = record_of(["a", "b"])
    leaves = {**lines[0].leaves, "said_by": Leaf(new_salt(), "somebody")}
    found = broken([Shown(lines[0].entry, lines[0].digest, leaves), lines[1]])
    assert (found.why, found.leaf) == ("leaf_added", "said_by")


def test_a_short_text_is_not_guessed_from_its_digest():
    first, second = line(1, "", {"text": "はい"}), line(1, "", {"text": "はい"})
    plain = hashlib.sha256("はい".encode()).hexdigest()
    assert first.entry.digests["text"] != second.entry.digests["text"]
    assert plain not in (first.entry.digests["text"], second.entry.digests["text"])


@given(words, words, st.integers(0, 2**53 - 1))
def test_lines_are_written_by_rfc_8785(kind, text, size):
    rfc8785 = pytest.importorskip("rfc8785")
    entry = Entry(RECORD, 1, kind, text, "", about=3, size=size, digests={"who": text, "a": kind})
    assert canonical(entry) == rfc8785.dumps(msgspec.to_builtins(entry))
