"""Isolating a device: who may, after what, how it stands, and that the device's own word is shown."""

from datetime import timedelta

import msgspec
import pytest
from django.core import mail
from django.utils import timezone

from tests.support.agents import post, signed
from tests.support.heard_days import day, hear, matter
from tests.support.pressing import run_tasks
from tests.support.updates import (
    able,
    key,
    proposed,
    said,
    say_yes,
    sign_in_anew,
    supporter,
    wanted,
)
from tojimari.agent.task_report import ActorReport
from tojimari.agent.tasks import Trust, read_task
from tojimari.portal.supporters.models import Grant
from tojimari.portal.updates.delivery import errand_of
from tojimari.portal.updates.models import Actuator, DeviceTask, SecondPerson
from tojimari.portal.updates.periodic import tend_updates
from tojimari.portal.updates.proposals import BadProposal, propose
from tojimari.portal.updates.results import take
from tojimari.portal.updates.task_keys import make_first
from tojimari.portal.words import catalog

pytestmark = pytest.mark.django_db
KINDS = ("package", "isolate", "release")
SCOPES = ("findings:read", "devices:isolate")


@pytest.fixture
def pc(world, machine, settings, tmp_path):
    settings.TASK_KEY = tmp_path / "task-key"
    make_first()
    able(machine.device, KINDS)
    machine.device.name = "レジ横"
    machine.device.save()
    return machine


def page_of(world, pc) -> str:
    return f"/c/{world.company.pk}/devices/{pc.device.pk}/isolation/"


def granted_page(world, pc="") -> str:
    last = f"{pc.device.pk}/" if pc else ""
    return f"/s/{world.chamber.pk}/c/{world.company.pk}/isolation/{last}"


def press(client, page, **sent):
    """Sign in anew and press the button; the worker does what it asks for."""
    sign_in_anew(client)
    answer = client.post(page, sent or {"hours": "24"})
    run_tasks()
    return answer


def handed(pc):
    """Return the tasks the device takes along, verified as the device verifies them; and the ids of
    those it must not do any more."""
    found = errand_of(pc.device)
    trust = Trust(key().public, pc.device.pk, KINDS)
    kinds, now = catalog().task_kinds, timezone.now()
    return [read_task(one, trust, kinds, now=now) for one in found.tasks], found.stopped


def tasks(world):
    return DeviceTask.objects.of(world.company).order_by("proposal__made_at")


def tell_isolated(client, pc, until) -> None:
    """The device says until when it is isolated."""
    report = ActorReport("tojimari.actor/1", pc.device.pk, list(KINDS), "", isolated_until=until)
    assert post(client, signed(pc, msgspec.json.encode(report)), "actor").status_code == 200


def text(client, page) -> str:
    answer = client.get(page, headers={"accept-language": "en"})
    assert answer.status_code == 200
    return answer.content.decode()


def test_an_owner_isolates_a_pc_and_lets_it_in_again(world, pc, client):
    owner, page = world.client("owner"), page_of(world, pc)
    assert "Not isolated" in text(owner, page)
    assert owner.post(page, {"hours": "24"}).url.startswith("/sign-in-anew/")  # not without it
    assert not tasks(world).exists()
    assert press(owner, page).url == page
    ((task,), _) = handed(pc)
    assert (task.kind, task.parameters, task.dry_run) == ("isolate", {"hours": "24"}, False)
    assert task.approved_by == str(world.owner)
    assert timedelta(hours=23) < task.expires - timezone.now() <= timedelta(hours=24)
    assert "waits for the device to ask" in text(owner, page)
    until = timezone.now() + timedelta(hours=24)
    tell_isolated(client, pc, until)
    take(pc.device, said(tasks(world).get(), "done"))
    shown = text(owner, page)
    assert "Isolated until" in shown
    assert "As the device said on" in shown
    assert "Isolated until" in text(owner, f"/c/{world.company.pk}/devices/")
    press(owner, page, release="yes")
    assert [one.kind for one in handed(pc)[0]] == ["release"]
    tell_isolated(client, pc, None)
    assert "Not isolated" in text(owner, page)


def test_what_the_device_said_last_is_not_believed_beyond_its_time(world, pc, client):
    tell_isolated(client, pc, timezone.now() - timedelta(minutes=1))
    assert "the device has not said so yet" in text(world.client("owner"), page_of(world, pc))


@pytest.mark.parametrize(
    "until", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "2026-01-01T00:00:00"]
)
def test_a_moment_that_none_can_mean_is_refused_or_bounded(world, pc, client, until):
    report = {
        "schema": "tojimari.actor/1",
        "device": str(pc.device.pk),
        "kinds": list(KINDS),
        "key": "",
        "isolated_until": until,
    }
    answer = post(client, signed(pc, msgspec.json.encode(report)), "actor")
    assert answer.status_code == (200 if until[-6] in "+-" else 400)
    kept = Actuator.objects.of(world.company).get(device=pc.device).isolated_until
    assert kept is None or kept <= timezone.now() + timedelta(hours=72)
    assert text(world.client("owner"), page_of(world, pc))


def test_the_newest_word_counts_where_the_device_was_not_there_in_between(world, pc):
    owner, page = world.client("owner"), page_of(world, pc)
    press(owner, page, hours="72")
    first = handed(pc)[0][0]
    press(owner, page, release="yes")
    left, stopped = handed(pc)
    assert ([one.kind for one in left], stopped) == (["release"], (first.task,))
    press(owner, page, hours="1")
    assert [one.kind for one in handed(pc)[0]] == ["isolate"]


def test_it_is_not_behind_what_waits_for_its_time_at_the_device(world, pc, monkeypatch):
    monkeypatch.setattr("tojimari.portal.updates.delivery.HANDED_AT_ONCE", 2)
    names = ("bash", "curl", "nano")
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(scopes=["updates:propose"])
    for name in names:
        made = proposed(world, pc, kind="package", parameters={"name": name})
        say_yes(world.client("owner"), made)
    assert [one.parameters["name"] for one in handed(pc)[0]] == list(names[:2])
    assert tasks(world).filter(handed_at=None).count() == 1  # what was left out was not handed out
    press(world.client("owner"), page_of(world, pc))
    first, second = handed(pc)[0], handed(pc)[0]
    assert [one.kind for one in first] == [one.kind for one in second] == ["package", "isolate"]
    # Nor does it hold up the others: what was left out had its turn, then the first ones again.
    assert [one[0].parameters["name"] for one in (first, second)] == ["nano", "bash"]
    assert not tasks(world).filter(handed_at=None).exists()


def test_of_more_than_are_handed_out_at_once_each_has_its_turn(world, pc, monkeypatch):
    monkeypatch.setattr("tojimari.portal.updates.delivery.HANDED_AT_ONCE", 2)
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(scopes=["updates:propose"])
    made = [
        proposed(world, pc, kind="package", parameters={"name": name})
        for name in ("bash", "curl", "nano", "wget", "less")
    ]
    run_tasks()
    # Two cannot say what would change: answered, they are not asked again and take no place.
    for one in tasks(world).filter(proposal__in=made[:2]):
        take(pc.device, said(one, "failed", task=one.dry_run))
    for one in made[2:]:
        say_yes(world.client("owner"), one)
    # They wait for their time at the device, which says so: none is behind them for ever.
    named = []
    for _ in range(3):
        named.append([one.parameters["name"] for one in handed(pc)[0]])
        for one in tasks(world).filter(state=DeviceTask.HANDED):
            take(pc.device, said(one, "waiting", reason="not_yet"))
    assert named == [["nano", "wget"], ["nano", "less"], ["wget", "less"]]


def test_a_supporter_needs_leave_and_a_fresh_sign_in_and_the_owner_is_told(world, pc):
    helper = world.client("supporter")
    assert helper.get(granted_page(world, pc)).status_code == 404
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(scopes=SCOPES)
    assert "レジ横" in text(helper, granted_page(world))
    assert helper.post(granted_page(world, pc), {"hours": "4"}).url.startswith("/sign-in-anew/")
    assert press(helper, granted_page(world, pc), hours="4").status_code == 302
    ((task,), _) = handed(pc)
    assert (task.kind, task.approved_by) == ("isolate", str(world.supporter))
    told = [one for one in mail.outbox if world.owner.email in one.to]
    assert len(told) == 1
    assert "4" in told[0].body
    assert f"/devices/{pc.device.pk}/isolation/" in told[0].body
    tend_updates.call()
    assert handed(pc)[0]
    # Leave that was taken back takes the task back that was not begun.
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(scopes=[])
    assert handed(pc) == ([], (task.task,))
    assert helper.get(granted_page(world, pc)).status_code == 404


def test_it_is_no_proposal_no_policy_no_wave_and_needs_no_second_person(world, pc):
    SecondPerson.objects.of(world.company).create(company=world.company, user=world.staff)
    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(
        scopes=("updates:propose", "devices:isolate")
    )
    with pytest.raises(BadProposal):
        propose(
            world.company,
            wanted("isolate", parameters={"hours": "1"}),
            [pc.device.pk],
            supporter(world),
        )
    start = text(world.client("owner"), f"/c/{world.company.pk}/updates/new/")
    assert "isolate" not in start
    press(world.client("owner"), page_of(world, pc))
    assert [one.kind for one in handed(pc)[0]] == ["isolate"]


def test_staff_see_how_it_stands_and_decide_nothing(world, pc):
    staff, page = world.client("staff"), page_of(world, pc)
    assert "An owner decides" in text(staff, page)
    sign_in_anew(staff)
    assert staff.post(page, {"hours": "24"}).status_code == 404
    assert not tasks(world).exists()


@pytest.mark.parametrize("sent", [{}, {"hours": "73"}, {"hours": "1; x"}, {"release": "no"}])
def test_what_is_no_press_of_the_button_changes_nothing(world, pc, sent):
    owner = world.client("owner")
    sign_in_anew(owner)
    assert owner.post(page_of(world, pc), {"x": "y", **sent}).status_code == 400
    assert not tasks(world).exists()


def test_a_device_that_does_not_allow_it_is_told_how_and_not_asked(world, pc):
    Actuator.objects.of(world.company).update(kinds=["package"])
    owner, page = world.client("owner"), page_of(world, pc)
    assert "agent allow --kind isolate" in text(owner, page)
    assert "sudo tojimari agent release" in text(owner, page)
    assert press(owner, page).status_code == 409
    assert not tasks(world).exists()


def test_where_a_pc_is_to_be_cut_off_at_once_the_way_there_stands_beside(world, pc, client):
    hear(client, pc, day(matter("renaming"), matter("signatures_old")))
    page = f"/c/{world.company.pk}/watch/"
    shown = text(world.client("owner"), page)
    assert shown.count(page_of(world, pc)) == 1  # beside what is urgent alone
    Actuator.objects.of(world.company).update(kinds=["package"])
    assert page_of(world, pc) not in text(world.client("owner"), page)
