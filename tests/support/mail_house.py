"""A portal that takes mail with the real programs: its database, intake, worker, and a Postfix."""

import json
import os
import smtplib
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.mail_servers import postfix
from tests.support.making import Maker
from tests.support.patience import BOUNDED, PATIENCE
from tests.support.ports import free_port
from tests.support.servers import MailServer

DOMAIN = "in.tojimari.example"
_PEOPLE = """
import json
from allauth.account.models import EmailAddress
from tojimari.portal.companies.start import found_company
from tojimari.portal.mailin.addresses import address_of
from tojimari.portal.people.models import User
user = User.objects.create_user("owner@example.jp", name="x")
company = found_company(user, "会社")
print(json.dumps(address_of(company, "mailcheck")))
"""


class House:
    """A portal without pages: a database, the intake and a worker, each when it is started."""

    def __init__(self, folder, empty_database, people: str = _PEOPLE, **surroundings: str) -> None:
        from tests.support.stored import put_database

        self.folder, self.sink, self.port = folder, MailServer(), free_port()
        put_database(empty_database, folder)
        drop = ("TOJIMARI_", "DJANGO_")
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith(drop)},
            "TOJIMARI_MODE": "server",
            "TOJIMARI_HOME": str(folder / "portal"),
            "TOJIMARI_MAIL_IN_DOMAIN": DOMAIN,
            "TOJIMARI_MAIL_URL": self.sink.url,
            "TOJIMARI_PUBLIC_URL": "http://127.0.0.1:1",
            "DJANGO_SETTINGS_MODULE": "tojimari.portal.settings",
            **surroundings,
        }
        self.make = Maker(self.env)
        self.address = json.loads(" ".join(self.make(people)))
        self.running: list[subprocess.Popen[bytes]] = []

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        log = (self.folder / f"{words[0]}.log").open("ab")
        process = subprocess.Popen(
            [sys.executable, "-m", "tojimari", *words],
            env=self.env,
            stdout=log,
            stderr=log,
            stdin=subprocess.DEVNULL,
        )
        self.running.append(process)
        return process

    def intake(self) -> subprocess.Popen[bytes]:
        process = self.start("receive", "--listen", f"127.0.0.1:{self.port}")
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            try:
                with smtplib.LMTP("127.0.0.1", self.port):
                    return process
            except OSError:
                assert process.poll() is None, (self.folder / "receive.log").read_text()
                time.sleep(0.1)
        raise AssertionError((self.folder / "receive.log").read_text())

    def states(self) -> list[str]:
        with sqlite3.connect(self.folder / "portal" / "portal.sqlite3") as database:
            return [row[0] for row in database.execute("SELECT state FROM mailin_receivedmail")]

    def wait_for(self, states: list[str]) -> None:
        until = time.monotonic() + BOUNDED
        while self.states() != states and time.monotonic() < until:
            time.sleep(0.1)
        assert self.states() == states

    def end(self) -> None:
        for process in self.running:
            process.kill()
            process.wait()
        self.make.stop()
        self.sink.stop()


@contextmanager
def postfix_to(port: int) -> Iterator[int]:
    """Run a Postfix that hands mail for the domain over to ``port``."""
    with postfix(
        None,
        delivers=True,
        relay_domains=DOMAIN,
        transport_maps=f"inline:{{{{{DOMAIN} = lmtp:inet:127.0.0.1:{port}}}}}",
        lmtp_destination_recipient_limit="1",
    ) as found_:
        yield found_
