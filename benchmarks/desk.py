"""The desk at full size: its pages over 200,000 tickets, and 50,000 mails taken in while workers die.

python benchmarks/desk.py pages    10,000 companies, 200,000 tickets, 1 million messages on PostgreSQL:
                                   the queue and a ticket over HTTP, as a signed-in helper
python benchmarks/desk.py mails    50,000 mails to a Postfix and by LMTP on to the intake, of twenty one
                                   broken, one doubled and one early; workers and the intake are
                                   killed with SIGKILL all along

A PostgreSQL of its own is started as an unprivileged user, without fsync: what is killed is the
portal, not the database. What is counted as accepted is what Postfix answered 250 for.
"""

import argparse
import http.client
import json
import os
import re
import signal
import smtplib
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psutil

sys.path.insert(0, str(Path(__file__).parent.parent))

from tests.support.desk_mails import mails
from tests.support.mail_servers import postfix
from tests.support.ports import free_port
from tests.support.servers import Portal, Postgres

GOAL_MS = 150

# Made-up rows, made inside the database; one ticket in a hundred waits.
FILL = """
INSERT INTO companies_company (id, name, prefecture, made_at, shares_figures)
SELECT md5('c' || n)::uuid, '商店' || n, '13', now(), false FROM generate_series(1, %(companies)s) n;

INSERT INTO companies_standing (company_id, judged_at, size, industry, prefecture, basics_met,
  basics_open, basics_unknown, basics_of, open_items, not_met, unknown, contradictions, devices, step, step_kind,
  urgency, why, last_seen_at, stale_since)
SELECT md5('c' || n)::uuid, now(), 'one', 'retail', '13', n %% 6, (n / 6) %% 4, n %% 3, 6, ' ipa6-1 ', n %% 40, n %% 50, n %% 3, 5,
  'os-updates-pc', 'do', (n * 7919) %% 150, '["basic_open"]'::jsonb, now(), NULL
FROM generate_series(1, %(companies)s) n;

INSERT INTO companies_controlstate (company_id, control, state, reason, contradiction)
SELECT md5('c' || n)::uuid, k.control, (ARRAY['met','met','partly','not_met','unknown'])[1 + (n * 31 + k.i * 17) %% 5], 'not_asked', false
FROM generate_series(1, %(companies)s) n,
  (SELECT control, row_number() OVER () AS i FROM unnest(%(controls)s::text[]) AS control) k;

INSERT INTO devices_device (id, company_id, kind, name, system, public_key, enrolled_at, last_report_at, agent_version)
SELECT md5('d' || n || '-' || d)::uuid, md5('c' || n)::uuid, 'computer', 'PC' || d, 'windows', md5('k' || n || d) || md5('l' || n || d),
  now() - interval '1 year', now(), '0.2.0'
FROM generate_series(1, %(companies)s) n, generate_series(1, 5) d;

INSERT INTO supporters_grant (company_id, organisation_id, scopes, given_at)
SELECT md5('c' || n)::uuid, %(organisation)s, ' devices:read findings:read ', now() FROM generate_series(1, %(companies)s) n;

INSERT INTO people_membership (user_id, company_id, role, remind, remind_lang, since)
SELECT %(user)s, md5('c' || n)::uuid, 'owner', false, 'ja', now() FROM generate_series(1, %(companies)s) n WHERE n <= 50;

INSERT INTO desk_ticket (id, company_id, organisation_id, number, token, subject, way, state, urgent, about, about_id, shared, caller,
  made_at, waits_since, first_answered_at, first_minutes, told_at, closed_at, rated, asker_id)
SELECT md5('t' || n)::uuid, md5('c' || 1 + n %% %(companies)s)::uuid, %(organisation)s, n, substr(md5('x' || n), 1, 24),
  'パソコンが遅い ' || n, (ARRAY['web','mail','phone'])[1 + n %% 3],
  CASE WHEN n %% 100 = 0 THEN 'open' WHEN n %% 10 = 1 THEN 'answered' ELSE 'closed' END, n %% 3000 = 0, '', '', '', '',
  now() - (n %% 1000 || ' days')::interval, CASE WHEN n %% 100 = 0 THEN now() - (n %% 700 || ' hours')::interval END,
  now(), n %% 900, now(), CASE WHEN n %% 100 <> 0 AND n %% 10 <> 1 THEN now() END, (ARRAY['','','yes','partly'])[1 + n %% 4], %(user)s
FROM generate_series(1, %(tickets)s) n;

INSERT INTO desk_message (id, company_id, ticket_id, kind, way, name, text, quoted, verdict, damaged, at, digest, mail_id, mail, "to", tries, method)
SELECT md5('m' || n || '-' || m)::uuid, md5('c' || 1 + n %% %(companies)s)::uuid, md5('t' || n)::uuid,
  (ARRAY['company','helper'])[1 + m %% 2], 'mail', 'a@b.example', repeat('急に遅くなりました。', 12), '', '', false,
  now() - (n %% 1000 || ' days')::interval, md5('g' || n || m), '<' || n || '.' || m || '@x>', '', '', 0, ''
FROM generate_series(1, %(tickets)s) n, generate_series(1, %(messages)s) m;

INSERT INTO desk_mailid (company_id, organisation_id, ticket_id, value, at)
SELECT company_id, %(organisation)s, ticket_id, mail_id, at FROM desk_message;

UPDATE desk_desk SET last_number = %(tickets)s;
"""


def set_up(portal_env: dict[str, str]) -> None:
    """Let this process use the portal's database."""
    os.environ.update(portal_env)
    os.environ["DJANGO_SETTINGS_MODULE"] = "tojimari.portal.settings"
    import django

    django.setup()


def desk() -> tuple[object, object]:
    """Make a helper and an organisation with a desk."""
    from datetime import time as clock

    from django.utils import timezone

    from tojimari.portal.desk.models import Desk
    from tojimari.portal.people.models import User
    from tojimari.portal.supporters.models import Helper, Organisation

    user = User.objects.create_user("helper@example.jp")
    made = Organisation.objects.create(name="会議所", kind="supporter", approved_at=timezone.now())
    Helper.objects.create(user=user, organisation=made)
    Desk.objects.create(organisation=made, opens=clock(9), closes=clock(17))
    return made, user


def fill(companies: int, tickets: int, messages: int) -> tuple[str, str]:
    """Fill the database; returns the organisation's id and a signed-in session's cookie."""
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore
    from django.db import connection

    from tojimari.portal.words import catalog

    organisation, user = desk()
    values = {
        "companies": companies,
        "tickets": tickets,
        "messages": messages,
        "controls": list(catalog().controls),
        "organisation": organisation.pk,
        "user": user.pk,
    }
    with connection.cursor() as cursor:
        for statement in FILL.split(";\n"):
            if statement.strip():
                cursor.execute(statement, values)
        cursor.execute("VACUUM ANALYZE")
        for table in ("companies_company", "desk_ticket", "desk_message", "desk_mailid"):
            cursor.execute(f"SELECT count(*) FROM {table}")
            print(f"{table}: {cursor.fetchone()[0]:,}", flush=True)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return str(organisation.pk), f"tojimari={session.session_key}"


def ask(port: int, path: str, cookie: str, times: int) -> list[float]:
    """Return the milliseconds of each of ``times`` requests on one connection."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    spent = []
    for _ in range(times):
        started = time.perf_counter()
        line.request("GET", path, headers={"Cookie": cookie, "Accept-Language": "ja"})
        answer = line.getresponse()
        answer.read()
        spent.append(1000 * (time.perf_counter() - started))
        if answer.status != 200:
            raise SystemExit(f"{path}: {answer.status}")
    line.close()
    return spent


class Processor:
    """What a page costs in time of the processor: it tells even where the machine is busy."""

    def __init__(self, web: int, port: int) -> None:
        self.web = psutil.Process(web)
        self.database = next(
            each
            for each in psutil.process_iter(["cmdline"])
            if "-p" in (words := each.info["cmdline"] or []) and str(port) in words
        )

    def _now(self) -> tuple[float, float]:
        backends = [self.database, *self.database.children()]
        return _seconds([self.web, *self.web.children()]), _seconds(backends)

    def begin(self) -> None:
        """Remember where it stands."""
        self.before = self._now()

    def spent(self, pages: int) -> tuple[float, float]:
        """Return the milliseconds a page took, of the web server and of the database."""
        after = self._now()
        web, database = (1000 * (b - a) / pages for a, b in zip(self.before, after, strict=True))
        return web, database


def _seconds(processes: list[psutil.Process]) -> float:
    total = 0.0
    for each in processes:
        try:
            times = each.cpu_times()
        except psutil.Error:
            continue
        total += times.user + times.system
    return total


def pages(chosen: argparse.Namespace) -> None:
    """Ask for the queue and tickets."""
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
        set_up(portal.env)
        started = time.perf_counter()
        organisation, cookie = fill(chosen.companies, chosen.tickets, chosen.messages)
        print(f"filled in {time.perf_counter() - started:.0f} s", flush=True)
        from tojimari.portal.desk.models import Ticket

        rows = Ticket.objects.across("benchmark").filter(organisation=organisation)
        waiting = rows.filter(state="open").order_by("waits_since").first()
        closed = rows.filter(state="closed").first()
        base = f"/s/{organisation}/desk/"
        found = {
            "queue": base,
            "queue, page 20": f"{base}?page=20",
            "queue, closed": f"{base}?state=closed",
            "queue, by company": f"{base}?q=%E5%95%86%E5%BA%9777",
            "queue, by number": f"{base}?q=%23100",
            "ticket": f"{base}{waiting.pk}/",
            "closed ticket": f"{base}{closed.pk}/",
            "months": f"{base}figures/",
        }
        print(f"\n{'page':20} {'n':>4} {'p50 ms':>8} {'p95 ms':>8} {'CPU web':>9} {'CPU db':>9}")
        print(f"load of the machine (1 min): {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        medians, processor = {}, Processor(portal.processes[0].pid, postgres.port)
        for name, path in found.items():
            ask(portal.port, path, cookie, 3)
            processor.begin()
            spent = sorted(ask(portal.port, path, cookie, chosen.times))
            web, database = processor.spent(len(spent))
            medians[name] = statistics.median(spent)
            print(
                f"{name:20} {len(spent):4} {medians[name]:8.1f} {spent[int(0.95 * len(spent))]:8.1f}"
                f" {web:9.1f} {database:9.1f}",
                flush=True,
            )
        met = max(medians["queue"], medians["ticket"]) < GOAL_MS
        print(f"goal: queue and ticket p50 under {GOAL_MS} ms: {'met' if met else 'MISSED'}")
        print(json.dumps(medians))
    finally:
        portal.stop()
        postgres.stop()


class Workers:
    """The intake and workers with a Postfix in front, of which one is killed now and then."""

    def __init__(self, env: dict[str, str], number: int) -> None:
        self.env, self.port = env, free_port()
        self.intake = self._receive()
        self.running = [self._start("worker") for _ in range(number)]
        self.killed = {"worker": 0, "intake": 0}

    def _receive(self) -> subprocess.Popen[bytes]:
        started = self._start("receive", "--listen", f"127.0.0.1:{self.port}")
        until = time.monotonic() + 300
        while True:
            try:
                smtplib.LMTP("127.0.0.1", self.port).close()
                return started
            except OSError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.2)

    def _start(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "tojimari", *words],
            env=self.env,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # as a service manager starts each
        )

    def kill_one(self) -> None:
        """Kill the worker that runs longest, every fifth time the intake; start another."""
        if sum(self.killed.values()) % 5 == 4:
            self.intake.send_signal(signal.SIGKILL)
            self.intake.wait()
            self.killed["intake"] += 1
            self.intake = self._receive()
            return
        oldest = self.running.pop(0)
        oldest.send_signal(signal.SIGKILL)
        oldest.wait()
        self.killed["worker"] += 1
        self.running.append(self._start("worker"))

    def end(self) -> None:
        """End all of them."""
        for process in (self.intake, *self.running):
            process.kill()
            process.wait()


class Tee:
    """An LMTP server that only notes what Postfix hands over: it mends what it takes for broken."""

    def __init__(self) -> None:
        from aiosmtpd.controller import Controller

        from tojimari.portal.mailin.automatic import digest_of
        from tojimari.portal.mailin.server import Lines

        self.seen: set[tuple[str, str]] = set()
        outer = self

        class Handler:
            async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802
                outer.seen.add((envelope.mail_from, digest_of(bytes(envelope.content))))
                return "250 noted"

        class Taking(Controller):
            def factory(self) -> Lines:
                return Lines(self.handler, data_size_limit=40 << 20)

        self.port = free_port()
        self.controller = Taking(Handler(), hostname="127.0.0.1", port=self.port)
        self.controller.start()


def postfix_before(*ports: tuple[str, int]) -> Any:
    """Run a Postfix that hands the mail of each domain to its port, and tries again every 5 s."""
    lines = " ".join(f"{{{domain} = lmtp:inet:127.0.0.1:{port}}}" for domain, port in ports)
    return postfix(
        None,
        delivers=True,
        relay_domains=" ".join(domain for domain, _ in ports),
        transport_maps=f"inline:{{{lines}}}",
        lmtp_destination_recipient_limit="1",
        lmtp_destination_concurrency_limit="8",
        lmtp_destination_concurrency_failed_cohort_limit="1000000",
        minimal_backoff_time="5s",
        maximal_backoff_time="20s",
        queue_run_delay="5s",
        transport_retry_time="5s",
        local_header_rewrite_clients="",
        lmtp_line_length_limit="0",
        qmgr_message_active_limit="60000",
    )


def people(number: int) -> tuple[str, list[str]]:
    """Make a desk and companies with an owner each; returns the desk's address and who writes.

    Of fifty writers one is a stranger; 20 domains, since a desk takes 200 mails of one that wait.
    """
    from tojimari.portal.companies.models import Company
    from tojimari.portal.mailin.addresses import organisation_address
    from tojimari.portal.people.models import Membership, User
    from tojimari.portal.supporters.models import Grant

    organisation, _ = desk()
    senders = [f"owner{at}@example.jp" for at in range(number)]
    users = User.objects.bulk_create(User(email=each, password="!") for each in senders)
    named = (Company(name=f"商店{at}") for at in range(number))
    companies = Company.objects.bulk_create(named)
    memberships, grants = (model.objects.across("benchmark") for model in (Membership, Grant))
    memberships.bulk_create(
        Membership(user=user, company=company, role="owner")
        for user, company in zip(users, companies, strict=True)
    )
    grants.bulk_create(Grant(company=each, organisation=organisation) for each in companies)
    strangers = [f"stranger{n}@home{n % 20}.example" for n in range(number // 50)]
    return organisation_address(organisation, "desk"), [*senders, *strangers]


def _kept() -> Counter[tuple[str, str]]:
    """Return how often each mail is there: joined to a ticket, or set aside."""
    from tojimari.portal.desk.models import AsideMail, Message

    rows = Message.objects.across("benchmark").exclude(digest="")
    kept = Counter(rows.values_list("name", "digest"))
    kept.update(AsideMail.objects.values_list("sender", "digest"))
    return kept


def report(
    accepted: dict[tuple[str, str], bytes], number: int, seen: dict[tuple[str, str], Any]
) -> None:
    """Count what is lost, doubled or in another company's ticket.

    accepted: of each mail sent its sender and digest. seen: the same -> as Postfix hands it over.
    """
    from tojimari.portal.desk.models import AsideMail, Message, Ticket
    from tojimari.portal.mailin.models import ReceivedMail

    kept = _kept()
    waiting = ReceivedMail.objects.across("benchmark").exclude(state="done")
    still = set(waiting.values_list("sender", "digest"))
    over = ReceivedMail.objects.across("benchmark").filter(state="done")
    outcomes = Counter(over.values_list("outcome", flat=True))
    there = set(kept) | still
    lost = [one for one in accepted if one not in there and seen.get(one, one) not in there]
    joined = Message.objects.across("benchmark").values_list("company", "ticket__company")
    mixed = sum(ours != theirs for ours, theirs in joined.iterator())
    print(f"accepted: {number:,} mails, {len(accepted):,} different")
    print(f"there: {len(there):,} different")
    print(f"dealt with: {len(kept):,}; in the database, waiting for a worker: {len(still):,}")
    print(f"outcomes: {dict(outcomes)}; given up: {outcomes['failed']}")
    tickets = Ticket.objects.across("benchmark").count()
    print(f"tickets: {tickets:,}; set aside: {AsideMail.objects.count():,}")
    print(f"not there (in Postfix's queue, or lost): {len(lost):,}")
    print(f"doubled: {sum(times > 1 for times in kept.values())}")
    print(f"in another company's ticket: {mixed}", flush=True)


def as_sent(data: bytes) -> bytes:
    """Return a mail as a server has it: smtplib makes every line end whole, and ends the last."""
    whole = re.sub(rb"(?:\r\n|\n|\r(?!\n))", b"\r\n", data)
    return whole if whole.endswith(b"\r\n") else whole + b"\r\n"


def handed_in(
    chosen: argparse.Namespace, port: int, address: str, writers: list[str], workers: Workers
) -> dict[tuple[str, str], bytes]:
    """Send the mails to Postfix, killing all along; returns what it answered 250 for."""
    from tojimari.portal.mailin.automatic import digest_of

    accepted: dict[tuple[str, str], bytes] = {}
    next_kill = time.perf_counter() + chosen.kill
    with smtplib.SMTP("127.0.0.1", port) as server:
        for sender, data in mails(chosen.mails, writers):
            if time.perf_counter() > next_kill:
                workers.kill_one()
                next_kill = time.perf_counter() + chosen.kill
            server.sendmail(sender, [address], data)
            chosen.sent += 1
            accepted[sender, digest_of(as_sent(data))] = data
            if chosen.sent % 1_000 == 0:
                print(
                    f"sent {chosen.sent:,}, waiting {_waiting():,}, killed {workers.killed}, "
                    f"load {os.getloadavg()[0]:.0f}",
                    flush=True,
                )
            while chosen.sent % 100 == 0 and _waiting() > chosen.wait:
                if time.perf_counter() > next_kill:
                    workers.kill_one()
                    next_kill = time.perf_counter() + chosen.kill
                time.sleep(1)
    return accepted


def _waiting() -> int:
    """Return how many mails wait for a worker: beyond 5,000 the desk tells Postfix to come again."""
    from tojimari.portal.mailin.models import ReceivedMail

    rows = ReceivedMail.objects.across("benchmark")
    return int(rows.filter(state__in=ReceivedMail.UNDONE).count())


def as_postfix_has_them(
    absent: dict[tuple[str, str], bytes], port: int, tee: Tee
) -> dict[tuple[str, str], tuple[str, str]]:
    """Send mails to the tee one by one, and return what Postfix made of each (it ends broken heads)."""
    found = {}
    with smtplib.SMTP("127.0.0.1", port) as server:
        for key, data in absent.items():
            before = set(tee.seen)
            server.sendmail(key[0], ["x@tee.example"], data)
            until = time.monotonic() + 60
            while not (fresh := tee.seen - before) and time.monotonic() < until:
                time.sleep(0.02)
            if fresh:
                found[key] = fresh.pop()
    return found


def taken_in(chosen: argparse.Namespace, postgres: Postgres) -> None:
    """Hand mails in, kill workers and the intake, and count what is there."""
    folder = Path(tempfile.mkdtemp(prefix="tojimari-bench-"))
    drop = ("TOJIMARI_", "DJANGO_")
    env = {
        **{k: v for k, v in os.environ.items() if not k.startswith(drop)},
        "TOJIMARI_MODE": "server",
        "TOJIMARI_HOME": str(folder / "portal"),
        "TOJIMARI_DATABASE_URL": postgres.create("mails"),
        "TOJIMARI_MAIL_IN_DOMAIN": "in.tojimari.example",
        "TOJIMARI_LOG_LEVEL": "CRITICAL",
        "DJANGO_SETTINGS_MODULE": "tojimari.portal.settings",
    }
    migrate = [sys.executable, "-m", "tojimari", "portal", "migrate"]
    subprocess.run(migrate, env=env, check=True, stdout=subprocess.DEVNULL)
    set_up(env)
    from tojimari.portal.mailin.models import ReceivedMail

    address, writers = people(chosen.senders)
    workers, tee = Workers(env, chosen.workers), Tee()
    domains = ((address.partition("@")[2], workers.port), ("tee.example", tee.port))
    with postfix_before(*domains) as port:
        started, chosen.sent = time.perf_counter(), 0
        accepted = handed_in(chosen, port, address, writers, workers)
        print(f"Postfix took {chosen.sent:,} in {time.perf_counter() - started:.0f} s", flush=True)
        rows = ReceivedMail.objects.across("benchmark")
        next_kill, told, idle = time.perf_counter(), 0.0, 0
        # Longer than Postfix keeps a mail back: what it had to defer comes, too.
        while idle < 30 and time.perf_counter() - started < chosen.patience:
            time.sleep(2)
            left = _waiting()
            idle = idle + 1 if left == 0 else 0
            if left and time.perf_counter() > next_kill + chosen.kill:
                workers.kill_one()
                next_kill = time.perf_counter()
            if time.perf_counter() > told + 60:
                told = time.perf_counter()
                done, spent = rows.filter(state="done").count(), time.perf_counter() - started
                load = os.getloadavg()[0]
                print(
                    f"{spent:5.0f} s: done {done:,}, waiting {left:,}, load {load:.0f}", flush=True
                )
        print(f"over after {time.perf_counter() - started:.0f} s; killed: {workers.killed}")
        there = set(rows.values_list("sender", "digest"))
        absent = {one: data for one, data in accepted.items() if one not in there}
        few = len(absent) < chosen.mails / 5
        seen = as_postfix_has_them(absent, port, tee) if few else {}
        report(accepted, chosen.sent, seen)
    workers.end()


def main() -> None:
    """Run one of the two."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("pages", "mails"))
    parser.add_argument("--companies", type=int, default=10_000)
    parser.add_argument("--tickets", type=int, default=200_000)
    parser.add_argument("--messages", type=int, default=5, help="of each ticket")
    parser.add_argument("--times", type=int, default=40)
    parser.add_argument("--mails", type=int, default=50_000)
    parser.add_argument("--senders", type=int, default=2_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--wait", type=int, default=3_000, help="mails at most that wait")
    parser.add_argument("--kill", type=float, default=20, help="seconds between two killings")
    parser.add_argument("--patience", type=float, default=7_200, help="seconds at most")
    chosen = parser.parse_args()
    if chosen.what == "pages":
        pages(chosen)
        return
    postgres = Postgres()
    try:
        taken_in(chosen, postgres)
    finally:
        postgres.stop()


if __name__ == "__main__":
    main()
