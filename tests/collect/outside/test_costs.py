"""Text of strangers costs a time that grows with its length, never with its square: each of these
took from ten seconds to hours before."""

import base64
import contextlib
import time
from collections.abc import Callable

import dns.rrset
import pytest

from tojimari.collect.host import Nonsense, Unavailable
from tojimari.collect.outside.defacement.snapshot import read_snapshot
from tojimari.collect.outside.encodings import text_of
from tojimari.collect.outside.exposed_paths import EXPOSED_PATHS
from tojimari.collect.outside.probes.domain import _too_many
from tojimari.collect.outside.probes.lookalikes import imitations
from tojimari.collect.outside.probes.registration import read_registration
from tojimari.collect.outside.replies import Reply
from tojimari.collect.outside.visit import read_page

SECONDS = 5.0
"""Of the processor, for two megabytes; what is well-behaved takes a fraction of it."""
SIZE = 2_000_000


def page(body: str, kind: str = "text/html; charset=utf-8") -> Reply:
    return Reply(
        "https://shop.example/", 200, (("content-type", kind),), body.encode()[:SIZE], cut=False
    )


def often(piece: str, around: str = "{}") -> Reply:
    """Return a page of two megabytes made of ``piece``."""
    return page(around.format(piece * (SIZE // len(piece.encode()))))


def attributes() -> str:
    return "<a " + "".join(f'a{n}=">" ' for n in range(150_000)) + ">"


PAGES: dict[str, Callable[[], Reply]] = {
    "spaces within a tag": lambda: page("<a" + " " * (SIZE - 10) + ">"),
    "attributes that hold what ends a tag": lambda: page(attributes()),
    "closers in a comment": lambda: page(
        "<div>" * 100_000 + "<!--" + "</div>" * 100_000 + "-->" + "<hr>" * 100_000
    ),
    "fonts left open": lambda: page("<font>" * 100_000 + "<hr>" * 100_000),
    "bold and italics left open": lambda: page("<b><i>" * 50_000 + "<p>" * 100_000),
    "nested tables": lambda: often("<table><tr><td>"),
    "links left open": lambda: page("<a href=x>" * 100_000 + "<hr>" * 100_000),
    "buttons": lambda: often("<button>"),
    "selects": lambda: often("<select><option>"),
    "code that only calls": lambda: page(f'<a href="javascript:{"void      " * 16}x">'),
    "a refresh of spaces": lambda: page(f'<meta http-equiv=refresh content="{" " * 900}a\nb">'),
    "styles of spaces": lambda: often(f'<p style="left:{" " * 1990}x">'),
    "an encoding of spaces": lambda: page("<p>x", f"text/html; charset={' ' * 90_000}!"),
    "a thousand comments left open": lambda: often("<!--"),
    "entities": lambda: often("&amp"),
    "paragraphs": lambda: often("<p>"),
}


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_read_or_refused_in_linear_time(name):
    reply = PAGES[name]()
    before = time.process_time()
    with contextlib.suppress(Nonsense):
        read_page(reply)
    assert time.process_time() - before < SECONDS


@pytest.mark.parametrize("name", PAGES)
def test_the_watch_draws_it_in_linear_time(name):
    reply = PAGES[name]()
    before = time.process_time()
    read_snapshot(reply)
    text_of(reply)
    assert time.process_time() - before < 2 * SECONDS


def test_old_pages_with_everything_left_open_are_read():
    old = "<HTML><BODY><FONT size=2><CENTER>" + "<TABLE><TR><TD><FONT color=red><B>x<P>y" * 60
    assert read_page(page(old)).tree.css_first("table") is not None
    news = "<ul>" + "<li>x<p>y<dl><dt>a<dd>b</dl>" * 3000 + "</ul><table>" + "<tr><td>1<td>2" * 3000
    assert len(read_page(page(news)).tree.css("td")) == 6000


@pytest.mark.parametrize("piece", ["\n", " ", "[", "domain name\n", "有効期限 ", "a. "])
def test_a_file_of_the_register_is_read_in_linear_time(piece):
    before = time.process_time()
    with pytest.raises(Unavailable):
        read_registration((piece * 10_000_000).encode()[:10_000_000])
    with contextlib.suppress(Unavailable):
        read_registration((piece * 200_000).encode()[:200_000])
    assert time.process_time() - before < SECONDS


@pytest.mark.parametrize("label", ["o" * 63, "rn" * 20, "a-" * 20 + "b", "0123456789abcdef" * 3])
def test_imitations_of_a_long_name_are_made_at_once(label):
    before = time.process_time()
    assert imitations(f"{label}.com")
    assert time.process_time() - before < 2 * SECONDS


def _rrset(kind: str, rows: list[str]) -> dns.rrset.RRset:
    return dns.rrset.from_text_list("shop.example.", 60, "IN", kind, rows)


def _keys(n: int) -> dns.rrset.RRset:
    bodies = [base64.b64encode(n.to_bytes(2, "big") + b"k" * 64).decode() for n in range(n)]
    return _rrset("DNSKEY", [f"257 3 8 {body}" for body in bodies])


@pytest.mark.parametrize(("keys", "signatures", "ds"), [(200, 1, 1), (2, 300, 1), (2, 1, 200)])
def test_a_zone_with_keys_or_signatures_without_end_is_not_tried_out(keys, signatures, ds):
    signed = _rrset(
        "RRSIG",
        [
            f"DNSKEY 8 2 60 20300101000000 20200101000000 {n} shop.example. "
            + base64.b64encode(b"s" * 64).decode()
            for n in range(signatures)
        ],
    )
    parent = _rrset("DS", [f"{n} 8 2 {'ab' * 32}" for n in range(ds)])
    assert _too_many((parent, None), (_keys(keys), signed))
    honest = _rrset("DS", [f"1 8 2 {'ab' * 32}"])
    assert not _too_many((honest, None), (_keys(2), signed[:1]))


@pytest.mark.parametrize("piece", ["KEY", "export KEY", "[01-Jan-2026\n", "<title>", "href='"])
@pytest.mark.parametrize("around", [b"", b" " * 60_000, b"\n" * 60_000])
def test_what_lies_at_a_place_is_told_in_linear_time(piece, around):
    body = around + piece.encode() * (65_536 // len(piece))
    start = time.process_time()
    assert not [place.path for place in EXPOSED_PATHS if place.is_there(body)]
    assert time.process_time() - start < SECONDS
