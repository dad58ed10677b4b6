"""The agent's own turns against a portal that really serves: what it sends, keeps and gives up."""

from datetime import UTC, datetime

import msgspec
import pytest

from tests.support.agents import enrolled, looker
from tests.support.ports import free_port
from tojimari.agent import client as agent_client
from tojimari.agent.loop import Agent
from tojimari.agent.wire import Enrolment
from tojimari.portal.devices.models import EnrolCode
from tojimari.portal.devices.models import Report as Arrived


@pytest.fixture
def world(new_world):
    return new_world


@pytest.mark.django_db(transaction=True)
class TestAgent:
    def test_enrols_looks_and_sends(self, live_server, world, agent_home):
        agent = enrolled(live_server, world, agent_home)
        agent.turn()
        device = world.company.devices.get()
        assert device.name == "店のノート"
        assert device.last_report_at is not None
        assert world.company.observations.count() == 1
        assert len(agent.queue) == 0
        assert (agent_home.folder / "key.pem").stat().st_mode & 0o777 == 0o600

    def test_a_code_works_once(self, live_server, world, agent_home):
        _, letters = EnrolCode.make(world.company, "computer", world.owner)
        message = Enrolment(letters, agent_client.public_hex(agent_home.make_key()), "a", "linux")
        agent_client.enrol(live_server.url, message)
        with pytest.raises(agent_client.RefusedByPortal) as caught:
            agent_client.enrol(live_server.url, message)
        assert caught.value.reason == "bad_code"

    def test_an_old_or_invented_code_is_refused(self, live_server, world, agent_home):
        _, letters = EnrolCode.make(world.company, "computer", world.owner)
        EnrolCode.objects.of(world.company).update(expires_at=datetime.now(UTC))
        key = agent_client.public_hex(agent_home.make_key())
        for typed in (letters, "AAAA-AAAA", "", "x" * 40):
            with pytest.raises(agent_client.RefusedByPortal):
                agent_client.enrol(live_server.url, Enrolment(typed, key, "a", "linux"))
        assert not world.company.devices.exists()

    def test_a_phones_code_lets_no_computer_in(self, live_server, world, agent_home):
        _, letters = EnrolCode.make(world.company, "phone", world.owner)
        message = Enrolment(letters, agent_client.public_hex(agent_home.make_key()), "a", "linux")
        with pytest.raises(agent_client.RefusedByPortal):
            agent_client.enrol(live_server.url, message)

    def test_waits_while_offline_and_sends_everything_later(self, live_server, world, agent_home):
        agent = enrolled(live_server, world, agent_home)
        there = agent.portal.identity
        agent.portal.identity = msgspec.structs.replace(
            there, server=f"http://127.0.0.1:{free_port()}"
        )
        waits = [agent.turn(look_now=True) for _ in range(3)]
        assert len(agent.queue) == 3
        assert waits[0] < waits[2]
        assert agent.schedule.last_problem["ja"]
        agent.portal.identity = there
        agent.turn()
        assert len(agent.queue) == 0
        assert Arrived.objects.of(world.company).count() == 3

    def test_a_crash_after_sending_does_no_harm(self, live_server, world, agent_home):
        agent = enrolled(live_server, world, agent_home)
        agent.look()
        (path, one), *_ = agent.queue.waiting()
        agent.portal.report(one)  # sent, but the file is still there
        agent.turn()
        assert Arrived.objects.of(world.company).filter(report=one.report).count() == 1
        assert not path.exists()

    def test_stops_when_the_owner_removed_it(self, live_server, world, agent_home):
        agent = enrolled(live_server, world, agent_home)
        agent.turn()
        device = world.company.devices.get()
        world.client("owner").post(f"/c/{world.company.pk}/devices/{device.pk}/remove/")
        with pytest.raises(agent_client.RefusedByPortal) as caught:
            agent.turn(look_now=True)
        assert caught.value.reason == "removed_device"

    def test_looks_when_the_owner_asks(self, live_server, world, agent_home):
        agent = enrolled(live_server, world, agent_home)
        agent.turn()
        world.client("owner").post(f"/c/{world.company.pk}/control/time-sync/done/")
        page = world.client("owner").get(f"/c/{world.company.pk}/devices/").content.decode()
        assert "新しい様子を待っています" in page
        agent.turn()
        assert Arrived.objects.of(world.company).count() == 2
        page = world.client("owner").get(f"/c/{world.company.pk}/devices/").content.decode()
        assert "新しい様子を待っています" not in page

    def test_a_restart_is_no_reason_to_look_again(self, live_server, world, agent_home):
        enrolled(live_server, world, agent_home).turn()
        Agent(agent_home, looker=looker()).turn()
        assert Arrived.objects.of(world.company).count() == 1
