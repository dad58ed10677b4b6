"""What is told, when, and what keeps it quiet."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import shop
from tojimari.catalog import load_catalog
from tojimari.catalog.linter import Linter
from tojimari.catalog.watch_consistency import check_watch
from tojimari.model import LANGS, TojimariError
from tojimari.watch.desk import Desk
from tojimari.watch.engine import engines
from tojimari.watch.hearing import Listener, add_log
from tojimari.watch.ledger import Log, LogDay, Sighting, open_ledger
from tojimari.watch.notice import SILENT_AFTER, Notice, day_line, due, fallen_silent, notices

CATALOG = load_catalog()
RULES = CATALOG.watch.rules
NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)


def seen(kind, *, ago=60, n=1, log=1, lasting=0, **more):
    at = NOW - timedelta(minutes=ago)
    fields: dict[str, Any] = {
        "source": "",
        "target": "",
        "name": "",
        "severity": "high",
        "stopped": False,
    } | more
    return Sighting(
        log=log, kind=kind, first=at, last=at + timedelta(minutes=lasting), n=n, **fields
    )


def told(*sightings, as_of=NOW, silences=None):
    found = notices(
        sightings, RULES.values(), titles={1: "One", 2: "Two"}, as_of=as_of, silences=silences
    )
    return [one.rule for one in found]


def test_a_file_that_one_log_says_was_refused_is_not_told_as_open_by_another():
    found = seen("malware", target="/home/x.com", name="Eicar", stopped=None)
    refused = seen("malware", target="/home/x.com", name="Eicar", stopped=True, log=2)
    elsewhere = seen("malware", target="/home/y.com", name="Eicar", stopped=True, log=2)
    assert told(found, refused) == []
    assert told(found, elsewhere) == ["malware_open"]


def test_every_kind_that_an_engine_gives_is_known():
    given_ = {kind for engine in engines().values() for kind in engine.kinds}
    assert given_ <= set(CATALOG.watch.kinds)
    # What only we can tell: a watch that says nothing, and what is new or steady on a line.
    assert set(CATALOG.watch.kinds) - given_ == {"silent", "steady", "new_device"}


@pytest.mark.parametrize("rule", sorted(RULES))
@pytest.mark.parametrize("lang", LANGS)
def test_every_sentence_can_be_said(rule, lang):
    one = RULES[rule]
    values = Notice("1", rule, "", "now", NOW, NOW, 1, ("a",), (), ("b",), ("c",), (1,)).values()
    for text in (one.what, one.danger, one.do):
        assert text.say(lang, **values)
        assert text.say(lang, **one.sample)


def test_what_settles_by_itself_is_waited_for_and_not_told():
    found = seen("malware", ago=30, name="x", stopped=None)
    assert told(found) == ["malware_open"]
    assert told(found, as_of=NOW - timedelta(minutes=28)) == []
    assert told(found, seen("malware", ago=29, name="x", stopped=True)) == []
    # Another virus, or one on another device, settles nothing.
    assert told(found, seen("malware", ago=29, name="y", stopped=True)) == ["malware_open"]
    assert told(found, seen("malware", ago=29, name="x", stopped=True, log=2)) == ["malware_open"]
    # One that was stopped before says nothing of one that came later.
    assert told(found, seen("malware", ago=99, name="x", stopped=True)) == ["malware_open"]
    off = seen("protection_off", ago=200)
    assert told(off, seen("protection_on", ago=90, severity="low")) == []
    assert told(off, seen("protection_on", ago=290, severity="low")) == ["protection_off"]


def test_what_belongs_together_is_one_matter_over_time_and_devices():
    calls = [seen("callout", ago=60 - n, source="192.168.1.9", name="b") for n in range(5)]
    others = [seen("callout", ago=60 - n, source="192.168.1.8", name="b", log=2) for n in range(5)]
    found = notices([*calls, *others], RULES.values(), titles={1: "One", 2: "Two"}, as_of=NOW)
    assert [(one.rule, one.n, one.engines) for one in found] == [
        ("beacon", 5, ("Two",)),
        ("beacon", 5, ("One",)),
    ]
    assert len({one.id for one in found}) == 2


def test_too_slow_is_not_told():
    assert (
        told(*(seen("callout", ago=100 * n, source="192.168.1.9", name="b") for n in range(9)))
        == []
    )


def matter(level, n=1, *, last=NOW, rule=None):
    rule = rule or ("renaming" if level == "now" else "bad_name_again")
    return Notice(f"{n:08}", rule, f"name={n}", level, last, last, 1, (), (), (), (), (1,))


def test_what_cannot_wait_is_told_at_once_and_the_rest_once_a_day():
    before = {"0": (NOW - timedelta(hours=3), False)}
    found = [matter("now", 1), matter("day", 2), matter("day", 3)]
    assert [one.level for one in due(found, RULES, {}, as_of=NOW)] == ["now", "day", "day"]
    assert [one.level for one in due(found, RULES, before, as_of=NOW)] == ["now"]
    later = NOW + timedelta(hours=21)
    assert len(due(found, RULES, before, as_of=later)) == 3


def test_the_same_matter_is_told_again_only_after_days_and_if_it_went_on():
    one = matter("day", 1)
    again = timedelta(days=RULES[one.rule].again_days)
    told_before = {one.id: (NOW, False)}
    assert not due([one], RULES, told_before, as_of=NOW + again)
    went_on = msgspec.structs.replace(one, last=NOW + timedelta(days=1))
    assert not due([went_on], RULES, told_before, as_of=NOW + again - timedelta(minutes=1))
    assert due([went_on], RULES, told_before, as_of=NOW + again) == [went_on]


@given(
    st.lists(
        st.tuples(st.integers(0, 60), st.sampled_from(["now", "day"]), st.integers(0, 12)),
        max_size=40,
    )
)
def test_there_is_never_more_than_one_message_a_day_that_can_wait(drawn):
    told_: dict[str, tuple[datetime, bool]] = {}
    days: list[datetime] = []
    found = []
    for hours, level, number in sorted(drawn):
        at = NOW + timedelta(hours=4 * hours)
        found.append(matter(level, number, last=at))
        new = due({one.id + one.level: one for one in found}.values(), RULES, told_, as_of=at)
        told_ |= {one.id: (at, one.level == "now") for one in new}
        if any(one.level == "day" for one in new):
            days.append(at)
    assert all(b - a >= timedelta(hours=24) for a, b in pairwise(days))


def test_that_was_us_silences_this_matter_and_no_other(tmp_path):
    slots = {kind.id: kind.together for kind in CATALOG.watch.kinds.values()}
    with open_ledger(tmp_path / "x.heard", slots) as ledger:
        log = tmp_path / "canary"
        log.touch()
        add_log(ledger, "opencanary", log, "shop", NOW)

        def touch(source, at):
            with log.open("a") as file:
                file.write(shop.touched(at, source, 4002)[2] + "\n")
            Listener(ledger, now=lambda: at, zone=UTC).listen()

        desk = Desk(ledger, CATALOG)
        touch("192.168.1.5", NOW)
        [one] = desk.notices(NOW)
        _, rule, until = desk.ours(one.id, NOW)
        assert until == NOW + timedelta(days=rule.ours_days)
        assert desk.notices(NOW) == []
        touch("192.168.1.6", NOW)
        assert [other.sources for other in desk.notices(NOW)] == [("192.168.1.6",)]
        touch("192.168.1.5", until + timedelta(hours=1))
        assert len(desk.notices(until + timedelta(hours=1))) == 2
        with pytest.raises(TojimariError):
            desk.ours("ffffffff", NOW)


def test_a_watch_that_writes_every_day_is_told_when_it_falls_silent():
    log = Log(1, "laurel", Path("x"), "", NOW - timedelta(days=9), NOW - timedelta(days=2))

    def silent(since):
        return fallen_silent([log], lambda _: True, listening_since=since, as_of=NOW)

    assert told(*silent(NOW - timedelta(days=9))) == ["engine_silent"]
    # The computer slept: nobody can say what the engine did meanwhile.
    assert silent(NOW - SILENT_AFTER + timedelta(minutes=1)) == []
    assert fallen_silent([log], lambda _: False, listening_since=log.added_at, as_of=NOW) == []


def test_a_clock_that_was_ahead_holds_nothing_back_once_it_is_right(tmp_path):
    """What was told, heard and silenced in a year that is not yet there counts as of now."""
    slots = {kind.id: kind.together for kind in CATALOG.watch.kinds.values()}
    ahead = NOW + timedelta(days=4000)
    with open_ledger(tmp_path / "state.heard", slots) as ledger:
        for engine in ("opencanary", "clamav"):
            (tmp_path / engine).touch()
            add_log(ledger, engine, tmp_path / engine, "shop", NOW - timedelta(days=9))

        def lives(now, *lines):
            for _, engine, text in lines:
                with (tmp_path / engine).open("a") as file:
                    file.write(f"{text}\n")
            Listener(ledger, now=lambda: now, zone=UTC).listen()
            return Desk(ledger, CATALOG).notices(now)

        fresh = shop.clam(ahead, "daily.cld database is up-to-date (made)")
        [first] = lives(ahead, fresh, shop.touched(ahead, "192.168.1.5", 3001))
        desk = Desk(ledger, CATALOG)
        _, rule, _ = desk.ours(first.id, ahead)
        assert lives(ahead) == []
        assert lives(NOW) == []  # the clock is set
        assert list(ledger.silences(NOW).values()) == [NOW + timedelta(days=rule.ours_days)]
        for step in range(1, 27):
            found = lives(NOW + timedelta(hours=step))
        assert "engine_silent" in [one.rule for one in found]
        assert desk.tell(NOW + timedelta(hours=27))
        later = NOW + timedelta(hours=28)
        lives(later, shop.touched(later, "192.168.1.6", 3001))
        assert "192.168.1.6" in str(desk.tell(later))


def test_a_quiet_day_is_one_line():
    days = [
        LogDay(signals={"knock": (400, 400), "refreshed": (3, 0)}),
        LogDay(signals={"knock": (12, 12)}),
    ]
    kinds = CATALOG.watch.kinds
    assert day_line(days, kinds.values(), "en") == kinds["knock"].line.say("en", n=412)
    assert day_line([], kinds.values(), "ja") == ""


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "nothing"},
        {"at_least": 0},
        {"settled_by": "malware", "wait_minutes": 0},
        {"incident": "nothing"},
        {"sample": {}},
    ],
)
def test_the_lint_names_what_does_not_fit(changed):
    rules = dict(RULES)
    rules["beacon"] = msgspec.structs.replace(RULES["beacon"], **changed)
    watch = msgspec.structs.replace(CATALOG.watch, rules=rules)
    lint = Linter(msgspec.structs.replace(CATALOG.content, watch=watch))
    check_watch(lint)
    assert lint.problems
    clean = Linter(CATALOG.content)
    check_watch(clean)
    assert not clean.problems
