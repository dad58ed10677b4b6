"""The settings file: every mistake at once, and files that the engines' own checkers take."""

import re
import subprocess
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from tests.support.boxes import settings_of, text_of
from tests.support.one_language import wrong_language
from tojimari.box.engines import ENGINES, program
from tojimari.box.plan import obstacles
from tojimari.box.rendering import dhcp, downloads, updates
from tojimari.box.rendering.file import Places
from tojimari.box.rendering.files import rendered
from tojimari.box.settings_file import BadSettings, parse_settings, with_allowed, with_name
from tojimari.box.staging import check_settings
from tojimari.model import LANGS, TojimariError
from tojimari.watch.engines import clamav

GUEST = {"port": "in0", "vlan": 20, "ipv4": "10.2.0.1/24"}


def sample(lang):
    return files("tojimari.box").joinpath(f"sample.{lang}.yaml").read_bytes()


def keys(**changed):
    with pytest.raises(BadSettings) as caught:
        settings_of(**changed)
    said = caught.value
    assert all(
        f"[{one.key}]" in said.say("ja") and f"[{one.key}]" in said.say("en")
        for one in said.mistakes
    )
    return {one.key for one in said.mistakes}


def test_both_samples_are_the_same_settings():
    assert parse_settings(sample("ja"), "ja") == parse_settings(sample("en"), "en")


def test_every_mistake_is_named_at_once():
    assert keys(
        outer={"port": "in0; flush ruleset", "ipv4": "dhcp"},
        offices={},
        dns={"block": ["bad name"], "lists": [{"name": "x", "url": "http://x/"}]},
        updates={"at": "3"},
    ) == {"outer.port", "offices", "dns.block", "dns.lists[0].url", "updates.at"}


@pytest.mark.parametrize(
    ("changed", "key"),
    [
        ({"outer": {"port": "in0"}}, "office.port"),
        ({"outer": {"port": "out0", "ipv4": "10.9.0.2/24"}}, "outer.gateway"),
        ({"outer": {"port": "out0", "ipv4": "10.1.0.9/16", "gateway": "10.1.0.8"}}, "office"),
        ({"guest": {**GUEST, "vlan": None}}, "guest.port"),
        ({"guest": {**GUEST, "ipv4": "10.1.0.9/24"}}, "guest"),
        ({"guest": {**GUEST, "ipv4": "10.2.0.0/24"}}, "guest.ipv4"),
        ({"guest": {**GUEST, "ipv6": "fd00::1/48"}}, "guest.ipv6"),
        ({"guest": {**GUEST, "ipv6": "fd00::1%x\nDHCP=yes/64"}}, "guest.ipv6"),
        ({"dns": {"forward_to": ["fe80::1%x\nremote-control:"]}}, "dns.forward_to[0]"),
        ({"guest": {**GUEST, "port": "enx0123456789ab"}}, "guest.vlan"),
        ({"guest": {**GUEST, "dhcp_from": "10.2.0.1", "dhcp_to": "10.2.0.9"}}, "guest.dhcp_from"),
        ({"guest": {**GUEST, "fixed": [{"name": "a", "mac": "00:11:22:33:44:55", "ipv4": "10.3.0.1"}]}}, "guest.fixed[0]"),
        ({"dns": {"block": ["a.example"], "allow": ["a.example"]}}, "dns.block[0]"),
        ({"dns": {"lists": [{"name": "own", "file": "/etc/unbound/x"}]}}, "dns.lists[0].name"),
        ({"dns": {"lists": [{"name": "own2", "file": "/x"}]}}, "dns.lists[0].file"),
        ({"dns": {"lists": [{"name": "up", "file": "/etc/unbound/../x"}]}}, "dns.lists[0].file"),
        ({"dhcp": {"name_servers": ["10.1.0.5"]}}, "dhcp.name_servers"),
        ({"dhcp": {}, "dns": None}, "dhcp.name_servers"),
        ({"intrusion": {"mode": "stop", "rules": ["/r"]}}, "intrusion.when_dead"),
        ({"intrusion": {"mode": "tell", "rules": []}}, "intrusion.rules"),
        ({"downloads": {"when_dead": "let_through"}, "firewall": None}, "downloads"),
        ({"line": {"names": []}}, "line.names"),
    ],
)  # fmt: skip
def test_what_cannot_be_meant_is_named(changed, key):
    assert keys(**changed) == {key}


@pytest.mark.parametrize("data", [b"", b"[", b"a: 1\na: 2", b"\xff", b"- 1", b"[" * 2_000])
def test_what_is_no_settings_file_is_one_sentence(data):
    with pytest.raises(BadSettings) as caught:
        parse_settings(data, "file")
    assert "\n" not in caught.value.say("en")


def test_a_port_that_is_not_there_is_in_the_way(tmp_path):
    (tmp_path / "net/out0").mkdir(parents=True)
    (tmp_path / "etc/network").mkdir(parents=True)
    (tmp_path / "etc/network/interfaces").write_text("auto lo\niface out0 inet dhcp\n")
    found = [one.en for one in obstacles(settings_of(ports_by="box"), tmp_path, tmp_path / "net")]
    assert len(found) == 2
    assert found[0].startswith("office.port: this box has no port in0. It has: out0")
    assert found[1].startswith("/etc/network/interfaces: gives out0")


FULL = {
    "guest": GUEST,
    "iot": {"port": "in1", "ipv4": "10.3.0.1/24", "ipv6": "2001:db8:3::1/64", "reached_from_office": True,
            "dhcp_from": "10.3.0.10", "dhcp_to": "10.3.0.99",
            "fixed": [{"name": "cam", "mac": "00:11:22:33:44:55", "ipv4": "10.3.0.5"}]},
    "dns": {"block": ["bad.example"], "allow": ["good.example"], "forward_to": ["198.51.100.53"],
            "lists": [{"name": "chamber", "url": "https://lists.example/a.rpz"}]},
    "dhcp": {}, "time": {"servers": ["time.example"]}, "updates": {}, "page": True,
    "downloads": {"when_dead": "stop_everything"}, "ports_by": "box",
}  # fmt: skip


@pytest.mark.programs
@pytest.mark.parametrize("engine", ["firewall", "dns", "dhcp", "time", "updates", "downloads"])
def test_the_engines_own_checker_takes_the_files(engine, checked):
    found = [one for one in checked if one.engine == engine]
    if all(one.state == "missing" for one in found):
        pytest.skip(f"{found[0].program} is not installed")
    assert [one.state for one in found] == ["fine"], found


@pytest.fixture(scope="module")
def checked():
    return check_settings(settings_of(**FULL))


@pytest.mark.parametrize(
    ("when_dead", "passes"), [("let_through", "on"), ("stop_everything", "off")]
)
def test_a_dead_scanner_and_a_dead_clamav_are_the_same_choice(when_dead, passes):
    files_ = rendered(settings_of(downloads={"when_dead": when_dead}), Places())
    assert f"bypass={passes} " in files_[downloads.SQUID].text
    assert f"virus_scan.PassOnError {passes}\n" in files_[downloads.SCANNER].text
    assert str(clamav.SCANNER) == downloads.SCANNER  # by which a refused download is known


@pytest.mark.parametrize(("at", "starts_anew"), [("03:00", "04:00"), ("23:30", "00:30")])
def test_updates_start_the_box_anew_at_the_end_of_their_window(at, starts_anew):
    """Not at once: what was missed at night is made up for when the box is switched on, in the morning."""
    text = rendered(settings_of(updates={"at": at}), Places())[updates.CONFIG].text
    assert f'Automatic-Reboot-Time "{starts_anew}";' in text


@pytest.mark.parametrize("lang", LANGS)
def test_what_stands_in_place_of_a_download_is_in_one_language(lang):
    page = _rendered_refusal(lang)
    assert wrong_language(re.sub(r"<[^>]*>|%VVN", " ", page), lang) == []
    assert "%VVN" in page
    assert "%h" not in page  # no address: others made it


def _rendered_refusal(lang):
    files_ = rendered(settings_of(downloads={"when_dead": "let_through"}), Places())
    return files_[f"{downloads.TEMPLATES}/virus_scan/{lang}/VIRUS_FOUND"].text


@pytest.mark.parametrize("mode", ["tell", "stop"])
def test_a_file_that_is_tried_elsewhere_names_its_fellows_there(mode):
    """What is not in place yet cannot be found where it will be: the checker would refuse for ever."""
    when_dead = "let_through" if mode == "stop" else None
    intrusion = {"mode": mode, "rules": ["/r.rules"], "when_dead": when_dead}
    files_ = rendered(settings_of(**FULL, intrusion=intrusion), Places(Path("/elsewhere")))
    tried = {
        word[1:-1] for one in ENGINES for words in one.checks for word in words if word[0] == "{"
    }
    for path in tried & set(files_):
        for other in files_:
            for found in re.finditer(re.escape(other), files_[path].text):
                before = files_[path].text[: found.start()]
                assert before.endswith("/elsewhere"), f"{path} names {other}"


@pytest.mark.programs
def test_a_checker_that_refuses_says_why(monkeypatch):
    settings = settings_of()
    bad = {
        path: one for path, one in rendered(settings, Places()).items() if one.engine == "firewall"
    }
    [rules] = [path for path in bad if path.endswith("nftables.conf")]
    monkeypatch.setattr(
        "tojimari.box.staging.rendered",
        lambda *_: {rules: type(bad[rules])(rules, "table inet x {\n nonsense\n}\n", "firewall")},
    )
    [said] = check_settings(settings)
    assert program("nft")
    assert (said.state, said.program) == ("refused", "nft")
    assert "nonsense" in said.said


@pytest.mark.parametrize(
    ("when_dead", "word"), [("let_through", "flags bypass "), ("stop_everything", "")]
)
def test_what_happens_when_suricata_is_dead_is_chosen(when_dead, word):
    settings = settings_of(
        intrusion={"mode": "stop", "when_dead": when_dead, "rules": ["/r.rules"]}
    )
    files_ = rendered(settings, Places())
    assert f"iifname $OUTER queue {word}to 0" in files_["/etc/nftables.conf"].text
    assert ("fail-open: true" in files_["/etc/suricata/tojimari-box.yaml"].text) == bool(word)
    assert "-q 0" in files_["/etc/systemd/system/suricata.service.d/tojimari-box.conf"].text
    heard = [
        row.split()
        for row in files_["/etc/nftables.conf"].text.splitlines()
        if " udp " in row and "queue" in row
    ]
    assert [row[0] for row in heard] == ["iifname", "oifname"], "who is given an address is heard"
    assert all("bypass" in row for row in heard), "addresses are given out without Suricata too"
    config = files_["/etc/suricata/tojimari-box.yaml"].text
    rules = files_["/etc/suricata/rules/tojimari-box.rules"]
    assert yaml.safe_load(config)["rule-files"] == [rules.path, "/r.rules"]
    drops = [row for row in rules.text.splitlines() if row.startswith("drop ")]
    assert len(drops) == rules.text.count("TOJIMARI malware") > 0
    assert all("TOJIMARI malware" in row for row in drops)
    [log] = yaml.safe_load(config)["outputs"]
    told = {next(iter(one)) if isinstance(one, dict) else one for one in log["eve-log"]["types"]}
    assert told == {"alert", "dhcp", "stats"}, (
        "devices are told of, sites that people visit are not"
    )


def test_an_address_with_a_netmask_is_written_with_its_prefix_length():
    settings = settings_of(
        outer={"port": "out0", "ipv4": "198.51.100.5/255.255.255.0", "gateway": "198.51.100.1"},
        guest={**GUEST, "ipv4": "10.2.0.1/255.255.0.0"},
        ports_by="box",
    )
    text = "".join(
        one.text for one in rendered(settings, Places()).values() if one.engine == "ports"
    )
    assert "Address=198.51.100.5/24\n" in text
    assert "Address=10.2.0.1/16\n" in text


@pytest.mark.programs
def test_devices_with_fixed_addresses_are_given_them_without_a_range_too(tmp_path):
    fixed = [{"name": "nas", "mac": "00:11:22:33:44:55", "ipv4": "10.2.0.9"}]
    settings = settings_of(guest={**GUEST, "fixed": fixed}, dhcp={})
    text = rendered(settings, Places())[dhcp.CONFIG].text
    assert "dhcp-range=set:guest,10.2.0.0,static,255.255.255.0,12h\n" in text
    assert "dhcp-option=tag:guest,option:router,10.2.0.1\n" in text
    assert "set:office," not in text
    place = tmp_path / "dnsmasq.conf"
    place.write_text(text)
    dnsmasq = program("dnsmasq")
    assert dnsmasq is not None
    subprocess.run([dnsmasq, "--test", "-C", place], check=True, capture_output=True)


def test_what_is_left_out_has_no_file():
    settings = settings_of(firewall=None, dns=None)
    assert {one.engine for one in rendered(settings, Places()).values()} == {"ports", "box"}


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_an_allowed_name_is_one_line_more(lang):
    before = sample(lang)
    after = with_allowed(before, "s", "shop.example")
    assert parse_settings(after, "s").dns.allow == ("shop.example",)
    again = with_allowed(after, "s", "two.example")
    assert parse_settings(again, "s").dns.allow == ("shop.example", "two.example")
    assert len(again.splitlines()) == len(before.splitlines()) + 2
    with pytest.raises(TojimariError, match="already"):
        with_allowed(again, "s", "two.example")


def test_a_name_is_allowed_in_a_file_of_another_form_too():
    for text in (text_of(dns={"allow": ["a.example"]}), text_of(dns={"block": ["b.example"]})):
        before = parse_settings(text.encode(), "s")
        after = parse_settings(with_allowed(text.encode(), "s", "c.example"), "s")
        assert after.dns.allow == (*before.dns.allow, "c.example")


def test_where_a_line_cannot_be_added_the_file_stays():
    with pytest.raises(TojimariError, match=r"dns\.allow"):
        with_allowed(text_of(dns={}).encode(), "s", "c.example")


def test_the_remark_beside_dns_stays():
    text = text_of(dns={"block": ["b.example"]}).replace("dns:\n", "dns:  # unbound\n")
    assert with_allowed(text.encode(), "s", "c.example").decode() == text.replace(
        "# unbound\n", "# unbound\n  allow:\n    - c.example\n"
    )


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_name_stands_in_one_list_only(lang):
    """Who blocked a name by mistake types `allow`, and the other way round."""
    blocked = with_name(sample(lang), "s", "shop.example", "block")
    assert parse_settings(blocked, "s").dns.block == ("shop.example",)
    allowed = with_name(blocked, "s", "shop.example", "allow")
    dns = parse_settings(allowed, "s").dns
    assert (dns.allow, dns.block) == (("shop.example",), ())
    again = with_name(allowed, "s", "shop.example", "block")
    dns = parse_settings(again, "s").dns
    assert (dns.allow, dns.block) == ((), ("shop.example",))
    assert len(again.splitlines()) == len(blocked.splitlines())


def test_of_several_names_one_goes():
    text = text_of(dns={"block": ["a.example", "b.example", "c.example"], "allow": ["d.example"]})
    dns = parse_settings(with_name(text.encode(), "s", "b.example", "allow"), "s").dns
    assert (dns.allow, dns.block) == (("d.example", "b.example"), ("a.example", "c.example"))


def test_a_name_that_cannot_be_taken_out_of_a_line_is_said():
    text = text_of().replace("dns: {}", "dns: {block: [b.example]}")
    with pytest.raises(TojimariError, match=r"dns\.allow and dns\.block"):
        with_name(text.encode(), "s", "b.example", "allow")


@pytest.mark.parametrize("name", ["no name", r"a\q"])
def test_a_name_that_is_none_is_not_allowed(name):
    for text in (sample("en"), text_of(dns={"block": ["b.example"]}).encode()):
        with pytest.raises(BadSettings):
            with_allowed(text, "s", name)
