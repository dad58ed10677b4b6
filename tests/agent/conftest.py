import pytest

from tests.support.apt_repository import World
from tests.support.signers import Signer
from tests.support.tasks import Bench, Giver
from tojimari.agent.actor.apt import AptEngine


@pytest.fixture(scope="session")
def signer(tmp_path_factory):
    made = Signer(tmp_path_factory.mktemp("signer") / "gpg")
    yield made
    made.close()


@pytest.fixture
def world(tmp_path, signer):
    """A root with shopapp 1.0 installed; the tests publish what is newer."""
    (tmp_path / "world").mkdir()
    made = World(tmp_path / "world", signer)
    made.installed(made.package("shopapp", "1.0", publish=False))
    return made


@pytest.fixture
def engine(world):
    return AptEngine(world.root, world.config, seconds=60.0)


@pytest.fixture
def bench(tmp_path, engine):
    return Bench(tmp_path, Giver(), engine)
