"""Every reading of Japanese bytes from outside, by one decoder."""

import codecs
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tojimari.lib.encodings import by_label, codec_of, decoded, is_encoding

WINDOWS = "お世話になっております。①㈱ﾊﾝｶｸ～髙橋"
OLD = "お世話になっております。株式会社の件"
JIS = b"\x1b$B$*@$OC$K$J$C$F$*$j$^$9!#-!-j\x1b(I\x4a\x5d\x36\x38\x1b$B!AbbK6\x1b(B"
"""ISO-2022-JP as Outlook writes it: row 13, half-width kana, IBM's kanji."""


def euc(text: str) -> bytes:
    """CP51932 by the arithmetic between the two arrangements of one table."""
    found = bytearray()
    for char in text:
        pair = char.encode("cp932")
        if len(pair) == 1:
            found += pair if pair < b"\x80" else b"\x8e" + pair
            continue
        lead, trail = pair
        if lead >= 0xFA:  # IBM's own places: EUC has those of NEC's selection
            found += char.encode("euc_jp", "replace")
            continue
        row = (lead - (0x81 if lead < 0xA0 else 0xC1)) * 2
        cell = trail - (0x40 if trail < 0x80 else 0x41)
        row, cell = (row + 1, trail - 0x9F) if trail >= 0x9F else (row, cell)
        found += bytes((row + 0xA1, cell + 0xA1))
    return bytes(found)


@pytest.mark.parametrize(
    ("data", "label", "text", "encoding"),
    [
        (JIS, "iso-2022-jp", "お世話になっております。①㈱ﾊﾝｶｸ", "cp50221"),
        (JIS, "", "お世話になっております。①㈱ﾊﾝｶｸ", "cp50221"),
        (JIS, "us-ascii", "お世話になっております。①㈱ﾊﾝｶｸ", "cp50221"),
        (JIS, "utf-8", "お世話になっております。①㈱ﾊﾝｶｸ", "cp50221"),
        (b"\x1b$B%a!<%k\x1b(B \x0e\x4a\x5d\x0f", "iso-2022-jp", "メール ﾊﾝ", "cp50221"),
        (b"\x1b$B%a!<%k\x1b(B \xca\xdd", "iso-2022-jp", "メール ﾊﾝ", "cp50221"),
        (WINDOWS.encode("cp932"), "shift_jis", WINDOWS, "cp932"),
        (WINDOWS.encode("cp932"), "", WINDOWS, "cp932"),
        (WINDOWS.encode("cp932"), "iso-8859-1", WINDOWS, "cp932"),
        (WINDOWS.encode("cp932"), "utf-8", WINDOWS, "cp932"),
        (OLD.encode("cp932"), "euc-jp", OLD, "cp932"),
        (OLD.encode("cp932"), "iso-2022-jp", OLD, "cp932"),
        (euc("ご案内①㈱ﾊﾝｶｸの件です"), "euc-jp", "ご案内①㈱ﾊﾝｶｸの件です", "cp51932"),
        (euc("ご案内①㈱ﾊﾝｶｸの件です"), "", "ご案内①㈱ﾊﾝｶｸの件です", "cp51932"),
        (OLD.encode("euc_jp"), "shift_jis", OLD, "cp51932"),
        (WINDOWS.encode(), "shift_jis", WINDOWS, "utf-8"),
        (WINDOWS.encode(), "iso-8859-1", WINDOWS, "utf-8"),
        (WINDOWS.encode("utf-16"), "shift_jis", WINDOWS, "utf-16-le"),
        (("The quick one: " + OLD).encode("utf-16-le"), "", "The quick one: " + OLD, "utf-16-le"),
        ("ｱﾊﾟｰﾄ ｶﾅ".encode("cp932"), "shift_jis", "ｱﾊﾟｰﾄ ｶﾅ", "cp932"),
        ("Größe é".encode("cp1252"), "iso-8859-1", "Größe é", "cp1252"),
        ("Привет, мир".encode("koi8-r"), "koi8-r", "Привет, мир", "koi8-r"),
        ("您的帳戶".encode("big5"), "big5", "您的帳戶", "big5"),
        ("您的帐户".encode("gb2312"), "gb2312", "您的帐户", "gb18030"),
        ("안녕하세요".encode("euc_kr"), "ks_c_5601-1987", "안녕하세요", "cp949"),
        (
            "It’s what we don’t know".encode("cp1252"),
            "windows-1252",
            "It’s what we don’t",
            "cp1252",
        ),
        ("a\xad\xad\xadb".encode("cp1252"), "iso-8859-1", "a\xad\xad\xadb", "cp1252"),
        ("caf\ufffd \ufffd\ufffd".encode(), "", "caf\ufffd", "utf-8"),
        (OLD.encode(), "zip", OLD, "utf-8"),
        (b"", "shift_jis", "", "utf-8"),
    ],
)
def test_whatever_the_label_says_the_text_is_read(data, label, text, encoding):
    found = decoded(data, label)
    assert found.text.startswith(text)
    assert (found.encoding, found.damaged) == (encoding, 0)


def test_a_wrong_label_is_told_apart_from_a_right_one_and_from_none():
    assert decoded(OLD.encode("cp932"), "euc-jp").mislabelled
    assert not decoded(OLD.encode("cp932"), "Shift_JIS").mislabelled
    assert not decoded(OLD.encode("cp932")).mislabelled


def test_a_text_cut_within_a_character_is_damaged_there_alone():
    found = decoded(OLD.encode()[:-1], "utf-8")
    assert (found.text[:-1], found.encoding, found.damaged) == (OLD[:-1], "utf-8", 1)


def test_a_page_is_read_as_a_browser_reads_it():
    assert by_label(OLD.encode("cp932"), "x-sjis") == OLD
    assert by_label(b"\xef\xbb\xbf" + OLD.encode(), "shift_jis") == OLD
    assert by_label(OLD.encode(), "utf-16") == OLD
    assert by_label(OLD.encode(), "") is None
    assert by_label(OLD.encode(), "zip") is None


@pytest.mark.parametrize("codec", ["cp50221", "cp51932"])
def test_files_are_read_piece_by_piece(codec):
    data = {"cp50221": JIS, "cp51932": euc("①㈱ﾊﾝｶｸの件")}[codec]
    decoder = codecs.getincrementaldecoder(codec)()
    whole = data.decode(codec)
    pieces = [decoder.decode(data[at : at + 1]) for at in range(len(data))]
    assert "".join(pieces) + decoder.decode(b"", True) == whole
    assert io.TextIOWrapper(io.BytesIO(data), encoding=codec).read() == whole
    assert is_encoding(codec)
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode(codec)


@given(
    st.text(
        alphabet=st.characters(codec="euc_jp", exclude_characters="¥‾\x1b\x0e\x0f"), max_size=60
    )
)
def test_what_python_reads_is_read_as_python_reads_it(text):
    data = text.encode("euc_jp")
    assert data.decode("cp51932") == data.decode("euc_jp")
    seven = text.encode("iso2022_jp_ext", "ignore")
    assert seven.decode("cp50221") == seven.decode("iso2022_jp_ext")


@given(
    st.binary(max_size=200) | st.lists(st.sampled_from([b"\x1b$B", b"\x1b(B", b"\x1b(I", b"-!", b"\xb1", b"\x0e", b"a"])).map(b"".join),
    st.sampled_from(["", "utf-8", "shift_jis", "euc-jp", "iso-2022-jp", "us-ascii", "hz-gb-2312", "utf-16", "iso-2022-kr", "big5", "x-none"]) | st.text(max_size=50),
)  # fmt: skip
def test_no_bytes_and_no_label_stop_it(data, label):
    found = decoded(data, label)
    assert 0 <= found.damaged <= len(data) + 1
    assert codec_of(label) == "" or is_encoding(codec_of(label))
