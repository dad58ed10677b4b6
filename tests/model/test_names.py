"""Names of DNS as people read them; what could deceive stays as it is."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tojimari.model import Numbers, ascii_form, shown_name, shown_numbers


@pytest.mark.parametrize(
    "name",
    [
        "日本語.jp",
        "www.山田商店.jp",
        "総本家abc.jp",
        "コーヒー.jp",
        "ハロー.jp",
        "café.jp",
        "straße.de",
        "a.co.jp",
    ],
)
def test_japanese_and_latin_are_shown(name):
    assert shown_name(ascii_form(name)) == name


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("straße.de", "xn--strae-oqa.de"),
        ("faß.de", "xn--fa-hia.de"),
        ("βόλος.com", "xn--nxasmm1c.com"),
        ("日本語。JP", "xn--wgv71a119e.jp"),
        ("ＥＸＡＭＰＬＥ.co.jp", "example.co.jp"),
        ("xn--strae-oqa.de", "xn--strae-oqa.de"),
        ("A_b.example.jp", "a_b.example.jp"),
        ("日本語.jp.", "xn--wgv71a119e.jp."),
        ("", ""),
    ],
)
def test_names_are_written_by_idna_2008(name, written):
    assert ascii_form(name) == written


@pytest.mark.parametrize(
    "name", ["日本..jp", "日·本.jp", "i❤.example", "日" * 300, "あ" * 60 + ".jp"]
)
def test_what_no_name_may_hold_is_refused(name):
    with pytest.raises(UnicodeError):
        ascii_form(name)


@given(st.text(max_size=300))
def test_any_text_is_written_in_ascii_or_refused(text):
    try:
        written = ascii_form(text)
    except UnicodeError:
        return
    assert written.isascii()
    assert ascii_form(written) == written


@pytest.mark.parametrize(
    "name",
    [
        "аррӏе.com",  # Cyrillic throughout
        "paypaӏ.com",  # one Cyrillic sign
        "한국.jp",
        "abcノ.jp",  # passes for a slash
        "一abc.jp",  # passes for a stroke
        "一.jp",
    ],
)
def test_what_could_deceive_stays_ascii(name):
    written = ascii_form(name)
    assert shown_name(written) == written


@pytest.mark.parametrize(
    "written",
    [
        "",
        ".",
        "xn--uba7192cc2a.jp",
        "xn--",
        "xn--a",
        "xn--99999999",
        "xn--abc-.jp",
        "xn--" + "a" * 5000,
    ],
)
def test_what_is_no_name_stays_as_it_is(written):
    before = time.process_time()
    assert shown_name(written) == written
    assert time.process_time() - before < 0.5


@given(st.text("abcz0189-", max_size=59), st.sampled_from(["", ".jp", ".xn--wgv71a119e"]))
def test_any_label_is_shown_as_what_leads_to_the_same_name(label, ending):
    written = f"xn--{label}{ending}"
    shown = shown_name(written)
    if shown != written:
        assert ascii_form(shown) == written


def test_own_names_in_a_sentence_are_shown_and_others_are_not():
    name = "xn--wgv71a119e.jp"
    numbers: Numbers = {"host": name, "hosts": f"{name}, a.jp (+2)", "names": name, "n": 3}
    assert shown_numbers(numbers) == {
        "host": "日本語.jp",
        "hosts": "日本語.jp, a.jp (+2)",
        "names": name,
        "n": 3,
    }
