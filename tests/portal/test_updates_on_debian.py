"""An update from the proposal to the finding that closes: portal, agent, actor, apt and dpkg."""

import random
from datetime import UTC, datetime

import pytest

from tests.support.apt_repository import World
from tests.support.pressing import run_tasks
from tests.support.signers import Signer
from tests.support.tasks import KINDS, Quiet
from tests.support.updates import KIND, SCOPES, say_yes, supporter, task_of, wanted
from tojimari.agent.actor import consent
from tojimari.agent.actor.actor import Actor
from tojimari.agent.actor.apt import AptEngine
from tojimari.agent.actor.store import Store
from tojimari.agent.joining import join
from tojimari.agent.loop import Agent
from tojimari.agent.taskbox import TaskBox
from tojimari.catalog import load_catalog
from tojimari.collect.host import LocalHost
from tojimari.collect.look import collectors
from tojimari.collect.run import look
from tojimari.model import Subject
from tojimari.portal.companies.models import Assessed
from tojimari.portal.core.models import AuditEvent
from tojimari.portal.devices.models import EnrolCode
from tojimari.portal.supporters.models import Grant
from tojimari.portal.updates.models import DeviceTask
from tojimari.portal.updates.proposals import propose
from tojimari.portal.updates.task_keys import make_first, public_key, rotate

CONTROL = "os-updates-pc"
UP = [["shopapp", "1.0", "2.0"]]


@pytest.fixture
def debian(tmp_path):
    """A device with an old package whose newer one its source published for security."""
    (tmp_path / "debian").mkdir()
    signer = Signer(tmp_path / "signer")
    made = World(tmp_path / "debian", signer)
    made.installed(made.package("shopapp", "1.0", publish=False))
    made.package("shopapp", "2.0")
    made.publish(label="Debian-Security", suite="stable-security")
    (made.root / "etc/os-release").write_text('ID=debian\nVERSION_ID="12"\n')
    yield made
    signer.close()


class Machine:
    """The two parts of the agent on that device: the one that looks, and the one that acts."""

    def __init__(self, debian, home, folder, monkeypatch):
        self.engine = AptEngine(debian.root, debian.config, seconds=300.0)
        assert self.engine.plan("all_updates", {}).changes  # its daily renewing of the lists
        self.store = Store(folder / "actor")
        units = folder / "units"
        units.mkdir()
        monkeypatch.setattr("tojimari.agent.actor.units.FOLDER", units)
        monkeypatch.setattr("tojimari.agent.actor.units._systemd", lambda: False)
        consent.allow(self.store, consent.proposed_pin(home, (KIND, "package")))
        self.root = debian.root
        box = TaskBox(home, self.store.folder)
        self.agent = Agent(home, looker=self.look, chance=random.Random(1), box=box)

    def look(self, device):
        chosen = [one for one in collectors("linux") if "device.updates" in one.sees]
        return look(
            LocalHost(self.root),
            chosen,
            catalog=load_catalog(),
            subject=lambda _: Subject("device", str(device)),
            at=datetime.now(UTC),
        )

    def act(self):
        Actor(
            self.store,
            kinds=KINDS,
            engine_for=lambda _: self.engine,
            conditions=Quiet(spare=0),
        ).turn()

    def turn(self):
        self.agent.turn()
        run_tasks()


def state_of(company) -> str:
    found = Assessed.objects.of(company).order_by("-as_of").first()
    return found.states[CONTROL]


@pytest.mark.django_db(transaction=True)
def test_an_update_is_proposed_approved_installed_and_seen(
    live_server, new_world, agent_home, debian, tmp_path, settings, monkeypatch
):
    world = new_world
    settings.TASK_KEY = tmp_path / "task-key"
    make_first()
    _, letters = EnrolCode.make(world.company, "computer", world.owner)
    join(agent_home, live_server.url, letters, "レジ")
    machine = Machine(debian, agent_home, tmp_path, monkeypatch)
    assert machine.store.pin().key == public_key()
    machine.turn()
    assert state_of(world.company) == "not_met"

    Grant.objects.of(world.company).filter(pk=world.grant.pk).update(scopes=SCOPES)
    device = world.company.devices.get()
    made = propose(world.company, wanted(KIND), [device.pk], supporter(world))
    run_tasks()
    machine.turn()  # takes the dry run along
    machine.act()
    machine.turn()
    assert task_of(made).plan == UP
    assert debian.status() == {"shopapp": "1.0 ii"}

    say_yes(world.client("owner"), made)
    machine.turn()
    machine.act()
    assert debian.status() == {"shopapp": "2.0 ii"}
    assert state_of(world.company) == "not_met"  # nobody has looked yet
    machine.turn()
    row = task_of(made)
    assert (row.state, row.changes) == (DeviceTask.DONE, UP)
    noted = AuditEvent.objects.of(world.company).get(action="updates.result")
    assert noted.about["changes"] == UP
    assert state_of(world.company) != "not_met"

    # The key is replaced: the device takes the new one by word of the old, and goes on.
    rotate()
    debian.package("shopapp", "3.0")
    debian.publish(label="Debian-Security", suite="stable-security")
    again = propose(world.company, wanted(KIND), [device.pk], supporter(world))
    say_yes(world.client("owner"), again)
    machine.turn()
    machine.act()
    machine.turn()
    assert machine.store.pin().key == public_key()
    assert task_of(again).state == DeviceTask.DONE
    assert debian.status() == {"shopapp": "3.0 ii"}
