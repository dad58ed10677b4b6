"""Waves: one device, a tenth, the rest; stopped by failures; nothing is run twice."""

import uuid
from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from tests.support.pressing import run_tasks
from tests.support.updates import (
    KIND,
    SCOPES,
    able,
    allowed,
    said,
    say_yes,
    supporter,
    wanted,
)
from tojimari.agent.task_report import FAILURES, Change
from tojimari.model import LANGS
from tojimari.portal.core.models import Notice
from tojimari.portal.devices.models import Device
from tojimari.portal.people.models import User
from tojimari.portal.supporters.models import Grant, Helper
from tojimari.portal.updates.models import DeviceTask, Proposal, Wave
from tojimari.portal.updates.notices import NAMED, UPDATE_RESTART, UPDATE_WAVE_STOPPED
from tojimari.portal.updates.periodic import mail_waves, tend_updates
from tojimari.portal.updates.proposals import BadProposal
from tojimari.portal.updates.results import restart_needed, take
from tojimari.portal.updates.task_keys import make_first
from tojimari.portal.updates.wave_mails import waiting
from tojimari.portal.updates.wave_proposals import start
from tojimari.portal.updates.wave_tasks import size_of, tasks_of_wave
from tojimari.portal.updates.waves import stop_wave
from tojimari.portal.words import catalog, say

pytestmark = pytest.mark.django_db

WHYS = ("over", "failures", "supporter")


@pytest.fixture
def key(settings, tmp_path):
    settings.TASK_KEY = tmp_path / "task-key"
    make_first()


def devices_of(company, n: int, **more) -> list[Device]:
    made = [
        Device.objects.of(company).create(
            company=company, kind="computer", name=f"機器{i}", public_key="00" * 32
        )
        for i in range(n)
    ]
    for one in made:
        able(one, **more)
    return made


@pytest.fixture
def many(world, key):
    """Twenty devices of the company, which lets the supporter propose."""
    allowed(world)
    return devices_of(world.company, 20)


def begin(world, devices, **more):
    values = {"form": uuid.uuid4(), "most_failed": 10, **more}
    ids = [one.pk for one in devices]
    return start(world.chamber, world.supporter, wanted(), ids, **values)


def approved(world, devices, **more) -> Wave:
    wave, left = begin(world, devices, **more)
    assert left == []
    for proposal in Proposal.objects.of(world.company).filter(wave=wave):
        say_yes(world.client("owner"), proposal)
    run_tasks()
    return wave


def under_way(wave) -> list[DeviceTask]:
    rows = tasks_of_wave(wave).filter(state__in=DeviceTask.UNDER_WAY)
    return list(rows.select_related("device__company").order_by("sequence"))


def answer(task: DeviceTask, state: str = "done", **more) -> None:
    assert take(task.device, said(task, state, **more))
    run_tasks()


def test_stages_are_one_a_tenth_and_the_rest():
    assert [size_of(stage, 5000) for stage in range(3)] == [1, 500, 5000]
    assert [size_of(stage, 3) for stage in range(3)] == [1, 1, 3]


def test_a_wave_goes_from_one_to_a_tenth_to_the_rest(world, many):
    wave = approved(world, many)
    let_go = []
    for _ in range(3):
        now = under_way(wave)
        let_go.append(len(now))
        for task in now:
            answer(task)
        wave.refresh_from_db()
    assert let_go == [1, 2, 17]
    assert wave.state == Wave.DONE
    assert tasks_of_wave(wave).filter(state=DeviceTask.DONE).count() == 20
    assert Proposal.objects.of(world.company).get().state == Proposal.ENDED


def test_the_second_stage_waits_for_the_first(world, many):
    wave = approved(world, many)
    (first,) = under_way(wave)
    tend_updates.func()
    run_tasks()
    assert len(under_way(wave)) == 1
    take(first.device, said(first, "running"))
    run_tasks()
    assert len(under_way(wave)) == 1


def test_one_failure_of_the_first_stops_all_and_the_owner_is_told(world, many):
    wave = approved(world, many)
    (first,) = under_way(wave)
    answer(first, "failed", reason="engine_failed")
    wave.refresh_from_db()
    assert (wave.state, wave.why) == (Wave.STOPPED, "failures")
    assert under_way(wave) == []
    assert tasks_of_wave(wave).filter(state=DeviceTask.STOPPED).count() == 19
    assert Notice.objects.of(world.company).filter(kind=UPDATE_WAVE_STOPPED).count() == 1


def told(world) -> list:
    """Return the mails about the wave to the supporter, as far as it is over."""
    about = {say(f"mail.wave_{why}_subject", lang, what="") for why in WHYS for lang in LANGS}
    to = [one for one in mail.outbox if one.to == [world.supporter.email]]
    return [one for one in to if any(start in one.subject for start in about)]


@pytest.mark.parametrize("why", WHYS)
def test_the_supporter_is_told_what_came_of_a_wave(world, many, why):
    wave = approved(world, many)
    assert told(world) == []
    if why == "supporter":
        stop_wave(wave, supporter(world))
        run_tasks()
    elif why == "failures":
        answer(under_way(wave)[0], "failed")
    else:
        while now := under_way(wave):
            for task in now:
                answer(task)
    mail_waves.func()
    run_tasks()
    (letter,) = told(world)
    for lang in LANGS:
        assert say(f"mail.wave_{why}_subject", lang, what="") in letter.subject
        assert say(f"wavewhy.{why}", lang) in letter.body
    assert f"/updates/{wave.pk}/" in letter.body
    wave.refresh_from_db()
    assert (wave.mailed_to, wave.claimed_at) == ([str(world.supporter.pk)], None)


def test_mail_that_no_server_takes_is_tried_again_and_nobody_has_it_twice(
    world, many, settings, monkeypatch
):
    wave = approved(world, many)
    monkeypatch.setattr("tojimari.portal.updates.wave_mails.send", _refusing)
    stop_wave(wave, supporter(world))
    run_tasks()
    assert told(world) == []
    assert waiting() == [str(wave.pk)]
    monkeypatch.undo()
    settings.MAIL_CONFIGURED = True
    for _ in range(2):
        mail_waves.func()
        run_tasks()
    assert len(told(world)) == 1


def _refusing(*_: object) -> bool:
    raise ConnectionRefusedError


def test_whoever_left_the_organisation_is_not_told(world, many):
    wave = approved(world, many)
    other = User.objects.create_user(email="other@chamber.example")
    Helper.objects.create(user=other, organisation=world.chamber)
    Helper.objects.filter(user=world.supporter).delete()
    stop_wave(wave, supporter(world))
    run_tasks()
    assert told(world) == []
    wave.refresh_from_db()
    assert wave.mailed_to == [str(other.pk)]


def test_of_failures_everybody_of_the_organisation_is_told(world, many):
    wave = approved(world, many)
    other = User.objects.create_user(email="other@chamber.example")
    Helper.objects.create(user=other, organisation=world.chamber)
    answer(under_way(wave)[0], "failed")
    wave.refresh_from_db()
    assert set(wave.mailed_to) == {str(world.supporter.pk), str(other.pk)}


def test_a_company_has_one_notice_of_all_devices_that_are_to_be_restarted(world, many):
    rows = Notice.objects.of(world.company).filter(kind=UPDATE_RESTART)
    for one in many[:5]:
        restart_needed(one, timezone.now())
    notice = rows.get()
    shown = world.client("owner").get(f"/c/{world.company.pk}/").content.decode()
    names = [one.name for one in many[:5]]
    assert sum(name in shown for name in names) == NAMED
    assert say("update.restart_more", "ja", n=2) in shown
    for one in many[:4]:
        restart_needed(one, None)
    assert rows.get().values["devices"] == [str(many[4].pk)]
    restart_needed(many[4], None)
    notice.refresh_from_db()
    assert notice.ended_at is not None
    assert notice.seen_at is not None


def test_too_many_failures_of_the_rest_stop_what_is_left(world, many):
    wave = approved(world, many)
    for _ in range(2):
        for task in under_way(wave):
            answer(task)
    failed = 0
    for task in under_way(wave):
        wave.refresh_from_db()
        if wave.state != Wave.RUNNING:
            break
        answer(task, "failed")
        failed += 1
    assert failed == 2  # 1 of 10 is a tenth, 2 are more
    assert tasks_of_wave(wave).filter(state=DeviceTask.STOPPED).count() == 15


def test_a_device_that_began_and_went_silent_failed(world, many):
    wave = approved(world, many)
    (first,) = under_way(wave)
    take(first.device, said(first, "running"))
    Proposal.objects.of(world.company).update(until=timezone.now() - timedelta(days=2))
    tend_updates.func()
    run_tasks()
    first.refresh_from_db()
    wave.refresh_from_db()
    assert (first.state, first.reason) == (DeviceTask.FAILED, "silent")
    assert wave.state == Wave.STOPPED
    answer(first)  # it was only late
    first.refresh_from_db()
    assert (first.state, first.reason) == (DeviceTask.DONE, "")


def test_another_takes_the_place_of_a_device_that_refuses(world, many):
    wave = approved(world, many)
    (first,) = under_way(wave)
    answer(first, "refused", reason="no_engine")
    (second,) = under_way(wave)
    assert second.device_id != first.device_id


def test_only_devices_whose_owner_said_yes_take_part(world, many):
    allowed(world)
    Grant.objects.of(world.foreign).create(
        company=world.foreign, organisation=world.chamber, scopes=SCOPES
    )
    others = devices_of(world.foreign, 5)
    wave, _ = begin(world, [*many[:3], *others])
    assert Proposal.objects.of(world.foreign).get().state == Proposal.PROPOSED
    say_yes(world.client("owner"), Proposal.objects.of(world.company).get())
    run_tasks()
    for _ in range(3):
        for task in under_way(wave):
            answer(task)
    done = tasks_of_wave(wave).filter(state=DeviceTask.DONE)
    assert set(done.values_list("company", flat=True)) == {world.company.pk}
    assert done.count() == 3


def test_the_same_form_twice_is_one_wave_and_nothing_is_proposed_twice(world, many):
    form = uuid.uuid4()
    first, _ = begin(world, many, form=form)
    again, _ = begin(world, many, form=form)
    assert first == again
    assert Wave.objects.count() == Proposal.objects.of(world.company).count() == 1
    # A new form for the same: every device has it before it already.
    _, left = begin(world, many)
    assert [one.company for one in left] == [world.company]
    assert Proposal.objects.of(world.company).count() == 1


def test_a_device_of_a_company_that_did_not_allow_it_is_in_no_wave(world, many):
    others = devices_of(world.foreign, 1)
    with pytest.raises(BadProposal):
        begin(world, [many[0], *others])
    assert not Wave.objects.exists()


def test_a_supporter_stops_its_wave(world, many):
    wave = approved(world, many)
    assert stop_wave(wave, supporter(world))
    assert under_way(wave) == []
    assert not stop_wave(wave, supporter(world))


def test_the_figures_of_a_wave_add_up(world, many):
    wave = approved(world, many)
    answer(under_way(wave)[0])
    kept, _ = under_way(wave)
    answer(kept, "failed", reason="held_back")
    page = f"/s/{world.chamber.pk}/updates/"
    figures = {"n": 20, "done": 1, "failed": 0, "other": 1, "under_way": 1, "waiting": 17}
    line = say("wave.line", "ja", not_done=0, **figures)
    for address in (page, f"{page}{wave.pk}/"):
        assert line in world.client("supporter").get(address).content.decode()


def test_the_pages_of_a_wave(world, many):
    client = world.client("supporter")
    base = f"/s/{world.chamber.pk}/updates/"
    page = client.get(f"{base}new/?kind={KIND}")
    assert page.status_code == 200
    until = timezone.localtime(timezone.now() + timedelta(hours=3))
    sent = {
        "form": str(uuid.uuid4()),
        "kind": KIND,
        "devices": [str(one.pk) for one in many],
        "until": f"{until:%Y-%m-%dT%H:%M}",
        "most_failed": "10",
    }
    made = client.post(f"{base}new/", sent)
    assert made.status_code == 302
    assert client.get(base).status_code == client.get(made["Location"]).status_code == 200
    many[0].name = "=cmd()"
    many[0].save()
    table = client.get(f"{made['Location']}wave.csv").content.decode()
    assert len(table.strip().splitlines()) == 21
    assert "'=cmd()" in table
    assert client.post(f"{made['Location']}stop/").status_code == 302
    # The bank has no such pages, and the company is not shown once it took its leave back.
    assert world.client("buyer").get(f"/s/{world.bank.pk}/updates/").status_code == 404
    Grant.objects.of(world.company).update(withdrawn_at=timezone.now())
    assert "機器1" not in client.get(made["Location"]).content.decode()


def test_what_a_device_says_is_taken_for_its_own_task_only_and_never_backwards(world, many):
    wave = approved(world, many)
    (task,) = under_way(wave)
    other = many[0] if many[0].pk != task.device_id else many[1]
    foreign = devices_of(world.foreign, 1)[0]
    for device in (other, foreign):
        assert not take(device, said(task, "done"))
    waiting = tasks_of_wave(wave).filter(state=DeviceTask.APPROVED).first()
    assert not take(waiting.device, said(waiting, "done"))  # never signed, so never handed out
    assert not take(task.device, said(task, "done", task=uuid.uuid4()))
    assert take(task.device, said(task, "running"))
    assert not take(task.device, said(task, "received"))
    huge = [Change("x" * 10_000, "\x1b[2J", "y")] * 5000
    words = {"reason": "no such word!", "notes": ["held", "<b>" * 50] * 100}
    assert take(task.device, said(task, "done", changes=huge, kept=["\x00" * 999], **words))
    task.refresh_from_db()
    assert len(task.changes) <= 2000
    assert all(len(part) <= 200 and "\x1b" not in part for part in task.changes[0])
    assert task.reason == ""
    assert set(task.notes) == {"held"}
    assert not take(task.device, said(task, "failed"))


def test_boxes_are_changed_in_waves_from_their_own_page(world, key):
    """One box, a tenth, the rest: five hundred would be one, fifty, the rest."""
    assert [size_of(stage, 500) for stage in range(3)] == [1, 50, 500]
    allowed(world)
    boxes = devices_of(world.company, 12, kinds=("box_block", "box_allow"))
    supporter_ = world.client("supporter")
    page = f"/s/{world.chamber.pk}/updates/new/?kind=box_block"
    form = {
        "kind": "box_block",
        "devices": [str(one.pk) for one in boxes],
        "until": (timezone.now() + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"),
        "form": str(uuid.uuid4()),
        "most_failed": "10",
    }
    assert catalog().task_kinds["box_block"].parameters["name"].title.ja in (
        supporter_.get(page).content.decode()
    )
    for bad in ("", "harmful", "a b.example", "-o.example", "harmful.example/x"):
        answer = supporter_.post(page, {**form, "package": bad})
        assert answer.status_code == 400
        assert say("update.bad_kind") in answer.content.decode()
    assert supporter_.post(page, {**form, "package": "harmful.example"}).status_code == 302
    wave = Wave.objects.get(kind="box_block")
    assert wave.parameters == {"name": "harmful.example"}
    say_yes(world.client("owner"), Proposal.objects.of(world.company).get(wave=wave))
    first = tasks_of_wave(wave).get(stage=0)
    take(first.device, said(first, "failed", reason="box_taken_back"))
    run_tasks()
    wave.refresh_from_db()
    assert (wave.state, wave.why) == (Wave.STOPPED, "failures")
    shown = supporter_.get(f"/s/{world.chamber.pk}/updates/{wave.pk}/").content.decode()
    assert "harmful.example" in shown
    assert FAILURES["box_taken_back"].ja in shown
