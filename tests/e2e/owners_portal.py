"""The portal of an owner, entered once and as new for each journey."""

import contextlib
import re
import sqlite3
import time
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.e2e.browser import WAIT
from tests.support.servers import Portal

UNDONE = (
    "SELECT count(*) FROM django_tasks_database_dbtaskresult WHERE status IN ('READY', 'RUNNING')"
)


class OwnersPortal:
    """`tojimari up`, entered once with its link; what a journey wrote is undone before the next."""

    def __init__(self, folder: Path, browser: Browser, env: dict[str, str] | None = None) -> None:
        self.started = Portal(folder, "up", "--no-browser", env=env)
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
