"""A restart is never forced while somebody works: states as systemd tells them, and real processes.

The answers of loginctl and systemd-inhibit are as their manual pages and recorded machines spell
them (Debian 12: systemd 252, Debian 13: systemd 257); the machine of the tests runs no systemd.
"""

import os
import pty
import re
import shutil
import time
from types import SimpleNamespace

import psutil
import pytest

from tests.support.tasks import Bench, Giver, Quiet
from tojimari.agent.actor import conditions, switches
from tojimari.agent.actor.command import Ran
from tojimari.agent.actor.conditions import Conditions, package_manager_works
from tojimari.agent.actor.switches import Restart
from tojimari.agent.task_report import FAILURES

LISTED = {
    "12": "      3 1000 sato seat0 tty2\n",
    "13": "      3 1000 sato seat0 2127 user tty2 no  -\n",
}
HELD_OFF = "Software 1000 sato 4711 gnome-software shutdown:sleep Installing block\n"
NOT_HELD_OFF = (
    "ModemManager 0 root 801 ModemManager sleep ModemManager needs to reset devices delay\n"
    "Unattended Upgrades Shutdown 0 root 900 unattended-upgr shutdown Stop ongoing upgrades delay\n"
    "sato 1000 sato 2200 gsd-power handle-lid-switch Multiple displays attached block\n"
)


def moment(ago):
    """Return the words "6 minutes ago" as systemd gives a moment."""
    return str(int((time.time() - int(ago[1]) * 60) * 1_000_000))


def session(hint, since="0", class_="user", state="active"):
    return f"Class={class_}\nState={state}\nIdleHint={hint}\nIdleSinceHint={since}\n"


@pytest.fixture
def machine(monkeypatch):
    """Let the machine answer: who is signed in, how their session stands, what holds a restart off."""

    def answers(said="", *, listed=LISTED["12"], inhibited=NOT_HELD_OFF, users=(), code=0):
        def run(words, *, seconds):
            assert 0 < seconds <= 10
            if words[0] == "systemd-inhibit":
                return Ran(0, inhibited) if inhibited is not None else Ran(1, "Host is down")
            if words[1] == "list-sessions":
                return Ran(code, listed)
            assert words[:3] == ["loginctl", "show-session", "3"]
            return Ran(0, re.sub(r"(\d+) minutes ago", moment, said))

        monkeypatch.setattr(conditions, "run", run)
        monkeypatch.setattr(psutil, "users", lambda: [SimpleNamespace(terminal=t) for t in users])
        return Conditions().somebody_works()

    return answers


@pytest.mark.parametrize("release", LISTED)
@pytest.mark.parametrize(
    ("said", "works"),
    [
        (session("no"), True),
        (session("yes", "6 minutes ago"), True),  # GNOME calls five minutes idle
        (session("yes", "16 minutes ago"), False),
        (session("yes", "0", class_="greeter"), False),
        (session("no", class_="greeter"), False),
        (session("no", class_="manager"), False),
        (session("no", class_="background"), False),
        (session("no", state="closing"), False),
        (session("no", state="online"), True),  # behind another screen
        (session("no", class_="user-early"), True),
        (session("no", class_="of-a-later-version"), True),
        (session("yes", "Tue 2026-12-01 09:00:00 JST"), True),
        (session("yes", ""), True),
        ("", True),  # it went meanwhile, or nobody can tell: the next start looks again
        ("Failed to get session path: No such session\n", True),
    ],
)
def test_a_session_counts_as_work_until_it_was_idle_for_long_enough(machine, release, said, works):
    assert machine(said, listed=LISTED[release]) is works


def test_what_cannot_be_asked_counts_as_work(machine):
    idle = session("yes", "60 minutes ago")
    assert not machine(idle)
    assert machine(idle, code=1, listed="Failed to connect to bus: Host is down\n")
    assert machine(idle, inhibited=None)
    assert machine(idle, listed="../3 1000 sato seat0\n")
    assert not machine(listed="")


def test_a_program_that_asks_for_no_restart_is_heard(machine):
    assert machine(listed="", inhibited=HELD_OFF)
    assert machine(listed="", inhibited=HELD_OFF.replace("block", "block-weak"))
    assert not machine(listed="", inhibited=NOT_HELD_OFF)
    assert not machine(listed="", inhibited="")


def test_a_terminal_counts_by_its_last_key(machine):
    ours, theirs = pty.openpty()
    terminal = os.ttyname(theirs).removeprefix("/dev/")
    try:
        for minutes, works in ((0, True), (14, True), (16, False)):
            at = time.time() - minutes * 60
            os.utime(f"/dev/{terminal}", (at, at))
            assert machine(listed="", users=(terminal,)) is works, minutes
    finally:
        os.close(ours)
        os.close(theirs)
    for unknown in (None, ":0", "pts/999999"):
        assert machine(listed="", users=(unknown,))


@pytest.mark.parametrize(
    ("name", "more", "works"),
    [
        ("dpkg", [], True),
        ("dnf", [], True),
        ("unattended-upgr", ["/usr/bin/unattended-upgrade"], True),
        # It only waits for the machine's end, all day.
        ("unattended-upgr", ["/usr/share/unattended-upgrades/unattended-upgrade-shutdown"], False),
        ("bash", [], False),
    ],
)
def test_software_that_is_being_installed_is_seen(monkeypatch, name, more, works):
    process = SimpleNamespace(info={"name": name, "cmdline": ["python3", *more]})
    monkeypatch.setattr(psutil, "process_iter", lambda _: [process])
    assert package_manager_works() is works


def test_a_package_manager_that_really_runs_is_seen(tmp_path):
    """Nothing is asked of a machine without one: others may install something beside the tests."""
    shutil.copy("/usr/bin/sleep", tmp_path / "dpkg")
    with psutil.Popen([tmp_path / "dpkg", "600"]) as started:
        assert started.name() == "dpkg"
        assert package_manager_works()
        started.kill()


class Clock:
    """Waits without waiting, and lets something happen at a moment."""

    def __init__(self, at=None):
        self.at, self.waited = at, 0.0

    def wait(self, seconds):
        self.waited += seconds

    def happened(self):
        return self.at is not None and self.waited >= self.at


@pytest.fixture
def asked(monkeypatch):
    words: list[list[str]] = []

    def run(given, *, seconds):
        words.append(list(given))
        return Ran(0, "")

    monkeypatch.setattr(switches, "run", run)
    return words


def restart(works, installs=None):
    installs = installs or Clock()

    def wait(seconds):
        works.wait(seconds)
        installs.wait(seconds)

    return Restart(works.happened, installs.happened, wait)


def test_nobody_there_it_is_announced_and_comes(asked):
    clock = Clock()
    engine = restart(clock)
    assert engine.run("restart", {}, engine.plan("restart", {})).state == "running"
    assert [one[:3] for one in asked] == [["shutdown", "-r", "+2"]]
    assert 100 <= clock.waited < 120, "it looks on until it comes"


@pytest.mark.parametrize("who", ["somebody", "a package manager"])
@pytest.mark.parametrize("at", [5, 60, 110])
def test_whoever_begins_to_work_in_the_two_minutes_calls_it_off(asked, who, at):
    came = Clock(at)
    engine = restart(came) if who == "somebody" else restart(Clock(), came)
    said = engine.run("restart", {}, engine.plan("restart", {}))
    assert (said.state, said.reason) == ("failed", "somebody_came")
    assert asked[-1][:2] == ["shutdown", "-c"]
    assert said.reason in FAILURES


def test_it_waits_while_software_is_installed(tmp_path, asked):
    clock = Clock(0)
    engine = restart(Clock(), clock)
    bench = Bench(tmp_path, Giver(), engine, conditions=Quiet(spare=0))
    task = bench.giver.task(kind="restart", parameters={})
    said = bench.do("restart", task=task.task, parameters={})
    assert (said.state, said.reason, asked) == ("waiting", "busy", [])


def test_it_is_not_begun_while_somebody_works_and_ends_with_its_window(tmp_path, asked):
    bench = Bench(tmp_path, Giver(), restart(Clock()), conditions=Quiet(spare=0, people=True))
    said = bench.do("restart", parameters={})
    assert (said.state, said.reason, asked) == ("waiting", "somebody_works", [])
    bench.now = bench.giver.task().expires
    bench.turn()
    assert bench.store.state().held == []
    assert bench.store.lines()[-1].reason == "expired"
    assert asked == []
