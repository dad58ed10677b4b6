"""The looker's part: it passes on, believes nothing, and gets along with portals that know less."""

import json
import random
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import msgspec
import pytest

from tests.support.tasks import Bench, Giver
from tojimari.agent.actor.engine import Outcome, Plan
from tojimari.agent.client import Offline
from tojimari.agent.home import DeviceIdentity, Home
from tojimari.agent.isolation import Isolation
from tojimari.agent.loop import Agent
from tojimari.agent.task_report import Change
from tojimari.agent.taskbox import TaskBox
from tojimari.agent.tasks import KeyChange, key_id, sign_key_change
from tojimari.agent.wire import Enrolled, Taken


class Engine:
    fetches = False

    def present(self):
        return True

    def busy(self):
        return False

    def plan(self, kind, parameters):
        return Plan((Change("shopapp", "1.0", "2.0"),))

    def run(self, kind, parameters, plan):
        return Outcome("done", changes=plan.changes)

    def recover(self, kind, targets):
        return Outcome("interrupted", "was_cut_off")


@pytest.fixture
def giver():
    return Giver()


@pytest.fixture
def home(tmp_path, giver):
    made = Home(tmp_path / "looker")
    made.save_identity(
        made.make_key(),
        DeviceIdentity("https://portal.example", giver.device, "佐藤商店", "レジ", "linux"),
    )
    return made


@pytest.fixture
def bench(tmp_path, giver, home):
    made = Bench(tmp_path, giver, Engine())
    made.inbox = home.folder / "inbox"
    made.inbox.mkdir()
    made.pinned(inbox=str(made.inbox))
    return made


@pytest.fixture
def box(home, bench):
    return TaskBox(home, bench.store.folder)


def answer(**more) -> Taken:
    return Taken(0, False, 0, False, datetime.now(UTC), **more)


class Portal:
    """Takes what the agent sends, as the portal does; ``knows``: nothing of tasks if False."""

    def __init__(self, taken, *, knows=True):
        self.taken, self.knows, self.reports, self.allowed = taken, knows, [], []

    def report(self, report):
        return self.taken

    def ping(self):
        return self.taken

    def task_report(self, report):
        if not self.knows:
            raise Offline("HTTP 404", "HTTP 404")
        self.reports.append(report)
        self.taken = answer()  # who was told gives it no more
        return answer()

    def actor_report(self, report):
        if not self.knows:
            raise Offline("HTTP 404", "HTTP 404")
        self.allowed.append(report)
        return answer()


def agent(home, box, portal, looks):
    made = Agent(home, looker=lambda _: looks.append(1) or [], chance=random.Random(1), box=box)
    made.portal = portal
    return made


def test_what_was_done_is_told_once_and_looked_at_again(home, box, bench, giver):
    looks: list[int] = []
    portal = Portal(answer(tasks=[giver.signed()]))
    looker = agent(home, box, portal, looks)
    looker.turn()
    assert (len(looks), portal.reports) == (1, [])
    assert [one.kinds != [] for one in portal.allowed] == [True]
    assert portal.allowed[0].key == key_id(giver.public)
    bench.turn()
    looker.turn()
    assert [one.state for one in portal.reports] == ["done"]
    assert len(looks) == 2  # because something was done, not because a day went by
    bench.turn()
    looker.turn()
    assert (len(portal.reports), len(portal.allowed), len(looks)) == (1, 1, 2)


class Slept(Exception):
    """Enough was waited for in a test."""


def waits(looker, during, at_most=20):
    """Return after how many minutes the agent asks again; ``during`` happens in the second one."""
    minutes: list[float] = []
    turns: list[int] = []
    turn = looker.turn

    def counted():
        turns.append(1)
        return turn()

    looker.turn = counted
    start = datetime.now(UTC)
    looker.now = lambda: start + timedelta(seconds=sum(minutes))

    def sleep(seconds):
        if len(turns) > 1 or len(minutes) > at_most:
            raise Slept
        minutes.append(seconds)
        if len(minutes) == 2:
            during()

    with pytest.raises(Slept):
        looker.run(sleep)
    return len(minutes)


def test_what_came_of_a_task_is_told_within_a_minute(home, box, bench, giver):
    portal = Portal(answer(tasks=[giver.signed()]))
    assert waits(agent(home, box, portal, []), bench.turn) == 2
    assert [one.state for one in portal.reports] == ["done"]


@pytest.mark.parametrize("knows", [True, False])
def test_without_news_it_asks_every_quarter_of_an_hour(home, box, bench, knows):
    bench.turn()
    assert 12 <= waits(agent(home, box, Portal(answer(), knows=knows), []), lambda: None) <= 19


def test_an_isolated_device_asks_every_minute_whether_it_may_go_on(home, box, bench):
    until = datetime.now(UTC) + timedelta(hours=3)
    kept = Isolation(until - timedelta(hours=3), until, 3, "portal.example", 443)
    bench.store.save("isolation.json", msgspec.json.encode(kept), mode=0o644)
    portal = Portal(answer())
    assert waits(agent(home, box, portal, []), lambda: None) <= 2
    assert [one.isolated_until for one in portal.allowed] == [until]


def test_a_portal_that_forgot_what_it_was_told_is_told_again(home, box, bench, giver):
    given = answer(tasks=[giver.signed()])
    portal = Portal(given)
    looker = agent(home, box, portal, [])
    looker.turn()
    bench.turn()
    looker.turn()
    portal.taken = given  # it was restored from a backup
    looker.turn()
    bench.turn()
    looker.turn()
    assert [one.state for one in portal.reports] == ["done", "done"]
    assert len(bench.store.lines()) == 1, "and done once"


def test_a_portal_that_knows_nothing_of_tasks_gets_its_reports(home, box, bench, giver):
    bench.drop(giver.signed())
    bench.turn()
    looks: list[int] = []
    looker = agent(home, box, Portal(answer(), knows=False), looks)
    looker.turn()
    assert looker.schedule.failures == 0
    assert len(looker.queue) == 0


def test_answers_of_older_portals_and_to_older_agents_are_read():
    now = datetime.now(UTC).isoformat()
    old = {"stored": 1, "duplicate": False, "skipped": 0, "look_wanted": False, "server_time": now}
    taken = msgspec.json.decode(json.dumps(old), type=Taken)
    assert (taken.tasks, taken.stopped, taken.task_keys, taken.task_key) == ([], [], [], None)
    old = {"device": str(uuid4()), "company": "佐藤商店", "server_time": now}
    assert msgspec.json.decode(json.dumps(old), type=Enrolled).task_key is None

    class Before(msgspec.Struct, frozen=True):
        """``Taken`` as agents had it that know nothing of tasks."""

        stored: int
        duplicate: bool
        skipped: int
        look_wanted: bool
        server_time: datetime

    new = msgspec.json.encode(answer(tasks=["a.b.c"], stopped=[uuid4()], task_key="00"))
    assert msgspec.json.decode(new, type=Before).stored == 0


def test_without_an_actor_nothing_is_dropped(home, tmp_path, giver):
    box = TaskBox(home, tmp_path / "no-actor")
    box.take(answer(tasks=[giver.signed()], task_keys=["a.b.c"], stopped=[uuid4()]))
    assert not (home.folder / "inbox").exists()
    assert list(box.results()) == []
    assert box.allowed() is None


def test_the_same_task_is_dropped_once_and_rubbish_not_at_all(box, bench, giver):
    signed = giver.signed()
    for _ in range(3):
        box.take(answer(tasks=[signed, "é", "x" * 9_000]))
    assert len(list(bench.inbox.glob("*.task"))) == 1
    task = uuid4()
    box.take(answer(stopped=[task]))
    box.take(answer(stopped=[task]))
    assert [path.name for path in bench.inbox.glob("*.stop")] == [f"{task}.stop"]


def test_statements_about_keys_are_passed_on_until_they_are_heard(box, bench, giver):
    new = Giver()
    word = sign_key_change(KeyChange("tojimari.task-key/1", new.public, 5), giver.key)
    later = sign_key_change(KeyChange("tojimari.task-key/1", Giver().public, 6), new.key)
    box.take(answer(task_keys=[later]))  # not to be understood yet
    bench.turn()
    assert bench.store.pin().key == giver.public
    box.take(answer(task_keys=[word, later]))
    bench.turn()
    assert bench.store.pin().key_sequence == 6


def test_a_key_the_portal_names_later_is_kept_for_root_and_never_replaced(box, home, giver):
    box.take(answer(task_key="rubbish"))
    assert home.identity().task_key is None
    box.take(answer(task_key=giver.public))
    box.take(answer(task_key=Giver().public))
    assert home.identity().task_key == giver.public


def test_the_portal_is_told_when_nothing_is_allowed_any_more(box, bench):
    first = box.allowed()
    assert first is not None
    box.told_allowed(first)
    assert box.allowed() is None
    bench.store.remove_pin()
    last = box.allowed()
    assert last is not None
    assert last.kinds == []
    box.told_allowed(last)
    assert box.allowed() is None


def test_that_a_restart_is_needed_is_told_until_the_machine_started_anew(box, bench, monkeypatch):
    started = "tojimari.agent.taskbox.machine_started"
    monkeypatch.setattr(started, lambda _: bench.now - timedelta(days=1))
    outcome = Outcome("done", restart_needed=True)
    monkeypatch.setattr(Engine, "run", lambda *_: outcome)
    box.told_allowed(box.allowed())
    bench.do()
    told = box.allowed()
    assert told.restart_needed
    box.told_allowed(told)
    assert box.allowed() is None
    monkeypatch.setattr(started, lambda _: bench.now + timedelta(minutes=1))
    told = box.allowed()
    assert told is not None
    assert not told.restart_needed


def test_a_device_enrolled_anew_does_not_speak_for_the_one_before(box, home, bench):
    other = msgspec.structs.replace(home.identity(), device=uuid4())
    home.save_identity(home.key(), other)
    assert box.allowed() is None
