"""What was heard and cannot wait, at the supporter's desk: once, with an incident proposed, and closed."""

import pytest
from django.utils import timezone

from tests.support.desk import answered, helper_of, open_desk
from tests.support.heard_days import at, day, hear, matter
from tojimari.portal.companies.rights import FINDINGS_READ
from tojimari.portal.core.models import Notice
from tojimari.portal.core.permissions import Actor
from tojimari.portal.desk.heard import bring_to_desks, proposal_of
from tojimari.portal.desk.models import Message, Ticket
from tojimari.portal.desk.tickets import merge, open_ticket
from tojimari.portal.sensors.models import Matter
from tojimari.portal.supporters.models import Grant
from tojimari.portal.words import catalog, say


@pytest.fixture
def desk(world):
    return open_desk(world.chamber)


def allow(world, *scopes: str) -> None:
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(scopes=list(scopes))


def tickets(world) -> list[Ticket]:
    bring_to_desks()
    return list(Ticket.objects.of(world.company).order_by("number"))


def shown(world, ticket, lang="ja", **sent) -> str:
    client, address = world.client("supporter"), f"/s/{world.chamber.pk}/desk/{ticket.pk}/"
    client.cookies["django_language"] = lang
    answer = client.post(f"{address}answer/", sent) if sent else client.get(address)
    assert answer.status_code == 200, answer.content.decode()
    return answer.content.decode()


def test_what_cannot_wait_is_one_urgent_ticket_and_proposes_an_incident(
    client, world, machine, desk
):
    allow(world, FINDINGS_READ)
    hear(client, machine, day(matter("renaming"), matter("new_device_here")))
    (ticket,) = tickets(world)
    assert [ticket] == tickets(world)
    assert say("deskwatch.subject", "en") in shown(world, ticket, "en")
    assert (ticket.urgent, ticket.way, ticket.state) == (True, "watch", "open")
    queue = world.client("supporter").get(f"/s/{world.chamber.pk}/desk/").content.decode()
    assert ticket.subject in queue
    assert say("desk.way_watch", "ja") in queue
    page, english = shown(world, ticket), shown(world, ticket, "en")
    kind = catalog().incidents.playbooks[catalog().watch.rules["renaming"].incident].title
    assert say("deskwatch.kind", "ja", kind=kind.say("ja")) in page
    assert say("deskwatch.kind", "en", kind=kind.say("en")) in english
    assert machine.device.name not in page.split("</section>")[0]  # devices are not shown to it
    row = Matter.objects.of(world.company).get(rule="renaming")
    page = shown(
        world, ticket, what="insert", prepared=f"watch-{row.pk.hex[:12]}", text="こんにちは"
    )
    since = timezone.localtime(row.first).strftime("%Y-%m-%dT%H%%3A%M")
    assert f"/c/{world.company.pk}/odd/screen/now/?since={since}" in page
    answered(world, ticket)
    assert Notice.objects.of(world.company).filter(kind="desk.answered_owners").exists()
    own = world.client("owner").get(f"/c/{world.company.pk}/desk/{ticket.pk}/").content.decode()
    assert f"/c/{world.company.pk}/watch/" in own


def test_something_new_lets_it_wait_again_and_the_end_closes_it(client, world, machine, desk):
    allow(world, FINDINGS_READ)
    first = matter("renaming")
    hear(client, machine, day(first))
    (ticket,) = tickets(world)
    answered(world, ticket)
    assert [one.state for one in tickets(world)] == [Ticket.ANSWERED]
    hear(client, machine, day(first, matter("decoy_login", at(hours=3))))
    assert [one.state for one in tickets(world)] == [Ticket.OPEN]
    hear(client, machine, day())
    assert [one.state for one in tickets(world)] == [Ticket.CLOSED]
    assert say("deskwatch.over", "ja") in shown(world, ticket)
    hear(client, machine, day(matter("renaming", at(minutes=5))))
    assert [one.state for one in tickets(world)] == [Ticket.CLOSED, Ticket.OPEN]


def test_that_was_us_closes_it_but_not_what_the_company_asked_in_it(client, world, machine, desk):
    allow(world, FINDINGS_READ)
    hear(client, machine, day(matter("renaming")))
    (ticket,) = tickets(world)
    owner, row = world.client("owner"), Matter.objects.of(world.company).get()
    owner.post(f"/c/{world.company.pk}/desk/{ticket.pk}/write/", {"text": "本当ですか"})
    address = f"/c/{world.company.pk}/watch/{row.pk}/ours/"
    assert owner.post(address, {"last": row.last.isoformat()}).status_code == 302
    assert [one.state for one in tickets(world)] == [Ticket.OPEN]
    Message.objects.of(world.company).all().delete()
    assert [one.state for one in tickets(world)] == [Ticket.CLOSED]


def test_only_desks_that_may_see_findings_get_it_and_only_while_they_may(
    client, world, machine, desk
):
    """Another supporter with a desk, and this one without the right, get nothing."""
    helper_of(world, "よその支援者", world.supporter)
    allow(world)
    hear(client, machine, day(matter("renaming")))
    assert tickets(world) == []
    allow(world, FINDINGS_READ)
    (ticket,) = tickets(world)
    assert ticket.organisation == world.chamber
    words = catalog().watch.rules["renaming"].danger.say("ja")
    assert words in shown(world, ticket)
    allow(world)
    page = shown(world, ticket)
    assert words not in page
    assert say("deskwatch.not_seen", "ja") in page
    row = Matter.objects.of(world.company).get()
    actor = Actor(user=world.supporter, organisation=world.chamber)
    assert proposal_of(f"watch-{row.pk.hex[:12]}", actor, ticket) == ""
    assert [one.state for one in tickets(world)] == [Ticket.CLOSED]


def test_a_closed_desk_gets_none_and_a_rule_without_a_kind_of_incident_says_what_to_do(
    client, world, machine, desk
):
    allow(world, FINDINGS_READ)
    hear(client, machine, day(matter("scan_inside")))
    type(desk).objects.filter(pk=desk.pk).update(open=False)
    assert tickets(world) == []
    type(desk).objects.filter(pk=desk.pk).update(open=True, lang="en")
    (ticket,) = tickets(world)
    assert ticket.subject == say("deskwatch.subject", "en")
    row = Matter.objects.of(world.company).get()
    page = shown(world, ticket, what="insert", prepared=f"watch-{row.pk.hex[:12]}", text="")
    assert "/odd/" not in page.partition("<textarea")[2].partition("</textarea>")[0]
    assert say("deskwatch.write", "ja") in page


def test_one_that_goes_on_in_another_question_does_not_wait_again_and_again(
    client, world, machine, desk
):
    allow(world, FINDINGS_READ)
    called = open_ticket(world.company, world.chamber, subject="電話", way="phone")
    hear(client, machine, day(matter("renaming")))
    (ticket,) = [one for one in tickets(world) if one.about == "watch"]
    merge(ticket, called)
    answered(world, called)
    assert [one.state for one in tickets(world)] == [Ticket.ANSWERED, Ticket.CLOSED]
    hear(client, machine, day(matter("renaming"), matter("decoy_login", at(hours=3))))
    assert [one.state for one in tickets(world)] == [Ticket.OPEN, Ticket.CLOSED]
