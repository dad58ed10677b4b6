"""A buyer's list of a request at full size: 10,000 suppliers, 8,000 answers, on PostgreSQL.

Starts a PostgreSQL of its own (as an unprivileged user), fills it with made-up rows, starts the
real web server, and asks for the page over HTTP as a signed-in person of the buyer. The floor is
the page's own query, sent straight to PostgreSQL. Run from the repository:
`python benchmarks/buyer_requests.py`.
"""

import argparse
import http.client
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import quote

import psutil

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.support.servers import Portal, Postgres

GOAL_MS = 200
PAGES = {
    "first page": "",
    "page 50 of 100": "page=50",
    "answered": "state=answered",
    "waiting": "state=asked",
    "by name": "q=製作所77",
}

# Made-up rows, made inside the database.
FILL = """
INSERT INTO requests_inquiry (id, request_id, company_id, name, email, state, made_at, letter, mail,
  mailed_at, reminders, turn, draft, cost, person, shown, met, planned, not_met, not_applicable,
  declined, why, answered_at, shown_until)
SELECT md5('i' || n)::uuid, %(request)s, NULL, '製作所' || n, 's' || n || '@example.jp',
  CASE WHEN n %% 5 = 0 THEN 'asked' ELSE 'answered' END, now(), 'first', 'taken', now(), 0, 0,
  %(replies)s::jsonb, '', '担当', CASE WHEN n %% 5 = 0 THEN '{}'::jsonb ELSE
  jsonb_build_object('replies', %(replies)s::jsonb, 'cost', '', 'person', '担当') END,
  CASE WHEN n %% 5 = 0 THEN 0 ELSE n %% 27 END, 0, 0, 0, 0, '', now(), now() + interval '300 days'
FROM generate_series(1, %(suppliers)s) n
"""


def fill(portal: Portal, suppliers: int) -> tuple[str, str]:
    """Fill the database; returns the page's address and a signed-in session's cookie."""
    os.environ.update(portal.env)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tojimari.portal.settings"
    import django

    django.setup()
    import msgspec
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import connection
    from django.utils import timezone
    from tests.support.requests import made_request

    from tojimari.attest.replies import Reply
    from tojimari.portal.people.models import User
    from tojimari.portal.supporters.models import Helper, Organisation

    user = User.objects.create_user("buyer@example.jp")
    buyer = Organisation.objects.create(name="組立工業", kind="buyer", approved_at=timezone.now())
    Helper.objects.create(user=user, organisation=buyer)
    found = made_request(buyer, "scs-3")
    replies = {ask.key: Reply("met", timezone.localdate(), words="社内規程") for ask in found.asked}
    values = {
        "request": found.pk,
        "suppliers": suppliers,
        "replies": msgspec.json.encode(replies).decode(),
    }
    with connection.cursor() as cursor:
        cursor.execute(FILL, values)
        cursor.execute("ANALYZE")
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"/s/{buyer.pk}/requests/{found.pk}/", f"tojimari={session.session_key}"


def ask(port: int, path: str, cookie: str, times: int) -> list[float]:
    """Return the milliseconds of each of ``times`` requests on one connection."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    spent = []
    for _ in range(times):
        started = time.perf_counter()
        line.request("GET", path, headers={"Cookie": cookie, "Accept-Language": "ja"})
        answer = line.getresponse()
        body = answer.read()
        spent.append(1000 * (time.perf_counter() - started))
        if answer.status != 200 or not body:
            raise SystemExit(f"{path}: {answer.status}")
    line.close()
    return spent


def processor(portal: Portal) -> float:
    """Return the seconds of a processor the web server has used: others on the machine do not count."""
    spent = psutil.Process(portal.processes[0].pid).cpu_times()
    return float(spent.user + spent.system)


def floor(times: int) -> float:
    """Return the median milliseconds of the first page's own query."""
    from django.db import connection

    from tojimari.portal.requests.buyer_pages import _LIST_COLUMNS, filtered
    from tojimari.portal.requests.models import BuyerRequest

    rows = filtered(BuyerRequest.objects.get(), "", "").only(*_LIST_COLUMNS)[:100]
    query, values = rows.query.sql_with_params()
    spent = []
    with connection.cursor() as cursor:
        for _ in range(times):
            started = time.perf_counter()
            cursor.execute(query, values)
            cursor.fetchall()
            spent.append(1000 * (time.perf_counter() - started))
    return statistics.median(spent)


def main() -> None:
    """Run it and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--suppliers", type=int, default=10_000)
    parser.add_argument("--times", type=int, default=60)
    chosen = parser.parse_args()
    postgres = Postgres()
    portal = Portal(
        Path(tempfile.mkdtemp(prefix="tojimari-bench-")),
        "serve",
        env={
            "TOJIMARI_MODE": "server",
            "TOJIMARI_DATABASE_URL": postgres.create("bench"),
            "TOJIMARI_LOG_LEVEL": "ERROR",
        },
    )
    try:
        page, cookie = fill(portal, chosen.suppliers)
        ask(portal.port, page, cookie, 5)
        for name, query in PAGES.items():
            address = f"{page}?{quote(query, safe='=&')}"
            before = processor(portal)
            spent = ask(portal.port, address, cookie, chosen.times)
            each = 1000 * (processor(portal) - before) / chosen.times
            middle, late = statistics.median(spent), sorted(spent)[int(0.95 * len(spent))]
            within = "within" if middle <= GOAL_MS else "OVER"
            told = f"{name:18} p50 {middle:6.1f} ms  p95 {late:6.1f} ms  {within} {GOAL_MS} ms"
            print(f"{told}  the server's processor {each:5.1f} ms")
        file = ask(portal.port, f"{page}suppliers.csv", cookie, 3)
        print(f"{'CSV of all':18} p50 {statistics.median(file):6.1f} ms")
        print(f"{'floor (query)':18} p50 {floor(chosen.times):6.1f} ms")
    finally:
        portal.stop()
        postgres.stop()


if __name__ == "__main__":
    main()
