"""What belongs to a page although it is not written in it: frames, pages of another name, styles."""

import time
from datetime import UTC, datetime

import pytest

from tests.support.facts import fields_of, typed_facts
from tests.support.stage import Stage
from tojimari.assess.check import checks_of
from tojimari.catalog import load_catalog
from tojimari.collect.outside import stylesheets
from tojimari.collect.outside.addresses import meant, refreshed
from tojimari.collect.outside.egress import URL_CHARACTERS
from tojimari.collect.outside.forms import forms
from tojimari.collect.outside.probe import look_outside
from tojimari.collect.outside.probes import content
from tojimari.collect.outside.replies import Reply
from tojimari.collect.outside.subresources import SHEETS_AT_MOST, loaded
from tojimari.collect.outside.target import Target
from tojimari.collect.outside.visit import read_page

CATALOG = load_catalog()
NOW = datetime.now(UTC)


def page(body: str, *headers: list[str]):
    html = [["content-type", "text/html; charset=utf-8"], *headers]
    return {"headers": html, "body": f"<!doctype html>{body}"}


def css(body: str):
    return {"headers": [["content-type", "text/css"]], "body": body}


def to(url: str):
    return {"status": 302, "headers": [["location", url]]}


OPEN = '<form method="post" action="http://old.shop.test/send"><input name="a"><textarea></textarea></form>'
FORM = '<form method="post" action="/send"><input name="a"><textarea></textarea></form>'
PICTURE = '<link rel="stylesheet" href="{}">'
SITES = {
    # What is shown within another page, or leads on by itself.
    "frames": ({"/": page("<frameset><frame src=/in></frameset>"), "/in": page(OPEN)}, "forms"),
    "iframe": ({"/": page('<iframe src="in"></iframe>'), "/in": page(OPEN)}, "forms"),
    "frame-in-frame": (
        {
            "/": page("<frameset><frame src=/a></frameset>"),
            "/a": page("<frameset><frame src=/b></frameset>"),
            "/b": page(OPEN),
        },
        "forms",
    ),
    "menu-in-frame": (
        {
            "/": page("<frameset><frame src=/menu></frameset>"),
            "/menu": page('<a href="/contact">c</a>'),
            "/contact": page(OPEN),
        },
        "forms",
    ),
    "form-in-frame-of-a-link": (
        {
            "/": page('<a href="/contact">c</a>'),
            "/contact": page('<iframe src="/in"></iframe>'),
            "/in": page(OPEN),
        },
        "forms",
    ),
    "refresh": (
        {
            "/": page("<meta http-equiv=Refresh content=\"0; URL='top.html'\">"),
            "/top.html": page(OPEN),
        },
        "forms",
    ),
    "image-map": (
        {"/": page('<map><area href="/contact"></map>'), "/contact": page(OPEN)},
        "forms",
    ),
    "frame-of-others": ({"/": page('<iframe src="https://www.other.test/">')}, "good"),
    "frame-by-http": ({"/": page("<frameset><frame src=http://www.other.test/>")}, "active"),
    # Where what is written goes to.
    "button": (
        {"/": page(FORM.replace("</form>", '<button formaction="http://o.shop.test/"></form>'))},
        "forms",
    ),
    "field-elsewhere": (
        {"/": page('<form id=f action="http://o.shop.test/"></form><input type=password form=f>')},
        "password",
    ),
    "field-of-no-form": (
        {"/": page('<form action="http://o.shop.test/"><input form=""></form><input form="">')},
        "good",
    ),
    "field-of-another-form": (
        {
            "/": page(
                '<form method=post action="http://o.shop.test/"><input form=f><button></button></form>'
                '<form id=f method=post action="/ok"></form>'
            )
        },
        "good",
    ),
    "window-on-the-page": (
        {"/": page('<form method=dialog action="http://o.shop.test/"><input><input></form>')},
        "good",
    ),
    "base": ({"/": page(f'<base href="http://b.shop.test/">{FORM}')}, "forms"),
    "base-but-no-action": (
        {"/": page('<base href="http://b.shop.test/"><form method=post><textarea></textarea>')},
        "good",
    ),
    # What styles load.
    "style": ({"/": page("<style>body{background:url(http://o.shop.test/a.png)}")}, "passive"),
    "import": ({"/": page("<style>@import 'http://o.shop.test/a.css';")}, "active"),
    "remark-before-an-import": (
        {"/": page('<style>@import/* x */"http://o.shop.test/a.css";')},
        "active",
    ),
    "set-of-pictures": (
        {"/": page('<style>body{background:image-set("http://o.shop.test/a.png" 1x)}')},
        "passive",
    ),
    "attribute": ({"/": page("<p style=\"background:url('http://o.shop.test/a.png')\">")}, "passive"),
    "sheet": (
        {"/": page(PICTURE.format("/a/s.css")), "/a/s.css": css("a{b:url(http://o.shop.test/a)}")},
        "passive",
    ),
    "sheet-of-a-sheet": (
        {
            "/": page(PICTURE.format("/a/s.css")),
            "/a/s.css": css('@import "more.css";'),
            "/a/more.css": css("a{b:url(//c.shop.test/a)} @import url(http://o.shop.test/x.css);"),
        },
        "active",
    ),
    "names-in-a-sheet": (
        {
            "/": page(PICTURE.format("/s.css")),
            "/s.css": css(
                "@namespace svg url(http://www.w3.org/2000/svg); /* url(http://o.shop.test/) */"
                "a::after{content:'url(http://o.shop.test/)'}"
            ),
        },
        "good",
    ),
    "sheet-that-is-none": (
        {"/": page(PICTURE.format("/s.css")), "/s.css": page("a{b:url(http://o.shop.test/a)}")},
        "good",
    ),
    # What else is loaded.
    "srcset": ({"/": page('<img src=a srcset="/a.png, http://o.shop.test/b.png 2x">')}, "passive"),
    "poster": ({"/": page('<video poster="http://o.shop.test/a.png">')}, "passive"),
    "old-background": ({"/": page('<table background="http://o.shop.test/a.gif">')}, "passive"),
    "preload": ({"/": page('<link rel=preload as=script href="http://o.shop.test/a">')}, "active"),
    "object": ({"/": page('<object data="http://o.shop.test/a.swf">')}, "active"),
    "upgraded-by-the-page": (
        {
            "/": page(
                '<head><meta http-equiv="Content-Security-Policy" content="upgrade-insecure-requests">'
                '</head><img src="http://o.shop.test/a.png">'
            )
        },
        "good",
    ),
}  # fmt: skip
# Under other names of the same owner, one of them without encryption.
NAMES = {
    "names.shop.test": {
        "https": {
            "/": page(
                '<a href="http://www.names.shop.test/">top</a><a href="/a">a</a>'
                '<a href="http://old.names.shop.test/contact">c</a><a href="https://www.other.test/x">o</a>'
                '<a href="https://closed.names.shop.test/contact">r</a>'
            ),
            "/a": page("a"),
        }
    },
    "closed.names.shop.test": {
        "https": {
            "/robots.txt": {"body": "User-agent: *\nDisallow: /contact"},
            "/contact": page(FORM),
        }
    },
    "www.names.shop.test": {"http": {"/": to("https://names.shop.test/")}},
    "old.names.shop.test": {"http": {"/contact": page(FORM)}},
    "www.other.test": {"https": {"*": page(OPEN)}, "http": {"*": page(OPEN)}},
}
MANY = {
    "many.shop.test": {
        "https": {
            "/": page(
                "".join(f'<iframe src="/f{n}"></iframe><a href="/l{n}">x</a>' for n in range(50))
                + "".join(PICTURE.format(f"/s{n}.css") for n in range(100))
            ),
            "*": page("x"),
        }
    }
}


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    hosts = {f"{name}.shop.test": {"https": paths} for name, (paths, _) in SITES.items()}
    own = '<script src="/a.js"></script><script src="//img.shop.test/b.js"></script>'
    scripts = page(f'{own}<script src="https://cdn.test/c.js"></script>')
    hosts["own-scripts.shop.test"] = {"https": {"/": scripts}}
    made = Stage(tmp_path_factory.mktemp("stage"), [{"site": "x", "hosts": hosts | NAMES | MANY}])
    yield made
    made.stop()


def seen(stage, name):
    site = f"{name}.shop.test"
    kinds = {"site.content"}
    (found,) = look_outside(
        Target(site, site), stage.egress(), catalog=CATALOG, at=NOW, kinds=kinds
    )
    assert found.fact is not None, found.not_seen
    return fields_of(found)


def judged(fields):
    (check,) = checks_of("website-content")
    verdict = check.judge(typed_facts({"site.content": fields}, NOW), CATALOG)
    said = CATALOG.controls["website-content"].reasons[verdict.reason].text
    assert said.say("ja", **verdict.numbers)
    assert said.say("en", **verdict.numbers)
    return verdict.reason


@pytest.mark.parametrize("name", SITES)
def test_what_belongs_to_a_page(stage, name):
    fields = seen(stage, name)
    assert judged(fields) == SITES[name][1], fields


def test_other_names_of_the_owner_are_read_and_nobody_elses(stage):
    fields = seen(stage, "names")
    assert fields["pages"] == [
        "https://names.shop.test/",
        "http://old.names.shop.test/contact",
        "https://names.shop.test/a",
    ]
    assert judged(fields) == "forms"


def test_a_script_of_the_site_is_its_own_whatever_the_mail_is_called(stage):
    kinds = {"site.content"}
    site = "own-scripts.shop.test"
    for target in (Target(site, "mail.test", domain="shop.test"), Target(site, "mail.test")):
        (found,) = look_outside(target, stage.egress(), catalog=CATALOG, at=NOW, kinds=kinds)
        hosts = [row["host"] for row in fields_of(found)["foreign_scripts"]]
        assert hosts == (["cdn.test"] if target.domain else ["cdn.test", "img.shop.test"])


def test_no_more_is_asked_for_than_a_visitor_would(stage):
    heard: list[str] = []
    stage.listen(lambda method, path, _: heard.append(path))
    fields = seen(stage, "many")
    stage.listen(lambda *_: None)
    assert len(fields["pages"]) == 6
    assert len([path for path in heard if path.endswith(".css")]) == SHEETS_AT_MOST
    assert len(heard) <= SHEETS_AT_MOST + 12 + 3  # the first page, robots.txt, what hangs up


def test_when_the_time_is_over_the_first_page_is_judged_alone(stage, monkeypatch):
    monkeypatch.setattr(content, "_SECONDS", 0.0)
    fields = seen(stage, "many")
    assert fields["pages"] == ["https://many.shop.test/"]


@pytest.mark.parametrize(
    ("base", "written", "expected"),
    [
        ("https://a.test/x/y", " z\n ", "https://a.test/x/z"),
        ("https://a.test/", "\\\\b.test\\c?d\\e", "https://b.test/c?d\\e"),
        ("https://a.test/x/", "///b.test/c", "https://b.test/c"),
        ("https://a.test/x/", "HTTP:/b.test/c", "HTTP://b.test/c"),
        ("https://a.test/x/", "http:b.test/c", "http://b.test/c"),
        ("https://a.test/x/", "https:\\/\\b.test/c", "https://b.test/c"),
        ("https://a.test/x/", "https:b.test/c", "https://a.test/x/b.test/c"),
        ("https://a.test/x/", "https:/c", "https://a.test/c"),
        ("https://a.test/", "http:", ""),
        ("https://a.test/", "javascript:void(0)", ""),
        ("https://a.test/", "//[", ""),
        ("https://a.test/", "//b.test:99999/", ""),
        # Cut, it would be the address of something else.
        ("https://a.test/", "/" + "a" * URL_CHARACTERS, ""),
        ("https://a.test/" + "a/" * 3000, "b" * 4000, ""),
    ],
)
def test_an_address_is_read_as_browsers_do(base, written, expected):
    assert meant(base, written) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [("0;url=/x", "/x"), ("0; URL='/x y'z", "/x y"), ("300", ""), ("0 url=/q", "/q"), ("x", "")],
)
def test_where_a_page_leads_by_itself(content, expected):
    assert refreshed(content) == expected


@pytest.mark.parametrize(
    "piece",
    [
        '"',
        '\\"',
        "/*",
        "url(",
        "@import ",
        "@import/*",
        "@import/**/",
        "image-set(/**/",
        '@import "',
        "'\"",
        'url("',
        "@namespace ",
        "url('\\",
    ],
)
def test_a_style_sheet_is_read_in_linear_time(piece):
    before = time.process_time()
    list(stylesheets.addresses(piece * (2_000_000 // len(piece))))
    assert time.process_time() - before < 5


@pytest.mark.parametrize(
    "piece",
    [
        '<form id=f><input><button formaction="http://x/"></button></form><input form=f>',
        '<img srcset="a, b 2x,, c 3x">',
        "<img srcset='" + "a," * 2000 + "'>",
        "<style>@import 'a';@import 'b'</style>",
        '<p style="a:url(b)">',
    ],
)
def test_what_a_page_loads_and_sends_is_read_in_linear_time(piece):
    body = (piece * (2_000_000 // len(piece))).encode()
    read = read_page(Reply("https://shop.test/", 200, (), body))
    before = time.process_time()
    for _, _ in zip(range(20_000), loaded(read), strict=False):
        pass
    list(forms(read))
    assert time.process_time() - before < 5
