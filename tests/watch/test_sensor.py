"""Knocks in the police agency's unit, with how many days and addresses they are of."""

import json
from datetime import UTC, date, datetime, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import shop
from tests.support.one_language import wrong_language
from tojimari.catalog import load_catalog
from tojimari.report.sensor import chart
from tojimari.watch.ledger import PortDay
from tojimari.watch.sensor import Bar, bars, counted

CATALOG = load_catalog()
PORTS = list(CATALOG.watch.ports.values())
DAY = date(2026, 11, 30)


def rows(*days):
    return [
        PortDay(DAY - timedelta(days=back), port, hits, pairs) for back, port, hits, pairs in days
    ]


def test_the_rate_is_of_whole_days_and_watched_addresses():
    count = counted(
        rows(
            (3, "23/tcp", 9, 9), (2, "23/tcp", 40, 30), (1, "9/tcp", 20, 20), (0, "23/tcp", 10, 10)
        ),
        PORTS,
        addresses=2,
        through=DAY,
    )
    # The day on which the sensor began is left out.
    assert (count.days, count.pairs, count.hits) == (3, 60, 70)
    assert count.per_day_and_address == pytest.approx(60 / 3 / 2)
    assert [(one.port, one.n, one.known and one.known.id) for one in count.ports] == [
        ("23/tcp", 40, "telnet"),
        ("9/tcp", 20, None),
    ]


def test_days_without_a_knock_are_left_out_and_nothing_at_all_is_nothing():
    assert counted([], PORTS, addresses=1, through=DAY) is None
    one = counted(rows((5, "23/tcp", 6, 6)), PORTS, addresses=1, through=DAY)
    assert (one.days, one.empty) == (1, 5)
    assert one.per_day_and_address == pytest.approx(6.0)


@given(
    st.lists(
        st.tuples(
            st.integers(0, 40),
            st.sampled_from(["23/tcp", "1/udp", "3389/tcp"]),
            st.integers(1, 900),
            st.integers(0, 900),
        ),
        max_size=30,
    ),
    st.integers(1, 20),
)
def test_the_parts_are_the_whole(drawn, addresses):
    count = counted(rows(*drawn), PORTS, addresses=addresses, through=DAY)
    if count is None:
        assert not drawn
        return
    assert sum(one.n for one in count.ports) == count.pairs
    assert count.per_day_and_address * count.days * addresses == pytest.approx(count.pairs)
    made = bars(count, "ours", [("x", year) for year in CATALOG.watch.sensor_years.values()])
    assert all(0 <= bar.share <= 1 for bar in made)
    assert max(bar.share for bar in made) == 1


def test_the_chart_is_xml_and_escapes_what_it_is_given():
    svg = chart([Bar("<script>", 1.0, 1.0, True)], title="&", unit="u", n="n", source="s")
    assert "<script>" not in svg
    assert ElementTree.fromstring(svg).tag.endswith("svg")


@pytest.mark.programs
def test_the_command_counts_what_was_heard(tojimari, tmp_path):
    log = tmp_path / "ulogd.json"
    log.touch()
    assert tojimari("sensor", "--lang", "en").returncode == 0
    assert tojimari("watch", "add", "ulogd", str(log), "--line", "shop").returncode == 0
    now = datetime.now(UTC)
    knocks = [
        shop.knock(now - timedelta(days=d), f"203.0.113.{n}", 3389)
        for d in (1, 2, 3)
        for n in range(8)
    ]
    log.write_text("".join(f"{line[2]}\n" for line in knocks))
    tojimari("watch", "once")
    svg = tmp_path / "chart.svg"
    for lang in ("ja", "en"):
        done = tojimari("sensor", "--svg", str(svg), "--lang", lang)
        assert done.returncode == 0
        assert not wrong_language(done.stdout, lang), done.stdout
        assert not wrong_language(" ".join(ElementTree.parse(svg).getroot().itertext()), lang)
    told = json.loads(tojimari("sensor", "--json").stdout)
    assert (told["days"], told["n"], told["rate"], told["addresses"]) == (2, 16, 8.0, 1)
    assert len(told["police"]) == len(CATALOG.watch.sensor_years)
    for words in (("--days", "0"), ("--addresses", "0"), ("--svg", str(tmp_path))):
        done = tojimari("sensor", *words, "--lang", "en")
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)
