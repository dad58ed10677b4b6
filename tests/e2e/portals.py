"""The two portals that all journeys share: one of an owner, one for many. Emptied, not restarted."""

import contextlib
import re
import sqlite3
import subprocess
import time
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.e2e.browser import WAIT
from tests.support.command import Command
from tests.support.drill_mails import CONTACT
from tests.support.forked import Forker
from tests.support.making import TASKS, Maker
from tests.support.servers import MailServer, Portal, Postgres

UNDONE = f"SELECT count(*) FROM {TASKS} WHERE status IN ('READY', 'RUNNING')"


class OwnersPortal:
    """`tojimari up`, entered once with its link; what a journey wrote is undone before the next."""

    def __init__(
        self, folder: Path, browser: Browser, database: Path, surroundings: dict[str, str]
    ) -> None:
        self.started = Portal(folder, "up", "--no-browser", env=surroundings, database=database)
        self.address = self.started.address
        self.entrance = self.started.entrance()
        context = browser.new_context()
        page = context.new_page()
        page.goto(self.entrance)
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


class ServersPortal:
    """A portal for many as it runs on a server: PostgreSQL, a web process, a worker, a mail server.

    Beside it a process that makes what a journey begins with, in the same surroundings.
    """

    def __init__(self, folder: Path, forker: Forker) -> None:
        self._postgres = Postgres()
        self.mails = MailServer()
        self._started = Portal(
            folder,
            "serve",
            worker=True,
            host="localhost",  # passkeys are for names, not for numbers
            env={
                "TOJIMARI_MODE": "server",
                "TOJIMARI_DATABASE_URL": self._postgres.create("portal"),
                "TOJIMARI_MAIL_URL": self.mails.url,
                "TOJIMARI_MAIL_FROM": "Tojimari <portal@example.jp>",
                "TOJIMARI_MAIL_IN_DOMAIN": "in.tojimari.example",
                "TOJIMARI_OPERATOR_CONTACT": CONTACT,
            },
        )
        self.address = self._started.address
        self._command = Command(folder, forker)
        self.make = Maker(self._started.env)
        settled = "from tests.support.making import settled; settled()"
        self._kept = set(self.make(settled)) - {TASKS}

    def forget(self) -> None:
        """Make everything as it was when nobody had come yet."""
        self.make(f"from tests.support.making import empty; empty({self._kept!r})")
        self.mails.forget()

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run the command beside the portal, with the same settings."""
        return self._command(*words, env=self._started.env)

    def stop(self) -> None:
        """End its processes."""
        self.make.stop()
        self._started.stop()
        self.mails.stop()
        self._postgres.stop()
