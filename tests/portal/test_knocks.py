"""Knocks from outside on the portal: a sensor's days, beside others' figures, and many companies' together."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.support.agents import refused
from tests.support.heard_days import at, hear
from tojimari.agent.wire import MAX_LINES, ReportedFact
from tojimari.model.facts.knocks import NetworkKnocks
from tojimari.portal.companies.models import Company, Observation
from tojimari.portal.core.models import AuditEvent
from tojimari.portal.devices.models import Device
from tojimari.portal.sensors.knocks import knocks_of, monday_of
from tojimari.portal.sensors.models import KnockDay, KnockSharing, KnockWeek
from tojimari.portal.sensors.periodic import count_knock_week
from tojimari.portal.sensors.pool import FEWEST_COMPANIES, WEEK, week_of
from tojimari.portal.words import catalog, say

MONDAY = monday_of(timezone.localdate()) - 2 * WEEK


def knocked(ago: float = 1, *, line: str = "shop", **fields) -> ReportedFact:
    until = at(days=ago)
    values = {
        "day": (timezone.localtime(until) - timedelta(days=1)).date().isoformat(),
        "heard_until": until.isoformat(),
        "addresses": 1,
        "pairs": 9000,
        "hits": 12_000,
        "at_least": False,
        "ports": [{"port": "23/tcp", "n": 6000}, {"port": "4567/tcp", "n": 40}],
        **fields,
    }
    return ReportedFact(NetworkKnocks.KIND, 1, values, line=line)


def page(world, who="owner", lang="ja"):
    client = world.client(who)
    client.cookies["django_language"] = lang
    return client.get(f"/c/{world.company.pk}/watch/knocks/")


def press(world, what, who="owner"):
    return world.client(who).post(f"/c/{world.company.pk}/watch/knocks/{what}/")


def counted(company, pairs, *, days=7, addresses=1, ports=(("23/tcp", 1),), begins=MONDAY):
    """Keep some days of a company's sensor in a week, and that it takes part since before."""
    device = Device.objects.of(company).first() or Device.objects.of(company).create(
        company=company, name="box"
    )
    for n in range(days):
        KnockDay.objects.of(company).create(
            company=company, device=device, line="l", day=begins + timedelta(days=n),
            heard_until=timezone.now(), addresses=addresses, pairs=pairs, hits=pairs,
            at_least=False, ports=[list(port) for port in ports],
        )  # fmt: skip
    KnockSharing.objects.of(company).get_or_create(
        company=company, defaults={"since": begins - timedelta(days=1)}
    )


def companies(n):
    return [Company.objects.create(name=f"会社{number}") for number in range(n)]


# --- one company's own ----------------------------------------------------------------------------


def test_where_nothing_counts_it_is_not_said_to_be_quiet(world):
    text = page(world).content.decode()
    assert say("knocks.none_about", "ja") in text
    assert say("knocks.own", "ja") not in text
    for year in catalog().watch.sensor_years.values():
        assert f"{year.per_day_and_address:,.1f}" in text


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_a_sensor_stands_beside_the_police_in_their_unit(client, world, machine, lang):
    assert (
        hear(client, machine, knocked(2), knocked(2, line="branch", addresses=2)).status_code == 200
    )
    assert hear(client, machine, knocked(1)).status_code == 200
    own = knocks_of(world.company, timezone.localdate())
    assert (own.days, own.pairs, own.addresses, own.silent) == (3, 27_000, 4, False)
    text = page(world, lang=lang).content.decode()
    assert say("knocks.rate", lang, rate="6,750.0") in text
    assert "n=27,000" in text
    assert catalog().watch.ports["telnet"].plain.say(lang) in text
    assert say("knocks.unknown_port", lang) in text
    assert catalog().ui("sensor.unit").say(lang)[:20] in text


def test_a_sensor_that_fell_silent_is_unknown(client, world, machine):
    hear(client, machine, knocked(6), at=at(days=5))
    text = page(world).content.decode()
    last = knocks_of(world.company, timezone.localdate()).last
    assert say("knocks.silent", "ja", last=last.isoformat()) in text


def test_a_later_report_of_a_day_counts_and_an_earlier_one_does_not(client, world, machine):
    hear(client, machine, knocked(1, pairs=10), at=at(hours=3))
    hear(client, machine, knocked(1, pairs=5, heard_until=at(days=1, hours=1).isoformat()))
    assert KnockDay.objects.of(world.company).get().pairs == 10
    hear(client, machine, knocked(1, pairs=12, heard_until=at(hours=1).isoformat()))
    assert KnockDay.objects.of(world.company).get().pairs == 12


def test_hostile_counts_are_bounded_and_break_nothing(client, world, machine):
    ports = [{"port": "<b>", "n": 1}, *({"port": f"{n}/tcp", "n": -(10**18)} for n in range(99))]
    far = knocked(
        1, pairs=10**18, hits=-1, addresses=-5, ports=ports, heard_until="2999-01-01T00:00:00Z"
    )
    assert hear(client, machine, far).status_code == 200
    row = KnockDay.objects.of(world.company).get()
    assert (row.pairs, row.hits, row.addresses) == (10**9, 0, 1)
    assert len(row.ports) < 30
    assert row.heard_until <= timezone.now()
    assert "<b>/" not in page(world).content.decode()
    for day in ("", "9999-12-31", "x" * 5000):
        assert hear(client, machine, knocked(1, line="b", day=day)).status_code == 200
    assert KnockDay.objects.of(world.company).count() == 1
    about_a_device = ReportedFact(NetworkKnocks.KIND, 1, knocked().fields)
    refused(hear(client, machine, about_a_device), 400, "malformed")
    many = [knocked(1, line=f"line {n}") for n in range(MAX_LINES + 1)]
    refused(hear(client, machine, *many), 400, "malformed")


def test_a_day_that_is_not_yet_is_no_day_that_was_counted(client, world, machine):
    tomorrow = timezone.localdate() + timedelta(days=1)
    KnockDay.objects.of(world.company).create(
        company=world.company, device=machine.device, line="l", day=tomorrow,
        heard_until=timezone.now(), addresses=1, pairs=9, hits=9, at_least=False,
    )  # fmt: skip
    assert say("knocks.none", "ja") in page(world).content.decode()
    hear(client, machine, knocked(1, pairs=10))
    assert knocks_of(world.company, timezone.localdate()).pairs == 10


def test_a_removed_sensor_takes_its_counts_along(client, world, machine):
    hear(client, machine, knocked())
    world.client("owner").post(f"/c/{world.company.pk}/devices/{machine.device.pk}/remove/")
    assert not KnockDay.objects.of(world.company).exists()
    assert not Observation.objects.of(world.company).filter(kind=NetworkKnocks.KIND).exists()
    assert say("knocks.none", "ja") in page(world).content.decode()


# --- together ---------------------------------------------------------------------------------------


def test_fewer_than_ten_companies_give_no_figure(world):
    for number, company in enumerate(companies(FEWEST_COMPANIES - 1)):
        counted(company, 1000 + number)
    counted(world.company, 5000, days=3)  # too few days of the week
    assert week_of(MONDAY) is None
    count_knock_week.func()
    assert not KnockWeek.objects.exists()
    assert say("knocks.no_week", "ja", fewest=FEWEST_COMPANIES) in page(world).content.decode()
    counted(world.company, 5000, days=1, begins=MONDAY + timedelta(days=3))
    assert week_of(MONDAY).companies == FEWEST_COMPANIES


def test_the_company_in_the_middle_rounded_and_each_weighs_the_same(world):
    rates = [100, 200, 300, 400, 1111, 1234, 2000, 3000, 4000, 10**9]
    for company, pairs in zip(companies(10), rates, strict=True):
        counted(company, pairs, ports=[("23/tcp", pairs // 2), (f"{pairs % 60_000}/udp", 1)])
    week = week_of(MONDAY)
    assert (week.companies, week.days, week.rate) == (10, 70, 1200.0)
    assert week.ports == [["23/tcp", 0.5, 10]]  # the ports of one company alone are not named


def test_a_week_is_counted_once_and_only_of_who_said_yes_before(world, monkeypatch):
    taking_part = companies(11)
    for company in taking_part:
        counted(company, 1000)
    late = taking_part[0]
    KnockSharing.objects.of(late).update(since=MONDAY + timedelta(days=5))
    assert week_of(MONDAY).companies == 10
    monkeypatch.setattr(
        "tojimari.portal.sensors.periodic.timezone.localdate", lambda: MONDAY + timedelta(days=10)
    )
    for _ in range(2):
        count_knock_week.func()
    assert KnockWeek.objects.get().companies == 10
    for company in taking_part:
        KnockSharing.objects.of(company).delete()
        KnockDay.objects.of(company).delete()
    count_knock_week.func()
    assert KnockWeek.objects.get().rate == 1000.0
    text = page(world).content.decode()
    assert say("knocks.week", "ja", first=MONDAY.isoformat(), n=10, days=70, rate="1,000") in text
    assert not any(company.name in text for company in taking_part)


def test_a_week_that_may_still_get_reports_is_not_counted(world, monkeypatch):
    for company in companies(10):
        counted(company, 1000)
    monkeypatch.setattr(
        "tojimari.portal.sensors.periodic.timezone.localdate", lambda: MONDAY + timedelta(days=9)
    )
    count_knock_week.func()
    assert not KnockWeek.objects.exists()


def test_the_owner_alone_takes_part_and_stops(world):
    for _ in range(2):
        assert press(world, "share").status_code == 302
    sharing = KnockSharing.objects.of(world.company).get()
    assert (sharing.since, sharing.by) == (timezone.localdate(), world.owner)
    assert say("knocks.stop", "ja") in page(world).content.decode()
    staff = page(world, "staff").content.decode()
    assert say("knocks.owner_only", "ja") in staff
    assert press(world, "keep", "staff").status_code == 404
    for who in ("stranger", "supporter", "buyer", "operator"):
        assert page(world, who).status_code == 404
        assert press(world, "share", who).status_code == 404
    assert press(world, "keep").status_code == 302
    assert not KnockSharing.objects.of(world.company).exists()
    assert press(world, "keep").status_code == 302
    done = set(AuditEvent.objects.of(world.company).values_list("action", flat=True))
    assert {"watch.knocks_shared", "watch.knocks_kept"} <= done
