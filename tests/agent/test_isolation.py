"""A device is cut off from all but its portal, and let in again: real nftables, real packets."""

import os
import subprocess
import sys
import time
from datetime import timedelta

import msgspec
import pytest

from tests.support import namespaces as net
from tests.support.patience import PATIENCE
from tests.support.tasks import NOW, Bench, Giver, Quiet
from tojimari.agent.actor.command import Ran
from tojimari.agent.actor.engine import Plan
from tojimari.agent.actor.isolation import IsolationEngine
from tojimari.agent.actor.isolation_rules import TABLE, plain, resolvers
from tojimari.agent.actor.store import Store
from tojimari.agent.isolation import Isolation, isolated_until
from tojimari.agent.task_report import Change

pytestmark = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() != 0, reason="what is asked of root"
)
HOURS = {"parameters": {"hours": "24"}}


@pytest.fixture(scope="module")
def worlds():
    with net.Worlds() as made:
        yield made


class Isolating(Bench):
    """The actor of the PC, whose portal is known by two addresses."""

    def __init__(self, folder, worlds):
        self.engine = IsolationEngine(
            Store(folder / "actor"),
            root=net.resolv_conf(folder / "root"),
            nft=[*worlds.within(worlds.pc), "nft"],
            now=lambda: self.now,
            addresses=lambda host, port: (net.PORTAL, net.PORTAL6),  # no DNS for a made-up name
        )
        super().__init__(folder, Giver(), self.engine, conditions=Quiet(battery=True))
        self.pinned(portal=f"https://portal.example:{net.PORTAL_PORT}")


@pytest.fixture
def bench(tmp_path, worlds):
    made = Isolating(tmp_path, worlds)
    yield made
    made.engine.lift()


def every(worlds, what, places, **more):
    return [worlds.reaches(what, *place, **more) for place in places]


PORTALS = [(net.PORTAL, net.PORTAL_PORT), (net.PORTAL6, net.PORTAL_PORT)]
NAMES = [(net.RESOLVER, 53), (net.RESOLVER6, 53)]
OTHERS = [
    (net.STRANGER, net.OTHER_PORT),
    (net.STRANGER6, net.OTHER_PORT),
    (net.STRANGER, 53),
    (net.STRANGER6, 53),
    (net.PORTAL, net.OTHER_PORT),
    (net.RESOLVER6, net.OTHER_PORT),
]
OWN = [(net.PC, net.OTHER_PORT), (net.PC6, net.OTHER_PORT)]
LOCAL = [("127.0.0.1", net.OTHER_PORT)]
OUT = [(net.STRANGER, net.OTHER_PORT), (net.STRANGER6, net.OTHER_PORT)]


def test_only_portal_and_names_are_reached_until_a_task_lets_it_in(worlds, bench):
    assert all(every(worlds, "hold", OUT))
    assert all(every(worlds, "tcp", OUT, of=worlds.guest))
    said = bench.do("isolate", **HOURS)
    assert (said.state, said.changes) == (
        "done",
        [Change("isolated", "", "2026-12-01 09:00 UTC")],
    )
    assert isolated_until(bench.store.folder, NOW) == NOW + timedelta(hours=24)
    assert all(every(worlds, "tcp", [*PORTALS, *LOCAL]))
    assert all(every(worlds, "udp", NAMES))
    assert not any(every(worlds, "tcp", OTHERS[:3]))
    assert not any(every(worlds, "udp", OTHERS))
    assert not any(every(worlds, "again", OUT))  # what was open before is cut
    assert not any(every(worlds, "tcp", OWN, of=worlds.world))  # nothing comes in
    assert not any(every(worlds, "tcp", OUT, of=worlds.guest))  # nor through
    said = bench.do("release")
    assert said.changes == [Change("isolated", "2026-12-01 09:00 UTC", "")]
    assert all(every(worlds, "tcp", [*OTHERS, *OUT]))
    assert all(every(worlds, "tcp", OWN, of=worlds.world))
    assert isolated_until(bench.store.folder, NOW) is None
    assert bench.do("release").notes == ["nothing_to_do"]


ASK = """
import os, socket, sys
os.setuid(int(sys.argv[1]))
with socket.socket(socket.AF_INET6 if ":" in sys.argv[2] else socket.AF_INET, socket.SOCK_DGRAM) as asking:
    asking.settimeout(2)
    try:
        asking.connect((sys.argv[2], int(sys.argv[3])))
        asking.send(b"?")
        print("yes" if asking.recv(9) else "no")
    except OSError:
        print("no")
"""


def test_a_resolver_of_ones_own_goes_on_asking_and_nobody_else_does(worlds, bench):
    """As on a gateway box: without it the portal's name is lost, and with it the way back."""
    (bench.engine.root / "etc/passwd").write_text(
        "root:x:0:0::/root:/bin/sh\nunbound:x:4711:4711::/var/lib/unbound:/bin/false\n"
    )
    bench.do("isolate", **HOURS)

    def asked(user, address, port):
        words = [*worlds.within(worlds.pc), sys.executable, "-I", "-c", ASK]
        done = subprocess.run(
            [*words, str(user), address, str(port)], capture_output=True, text=True, check=True
        )
        return done.stdout == "yes\n"

    assert asked(4711, net.STRANGER, 53)
    assert asked(4711, net.STRANGER6, 53)
    assert not asked(4712, net.STRANGER, 53)
    assert not asked(4711, net.STRANGER, net.OTHER_PORT)


def test_the_kernel_ends_it_without_anybody(worlds, bench):
    bench.engine.hour = timedelta(seconds=1)
    bench.do("isolate", parameters={"hours": "2"})
    assert not worlds.reaches("udp", *OUT[0])
    until = time.monotonic() + PATIENCE
    while not worlds.reaches("tcp", *OUT[1]):
        assert time.monotonic() < until
    assert worlds.reaches("tcp", *OUT[0])
    assert bench.engine.stands() == "over"
    bench.engine.tend()  # the clock of the bench stands still: the kernel's word counts
    assert bench.engine.kept() is None
    assert bench.engine.stands() == "gone"


def test_what_a_restart_or_another_firewall_swept_away_is_put_back_for_what_is_left(worlds, bench):
    bench.do("isolate", **HOURS)
    words = [*bench.engine.nft, "flush", "ruleset"]
    subprocess.run(words, check=True)
    assert worlds.reaches("tcp", *OUT[0])
    bench.now += timedelta(hours=23)
    bench.engine.addresses = lambda host, port: ()  # early at a start no name is known
    bench.engine.tend(look_up=False)
    assert not worlds.reaches("udp", *OUT[0])
    assert worlds.reaches("tcp", *PORTALS[0])
    shown = subprocess.run(
        [*bench.engine.nft, "list", "set", "inet", TABLE, "on"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    assert "timeout 1h" in shown
    bench.engine.addresses = lambda host, port: (net.STRANGER,)  # the portal moved
    bench.engine.tend()
    assert bench.engine.kept().portal == (net.STRANGER,)
    assert worlds.reaches("tcp", net.STRANGER, net.PORTAL_PORT)
    bench.now += timedelta(hours=1)
    bench.engine.tend()
    assert worlds.reaches("tcp", *OUT[0])


def test_a_person_at_the_device_ends_it_and_that_is_noted(worlds, bench):
    assert not bench.engine.release_here()
    bench.do("isolate", **HOURS)
    assert bench.engine.release_here()
    assert worlds.reaches("tcp", *OUT[0])
    line = bench.store.lines()[-1]
    assert (line.kind, line.state, line.approved_by) == ("release", "done", "")


def test_what_the_kernel_does_not_take_is_no_isolation(bench):
    bench.engine.nft = ["/bin/false"]
    said = bench.do("isolate", **HOURS)
    assert (said.state, said.reason) == ("failed", "engine_failed")
    assert bench.engine.kept() is None


class Waiting:
    """An engine that says no to everything, and keeps whether the device was isolated then."""

    fetches = False

    def __init__(self, isolation):
        self.isolation, self.found = isolation, []

    def busy(self):
        return False

    def plan(self, kind, parameters):
        self.found.append(self.isolation.stands())
        return Plan(refusal="not_installed")


def test_longer_that_the_kernel_does_not_take_leaves_it_isolated_as_long_as_before(
    worlds, bench, monkeypatch
):
    bench.do("isolate", parameters={"hours": "1"})
    before = bench.engine.kept()
    apply = bench.engine._apply
    refused: list[Isolation] = []

    def refuse_once(isolation):
        if not refused:
            refused.append(isolation)
            return Ran(1, "Error: Could not process rule")
        return apply(isolation)

    monkeypatch.setattr(bench.engine, "_apply", refuse_once)
    assert bench.do("isolate", **HOURS).state == "failed"
    assert bench.engine.kept() == before
    assert (bench.engine.stands(), len(refused)) == ("on", 1)
    assert not any(every(worlds, "tcp", OTHERS[:1]))


def test_it_is_done_before_what_was_asked_earlier(bench):
    other = Waiting(bench.engine)
    bench.choose = lambda kind: bench.engine if kind == "isolate" else other
    bench.conditions = Quiet(spare=10**18)  # a full disk is no reason to wait either
    for kind, more in (("antivirus_scan", {}), ("isolate", HOURS)):
        bench.drop(bench.giver.signed(kind, **more))
    bench.turn()
    assert other.found == ["on"]


@pytest.mark.parametrize("hours", ["0", "73", "024", "1.5", "-1", ""])
def test_no_time_but_one_to_72_hours_is_taken(bench, hours):
    assert bench.do("isolate", parameters={"hours": hours}).reason == "bad_parameters"


def test_addresses_are_read_in_one_spelling_and_own_ones_are_left_out(tmp_path):
    assert resolvers(net.resolv_conf(tmp_path)) == (net.RESOLVER, net.RESOLVER6)
    assert [plain(one) for one in ("::ffff:192.0.2.1", "fe80::1%wlan0", "::", "x; drop")] == [
        "192.0.2.1",
        "fe80::1",
        "",
        "",
    ]
    assert resolvers(tmp_path / "nothing") == ()


def test_a_damaged_note_is_no_isolation(tmp_path):
    (tmp_path / "isolation.json").write_text("{")
    assert isolated_until(tmp_path, NOW) is None
    kept = Isolation(NOW, NOW + timedelta(hours=1), 1, "portal.example", 443)
    (tmp_path / "isolation.json").write_bytes(msgspec.json.encode(kept))
    assert isolated_until(tmp_path, NOW) == kept.until
    assert isolated_until(tmp_path, kept.until) is None


def test_who_lets_it_in_while_names_are_looked_up_is_not_overruled(tmp_path):
    store = Store(tmp_path / "actor")
    store.make()
    kept = Isolation(NOW, NOW + timedelta(hours=1), 1, "portal.example", 443)
    store.save("isolation.json", msgspec.json.encode(kept))

    def slowly(host, port):
        assert engine.release_here()
        return ("192.0.2.1",)

    engine = IsolationEngine(store, nft=["/bin/true"], now=lambda: NOW, addresses=slowly)
    engine.tend()
    assert engine.kept() is None


def test_where_nothing_was_ever_allowed_there_is_nothing_to_end(tmp_path):
    assert not IsolationEngine(Store(tmp_path / "actor"), nft=["/bin/false"]).release_here()
