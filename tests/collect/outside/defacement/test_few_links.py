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
