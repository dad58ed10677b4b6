"""One browser for every journey of a session, and one portal of an owner, as new for each."""

import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.e2e.browser import chromium
from tests.e2e.owners_portal import OwnersPortal


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


@pytest.fixture(scope="session")
def _owners_portal(
    tmp_path_factory: pytest.TempPathFactory, browser: Browser
) -> Iterator[OwnersPortal]:
    folder = tmp_path_factory.mktemp("owner")
    made = OwnersPortal(folder, browser)
    yield made
    made.started.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def portal(_owners_portal: OwnersPortal) -> OwnersPortal:
    _owners_portal.forget()
    return _owners_portal
