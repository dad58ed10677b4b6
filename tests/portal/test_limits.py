"""How often something may be asked: exact for many at once, for the whole window, on every database."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.db import OperationalError, connection
from django.test import RequestFactory
from django.utils import timezone

from tojimari.portal import limits
from tojimari.portal.core.models import Counter
from tojimari.portal.core.retention import throw_away
from tojimari.portal.limits import address_of, too_often


def asked(times: int = 2) -> bool:
    return too_often("code", "somebody", times=times, seconds=3600)


def test_a_window_holds_to_its_end_and_then_a_new_one_begins(db, monkeypatch):
    clock = SimpleNamespace(now=7200.0)
    monkeypatch.setattr(limits, "time", SimpleNamespace(time=lambda: clock.now))
    assert [asked() for _ in range(3)] == [False, False, True]
    clock.now += 3599
    assert asked()
    clock.now += 1
    assert not asked()
    assert sorted(Counter.objects.values_list("count", flat=True)) == [1, 2]


def test_no_times_at_all_is_never(db):
    assert asked(0)


def test_a_counter_is_thrown_away_when_its_window_is_over(db):
    asked()
    assert throw_away(timezone.now())["core.counter"] == 0
    assert throw_away(timezone.now() + timedelta(hours=2))["core.counter"] == 1


def test_of_many_at_once_no_more_pass_than_may(transactional_db):
    def ask(_: int) -> bool:
        try:
            while True:
                try:
                    return asked(5)
                except OperationalError:  # SQLite in memory waits for nobody; a file does
                    assert connection.vendor == "sqlite"
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as many:
        assert list(many.map(ask, range(40))).count(False) == 5


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("unknown", "unknown", True),
    ],
)
def test_of_ipv6_a_subscriber_is_counted_not_an_address(one, other, same):
    of = [address_of(RequestFactory().get("/", REMOTE_ADDR=each)) for each in (one, other)]
    assert (of[0] == of[1]) == same
