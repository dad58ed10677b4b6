"""Templates of GoPhish: rebuilt of harmless parts, what is lost by name."""

import contextlib
import json
from datetime import date
from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tojimari.catalog import load_catalog
from tojimari.catalog.drill_consistency import check_template
from tojimari.catalog.drill_markup import what_may_not_be
from tojimari.catalog.linter import Linter
from tojimari.drills.gophish import BadGophishFile, read_template, read_templates
from tojimari.lib.printable import printable

CATALOG = load_catalog()


def template(**changes):
    made = {
        "name": "Login",
        "envelope_sender": "IT <it@real.example>",
        "subject": "For {{.FirstName}}",
        "text": "Dear {{.FirstName}} {{.LastName}}, see {{.URL}}",
        "html": '<html><head></head><body><p>Dear {{.LastName}}</p><a href="{{.URL}}">go</a>{{.Tracker}}</body></html>',
        "attachments": [],
    }
    return json.dumps({**made, **changes}).encode()


def lost(**changes):
    return [(one.kind, one.what) for one in read_template(template(**changes)).lost]


def test_a_template_gets_our_places():
    found = read_template(template())
    assert found.subject == "For {name}"
    assert found.text == "Dear {name}, see {link}"
    assert found.html == '<p>Dear {name}</p><a href="{link}">go</a>'
    assert (found.sender_name, found.local_part, found.has_link) == ("IT", "it", True)
    assert lost() == [("sender_domain", "real.example"), ("tracker", ".Tracker")]


def test_nothing_is_lost_of_one_that_needs_nothing():
    assert lost(envelope_sender="", html="") == []


@pytest.mark.parametrize(
    ("html", "missing"),
    [
        ("{{.Position}}", ("field", ".Position")),
        ("{{ .RId }}", ("field", ".RId")),
        ("{{if .FirstName}}a{{end}}", ("ambiguous", "if .FirstName")),
        ('<img src="{{.TrackingURL}}">', ("tracker", ".TrackingURL")),
        ('<img src="https://x.example/a.gif">', ("picture", "https://x.example/a.gif")),
        ('<a href="https://x.example/">b</a>', ("address", "https://x.example/")),
        ('<a href="javascript:alert(1)">b</a>', ("address", "javascript:alert(1)")),
        ("<script>alert(1)</script>", ("element", "script")),
        ("<form><input name=password></form>", ("element", "input")),
        ('<p onclick="a()">b</p>', ("attribute", "onclick")),
        ('<p style="background:url(//x.example)">b</p>', ("attribute", "style")),
    ],
)
def test_what_cannot_be_carried_over_is_named(html, missing):
    assert missing in lost(html=html)
    assert "x.example" not in read_template(template(html=html)).html


def test_colours_and_letters_stay():
    page = """<p style='color:red;font-family:"A B"' align=center width="9">x</p>"""
    found = read_template(template(html=page, envelope_sender=""))
    assert found.lost == ()
    assert what_may_not_be(found.html) == ""
    assert "font-family:'A B'" in found.html


def test_attachments_are_named_and_not_kept():
    files = [{"name": "bill.docm", "type": "x", "content": "AAAA"}, {"name": 3}, "x"]
    assert lost(attachments=files)[-2:] == [("attachment", "bill.docm"), ("attachment", "3")]


def test_a_mail_of_html_alone_gets_its_words():
    found = read_template(template(text=""))
    assert found.text == "Dear {name}\n\n{link} go"


def test_several_templates_are_read_from_a_list():
    both = b"[" + template() + b"," + template(name="b") + b"]"
    assert [one.name for one in read_templates(both)] == ["Login", "b"]
    with pytest.raises(BadGophishFile):
        read_template(both)


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data):
    with contextlib.suppress(BadGophishFile):
        read_templates(data)


@given(
    st.recursive(
        st.none() | st.text() | st.integers() | st.booleans(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["name", "subject", "text", "html", "attachments"]), inner
            )
        ),
        max_leaves=8,
    )
)
def test_any_json_is_read_or_refused(made):
    with contextlib.suppress(BadGophishFile):
        for one in read_templates(json.dumps(made).encode()):
            assert printable(one.subject) == one.subject
            assert "\n" not in one.subject


@pytest.mark.parametrize(
    "piece", ["<!", "<!--", "<![", "</", "<a href='", "<svg>", "{{", "{{.", "&"]
)
def test_what_is_never_closed_is_read_all_the_same(piece):
    found = read_template(template(html=(piece * 3_000)[:9_000], text="x"))
    assert "<svg" not in found.html


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"[]", b"3", b"{}", b'{"name": "a"}', template(subject=3), template(html="x" * 200_001), b"[" * 100_000, b" " * 5_000_001],
)  # fmt: skip
def test_what_is_no_template_is_refused_in_one_sentence(data):
    with pytest.raises(BadGophishFile):
        read_templates(data)


def test_one_that_was_taken_over_is_a_mail_of_ours():
    own = read_template(template(envelope_sender="")).as_template("own-1", date(2026, 12, 1))
    lint = Linter(CATALOG.content)
    check_template(lint, "x.yaml", own)
    assert lint.problems == []
    assert (own.kind, own.is_rated) == ("link", False)
    stored = msgspec.json.encode(own)
    assert msgspec.json.decode(stored, type=type(own)) == own


class _Tags(HTMLParser):
    def __init__(self):
        super().__init__()
        self.seen = set()
        self.attributes = []

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        self.attributes += attrs


PIECES = st.lists(
    st.sampled_from(
        ["<p>", "</p>", "<script>", "</script>", "<a href='{{.URL}}'>", "<a href=//x>", "</a>", "<img src=x>", "<", ">", "&lt;script&gt;", "<svg onload=a()>", "<style>", "{{", "}}", "{{.Tracker}}", "<!--", "-->", "<table><tr>", "x", "'", '"', "<math>", "<p style='x'>", "<iframe", "\0", "<![CDATA[", "]]>"]
    ),
    max_size=25,
).map("".join)  # fmt: skip


@given(PIECES)
def test_whatever_the_html_only_harmless_parts_are_left(html):
    found = read_template(template(html=html or "x"))
    page = _Tags()
    page.feed(found.html)
    page.close()
    assert page.seen <= {"p", "a", "table", "tbody", "tr"}
    assert {name for name, _ in page.attributes} <= {"href", "style"}
    assert {value for name, value in page.attributes if name == "href"} <= {"{link}"}
    assert "{{.Tracker}}" not in found.html
    assert what_may_not_be(found.html) == ""
