"""What was tried against the desk and went wrong once: two at once, who left, who floods it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.portal.test_desk import asked, helper_of
from tojimari.portal.desk.models import Handover, Ticket
from tojimari.portal.desk.tickets import merge
from tojimari.portal.supporters.models import Organisation


@pytest.fixture(autouse=True)
def _desk(world):
    from tests.portal.conftest import open_desk

    open_desk(world.chamber)


def fresh(world, ticket) -> Ticket:
    return Ticket.objects.of(world.company).get(pk=ticket.pk)


def test_two_who_join_the_same_questions_crosswise_make_no_circle(world):
    first, second = asked(world, text="a"), asked(world, text="b")
    merge(first, second)
    with pytest.raises(ValueError, match="become one"):
        merge(fresh_before(second), fresh_before(first))
    assert (fresh(world, first).merged_into_id, fresh(world, second).merged_into_id) == (
        second.pk,
        None,
    )


def fresh_before(ticket) -> Ticket:
    """As another helper's page read it before."""
    ticket.merged_into_id = None
    return ticket


def test_a_desk_that_was_closed_hands_over_nothing_any_more(world):
    outside, ticket = helper_of(world, "外の専門家", world.stranger), asked(world)
    until = timezone.now() + timedelta(days=5)
    Handover.objects.of(world.company).create(
        company=world.company, ticket=ticket, to=outside, days=5, until=until
    )
    client, address = world.client("stranger"), f"/s/{outside.pk}/desk/{ticket.pk}/"
    assert client.get(address).status_code == 200
    Organisation.objects.filter(pk=world.chamber.pk).update(approved_at=None)
    assert client.get(address).status_code == 404
    assert client.post(f"{address}answer/", {"text": "x", "what": "answer"}).status_code == 404
