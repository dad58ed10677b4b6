"""The fleet page at full size: 10,000 companies, 50,000 devices, 5 million observations.

Starts a PostgreSQL of its own (as an unprivileged user), fills it with made-up rows, starts the
real web server, and asks for the page over HTTP as a signed-in supporter. The floor is the page's
own query, sent straight to PostgreSQL. Run from the repository: `make bench-fleet`.
"""

import argparse
import http.client
import json
import os
import statistics
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.support.servers import Portal, Postgres

GOAL_MS = 300

# Made-up rows, made inside the database: identity is a hash of a number, so that tables meet.
FILL = """
INSERT INTO companies_company (id, name, prefecture, made_at, shares_figures)
SELECT md5('c' || n)::uuid, '商店' || n, lpad((1 + n %% 47)::text, 2, '0'), now(), false
FROM generate_series(1, %(companies)s) n;

INSERT INTO companies_standing (company_id, judged_at, size, industry, prefecture, basics_met,
  basics_open, basics_unknown, basics_of, open_items, not_met, unknown, contradictions, devices, step, step_kind,
  urgency, why, last_seen_at, stale_since)
SELECT md5('c' || n)::uuid, now(), (ARRAY['one','two_to_four','five_to_nine','ten_or_more'])[1 + n %% 4],
  (ARRAY['construction','manufacturing','retail','wholesale','professional','lodging_food','other'])[1 + n %% 7],
  lpad((1 + n %% 47)::text, 2, '0'), n %% 6, (n / 6) %% 4, n %% 3, 6, (ARRAY['', ' ipa6-1 ', ' ipa6-1 ipa6-6 '])[1 + n %% 3], n %% 40, n %% 50, n %% 3, 5,
  'os-updates-pc', 'do', (n * 7919) %% 150, '["contradiction", "basic_open", "basic_unknown"]'::jsonb, now(), NULL
FROM generate_series(1, %(companies)s) n;

INSERT INTO companies_controlstate (company_id, control, state, reason, contradiction)
SELECT md5('c' || n)::uuid, k.control,
  (ARRAY['met','met','partly','not_met','unknown'])[1 + (n * 31 + k.i * 17) %% 5],
  (ARRAY['said_met','updates_waiting','said_partly','said_not_met','not_asked'])[1 + (n * 31 + k.i * 17) %% 5], false
FROM generate_series(1, %(companies)s) n,
  (SELECT control, row_number() OVER () AS i FROM unnest(%(controls)s::text[]) AS control) k;

INSERT INTO devices_device (id, company_id, kind, name, system, public_key, enrolled_at, last_report_at, agent_version)
SELECT md5('d' || n || '-' || d)::uuid, md5('c' || n)::uuid, 'computer', 'PC' || d, 'windows', md5('k' || n || d) || md5('l' || n || d),
  now() - interval '1 year', now(), '0.2.0'
FROM generate_series(1, %(companies)s) n, generate_series(1, 5) d;

INSERT INTO companies_observation (id, company_id, kind, kind_version, subject_kind, subject_id, slot, source,
  observed_at, last_confirmed_at, fields, not_seen, partly_not_seen)
SELECT gen_random_uuid(), md5('c' || n)::uuid, 'device.' || (ARRAY['os','updates','firewall','antimalware','disk_encryption',
  'screen_lock','accounts','shares','backups','software'])[1 + o %% 10], 1, 'device',
  md5('d' || n || '-' || (1 + (o / 10) %% 5))::uuid::text, '', 'measured', now() - (o || ' days')::interval, now() - ((o - 1) || ' days')::interval,
  '{"made_up": true, "name": "x", "count": 3, "list": ["a", "b", "c"]}'::jsonb, NULL, '{}'::jsonb
FROM generate_series(1, %(companies)s) n, generate_series(1, %(observations)s) o;

INSERT INTO supporters_grant (company_id, organisation_id, scopes, given_at)
SELECT md5('c' || n)::uuid, %(organisation)s, ' devices:read findings:read reminders:send ', now() FROM generate_series(1, %(companies)s) n;
"""

PAGES = {
    "first page": "",
    "page 100 of 200": "page=100",
    "by control and state": "control=os-updates-pc&state=not_met",
    "by finding": "reason=updates_waiting",
    "by industry and prefecture": "industry=retail&prefecture=13",
    "by name": "q=商店77",
}


def fill(portal: Portal, companies: int, observations: int) -> tuple[str, str]:
    """Fill the database; returns the organisation's id and a signed-in session's cookie."""
    os.environ.update(portal.env)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tojimari.portal.settings"
    import django

    django.setup()
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import connection
    from django.utils import timezone

    from tojimari.portal.people.models import User
    from tojimari.portal.supporters.models import Helper, Organisation
    from tojimari.portal.words import catalog

    user = User.objects.create_user("helper@example.jp")
    chamber = Organisation.objects.create(
        name="会議所", kind="supporter", approved_at=timezone.now()
    )
    Helper.objects.create(user=user, organisation=chamber)
    values = {
        "companies": companies,
        "observations": observations,
        "controls": list(catalog().controls),
        "organisation": chamber.pk,
    }
    with connection.cursor() as cursor:
        for statement in FILL.split(";\n"):
            if statement.strip():
                cursor.execute(statement, values)
        cursor.execute("ANALYZE")
        counts = {}
        for table in ("companies_company", "devices_device", "companies_observation"):
            cursor.execute(f"SELECT count(*) FROM {table}")
            counts[table] = cursor.fetchone()[0]
    print("rows:", counts, flush=True)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(chamber.pk), f"tojimari={session.session_key}"


def ask(port: int, path: str, cookie: str, times: int) -> list[float]:
    """Return the milliseconds of each of ``times`` requests on one connection."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    spent = []
    for _ in range(times):
        started = time.perf_counter()
        line.request("GET", path, headers={"Cookie": cookie, "Accept-Language": "ja"})
        answer = line.getresponse()
        body = answer.read()
        spent.append(1000 * (time.perf_counter() - started))
        if answer.status != 200 or b'id="rows"' not in body:
            raise SystemExit(f"{path}: {answer.status}")
    line.close()
    return spent


def floor(organisation: str, times: int) -> float:
    """Return the median milliseconds of the first page's own query and its count."""
    from django.db import connection

    from tojimari.portal.supporters.fleet import Filters, standings
    from tojimari.portal.supporters.models import Organisation

    chamber = Organisation.objects.get(pk=organisation)
    found = standings(chamber, Filters()).select_related("company")
    query, values = found[:50].query.sql_with_params()
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
    parser.add_argument("--companies", type=int, default=10_000)
    parser.add_argument("--observations", type=int, default=500, help="of each company")
    parser.add_argument("--times", type=int, default=60)
    chosen = parser.parse_args()
    postgres = Postgres()
    folder = Path(tempfile.mkdtemp(prefix="tojimari-bench-"))
    portal = Portal(
        folder,
        "serve",
        env={
            "TOJIMARI_MODE": "server",
            "TOJIMARI_DATABASE_URL": postgres.create("bench"),
            "TOJIMARI_LOG_LEVEL": "ERROR",
        },
    )
    try:
        started = time.perf_counter()
        organisation, cookie = fill(portal, chosen.companies, chosen.observations)
        print(f"filled in {time.perf_counter() - started:.0f} s", flush=True)
        base = f"/s/{organisation}/"
        ask(portal.port, base, cookie, 5)
        from urllib.parse import quote

        rows = []
        for name, query in PAGES.items():
            spent = ask(portal.port, f"{base}?{quote(query, safe='=&')}", cookie, chosen.times)
            rows.append((name, statistics.median(spent), sorted(spent)[int(0.95 * len(spent))]))
        together: list[float] = []
        threads = [
            threading.Thread(
                target=lambda: together.extend(ask(portal.port, base, cookie, chosen.times // 2))
            )
            for _ in range(4)
        ]
        started = time.perf_counter()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rate = len(together) / (time.perf_counter() - started)
        rows.append(
            (
                "first page, 4 at once",
                statistics.median(together),
                sorted(together)[int(0.95 * len(together))],
            )
        )
        bare = floor(organisation, chosen.times)
        print(f"\n{'page':32} {'median ms':>10} {'95% ms':>8}")
        for name, median, high in rows:
            print(f"{name:32} {median:10.1f} {high:8.1f}")
        print(f"{'the query alone (floor)':32} {bare:10.1f}")
        print(f"page / floor: {rows[0][1] / bare:.1f}x; {rate:.0f} pages/s with 4 at once")
        worst = max(median for _, median, _ in rows)
        print(f"goal: every median under {GOAL_MS} ms: {'met' if worst < GOAL_MS else 'MISSED'}")
        print(json.dumps({"rows": rows, "floor_ms": bare}))
    finally:
        portal.stop()
        postgres.stop()


if __name__ == "__main__":
    main()
