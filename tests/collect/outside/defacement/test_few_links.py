"""One or two links that nobody sees ring; what opens by a click, or is seen elsewhere, does not."""

import pytest

from tests.support.watched.play import looked
from tests.support.watched.sites import by_hand

AWAY = {
    "off the page": '<div style="position:absolute;left:-9999px">{}</div>',
    "not shown": '<div style="display:none">{}</div>',
    "tiny": '<p style="font-size:0">{}</p>',
    "moved": '<div style="transform: translate3d(0, -9999px, 0)">{}</div>',
    "cut away": '<div style="clip-path: inset(100%)">{}</div>',
    "no size": '<div style="transform: scale(0, 0)">{}</div>',
    "running text without a size": '<marquee height="0" width="0">{}</marquee>',
    "white on white": '<p style="color:white; background-color: #FFFFFF">{}</p>',
    "without ink": '<p style="color: rgba(0, 0, 0, 0)">{}</p>',
    "by a class": "<style>.x9{{visibility:hidden}}</style><p class=x9>{}</p>",
}
TWO = '<a href="https://casino-z.test/">casino</a><a href="https://viagra-z.test/">cheap viagra</a>'
QUIET = '<a href="https://one-z.test/">a</a><a href="https://two-z.test/">b</a>'
ONE = '<a href="https://z.test/"><b>オンラインカジノ</b></a>'
MENU = (
    '<div style="display:none"><a href="https://www.instagram.com/shop">Instagram</a>'
    '<a href="https://lin.ee/x">LINE</a><a href="https://maker.test/">maker</a></div>'
)

PLACES = {
    "links of a class": ("<style>.x9 a{display:none}</style>", "<div class=x9>{}</div>"),
    "everything of a class": ("<style>.x9 *{font-size:0}</style>", "<div class=x9>{}</div>"),
    "a kind with a class": (
        "<style>div.x9{position:absolute;left:-9999px}</style>",
        "<div class=x9>{}</div>",
    ),
    "a child": ("<style>#f > p {opacity:0}</style>", "<div id=f><p>{}</p></div>"),
    "two classes": ("<style>.a1.b1{display:none}</style>", '<p class="b1 a1">{}</p>'),
    "deep below": (
        "<style>.a1 .b1 span{visibility:hidden}</style>",
        "<div class=a1><div><p class=b1><b><span>{}</span></b></p></div></div>",
    ),
    "whatever else is shown": (
        "<style>.x9 a{display:none} nav a{display:block}</style>",
        "<div class=x9>{}</div>",
    ),
}
"""A rule in the page, and what it hides by where that stands."""

SEEN = {
    "a menu that opens under the mouse": (
        "<style>.g1 ul{display:none} .g1 li:hover > ul{display:block}</style>",
        "<div class=g1><ul><li>メニュー<ul><li>{}</li></ul></li></ul></div>",
    ),
    "a part that a click opens": (
        "<style>.q1 .a1{display:none} .q1.open .a1{display:block}</style>",
        "<div class=q1><p>質問</p><p class=a1>{}</p></div>",
    ),
    "a part that a tick opens": (
        "<style>.q1 .a1{max-height:0;overflow:hidden} input:checked ~ .a1{max-height:9em}</style>",
        "<div class=q1><input type=checkbox><p class=a1>{}</p></div>",
    ),
    "hidden on a phone": (
        "<style>@media (max-width:600px){.x9 a{display:none}}</style>",
        "<div class=x9>{}</div>",
    ),
    "shown on a desk": (
        "<style>.x9 a{display:none} @media (min-width:600px){.x9 a{display:inline}}</style>",
        "<div class=x9>{}</div>",
    ),
    "hidden in print": (
        "<style>@media print{.x9 a{display:none}}</style>",
        "<div class=x9>{}</div>",
    ),
    "unless it is open": (
        "<style>.x9:not(.open) a{display:none}</style>",
        "<div class=x9>{}</div>",
    ),
    "a list that a script opens": (
        "<style>.k1 li ul{display:none}</style>",
        "<div class=k1><ul><li>メニュー<ul><li>{}</li></ul></li></ul></div>",
    ),
    "another place": ("<style>.x9 a{display:none}</style>", "<div class=x8>{}</div>"),
    "a grandchild": ("<style>#f > p {opacity:0}</style>", "<div id=f><div><p>{}</p></div></div>"),
    "one class of two": ("<style>.a1.b1{display:none}</style>", "<p class=b1>{}</p>"),
    "the place is over": ("<style>.x9 a{display:none}</style>", "<div class=x9></div><p>{}</p>"),
    "a sign before it": ("<style>.x9 a::before{display:none}</style>", "<div class=x9>{}</div>"),
}
"""Rules that look alike and hide nothing, or nothing for good."""


@pytest.fixture
def alarms(server, way):
    """Return the kinds of alarm that ring when something is added to the first page."""

    def ring(added: str) -> set[str]:
        server.files = by_hand()
        kept = looked(server, way, None).baseline
        kind, body = server.files["/"]
        after = body.replace(b"</BODY>", added.encode("cp932") + b"</BODY>")
        assert after != body
        server.files = server.files | {"/": (kind, after)}
        look = looked(server, way, kept)
        assert look.changes
        return {change.kind for change in look.changes if change.severity == "alarm"}

    return ring


@pytest.mark.parametrize("links", [QUIET, ONE])
@pytest.mark.parametrize("how", ["off the page", "not shown", "tiny", "by a class"])
def test_few_links_that_nobody_sees_ring(alarms, how, links):
    assert alarms(AWAY[how].format(links)) == {"hidden_links"}


@pytest.mark.parametrize("how", AWAY)
def test_however_they_are_hidden(alarms, how):
    assert alarms(AWAY[how].format(TWO)) == {"hidden_links"}


@pytest.mark.parametrize("links", [QUIET, ONE])
@pytest.mark.parametrize("where", PLACES)
def test_hidden_by_where_they_stand(alarms, where, links):
    rule, place = PLACES[where]
    assert alarms(rule + place.format(links)) == {"hidden_links"}


@pytest.mark.parametrize("where", SEEN)
def test_rules_that_hide_nothing_for_good_do_not_ring(alarms, where):
    rule, place = SEEN[where]
    assert (
        alarms(rule + place.format(TWO.replace("casino-z", "one").replace("viagra-z", "two")))
        == set()
    )


@pytest.mark.parametrize(
    "added",
    [
        MENU,
        '<div style="display:none"><a href="https://a-z.test/">a</a><a href="https://b-z.test/">b</a></div>'
        '<p><a href="https://a-z.test/">a</a><a href="https://b-z.test/">b</a>',
        '<div style="display:none"><a href="https://help.test/">カジノ依存の相談窓口</a></div>',
        '<p>See <a href="https://news.test/casino">casino</a>',
        f'<p style="color:transparent; -webkit-background-clip:text; background:linear-gradient(red, blue)">{TWO}',
        f'<p style="color:#fff; background:#000">{TWO}',
        f'<p style="transform:translateY(-2px); color:rgb(0, 0, 0)">{TWO}',
    ],
)
def test_a_menu_that_opens_by_a_click_does_not_ring(alarms, added):
    assert alarms(added) == set()
