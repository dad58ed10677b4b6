"""What was tried against the desk and went wrong once: two at once, who left, who floods it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.support.desk import (
    DOMAIN,
    asked,
    comes,
    helper_of,
    letter,
    open_desk,
    texts,
    tickets,
)
from tests.support.pressing import run_tasks
from tojimari.portal.desk import periodic, room, telling
from tojimari.portal.desk.models import AsideMail, Handover, Ticket
from tojimari.portal.desk.tickets import merge, reopen
from tojimari.portal.mailin.addresses import found, organisation_address
from tojimari.portal.mailin.intake import Full, store
from tojimari.portal.supporters.models import Helper, Organisation

pytestmark = pytest.mark.usefixtures("place")


@pytest.fixture
def place(world, settings):
    """The desk's address."""
    settings.MAIL_IN_DOMAIN = DOMAIN
    open_desk(world.chamber)
    return found(organisation_address(world.chamber, "desk"))


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


def test_who_writes_very_much_waits_for_a_person(world, place, monkeypatch):
    monkeypatch.setattr(room, "A_DAY", 3)
    for number in range(5):
        comes(place, letter(f"{number}", f"{number}"))
    assert len(tickets(world)) == 3
    assert [one.why for one in AsideMail.objects.all()] == ["too_many"] * 2
    page = world.client("supporter").get(f"/s/{world.chamber.pk}/desk/mails/")
    assert "たくさんのメール" in page.content.decode()


def test_a_company_whose_people_write_very_much_waits_too(world, place, monkeypatch):
    monkeypatch.setattr(room, "COMPANY_A_DAY", 2)
    for number, sender in enumerate(("owner@example.jp", "staff@example.jp") * 2):
        comes(place, letter(f"{number}", f"{number}", sender), sender)
    assert [texts(one) for one in tickets(world)] == [["0"], ["1"]]
    assert AsideMail.objects.count() == 2


@pytest.mark.parametrize("handled", [True, False])
def test_one_stranger_takes_the_place_of_no_other(world, place, monkeypatch, handled):
    monkeypatch.setattr(room, "OF_SENDER", 2)
    monkeypatch.setattr(room, "OF_DOMAIN", 4)

    def send(sender, text):
        store(place, sender, bytes(letter(text=text, sender=sender)), "")
        if handled:
            run_tasks()

    for sender in ("a@evil.example", "b@evil.example"):
        for number in range(2):
            send(sender, f"{number}")
        with pytest.raises(Full):
            send(sender, "2")
    with pytest.raises(Full):
        send("c@evil.example", "0")
    send("c@notevil.example", "0")
    send("owner@example.jp", "0")
    run_tasks()
    assert AsideMail.objects.count() == 5
    assert len(tickets(world)) == 1


def test_reports_without_a_sender_share_the_places_of_a_domain(world, place, monkeypatch):
    monkeypatch.setattr(room, "OF_SENDER", 1)
    monkeypatch.setattr(room, "OF_DOMAIN", 2)
    for number in range(2):
        comes(place, letter(text=f"{number}"), "")
    with pytest.raises(Full):
        store(place, "", bytes(letter(text="2")), "")
    comes(place, letter(sender="a@home.example"), "a@home.example")
    assert AsideMail.objects.count() == 3


def test_bytes_that_wait_are_bounded_for_strangers_first(world, place, monkeypatch):
    monkeypatch.setattr(room, "STRANGERS_BYTES", 5_000)
    comes(place, letter(text="x" * 6_000), "a@home.example")
    with pytest.raises(Full):
        store(place, "b@home.example", bytes(letter()), "")
    comes(place, letter())
    assert len(tickets(world)) == 1
    monkeypatch.setattr(room, "ALL_BYTES", 5_000)
    with pytest.raises(Full):
        store(place, "owner@example.jp", bytes(letter(text="2")), "")


def test_somebody_known_fills_no_desk_either(world, place, monkeypatch):
    monkeypatch.setattr(room, "A_DAY", 1)
    monkeypatch.setattr(room, "OF_KNOWN", 2)
    for number in range(3):
        comes(place, letter(text=f"{number}"))
    with pytest.raises(Full):
        store(place, "owner@example.jp", bytes(letter(text="3")), "")
    comes(place, letter(sender="staff@example.jp"), "staff@example.jp")
    monkeypatch.setattr(room, "KNOWN_BYTES", 1_000)
    comes(place, letter(text="x" * 2_000, sender="staff@example.jp"), "staff@example.jp")
    with pytest.raises(Full):
        store(place, "staff@example.jp", bytes(letter(text="4")), "")
    assert len(tickets(world)) == 2


@pytest.mark.parametrize("how", ["ended", "killed"])
def test_of_what_a_worker_died_of_telling_people_are_told_later(world, smtp, monkeypatch, how):
    asked(world)
    rows = Ticket.objects.of(world.company)

    def ends(*_):
        raise SystemExit

    with monkeypatch.context() as patched:
        patched.setattr(periodic, "mail_waiting", ends)
        with pytest.raises(SystemExit):
            periodic.tell_desks.func()
    assert rows.get().told_at is None
    if how == "killed":  # then nothing is written after the claim
        rows.update(telling_since=timezone.now())
        periodic.tell_desks.func()
        assert smtp.mails == []
        rows.update(telling_since=timezone.now() - timedelta(minutes=6))
    periodic.tell_desks.func()
    periodic.tell_desks.func()
    assert len(smtp.mails) == 1
    assert rows.get().told_at is not None


def test_who_was_told_before_a_worker_was_killed_is_not_told_again(world, smtp, monkeypatch):
    Helper.objects.create(user=world.buyer, organisation=world.chamber)
    asked(world)
    real, there = telling.mail_waiting, []

    def ends(desk, user, chosen):
        # What stands there now is all that a killed worker leaves: no finally is run.
        there.append((user, Ticket.objects.of(world.company).get().told_to))
        if len(there) == 2:
            raise SystemExit
        real(desk, user, chosen)

    with monkeypatch.context() as patched:
        patched.setattr(periodic, "mail_waiting", ends)
        with pytest.raises(SystemExit):
            periodic.tell_desks.func()
    assert there[1][1] == [str(there[0][0].pk)]
    periodic.tell_desks.func()
    assert sorted(smtp.to) == sorted([world.supporter.email, world.buyer.email])


def test_what_is_written_while_people_are_told_is_told_again(world, smtp, monkeypatch):
    ticket = asked(world)
    real = telling.mail_waiting

    def meanwhile(*told):
        real(*told)
        reopen(ticket)

    with monkeypatch.context() as patched:
        patched.setattr(periodic, "mail_waiting", meanwhile)
        periodic.tell_desks.func()
    periodic.tell_desks.func()
    assert len(smtp.mails) == 2


def test_of_a_handover_that_a_worker_died_of_they_are_told_later(world, smtp, monkeypatch):
    outside, ticket = helper_of(world, "外の専門家", world.stranger), asked(world)
    until = timezone.now() + timedelta(days=5)
    rows = Handover.objects.of(world.company)
    rows.create(
        company=world.company,
        ticket=ticket,
        to=outside,
        days=5,
        until=until,
        asked_by=world.supporter,
        news="agree",
    )

    def ends(*_):
        raise SystemExit

    for name in ("mail_outside", "mail_news"):
        with monkeypatch.context() as patched:
            patched.setattr(periodic, name, ends)
            with pytest.raises(SystemExit):
                periodic.tell_handovers.func()
        assert smtp.mails == [] or name == "mail_news"
        rows.update(telling_since=timezone.now() - timedelta(minutes=6))
    periodic.tell_handovers.func()
    periodic.tell_handovers.func()
    assert len(smtp.mails) == 2
    assert (rows.get().news, rows.get().told_at is None) == ("", False)


def test_what_people_of_companies_sent_takes_no_place_of_strangers(world, place, monkeypatch):
    monkeypatch.setattr(room, "OF_DOMAIN", 2)
    for number in range(3):
        store(place, "owner@example.jp", bytes(letter(text=f"{number}")), "")
    store(place, "unknown@example.jp", bytes(letter()), "")
    run_tasks()
    assert (len(tickets(world)), AsideMail.objects.count()) == (3, 1)
