"""What 5,000 devices that ask cost the portal: processor and time of a ping, with and without a task.

python benchmarks/agent_polling.py --devices 5000 --seconds 120

Every device has a key of its own and asks as the agent does (a signed ping, every quarter of an hour
and a fifth more or less); what is asked within ``--seconds`` of such an hour is really sent, at its
moment, over HTTP to `tojimari serve`. Then each kind of ping is sent one after another, to have its
processor time alone: of a device that runs no tasks, of one that does and has none before it, and of
one that has a signed task (it is handed out each time, until the device says that it has it).
"""

import argparse
import http.client
import json
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import msgspec
import psutil
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.support.servers import Portal, Postgres

from tojimari.agent.client import public_hex, sign
from tojimari.agent.loop import ASK_EVERY, jittered
from tojimari.agent.wire import CONTENT_TYPE, Ping

FILL = """
import json, sys
from datetime import timedelta
import django
django.setup()
from django.utils import timezone
from tojimari.portal.companies.models import Company
from tojimari.portal.core.permissions import Actor
from tojimari.portal.devices.models import Device
from tojimari.portal.people.models import User
from tojimari.portal.updates.fresh import Fresh
from tojimari.portal.updates.models import Actuator
from tojimari.portal.updates.agreement import By, Wanted
from tojimari.portal.updates.proposals import approve, propose
from tojimari.portal.updates.signing import sign_tasks
from tojimari.portal.updates.task_keys import make_first
make_first()
keys = json.load(sys.stdin)
owner = User.objects.create_user("owner@example.jp")
now, ids = timezone.now(), []
for start in range(0, len(keys), 10):
    company = Company.objects.create(name=f"商店{start}")
    company.memberships.create(user=owner, role="owner")
    made = Device.objects.of(company).bulk_create(
        [Device(company=company, kind="computer", name="PC", system="linux", public_key=key,
                last_report_at=now) for key in keys[start:start + 10]])
    ids += [str(one.pk) for one in made]
    # Of ten devices four run tasks, and one of these has one before it.
    Actuator.objects.of(company).bulk_create(
        [Actuator(company=company, device=one, kinds=["security_updates"], told_at=now)
         for one in made[:4]])
    proposal = propose(company, Wanted("security_updates", {}, now, now + timedelta(days=2)),
                       [made[0].pk], By(owner, "owner"))
    approve(proposal, owner, "owner", Fresh("passkey", 0.0))
    sign_tasks.func(str(company.pk))
print(json.dumps(ids))
"""
KINDS = {"with a task": 0, "runs tasks, none waits": 1, "runs no tasks": 5}


class Fleet:
    """The devices with their keys, and a way to ask for each."""

    def __init__(self, portal: Portal, devices: int) -> None:
        self.portal = portal
        self.keys = [Ed25519PrivateKey.generate() for _ in range(devices)]
        done = subprocess.run(
            [sys.executable, "-c", FILL],
            input=json.dumps([public_hex(key) for key in self.keys]),
            env={**portal.env, "DJANGO_SETTINGS_MODULE": "tojimari.portal.settings"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        self.ids = json.loads(done.stdout)
        self.local = threading.local()

    def message(self, number: int) -> bytes:
        ping = Ping("tojimari.ping/1", UUID(self.ids[number]))
        return sign(msgspec.json.encode(ping), self.keys[number], self.ids[number], at=time.time())

    def ask(self, body: bytes) -> tuple[int, dict]:
        held = getattr(self.local, "held", None)
        if held is None:
            held = self.local.held = http.client.HTTPConnection("127.0.0.1", self.portal.port)
        held.request("POST", "/api/v1/ping", body, {"Content-Type": CONTENT_TYPE})
        answer = held.getresponse()
        return answer.status, json.loads(answer.read())


def processor(pids: list[int]) -> float:
    """Return the processor seconds of processes and those they started."""
    total = 0.0
    for pid in pids:
        for one in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
            used = one.cpu_times()
            total += used.user + used.system
    return total


def alone(fleet: Fleet, pids: dict[str, list[int]], pings: int) -> None:
    for name, offset in KINDS.items():
        numbers = [offset + 10 * (n % (len(fleet.ids) // 10)) for n in range(pings)]
        bodies = [fleet.message(number) for number in numbers]
        for body in bodies[:20]:
            fleet.ask(body)
        before = {part: processor(of) for part, of in pids.items()}
        took = []
        for body in bodies[20:]:
            began = time.perf_counter()
            status, answer = fleet.ask(body)
            took.append(1000 * (time.perf_counter() - began))
            assert status == 200, answer
            assert bool(answer["tasks"]) == (offset == 0), answer
        n = len(bodies) - 20
        spent = ", ".join(
            f"{part} {1000 * (processor(of) - before[part]) / n:.2f}" for part, of in pids.items()
        )
        print(f"{name}: ms of processor a ping: {spent}; median {statistics.median(took):.1f} ms")


def together(fleet: Fleet, pids: dict[str, list[int]], seconds: int) -> None:
    chance = random.Random(1)
    moments = []
    for number in range(len(fleet.ids)):
        at = chance.uniform(0, ASK_EVERY.total_seconds())
        while at < seconds:
            moments.append((at, number))
            at += jittered(ASK_EVERY, chance).total_seconds()
    moments.sort()
    before, began = {part: processor(of) for part, of in pids.items()}, time.monotonic()
    late, took, failed = [], [], 0

    def one(at: float, number: int) -> None:
        nonlocal failed
        late.append(time.monotonic() - began - at)
        start = time.perf_counter()
        status, _ = fleet.ask(fleet.message(number))
        took.append(1000 * (time.perf_counter() - start))
        failed += status != 200

    with ThreadPoolExecutor(16) as pool:
        for at, number in moments:
            time.sleep(max(0.0, began + at - time.monotonic()))
            pool.submit(one, at, number)
    lasted = time.monotonic() - began
    for part, of in pids.items():
        print(f"{part}: {(processor(of) - before[part]) / lasted:.3f} of one processor")
    took.sort()
    print(
        f"{len(moments)} pings in {lasted:.0f} s ({len(moments) / lasted:.1f} a second), "
        f"{failed} failed; p50 {took[len(took) // 2]:.0f} ms, p95 {took[int(len(took) * 0.95)]:.0f} "
        f"ms; begun at most {max(late):.1f} s late"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--devices", type=int, default=5000)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--pings", type=int, default=520)
    given = parser.parse_args()
    database = Postgres()
    with tempfile.TemporaryDirectory() as folder:
        env = {"TOJIMARI_MODE": "server", "TOJIMARI_DATABASE_URL": database.url()}
        portal = Portal(Path(folder), "serve", env=env)
        try:
            fleet = Fleet(portal, given.devices)
            pids = {"web": [portal.processes[0].pid]}
            load = psutil.getloadavg()[0]
            print(
                f"{given.devices} devices ask every {ASK_EVERY / timedelta(minutes=1):.0f} minutes"
            )
            alone(fleet, pids, given.pings)
            together(fleet, pids, given.seconds)
            print(f"load of the machine: {load:.1f} before, {psutil.getloadavg()[0]:.1f} after")
        finally:
            portal.stop()
            database.stop()


if __name__ == "__main__":
    main()
