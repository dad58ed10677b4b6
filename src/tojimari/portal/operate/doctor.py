"""Says what is wrong with this installation, and what to do about it."""

import shutil
import smtplib
import stat
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Literal

import msgspec
from django.conf import settings
from django.core.checks import run_checks
from django.core.mail import get_connection
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from tojimari.catalog.copies import check_copies
from tojimari.catalog.lifecycle import HERE as LIFECYCLE
from tojimari.knowledge.files import as_of
from tojimari.model import Text, TojimariError

ALIVE_WITHIN = timedelta(minutes=2)
FREE_BYTES = 500_000_000
Health = Literal["good", "warn", "bad"]


class Sign(msgspec.Struct, frozen=True):
    """One thing the doctor looked at: what it is, how it is, and what to do."""

    name: str
    health: Health
    text: Text


def _sign(name: str, health: Health, ja: str, en: str) -> Sign:
    return Sign(name, health, Text(ja=ja, en=en))


def _database() -> Iterator[Sign]:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        yield _sign(
            "database",
            "bad",
            "データベースにつながりません。TOJIMARI_DATABASE_URL と、データベースが動いているかを確かめてください。",
            "The database cannot be reached. Check TOJIMARI_DATABASE_URL and that it is running.",
        )
        return
    yield _sign(
        "database",
        "good",
        f"データベース ({connection.vendor}) につながります。",
        f"The database ({connection.vendor}) answers.",
    )
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        yield _sign(
            "migrations",
            "bad",
            f"データベースの形が古いままです ({len(missing)}件)。`tojimari portal migrate` を実行してください。",
            f"The database is of an older version ({len(missing)} steps). Run `tojimari portal migrate`.",
        )
    else:
        yield _sign(
            "migrations", "good", "データベースの形は新しいです。", "The database is up to date."
        )


def _files() -> Iterator[Sign]:
    free = shutil.disk_usage(settings.HOME).free if settings.HOME.exists() else 0
    if not settings.HOME.exists():
        yield _sign(
            "home",
            "bad",
            f"{settings.HOME} がありません。`tojimari portal migrate` を実行してください。",
            f"{settings.HOME} is not there. Run `tojimari portal migrate`.",
        )
        return
    mode = stat.S_IMODE(settings.HOME.stat().st_mode)
    if mode & 0o077:
        yield _sign(
            "home",
            "warn",
            f"{settings.HOME} をほかの人も見られます。`chmod 700 {settings.HOME}` を実行してください。",
            f"Others can look into {settings.HOME}. Run `chmod 700 {settings.HOME}`.",
        )
    if free < FREE_BYTES:
        yield _sign(
            "disk",
            "bad",
            f"空き容量が {free // 1_000_000} MB しかありません。500 MB 以上にしてください。",
            f"Only {free // 1_000_000} MB are free. Make it 500 MB or more.",
        )
    else:
        yield _sign("disk", "good", "空き容量は足りています。", "There is enough free space.")
    if not (settings.STATIC_ROOT / "staticfiles.json").is_file():
        yield _sign(
            "static",
            "bad",
            "画面の部品がまだ用意されていません。`tojimari portal migrate` を実行してください。",
            "The static files are not in place. Run `tojimari portal migrate`.",
        )


def _worker() -> Iterator[Sign]:
    from django_tasks_db.models import DBTaskResult

    from tojimari.portal.operate.models import Heartbeat

    try:
        newest = Heartbeat.objects.order_by("-at").first()
        waiting = DBTaskResult.objects.ready().filter(
            enqueued_at__lt=timezone.now() - timedelta(minutes=10)
        )
        late = waiting.count()
    except DatabaseError:
        return
    if newest is None or newest.at < timezone.now() - ALIVE_WITHIN:
        yield _sign(
            "worker",
            "bad",
            "裏で働く係が動いていません。`tojimari worker` を動かしてください (`tojimari up` なら一緒に動きます)。",
            "No worker is running. Start `tojimari worker` (`tojimari up` brings its own).",
        )
    elif late:
        yield _sign(
            "worker",
            "warn",
            f"10分以上待っている仕事が{late}件あります。`tojimari worker` をもう一つ動かしてください。",
            f"{late} tasks have waited over 10 minutes. Start another `tojimari worker`.",
        )
    else:
        yield _sign("worker", "good", "裏で働く係は動いています。", "The worker is running.")


def _mail() -> Iterator[Sign]:
    if not settings.MAIL_CONFIGURED:
        health: Health = "good" if settings.LOCAL else "bad"
        yield _sign(
            "mail",
            health,
            "メールの送り先 (TOJIMARI_MAIL_URL) がありません。お知らせのメールは送られません。",
            "No mail server is set (TOJIMARI_MAIL_URL); no mail is sent.",
        )
        return
    mail = get_connection()
    try:
        mail.open()
        mail.close()
    except (OSError, smtplib.SMTPException) as error:
        yield _sign(
            "mail",
            "bad",
            f"メールサーバーにつながりません ({type(error).__name__})。TOJIMARI_MAIL_URL を確かめてください。",
            f"The mail server cannot be reached ({type(error).__name__}). Check TOJIMARI_MAIL_URL.",
        )
        return
    yield _sign("mail", "good", "メールサーバーにつながります。", "The mail server answers.")


def _safety() -> Iterator[Sign]:
    if settings.LOCAL:
        return
    if not settings.HTTPS:
        yield _sign(
            "https",
            "bad",
            "TOJIMARI_PUBLIC_URL が https:// ではありません。会社の外から使うなら https が要ります。",
            "TOJIMARI_PUBLIC_URL is not https://. A portal for others needs https.",
        )
    for problem in run_checks(include_deployment_checks=True):
        if problem.is_serious() or problem.level >= 30:
            yield _sign(
                "check", "warn", f"{problem.id}: {problem.msg}", f"{problem.id}: {problem.msg}"
            )


def _pdf() -> Iterator[Sign]:
    try:
        import weasyprint  # noqa: F401
    except (ImportError, OSError):
        yield _sign(
            "pdf",
            "warn",
            "PDFを作る部品がありません。`sudo apt install libpango-1.0-0 libpangoft2-1.0-0 fonts-noto-cjk` を実行してください。",
            "What makes PDFs is missing. Run `sudo apt install libpango-1.0-0 libpangoft2-1.0-0 fonts-noto-cjk`.",
        )


def _knowledge() -> Iterator[Sign]:
    """Say whether what is known about software can be used, and from which day it is."""
    try:
        check_copies()
    except TojimariError as error:
        yield _sign("knowledge", "bad", error.say("ja"), error.say("en"))
        return
    day = min(as_of(name) for name in ("retirejs-v5", "wappalyzer-fingerprints"))
    day = min(day, as_of("endoflife", LIFECYCLE))
    yield _sign(
        "knowledge",
        "good",
        f"ソフトの弱点とサポート期限の資料は {day} のものです。",
        f"What is known about software and its ends of support is of {day}.",
    )


LOOKS: tuple[Callable[[], Iterator[Sign]], ...] = (
    _database,
    _files,
    _worker,
    _mail,
    _safety,
    _pdf,
    _knowledge,
)


def examine() -> list[Sign]:
    """Return everything the doctor found, good and bad."""
    return [sign for look in LOOKS for sign in look()]
