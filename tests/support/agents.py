"""What devices send to the portal, and the real agent."""

import random
import uuid
from datetime import UTC, datetime

import msgspec

from tojimari.agent import client as agent_client
from tojimari.agent.home import DeviceIdentity, Home
from tojimari.agent.loop import Agent
from tojimari.agent.wire import REFUSALS, Enrolment, Report, ReportedFact
from tojimari.model import Subject, seen
from tojimari.model.facts import DeviceTimeSync
from tojimari.portal.devices.models import EnrolCode


def fact(kind: str = "device.time_sync", **fields) -> ReportedFact:
    return ReportedFact(kind, 1, fields or {"synchronised": True, "service": "chrony"})


def report(machine, *facts: ReportedFact, at: datetime | None = None, **more) -> Report:
    values = {
        "schema": "tojimari.report/1",
        "report": uuid.uuid4(),
        "device": machine.device.pk,
        "made_at": at or datetime.now(UTC),
        "agent": "0.2.0",
        "system": "linux",
        "facts": list(facts) or [fact()],
        **more,
    }
    return Report(**values)


def signed(machine, body: Report | bytes, *, key=None, at: float | None = None, kid=None) -> bytes:
    payload = body if isinstance(body, bytes) else msgspec.json.encode(body)
    moment = datetime.now(UTC).timestamp() if at is None else at
    return agent_client.sign(payload, key or machine.key, str(kid or machine.device.pk), at=moment)


def post(client, body: bytes, what: str = "reports"):
    return client.post(f"/api/v1/{what}", body, content_type="application/jose")


def refused(response, status: int, reason: str) -> None:
    assert response.status_code == status, response.content
    said = response.json()
    assert said["reason"] == reason
    assert said["ja"] == REFUSALS[reason].ja
    assert said["server_time"]


def enrolled(live_server, world, home: Home) -> Agent:
    _, letters = EnrolCode.make(world.company, "computer", world.owner)
    key = home.make_key()
    answer = agent_client.enrol(
        live_server.url,
        Enrolment(letters.lower(), agent_client.public_hex(key), "店のノート", "linux"),
    )
    home.save_identity(
        key, DeviceIdentity(live_server.url, answer.device, answer.company, "店のノート", "linux")
    )
    return Agent(home, looker=looker(), chance=random.Random(1))


def looker(on: bool = True):
    def look(device):
        now = datetime.now(UTC)
        return [seen(DeviceTimeSync("chrony", on), subject=Subject("device", str(device)), at=now)]

    return look
