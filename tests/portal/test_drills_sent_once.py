"""Mails of drills go once: workers that are killed in the middle, a real mail server, one database.

The workers are forked from a process that has read the modules and the catalog and has written one letter, so that
they can be killed often: each of them has nothing to do but to send.
"""

import json
from collections import Counter

from tests.support.drill_mails import CONTACT, DOMAIN
from tests.support.mail_house import House

NUMBER = 80
KILLS = 20
_DRILL = f"""
import json
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
# Between two rounds the claims of the dead lapse, as they do by themselves after five minutes.
_KILLED = f"""
import json, os, random, signal, time
from collections import Counter
from django.db import connections
from tojimari.portal.drills.models import DrillMail
from tojimari.portal.drills.letters import answers_to, letter_of
from tojimari.portal.drills.sending import send_drill
from tojimari.portal.drills.templates import template_of
rows, chance = DrillMail.objects.across("a test"), random.Random(7)
sent = lambda: rows.exclude(state="waiting").count()
first = rows.select_related("drill", "company").first()
letter_of(first, template_of(first.company, first.template), answers_to(first.company))
def worker():
    connections.close_all()
    pid = os.fork()
    if pid:
        return pid
    try:
        while rows.filter(state="waiting", claimed_at=None).exists():
            send_drill.call(DRILL)
    finally:
        os._exit(0)
for _ in range({KILLS}):
    running, before = [worker() for _ in range(2)], sent()
    until = time.monotonic() + 60
    while sent() == before < {NUMBER} and time.monotonic() < until:
        time.sleep(0.01)
    time.sleep(chance.uniform(0, 0.05))
    for pid in running:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    rows.filter(state="waiting").update(claimed_at=None)
while rows.filter(state="waiting").exists():
    send_drill.call(DRILL)
print(json.dumps(Counter(rows.values_list("state", flat=True))))
"""


def test_every_mail_goes_once_however_workers_die(tmp_path, empty_database):
    contact = {"TOJIMARI_OPERATOR_CONTACT": CONTACT, "TOJIMARI_LOG_LEVEL": "ERROR"}
    house = House(tmp_path, empty_database, people=_DRILL, **contact)
    try:
        said = house.make(f"DRILL = {house.address!r}\n{_KILLED}")
        got = Counter(house.sink.to)
    finally:
        house.end()
    kinds = Counter(json.loads(" ".join(said)))
    assert kinds["taken"] + kinds["handing"] == NUMBER, kinds
    assert kinds["handing"] <= 2 * KILLS
    assert set(got.values()) == {1}, "a mail went twice"
    # What the worker could write down arrived; of the others nobody knows, and none came twice.
    assert len(got) >= kinds["taken"]
