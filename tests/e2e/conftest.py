"""One browser for every journey of a session, and one portal of an owner, as new for each."""

import contextlib
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e.browser import WAIT, chromium
from tests.support.servers import Portal

UNDONE = (
    "SELECT count(*) FROM django_tasks_database_dbtaskresult WHERE status IN ('READY', 'RUNNING')"
)


@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    with chromium() as made:
        yield made


class OwnersPortal:
    """`tojimari up`, entered once with its link; what a journey wrote is undone before the next."""

    def __init__(self, folder: Path, browser: Browser, database: Path) -> None:
        self.started = Portal(folder, "up", "--no-browser", database=database)
        self.address = self.started.address
        context = browser.new_context()
        page = context.new_page()
        page.goto(self.started.entrance())
        found = re.search(r"/c/([0-9a-f-]{36})/welcome/$", page.url)
        assert found, page.url
        self._welcome = page.url
        self._cookies = context.cookies()
        context.close()
        self._database = folder / "portal" / "portal.sqlite3"
        self._new = folder / "new.sqlite3"
        with contextlib.closing(sqlite3.connect(self._database)) as live:
            with contextlib.closing(sqlite3.connect(self._new)) as kept:
                live.backup(kept)

    def forget(self) -> None:
        """Make everything as it was when the owner had just come in."""
        with contextlib.closing(sqlite3.connect(self._database, timeout=60)) as live:
            while live.execute(UNDONE).fetchone()[0]:
                time.sleep(0.05)
            with contextlib.closing(sqlite3.connect(self._new)) as kept:
                kept.backup(live)

    def enter(self, page: Page) -> None:
        """Lead ``page`` in, to the first page an owner sees."""
        page.set_default_timeout(WAIT)
        page.context.add_cookies(
            [{"name": c["name"], "value": c["value"], "url": self.address} for c in self._cookies]
        )
        page.goto(self._welcome)


@pytest.fixture(scope="package")
def _owners_portal(
    tmp_path_factory: pytest.TempPathFactory, browser: Browser, empty_database: Path
) -> Iterator[OwnersPortal]:
    folder = tmp_path_factory.mktemp("owner")
    made = OwnersPortal(folder, browser, empty_database)
    yield made
    made.started.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def portal(_owners_portal: OwnersPortal) -> OwnersPortal:
    _owners_portal.forget()
    return _owners_portal
