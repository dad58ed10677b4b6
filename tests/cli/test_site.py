"""``tojimari site`` as a user runs it: a real web server, a real DNS server, a process of its own."""

import functools
import http.server
import json
import threading

import pytest

from tests.support.command import one_sentence
from tests.support.names import unbound


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_) -> None:
        pass


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """A site without TLS on loopback, and a DNS server that knows it: the command's options."""
    root = tmp_path_factory.mktemp("site")
    (root / "index.html").write_text("<title>shop</title><p>hello", encoding="utf-8")
    handler = functools.partial(Quiet, directory=str(root))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    records = ["www.shop.example. A 127.0.0.1", "inside.example. A 192.168.1.1"]
    records += ["shop.lolipop.jp. A 127.0.0.1", "www.xn--wgv71a119e.jp. A 127.0.0.1"]
    with unbound(tmp_path_factory.mktemp("dns"), records) as resolver:
        ports = f"80={server.server_port},443=1,25=1"
        yield ["--resolver", resolver], ["--lab", "--lab-ports", ports]
    server.shutdown()
    server.server_close()


def test_a_site_is_looked_at_and_the_next_step_is_said(tojimari, lab):
    resolver, here = lab
    done = tojimari("site", "shop.example", *resolver, *here)
    assert done.returncode == 1, done.stderr
    assert "外から見た www.shop.example" in done.stdout
    assert "次の一歩" in done.stdout
    assert "--address" in done.stdout
    english = tojimari("site", "shop.example", *resolver, *here, "--lang", "en")
    assert "seen from outside" in english.stdout
    assert "Your next step" in english.stdout


def test_what_was_seen_stands_in_the_result_and_is_looked_at_again(tojimari, lab):
    resolver, here = lab
    before = tojimari("site", "shop.example", *resolver, *here, "--json")
    form = json.loads(before.stdout)
    control = next(c for c in form["controls"] if c["id"] == "website-encryption")
    assert (control["state"], control["basis"]) == ("not_met", "measured")
    assert control["measured"][0]["subject"] == "site:www.shop.example"
    shown = tojimari("next", "--all")
    assert "website-encryption" in shown.stdout
    # Without --lab a private address is no site: what was seen becomes unknown, never fine.
    again = tojimari("done", "website-encryption")
    assert again.returncode == 1, again.stderr
    assert "○" not in again.stdout


def test_a_private_address_is_refused_without_lab(tojimari, lab):
    resolver, _ = lab
    one_sentence(tojimari("site", "inside.example", *resolver), "inside.example", "--lab")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "一つ書いてください"),
        (("a.example", "b.example"), "一つ書いてください"),
        (("localhost",), "localhost"),
        (("192.0.2.1",), "192.0.2.1"),
        (("shop.example", "--lab-ports", "443=1"), "--lab"),
        (("shop.example", "--lab", "--lab-ports", "443"), "443=8443"),
        (("shop.example", "--lab", "--lab-ports", "443=99999"), "443=99999"),
        (("shop.example", "--resolver", "dns.example"), "--resolver"),
        (("shop.example", "--resolver", "127.0.0.1:x"), "--resolver"),
        (("--many", "nowhere.txt"), "nowhere.txt"),
        (("--address", "shop.example"), "shop.example"),
        (("--address", "192.168.1.1"), "192.168.1.1"),
        (("shop.example", "--mail", "nothing at all"), "nothing at all"),
        (("shop.example", "--mail", "info@"), "info@example.co.jp"),
        (("shop.example", "--mail", "tokei@gmail.com"), "--mail none"),
        (("shop.example", "--mail", "tokei@abc.ocn.ne.jp"), "--mail none"),
        (("shop.example", "--registration", "nowhere.json"), "nowhere.json"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_sentence(tojimari, words, said):
    one_sentence(tojimari("site", *words), said)


def test_a_name_that_is_not_there_is_one_sentence_and_nothing_is_kept(tojimari, lab):
    resolver, here = lab
    one_sentence(tojimari("site", "shpo.example", *resolver, *here), "shpo.example", "つづり")
    kept = json.loads(tojimari("report", "--format", "json").stdout or '{"observations": []}')
    assert kept["observations"] == []


def test_where_the_bare_name_has_no_web_server_www_is_looked_at(tojimari, lab, tmp_path):
    _, (*_, ports) = lab
    # 127.0.0.9 answers nobody: the server of the lab listens on 127.0.0.1.
    records = ["shop.example. A 127.0.0.9", "www.shop.example. A 127.0.0.1"]
    with unbound(tmp_path, records) as resolver:
        words = ("shop.example", "--resolver", resolver, "--lab", "--lab-ports", ports)
        assert "外から見た www.shop.example" in tojimari("site", *words).stdout


def test_an_address_alone_is_looked_at(tojimari, lab):
    resolver, here = lab
    done = tojimari("site", "--address", "127.0.0.1", *resolver, *here)
    assert "外から見た 127.0.0.1" in done.stdout, done.stderr
    assert "インターネットからの入口を閉じる" in done.stdout


def test_a_company_without_mail_of_its_own_is_not_asked_about_it(tojimari, lab):
    resolver, here = lab
    form = json.loads(
        tojimari("site", "shop.example", "--mail", "none", *resolver, *here, "--json").stdout
    )
    about = {
        finding["subject"].partition(":")[0]
        for control in form["controls"]
        for finding in control["measured"]
    }
    assert about == {"site"}


def test_a_registration_that_ends_soon_is_told(tojimari, lab, tmp_path):
    resolver, here = lab
    file = tmp_path / "rdap.json"
    file.write_text(
        '{"objectClassName": "domain", "ldhName": "shop.example", "events": '
        '[{"eventAction": "expiration", "eventDate": "2020-01-02T00:00:00Z"}]}'
    )
    done = tojimari("site", "shop.example", *resolver, *here, "--registration", str(file))
    assert "2020-01-02" in done.stdout, done.stdout + done.stderr


def rdap(folder, name: str):
    file = folder / "rdap.json"
    file.write_text(f'{{"objectClassName": "domain", "ldhName": "{name}"}}', encoding="utf-8")
    return str(file)


def test_a_registration_of_another_domain_is_refused_in_one_sentence(tojimari, lab, tmp_path):
    resolver, here = lab
    file = rdap(tmp_path, "other.example")
    words = ("site", "shop.example", "--registration", file, *resolver, *here)
    one_sentence(tojimari(*words), "other.example", "shop.example")
    one_sentence(tojimari(*words, "--lang", "en"), "is about other.example", "is shop.example")
    one_sentence(tojimari(*words, "--mail", "none"), "--mail example.co.jp")


def test_a_domain_on_hold_comes_before_everything_else(tojimari, lab, tmp_path):
    resolver, here = lab
    file = tmp_path / "whois.txt"
    file.write_text("Domain Name: shop.example\nDomain Status: clientHold\n")
    site = ("site", "shop.example", "--registration", str(file), *resolver, *here)
    step = tojimari(*site).stdout.partition("次の一歩")[2].replace("\n", "")
    assert "今日中に電話し" in step
    assert "取り戻せないことがあります" in step
    assert "誰かに入られている" not in step


def test_the_mail_domain_that_was_judged_is_named(tojimari, lab):
    resolver, here = lab
    site = ("site", "shop.example", *resolver, *here)
    assert "メールのドメインとして shop.example を見ました" in tojimari(*site).stdout
    address = tojimari(*site, "--mail", "info@www.shop.example", "--lang", "en").stdout
    assert "www.shop.example was looked at as the domain of your mail" in address
    assert "`tojimari site www.shop.example --mail www.shop.example`" in " ".join(address.split())
    none = tojimari(*site, "--mail", "none").stdout
    assert "--mail none" in none
    assert "--mail example.co.jp" in "".join(none.splitlines())


def test_a_rented_name_has_no_mail_domain_and_what_to_type_is_said(tojimari, lab):
    resolver, here = lab
    site = ("site", "shop.lolipop.jp", *resolver, *here)
    for lang in ("ja", "en"):
        said = " ".join(tojimari(*site, "--lang", lang).stdout.split())
        assert "--mail example.co.jp" in said
        assert "lolipop.jp を見ました" not in said
        assert " lolipop.jp was" not in said
    form = json.loads(tojimari(*site, "--json").stdout)
    about = {one["subject"] for control in form["controls"] for one in control["measured"]}
    assert about == {"site:shop.lolipop.jp"}


def test_a_japanese_name_is_shown_as_it_is_written_and_kept_in_ascii(tojimari, lab):
    resolver, here = lab
    site = ("site", "日本語.jp", *resolver, *here)
    done = tojimari(*site)
    assert "外から見た www.日本語.jp" in done.stdout, done.stderr
    assert "`tojimari site www.日本語.jp`" in done.stdout
    assert "xn--" not in done.stdout
    form = json.loads(tojimari(*site, "--json").stdout)
    about = {one["subject"] for control in form["controls"] for one in control["measured"]}
    assert "site:www.xn--wgv71a119e.jp" in about
