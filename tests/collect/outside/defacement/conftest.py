"""A played site, and the way to it."""

import pytest

from tests.support.stage import Stage
from tests.support.watched.play import played


@pytest.fixture(scope="package")
def way(tmp_path_factory):
    stage = Stage(tmp_path_factory.mktemp("stage"), [])
    yield stage.egress()
    stage.stop()


@pytest.fixture
def server():
    with played() as found:
        yield found
