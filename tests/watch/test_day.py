"""The day's summary: a fact of the source heard, without anything of the content, judged like one."""

from datetime import UTC, datetime, timedelta
from html import unescape
from uuid import uuid4

import pytest

from tests.support import shop
from tojimari.agent.heard import heard_here, of_few_lines
from tojimari.agent.wire import MAX_LINES
from tojimari.assess.check import all_checks
from tojimari.assess.judge import judge
from tojimari.catalog import load_catalog
from tojimari.diagnose import diagnose
from tojimari.model import LANGS, Subject, seen, stored
from tojimari.model.facts import DeviceLogging
from tojimari.model.facts.knocks import NetworkKnocks
from tojimari.model.facts.watch_day import DeviceWatchDay, NetworkWatchDay
from tojimari.report.page import to_html
from tojimari.store import open_store
from tojimari.watch.day import summaries
from tojimari.watch.desk import Desk
from tojimari.watch.hearing import Listener, add_log
from tojimari.watch.ledger import day_of, ledger_path, open_ledger

CATALOG = load_catalog()
SLOTS = {kind.id: kind.together for kind in CATALOG.watch.kinds.values()}
NOW = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)
DEVICE, LINE = Subject("device", "pc"), Subject("network", "198.51.100.1")


class Watch:
    """Logs of some engines, and a listener; ``now`` is moved by hand."""

    def __init__(self, folder, ledger):
        self.folder, self.ledger, self.now = folder, ledger, NOW - timedelta(days=3)
        self.listener = Listener(ledger, now=lambda: self.now, zone=UTC)

    def adds(self, *names):
        for engine in names:
            (self.folder / engine).touch()
            add_log(self.ledger, engine, self.folder / engine, LINE.id, self.now)

    def hears(self, *lines, at=NOW):
        self.now = at
        for _, engine, text in lines:
            with (self.folder / engine).open("a") as file:
                file.write(f"{text}\n")
        self.listener.listen()

    def day(self):
        found = Desk(self.ledger, CATALOG).notices(self.now)
        made = summaries(self.ledger, DEVICE, found, now=self.now)
        return {o.subject: o for o in made if not isinstance(o.fact, NetworkKnocks)}

    def knocks(self):
        made = summaries(self.ledger, DEVICE, (), now=self.now)
        return [o.fact for o in made if isinstance(o.fact, NetworkKnocks)]


@pytest.fixture
def watch(tmp_path):
    with open_ledger(tmp_path / "state.heard", SLOTS) as ledger:
        yield Watch(tmp_path, ledger)


YESTERDAY = NOW - timedelta(hours=20)
FRESH = shop.clam(YESTERDAY, "daily.cld database is up-to-date (made)")
SYSCALL = shop.ran(YESTERDAY, "restic", "backup")


def judged(check, observation, as_of):
    return judge(
        all_checks()[check],
        [observation],
        subject=observation.subject,
        catalog=CATALOG,
        as_of=as_of,
    )


def test_the_day_is_the_last_whole_one_and_is_heard(watch):
    watch.adds("clamav", "ulogd")
    watch.hears(FRESH, shop.knock(YESTERDAY, "203.0.113.9", 23), at=YESTERDAY)
    watch.hears(shop.knock(NOW, "203.0.113.9", 23), at=NOW)
    days = watch.day()
    assert set(days) == {DEVICE, LINE}
    assert {day.source for day in days.values()} == {"heard"}
    assert isinstance(days[DEVICE].fact, DeviceWatchDay)
    fact = days[LINE].fact
    assert isinstance(fact, NetworkWatchDay)
    assert fact.day == day_of(YESTERDAY).isoformat()
    assert [(row.kind, row.n, row.stopped) for row in fact.signals] == [("knock", 1, 1)]


def test_knocks_are_told_of_whole_days_on_which_some_were_counted(watch):
    watch.adds("ulogd", "clamav")
    watch.hears(at=NOW - timedelta(days=2))
    assert watch.knocks() == []  # a day without a knock may be one without a sensor
    many = [shop.knock(YESTERDAY, f"203.0.113.{n}", 23) for n in range(3)]
    watch.hears(*many, *many, shop.knock(YESTERDAY, "203.0.113.9", 3389), at=YESTERDAY)
    assert watch.knocks() == []  # the day is not over
    watch.hears(shop.knock(NOW, "203.0.113.8", 22), at=NOW)
    [knocks] = watch.knocks()
    assert (knocks.day, knocks.addresses, knocks.at_least) == (
        day_of(YESTERDAY).isoformat(),
        1,
        False,
    )
    assert (knocks.pairs, knocks.hits) == (4, 7)
    assert [(one.port, one.n) for one in knocks.ports] == [("23/tcp", 3), ("3389/tcp", 1)]
    assert "203.0.113" not in str(knocks)


def test_the_day_on_which_a_sensor_began_is_none_that_was_counted(watch):
    watch.now = YESTERDAY
    watch.adds("ulogd")
    watch.hears(shop.knock(YESTERDAY, "203.0.113.9", 23), at=YESTERDAY)
    watch.hears(shop.knock(NOW, "203.0.113.8", 22), at=NOW)
    assert watch.knocks() == []
    watch.hears(at=NOW + timedelta(days=1))
    assert [one.day for one in watch.knocks()] == [day_of(NOW).isoformat()]


def test_no_address_name_or_path_leaves(watch, tmp_path):
    watch.adds("clamav", "laurel")
    found = shop.clam(YESTERDAY, "/home/aoki/secret.xlsx: Trojan.Made FOUND")
    locked = [
        shop.renamed(
            YESTERDAY, "python3", "/home/aoki/secret.xlsx", "/home/aoki/secret.xlsx.locked"
        )
    ] * 40
    watch.hears(found, *locked, at=YESTERDAY)
    watch.now = NOW
    watch.hears(at=NOW)
    day = watch.day()[DEVICE]
    assert {one.rule for one in day.fact.matters} == {"malware_open", "renaming"}
    assert day.fact.urgent == 2
    said = str(stored(day))
    for word in ("aoki", "secret", "Trojan", "python3", "locked", str(tmp_path)):
        assert word not in said


@pytest.mark.parametrize(
    ("engines", "lines", "check", "state", "reason"),
    [
        (("laurel",), [SYSCALL], "endpoint-monitoring", "met", "watch_heard"),
        (("clamav",), [FRESH], "endpoint-monitoring", "partly", "files_only"),
        (("clamav", "laurel"), [SYSCALL], "endpoint-monitoring", "partly", "watch_partly_silent"),
        (("clamav",), [], "endpoint-monitoring", "not_met", "watch_silent"),
        (("fail2ban",), [], "endpoint-monitoring", "unknown", "nobody_heard"),
        (
            ("ulogd",),
            [shop.knock(YESTERDAY, "203.0.113.9", 23)],
            "network-firewall:network",
            "met",
            "watch_stops",
        ),
        (
            ("suricata",),
            [shop.alert(YESTERDAY, "203.0.113.9", "192.168.1.1:1", "x", "", 3)],
            "network-firewall:network",
            "partly",
            "only_watched",
        ),
        (("ulogd",), [], "network-firewall:network", "not_met", "watch_silent"),
        (
            ("unbound",),
            [shop.blocked_name(YESTERDAY, "192.168.1.9", "bad.example")],
            "dns-filtering:network",
            "met",
            "watch_filters",
        ),
        (("ulogd",), [], "dns-filtering:network", "unknown", "nobody_heard"),
    ],
)
def test_what_the_controls_make_of_it(watch, engines, lines, check, state, reason):
    watch.adds(*engines)
    watch.hears(*lines, at=YESTERDAY)
    watch.hears(at=NOW)
    [day] = watch.day().values()
    found = judged(check, day, NOW)
    assert (found.state, found.reason) == (state, reason)
    assert found.source == "heard"


def test_what_is_fine_ages_out_to_unknown_and_an_urgent_matter_counts(watch):
    watch.adds("laurel")
    watch.hears(SYSCALL, at=YESTERDAY)
    watch.hears(at=NOW)
    [day] = watch.day().values()
    assert judged("endpoint-monitoring", day, NOW).state == "met"
    assert judged("endpoint-monitoring", day, NOW + timedelta(days=9)).state == "unknown"
    watch.hears(shop.ran(NOW, "timeshift", "--delete"), at=NOW)
    [day] = watch.day().values()
    assert judged("endpoint-monitoring", day, NOW).reason == "watch_urgent"


def test_the_standing_is_measured_and_where_nobody_listens_nothing_is_said(watch):
    watch.adds("ulogd")
    watch.hears(shop.knock(YESTERDAY, "203.0.113.9", 23), at=YESTERDAY)
    watch.hears(at=NOW)
    diagnosis = diagnose(watch.day().values(), company="c", catalog=CATALOG, as_of=NOW)
    standing = diagnosis.assessment.controls["network-firewall"]
    assert (standing.state, standing.basis) == ("met", "measured")
    watch.now = NOW + timedelta(days=3)
    assert not watch.day()
    other = diagnose([], company="c", catalog=CATALOG, as_of=NOW).assessment
    assert other.controls["network-firewall"].state == "unknown"


HEARD_COUNTS = {
    "endpoint-monitoring": (DEVICE, "watch_heard"),
    "network-firewall": (LINE, "watch_stops"),
    "dns-filtering": (LINE, "watch_filters"),
    "log-keeping": (DEVICE, "kept"),
}
"""What counts where; log-keeping rests on the machine's own log, and on a watch that is not silent."""


def from_lines(watch, *lines):
    """Return the diagnosis of what some lines of logs said yesterday, beside a machine that keeps its own."""
    watch.adds("laurel", "ulogd", "unbound")
    watch.hears(*lines, at=YESTERDAY)
    watch.hears(at=NOW)
    own = seen(DeviceLogging("journald", True, 90, False), subject=DEVICE, at=NOW)
    return diagnose([*watch.day().values(), own], company="c", catalog=CATALOG, as_of=NOW)


def test_from_a_line_of_a_log_to_frameworks_and_report(watch):
    lines = (
        SYSCALL,
        shop.knock(YESTERDAY, "203.0.113.9", 23),
        shop.blocked_name(YESTERDAY, "192.168.1.9", "bad.example"),
    )
    found = from_lines(watch, *lines)
    standing = found.assessment.controls
    for control, (subject, reason) in HEARD_COUNTS.items():
        own = {(one.subject, one.state, one.reason) for one in standing[control].findings}
        assert (subject, "met", reason) in own, control
        # Of one computer nobody can say that all are watched.
        state = "partly" if subject == DEVICE else "met"
        assert (standing[control].state, standing[control].basis) == (state, "measured"), control
    pages = {lang: unescape(to_html(found, CATALOG, lang)) for lang in LANGS}
    for control in HEARD_COUNTS:
        asking = [
            (framework, item)
            for framework in found.standings.values()
            for item in framework.items
            if control in item.controls
        ]
        assert asking, f"no framework asks for {control}"
        for lang, page in pages.items():
            assert CATALOG.controls[control].title.say(lang) in page
    for page in pages.values():
        assert "laurel" in page  # what was heard is the reason that is given
        for private in ("203.0.113.9", "192.168.1.9", "bad.example", "restic"):
            assert private not in page


def test_a_log_that_fell_silent_leaves_something_to_do_in_each(watch):
    found = from_lines(watch)  # nothing was written since they were added
    for control, (subject, _) in HEARD_COUNTS.items():
        own = [one for one in found.assessment.controls[control].findings if one.subject == subject]
        assert {one.reason for one in own} == {"watch_silent"}, control
        assert all(one.state != "met" for one in own), control


def test_the_same_day_again_is_one_row(watch, tmp_path):
    watch.adds("laurel")
    watch.hears(SYSCALL, at=YESTERDAY)
    with open_store(tmp_path / "state.sqlite3") as store:
        for minutes in range(3):
            watch.hears(at=NOW + timedelta(minutes=minutes))
            new = store.save(watch.day().values(), CATALOG)
            assert new == (minutes == 0)


def test_the_agent_hears_and_says_so_where_it_cannot(tmp_path, monkeypatch):
    monkeypatch.setenv("TOJIMARI_STATE", str(tmp_path / "state.sqlite3"))
    device, at = uuid4(), datetime.now(UTC)
    assert heard_here(device, catalog=CATALOG, at=at) == []
    log = tmp_path / "audit.log"
    log.touch()
    with open_ledger(ledger_path(tmp_path / "state.sqlite3"), SLOTS) as ledger:
        add_log(ledger, "laurel", log, "", at)
        add_log(ledger, "suricata", tmp_path / "eve.json", "shop", at)
    log.write_text(shop.ran(at, "restic", "backup")[2] + "\n")
    [day, line] = heard_here(device, catalog=CATALOG, at=at)
    assert (day.subject.id, day.source) == (str(device), "heard")
    assert (line.subject, line.kind) == (Subject("network", "shop"), NetworkWatchDay.KIND)
    assert day.fact.engines[0].lines == 1
    ledger_path(tmp_path / "state.sqlite3").write_bytes(b"damaged" * 999)
    [missed] = heard_here(device, catalog=CATALOG, at=at)
    assert missed.fact is None
    assert str(tmp_path) not in missed.not_seen.detail, "no path leaves the device"


def test_no_more_lines_are_reported_than_a_portal_takes():
    own = seen(DeviceLogging("journald", True, 90, False), subject=DEVICE, at=NOW)
    knocks = NetworkKnocks("2026-11-29", NOW, 1, 1, 1, False, ())
    lines = [
        seen(knocks, subject=Subject("network", f"line {n}"), at=NOW, source="heard")
        for n in range(MAX_LINES + 2)
    ]
    assert of_few_lines([own, *lines, *lines]) == [own, *lines[:MAX_LINES], *lines[:MAX_LINES]]


def test_two_who_hear_the_same_log_count_it_once(watch):
    watch.adds("laurel")
    second = Listener(watch.ledger, now=lambda: NOW, zone=UTC)
    for _ in range(4):
        watch.hears(*[SYSCALL] * 5, at=NOW)
        watch.hears(*[SYSCALL] * 5, at=NOW)
        second.listen()
        second.listen()
    watch.hears(at=NOW)
    [log] = watch.ledger.logs()
    assert watch.ledger.day(log, day_of(NOW)).lines == 40
