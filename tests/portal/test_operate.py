"""Running it: health, doctor, backup, restore, migrations, headers, logs, workers."""

import gzip
import io
import json
import logging
import os
import sqlite3
import subprocess
import sys
import zipfile
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from tests.support.pressing import run_tasks
from tests.support.servers import Portal, Postgres
from tests.support.stored import put_database, tables
from tojimari.portal.operate import backup as keeping
from tojimari.portal.operate.models import Heartbeat, Periodic
from tojimari.portal.operate.periodic import tick
from tojimari.portal.signs import DOCTOR
from tojimari.portal.supporters.models import Note
from tojimari.portal.words import say

ASSETS = Path(__file__).parent.parent / "assets"


@pytest.fixture
def world(new_world):
    return new_world


# --- health and doctor ------------------------------------------------------------------------------


def test_health_says_nothing_about_anybody(client, world):
    assert client.get("/health/").json() == {"database": "good", "worker": "bad"}
    tick("w")
    assert client.get("/health/").json() == {"database": "good", "worker": "good"}


def test_the_doctor_names_what_is_wrong_and_ends_with_1(tmp_path, tojimari):
    sick = tojimari(tmp_path, "doctor")
    assert sick.returncode == 1
    assert "tojimari portal migrate" in sick.stdout
    assert "Traceback" not in sick.stderr
    # From nothing, and again where nothing is left to do.
    assert tojimari(tmp_path, "portal", "migrate").returncode == 0
    assert tojimari(tmp_path, "portal", "migrate").returncode == 0
    better = tojimari(tmp_path, "doctor", "--lang", "en")
    assert "The database (sqlite) answers" in better.stdout
    assert "No worker is running" in better.stdout
    as_json = json.loads(tojimari(tmp_path, "doctor", "--json").stdout)
    assert {sign["name"] for sign in as_json["signs"]} >= {"database", "worker", "mail"}


def test_the_doctor_names_a_copy_of_knowledge_that_is_broken(tmp_path, tojimari):
    copies = tmp_path / "copies"
    copies.mkdir()
    assert "資料は 2026-08-16" in tojimari(tmp_path, "doctor").stdout
    (copies / "kev.json").write_text("{")
    sick = tojimari(tmp_path, "doctor", TOJIMARI_KNOWLEDGE=str(copies))
    assert sick.returncode == 1
    assert "kev.json" in sick.stdout


def test_the_doctor_of_a_server_wants_https_and_mail(tmp_path, tojimari):
    said = tojimari(tmp_path, "doctor", TOJIMARI_MODE="server").stdout
    assert "https" in said
    assert "TOJIMARI_MAIL_URL" in said


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOJIMARI_DATABASE_URL", "nonsense"),
        ("TOJIMARI_DATABASE_URL", "postgres://nobody@127.0.0.1:1/x"),
        ("TOJIMARI_PUBLIC_URL", "portal"),
    ],
)
@pytest.mark.parametrize("verb", ["backup out.zip", "doctor"])
def test_a_wrong_setting_gets_a_sentence(tmp_path, name, value, verb, tojimari):
    done = tojimari(tmp_path, *verb.split(), **{name: value})
    assert done.returncode in (1, 2)
    assert "Traceback" not in done.stderr
    assert done.stdout or done.stderr


def test_a_taken_port_gets_a_sentence(tmp_path, tojimari):
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = tojimari(tmp_path, "up", "--no-browser", "--port", port)
    assert done.returncode == 2
    assert "--port" in done.stderr
    assert "Traceback" not in done.stderr


# --- backup and restore -----------------------------------------------------------------------------


def fill(world, machine, client) -> None:
    from tests.support.agents import fact, post, report, signed

    owner = world.client("owner")
    owner.post(f"/c/{world.company.pk}/ask/mfa/?then=result", {"choice": "not_done"})
    post(client, signed(machine, report(machine, fact())))
    run_tasks()
    world.client("supporter").post(
        f"/s/{world.chamber.pk}/c/{world.company.pk}/note/", {"text": "来週訪ねる"}
    )


def test_a_backup_restores_into_an_empty_machine(
    world, machine, visit, client, tmp_path, tojimari, empty_database
):
    fill(world, machine, client)
    # A moment comes back to the microsecond, also one whose milliseconds are nought.
    moment = datetime(2026, 11, 28, 9, 42, 8, 123, tzinfo=UTC)
    Note.objects.of(world.company).update(at=moment)
    file = tmp_path / "all.backup"
    written = keeping.backup(file)
    assert written["companies.company"] == 2
    assert (written["experts.expertvisit"], written["experts.visitreport"]) == (1, 1)
    assert any(moment.isoformat() in row for row in tables(file)["supporters.note.jsonl"])
    assert file.stat().st_mode & 0o077 == 0
    new = tmp_path / "new"
    put_database(empty_database, new)
    done = tojimari(new, "restore", "--moved", str(file))
    assert done.returncode == 0, done.stderr
    again = new / "again.backup"
    assert tojimari(new, "backup", str(again)).returncode == 0
    assert tables(again) == tables(file)
    # A second restore must not mix two portals.
    refused = tojimari(new, "restore", str(file))
    assert refused.returncode == 2
    assert "空" in refused.stderr


def test_a_backup_moves_from_sqlite_to_postgresql_and_back(tmp_path, tojimari):
    postgres = Postgres()
    try:
        there = {"TOJIMARI_DATABASE_URL": postgres.create("moved")}
        asset = ASSETS / "portal-0.2.0.backup"
        done = tojimari(tmp_path, "restore", str(asset), **there)
        assert done.returncode == 0, done.stderr
        out = tmp_path / "back.backup"
        assert tojimari(tmp_path, "backup", str(out), **there).returncode == 0
        assert tables(out).keys() >= {"companies.company.jsonl"}
        # New rows get new numbers, not numbers that were restored.
        code = (
            "import django; django.setup();"
            "from tojimari.portal.companies.models import Company;"
            "from tojimari.portal.companies.assessments import refresh;"
            "[refresh(c) for c in Company.objects.all()]; print('fine')"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={
                **os.environ,
                **there,
                "TOJIMARI_HOME": str(tmp_path / "portal"),
                "DJANGO_SETTINGS_MODULE": "tojimari.portal.settings",
            },
            capture_output=True,
            text=True,
            check=False,
        )
        assert "fine" in done.stdout, done.stderr
    finally:
        postgres.stop()


def test_the_previous_releases_backup_restores(tmp_path, tojimari):
    done = tojimari(tmp_path, "restore", str(ASSETS / "portal-0.2.0.backup"))
    assert done.returncode == 0, done.stderr
    assert "--moved" in done.stdout
    out = tmp_path / "out.backup"
    tojimari(tmp_path, "backup", str(out))
    kept = tables(out)
    assert len(kept["companies.company.jsonl"]) == 2
    assert any(
        "来週訪ねる" in json.loads(row)["fields"]["text"] for row in kept["supporters.note.jsonl"]
    )
    # What its companies allowed stands there as rights now; the log has moved with all its rows.
    scopes = [json.loads(row)["fields"]["scopes"] for row in kept["supporters.grant.jsonl"]]
    assert sorted(scopes) == ["", " devices:read findings:read reminders:send "]
    assert len(kept["core.auditevent.jsonl"]) == 4
    # And none of it is shown to anybody until the companies say so.
    grants = [json.loads(row)["fields"] for row in kept["supporters.grant.jsonl"]]
    assert all(grant["withdrawn_at"] for grant in grants)
    assert len(kept["core.hold.jsonl"]) == 2


@pytest.mark.parametrize("harm", ["cut", "changed", "newer", "no zip", "missing"])
def test_a_damaged_backup_changes_nothing(tmp_path, harm, tojimari, empty_database):
    put_database(empty_database, tmp_path)
    file = tmp_path / "bad.backup"
    data = (ASSETS / "portal-0.2.0.backup").read_bytes()
    if harm == "cut":
        file.write_bytes(data[: len(data) // 2])
    elif harm == "no zip":
        file.write_bytes(b"hello")
    elif harm in ("changed", "newer"):
        with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w") as new:
            for name in old.namelist():
                body = old.read(name)
                if harm == "changed" and name == "companies.company.jsonl":
                    body = body.replace(b"name", b"nome")
                if harm == "newer" and name == "manifest.json":
                    body = body.replace(b"tojimari.backup/1", b"tojimari.backup/2")
                new.writestr(name, body)
    before = held_in(tmp_path / "portal" / "portal.sqlite3")
    done = tojimari(tmp_path, "restore", str(file))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert held_in(tmp_path / "portal" / "portal.sqlite3") == before


def held_in(file: Path) -> list[str]:
    """Return all that a database holds, as the statements that would make it."""
    with closing(sqlite3.connect(file)) as database:
        return list(database.iterdump())


def test_a_backup_that_cannot_be_written_leaves_nothing(tmp_path, tojimari, empty_database):
    put_database(empty_database, tmp_path)
    done = tojimari(tmp_path, "backup", str(tmp_path / "no" / "such" / "folder.backup"))
    assert done.returncode == 2
    assert "Traceback" not in done.stderr


# --- the first version's state file -------------------------------------------------------------------


def test_what_the_command_of_0_1_0_kept_is_carried_over(tmp_path, empty_database):
    state = tmp_path / "state.sqlite3"
    state.write_bytes(gzip.decompress((ASSETS / "state-0.1.0.sqlite3.gz").read_bytes()))
    portal = Portal(tmp_path, "up", "--no-browser", database=empty_database)
    try:
        portal.entrance()
    finally:
        portal.stop()
    out = tmp_path / "out.backup"
    assert portal.run("backup", str(out)).returncode == 0
    kept = [json.loads(row)["fields"] for row in tables(out)["companies.observation.jsonl"]]
    assert sum(row["kind"] == "company.answer" for row in kept) == 10
    assert any(row["kind"] == "device.os" for row in kept)
    assert len(tables(out)["devices.device.jsonl"]) == 1
    # Deleting and starting again must not bring it back.
    code = (
        "import django; django.setup(); from django.conf import settings;"
        "from pathlib import Path; from tojimari.portal.operate.local_import import carry_over;"
        "from tojimari.portal.companies.local import own_company;"
        "from tojimari.portal.core.deletion import delete_company; delete_company(own_company()[1]);"
        f"print('carried', carry_over(Path({str(state)!r})))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**portal.env, "DJANGO_SETTINGS_MODULE": "tojimari.portal.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert "carried 0" in done.stdout


# --- the database's own shape -----------------------------------------------------------------------


def test_no_migration_is_missing(db):
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


# --- headers ----------------------------------------------------------------------------------------


def test_headers_of_every_page(world, client):
    for response in (
        client.get("/"),
        world.client("owner").get(f"/c/{world.company.pk}/"),
        client.get("/nowhere/"),
        client.get("/api/v1/openapi.json"),
    ):
        policy = response["Content-Security-Policy"]
        assert "unsafe" not in policy
        assert "default-src 'none'" in policy
        assert response["X-Frame-Options"] == "DENY"
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Referrer-Policy"] == "same-origin"
    private = world.client("owner").get(f"/c/{world.company.pk}/")
    assert "no-store" in private["Cache-Control"]


def test_no_page_carries_script_or_style_of_its_own():
    import re

    from tojimari.portal import settings

    for path in (settings.HERE / "templates").rglob("*.html"):
        text = path.read_text("utf-8")
        # What is printed carries its style: no browser is ever sent it.
        style = "" if path.name.endswith("_paper.html") else r"|<style"
        assert not re.search(rf"\sstyle=|\son\w+=|javascript:{style}", text), path
        assert not re.search(r"<script(?![^>]*src=)", text), path
        assert not re.search(r"(src|href)=\"https?:", text), path


def test_the_deployment_check_is_clean_with_https(tmp_path):
    env = {
        "TOJIMARI_MODE": "server",
        "TOJIMARI_PUBLIC_URL": "https://portal.example.jp",
        "DJANGO_SETTINGS_MODULE": "tojimari.portal.settings",
        "TOJIMARI_HOME": str(tmp_path / "portal"),
    }
    clean = {k: v for k, v in os.environ.items() if not k.startswith("TOJIMARI_")}
    # What the doctor looks at has tests of its own: this database has no tables yet.
    code = (
        "import django; django.setup(); from django.conf import settings as s;"
        "from django.core.checks.registry import registry;"
        "from django.core.management import call_command;"
        f"tags = sorted({{*registry.tags_available(True)}} - {{{DOCTOR!r}}}); assert 'security' in tags;"
        "call_command('check', deploy=True, fail_level='WARNING', tags=tags);"
        "print(s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.SECURE_HSTS_SECONDS >= 31536000,"
        "s.SESSION_COOKIE_NAME.startswith('__Host-'), s.DEBUG)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**clean, **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split()[-5:] == ["True", "True", "True", "True", "False"]


def test_a_form_from_elsewhere_is_refused(world):
    from django.test import Client

    client = Client(enforce_csrf_checks=True)
    client.force_login(world.owner, backend="django.contrib.auth.backends.ModelBackend")
    page = client.post(f"/c/{world.company.pk}/delete/", {"word": "消す"})
    assert page.status_code == 403
    assert "もう一度" in page.content.decode()


def test_a_fault_of_ours_shows_a_calm_page(world, monkeypatch):
    from django.test import Client

    from tojimari.portal.companies import result

    def broken(*_: object) -> None:
        raise RuntimeError("owner@example.jp typed ひみつ")

    monkeypatch.setattr(result, "up_to_date", broken)
    client = Client(raise_request_exception=False)
    client.force_login(world.owner, backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/c/{world.company.pk}/")
    assert page.status_code == 500
    assert "こちらの不具合" in page.content.decode()
    assert "ひみつ" not in page.content.decode()


# --- logs -------------------------------------------------------------------------------------------


def test_of_other_libraries_nothing_filled_in_is_logged():
    from tojimari.portal.logs import JsonLines

    for words, given in (("sender: %s", ("owner@example.jp",)), ("rcpt owner@example.jp", ())):
        record = logging.LogRecord("mail.log", logging.INFO, "/x/smtp.py", 7, words, given, None)
        line = JsonLines().format(record)
        assert "owner@example.jp" not in line
        assert json.loads(line)["event"] == "mail.log: smtp:7"
    assert not logging.getLogger("mail.log").isEnabledFor(logging.INFO)


def test_logs_are_json_and_name_nobody(world, machine, client, monkeypatch):
    from tests.support.agents import post, signed
    from tojimari.portal.companies import result
    from tojimari.portal.logs import JsonLines

    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    loggers = [logging.getLogger(), logging.getLogger("tojimari"), logging.getLogger("django")]
    for logger in loggers:
        logger.addHandler(handler)
    old = logging.getLogger("tojimari").level
    logging.getLogger("tojimari").setLevel("INFO")
    try:
        fill(world, machine, client)
        post(client, signed(machine, b"{"))
        client.get("/phone/SECRETCODE/")
        client.get("/join/very-secret-link/")
        client.get("/nowhere/owner@example.jp/")
        client.post("/accounts/login/", {"login": "owner@example.jp", "password": "wrong-one"})

        def broken(*_: object) -> None:
            raise RuntimeError("ひみつ商店 owner@example.jp")

        monkeypatch.setattr(result, "up_to_date", broken)
        owner = world.client("owner")
        owner.raise_request_exception = False
        owner.get(f"/c/{world.company.pk}/")
    finally:
        logging.getLogger("tojimari").setLevel(old)
        for logger in loggers:
            logger.removeHandler(handler)
    lines = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert any(line["event"] == "request" and line["status"] == 500 for line in lines)
    assert any(line.get("reason") == "malformed" for line in lines)
    text = stream.getvalue()
    for private in (
        "example.jp",
        "ひみつ",
        "SECRETCODE",
        "very-secret-link",
        "wrong-one",
        "事務所",
    ):
        assert private not in text, private


# --- workers ----------------------------------------------------------------------------------------


def test_periodic_work_is_done_by_one_worker_only(db):
    first, second = tick("a"), tick("b")
    assert sorted(first) == [
        "bring_what_was_heard",
        "call_hooks_again",
        "close_quiet",
        "count_knock_week",
        "count_mails",
        "count_population",
        "count_waves",
        "deal_with_waiting",
        "end_drills",
        "end_visits",
        "fetch_advisories",
        "forget_packages",
        "forget_shown",
        "invite_again",
        "judge_aged",
        "mail_again",
        "mail_requests_again",
        "mail_visits_again",
        "mail_waves",
        "match_advisories",
        "note_silent",
        "nudge_again",
        "remind",
        "remind_deadlines",
        "remind_of_duties",
        "remind_of_lessons",
        "remind_of_papers",
        "remind_suppliers",
        "report_monthly",
        "send_drill_mails",
        "send_waiting",
        "sign_grown",
        "stamp_waiting",
        "take_over_borrowers",
        "tell_desks",
        "tell_handovers",
        "tell_of_ends",
        "tend_proofs",
        "tend_updates",
        "throw_away",
        "watch_due",
    ]
    assert second == []
    Periodic.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert sorted(tick("b")) == sorted(first)
    assert Heartbeat.objects.count() == 2


def test_old_things_are_thrown_away(world, machine):
    from tojimari.portal.core.models import Job
    from tojimari.portal.devices.models import EnrolCode, Refusal
    from tojimari.portal.operate.periodic import throw_away

    past = timezone.now() - timedelta(days=60)
    Job.objects.of(world.company).create(company=world.company, kind="pdf", made_at=past)
    Refusal.objects.of(world.company).create(company=world.company, reason="malformed", at=past)
    EnrolCode.make(world.company, "computer", world.owner)
    EnrolCode.objects.of(world.company).update(expires_at=past)
    throw_away.enqueue()
    run_tasks()
    for model in (Job, Refusal, EnrolCode):
        assert not model.objects.of(world.company).exists()


def test_a_companys_standing_is_judged_again_when_it_has_aged(world):
    from tojimari.portal.companies.models import Standing
    from tojimari.portal.companies.periodic import judge_aged

    past = timezone.now() - timedelta(days=3)
    Standing.objects.of(world.company).update(judged_at=past)
    judge_aged.enqueue()
    run_tasks()
    assert Standing.objects.of(world.company).get().judged_at > past


def test_a_job_runs_once_and_says_so_when_it_fails(world, monkeypatch):
    from tojimari.portal.core.models import Job

    client = world.client("owner")
    job = client.post(f"/c/{world.company.pk}/report/pdf/")["Location"]

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("no")

    monkeypatch.setattr("tojimari.report.pdf.to_pdf", broken)
    run_tasks()
    shown = client.get(job).content.decode()
    assert say("job.our_fault", "ja") in shown
    assert Job.objects.of(world.company).get().state == Job.FAILED


@pytest.mark.django_db(transaction=True)
def test_a_company_judged_twice_at_once_is_judged_rightly(world):
    """The owner answers while a worker judges: neither stumbles over the other."""
    import threading

    from django.db import connection, connections

    from tojimari.portal.companies.assessments import refresh
    from tojimari.portal.companies.models import ControlState, Standing

    if connection.vendor == "sqlite":
        pytest.skip("an in-memory SQLite has one connection; the PostgreSQL run shows it")
    Standing.objects.of(world.company).delete()
    ControlState.objects.of(world.company).delete()
    faults: list[Exception] = []

    def judge() -> None:
        try:
            for _ in range(3):
                refresh(world.company)
        except Exception as error:  # noqa: BLE001
            faults.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=judge) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert Standing.objects.of(world.company).count() == 1
