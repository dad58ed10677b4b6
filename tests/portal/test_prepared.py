"""Queries that are built once: the same answers as built anew, with the values of each asking."""

import uuid
from datetime import timedelta

import pytest
from django.db.models import DateTimeField, UUIDField
from django.utils import timezone

from tojimari.portal.companies.models import Company, Standing
from tojimari.portal.core.prepared import Given, Prepared, PreparedOfIds
from tojimari.portal.supporters.concerns import choices, having
from tojimari.portal.supporters.fleet import Filters, _totals, standings
from tojimari.portal.supporters.models import Grant, Organisation
from tojimari.portal.supporters.rights import offered

pytestmark = pytest.mark.django_db


@pytest.fixture
def shops():
    """Fifty-three companies whose rows differ in all that is counted."""
    chamber = Organisation.objects.create(name="会議所", approved_at=timezone.now())
    shops = Company.objects.bulk_create(Company(name=f"商店{n}") for n in range(53))
    now = timezone.now()
    Standing.objects.across("a test").bulk_create(
        Standing(
            company=shop,
            judged_at=now,
            open_items=("", " ipa6-1 ", " ipa6-1 ipa6-6 ")[n % 3],
            basics_met=n % 4,
            basics_open=n % 3,
            why=(["open_door"], ["contradiction", "basic_open"], [])[n % 3],
            last_seen_at=now if n % 5 else None,
        )
        for n, shop in enumerate(shops)
    )
    Grant.objects.across("a test").bulk_create(
        Grant(company=shop, organisation=chamber, scopes=("findings:read",)) for shop in shops[:50]
    )
    return chamber, shops


def test_a_query_is_built_once_and_asked_with_other_values(shops):
    built = []

    def build():
        built.append(1)
        made = Company.objects.filter(pk=Given("shop", UUIDField()))
        return made.filter(made_at__lt=Given("before", DateTimeField())).values_list("pk", "name")

    asked, later = Prepared("", build), timezone.now() + timedelta(days=1)
    for shop in shops[1][:3]:
        assert asked.rows(shop=shop.pk, before=later) == [(shop.pk, shop.name)]
    assert asked.rows(shop=shops[1][0].pk, before=later - timedelta(days=9)) == []
    assert asked.rows(shop=uuid.uuid4(), before=later) == []
    assert built == [1]
    with pytest.raises(KeyError):
        asked.rows(shop=shops[1][0].pk)


def test_columns_are_read_as_the_models_read_them(shops):
    asked = Prepared(
        "a test",
        lambda: Standing.objects.across("a test").values_list("pk", "why", "judged_at"),
    )
    plain = Standing.objects.across("a test").values_list("pk", "why", "judged_at")
    assert sorted(asked.rows()) == sorted(plain)


def test_a_query_that_can_find_nothing_finds_nothing():
    assert Prepared("", lambda: Company.objects.none().values_list("pk")).rows() == []


@pytest.mark.parametrize("n", [0, 1, 2, 50, 51])
def test_a_list_of_any_length_is_asked_for(shops, n):
    asked = PreparedOfIds(
        "a test", lambda: Standing.objects.across("a test").values_list("company", "basics_met")
    )
    wanted = [shop.pk for shop in shops[1][:n]]
    found = Standing.objects.across("a test").filter(company__in=wanted)
    assert sorted(asked.rows(wanted)) == sorted(found.values_list("company", "basics_met"))


def test_a_list_longer_than_the_longest_text(shops):
    asked = PreparedOfIds("a test", lambda: Standing.objects.across("a").values_list("company"))
    wanted = [shop.pk for shop in shops[1]]
    strangers = [uuid.uuid4() for _ in range(1000)]
    assert {id_ for (id_,) in asked.rows([*wanted[:20], *strangers, *wanted[20:]])} == set(wanted)


def test_each_asking_says_in_the_log_why_it_goes_across(shops, caplog):
    asked = Prepared("a test of the log", lambda: Standing.objects.across("x").values_list("pk"))
    asked.rows()
    caplog.clear()
    with caplog.at_level("INFO", logger="tojimari.scope"):
        asked.rows()
    assert [record.why for record in caplog.records] == ["a test of the log"]


def test_what_looks_into_a_value_not_given_yet_fails_and_gives_nothing():
    with pytest.raises(AttributeError):
        offered(Given("organisation", UUIDField()))  # type: ignore[arg-type]


def test_totals_count_what_the_list_finds_of_each_organisation(shops):
    chamber, companies = shops
    other = Organisation.objects.create(name="商工会", approved_at=timezone.now())
    Grant.objects.of(companies[52]).create(company=companies[52], organisation=other, scopes=())
    now = timezone.now()
    for organisation, n in ((chamber, 50), (other, 1)):
        everybody, wrong = _totals(organisation, now)
        assert everybody == n == standings(organisation, Filters()).count()
        found = standings(organisation, Filters())
        one_by_one = {one: having(found, one, now).count() for one in choices()}
        counted = {one: one_by_one[one] for one in choices() if one_by_one[one]}
        assert {one: count for one, _, count in wrong} == counted


def test_totals_forget_at_once_what_is_withdrawn_or_not_approved(shops):
    chamber, companies = shops
    now = timezone.now()
    assert _totals(chamber, now)[0] == 50
    Grant.objects.of(companies[0]).update(withdrawn_at=now)
    assert _totals(chamber, now)[0] == 49
    Organisation.objects.filter(pk=chamber.pk).update(approved_at=None)
    assert _totals(chamber, now) == (0, [])
