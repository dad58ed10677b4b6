"""The actor with apt and dpkg themselves, on a root of its own: what goes well, and what bites."""

import fcntl
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests.support.tasks import Bench, Giver, Quiet
from tojimari.agent.actor.apt import AptEngine, read_plan, what_went_wrong
from tojimari.agent.task_report import Change
from tojimari.agent.tasks import sign_task

KILLED = """
import sys
from pathlib import Path
from tests.support.tasks import KINDS, NOW, Quiet
from tojimari.agent.actor.actor import Actor
from tojimari.agent.actor.apt import AptEngine
from tojimari.agent.actor.store import Store

folder = Path(sys.argv[1])
engine = AptEngine(folder / "world/root", folder / "world/apt.conf", seconds=600.0)
Actor(
    Store(folder / "actor"),
    kinds=KINDS,
    engine_for=lambda _: engine,
    conditions=Quiet(spare=0),
    now=lambda: NOW,
).turn()
"""
"""One start of the actor, as a process of its own."""

UP = [Change("shopapp", "1.0", "2.0")]


@pytest.mark.parametrize("kind", ["package", "all_updates", "security_updates"])
def test_an_update_is_installed_and_read_from_versions(world, bench, kind):
    world.package("shopapp", "2.0")
    world.publish(label="Debian-Security")
    said = bench.do(kind)
    assert (said.state, said.reason) == ("done", None)
    assert said.changes == said.plan == UP
    assert said.started is not None
    assert world.status() == {"shopapp": "2.0 ii"}
    assert bench.store.lines()[-1].changes == UP
    assert not bench.store.state().held


def test_only_what_comes_from_the_security_source_is_for_security(world, bench):
    world.package("shopapp", "2.0")
    world.publish(label="Tests")
    said = bench.do("security_updates")
    assert (said.state, said.changes) == ("done", [])
    assert "nothing_to_do" in said.notes
    assert world.status() == {"shopapp": "1.0 ii"}


def test_a_dry_run_tells_and_changes_nothing(world, bench):
    world.package("shopapp", "2.0")
    world.publish()
    said = bench.do(dry_run=True)
    assert (said.state, said.plan, said.changes, said.started) == ("planned", UP, [], None)
    assert world.status() == {"shopapp": "1.0 ii"}


def test_what_would_remove_something_is_refused(world, bench):
    world.installed(world.package("other", "1.0", publish=False))
    world.package("shopapp", "2.0", control="Conflicts: other\nReplaces: other\n")
    world.publish()
    said = bench.do()
    assert (said.state, said.reason) == ("refused", "would_remove")
    assert world.status() == {"other": "1.0 ii", "shopapp": "1.0 ii"}


@pytest.mark.parametrize(
    "name", ["shopapp-", "shopapp+", "notthere", "Shopapp", "shopapp.*", "shop.pp"]
)
def test_only_names_that_dpkg_itself_knows_reach_apt(world, bench, name):
    world.package("shopapp", "2.0")
    world.package("notthere", "1.0")
    world.publish()
    said = bench.do(parameters={"name": name})
    assert said.state == "refused"
    assert said.reason in ("not_installed", "bad_parameters")
    assert world.status() == {"shopapp": "1.0 ii"}


def test_a_name_with_a_plus_at_its_end_is_a_name(world, bench):
    world.installed(world.package("g++", "1.0", publish=False))
    world.package("g++", "2.0")
    world.publish()
    assert bench.do(parameters={"name": "g++"}).changes == [Change("g++", "1.0", "2.0")]


def test_an_older_version_is_not_installed(world, bench):
    world.package("shopapp", "0.9")
    world.publish()
    pin = "Package: *\nPin: release l=Tests\nPin-Priority: 1001\n"
    (world.root / "etc/apt/preferences.d/back").write_text(pin)
    for kind in ("package", "all_updates"):
        said = bench.do(kind)
        assert (said.state, said.reason) == ("refused", "would_downgrade"), kind
        assert world.status() == {"shopapp": "1.0 ii"}


def test_an_unsigned_source_installs_nothing(world, bench):
    world.package("shopapp", "2.0")
    world.publish()
    (world.repository / "InRelease").unlink()
    assert bench.do().state == "failed"
    assert world.status() == {"shopapp": "1.0 ii"}


def test_a_source_signed_by_somebody_else_or_altered_installs_nothing(world, bench):
    world.package("shopapp", "2.0")
    world.publish()
    signed = world.repository / "InRelease"
    signed.write_text(signed.read_text().replace("Suite: stable", "Suite: testin"))
    said = bench.do()
    assert (said.state, said.reason) == ("failed", "source_unsigned")
    assert world.status() == {"shopapp": "1.0 ii"}


def test_a_package_that_was_swapped_is_not_installed(world, bench):
    made = world.package("shopapp", "2.0")
    world.publish()
    data = bytearray(made.read_bytes())
    data[-1] ^= 1
    made.write_bytes(data)
    assert bench.do().state == "failed"
    assert world.status() == {"shopapp": "1.0 ii"}


def test_lists_that_are_too_old_are_said_to_be(world, bench):
    world.package("shopapp", "2.0")
    world.publish(days=-1)
    said = bench.do()
    assert (said.state, said.reason) == ("failed", "source_expired")


def test_a_source_that_is_gone_is_said_to_be(world, bench):
    said = bench.do()
    assert (said.state, said.reason) == ("failed", "source_unreachable")


def test_what_cannot_be_fetched_to_its_end_changes_nothing(world, bench):
    made = world.package("shopapp", "2.0")
    world.publish()
    made.unlink()
    said = bench.do()
    assert (said.state, said.reason, said.changes) == ("failed", "source_unreachable", [])
    assert world.status() == {"shopapp": "1.0 ii"}


def test_a_dependency_that_is_nowhere_keeps_the_old_version(world, bench):
    world.package("shopapp", "2.0", control="Depends: nowhere\n")
    world.publish()
    for kind in ("package", "all_updates"):
        said = bench.do(kind)
        assert (said.state, said.reason) == ("failed", "held_back"), kind
    assert world.status() == {"shopapp": "1.0 ii"}


def test_what_somebody_holds_stays(world, bench):
    world.package("shopapp", "2.0")
    world.publish()
    world.held("shopapp")
    for kind in ("package", "all_updates"):
        said = bench.do(kind)
        assert said.state == "failed", kind
        assert "held" in said.notes, kind
        assert world.status() == {"shopapp": "1.0 hi"}


def test_settings_that_were_edited_stay(world, bench):
    setting = {"etc/shop.conf": "old\n"}
    world.installed(
        world.package("shopconf", "1.0", files=setting, conffiles=("etc/shop.conf",), publish=False)
    )
    (world.root / "etc/shop.conf").write_text("the owner's\n")
    world.package("shopconf", "2.0", files={"etc/shop.conf": "new\n"}, conffiles=("etc/shop.conf",))
    world.publish()
    said = bench.do(parameters={"name": "shopconf"})
    assert said.state == "done"
    assert "conffiles_kept" in said.notes
    assert [path.endswith("etc/shop.conf.dpkg-dist") for path in said.kept] == [True]
    assert (world.root / "etc/shop.conf").read_text() == "the owner's\n"
    assert world.status()["shopconf"] == "2.0 ii"


def test_a_script_that_fails_is_said_to_leave_half_a_package(world, bench):
    world.package("shopapp", "2.0", postinst="exit 1\n")
    world.publish()
    said = bench.do()
    assert (said.state, said.reason) == ("failed", "half_installed")
    assert world.status()["shopapp"] == "2.0 iF"


def test_a_script_that_hangs_is_ended(world, tmp_path):
    world.package("shopapp", "2.0", postinst="sleep 600\n")
    world.publish()
    bench = Bench(tmp_path, Giver(), AptEngine(world.root, world.config, seconds=6.0))
    said = bench.do()
    assert (said.state, said.reason) == ("failed", "took_too_long")
    assert not bench.store.state().held


def test_another_package_manager_is_waited_for(world, bench):
    world.package("shopapp", "2.0")
    world.publish()
    lock = world.root / "var/lib/dpkg/lock-frontend"
    lock.touch()
    with lock.open("r+b") as file, _other_process_holds(lock):
        assert file.fileno() > 0
        task = bench.giver.task()
        said = bench.do(task=task.task)
        assert (said.state, said.reason) == ("waiting", "busy")
    bench.turn()
    assert bench.said(task.task).state == "done"


class _other_process_holds:  # noqa: N801  # reads as a sentence
    def __init__(self, path):
        code = (
            "import fcntl, sys, time; f = open(sys.argv[1], 'r+b'); "
            "fcntl.lockf(f, fcntl.LOCK_EX); print('held', flush=True); time.sleep(600)"
        )
        self.words = [sys.executable, "-c", code, str(path)]

    def __enter__(self):
        self.child = subprocess.Popen(self.words, stdout=subprocess.PIPE)
        self.child.stdout.readline()

    def __exit__(self, *_):
        self.child.kill()
        self.child.communicate()


def test_a_full_disk_is_waited_for(world, bench):
    world.package("shopapp", "2.0")
    world.publish()
    bench.conditions = Quiet(spare=10**18)
    task = bench.giver.task()
    assert bench.do(task=task.task).reason == "disk_full"
    bench.conditions = Quiet(spare=0)
    bench.turn()
    assert bench.said(task.task).state == "done"


@pytest.mark.skipif(os.geteuid() != 0, reason="only root mounts a small disk")
def test_a_disk_that_fills_up_in_the_middle_leaves_the_old_version_whole(world, bench, tmp_path):
    small = world.root / "usr"
    kept = {path: path.read_text() for path in (small / "share").iterdir()}
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", small], check=False)
    if mounted.returncode:
        pytest.skip("nothing may be mounted here")
    try:
        (small / "share").mkdir()
        for path, text in kept.items():
            path.write_text(text)
        world.package("shopapp", "2.0", files={"usr/share/big": "x" * 500_000})
        world.publish()
        said = bench.do()
        assert said.state == "failed"
        assert said.reason in ("engine_failed", "half_installed", "held_back")
        assert world.status()["shopapp"].startswith("1.0")
        assert (small / "share/shopapp").read_text() == "1.0"
    finally:
        subprocess.run(["umount", small], check=True)


def test_what_was_cut_off_by_kill_9_is_finished_and_not_begun_again(world, bench, tmp_path):
    """The actor and all it started are killed while a package is set up; the next start ends it."""
    mark, gate = tmp_path / "mark", tmp_path / "gate"
    script = f"echo once >> {mark}\nwhile [ ! -e {gate} ]; do sleep 0.1; done\n"
    world.package("shopapp", "2.0", postinst=script)
    world.publish()
    task = bench.giver.task()
    bench.drop(sign_task(task, bench.giver.key))
    child = subprocess.Popen([sys.executable, "-c", KILLED, str(tmp_path)], start_new_session=True)
    _until(mark.exists)
    for pid in _family(child.pid):
        os.kill(pid, signal.SIGKILL)
    child.wait()
    _until(lambda: not bench.choose("package").busy())
    assert bench.said(task.task).state == "running"
    gate.touch()
    bench.turn()
    said = bench.said(task.task)
    assert (said.state, said.changes) == ("done", UP)
    assert "finished_after_cut" in said.notes
    assert world.status() == {"shopapp": "2.0 ii"}
    runs = len(mark.read_text().split())
    bench.turn()
    bench.drop(sign_task(task, bench.giver.key))
    bench.turn()
    assert len(mark.read_text().split()) == runs == 2  # the script: once cut off, once finished
    assert bench.said(task.task).state == "done"


def test_what_was_cut_off_before_anything_changed_is_said_and_not_begun_again(world, bench):
    world.package("shopapp", "2.0")
    world.publish()
    engine = bench.choose("package")

    class Dies(AptEngine):
        def run(self, kind, parameters, plan):
            raise KeyboardInterrupt

    bench.choose = lambda _: Dies(engine.root, world.config)
    task = bench.giver.task()
    with pytest.raises(KeyboardInterrupt):
        bench.do(task=task.task)
    bench.choose = lambda _: engine
    bench.turn()
    said = bench.said(task.task)
    assert (said.state, said.reason) == ("interrupted", "was_cut_off")
    bench.turn()
    assert world.status() == {"shopapp": "1.0 ii"}


def _until(true):
    for _ in range(1_200):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it never came")


def _family(pid):
    """Return the process and what it started; it comes first: left alone it would begin anew."""
    try:
        return [pid, *(one.pid for one in psutil.Process(pid).children(recursive=True))]
    except psutil.NoSuchProcess:
        return []


def test_a_restart_that_a_package_asks_for_is_a_state(world, bench):
    needs = f"touch {world.root}/run/reboot-required\n"
    world.package("shopapp", "2.0", postinst=needs)
    world.publish()
    said = bench.do()
    assert (said.state, said.restart_needed) == ("done", True)
    assert "restart_later" in said.notes


def test_apts_own_words_are_told_apart():
    assert (
        what_went_wrong("E: Release file for x is expired (invalid since 3d)") == "source_expired"
    )
    assert what_went_wrong("W: GPG error: NO_PUBKEY ABCD") == "source_unsigned"
    assert what_went_wrong("E: Failed to fetch http://x  Could not resolve") == "source_unreachable"
    assert what_went_wrong("something else") == "engine_failed"
    text = (
        "Inst libc6 [2.36-9] (2.36-9+deb12u1 Debian-Security:12/stable-security [amd64]) []\n"
        "Inst new (1.0 Debian:12.8/stable [all])\nRemv gone [1.0]\nConf libc6 (x)\n"
    )
    rows, removes = read_plan(text)
    assert rows == [
        (Change("libc6", "2.36-9", "2.36-9+deb12u1"), True),
        (Change("new", "", "1.0"), False),
    ]
    assert removes


def test_locks_are_asked_about_and_not_taken(engine, world):
    lock = world.root / "var/lib/dpkg/lock"
    lock.touch()
    with lock.open("r+b") as file:
        assert not engine.busy()
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
