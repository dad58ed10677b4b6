"""The page of everything a company shows: what waits first, only what the person may open."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from tests.support.requests import asked_supplier, made_request, taken_form
from tojimari.portal.requests.models import Inquiry
from tojimari.portal.supporters.show_page import WAYS
from tojimari.portal.words import say

pytestmark = pytest.mark.django_db


def shown(world, who="owner"):
    return world.client(who).get(f"/c/{world.company.pk}/show/")


def ways(response) -> list[str]:
    return [way.page for way, _ in response.context["ways"]]


def test_every_way_is_one_press_away_and_opens(world):
    response = shown(world)
    assert sorted(ways(response)) == sorted(way.page for way in WAYS)
    for way in WAYS:
        address = reverse(way.page, args=[world.company.pk])
        assert f'href="{address}"' in response.content.decode()
        page = world.client("owner").get(address)
        assert page.status_code == 200
        # The menu leads back, and says where the person is.
        back = reverse("supporters:show", args=[world.company.pk])
        assert re.search(rf'href="{back}" aria-current="page"', page.content.decode()), way.page


def test_what_somebody_waits_for_stands_first_until_it_is_answered(world):
    proofs_first = [way.page for way in WAYS if way.page != "requests:company_requests"]
    due = made_request(world.bank)
    asked = asked_supplier(due, company=world.company)
    taken_form(world.company)
    response = shown(world)
    (way, standing), *rest = response.context["ways"]
    assert way.page == "requests:company_requests"
    assert standing.waits
    assert standing.words == say("show.requests_waiting", n=1, day=f"{due.due:%Y-%m-%d}")
    assert [one.page for one, _ in rest] == proofs_first
    assert say("show.forms_open", n=1) in response.content.decode()
    due.closed_at = timezone.now()
    due.save()
    assert not any(one.waits for _, one in shown(world).context["ways"] if one)
    Inquiry.objects.of(world.company).filter(pk=asked.pk).update(
        state=Inquiry.ANSWERED, shown_until=timezone.now() + timedelta(days=1)
    )
    assert say("show.requests_shown", n=1) in shown(world).content.decode()


def test_a_colleague_sees_only_what_colleagues_may_open(world):
    assert ways(shown(world, "staff")) == ["companies:report"]
    assert shown(world, "stranger").status_code == 404


def test_on_one_computer_only_what_needs_nobody_else(world, settings):
    settings.LOCAL = True
    assert set(ways(shown(world))) == {way.page for way in WAYS if way.local}


@pytest.mark.parametrize(
    ("page", "buyers"),
    [("requests:buyer_requests", True), ("chains:chain", True), ("lenders:portfolio", True),
     ("supporters:mails", False), ("desk:queue", False), ("drills:rounds", False)],
)  # fmt: skip
def test_a_buyers_menu_holds_what_a_buyer_can_use(world, page, buyers):
    menus = {
        who: world.client(who).get(f"/s/{of.pk}/news/").content.decode()
        for who, of in (("buyer", world.bank), ("supporter", world.chamber))
    }
    for who, of in (("buyer", world.bank), ("supporter", world.chamber)):
        is_there = f'href="{reverse(page, args=[of.pk])}"' in menus[who]
        assert is_there == (buyers == (who == "buyer")), who
