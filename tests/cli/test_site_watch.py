"""``tojimari site watch`` as a user runs it: a real web server, DNS server and process."""

import json
import os

import pytest

from tests.support.command import one_sentence
from tests.support.names import unbound
from tests.support.watched.play import played
from tests.support.watched.sites import by_hand


@pytest.fixture(scope="module")
def resolver(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dns")
    with unbound(folder, ["www.shop.test. A 127.0.0.1"]) as found:
        yield found


@pytest.fixture
def site(resolver):
    with played() as server:
        server.files = by_hand()
        ports = f"80={server.server_port},443=1,25=1"
        yield server, ("www.shop.test", "--resolver", resolver, "--lab", "--lab-ports", ports)


def edit(server, path: str, old: str, new: str) -> None:
    kind, body = server.files[path]
    changed = body.decode("cp932").replace(old, new).encode("cp932")
    assert changed != body
    server.files = server.files | {path: (kind, changed)}


def test_the_whole_journey_of_a_watch(tojimari, site):
    server, words = site
    first = tojimari("site", "watch", *words)
    assert first.returncode == 0, first.stdout + first.stderr
    assert "今の様子を控えました" in first.stdout
    kept = tojimari.folder / "state.watched" / "www.shop.test.json"
    assert json.loads(kept.read_text("utf-8"))["version"] == 1
    if os.name == "posix":
        assert kept.stat().st_mode & 0o077 == 0
    assert "ようこそ" not in kept.read_text("utf-8")

    edit(server, "/annai.html", "700円", "750円")
    news = tojimari("site", "watch", *words)
    assert news.returncode == 0, news.stdout
    assert "ふだんの更新 1件" in news.stdout

    edit(server, "/tizu.html", "</TABLE>", "</TABLE><SCRIPT src=//x.invalid/a.js></SCRIPT>")
    before = kept.read_bytes()
    told = tojimari("site", "watch", *words)
    assert told.returncode == 1, told.stdout
    assert "知らない所のプログラムを読み込んでいます: x.invalid/a.js" in told.stdout
    assert "http://www.shop.test/tizu.html" in told.stdout
    assert "--accept" in told.stdout
    form = tojimari("site", "watch", *words, "--json", "--lang", "en")
    assert form.returncode == 1
    assert [row["kind"] for row in json.loads(form.stdout)["alarms"]] == ["new_script"]
    assert b"x.invalid" not in kept.read_bytes()
    assert before
    assert "website-defacement" in tojimari("next", "--all").stdout

    accepted = tojimari("site", "watch", *words, "--accept", "--lang", "en")
    assert accepted.returncode == 0, accepted.stdout
    assert "was kept as the new one" in accepted.stdout
    assert "変わったところはありません" in tojimari("site", "watch", *words).stdout


def test_a_plain_look_knows_nothing_of_the_watch(tojimari, site):
    _, words = site
    done = tojimari("site", *words, "--json")
    control = next(
        c for c in json.loads(done.stdout)["controls"] if c["id"] == "website-defacement"
    )
    assert control["measured"] == []
    assert control["basis"] == "none"


def test_a_site_that_does_not_answer_is_not_fine(tojimari, site):
    server, words = site
    assert tojimari("site", "watch", *words).returncode == 0
    server.files = {}
    done = tojimari("site", "watch", *words)
    assert done.returncode == 2
    assert "変わったかどうかは分かりません" in done.stdout.replace("\n", "")
    assert "404" in done.stdout
    assert (tojimari.folder / "state.watched" / "www.shop.test.json").exists()


STAND_INS = {
    "503": (503, {"retry-after": "600"}, "<title>503</title><p>maintenance"),
    "502": (502, {}, "<h1>Bad Gateway</h1>"),
    "504": (504, {}, "<h1>Gateway Timeout</h1>"),
    "429": (429, {}, "<h1>Too Many Requests</h1>"),
    "403": (403, {"cf-mitigated": "challenge"}, "<title>Just a moment...</title>"),
    "202": (202, {"x-amzn-waf-action": "challenge"}, "<script>go()</script>"),
    "200": (200, {}, "<title>ただいまメンテナンス中です</title><p>しばらくお待ちください。"),
}


def test_what_stands_in_place_of_the_page_is_no_alarm(tojimari, site):
    server, words = site
    assert tojimari("site", "watch", *words).returncode == 0
    kept = tojimari.folder / "state.watched" / "www.shop.test.json"
    before = kept.read_bytes()
    for status, instead in STAND_INS.items():
        server.instead = instead
        done = tojimari("site", "watch", *words, "--lang", "en")
        assert (done.returncode, f"answered {status}" in done.stdout) == (2, True), done.stdout
        form = tojimari("site", "watch", *words, "--json")
        assert (form.returncode, json.loads(form.stdout)["seen"]) == (2, False)
        assert kept.read_bytes() == before
    server.instead = None
    assert tojimari("site", "watch", *words).returncode == 0


LINKS = '<a href="https://one-z.test/">a</a><a href="https://two-z.test/">b</a>'


def test_few_links_that_nobody_sees_ring(tojimari, site):
    """Which links, and how they are hidden: tests/collect/outside/defacement/test_few_links.py."""
    server, words = site
    assert tojimari("site", "watch", *words).returncode == 0
    edit(server, "/", "</BODY>", f'<p style="font-size:0">{LINKS}</p></BODY>')
    done = tojimari("site", "watch", *words, "--lang", "en")
    assert done.returncode == 1, done.stdout
    assert "invisible links lead elsewhere" in done.stdout


def test_what_was_found_stays_open_while_the_site_is_down(tojimari, site):
    server, words = site
    assert tojimari("site", *words).returncode == 1
    before = open_controls(tojimari)
    assert "website-headers" in before
    server.files = {}
    done = tojimari("site", *words)
    assert done.returncode == 1, done.stderr
    assert "今回は見えませんでした" in done.stdout
    assert before - open_controls(tojimari) == set()


def open_controls(tojimari) -> set[str]:
    form = json.loads(tojimari("report", "--format", "json").stdout)
    return {
        control["id"]
        for control in form["controls"]
        if any(one["state"] in ("not_met", "partly") for one in control["measured"])
    }


def test_a_kept_state_that_cannot_be_read_is_said_and_can_be_made_anew(tojimari, site):
    _, words = site
    folder = tojimari.folder / "state.watched"
    folder.mkdir()
    for broken in ("{", '{"version": 2}', "[]", ""):
        (folder / "www.shop.test.json").write_text(broken)
        one_sentence(tojimari("site", "watch", *words), "--accept")
    assert tojimari("site", "watch", *words, "--accept").returncode == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("watch",), "watch example.co.jp"),
        (("watch", "a.example", "b.example"), "watch example.co.jp"),
        (("a.example", "--accept"), "watch example.co.jp"),
        (("watch", "a.example", "--format", "oscal"), "--accept"),
        (("watch", "a.example", "--address", "192.0.2.1"), "--accept"),
        (("watch", "localhost"), "localhost"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(tojimari, words, said):
    one_sentence(tojimari("site", *words), said)
