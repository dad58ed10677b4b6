"""The desk with the real programs: Postfix hands over, workers are killed, and no mail is lost."""

import signal
import smtplib
import sqlite3
import time
from collections import Counter

import pytest

from tests.support.desk import TROUBLE, answer_to, letter
from tests.support.desk_mails import mails
from tests.support.mail_house import House, postfix_to
from tests.support.mail_servers import MAY_RUN
from tests.support.patience import BOUNDED, PATIENCE
from tojimari.portal.mailin.automatic import digest_of

SENDERS = [f"owner{number}@example.jp" for number in range(12)]
_PEOPLE = f"""
import json
from datetime import time
from django.utils import timezone
from tojimari.portal.companies.start import found_company
from tojimari.portal.desk.models import Desk
from tojimari.portal.mailin.addresses import organisation_address
from tojimari.portal.people.models import User
from tojimari.portal.supporters.models import Grant, Organisation
desk = Organisation.objects.create(name="x", kind="supporter", approved_at=timezone.now())
Desk.objects.create(organisation=desk, opens=time(9), closes=time(17))
for sender in {SENDERS[:10]!r}:
    company = found_company(User.objects.create_user(sender, name="x"), sender)
    Grant.objects.of(company).create(company=company, organisation=desk)
print(json.dumps(organisation_address(desk, "desk")))
"""
_AGAIN = """
from datetime import timedelta
from django.utils import timezone
from tojimari.portal.mailin.intake import deal_with_waiting
from tojimari.portal.mailin.models import ReceivedMail
long_ago = timezone.now() - timedelta(hours=1)
rows = ReceivedMail.objects.across("test").exclude(state="done")
rows.update(taken_at=long_ago, received_at=long_ago)
deal_with_waiting.func()
"""


@pytest.fixture
def house(tmp_path, empty_database):
    made = House(tmp_path, empty_database, _PEOPLE)
    yield made
    made.end()


def rows_of(house, query: str) -> list[tuple]:
    with sqlite3.connect(house.folder / "portal" / "portal.sqlite3", timeout=60) as database:
        return database.execute(query).fetchall()


@pytest.mark.programs
@pytest.mark.any_database
@pytest.mark.skipif(not MAY_RUN, reason="postfix can only be started by root")
def test_postfix_hands_a_question_over_and_an_answer_to_its_own_address(house):
    house.intake()
    house.start("worker")
    with postfix_to(house.port) as port, smtplib.SMTP("127.0.0.1", port) as outside:
        outside.sendmail(SENDERS[0], [house.address], bytes(letter(sender=SENDERS[0])))
        (confirmed,) = house.sink.wait_for(1, PATIENCE)
        reply = answer_to(confirmed, "続きです。", SENDERS[0])
        outside.sendmail(SENDERS[0], [str(confirmed["Reply-To"])], bytes(reply))
        outside.sendmail("evil@evil.example", [str(confirmed["Reply-To"])], bytes(reply))
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            asides = rows_of(house, "SELECT why FROM desk_asidemail")
            texts = rows_of(house, "SELECT text FROM desk_message WHERE kind = 'company'")
            if asides and len(texts) == 2:
                break
            time.sleep(0.2)
    assert asides == [("unknown",)]
    assert {text for (text,) in texts} == {TROUBLE, "続きです。"}
    assert len(rows_of(house, "SELECT id FROM desk_ticket")) == 1


@pytest.mark.programs
@pytest.mark.any_database
def test_workers_are_killed_under_load_and_every_accepted_mail_is_there_once(house):
    house.intake()
    accepted: Counter[str] = Counter()
    worker = house.start("worker")
    with smtplib.LMTP("127.0.0.1", house.port) as server:
        for number, (sender, data) in enumerate(mails(190, SENDERS), 1):
            server.sendmail(sender, [house.address], data)
            accepted[digest_of(as_sent(data))] += 1
            if number % 50 == 0:
                time.sleep(0.5)
                worker.send_signal(signal.SIGKILL)
                worker.wait()
                worker = house.start("worker")
    until = time.monotonic() + BOUNDED * 4
    while time.monotonic() < until:
        house.make(_AGAIN)
        time.sleep(1)
        if not rows_of(house, "SELECT id FROM mailin_receivedmail WHERE state != 'done'"):
            break
    there = rows_of(house, "SELECT digest FROM desk_message WHERE digest != ''")
    aside = rows_of(house, "SELECT digest FROM desk_asidemail")
    kept = Counter(digest for (digest,) in [*there, *aside])
    assert set(kept) == set(accepted)
    assert {digest for digest, number in kept.items() if number > 1} == set()
    joined = rows_of(
        house,
        "SELECT t.company_id, m.company_id FROM desk_message m JOIN desk_ticket t ON t.id = m.ticket_id",
    )
    assert all(ours == theirs for ours, theirs in joined)


def as_sent(data: bytes) -> bytes:
    """The mail as the server has it: smtplib makes every line end whole, and ends the last one."""
    import re

    whole = re.sub(rb"(?:\r\n|\n|\r(?!\n))", b"\r\n", data)
    return whole if whole.endswith(b"\r\n") else whole + b"\r\n"
