"""Looks at played sites: begin, go on, accept, cloaking, hostile pages."""

import json
import time
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.watched.play import looked
from tests.support.watched.sites import HTML, SITES, shop, with_sitemap
from tojimari.assess.defacement.alarms import alarms_of
from tojimari.assess.defacement.baseline import decode, encode
from tojimari.assess.defacement.changes import compare
from tojimari.collect.host import Unavailable
from tojimari.collect.outside.defacement.crawl import PAGES_AT_MOST
from tojimari.collect.outside.defacement.sitemap import read_sitemap
from tojimari.collect.outside.defacement.snapshot import read_snapshot
from tojimari.collect.outside.egress import AGENT
from tojimari.collect.outside.markup import rules_of
from tojimari.collect.outside.replies import Reply
from tojimari.model import TojimariError
from tojimari.model.snapshots import SiteSnapshot


def page(html: str | bytes, kind: str = HTML):
    body = html if isinstance(html, bytes) else html.encode()
    return read_snapshot(
        Reply("http://www.shop.test/", 200, (("content-type", kind),), body)
    ).snapshot


def alarms(look) -> set[str]:
    return {change.kind for change in look.changes if change.severity == "alarm"}


@pytest.mark.parametrize("make", SITES.values(), ids=SITES)
def test_a_first_look_at_a_clean_site_is_silent_and_a_second_one_too(server, way, make):
    server.files = make()
    first = looked(server, way, None)
    assert first.first
    assert not first.changes
    assert len(first.baseline.state.pages) >= 4
    kept = decode(encode(first.baseline))
    assert kept == first.baseline
    again = looked(server, way, kept)
    assert not again.changes
    assert again.baseline == first.baseline


def test_what_is_alarming_by_itself_rings_at_the_first_look_and_until_it_is_accepted(server, way):
    bad = '<iframe src="https://bad.invalid/x" width=0></iframe>'
    server.files = {"/": (HTML, f"<title>Hacked by Z</title>{bad}".encode())}
    first = looked(server, way, None)
    assert alarms(first) == {"defaced", "hidden_frame"}
    assert alarms(looked(server, way, first.baseline)) == {"defaced", "hidden_frame"}
    accepted = looked(server, way, first.baseline, accept=True)
    assert not accepted.changes
    assert not looked(server, way, accepted.baseline).changes


def test_an_alarm_does_not_become_the_new_normal_but_daily_news_does(server, way):
    server.files = shop()
    kept = looked(server, way, None).baseline
    kind, body = server.files["/help/about"]
    news = body.replace("駅前で".encode(), "駅の前で".encode())
    bad = body.replace(b"</body>", b'<script src="https://x.invalid/a.js"></script></body>')
    server.files = server.files | {"/help/about": (kind, news), "/contact": (kind, bad)}
    look = looked(server, way, kept)
    assert alarms(look) == {"new_script"}
    assert any(c.kind == "text" and c.page.endswith("/help/about") for c in look.changes)
    later = looked(server, way, look.baseline)
    assert alarms(later) == {"new_script"}
    assert not any(c.page.endswith("/help/about") for c in later.changes)


def test_those_who_come_from_a_search_engine_are_shown_something_else(server, way):
    server.files = shop()
    kept = looked(server, way, None).baseline
    spam = "<title>激安</title>スーパーコピー N級品 ブランドコピー 通販 送料無料"
    server.others = [("user-agent", "Googlebot", {"/": (HTML, spam.encode())})]
    assert alarms(looked(server, way, kept)) == {"cloaked"}


@pytest.mark.parametrize("who", ["Googlebot", "iPhone"])
@pytest.mark.parametrize("path", ["/", "/products/detail/1"])
def test_visitors_of_every_kind_and_deep_pages_are_tried(server, way, who, path):
    server.files = shop()
    kept = looked(server, way, None).baseline
    spam = "<title>激安</title>スーパーコピー N級品 ブランドコピー 通販 送料無料"
    server.others = [("user-agent", who, shop() | {path: (HTML, spam.encode())})]
    look = looked(server, way, kept)
    assert {(c.kind, c.page) for c in look.changes} == {("cloaked", f"http://www.shop.test{path}")}


AWAY = "<script>if(1){location.href='https://fake-shop.invalid/'}</script>"


@pytest.mark.parametrize("who", ["Googlebot", "iPhone", "Windows NT"])
@pytest.mark.parametrize(
    "bad", [AWAY, '<meta http-equiv=refresh content="0;https://bad.invalid/">']
)
def test_visitors_from_a_search_who_are_led_away_by_the_page(server, way, who, bad):
    """By computer as well: most intruders leave the owner alone, who types the address."""
    server.files = shop()
    kept = looked(server, way, None).baseline
    kind, body = server.files["/"]
    led = {"/": (kind, body.replace(b"</head>", bad.encode() + b"</head>"))}
    server.others = [("user-agent", who, shop() | led)]
    assert alarms(looked(server, way, kept)) == {"cloaked"}


def test_whoever_is_asked_reads_who_asks(server, way):
    server.files = shop()
    looked(server, way, None)
    assert server.agents
    assert all(AGENT in agent for agent in server.agents)


@pytest.mark.parametrize(
    ("html", "rings"),
    [
        ("<label>カード番号<input name=a></label>", True),
        ("<dl><dt>※クレジットカード番号（ハイフンなし）<dd><input name=a></dl>", True),
        ("<input id=a placeholder=名前><label for=a>Card number</label>", True),
        ("<p>セキュリティコード</p><input name=a><p>有効期限</p><input name=b>", True),
        ("<label>会員カード番号<input name=a></label>", False),
        ("<label>セキュリティコード<input name=a></label>", False),
        ("<p>クレジットカード番号は入力しないでください</p><input name=a>", False),
        ("<label>カード番号</label>", False),
        ("<label>ギフトカード番号<input name=a></label>", False),
    ],
)
def test_a_card_is_asked_for_by_the_words_that_people_read(html, rings):
    forms = page(f"<form action=/a>{html}</form><form><input name=n></form>").forms
    assert any("card" in form.secrets for form in forms) is rings


def test_a_frame_that_a_sheet_hides_is_no_alarm_by_itself(server, way):
    """A window that a click opens looks the same; only a new one is an alarm."""
    frame = '<div class="w"><iframe src="https://yoyaku.example.test/"></iframe></div>'
    server.files = {
        "/": (HTML, f'<title>t</title><link rel=stylesheet href="/a.css">{frame}'.encode()),
        "/a.css": ("text/css", b".w{display:none}"),
    }
    first = looked(server, way, None)
    assert first.baseline.state.pages[0].frames[0].hidden == "sheet"
    assert not first.changes
    more = server.files["/"][1] + b'<p class=w><iframe src="https://bad.invalid/"></iframe></p>'
    server.files = server.files | {"/": (HTML, more)}
    assert alarms(looked(server, way, first.baseline)) == {"hidden_frame"}


@pytest.mark.parametrize(
    ("css", "hidden"),
    [
        (".w{display:none}", True),
        ("@media screen{.w{left:-9999px}}", True),
        ("@charset 'utf-8';/* x } */.a,.w{visibility:hidden}", True),
        (".w{width:1px;height:1px}", True),
        ("@media print{.w{display:none}}", False),
        ("@media (max-width:600px){.w{display:none}}", False),
        ("@keyframes x{from{opacity:0}} .w{opacity:1}", False),
        (".w .x{display:none}", False),
        (".f .w{display:none}", True),
        ("div > iframe.w{width:1px;height:1px}", True),
    ],
)
def test_what_a_style_sheet_hides_from_everybody(css, hidden):
    found = page(
        f'<style>{css}</style><div class="f"><iframe class="w" src="https://a.invalid/"></iframe></div>'
    )
    assert bool(found.frames[0].hidden) is hidden


@pytest.mark.parametrize("css", ["{" * 200_000, "/*" * 100_000, ".a{" * 60_000, "@media " * 30_000])
def test_a_hostile_style_sheet_is_read_in_linear_time(css):
    before = time.process_time()
    rules_of(css)
    assert time.process_time() - before < 5


@pytest.mark.parametrize(
    ("css", "body"),
    [
        (
            "".join(f".x p > .c{n} a{{left:-999px}}" for n in range(9000)),
            "<a class=x>x</a>" * 30_000,
        ),
        (".x .x .x .x .x a{display:none}" * 5000, "<div class=x>" * 300 + "<a>" * 30_000),
        (".x > .x .x > .x .q *{display:none}" * 5000, "<div class=x>" * 300 + "<b>" * 30_000),
        ("@media screen{" * 6000 + "}" * 6000, "<a>" * 30_000),
    ],
)
def test_hostile_paths_are_asked_in_linear_time(css, body):
    before = time.process_time()
    page(f"<style>{css}</style>{body}")
    assert time.process_time() - before < 8


def _listed(urls):
    rows = "".join(f"<url><loc>http://www.shop.test{url}</loc></url>" for url in urls)
    return "application/xml", f"<urlset>{rows}</urlset>".encode()


@pytest.mark.parametrize("where", ["/{}/", "/blog/{}.html", "/?p={}"])
def test_among_many_articles_new_ones_are_looked_at(server, way, where):
    """Whatever the addresses are like: before, more than two hundred kinds of them overflowed."""
    old = [where.format(f"koto{n}") for n in range(700)]
    server.files = SITES["WordPress"]() | {"/sitemap.xml": _listed(old)}
    kept = looked(server, way, None).baseline
    assert not looked(server, way, kept).changes
    new = [where.format(f"zz{n}") for n in range(30)]
    spam = "<title>グッチ</title>グッチ シャネル ロレックス 激安 通販 最安値 送料無料"
    server.files |= {"/sitemap.xml": _listed([*old[:300], *new, *old[300:]])}
    server.files |= {
        url.partition("?")[0] or "/": (HTML, spam.encode()) for url in new if "?" not in url
    }
    server.queries = {url: (HTML, spam.encode()) for url in new}
    assert "spam" in alarms(looked(server, way, kept))


def test_what_is_kept_of_a_sitemap_is_small_and_told_when_broken(server, way):
    server.files = shop() | {"/sitemap.xml": _listed(f"/a/{n:x}/" for n in range(20_000))}
    kept = looked(server, way, None).baseline
    known = kept.state.listing
    assert len(known.known) < 35_000
    other = [f"http://www.shop.test/b/{n:x}/" for n in range(2000)]
    assert len(known.new_among(other)) > 1900
    broken = encode(kept).replace(known.known.encode(), b"A")
    with pytest.raises(TojimariError):
        decode(broken)


def test_a_baseline_of_an_earlier_version_is_read_and_compared_with():
    stored = (Path(__file__).parents[3] / "assets" / "baseline-0.2.0.json").read_bytes()
    baseline = decode(stored)
    written, before = json.loads(encode(baseline)), json.loads(stored)
    assert sorted(written.pop("accepted")) == sorted(before.pop("accepted"))
    for page in written["state"]["pages"]:
        assert (page.pop("covert"), page.pop("lures")) == ([], [])
    assert written == before
    [page_] = baseline.state.pages
    assert page_.code[0].indicators == ("hides", "sends")
    assert baseline.state.files["www.shop.test/a.js"].fingerprint
    assert (baseline.since.year, baseline.state.listing.pages) == (2026, 2)
    assert not compare(baseline.state, baseline.state)


def test_a_sitemap_that_leads_to_one_already_read_is_not_read_again(server, way):
    server.files = shop() | {
        "/robots.txt": ("text/plain", b"Sitemap: http://www.shop.test/wp-sitemap.xml"),
        "/wp-sitemap.xml": _listed(["/help/about"]),
    }
    server.moved = {"/sitemap.xml": "/wp-sitemap.xml"}
    looked(server, way, None)
    assert server.asked.count("/wp-sitemap.xml") == 1


@pytest.mark.parametrize(
    ("to", "field", "rings"),
    [
        ("/wp-login.php?action=postpass", "post_password", False),
        ("/blog/wp-login.php", "pwd", False),
        ("/wp-content/wp-login.php.php", "pwd", True),
        ("http://www.bad.invalid/wp-login.php", "pwd", True),
        ("", "pwd", True),
    ],
)
def test_a_password_is_asked_for_by_wordpress_itself_or_by_somebody_else(
    server, way, to, field, rings
):
    server.files = shop()
    kept = looked(server, way, None).baseline
    kind, body = server.files["/help/about"]
    form = f'<form method="post" action="{to}"><input type="password" name="{field}"></form></body>'
    server.files = server.files | {"/help/about": (kind, body.replace(b"</body>", form.encode()))}
    assert bool(alarms(looked(server, way, kept))) is rings


def test_the_first_page_without_its_slash_is_no_second_page(server, way):
    server.files = {"/": (HTML, b'<title>t</title><a href="http://www.shop.test">home</a>')}
    urls = [page.url for page in looked(server, way, None).baseline.state.pages]
    assert urls == ["http://www.shop.test/"]


def test_robots_are_respected_and_known_pages_come_first(server, way):
    server.files = shop() | {"/robots.txt": ("text/plain", b"User-agent: *\nDisallow: /products/")}
    look = looked(server, way, None)
    assert not any("/products/" in page.url for page in look.baseline.state.pages)


def test_a_page_that_is_gone_is_told_once_and_one_that_errs_is_kept(server, way):
    server.files = shop()
    kept = looked(server, way, None).baseline
    del server.files["/help/about"]
    look = looked(server, way, kept)
    assert not alarms(look)
    assert any(change.kind == "page_gone" for change in look.changes)
    assert not any(c.kind == "page_gone" for c in looked(server, way, look.baseline).changes)


def test_a_site_without_its_first_page_was_not_seen(server, way):
    server.files = {}
    with pytest.raises(Unavailable):
        looked(server, way, None)


def test_links_without_end_and_pages_of_every_sort_are_bounded(server, way):
    links = "".join(f'<a href="/?p={n}">a</a><a href="/c/{n}">b</a>' for n in range(400))
    body = (HTML, f"<title>t</title>{links}".encode())
    server.files = {"/": body} | {f"/c/{n}": body for n in range(300)}
    assert len(looked(server, way, None).baseline.state.pages) == PAGES_AT_MOST


HOSTILE = {
    "nested": b"<div>" * 100_000 + b"<a href=/x>x</a>",
    "formatting": b"".join(b"<b id=%d>" % n for n in range(2000)) + b"<p>x" * 100_000,
    "attributes": b"<p " + b" ".join(b"a%d=1" % n for n in range(200_000)) + b">x",
    "one attribute": b"<p title='" + b"x" * 1_900_000 + b"'>x",
    "quotes": b"<a href=\"'" * 150_000,
    "open tags": b"<a " * 500_000,
    "open comment": b"<!--" * 400_000,
    "open scripts": b"<script>" * 200_000,
    "escapes": b"<script>" + b"\\x41" * 400_000 + b"</script>",
    "percent": b"<script>eval(unescape('" + b"%41" * 300_000 + b"'))</script>",
    "braces": b"<style>" + b"{" * 900_000 + b"}" * 900_000 + b"</style>",
    "numbers": b"<script>" + b"1," * 700_000 + b"</script>",
    "base64": b"<script>eval(atob('" + b"QUFB" * 400_000 + b"'))</script>",
    "quotes in code": b"<script>" + b'"+"' * 400_000 + b"</script>",
    "spaces": b"<script>location" + b" " * 1_000_000 + b"</script>",
    "refresh": b'<meta http-equiv=refresh content="' + b" " * 900_000 + b'">',
    "no text": bytes(range(256)) * 6000,
    "words": "スーパーコピー".encode() * 50_000,
    "entities": b"&amp;&#x41;&lt" * 100_000,
}  # fmt: skip


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_page_is_read_and_stays_small(body):
    """A parser that takes the square of any of these never ends here."""
    site = SiteSnapshot((page(body),))
    assert len(as_kept(site)) < 300_000
    assert not compare(site, site)


def test_a_whole_look_at_a_hostile_first_page_ends(server, way):
    server.files = {"/": (HTML, HOSTILE["nested"] + HOSTILE["attributes"])}
    assert looked(server, way, None).baseline.state.pages[0].cut


def as_kept(site: SiteSnapshot) -> bytes:
    return msgspec.json.encode(site)


@pytest.mark.parametrize("encoding", ["shift_jis", "euc-jp", "iso-2022-jp", "utf-8"])
@pytest.mark.parametrize("where", ["header", "meta", "nowhere"])
def test_japanese_is_read_in_every_encoding(encoding, where):
    said = f'<meta charset="{encoding}">' if where == "meta" else ""
    body = f"<title>手打ちそば</title>{said}<p>スーパーコピー".encode(encoding)
    kind = f"text/html; charset={encoding}" if where == "header" else "text/html"
    if (where, encoding) == ("nowhere", "iso-2022-jp"):
        return  # plain ASCII to anybody who is not told
    found = page(body, kind)
    assert found.title == "手打ちそば"
    assert found.spam.strong == ("スーパーコピー",)


def test_broken_bytes_and_unknown_encodings_are_read_as_far_as_they_go():
    found = page("<title>そば".encode("cp932") + b"\x81\xff\x80</title>", "text/html; charset=zip")
    assert page(b"<title>a\xff</title>", "text/html; charset=shift_jis").title[0] == "a"
    assert found.title


def test_a_sitemap_without_entities_depth_or_end():
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><urlset><url><loc>http://a.example/&b;</loc></url></urlset>'
    assert read_sitemap(bomb) == ([], [])
    assert read_sitemap(b"<a>" * 100_000) == ([], [])
    many = b"<urlset>" + b"<url><loc>http://a.example/1</loc></url>" * 100_000
    assert len(read_sitemap(many)[0]) == 20_000
    index = b"<sitemapindex><sitemap><loc>http://a.example/s.xml</loc></sitemap></sitemapindex>"
    assert read_sitemap(index) == ([], ["http://a.example/s.xml"])


PIECES = [
    "<div style='display:none'>",
    "</div>",
    "<a href='http://x.invalid/'>",
    "<script src=//y.invalid/a.js>",
    "</script>",
    "<script>eval(atob('YWxlcnQoMSk7YWxlcnQoMSk7YWxlcnQoMSk7'))</script>",
    "<iframe width=0 src=//z.invalid>",
    "<form action=//f.invalid><input type=password>",
    "<title>Hacked by x</title>",
    "<base href=//b.invalid>",
    "<meta http-equiv=refresh content='0;url=//r.invalid'>",
    "<a href=/a.exe>",
    "スーパーコピー",
    "<!--",
    "-->",
    "<",
    '"',
]


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=5), max_size=25).map("".join))
def test_what_did_not_change_has_no_changes_and_what_did_is_never_an_error(html):
    now, clean = SiteSnapshot((page(html),)), SiteSnapshot((page("<title>t</title><p>x"),))
    assert compare(now, now) == []
    for change in [*compare(clean, now), *compare(now, clean), *alarms_of(now)]:
        assert len(change.evidence) <= 160
    assert all(change.severity == "alarm" for change in alarms_of(now))


def test_every_kind_of_change_has_a_sentence(catalog):
    import re
    from pathlib import Path

    from tojimari.assess.defacement import alarms, changes

    code = "".join(Path(str(one.__file__)).read_text("utf-8") for one in (alarms, changes))
    kinds = set(re.findall(r'(?:Change|alarm|note)\(\s*"(\w+)"', code))
    kinds |= set(re.findall(r'"(\w+)", (?:abroad|strange|host|form|", ")', code))
    assert len(kinds) >= 25
    for kind in kinds:
        for lang in ("ja", "en"):
            assert catalog.ui(f"watch.{kind}").say(lang, what="x")


def test_an_index_of_many_sitemaps_leaves_a_turn_for_the_one_beside_it(server, way):
    """Every WordPress names wp-sitemap.xml in robots.txt; an intruder adds a sitemap.xml."""
    xml = "application/xml"
    parts = "".join(
        f"<sitemap><loc>http://www.shop.test/s{n}.xml</loc></sitemap>" for n in range(40)
    )
    index = f"<sitemapindex>{parts}</sitemapindex>".encode()
    robots = ("text/plain", b"Sitemap: http://www.shop.test/wp-sitemap.xml")
    server.files = shop() | {"/robots.txt": robots, "/wp-sitemap.xml": (xml, index)}
    server.files |= {
        f"/s{n}.xml": (
            xml,
            f"<urlset><url><loc>http://www.shop.test/a{n}</loc></url></urlset>".encode(),
        )
        for n in range(40)
    }
    server.files.pop("/sitemap.xml", None)
    kept = looked(server, way, None).baseline
    more = "".join(f"<url><loc>http://www.shop.test/x/{n}</loc></url>" for n in range(300))
    server.files |= {"/sitemap.xml": (xml, f"<urlset>{more}</urlset>".encode())}
    assert alarms(looked(server, way, kept)) == {"listing"}


def test_the_sitemap_of_a_site_is_followed(server, way):
    hidden = shop() | {"/lonely.html": (HTML, b"<title>lonely</title>")}
    server.files = with_sitemap(hidden)
    urls = {page.url for page in looked(server, way, None).baseline.state.pages}
    assert "http://www.shop.test/lonely.html" in urls
