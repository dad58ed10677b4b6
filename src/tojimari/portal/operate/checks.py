"""What the doctor looks at: database, files, worker, mail, https."""

import shutil
import smtplib
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.checks import register
from django.core.mail import get_connection
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

from tojimari.portal.operate.policies import POLICIES, text_of
from tojimari.portal.signs import DOCTOR, Health, SignMessage, says

ALIVE_WITHIN = timedelta(minutes=2)
FREE_BYTES = 500_000_000


@register(DOCTOR, deploy=True)
def database(**_: object) -> Iterator[SignMessage]:
    """Say whether the database answers and has this version's tables."""
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        yield says(
            "database",
            "bad",
            ja="データベースにつながりません。TOJIMARI_DATABASE_URL と、データベースが動いているかを確かめてください。",
            en="The database cannot be reached. Check TOJIMARI_DATABASE_URL and that it is running.",
        )
        return
    yield says(
        "database",
        "good",
        ja=f"データベース ({connection.vendor}) につながります。",
        en=f"The database ({connection.vendor}) answers.",
    )
    executor = MigrationExecutor(connection)
    missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if missing:
        yield says(
            "migrations",
            "bad",
            ja=f"データベースの形が古いままです ({len(missing)}件)。`tojimari portal migrate` を実行してください。",
            en=f"The database is of an older version ({len(missing)} steps). Run `tojimari portal migrate`.",
        )
    else:
        yield says(
            "migrations",
            "good",
            ja="データベースの形は新しいです。",
            en="The database is up to date.",
        )


@register(DOCTOR, deploy=True)
def files(**_: object) -> Iterator[SignMessage]:
    """Say whether the portal's folder is there, closed to others, and has room."""
    free = shutil.disk_usage(settings.HOME).free if settings.HOME.exists() else 0
    if not settings.HOME.exists():
        yield says(
            "home",
            "bad",
            ja=f"{settings.HOME} がありません。`tojimari portal migrate` を実行してください。",
            en=f"{settings.HOME} is not there. Run `tojimari portal migrate`.",
        )
        return
    mode = stat.S_IMODE(settings.HOME.stat().st_mode)
    if mode & 0o077:
        yield says(
            "home",
            "warn",
            ja=f"{settings.HOME} をほかの人も見られます。`chmod 700 {settings.HOME}` を実行してください。",
            en=f"Others can look into {settings.HOME}. Run `chmod 700 {settings.HOME}`.",
        )
    if free < FREE_BYTES:
        yield says(
            "disk",
            "bad",
            ja=f"空き容量が {free // 1_000_000} MB しかありません。500 MB 以上にしてください。",
            en=f"Only {free // 1_000_000} MB are free. Make it 500 MB or more.",
        )
    else:
        yield says("disk", "good", ja="空き容量は足りています。", en="There is enough free space.")
    if not (settings.STATIC_ROOT / "staticfiles.json").is_file():
        yield says(
            "static",
            "bad",
            ja="画面の部品がまだ用意されていません。`tojimari portal migrate` を実行してください。",
            en="The static files are not in place. Run `tojimari portal migrate`.",
        )


@register(DOCTOR, deploy=True)
def worker(**_: object) -> Iterator[SignMessage]:
    """Say whether a worker is alive and keeps up."""
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
        yield says(
            "worker",
            "bad",
            ja="裏で働く係が動いていません。`tojimari worker` を動かしてください (`tojimari up` なら一緒に動きます)。",
            en="No worker is running. Start `tojimari worker` (`tojimari up` brings its own).",
        )
    elif late:
        yield says(
            "worker",
            "warn",
            ja=f"10分以上待っている仕事が{late}件あります。`tojimari worker` をもう一つ動かしてください。",
            en=f"{late} tasks have waited over 10 minutes. Start another `tojimari worker`.",
        )
    else:
        yield says("worker", "good", ja="裏で働く係は動いています。", en="The worker is running.")


@register(DOCTOR, deploy=True)
def mail(**_: object) -> Iterator[SignMessage]:
    """Say whether the mail server can be reached."""
    if not settings.MAIL_CONFIGURED:
        health: Health = "good" if settings.LOCAL else "bad"
        yield says(
            "mail",
            health,
            ja="メールの送り先 (TOJIMARI_MAIL_URL) がありません。お知らせのメールは送られません。",
            en="No mail server is set (TOJIMARI_MAIL_URL); no mail is sent.",
        )
        return
    mail = get_connection()
    try:
        mail.open()
        mail.close()
    except (OSError, smtplib.SMTPException) as error:
        yield says(
            "mail",
            "bad",
            ja=f"メールサーバーにつながりません ({type(error).__name__})。TOJIMARI_MAIL_URL を確かめてください。",
            en=f"The mail server cannot be reached ({type(error).__name__}). Check TOJIMARI_MAIL_URL.",
        )
        return
    yield says("mail", "good", ja="メールサーバーにつながります。", en="The mail server answers.")


@register(DOCTOR, deploy=True)
def timestamps(**_: object) -> Iterator[SignMessage]:
    """Say whether what checks time stamps is there; nobody is asked for one."""
    if not settings.TIMESTAMP_URL:
        return
    try:
        from tojimari.respond.record.stamp import certificates
    except ImportError:
        yield says(
            "timestamps",
            "bad",
            ja="時刻の証明を確かめる部品がありません。`pip install 'tojimari[timestamp]'` を実行してください。",
            en="What checks time stamps is not installed. Run `pip install 'tojimari[timestamp]'`.",
        )
        return
    try:
        found = certificates(Path(settings.TIMESTAMP_CA).read_bytes())
    except (OSError, ValueError) as error:
        yield says(
            "timestamps",
            "bad",
            ja=f"TOJIMARI_TIMESTAMP_CA が証明書として読めません ({type(error).__name__})。",
            en=f"TOJIMARI_TIMESTAMP_CA cannot be read as certificates ({type(error).__name__}).",
        )
        return
    yield says(
        "timestamps",
        "good",
        ja=f"時刻の証明を頼む先があり、その証明書が{len(found)}つあります。",
        en=f"A time-stamp server is set, with {len(found)} certificates to believe it by.",
    )


@register(DOCTOR, deploy=True)
def https(**_: object) -> Iterator[SignMessage]:
    """Say whether a portal for others is reached by https."""
    if not settings.LOCAL and not settings.HTTPS:
        yield says(
            "https",
            "bad",
            ja="TOJIMARI_PUBLIC_URL が https:// ではありません。会社の外から使うなら https が要ります。",
            en="TOJIMARI_PUBLIC_URL is not https://. A portal for others needs https.",
        )


@register(DOCTOR, deploy=True)
def operator(**_: object) -> Iterator[SignMessage]:
    """Say whether visitors of a portal for others learn who runs it, and by which rules."""
    if settings.LOCAL:
        return
    unset = {
        "TOJIMARI_OPERATOR_NAME": settings.OPERATOR_NAME,
        "TOJIMARI_OPERATOR_CONTACT": settings.OPERATOR_CONTACT,
    }
    names = [name for name, value in unset.items() if not value.strip()]
    if names:
        yield says(
            "operator",
            "bad",
            ja=f"{'、'.join(names)} がありません。だれが運営し、どこに連絡できるかを書いてください。",
            en=f"{' and '.join(names)} not set. Say who runs this portal and how to reach them.",
        )
    missing = [name for name in POLICIES if text_of(name, "ja") is None]
    if missing:
        files = ", ".join(f"{name}.ja.md" for name in missing)
        yield says(
            "policies",
            "bad",
            ja=f"{files} がないか、【 】の空欄が残っています。`tojimari portal policies FOLDER` で"
            "ひな形を出して書き、TOJIMARI_POLICIES にそのフォルダーを指定してください。",
            en=f"{files} is missing or has blanks 【 】 left. Write the templates out with "
            "`tojimari portal policies FOLDER`, fill them in, and set TOJIMARI_POLICIES to it.",
        )
    if not names and not missing:
        yield says(
            "operator",
            "good",
            ja="運営者、連絡先、プライバシーポリシー、利用規約がそろっています。",
            en="Operator, contact, privacy policy and terms are there.",
        )
