"""Several who write into a record at once: real transactions, on either database."""

import json
import os
import subprocess
import sys
import threading

import pytest
from django.db import connection, connections

from tests.support.records import checked, opened
from tests.support.stored import put_database
from tojimari.portal.incidents.chain import append
from tojimari.portal.incidents.models import IncidentEntry

WRITERS, LINES = 3, 8

_PROGRAM = """
import sys, json, django
django.setup()
from django.utils import timezone
from tojimari.portal.companies.models import Company
from tojimari.portal.incidents.chain import append, catch_up, checked_lines
from tojimari.portal.incidents.models import Incident, IncidentEntry
what, incident = sys.argv[1:]
if what == "begin":
    company = Company.objects.create(name="shop")
    made = Incident.objects.of(company).create(
        company=company, kind="screen", known_at=timezone.now(), opened_as="owner"
    )
    append(made, "opened")
    print(made.pk)
    sys.exit()
found = Incident.objects.across("test").get(pk=incident)
if what == "write":
    sys.stdin.readline()
    for number in range(8):
        append(found, "note", str(number))
elif what == "restore":
    IncidentEntry.objects.of(found.company_id).all().delete()
    now = timezone.now()
    earlier = [
        IncidentEntry(company_id=found.company_id, incident=found, kind="note", text="x", at=now)
        for _ in range(200)
    ]
    IncidentEntry.objects.of(found.company_id).bulk_create(earlier)
elif what == "look":
    sys.stdin.readline()
    catch_up(found)
else:
    rows = IncidentEntry.objects.of(found.company_id).order_by("number")
    whole = checked_lines(found).broken is None
    print(json.dumps([list(rows.values_list("number", flat=True)), whole]))
"""


def _program(folder, *words: str) -> subprocess.Popen[str]:
    env = {
        **{key: value for key, value in os.environ.items() if key != "TOJIMARI_DATABASE_URL"},
        "TOJIMARI_HOME": str(folder / "portal"),
        "DJANGO_SETTINGS_MODULE": "tojimari.portal.settings",
    }
    words = (sys.executable, "-c", _PROGRAM, *words)
    pipe = subprocess.PIPE
    return subprocess.Popen(words, env=env, text=True, stdin=pipe, stdout=pipe, stderr=pipe)


@pytest.mark.any_database
def test_processes_that_write_at_once_never_fork_the_chain(tmp_path, empty_database):
    put_database(empty_database, tmp_path)
    incident = _program(tmp_path, "begin", "").communicate()[0].strip()
    writers = [_program(tmp_path, "write", incident) for _ in range(WRITERS)]
    for one in writers:  # all are waiting: now they begin together
        one.stdin.write("\n")
        one.stdin.flush()
    for one in writers:
        problem = one.communicate()[1]
        assert one.returncode == 0, problem
    numbers, whole = json.loads(_program(tmp_path, "check", incident).communicate()[0])
    assert numbers == list(range(1, WRITERS * LINES + 2))
    assert whole


@pytest.mark.any_database
def test_processes_that_look_at_an_earlier_record_at_once_chain_it_once(tmp_path, empty_database):
    put_database(empty_database, tmp_path)
    incident = _program(tmp_path, "begin", "").communicate()[0].strip()
    assert _program(tmp_path, "restore", incident).wait() == 0
    readers = [_program(tmp_path, "look", incident) for _ in range(WRITERS)]
    for one in readers:
        one.stdin.write("\n")
        one.stdin.flush()
    for one in readers:
        problem = one.communicate()[1]
        assert one.returncode == 0, problem
    numbers, whole = json.loads(_program(tmp_path, "check", incident).communicate()[0])
    assert numbers == list(range(1, 202)), "200 lines and one that says so"
    assert whole


@pytest.mark.django_db(transaction=True)
def test_threads_that_write_at_once_never_fork_the_chain(new_world):
    # Threads of a test share one SQLite in memory, which has locks of another kind; the test above
    # asks the real one.
    writers = 1 if connection.vendor == "sqlite" else WRITERS
    found, failed = opened(new_world), []

    def write(who: int) -> None:
        try:
            for number in range(LINES):
                append(found, "note", f"{who} {number}")
        except Exception as error:  # noqa: BLE001
            failed.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=write, args=(who,)) for who in range(writers)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert failed == []
    rows = IncidentEntry.objects.of(new_world.company).filter(incident=found).order_by("number")
    assert [row.number for row in rows] == list(range(1, writers * LINES + 2))
    assert checked(found).broken is None
