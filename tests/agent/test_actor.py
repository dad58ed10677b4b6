"""What the actor takes, what it refuses, and that nothing is ever done twice."""

import os
import re
import shutil
import subprocess
import tempfile
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.tasks import KINDS, NOW, Bench, Giver, Quiet
from tojimari.agent.actor.engine import Outcome, Plan
from tojimari.agent.actor.engines import chooser
from tojimari.agent.actor.inbox import Inbox
from tojimari.agent.actor.store import ActorError
from tojimari.agent.task_report import Change
from tojimari.agent.tasks import KeyChange, sign_key_change, sign_task


class Counter:
    """An engine that counts: the rules around engines are tried here, not an engine."""

    fetches = True

    def __init__(self, plan=None):
        self.runs, self.found, self.held_by_others = (
            0,
            plan or Plan((Change("a", "1", "2"),)),
            False,
        )

    def present(self):
        return True

    def busy(self):
        return self.held_by_others

    def plan(self, kind, parameters):
        return self.found

    def run(self, kind, parameters, plan):
        self.runs += 1
        return Outcome("done", changes=plan.changes)

    def recover(self, kind, targets):
        return Outcome("interrupted", "was_cut_off")


@pytest.fixture
def engine():
    return Counter()


@pytest.fixture
def bench(tmp_path, engine):
    return Bench(tmp_path, Giver(), engine)


def test_a_task_is_done_once_however_often_it_comes(bench, engine):
    task = bench.giver.task()
    signed = sign_task(task, bench.giver.key)
    for _ in range(3):
        bench.drop(signed)
        bench.drop(signed)
        bench.turn()
    assert engine.runs == 1
    assert bench.said(task.task).state == "done"
    assert list(bench.inbox.iterdir()) == []
    assert [line.state for line in bench.store.lines()] == ["done"]


def test_a_copied_task_does_nothing_at_another_device(bench, engine, tmp_path):
    (tmp_path / "other").mkdir()
    other = Bench(tmp_path / "other", Giver(), engine)
    other.pinned(key=bench.giver.public)
    task = bench.giver.task()
    other.drop(sign_task(task, bench.giver.key))
    other.turn()
    said = other.said(task.task)
    assert (said.state, said.reason, engine.runs) == ("refused", "other_device", 0)
    assert said.device == other.giver.device


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"expires": NOW - timedelta(seconds=1)}, "expired"),
        ({"kind": "run_this"}, "unknown_kind"),
        ({"parameters": {"name": "-oDPkg::Pre-Invoke::=id"}}, "bad_parameters"),
    ],
)
def test_a_refused_task_is_said_and_noted_and_not_done(bench, engine, changed, reason):
    said = bench.do(**changed)
    assert (said.state, said.reason, engine.runs) == ("refused", reason, 0)
    assert bench.store.lines()[-1].reason == reason
    assert bench.store.state().highest == 0


def test_a_foreign_key_and_a_man_in_the_middle_do_nothing(bench, engine):
    other = Giver()
    other.device = bench.giver.device
    bench.drop(other.signed())
    signed = bench.giver.signed()
    bench.drop(signed[:-4] + ("AAAA" if signed[-4:] != "AAAA" else "BBBB"))
    bench.drop("no task at all")
    bench.turn()
    assert engine.runs == 0
    assert {line.reason for line in bench.store.lines()} == {"foreign_key", "bad_signature"}


def test_whoever_is_refused_again_and_again_pushes_nothing_out_of_the_log(
    bench, engine, monkeypatch
):
    monkeypatch.setattr("tojimari.agent.actor.store.KEPT_QUIET", 5)
    done = bench.giver.task()
    bench.do(task=done.task)
    other = Giver()
    for _ in range(12):
        bench.drop(other.signed())
    bench.turn()
    assert [line.state for line in bench.store.lines()] == ["done"] + ["refused"] * 5


def test_more_than_can_wait_are_refused(bench, engine, monkeypatch):
    monkeypatch.setattr("tojimari.agent.actor.actor.HELD_AT_MOST", 2)
    engine.held_by_others = True
    tasks = [bench.giver.task() for _ in range(3)]
    for task in tasks:
        bench.drop(sign_task(task, bench.giver.key))
    bench.turn()
    assert [bench.said(one.task).reason for one in tasks] == ["busy", "busy", "too_many_here"]


def test_tasks_are_taken_in_their_order_and_an_older_one_comes_too_late(bench, engine):
    first, second, third = (bench.giver.task() for _ in range(3))
    bench.drop(sign_task(third, bench.giver.key), "a")
    bench.drop(sign_task(second, bench.giver.key), "b")
    bench.turn()
    assert engine.runs == 2
    bench.drop(sign_task(first, bench.giver.key))
    bench.turn()
    assert (bench.said(first.task).reason, engine.runs) == ("old_sequence", 2)


def test_a_restored_state_lets_nothing_through_whose_time_is_over(bench, engine):
    """A disk that was put back forgets numbers; the window of a task still ends."""
    task = bench.giver.task(expires=NOW + timedelta(hours=1))
    before = (bench.store.folder / "state.json").exists()
    assert not before
    bench.drop(sign_task(task, bench.giver.key))
    bench.turn()
    assert engine.runs == 1
    (bench.store.folder / "state.json").unlink()
    bench.now = NOW + timedelta(hours=2)
    bench.drop(sign_task(task, bench.giver.key))
    bench.turn()
    assert engine.runs == 1


def test_a_damaged_state_is_no_fresh_start(bench, engine):
    (bench.store.folder / "state.json").write_bytes(b"{")
    bench.drop(bench.giver.signed())
    with pytest.raises(ActorError):
        bench.turn()
    assert engine.runs == 0


def test_numbers_are_on_the_disk_before_anything_runs(bench, engine):
    seen = []

    def plan(*_):
        seen.append(bench.store.state())
        return Plan()

    engine.plan = plan
    task = bench.giver.task()
    bench.do(task=task.task, nonce=task.nonce, sequence=7)
    assert seen[0].highest == 7
    assert task.nonce in seen[0].nonces


def test_a_disk_that_was_put_back_does_nothing_twice_and_goes_on(bench, engine, tmp_path):
    """The image is from before the task; the copied task is dropped again, within its window."""
    bench.giver.sequence = int(NOW.timestamp())
    bench.do()
    image = tmp_path / "image"
    shutil.copytree(bench.store.folder, image)
    bench.now += timedelta(hours=1)
    done = bench.giver.task(sequence=int(bench.now.timestamp()))
    signed = sign_task(done, bench.giver.key)
    bench.drop(signed)
    bench.turn()
    assert engine.runs == 2
    bench.now += timedelta(hours=1)
    bench.starts_anew(image)
    bench.now += timedelta(minutes=3)
    bench.drop(signed)
    bench.turn()
    said = bench.said(done.task)
    assert (engine.runs, said.state, said.reason) == (2, "refused", "notes_went_back")
    assert said.forgotten_until == bench.started
    assert bench.do(sequence=int(bench.now.timestamp())).state == "done", "what is signed since"


def test_a_machine_set_back_to_a_snapshot_notices_when_its_clock_is_set(bench, engine, tmp_path):
    bench.giver.sequence = int(NOW.timestamp())
    bench.do()
    image = tmp_path / "image"
    shutil.copytree(bench.store.folder, image)
    boot, started = bench.boot, bench.started
    bench.now += timedelta(hours=1)
    done = bench.giver.task(sequence=int(bench.now.timestamp()))
    bench.drop(sign_task(done, bench.giver.key))
    bench.turn()
    bench.now += timedelta(hours=1)
    bench.starts_anew(image)
    # The same start as in the snapshot, which counted nothing of the two hours.
    bench.boot, bench.started = boot, started + timedelta(hours=2)
    bench.drop(sign_task(done, bench.giver.key))
    bench.turn()
    assert (engine.runs, bench.said(done.task).reason) == (2, "notes_went_back")


def test_a_laptop_that_slept_takes_what_was_signed_meanwhile(bench, engine):
    bench.giver.sequence = int(NOW.timestamp())
    bench.do()
    bench.now += timedelta(hours=9)  # counted as awake: only the machine slept
    signed = int((bench.now - timedelta(hours=3)).timestamp())
    assert bench.do(sequence=signed).state == "done"


def test_a_task_under_another_number_is_the_same_task(bench, engine):
    """A portal restored from a backup has forgotten that it signed it, and signs it again."""
    task = bench.giver.task()
    bench.do(task=task.task, sequence=7)
    bench.now += timedelta(minutes=5)
    said = bench.do(task=task.task, sequence=8)
    assert (engine.runs, said.state, said.at) == (1, "done", bench.now)
    assert bench.store.state().highest == 8


def test_what_was_cut_off_while_it_ran_is_not_run_again(bench, engine):
    engine.run = lambda *_: (_ for _ in ()).throw(KeyboardInterrupt)
    task = bench.giver.task()
    with pytest.raises(KeyboardInterrupt):
        bench.do(task=task.task)
    assert bench.said(task.task).state == "running"
    engine.held_by_others = True
    bench.turn()
    assert bench.said(task.task).state == "running"  # what it started may still be at work
    engine.held_by_others = False
    bench.turn()
    assert bench.said(task.task).state == "interrupted"
    assert engine.runs == 0


@pytest.mark.parametrize(
    ("conditions", "kind", "reason"),
    [
        (Quiet(spare=0, battery=True), "package", "on_battery"),
        (Quiet(spare=0, line=True), "package", "metered"),
        (Quiet(spare=10**18), "package", "disk_full"),
        (Quiet(spare=0, people=True), "restart", "somebody_works"),
    ],
)
def test_a_bad_moment_is_waited_out(bench, engine, conditions, kind, reason):
    bench.conditions = conditions
    task = bench.giver.task()
    said = bench.do(kind, task=task.task)
    assert (said.state, said.reason, engine.runs) == ("waiting", reason, 0)
    bench.conditions = Quiet(spare=0)
    bench.turn()
    assert (bench.said(task.task).state, engine.runs) == ("done", 1)


def test_people_who_work_are_no_reason_to_wait_with_an_update(bench, engine):
    bench.conditions = Quiet(spare=0, people=True)
    assert bench.do().state == "done"


def test_a_task_waits_for_its_time_and_ends_with_it(bench, engine):
    early = bench.giver.task(not_before=NOW + timedelta(hours=1))
    assert bench.do(task=early.task, not_before=early.not_before).reason == "not_yet"
    bench.now = NOW + timedelta(days=2)
    bench.turn()
    said = bench.said(early.task)
    assert (said.state, said.reason, engine.runs) == ("refused", "expired", 0)


def test_a_waiting_task_is_stopped_from_afar_or_here(bench, engine):
    engine.held_by_others = True
    task = bench.giver.task()
    bench.do(task=task.task)
    (bench.inbox / f"{task.task}.stop").touch()
    engine.held_by_others = False
    bench.turn()
    assert (bench.said(task.task).state, engine.runs) == ("stopped", 0)


def test_a_task_that_was_held_back_until_it_was_stopped_is_not_done(bench, engine):
    task = bench.giver.task()
    (bench.inbox / f"{task.task}.stop").touch()
    bench.turn()
    assert bench.do(task=task.task).state == "stopped"
    assert engine.runs == 0


def test_a_stop_that_comes_while_the_plan_is_made_still_counts(bench, engine):
    task = bench.giver.task()

    def plan(*_):
        (bench.inbox / f"{task.task}.stop").touch()
        return engine.found

    engine.plan = plan
    assert bench.do(task=task.task).state == "stopped"
    assert engine.runs == 0


def test_while_the_stop_file_lies_there_nothing_is_done(bench, engine):
    bench.store.stop_file.touch()
    said = bench.do()
    assert (said.state, said.reason, engine.runs) == ("stopped", "stopped_here", 0)


def test_a_kind_that_root_takes_back_is_not_done_any_more(bench, engine):
    engine.held_by_others = True
    task = bench.giver.task()
    bench.do(task=task.task)
    bench.pinned(kinds=("restart",))
    engine.held_by_others = False
    bench.turn()
    assert (bench.said(task.task).reason, engine.runs) == ("kind_not_allowed", 0)


def test_without_a_pin_nothing_is_even_read(bench, engine):
    bench.store.remove_pin()
    bench.drop(bench.giver.signed())
    bench.turn()
    assert engine.runs == 0
    assert len(list(bench.inbox.iterdir())) == 1


UP = (Change("a", "1", "2"),)


@pytest.mark.parametrize(
    ("plan", "reason"),
    [
        (Plan(UP, refusal="would_remove"), "would_remove"),
        (Plan(UP, failure="source_unsigned"), "source_unsigned"),
    ],
)
def test_a_plan_that_must_not_be_is_not_run(bench, engine, plan, reason):
    engine.found = plan
    said = bench.do()
    assert (said.reason, engine.runs) == (reason, 0)
    assert said.plan == list(UP)


def test_the_key_is_handed_on_by_the_old_one_alone(bench, engine):
    old, new, thief = bench.giver.key, Giver(), Giver()
    new.device = thief.device = bench.giver.device
    forged = sign_key_change(KeyChange("tojimari.task-key/1", thief.public, 9), thief.key)
    (bench.inbox / "a.key").write_text(forged)
    bench.turn()
    assert bench.store.pin().key == bench.giver.public
    word = sign_key_change(KeyChange("tojimari.task-key/1", new.public, 5), old)
    (bench.inbox / "b.key").write_text(word)
    bench.turn()
    assert (bench.store.pin().key, bench.store.pin().key_sequence) == (new.public, 5)
    new.sequence = 10
    task = new.task()
    bench.drop(sign_task(task, new.key))
    bench.drop(bench.giver.signed())  # the old key says nothing any more
    bench.turn()
    assert (bench.said(task.task).state, engine.runs) == ("done", 1)
    # An older statement, also of the key that is trusted now, leads nowhere.
    back = sign_key_change(KeyChange("tojimari.task-key/1", bench.giver.public, 4), new.key)
    (bench.inbox / "c.key").write_text(back)
    bench.turn()
    assert bench.store.pin().key == new.public


# --- the folder of somebody without rights -----------------------------------------------------------


def test_links_pipes_and_long_files_are_not_followed_opened_or_believed(tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    secret = tmp_path / "secret"
    secret.write_text("secret")
    (inbox / "a.task").symlink_to(secret)
    os.mkfifo(inbox / "b.task")
    (inbox / "c.task").mkdir()
    (inbox / "d.task").write_bytes(b"x" * 100_000)
    (inbox / "e.task").write_bytes(b"\xff\xfe")
    (inbox / "not-a-uuid.stop").touch()
    (inbox / "f.other").touch()
    read = Inbox(str(inbox), os.geteuid())
    dropped, names = read.read()
    assert all("secret" not in text for text in dropped.tasks)
    assert {len(text) for text in dropped.tasks} == {2, 8193}
    assert dropped.stops == ()
    read.take_away(names)
    assert secret.read_text() == "secret"
    assert {path.name for path in inbox.iterdir()} == {"c.task", "f.other"}


def test_a_folder_that_is_not_the_lookers_is_not_read(tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    (inbox / "a.task").write_text("x")
    assert Inbox(str(inbox), os.geteuid() + 1).read()[1] == ()
    link = tmp_path / "link"
    link.symlink_to(inbox)
    assert Inbox(str(link), os.geteuid()).read()[1] == ()
    assert Inbox(str(tmp_path / "none"), os.geteuid()).read()[1] == ()


# --- engines ------------------------------------------------------------------------------------------


def test_what_nobody_ran_works_only_where_root_said_so():
    class Here(Counter):
        pass

    engines = dict.fromkeys(
        {one.engine for kind in KINDS.values() for rows in kind.engines.values() for one in rows},
        Here,
    )
    for kind in KINDS.values():
        for system, rows in kind.engines.items():
            tried = any(one.run_by_us for one in rows)
            careful = chooser(KINDS, system, engines=engines)
            assert (careful(kind.id) is not None) == tried, (kind.id, system)
            assert chooser(KINDS, system, untried=True, engines=engines)(kind.id) is not None
        if kind.default:
            assert any(one.run_by_us for rows in kind.engines.values() for one in rows), kind.id
    assert chooser(KINDS, "linux", engines=engines)("no_such_kind") is None


def test_only_one_actor_works_at_a_time(bench, engine):
    import fcntl

    bench.drop(bench.giver.signed())
    with (bench.store.folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        bench.turn()
        assert engine.runs == 0
    bench.turn()
    assert engine.runs == 1


def test_units_are_what_systemd_understands(tmp_path):
    from tojimari.agent.actor import units

    texts = units.texts("/home/a b%c/inbox")
    # Whoever may write to the inbox can wake the actor, but not without end.
    assert re.search(r"^StartLimitBurst=\d+$", texts["tojimari-actor.service"], re.MULTILINE)
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *map(str, sorted(tmp_path.iterdir()))],
        capture_output=True,
        text=True,
        check=False,
    )
    said = [row for row in (done.stdout + done.stderr).splitlines() if "tojimari" in row]
    assert said == []


NOBODY = 65_534
AS_NOBODY = """
set -e
cp "$1/signed" "$1/inbox/a.task"
"""
TRIES = """
cat "$1"/actor/outbox/*.json "$1/actor/pin.json" "$1/actor/log.jsonl" > /dev/null || exit 1
for file in state.json lock; do cat "$1/actor/$file" 2> /dev/null && exit 2; done
for file in pin.json state.json stop outbox/x.json; do
  (echo x >> "$1/actor/$file") 2> /dev/null && exit 3
done
mv "$1/actor/outbox" "$1/actor/other" 2> /dev/null && exit 4
exit 0
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
def test_the_agent_that_looks_needs_no_rights_and_gets_none(engine):
    folder = Path(tempfile.mkdtemp(prefix="tojimari-"))  # pytest's own folders are closed to nobody
    try:
        folder.chmod(0o755)
        bench = Bench(folder, Giver(), engine)
        os.chown(bench.inbox, NOBODY, NOBODY)
        bench.pinned(owner=NOBODY)
        task = bench.giver.task()
        (folder / "signed").write_text(sign_task(task, bench.giver.key))

        def as_nobody(script):
            words = ["/bin/sh", "-c", script, "sh", str(folder)]
            done = subprocess.run(
                words, user=NOBODY, group=NOBODY, extra_groups=[], capture_output=True, check=False
            )
            return done.returncode

        assert as_nobody(AS_NOBODY) == 0
        bench.turn()
        assert (bench.said(task.task).state, engine.runs) == ("done", 1)
        assert as_nobody(TRIES) == 0
    finally:
        shutil.rmtree(folder)
