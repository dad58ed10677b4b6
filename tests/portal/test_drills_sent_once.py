"""Mails of drills go once: real workers that are killed, a real mail server, one database."""

import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from contextlib import closing

from tests.support.drills import CONTACT, DOMAIN
from tests.support.mail_house import House
from tests.support.patience import BOUNDED

NUMBER = 40
KILLS = 4
_DRILL = f"""
import django, json; django.setup()
from datetime import timedelta
from django.utils import timezone
from tojimari.portal.companies.start import found_company
from tojimari.portal.drills.models import Drill, DrillConsent, DrillMail
from tojimari.portal.outside.models import Site
from tojimari.portal.people.models import User
now = timezone.now()
user = User.objects.create_user("owner@example.jp", name="x")
company = found_company(user, "会社")
Site.objects.of(company).create(company=company, name="{DOMAIN}", mail_domain="{DOMAIN}", proven_by="dns", proven_at=now)
consent = DrillConsent.objects.of(company).create(company=company, text="x", lang="ja", by=user, by_name="x")
drill = Drill.objects.of(company).create(company=company, title="x", level="easy", templates=["parcel-easy"], starts_on=now.date(), state="running", consent=consent, names="nobody", keep_days=90, started_at=now, started_by=user)
DrillMail.objects.of(company).bulk_create(DrillMail(company=company, drill=drill, email=f"p{{at}}@{DOMAIN}", template="parcel-easy", send_at=now - timedelta(minutes=1)) for at in range({NUMBER}))
print(json.dumps(str(drill.pk)))
"""
_HAND_OUT = "import django; django.setup(); from tojimari.portal.drills import sending; sending.hand_out(); sending.hand_out()"


class Drilling(House):
    """A portal without pages in the middle of a drill."""

    def __init__(self, folder, empty_database) -> None:
        super().__init__(folder, empty_database, people=_DRILL)
        self.env["TOJIMARI_OPERATOR_CONTACT"] = CONTACT

    def asked(self, sql: str) -> list:
        path = self.folder / "portal" / "portal.sqlite3"
        with closing(sqlite3.connect(path, timeout=30)) as database, database:
            return database.execute(sql).fetchall()

    def kinds(self) -> Counter:
        return Counter(state for (state,) in self.asked("SELECT state FROM drills_drillmail"))

    def hand_out(self) -> None:
        subprocess.run([sys.executable, "-c", _HAND_OUT], env=self.env, check=True)

    def ends_at_once(self) -> None:
        """Kill every worker as the power would; then let their claims lapse, as five minutes do."""
        for process in self.running:
            process.kill()
            process.wait()
        self.running.clear()
        self.asked("UPDATE drills_drillmail SET claimed_at = NULL WHERE state = 'waiting'")

    def goes_on(self) -> None:
        self.hand_out()
        for _ in range(2):
            self.start("worker")


def test_every_mail_goes_once_however_workers_die(tmp_path, empty_database):
    house, chance = Drilling(tmp_path, empty_database), random.Random(7)
    try:
        for _ in range(KILLS):
            house.goes_on()
            before = len(house.sink.to)
            until = time.monotonic() + BOUNDED
            while len(house.sink.to) < before + chance.randrange(2, 8):
                if time.monotonic() > until or not house.kinds()["waiting"]:
                    break
                time.sleep(0.05)
            house.ends_at_once()
        house.goes_on()
        until = time.monotonic() + BOUNDED
        while house.kinds()["waiting"] and time.monotonic() < until:
            time.sleep(0.2)
            if not house.asked("SELECT 1 FROM drills_drillmail WHERE claimed_at IS NOT NULL"):
                house.hand_out()
        kinds, got = house.kinds(), Counter(house.sink.to)
    finally:
        house.end()
    assert kinds["taken"] + kinds["handing"] == NUMBER, kinds
    assert kinds["handing"] <= 2 * KILLS
    assert set(got.values()) == {1}, "a mail went twice"
    # What the worker could write down arrived; of the others nobody knows, and none came twice.
    assert len(got) >= kinds["taken"]
