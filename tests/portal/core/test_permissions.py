"""One function says who may do what in which company, for one, for many, and why."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.urls import get_resolver

from tojimari.portal.companies.models import Company
from tojimari.portal.companies.rights import BASICS_READ, FINDINGS_READ
from tojimari.portal.core.permissions import (
    Actor,
    CompanyRights,
    Ruling,
    UnknownRight,
    companies_where,
    holders,
    may,
    right,
    rights,
    ticks,
    why,
)
from tojimari.portal.core.rights import COMPANY_MANAGE, COMPANY_READ, COMPANY_WRITE, PORTAL_OPERATE
from tojimari.portal.devices.rights import DEVICES_READ
from tojimari.portal.experts.models import ExpertVisit
from tojimari.portal.experts.rights import VISITS_ARRANGE, VISITS_MANAGE, VISITS_READ
from tojimari.portal.supporters.models import Grant, Organisation
from tojimari.portal.supporters.rights import NOTES_WRITE, REMINDERS_SEND, SHARING_MANAGE
from tojimari.portal.updates.models import SecondPerson
from tojimari.portal.updates.rights import UPDATES_SECOND


def actors(world) -> dict[str, Actor]:
    return {
        "owner": Actor(world.owner),
        "staff": Actor(world.staff),
        "supporter": Actor(world.supporter, world.chamber),
        "buyer": Actor(world.buyer, world.bank),
        "stranger": Actor(world.stranger),
        "operator": Actor(world.operator),
        "nobody": Actor(AnonymousUser()),
    }


ALLOWED = {
    COMPANY_READ: {"owner", "staff"},
    COMPANY_WRITE: {"owner", "staff"},
    COMPANY_MANAGE: {"owner"},
    SHARING_MANAGE: {"owner"},
    DEVICES_READ: {"owner", "staff", "supporter"},
    BASICS_READ: {"supporter", "buyer"},
    NOTES_WRITE: {"supporter", "buyer"},
    FINDINGS_READ: {"supporter"},
    REMINDERS_SEND: {"supporter"},
    VISITS_READ: {"owner", "staff"},
    VISITS_MANAGE: {"owner"},
    VISITS_ARRANGE: {"supporter", "buyer"},
    PORTAL_OPERATE: {"operator"},
}


@pytest.mark.parametrize("action", sorted(ALLOWED))
def test_each_right_is_had_by_whom_it_should(world, action):
    company = None if action == PORTAL_OPERATE else world.company
    found = {name for name, actor in actors(world).items() if may(actor, action, company)}
    assert found == ALLOWED[action]


def test_one_and_many_and_why_agree(world, visit, django_assert_max_num_queries):
    """The database says it of many companies, a row that is here of one: for every right there is."""
    SecondPerson.objects.of(world.company).create(company=world.company, user=world.staff)
    ExpertVisit.objects.of(world.company).update(scopes=("findings:read",))
    asked = actors(world) | {"expert": Actor(world.supporter, expert=visit.expert)}
    had = set()
    for actor in asked.values():
        standings = {company: CompanyRights(actor, company) for company in Company.objects.all()}
        for action in sorted(name for name, one in rights().items() if not one.portal):
            with django_assert_max_num_queries(1):
                ids = {next(iter(row.values())) for row in companies_where(actor, action)}
            for company, standing in standings.items():
                allowed = company.pk in ids
                assert may(actor, action, company) == allowed, (actor, action)
                assert why(actor, action, company).allowed == allowed, (actor, action)
                assert standing.may(action) == allowed, (actor, action)
                had |= {action} if allowed else set()
    assert had >= {UPDATES_SECOND, DEVICES_READ, BASICS_READ, COMPANY_MANAGE, NOTES_WRITE}


def test_a_page_asks_once_for_all_that_one_may_do_there(world, django_assert_num_queries):
    standing = CompanyRights(Actor(world.owner), world.company)
    with django_assert_num_queries(1):
        assert all(
            standing.may(action) for action in (COMPANY_READ, COMPANY_MANAGE, SHARING_MANAGE)
        )


def test_a_refusal_says_what_is_missing(world):
    who = actors(world)
    assert why(who["owner"], COMPANY_MANAGE, world.company) == Ruling(
        True, "source", "membership", "owner"
    )
    assert why(who["staff"], COMPANY_MANAGE, world.company) == Ruling(
        False, "not_given", "membership", "staff"
    )
    assert why(who["buyer"], FINDINGS_READ, world.company) == Ruling(
        False, "not_given", "grant", "buyer"
    )
    assert why(who["operator"], COMPANY_READ, world.company) == Ruling(False, "stranger")


def test_who_acts_for_an_organisation_acts_for_that_one_only(world):
    """Neither another organisation's grant nor the own membership lends a right."""
    other = Organisation.objects.create(name="別の会議所", kind="supporter", approved_at=None)
    assert not may(Actor(world.supporter, other), BASICS_READ, world.company)
    assert not may(Actor(world.supporter, world.bank), BASICS_READ, world.company)
    assert not may(Actor(world.owner, world.chamber), COMPANY_READ, world.company)
    assert not may(Actor(world.supporter), BASICS_READ, world.company)
    assert may(Actor(organisation=world.chamber), REMINDERS_SEND, world.company)


def test_a_withdrawn_grant_and_a_closed_organisation_give_nothing(world):
    actor = Actor(world.supporter, world.chamber)
    Organisation.objects.filter(pk=world.chamber.pk).update(approved_at=None)
    assert not may(actor, BASICS_READ, world.company)
    Organisation.objects.filter(pk=world.chamber.pk).update(approved_at=world.grant.given_at)
    assert may(actor, BASICS_READ, world.company)
    Grant.objects.of(world.company).update(withdrawn_at=world.grant.given_at)
    assert not may(actor, BASICS_READ, world.company)


def test_a_right_nobody_declared_is_our_mistake(world):
    with pytest.raises(UnknownRight):
        may(Actor(world.owner), "company:sell", world.company)
    with pytest.raises(UnknownRight):
        Grant.objects.of(world.company).update(scopes=("company:sell",))
    with pytest.raises(UnknownRight):
        Grant.objects.of(world.company).filter(scopes__has="company:sell").exists()


def test_a_right_is_declared_once_and_names_its_box(db):
    with pytest.raises(ValueError, match="declared twice"):
        right(COMPANY_READ, roles=("owner",))
    with pytest.raises(ValueError, match="box"):
        right("test:nothing", granted="ticked")
    assert list(ticks()) == [
        *(
            "sees_findings",
            "sees_money",
            "reviews_items",
            "fills_forms",
            "sees_chain",
            "judges_loan",
            "may_drill",
            "sees_devices",
            "may_isolate",
            "may_update",
            "sees_incidents",
            "sees_mail",
            "sees_mail_hosts",
            "mail_warnings",
        ),
        *("may_write", "monthly_report"),
        *("sees_papers", "prepares_papers"),
    ]


def test_scopes_are_found_whole_and_never_by_a_part(world):
    """``findings:read`` is not found in ``other_findings:read``."""
    rows = Grant.objects.of(world.company)
    assert rows.filter(scopes__has=FINDINGS_READ).get() == world.grant
    world.grant.refresh_from_db()
    assert world.grant.scopes == (DEVICES_READ, FINDINGS_READ, REMINDERS_SEND)
    rows.update(scopes=())
    assert not rows.filter(scopes__has=FINDINGS_READ).exists()
    assert rows.first().scopes == ()


def test_holders_are_people_with_their_language(world):
    world.company.memberships.filter(user=world.owner).update(remind_lang="en")
    (owner,) = holders(world.company, COMPANY_MANAGE)
    assert (owner.user, owner.lang) == (world.owner, "en")
    assert {one.user for one in holders(world.company, COMPANY_READ)} == {world.owner, world.staff}


def test_every_page_of_a_company_names_the_right_it_asks_for():
    def views(resolver, prefix=""):
        for entry in resolver.url_patterns:
            route = prefix + str(entry.pattern)
            if hasattr(entry, "url_patterns"):
                yield from views(entry, route)
            else:
                yield route, entry.callback

    found = {r: view for r, view in views(get_resolver()) if r.startswith("c/<uuid:company_id>")}
    assert len(found) > 30
    assert {getattr(view, "action", None) for view in found.values()} <= set(rights())
