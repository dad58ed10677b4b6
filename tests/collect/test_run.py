"""One collector that hangs, fails or prints nonsense costs only its own observations."""

import os
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.support.patience import BOUNDED
from tojimari.catalog import load_catalog
from tojimari.collect.host import Denied, LocalHost, Missing, Nonsense, TookTooLong
from tojimari.collect.look import Collector, Seen, collectors, missed, saw
from tojimari.collect.run import AT_ONCE, look
from tojimari.model import NotSeen, Subject
from tojimari.model.facts import DeviceBoot, DeviceTimeSync, fact_kinds

CATALOG = load_catalog()
NOW = datetime(2026, 11, 23, tzinfo=UTC)
GOOD = DeviceTimeSync("chrony", synchronised=True)
UNTYPED_BOOT: Any = DeviceBoot
"""As a collector may fill it by mistake where a host's answer has no type."""


def made(name, function, *, kind=DeviceTimeSync, limit=1.0):
    return Collector(name, "linux", (kind.KIND,), function, limit)


def looked(*chosen):
    found = look(
        LocalHost(), chosen, catalog=CATALOG, subject=lambda _: Subject("device", "d"), at=NOW
    )
    return {observation.kind: observation for observation in found}


def raises(error):
    def function(host):
        raise error

    return function


@pytest.mark.parametrize(
    ("function", "reason"),
    [
        (raises(Denied("/etc/shadow")), "no_permission"),
        (raises(Missing("nft")), "tool_missing"),
        (raises(TookTooLong("x")), "timed_out"),
        (raises(Nonsense("x")), "nonsense"),
        (raises(ZeroDivisionError()), "our_bug"),
        (lambda host: None, "our_bug"),
        (lambda host: [], "our_bug"),
        (lambda host: [Seen("device.boot")], "our_bug"),
        (lambda host: [saw(UNTYPED_BOOT("toaster", secure_boot=None))], "nonsense"),
        (lambda host: [saw(UNTYPED_BOOT("uefi"))], "our_bug"),
        (lambda host: [saw(UNTYPED_BOOT("uefi", secure_boot=1))], "nonsense"),
        (lambda host: [saw(UNTYPED_BOOT("uefi", secure_boot=object()))], "our_bug"),
        (lambda host: ["device.boot"], "our_bug"),
    ],
)
def test_a_failing_collector_costs_only_its_own_kind(function, reason):
    found = looked(made("bad", function, kind=DeviceBoot), made("good", lambda host: [saw(GOOD)]))
    assert found["device.boot"].not_seen.reason == reason
    assert found["device.boot"].fact is None
    assert found["device.time_sync"].fact == GOOD


def test_a_hanging_collector_is_left_behind_after_its_limit():
    release = threading.Event()
    started = time.monotonic()
    found = looked(
        made("hangs", lambda host: release.wait(3000), kind=DeviceBoot, limit=0.3),
        made("good", lambda host: [saw(GOOD)], limit=5),
    )
    assert time.monotonic() - started < BOUNDED
    release.set()
    assert found["device.boot"].not_seen.reason == "timed_out"
    assert found["device.time_sync"].fact is not None


def test_the_reason_a_collector_gives_is_kept_word_for_word():
    why = NotSeen("no_permission", see_with="ls /proc", detail="x")
    found = looked(made("x", lambda host: [missed(DeviceBoot, why)], kind=DeviceBoot))
    assert found["device.boot"].not_seen == why


def test_text_that_no_database_takes_is_replaced():
    hostile = saw(DeviceTimeSync("a\0b \udcff", synchronised=None))
    found = looked(
        made("x", lambda host: [hostile]),
        made("y", raises(Nonsense("said \0 \udcff")), kind=DeviceBoot),
    )
    assert found["device.time_sync"].fact.service == "a\ufffdb \ufffd"
    assert found["device.boot"].not_seen.detail == "Nonsense: said \ufffd \ufffd"


class Line:
    """A named pipe: what is written into it, and that all who held its other end are gone."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "line"
        os.mkfifo(self.path)
        self._end = os.open(self.path, os.O_RDONLY | os.O_NONBLOCK)

    def heard(self) -> bytes:
        """Return what was written, once nobody holds the other end; b"" when nobody ever did."""
        until, heard = time.monotonic() + BOUNDED, b""
        while time.monotonic() < until:
            try:
                piece = os.read(self._end, 100)
            except BlockingIOError:
                time.sleep(0.01)
            else:
                if not piece:
                    return heard
                heard += piece
        raise AssertionError("somebody still holds it")


@pytest.fixture
def line(tmp_path):
    return Line(tmp_path)


LONGER = (0.3, 3, 30)
"""Limits: on a busy machine a command may not even have started within the first."""


def test_a_command_that_hangs_is_stopped_with_everything_it_started(line):
    for limit in LONGER:
        with pytest.raises(TookTooLong):
            LocalHost().run(
                ["sh", "-c", f"(exec 3>{line.path}; echo on >&3; sleep 3000) & sleep 3000"],
                limit_seconds=limit,
            )
        if line.heard():
            return
    raise AssertionError("it never started")


def test_commands_see_no_terminal_no_input_and_the_c_locale():
    host = LocalHost()
    out = host.run(["sh", "-c", 'echo "$LC_ALL"; cat; tty; true']).out
    assert out.splitlines()[0] == "C.UTF-8"
    assert "not a tty" in out


def test_files_that_cannot_be_used_say_why(tmp_path):
    host = LocalHost(tmp_path)
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(Missing):
        host.read("/nothing")
    with pytest.raises(Nonsense):
        host.read("/folder")
    with pytest.raises(Nonsense):
        host.read("/pipe")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00ok")
    assert host.read("/binary").endswith("ok")


def test_every_kind_of_device_fact_has_one_collector_on_every_system():
    device = {id_: kind for id_, kind in fact_kinds().items() if id_.startswith("device.")}
    kinds = {id_ for id_, kind in device.items() if kind.SOURCE == "measured"}
    kinds.remove("device.phone")  # said by the person who holds it: nothing of ours looks at it
    for system in ("linux", "windows", "macos"):
        seen = [kind for c in collectors(system) for kind in c.sees]
        of_windows = set() if system == "windows" else {"device.office"}
        assert sorted(seen) == sorted(kinds - of_windows), system


def test_the_whole_look_never_writes_below_its_root(tmp_path):
    """Every Linux collector on an empty root: nothing is found, nothing fails, nothing appears."""
    found = look(
        LocalHost(tmp_path),
        collectors("linux"),
        catalog=CATALOG,
        subject=lambda _: Subject("device", "d"),
        at=NOW,
    )
    assert list(tmp_path.iterdir()) == []
    for observation in found:
        if observation.not_seen:
            assert observation.not_seen.reason != "our_bug", observation


def test_so_many_run_at_a_time_and_each_has_its_turn_also_after_those_that_hang():
    gone, lock, now, most = threading.Event(), threading.Lock(), [0], [0]

    def counted(host):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        time.sleep(0.001)
        with lock:
            now[0] -= 1
        return [saw(GOOD)]

    def hangs(host):
        gone.wait()
        return [saw(GOOD)]

    hung = [made(f"a{n:02}", hangs, limit=0.05) for n in range(AT_ONCE)]
    try:
        found = look(
            LocalHost(),
            [*hung, *(made(f"b{n:02}", counted, limit=BOUNDED) for n in range(3 * AT_ONCE))],
            catalog=CATALOG,
            subject=lambda _: Subject("device", "d"),
            at=NOW,
        )
    finally:
        gone.set()
    reasons = [one.not_seen.reason if one.not_seen else None for one in found]
    assert reasons == ["timed_out"] * AT_ONCE + [None] * (3 * AT_ONCE)
    assert 0 < most[0] <= AT_ONCE


def test_commands_of_a_collector_that_was_left_behind_are_ended(line):
    def slow(host):
        host.run(["sh", "-c", f"exec 3>{line.path}; echo on >&3; sleep 3000"], limit_seconds=60)
        return [saw(GOOD)]

    for limit in LONGER:
        host = LocalHost()
        look(
            host,
            [made("slow", slow, limit=limit)],
            catalog=CATALOG,
            subject=lambda _: Subject("device", "d"),
            at=NOW,
        )
        host.stop_all()
        if line.heard():
            return
    raise AssertionError("it never started")


def test_a_command_that_prints_without_end_fills_no_memory(monkeypatch):
    import resource

    monkeypatch.setattr("tojimari.collect.host.MAX_OUTPUT_BYTES", 2_000_000)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Nonsense):
        LocalHost().run(["yes"], limit_seconds=10)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000


def test_a_command_that_complains_without_end_is_stopped_in_time():
    started = time.monotonic()
    with pytest.raises(TookTooLong):
        LocalHost().run(["sh", "-c", "yes >&2"], limit_seconds=0.4)
    assert time.monotonic() - started < BOUNDED


def test_many_commands_leave_no_open_files_behind():
    host = LocalHost()
    host.run(["true"])
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        host.run(["sh", "-c", "echo out; echo err >&2"])
        host.pipe(["echo", "a"], ["cat"])
    assert len(list(Path("/proc/self/fd").iterdir())) <= before + 2
