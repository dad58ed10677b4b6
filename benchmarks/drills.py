"""Mail drills at full size: each mail once while workers die, and people pressing all at once.

python benchmarks/drills.py send    10,000 recipients of 300 companies on PostgreSQL, all due at once; a
                                    Postfix takes them and hands them on to a server that counts;
                                    workers are killed with SIGKILL all along
python benchmarks/drills.py posts   5,000 steps at the landing page in a minute, each of another mail, over
                                    HTTP against `tojimari serve`; the page is asked for before each

A PostgreSQL of its own is started as an unprivileged user, without fsync: what is killed is the
portal, not the database.
"""

import argparse
import http.client
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent))

import psutil
from tests.support.mail_servers import postfix
from tests.support.ports import free_port
from tests.support.servers import Portal, Postgres

DOMAIN = "drill{}.example"


def set_up(env: dict[str, str]) -> None:
    """Let this process be of the portal that ``env`` describes."""
    os.environ.update(env, DJANGO_SETTINGS_MODULE="tojimari.portal.settings")
    import django

    django.setup()


def env_of(home: str, database: str, mail: str) -> dict[str, str]:
    """Return the settings of a portal for others."""
    drop = ("TOJIMARI_", "DJANGO_")
    return {k: v for k, v in os.environ.items() if not k.startswith(drop)} | {
        "TOJIMARI_MODE": "server",
        "TOJIMARI_HOME": home,
        "TOJIMARI_DATABASE_URL": database,
        "TOJIMARI_MAIL_URL": mail,
        "TOJIMARI_OPERATOR_CONTACT": "help@example.jp",
        "TOJIMARI_LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "tojimari.portal.settings",
    }


def fill(companies: int, mails: int, *, sent: bool) -> list[str]:
    """Make companies with a drill each and its mails; returns the secrets of links, where sent."""
    from datetime import timedelta

    from django.utils import timezone

    from tojimari.portal.companies.start import found_company
    from tojimari.portal.drills.links import token_of
    from tojimari.portal.drills.models import Drill, DrillConsent, DrillMail, hashed
    from tojimari.portal.outside.models import Site
    from tojimari.portal.people.models import User

    now, found = timezone.now(), []
    for at in range(companies):
        user = User.objects.create_user(f"owner{at}@example.jp")
        company, domain = found_company(user, f"商店{at}"), DOMAIN.format(at)
        proof = {"proven_by": "dns", "proven_at": now}
        Site.objects.of(company).create(company=company, name=domain, mail_domain=domain, **proof)
        consent = DrillConsent.objects.of(company).create(
            company=company, text="x", lang="ja", by=user, by_name="x"
        )
        drill = Drill.objects.of(company).create(
            company=company,
            title="x",
            level="easy",
            templates=["parcel-easy"],
            starts_on=now.date(),
            state=Drill.RUNNING,
            consent=consent,
            names="nobody",
            keep_days=90,
            started_at=now,
            started_by=user,
        )
        rows = [
            DrillMail(
                company=company,
                drill=drill,
                email=f"p{one}@{domain}",
                template="parcel-easy",
                send_at=now,  # what is hardly late goes at any hour
            )
            for one in range(at, mails, companies)
        ]
        for row in rows if sent else ():
            row.state, row.sent_at = DrillMail.TAKEN, now - timedelta(hours=1)
            row.hash = hashed(token_of(row.pk))
            found.append(token_of(row.pk))
        DrillMail.objects.of(company).bulk_create(rows, batch_size=1000)
    return found


class Counting:
    """An LMTP server that counts what Postfix hands over, by recipient."""

    def __init__(self) -> None:
        from aiosmtpd.controller import Controller
        from aiosmtpd.lmtp import LMTP

        self.got: Counter[str] = Counter()
        outer = self

        class Handler:
            async def handle_DATA(self, server: object, session: object, envelope: Any) -> str:  # noqa: N802
                outer.got.update(envelope.rcpt_tos)
                return "250 counted"

        class Taking(Controller):
            def factory(self) -> LMTP:
                return LMTP(self.handler)

        self.port = free_port()
        self.controller = Taking(Handler(), hostname="127.0.0.1", port=self.port)
        self.controller.start()


def _worker(env: dict[str, str]) -> subprocess.Popen[bytes]:
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, "-m", "tojimari", "worker"], env=env, **quiet)


def send(chosen: argparse.Namespace) -> None:
    """Send every mail while workers are killed; report what came how often."""
    postgres, sink = Postgres(), Counting()
    domains = " ".join(DOMAIN.format(at) for at in range(chosen.companies))
    settings = {
        "relay_domains": domains,
        "relay_transport": f"lmtp:inet:127.0.0.1:{sink.port}",
        "local_header_rewrite_clients": "",
        "qmgr_message_active_limit": "60000",
        "smtpd_client_connection_count_limit": "0",
    }
    with tempfile.TemporaryDirectory() as home, postfix(None, delivers=True, **settings) as port:
        env = env_of(home, postgres.url(), f"smtp://127.0.0.1:{port}")
        subprocess.run([sys.executable, "-m", "tojimari", "portal", "migrate"], env=env, check=True)
        set_up(env)
        fill(chosen.companies, chosen.mails, sent=False)
        try:
            _sent(chosen, env, sink)
        finally:
            postgres.stop()
            sink.controller.stop()


def _sent(chosen: argparse.Namespace, env: dict[str, str], sink: Counting) -> None:
    from tojimari.portal.drills import sending
    from tojimari.portal.drills.models import DrillMail

    rows = DrillMail.objects.across("benchmark")
    chance, killed = random.Random(3), 0
    running = [_worker(env) for _ in range(chosen.workers)]
    began = asked = time.monotonic()
    sending.hand_out()
    try:
        while rows.filter(state=DrillMail.WAITING).exists():
            time.sleep(0.5)
            if killed < chosen.kills and sink.got.total() > 0 and chance.random() < 0.3:
                oldest = running.pop(0)
                oldest.send_signal(signal.SIGKILL)
                oldest.wait()
                running.append(_worker(env))
                killed += 1
            if time.monotonic() - asked > chosen.every:  # as the portal does every minute
                sending.hand_out()
                asked = time.monotonic()
        took = time.monotonic() - began
        taken, unclear = (
            rows.filter(state=state).count() for state in (DrillMail.TAKEN, DrillMail.HANDING)
        )
        until = time.monotonic() + 120
        while sink.got.total() < taken and time.monotonic() < until:
            time.sleep(0.5)
        time.sleep(5)
    finally:
        for process in running:
            process.kill()
            process.wait()
    twice = sum(number > 1 for number in sink.got.values())
    print(
        f"{chosen.mails} mails of {chosen.companies} companies, {killed} workers killed, {took:.0f} s"
    )
    print(f"taken {taken}, unclear {unclear}, arrived {len(sink.got)}, twice {twice}")


def posts(chosen: argparse.Namespace) -> None:
    """Press at the landing pages within a minute, evenly; report the times of the answers."""
    postgres = Postgres()
    with tempfile.TemporaryDirectory() as home:
        env = env_of(home, postgres.url(), "smtp://127.0.0.1:1")
        more = {k: v for k, v in env.items() if k.startswith("TOJIMARI_") and k != "TOJIMARI_HOME"}
        more["TOJIMARI_BEHIND_PROXY"] = "true"  # so that each press comes from another place
        portal = Portal(Path(home), "serve", env=more)
        try:
            set_up(portal.env)
            tokens = fill(chosen.companies, chosen.posts, sent=True)
            server = psutil.Process(portal.processes[0].pid)
            before = sum(server.cpu_times()[:2])
            _pressed(chosen, portal.port, tokens)
            spent = 1000 * (sum(server.cpu_times()[:2]) - before) / len(tokens)
            print(f"the server's own processor, GET and POST together: {spent:.1f} ms")
        finally:
            portal.stop()
            postgres.stop()


def _pressed(chosen: argparse.Namespace, port: int, tokens: list[str]) -> None:
    reads: list[float] = []
    steps: list[float] = []
    wrong: Counter[int] = Counter()
    began = time.monotonic()

    def press(part: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        for at in range(part, len(tokens), chosen.clients):
            wait = began + at * chosen.seconds / len(tokens) - time.monotonic()
            time.sleep(max(0.0, wait))
            page = f"/d/{tokens[at]}/"
            for times, method, path in ((reads, "GET", page), (steps, "POST", f"{page}step/")):
                body = "how=visible" if method == "POST" else None
                kind = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
                kind["X-Forwarded-For"] = f"198.51.{at >> 8 & 255}.{at & 255}"
                start = time.perf_counter()
                connection.request(method, path, body, kind)
                answer = connection.getresponse()
                answer.read()
                times.append(1000 * (time.perf_counter() - start))
                if answer.status not in (200, 204):
                    wrong[answer.status] += 1

    threads = [threading.Thread(target=press, args=(part,)) for part in range(chosen.clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - began
    print(
        f"{len(steps)} steps in {took:.0f} s, load {os.getloadavg()[0]:.1f}, answers that failed: {dict(wrong)}"
    )
    for name, times in (("GET", reads), ("POST", steps)):
        print(
            f"{name}: median {statistics.median(times):.0f} ms, p95 {statistics.quantiles(times, n=20)[18]:.0f} ms"
        )


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    commands = parser.add_subparsers(required=True)
    sends = commands.add_parser("send")
    sends.add_argument("--companies", type=int, default=300)
    sends.add_argument("--mails", type=int, default=10_000)
    sends.add_argument("--workers", type=int, default=2)
    sends.add_argument("--kills", type=int, default=30)
    sends.add_argument("--every", type=float, default=60, help="seconds between two hand-outs")
    sends.set_defaults(do=send)
    presses = commands.add_parser("posts")
    presses.add_argument("--companies", type=int, default=300)
    presses.add_argument("--posts", type=int, default=5000)
    presses.add_argument("--seconds", type=float, default=60)
    presses.add_argument("--clients", type=int, default=16)
    presses.set_defaults(do=posts)
    chosen = parser.parse_args()
    chosen.do(chosen)


if __name__ == "__main__":
    main()
