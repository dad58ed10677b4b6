"""Several who write into a record at once: real transactions, on either database."""

import json
import os
import threading

import pytest
from django.db import connection, connections

from tests.support.making import Maker
from tests.support.records import checked, opened
from tests.support.stored import put_database
from tojimari.portal.incidents.chain import append
from tojimari.portal.incidents.models import IncidentEntry

WRITERS, LINES = 3, 8

_READ = """
from tojimari.portal.incidents.chain import append, catch_up, checked_lines
from tojimari.portal.incidents.models import Incident, IncidentEntry
"""
_BEGUN = """
from django.utils import timezone
from tojimari.portal.companies.models import Company
company = Company.objects.create(name="shop")
made = Incident.objects.of(company).create(
    company=company, kind="screen", known_at=timezone.now(), opened_as="owner"
)
append(made, "opened")
print(made.pk)
"""
_RESTORED = """
from django.utils import timezone
found = Incident.objects.across("test").get(pk=INCIDENT)
IncidentEntry.objects.of(found.company_id).all().delete()
now = timezone.now()
earlier = [
    IncidentEntry(company_id=found.company_id, incident=found, kind="note", text="x", at=now)
    for _ in range(200)
]
IncidentEntry.objects.of(found.company_id).bulk_create(earlier)
"""
_CHECKED = """
import json
found = Incident.objects.across("test").get(pk=INCIDENT)
rows = IncidentEntry.objects.of(found.company_id).order_by("number")
whole = checked_lines(found).broken is None
print(json.dumps([list(rows.values_list("number", flat=True)), whole]))
"""
# Each is a process with a connection of its own; all wait until the last is there.
_AT_ONCE = f"""
import os, sys, traceback
from django.db import connections
found = Incident.objects.across("test").get(pk=INCIDENT)
connections.close_all()
(there, tell), (wait, go), writers = os.pipe(), os.pipe(), []
for _ in range({WRITERS}):
    writers.append(os.fork())
    if writers[-1] == 0:
        code = 1
        try:
            os.write(tell, b"x")
            os.read(wait, 1)
            work(found)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
for _ in writers:
    os.read(there, 1)
os.write(go, b"x" * len(writers))
print(*[os.waitpid(writer, 0)[1] for writer in writers])
"""


@pytest.fixture
def make(tmp_path, empty_database):
    """Run a program on a portal of its own, with the real SQLite of a file."""
    put_database(empty_database, tmp_path)
    env = {key: value for key, value in os.environ.items() if key != "TOJIMARI_DATABASE_URL"}
    maker = Maker({**env, "TOJIMARI_HOME": str(tmp_path / "portal")})
    yield lambda program, incident="": maker(f"{_READ}\nINCIDENT = {incident!r}\n{program}")
    maker.stop()


@pytest.mark.any_database
def test_processes_that_write_at_once_never_fork_the_chain(make):
    [incident] = make(_BEGUN)
    work = f"work = lambda found: [append(found, 'note', str(n)) for n in range({LINES})]"
    assert make(work + _AT_ONCE, incident) == ["0"] * WRITERS
    numbers, whole = json.loads(" ".join(make(_CHECKED, incident)))
    assert numbers == list(range(1, WRITERS * LINES + 2))
    assert whole


@pytest.mark.any_database
def test_processes_that_look_at_an_earlier_record_at_once_chain_it_once(make):
    [incident] = make(_BEGUN)
    make(_RESTORED, incident)
    assert make("work = catch_up" + _AT_ONCE, incident) == ["0"] * WRITERS
    numbers, whole = json.loads(" ".join(make(_CHECKED, incident)))
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
