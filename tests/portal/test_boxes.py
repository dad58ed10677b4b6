"""Gateway boxes on the portal: what they report, who sees it, which are lent until when."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tests.support.agents import post, refused, report, signed
from tojimari.agent.wire import ReportedFact
from tojimari.model.facts import plain_fact
from tojimari.model.facts.box import BoxEngine, NetworkBox
from tojimari.portal.companies.models import Observation
from tojimari.portal.devices.models import Device
from tojimari.portal.sensors.boxes import shown_box
from tojimari.portal.sensors.models import GatewayBox, HeardDay
from tojimari.portal.supporters.models import LentBox
from tojimari.portal.words import catalog, say


def state(**changed) -> NetworkBox:
    now = datetime.now(UTC).replace(microsecond=0)
    fine = NetworkBox(
        3, now, True, False, 0, (BoxEngine("dns", True, ("unbound 1.22",)),),
        now, True, True, False, True, True, 1, True,
    )  # fmt: skip
    return msgspec.structs.replace(fine, **changed)


def send(client, machine, *facts):
    return post(client, signed(machine, report(machine, *facts)))


def said_by(name="shop-box", **changed):
    return ReportedFact(NetworkBox.KIND, 1, plain_fact(state(**changed)), line=name)


def page(world, who="supporter", organisation=None, lang="en"):
    client = world.client(who)
    client.cookies["django_language"] = lang
    return client.get(f"/s/{(organisation or world.chamber).pk}/boxes/")


def box_says(key, **values):
    return catalog().ui(f"box.{key}").say("en", **values)


def test_a_box_is_listed_as_it_says_and_again_when_it_changes(client, world, machine):
    assert say("boxes.none", "en")[:30] in page(world).content.decode()
    assert send(client, machine, said_by()).status_code == 200
    text = page(world).content.decode()
    for words in (
        "shop-box",
        say("boxes.fine", "en"),
        "unbound (unbound 1.22)",
        box_says("filtering_on"),
    ):
        assert words in text
    assert send(client, machine, said_by(filtering=False)).status_code == 200
    text = page(world).content.decode()
    assert say("boxes.bad", "en") in text
    assert box_says("filtering_off").split("`")[0] in text
    assert GatewayBox.objects.of(world.company).count() == 1


@pytest.mark.parametrize(
    ("changed", "level"),
    [
        ({}, "fine"),
        ({"proven": False}, "unknown"),
        ({"filtering": None}, "unknown"),
        ({"line_at": None}, "unknown"),
        ({"line_at": datetime(2026, 1, 1, tzinfo=UTC)}, "unknown"),
        ({"engines": (BoxEngine("dns", None, ()),)}, "unknown"),
        ({"engines": (BoxEngine("dns", False, ()),)}, "bad"),
        ({"ipv4": False}, "bad"),
        ({"changing": True}, "bad"),
        ({"changed_by_hand": 1}, "bad"),
        ({"names_filtered": False}, "bad"),
    ],
)
def test_unknown_is_never_fine(changed, level):
    now = timezone.now()
    row = GatewayBox(name="x", reported_at=now, state=plain_fact(state(**changed)))
    assert shown_box(row, now, "ja").level == level
    later = shown_box(row, now + timedelta(days=4), "ja")
    assert later.level == "unknown"
    assert shown_box(GatewayBox(reported_at=now, state={"x": 1}), now, "ja").level == "unknown"


def test_one_in_trouble_is_first_and_counted_where_not_all_fit(world, machine, monkeypatch):
    monkeypatch.setattr("tojimari.portal.supporters.boxes.ROWS_A_PAGE", 1)
    for name, filtering in (("a-box", True), ("z-box", False)):
        device = Device.objects.of(world.company).create(company=world.company, name=name)
        GatewayBox.objects.of(world.company).create(
            device=device,
            company=world.company,
            name=name,
            reported_at=timezone.now(),
            state=plain_fact(state(filtering=filtering)),
        )
    text = page(world).content.decode()
    assert "z-box" in text
    assert "a-box" not in text
    assert say("boxes.counts", "en", n=2, bad=1, unknown=0) in text
    assert say("boxes.version_line", "en", version="unbound 1.22", n=2) in text
    later = world.client("supporter").get(f"/s/{world.chamber.pk}/boxes/?page=2").content.decode()
    assert "a-box" in later
    assert "z-box" not in later
    fine = world.client("supporter").get(f"/s/{world.chamber.pk}/boxes/?only=fine").content.decode()
    assert "a-box" in fine
    assert "z-box" not in fine
    for odd in ("?only=x&page=99", "?page=x&lent=x"):
        assert (
            world.client("supporter").get(f"/s/{world.chamber.pk}/boxes/{odd}").status_code == 200
        )


def test_five_hundred_boxes_are_a_page_of_fifty_and_as_many_questions_as_five(world):
    """A chamber looks after five hundred: what it costs does not grow with them, but for the reading."""

    def questions():
        with CaptureQueriesContext(connection) as asked:
            answer = page(world)
        assert answer.status_code == 200
        return len(asked), answer

    few(world, 5)
    page(world)  # what the first request of a session writes
    n, _ = questions()
    few(world, 495)
    many, answer = questions()
    assert many == n
    assert answer.content.decode().count('<div class="card">') == 50
    assert len(answer.content) < 200_000
    assert LentBox.objects.of(world.company).count() == 500


def few(world, n):
    """Keep boxes of the company and that they are lent, without their reports."""
    now, kept = timezone.now(), plain_fact(state())
    devices = Device.objects.of(world.company).bulk_create(
        Device(company=world.company, name=f"box {number}") for number in range(n)
    )
    GatewayBox.objects.of(world.company).bulk_create(
        GatewayBox(device=one, company=world.company, name=one.name, reported_at=now, state=kept)
        for one in devices
    )
    LentBox.objects.of(world.company).bulk_create(
        LentBox(
            company=world.company, organisation=world.chamber, label=one.name, out_on=now.date()
        )
        for one in devices
    )


def test_the_operator_sees_how_many_and_whose_none(client, world, machine):
    operator = world.client("operator")
    assert say("operator.no_boxes", "ja") in operator.get("/operator/").content.decode()
    send(client, machine, said_by(filtering=False))
    other = Device.objects.of(world.foreign).create(company=world.foreign, name="x")
    old = timezone.now() - timedelta(days=4)
    GatewayBox.objects.of(world.foreign).create(
        device=other,
        company=world.foreign,
        name="foreign-box",
        reported_at=old,
        state=plain_fact(state()),
    )
    text = operator.get("/operator/").content.decode()
    assert say("operator.boxes_counts", "ja", n=2, fine=0, bad=1, unknown=1, silent=1) in text
    assert say("boxes.version_line", "ja", version="unbound 1.22", n=2) in text
    for name in ("shop-box", "foreign-box", world.company.name, world.foreign.name):
        assert name not in text


def test_a_box_that_is_not_heard_from_is_said_to_be_so(client, world, machine):
    send(client, machine, said_by())
    GatewayBox.objects.of(world.company).update(reported_at=timezone.now() - timedelta(days=4))
    text = page(world).content.decode()
    assert say("ownboxes.silent", "en") in text
    assert f"<strong>{say('boxes.fine', 'en')}" not in text


def test_only_who_may_see_devices_sees_boxes(client, world, machine):
    send(client, machine, said_by())
    assert page(world, "stranger").status_code == 404
    assert page(world, "owner").status_code == 404
    world.company.grants.filter(pk=world.grant.pk).update(scopes=("findings:read",))
    assert "shop-box" not in page(world).content.decode()


def test_a_removed_box_leaves_nothing(client, world, machine):
    send(client, machine, said_by())
    assert Observation.objects.of(world.company).filter(kind=NetworkBox.KIND).exists()
    world.client("owner").post(f"/c/{world.company.pk}/devices/{machine.device.pk}/remove/")
    assert not GatewayBox.objects.of(world.company).exists()
    assert not Observation.objects.of(world.company).filter(kind=NetworkBox.KIND).exists()


def test_a_hostile_box_stays_within_bounds(client, world, machine):
    far = datetime(9000, 1, 1, tzinfo=UTC)
    engines = tuple(BoxEngine("<b>\x1b" + "x" * 500, True, ("v" * 90,) * 20) for _ in range(40))
    fact = said_by(generation=10**15, generation_at=far, line_at=far, engines=engines)
    assert send(client, machine, fact).status_code == 200
    row = GatewayBox.objects.of(world.company).get()
    assert len(str(row.state)) < 20_000
    assert "<b>x" not in page(world).content.decode()
    assert page(world).status_code == 200
    about_a_device = ReportedFact(NetworkBox.KIND, 1, plain_fact(state()))
    refused(send(client, machine, about_a_device), 400, "malformed")


def lend(world, who="supporter", **typed):
    address = f"/s/{world.chamber.pk}/boxes/lend/"
    values = {"company": str(world.company.pk), "label": "B-7", "out_on": "2026-12-01", **typed}
    return world.client(who).post(address, values)


def test_a_box_is_lent_overdue_and_given_back(world):
    assert lend(world, due_on="2020-01-01").status_code == 400
    assert lend(world, due_on="2026-12-31").status_code == 302
    row = LentBox.objects.of(world.company).get()
    LentBox.objects.of(world.company).update(out_on="2020-01-01", due_on="2020-02-01")
    text = page(world).content.decode()
    assert "B-7" in text
    assert say("boxes.overdue", "en") in text
    back = f"/s/{world.chamber.pk}/boxes/{row.pk}/back/"
    assert world.client("stranger").post(back).status_code == 404
    for _ in range(2):
        assert world.client("supporter").post(back).status_code == 302
    row.refresh_from_db()
    assert row.back_on == timezone.localdate()
    assert say("boxes.none_lent", "en") in page(world).content.decode()


@pytest.mark.parametrize(
    "typed", [{"label": " "}, {"company": "x"}, {"out_on": "tomorrow"}, {"out_on": ""}]
)
def test_a_loan_that_cannot_be_is_one_sentence(world, typed):
    answer = lend(world, **typed)
    assert answer.status_code == 400
    assert not LentBox.objects.of(world.company).exists()


def test_no_box_is_lent_to_a_company_that_grants_nothing(world):
    assert lend(world, company=str(world.foreign.pk)).status_code == 404
    assert lend(world, "stranger").status_code == 404


def own_page(world, who="owner", lang="en"):
    client = world.client(who)
    client.cookies["django_language"] = lang
    return client.get(f"/c/{world.company.pk}/boxes/")


@pytest.mark.parametrize(
    ("changed", "key", "keeps_out"),
    [
        ({}, "on", True),
        ({"filtering": False}, "bad", False),
        ({"filtering": None}, "unknown", False),
    ],
)
def test_an_owner_sees_whether_the_own_box_works_and_what_it_keeps_out(
    client, world, machine, changed, key, keeps_out
):
    send(client, machine, said_by(**changed))
    text = own_page(world).content.decode()
    assert f"<strong>{say(f'ownboxes.{key}', 'en')}</strong>" in text
    assert (say("ownboxes.outside", "en") in text) == keeps_out
    assert say("ownboxes.updates", "en") in text


def test_a_box_that_is_silent_keeps_nothing_out_as_far_as_is_known(client, world, machine):
    send(client, machine, said_by())
    old = timezone.now() - timedelta(days=4)
    GatewayBox.objects.of(world.company).update(reported_at=old)
    text = own_page(world).content.decode()
    assert say("ownboxes.silent", "en") in text
    assert say("ownboxes.outside", "en") not in text


def test_the_last_day_on_a_boxs_line_is_said(client, world, machine):
    send(client, machine, said_by())
    for name, knocks in (("shop-box", 412), ("other", 7)):
        HeardDay.objects.of(world.company).create(
            company=world.company,
            device=machine.device,
            subject_kind=HeardDay.LINE,
            subject_id=name,
            day=timezone.localdate(),
            heard_until=timezone.now(),
            signals={"knock": [knocks, knocks]},
        )
    text = own_page(world).content.decode()
    assert "412" in text
    assert say("ownboxes.day", "en", day=f"{timezone.localdate():%Y-%m-%d}") in text


def test_a_borrower_sees_when_a_box_goes_back(world):
    today = timezone.localdate()
    assert say("ownboxes.none_lent", "en") in own_page(world).content.decode()
    for label, due, said in (
        ("B-1", today + timedelta(days=3), say("ownboxes.due_in", "en", n=3)),
        ("B-2", today, say("ownboxes.due_today", "en")),
        ("B-3", today - timedelta(days=2), say("ownboxes.overdue", "en", n=2)),
        ("B-4", None, say("ownboxes.no_day", "en")),
    ):
        LentBox.objects.of(world.company).create(
            organisation=world.chamber,
            company=world.company,
            label=label,
            out_on=today - timedelta(days=30),
            due_on=due,
        )
        text = own_page(world).content.decode()
        assert label in text
        assert said in text
        assert str(world.chamber) in text
    LentBox.objects.of(world.company).update(back_on=today)
    text = own_page(world).content.decode()
    assert say("ownboxes.none_lent", "en") in text
    assert say("boxes.given_back", "en", n=4) in text


def test_the_own_page_is_the_companys_own(world):
    assert own_page(world, "staff").status_code == 200
    assert own_page(world, "stranger").status_code == 404
    assert own_page(world, "supporter").status_code == 404
