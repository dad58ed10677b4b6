"""A device whose disk is put back, and a portal that is restored: nothing twice, and it goes on."""

import shutil
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from tests.support.pressing import run_tasks
from tests.support.tasks import Bench, Giver
from tests.support.updates import allowed, proposed, say_yes, task_of
from tojimari.agent.actor.engine import Outcome, Plan
from tojimari.agent.task_report import Change, TaskReport
from tojimari.agent.taskbox import TaskBox
from tojimari.agent.wire import Taken
from tojimari.portal.updates.delivery import errand_of
from tojimari.portal.updates.models import Actuator, DeviceTask
from tojimari.portal.updates.put_back import stop_what_was_agreed
from tojimari.portal.updates.results import take
from tojimari.portal.updates.task_keys import make_first, public_key
from tojimari.portal.words import say

pytestmark = pytest.mark.django_db


class Engine:
    """Stands for apt: what is tried is whether it is asked twice."""

    fetches, runs = False, 0

    def present(self):
        return True

    def busy(self):
        return False

    def plan(self, kind, parameters):
        return Plan((Change("bash", "5.2-1", "5.2-2"),))

    def run(self, kind, parameters, plan):
        self.runs += 1
        return Outcome("done", changes=plan.changes)

    def recover(self, kind, targets):
        return Outcome("interrupted", "was_cut_off")


class Side:
    """The device: its actor and its looker's box, which speak with the portal's own functions."""

    def __init__(self, tmp_path, machine):
        giver = Giver()
        giver.device = machine.device.pk
        self.machine, self.engine = machine, Engine()
        self.bench = Bench(tmp_path, giver, self.engine)
        self.bench.pinned(key=public_key())
        self.now(-timedelta(days=1))
        self.bench.starts_anew()
        home = type("Home", (), {"folder": tmp_path, "identity": lambda _: machine})()
        self.box = TaskBox(home, self.bench.store.folder)

    def now(self, later):
        """Stand ``later`` than the portal, whose clock is not moved."""
        self.bench.now = timezone.now() + later

    def asks(self, later=timedelta(0)):
        """Ask the portal, and let the actor work on what came, by a clock that stands ``later``."""
        errand = errand_of(self.machine.device)
        self.box.take(Taken(0, False, 0, False, timezone.now(), tasks=list(errand.tasks)))
        self.now(later)
        self.bench.turn()

    def tells(self):
        for result in self.box.results():
            take(self.machine.device, result.report)
            self.box.told(result)
        run_tasks()

    def image(self, place):
        shutil.copytree(self.bench.store.folder, place / "image")
        return place / "image"


@pytest.fixture
def side(world, machine, settings, tmp_path):
    settings.TASK_KEY = tmp_path / "task-key"
    make_first()
    allowed(world, machine)
    return Side(tmp_path, machine)


def agreed(world, machine):
    made = proposed(world, machine)
    say_yes(world.client("owner"), made)
    return made


def test_a_task_signed_while_the_device_was_off_is_signed_anew_and_done_once(
    world, machine, side, monkeypatch
):
    side.asks(-timedelta(hours=2))
    with monkeypatch.context() as earlier:
        an_hour_ago = timezone.now().timestamp() - 3600
        earlier.setattr("tojimari.portal.updates.signing.time.time", lambda: an_hour_ago)
        made = agreed(world, machine)
    side.now(-timedelta(seconds=30))
    side.bench.starts_anew()
    side.asks()
    assert (side.engine.runs, task_of(made).state) == (0, DeviceTask.HANDED)
    side.tells()
    assert task_of(made).state == DeviceTask.SIGNED
    for _ in range(3):
        side.asks()
        side.tells()
    assert (side.engine.runs, task_of(made).state) == (1, DeviceTask.DONE)


def test_a_disk_put_back_after_the_task_was_done_and_before_it_was_told(
    world, machine, side, tmp_path
):
    side.asks()
    image = side.image(tmp_path)
    made = agreed(world, machine)
    side.asks()
    assert side.engine.runs == 1
    # The disk is put back with the looker's notes: nothing of it was told.
    side.now(timedelta(0))
    side.bench.starts_anew(image)
    (tmp_path / "tasks-sent.json").unlink()
    for _ in range(3):
        side.asks()
        side.tells()
    row = task_of(made)
    assert (side.engine.runs, row.state, row.reason) == (1, DeviceTask.REFUSED, "notes_went_back")
    again = agreed(world, machine)  # a person looked and says yes once more
    side.asks()
    side.tells()
    assert (side.engine.runs, task_of(again).state) == (2, DeviceTask.DONE)


@pytest.mark.parametrize("forgets", ["the result", "the signature"])
def test_a_restored_portal_hears_again_what_was_done(world, machine, side, forgets):
    made = agreed(world, machine)
    rows = DeviceTask.objects.of(world.company).filter(proposal=made)
    before = rows.values().get()
    side.asks()
    side.tells()
    assert (side.engine.runs, task_of(made).state) == (1, DeviceTask.DONE)
    # As the backup had it: the task was signed, or not even that; the last number is an older one.
    if forgets == "the signature":
        before |= {"state": DeviceTask.APPROVED, "sequence": None, "sealed": b""}
    rows.update(**before)
    made.state, made.ended_at = "approved", None
    made.save()
    Actuator.objects.of(world.company).update(sequence=1)
    from tojimari.portal.updates.signing import sign_tasks

    sign_tasks.enqueue(str(world.company.pk))
    run_tasks()
    for _ in range(3):
        side.asks()
        side.tells()
    assert (side.engine.runs, task_of(made).state) == (1, DeviceTask.DONE)
    assert task_of(made).changes == [["bash", "5.2-1", "5.2-2"]]


def test_owners_are_told_what_stopped_after_a_backup_was_restored(world, machine, side):
    made = agreed(world, machine)
    stop_what_was_agreed()
    assert task_of(made).state == DeviceTask.STOPPED
    page = world.client("owner").get(f"/c/{world.company.pk}/").content.decode()
    assert say("notice.update.restored", "ja", n=1) in page


def test_a_portal_whose_numbers_are_too_small_gives_greater_ones(world, machine, side):
    """A burst, or a clock that stood ahead: the device knows a greater number than the backup."""
    state = side.bench.store.state()
    ahead = int(timezone.now().timestamp()) + 5_000
    state.highest = ahead
    side.bench.store.save_state(state)
    made = agreed(world, machine)
    for _ in range(3):
        side.asks()
        side.tells()
    assert (side.engine.runs, task_of(made).state) == (1, DeviceTask.DONE)
    assert task_of(made).sequence > ahead


def test_what_an_earlier_signature_was_refused_for_says_nothing_of_the_next(world, machine, side):
    made = agreed(world, machine)
    row = task_of(made)
    late = TaskReport(
        schema="tojimari.task-report/1",
        device=machine.device.pk,
        task=row.pk,
        state="refused",
        at=timezone.now(),
        highest=row.sequence - 1,
        reason="old_sequence",
    )
    assert not take(machine.device, late)
    assert task_of(made).state == DeviceTask.SIGNED


def test_a_device_that_names_the_last_moment_there_is_gets_nothing_twice(world, machine, side):
    row = task_of(agreed(world, machine))
    DeviceTask.objects.of(world.company).update(state=DeviceTask.HANDED, handed_at=timezone.now())
    refused = TaskReport(
        schema="tojimari.task-report/1",
        device=machine.device.pk,
        task=row.pk,
        state="refused",
        at=timezone.now(),
        highest=row.sequence,
        reason="notes_went_back",
        forgotten_until=datetime.max.replace(tzinfo=UTC),
    )
    assert take(machine.device, refused)
    assert task_of(row.proposal).state == DeviceTask.REFUSED
