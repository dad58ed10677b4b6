"""Lists of companies to invite, as programs and people really give them."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tojimari.portal.supporters.address_list import (
    BYTES_AT_MOST,
    ROWS_AT_MOST,
    BadList,
    Entry,
    as_lines,
    read_list,
)

TWO = (Entry("a@example.jp", "角の酒屋"), Entry("b@example.jp", "山川工務店"))


@pytest.mark.parametrize(
    "content",
    [
        "a@example.jp,角の酒屋\nb@example.jp,山川工務店\n".encode(),
        "会社名,メール\n角の酒屋,a@example.jp\n山川工務店,b@example.jp\n".encode("utf-8-sig"),
        "会社名,メール\r\n角の酒屋,a@example.jp\r\n山川工務店,b@example.jp\r\n".encode("cp932"),
        "No\tメール\t会社名\n1\ta@example.jp\t角の酒屋\n2\tb@example.jp\t山川工務店\n".encode(
            "utf-16"
        ),
        "name;email\n角の酒屋;A@Example.JP\n山川工務店;b@example.jp\n".encode(),
        '"角の酒屋","ａ＠example.jp"\n\n\n"山川工務店"," b@example.jp "\n'.encode(),
        "角の酒屋,店長 <a@example.jp>\n山川工務店,mailto:b@example.jp\n".encode(),
        "会社名,担当者,メール\n角の酒屋,山田,a@example.jp\n山川工務店,川口,b@example.jp\n".encode(),
        "担当者名,会社名,メール\n山田,角の酒屋,a@example.jp\n川口,山川工務店,b@example.jp\n".encode(),
        "1,角の酒屋,a@example.jp\n2,山川工務店,b@example.jp\n".encode(),
    ],
)
def test_lists_are_read_however_they_are_written(content):
    found = read_list(content)
    assert found.entries == TWO
    assert found.problems == ()


def test_a_list_of_addresses_alone_has_no_names():
    found = read_list(b"a@example.jp\nb@example.jp\n")
    assert [entry.name for entry in found.entries] == ["", ""]


def test_a_persons_name_is_not_taken_for_the_companys():
    found = read_list("No,担当者,メール\n1,山田,a@example.jp\n".encode())
    assert found.entries == (Entry("a@example.jp", ""),)


def test_every_row_that_is_left_out_is_named():
    content = "メール,会社\na@example.jp,店\nx,店\n,名無し\na@b@c,店\nA@EXAMPLE.JP,店\n".encode()
    found = read_list(content)
    assert found.entries == (Entry("a@example.jp", "店"),)
    assert [(p.row, p.what) for p in found.problems] == [
        (3, "no_address"),
        (4, "no_address"),
        (5, "bad_address"),
        (6, "twice"),
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "列が見つかりません"),
        ("会社\n店\n".encode(), "列が見つかりません"),
        (b"\x81", "読めません"),
        (b"a@example.jp\x00,b", "読めません"),
        (b"x" * (BYTES_AT_MOST + 1), "大きすぎます"),
        ("\n".join(f"a{n}@example.jp" for n in range(ROWS_AT_MOST + 2)).encode(), "500社まで"),
        (b'a@example.jp,"' + b"x" * 200_000, "読めません"),
        (b"PK\x03\x04\x14\x00\x06\x00", "読めません"),
    ],
)
def test_what_is_no_list_gets_one_sentence(content, said):
    with pytest.raises(BadList) as error:
        read_list(content)
    assert said in error.value.say("ja")
    assert error.value.say("en")


def test_a_table_of_a_survey_read_before_changes_nothing():
    limit = csv.field_size_limit(10_000_000)
    try:
        test_what_is_no_list_gets_one_sentence(b'a@example.jp,"' + b"x" * 200_000, "読めません")
    finally:
        csv.field_size_limit(limit)


def test_a_list_of_the_largest_size_is_taken():
    content = "メール\n" + "\n".join(f"a{n}@example.jp" for n in range(ROWS_AT_MOST))
    assert len(read_list(content.encode()).entries) == ROWS_AT_MOST


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_whatever_is_sent_is_read_or_refused_and_comes_back_the_same(content):
    try:
        found = read_list(content)
    except BadList:
        return
    if found.entries:
        again = read_list(as_lines(found.entries).encode())
        assert {entry.email for entry in again.entries} == {e.email for e in found.entries}
        assert all(entry.name.isprintable() and len(entry.name) <= 120 for entry in found.entries)
