"""What the engines' lines mean, on what they wrote."""

import re
import time
from collections import Counter
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tojimari.model import TojimariError
from tojimari.watch.engine import Hearing, Unreadable, engine_of, engines, word
from tojimari.watch.engine_settings import SURICATA_RULES, settings_of
from tojimari.watch.engines import clamav, clamonacc
from tojimari.watch.hearing import local_zone, understood
from tojimari.watch.signal import is_inside

ASSETS = Path(__file__).parents[1] / "assets" / "watch"
NOW = datetime(2026, 12, 1, tzinfo=UTC)
HEARING = Hearing(timezone(timedelta(hours=9)), NOW)
RECORDED = {
    path.stem: path.read_bytes().splitlines() for path in ASSETS.iterdir() if path.suffix != ".md"
}


def heard(engine):
    return understood(engine_of(engine), RECORDED[engine], HEARING)


def test_every_engine_has_a_recording_that_it_understands():
    assert set(engines()) == set(RECORDED)
    for engine in engines():
        signals, bad = heard(engine)
        assert signals
        assert not bad, engine
        assert {signal.kind for signal in signals} <= set(engines()[engine].kinds)
        assert all(signal.at.tzinfo is not None for signal in signals)


@pytest.mark.parametrize(
    ("engine", "kinds"),
    [
        ("unbound", {("bad_name", True): 3}),
        ("ulogd", {("knock", True): 5}),
        ("fail2ban", {("guess", False): 4, ("ban", True): 1}),
        ("opencanary", {("decoy", None): 1}),
        ("laurel", {("rename", None): 1, ("backup_gone", None): 1}),
        ("crowdsec", {("ban", True): 1, ("guess", False): 1}),
        ("journal", {("guess", False): 1, ("guard_stopped", None): 1}),
        (
            "suricata",
            {
                ("scan", False): 1,
                ("malware", True): 1,
                ("callout", False): 1,
                ("attack", False): 1,
                ("odd_traffic", False): 1,
                ("contact", None): 1,
            },
        ),
        (
            "defender",
            {
                ("malware", None): 1,
                ("malware", True): 1,
                ("malware", False): 1,
                ("protection_off", None): 2,
                ("protection_on", None): 2,
                ("folder_guard", True): 1,
                ("refreshed", None): 1,
                ("old_signatures", None): 1,
            },
        ),
        ("xprotect", {("refreshed", None): 1, ("malware", False): 1}),
        ("dnsmasq", {("presence", None): 2}),
        (
            "clamonacc",
            {("malware", None): 1, ("protection_on", None): 1, ("guard_stopped", None): 1},
        ),
        (
            "clamav",
            {("malware", None): 2, ("protection_on", None): 1, ("guard_stopped", None): 1},
        ),
    ],
)
def test_what_each_says(engine, kinds):
    assert Counter((signal.kind, signal.stopped) for signal in heard(engine)[0]) == kinds


def test_moments_are_aware_whatever_the_engine_writes():
    at = {engine: heard(engine)[0][0].at.astimezone(UTC) for engine in engines()}
    assert at["unbound"] == datetime(2026, 11, 30, 20, 44, 45, tzinfo=UTC)
    # Local time without a zone is that of the machine: here nine hours ahead.
    assert at["clamav"] == datetime(2026, 11, 30, 11, 45, 31, tzinfo=UTC)
    assert at["suricata"] == datetime(2026, 11, 30, 1, 0, tzinfo=UTC)
    assert at["opencanary"].hour == 20


@pytest.mark.parametrize(
    ("engine", "line"),
    [
        ("fail2ban", "0001-01-01 00:00:00,0 fail2ban.actions [1]: NOTICE  [sshd] Ban 203.0.113.4"),
        (
            "suricata",
            '{"timestamp": "9999-12-31T23:00:00-0900", "event_type": "alert", "alert": {}}',
        ),
        ("clamav", "Mon Jan  1 00:00:00 0001 -> /x: Y FOUND"),
        ("journal", '{"__REALTIME_TIMESTAMP": "%s"}' % ("9" * 400)),
        ("laurel", '{"ID": "1e400:1", "SYSCALL": {"key": "tojimari-backup"}}'),
    ],
)
def test_a_moment_at_the_end_of_time_is_one_unreadable_line(engine, line):
    assert understood(engine_of(engine), [line.encode()], HEARING) == ([], 1)


@pytest.mark.parametrize(
    ("now", "written", "year"),
    [
        (datetime(2027, 1, 1, 0, 5, tzinfo=UTC), "Dec 31 23:59:00", 2026),
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), "Jan  1 00:05:00", 2027),  # a clock ahead
        (datetime(2026, 12, 31, 12, 0, tzinfo=UTC), "Dec 31 11:00:00", 2026),
        (datetime(2027, 3, 1, tzinfo=UTC), "Feb 29 10:00:00", 2024),
        (datetime(2028, 3, 1, tzinfo=UTC), "Feb 29 10:00:00", 2028),
    ],
)
def test_a_line_without_a_year_is_of_the_last_such_day(now, written, year):
    line = f"{written} gate unbound[7:0]: info: rpz: applied [l] bad.example. rpz-nxdomain 192.0.2.1@1 bad.example. A IN"
    [signal], _ = understood(engine_of("unbound"), [line.encode()], Hearing(UTC, now))
    assert signal.at.year == year


@pytest.mark.parametrize("written", ["Foo  1 00:00:00", "Feb 30 00:00:00", "Dec  1 24:61:00"])
def test_a_day_that_no_calendar_has_is_unreadable(written):
    line = f"{written} gate dnsmasq-dhcp[7]: DHCPACK(eth0) 192.0.2.1 00:00:5e:00:53:01 pc"
    assert understood(engine_of("dnsmasq"), [line.encode()], HEARING) == ([], 1)


def test_clocks_put_forward_since_leave_a_line_its_own_hour(monkeypatch):
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    try:
        now = datetime(2026, 3, 29, 6, 0, tzinfo=UTC)
        line = b"2026-03-28 23:30:00,000 fail2ban.actions [1]: NOTICE  [sshd] Ban 203.0.113.4"
        [signal], _ = understood(engine_of("fail2ban"), [line], Hearing(local_zone(), now))
        assert signal.at == datetime(2026, 3, 28, 22, 30, tzinfo=UTC)
    finally:
        monkeypatch.undo()
        time.tzset()


def test_nothing_of_the_content_is_kept():
    kept = repr([heard(engine)[0] for engine in engines()])
    assert "hunter2" not in kept
    assert "admin" not in kept


@pytest.mark.parametrize(
    ("settings", "stopped"),
    [
        ("OnAccessIncludePath /home\nOnAccessPrevention yes\n", True),
        ("OnAccessIncludePath /home\nOnAccessPrevention no\n", None),
        ("OnAccessIncludePath /home\n#OnAccessPrevention yes\n", None),
        ("OnAccessMountPath /\nOnAccessIncludePath /home\nOnAccessPrevention yes\n", None),
        ("OnAccessPrevention yes\n", None),
        (None, None),
    ],
)
def test_only_where_clamds_settings_say_so_is_it_stopped(tmp_path, monkeypatch, settings, stopped):
    monkeypatch.setattr(clamonacc, "SETTINGS", tmp_path / "clamd.conf")
    if settings is not None:
        clamonacc.SETTINGS.write_text(settings)
    [found] = [one for one in heard("clamonacc")[0] if one.kind == "malware"]
    assert found.stopped is stopped


def test_what_a_box_refused_to_download_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(clamav, "SCANNER", tmp_path / "scanner.conf")
    line = b"Tue Dec  1 13:42:37 2026 -> /tmp/CI_TMP_UsoHCF: Eicar-Test.UNOFFICIAL(44d88612fea8a8f36de82e1278abb02f:68) FOUND"
    [signal], _ = understood(engine_of("clamav"), [line], HEARING)
    assert (signal.target, signal.stopped) == ("/tmp/CI_TMP_UsoHCF", None)
    clamav.SCANNER.touch()
    [signal], _ = understood(engine_of("clamav"), [line], HEARING)
    assert (signal.target, signal.name, signal.stopped) == ("", "Eicar-Test", True)
    [signal], _ = understood(engine_of("clamav"), [line.replace(b"/tmp/", b"/home/")], HEARING)
    assert signal.stopped is None


def test_settings_name_what_is_watched_and_nothing_else(tmp_path):
    rules, plugin, config = settings_of("laurel", [tmp_path])
    assert rules.text.count(f"-F dir={tmp_path} -k tojimari-rename") == 2
    assert "-w /usr/sbin/lvm -p x -k tojimari-backup" in rules.text.splitlines()
    assert "vssadmin" not in rules.text
    assert "laurel" in plugin.text
    assert 'file = "audit.log"' in config.text
    [clamd, unit] = settings_of("clamonacc", [tmp_path, Path("/home")])
    assert clamd.text.count("OnAccessIncludePath") == 2
    assert "--log=/var/log/clamav/clamonacc.log" in unit.text
    odd = tmp_path / "a b"
    odd.mkdir()
    for bad in (odd, tmp_path / "none", Path("home"), tmp_path / ".." / "x", Path("/home\n-D")):
        with pytest.raises(TojimariError):
            settings_of("laurel", [bad])


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("a.xlsx", "a.xlsx.locked", ".locked"),
        ("写真.jpg", "写真.jpg.id-8F[mail@x.example].abc", ".abc"),
        ("plan.docx", "7f3a91.k2x9", ".k2x9"),
        ("plan.docx", "plan.pdf", ""),
        ("IMG_1.JPEG", "2026-12-01.jpg", ""),
        ("a.xlsx", "a.xlsx.pdf", ""),
        ("a.log", "a.log.2026.12.01", ""),
        ("~tmp1234.qqq", "plan.www", ""),
        ("a.xlsx", "a.xlsx.crypt", ".crypt"),
        ("IMG_1.jpg.part", "IMG_1.jpg", ""),
        ("index.lock", "index", ""),
        ("syslog.1", "syslog.2", ""),
        ("syslog", "syslog.1", ""),
        ("a.txt", "a.txt.bak", ""),
        ("a.txt", "b.txt", ""),
        ("data.db", "data.db.gz", ""),
        (".bashrc", ".bashrc.dpkg-old", ""),
    ],
)
def test_which_renaming_adds_a_foreign_ending(old, new, told):
    line = (
        '{"ID":"1796071482.1:1","SYSCALL":{"key":"tojimari-rename","exe":"/usr/bin/x"},"PATH":['
        f'{{"name":"/d/{old}","nametype":"DELETE"}},{{"name":"/d/{new}","nametype":"CREATE"}}]}}'
    )
    signals, bad = understood(engine_of("laurel"), [line.encode()], HEARING)
    assert not bad
    assert [signal.name for signal in signals] == ([told] if told else [])


@pytest.mark.parametrize("engine", sorted(engines()))
@given(data=st.data())
def test_any_line_is_understood_or_unreadable(engine, data):
    line = data.draw(
        st.binary(max_size=200)
        | st.sampled_from(RECORDED[engine]).flatmap(
            lambda whole: st.tuples(
                st.integers(0, len(whole)), st.integers(0, len(whole)), st.binary(max_size=9)
            ).map(lambda cut: whole[: cut[0]] + cut[2] + whole[cut[1] :])
        )
    )
    try:
        signals = list(engine_of(engine).signals_of(line, HEARING))
    except Unreadable:
        return
    for signal in signals:
        assert signal.kind in engine_of(engine).kinds
        assert signal.at.tzinfo is not None
        for text in (signal.source, signal.target, signal.name):
            assert text == word(text)


def test_what_is_inside():
    assert is_inside("192.168.1.2")
    assert is_inside("fe80::1")
    assert not is_inside("203.0.113.7")
    assert not is_inside("8.8.8.8")
    assert not is_inside("root")


def test_who_comes_to_visit_is_no_news():
    """... at an interface the box names, or whose own name says it; what they do wrong is."""

    def kinds(engine, line, *guests):
        hearing = msgspec.structs.replace(HEARING, guests=guests)
        return {one.kind for one in engine_of(engine).signals_of(line, hearing)}

    def dnsmasq(interface):
        told = f"DHCPACK({interface}) 192.168.20.7 00:00:5e:00:53:01 phone"
        return f"Dec  1 09:00:00 dnsmasq-dhcp[7]: {told}".encode()

    def suricata(event, **more):
        where = {"in_iface": "in0", "vlan": [20], "src_ip": "192.168.20.1", "dest_ip": "8.8.8.8"}
        line = {"timestamp": NOW.isoformat(), "event_type": event, "proto": "TCP", **where, **more}
        return msgspec.json.encode(line)

    ack = {"type": "reply", "dhcp_type": "ack", "client_mac": "00:00:5e:00:53:01"}
    for line, office, visitors in (
        (suricata("dhcp", dhcp=ack), {"presence", "address_offer"}, {"address_offer"}),
        (suricata("flow"), {"contact"}, set()),
        (suricata("tls", tls={"sni": "a.example"}), {"named"}, set()),
        (suricata("alert", alert={"signature": "x"}), {"callout"}, {"callout"}),
    ):
        assert kinds("suricata", line) == office
        assert kinds("suricata", line, "in0.20") == visitors
        assert kinds("suricata", line, "in0") == office
    assert kinds("dnsmasq", dnsmasq("in0.20")) == {"presence"}
    assert kinds("dnsmasq", dnsmasq("in0.20"), "in0.20") == set()
    assert kinds("dnsmasq", dnsmasq("guest0")) == set()


def test_a_device_that_only_asks_for_settings_is_shown_with_the_address_it_has():
    """The answer to DHCPINFORM gives none: 0.0.0.0 would stand in the sentence."""
    dhcp = {"type": "reply", "dhcp_type": "ack", "client_mac": "00:00:5e:00:53:01"}
    dhcp |= {"assigned_ip": "0.0.0.0", "client_ip": "192.168.1.41"}
    line = {"timestamp": NOW.isoformat(), "event_type": "dhcp", "src_ip": "192.168.1.1"}
    found, bad = understood(
        engine_of("suricata"), [msgspec.json.encode(line | {"dhcp": dhcp})], HEARING
    )
    assert not bad
    assert [one.target for one in found if one.kind == "presence"] == ["192.168.1.41"]


def test_our_own_rules_say_kinds_that_are_known_and_each_has_its_number():
    rules = SURICATA_RULES.splitlines()
    kinds = {re.search(r'msg:"TOJIMARI (\w+): ', rule)[1] for rule in rules}
    assert kinds <= set(engines()["suricata"].kinds)
    assert len({re.search(r"sid:(\d+);", rule)[1] for rule in rules}) == len(rules)
    # Who looks the names of IPv6 addresses up asks for 72 letters each time.
    (names,) = [rule for rule in rules if "bsize:>60" in rule]
    assert 'content:!".ip6.arpa"' in names
