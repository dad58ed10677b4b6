"""The verbs that run the portal: up, serve, worker, receive, doctor, backup, restore, portal."""

import argparse
import os
from typing import Any

from tojimari.cli.parts import parts_of
from tojimari.cli.printing import print_line
from tojimari.model import Lang, TojimariError


def _ready(*, mode: str, public_url: str | None = None, whole: bool = True) -> None:
    """Set up Django with the environment's settings. Raises TojimariError in plain words.

    whole: without it the settings alone are read, which takes a fraction of the time.
    """
    os.environ.setdefault("TOJIMARI_MODE", mode)
    if public_url is not None:
        os.environ["TOJIMARI_PUBLIC_URL"] = public_url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tojimari.portal.settings")
    with parts_of("portal"):
        import django
        from django.conf import settings
        from django.core.exceptions import ImproperlyConfigured

        try:
            if whole:
                django.setup()
            else:
                _ = settings.HOME
        except ImproperlyConfigured as error:
            raise TojimariError(
                f"設定に誤りがあります: {error}", f"A setting is wrong: {error}"
            ) from error


def up(arguments: argparse.Namespace, lang: Lang) -> int:
    """Run the whole portal for the owner of this computer until interrupted."""
    os.environ["TOJIMARI_MODE"] = "local"
    os.environ.setdefault("TOJIMARI_LOG_LEVEL", "ERROR")
    address = f"http://127.0.0.1:{arguments.port}"
    _ready(mode="local", public_url=address, whole=not arguments.end)
    if arguments.end:
        return _end(lang)
    from tojimari.portal.operate.local_import import carry_over
    from tojimari.portal.operate.server import up as run

    if arguments.menu:
        _put_into_menu(lang)

    def tell(what: str, value: str) -> None:
        if what == "again":
            print_line(
                f"戸締まりはもう動いています。ブラウザーで次を開いてください (1分以内に、一度だけ):\n\n  {value}\n"
                if lang == "ja"
                else f"Tojimari is running already. Open this (once, within a minute):\n\n  {value}\n"
            )
        elif lang == "ja":
            print_line(
                f"戸締まりを開きました。ブラウザーで次を開いてください (一度だけ使えます):\n\n  {value}\n"
            )
            print_line("終わるときは Ctrl+C を押します。")
        else:
            print_line(
                f"Tojimari is open. Open this in your browser (it works once):\n\n  {value}\n"
            )
            print_line("Press Ctrl+C to end.")

    run(
        arguments.port,
        browser=not arguments.no_browser,
        tell=tell,
        carry=lambda: carry_over(arguments.state),
    )
    return 0


def _end(lang: Lang) -> int:
    from tojimari.portal.operate.server import end_running

    if end_running():
        print_line("戸締まりを終わりました。" if lang == "ja" else "Tojimari has ended.")
    else:
        print_line("戸締まりは動いていません。" if lang == "ja" else "Tojimari is not running.")
    return 0


def _put_into_menu(lang: Lang) -> None:
    from tojimari.portal.operate.desktop import put_menu_entry, supported

    if not supported():
        return
    try:
        put_menu_entry(True)
    except OSError as error:
        print_line(
            f"メニューに入れられませんでした ({error.strerror})。"
            if lang == "ja"
            else f"No menu entry could be made ({error.strerror})."
        )


def serve(arguments: argparse.Namespace, lang: Lang) -> int:
    """Serve pages behind a reverse proxy."""
    _ready(mode="server")
    from tojimari.portal.operate.server import collect_static
    from tojimari.portal.operate.server import serve as run

    collect_static()
    run(arguments.host, arguments.port, threads=arguments.threads)
    return 0


def worker(arguments: argparse.Namespace, lang: Lang) -> int:
    """Run background tasks until a signal comes."""
    _ready(mode="server")
    from tojimari.portal.operate.server import work

    work()
    return 0


def receive(arguments: argparse.Namespace, lang: Lang) -> int:
    """Take mail by LMTP, or fetch it from a mailbox, until a signal comes."""
    host, _, port = arguments.listen.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise TojimariError(
            f"{arguments.listen}: 127.0.0.1:8024 のように書いてください。",
            f"{arguments.listen}: write it like 127.0.0.1:8024.",
        )
    _ready(mode="server")
    _need_database()
    from django.conf import settings

    if not settings.MAIL_IN_DOMAIN:
        raise TojimariError(
            "メールを受け取るドメイン (TOJIMARI_MAIL_IN_DOMAIN) がありません。",
            "The domain that receives mail (TOJIMARI_MAIL_IN_DOMAIN) is not set.",
        )
    with parts_of("mail-in"):
        from tojimari.portal.mailin.mailbox import fetch_on, place_of
        from tojimari.portal.mailin.server import receive as run
    if arguments.imap:
        fetch_on(place_of(settings.MAIL_IN_IMAP_URL))
    else:
        run(host.strip("[]"), int(port))
    return 0


def doctor(arguments: argparse.Namespace, lang: Lang) -> int:
    """Say what is wrong; 0 when nothing is, 1 when something is."""
    _ready(mode="local")
    import msgspec

    from tojimari.portal.operate.doctor import examine

    signs = examine()
    if arguments.json:
        print_line(msgspec.json.encode({"schema": "tojimari.doctor/1", "signs": signs}).decode())
    else:
        marks = {"good": "○", "warn": "△", "bad": "×"}
        for sign in signs:
            print_line(f"{marks[sign.health]} {sign.text.say(lang)}")
    return 1 if any(sign.health == "bad" for sign in signs) else 0


def backup(arguments: argparse.Namespace, lang: Lang) -> int:
    """Write the backup."""
    _ready(mode="local")
    _need_database()
    from tojimari.portal.operate.backup import backup as write

    rows = sum(write(arguments.file).values())
    print_line(
        f"{arguments.file} に {rows} 行を写しました。人に見せない場所に置いてください。"
        if lang == "ja"
        else f"{rows} rows written to {arguments.file}. Keep it where nobody else can read it."
    )
    return 0


def restore(arguments: argparse.Namespace, lang: Lang) -> int:
    """Put a backup into an empty database."""
    _ready(mode="local")
    from tojimari.portal.operate.backup import restore as put
    from tojimari.portal.operate.server import prepare

    prepare()
    rows = sum(put(arguments.file, moved=arguments.moved).values())
    print_line(f"{rows} 行を戻しました。" if lang == "ja" else f"{rows} rows restored.")
    if not arguments.moved:
        print_line(
            "バックアップのあとに取り消されたものが見えてしまわないように、会社が確かめるまで、外の人には何も"
            "見せません。プログラム用の鍵と、使われていない招待は終わりました。引っ越しただけなら、空の"
            "場所にもう一度 `--moved` を付けて戻してください。"
            if lang == "ja"
            else "What was withdrawn after the backup must not be seen again: nothing is shown to others "
            "until each company says that it goes on. Tokens for programs and unused invitations have "
            "ended. If the portal only moved, restore once more into an empty place with `--moved`."
        )
    return 0


def _need_database() -> None:
    from django.db import DatabaseError

    from tojimari.portal.people.models import User

    try:
        User.objects.exists()
    except DatabaseError as error:
        raise TojimariError(
            "データベースが開けません。`tojimari doctor` を実行してください。",
            "The database cannot be opened. Run `tojimari doctor`.",
        ) from error


def manage(arguments: argparse.Namespace, lang: Lang) -> int:
    """Prepare a server: migrate, print the API, name an operator, see to the signing keys."""
    _ready(mode="server")
    if arguments.what == "migrate":
        from tojimari.portal.operate.server import prepare

        prepare()
    elif arguments.what == "openapi":
        from tojimari.portal.api import openapi
        from tojimari.portal.urls import whole_api

        print_line(openapi(whole_api))
    elif arguments.what == "policies":
        from tojimari.portal.operate.policies import write_templates

        for path in write_templates(arguments.folder):
            print_line(str(path))
    elif arguments.what == "keys":
        _need_database()
        return _keys(arguments, lang)
    elif arguments.what == "task-key":
        _need_database()
        return _task_key(arguments, lang)
    elif arguments.what == "statement-key":
        _need_database()
        return _statement_key(arguments, lang)
    else:
        _need_database()
        from tojimari.portal.people.models import User

        if not User.objects.filter(email=arguments.email.strip().lower()).update(is_operator=True):
            raise TojimariError(
                f"{arguments.email} という人はまだいません。まずページで登録してもらってください。",
                f"Nobody with the address {arguments.email} has an account. Sign up on the page first.",
            )
    return 0


def _keys(arguments: argparse.Namespace, lang: Lang) -> int:
    """List the signing keys, one a line, newest first; with ``rotate`` make a new one before."""
    from tojimari.portal.core.keys import rotate
    from tojimari.portal.core.models import SigningKey

    if arguments.do == "rotate":
        rotate(arguments.purpose)
    purposes = {"record": "  事故の記録" if lang == "ja" else "  records of incidents"}
    words = {
        "current": ("署名に使う", "signs"),
        "previous": ("確かめるだけ", "verifies only"),
        "retired": ("使わない", "not used"),
    }
    keys = list(SigningKey.objects.order_by("-made_at"))
    for key in keys:
        said = words[key.state][0 if lang == "ja" else 1]
        print_line(
            f"{key.kid}  {key.made_at:%Y-%m-%d}  {key.state}  ({said}){purposes.get(key.purpose, '')}"
        )
    if not keys:
        print_line(
            "鍵はまだありません。最初に署名するとき、または `tojimari portal keys rotate` で作られます。"
            if lang == "ja"
            else "There is no key yet. The first signature, or `tojimari portal keys rotate`, makes one."
        )
    return 0


def _statement_key(arguments: argparse.Namespace, lang: Lang) -> int:
    """Show the keys statements are signed with, newest first; rotate or revoke them before."""
    from tojimari.portal.proofs import statement_keys
    from tojimari.portal.proofs.models import StatementKey

    if arguments.do == "rotate":
        statement_keys.rotate()
    elif arguments.do == "adopt":
        statement_keys.adopt()
    elif arguments.do == "revoke":
        from tojimari.portal.proofs.signing import sign_again, sign_list

        _, again = statement_keys.revoke()
        sign_list.enqueue()
        for proof in again:
            sign_again.enqueue(str(proof.pk))
        n = len(again)
        print_line(
            f"鍵を取り消しました。まだ使える証明 {n} 件に、ワーカーが新しい鍵で署名し直します。証明を"
            "受け取った相手に、鍵を取り直すよう知らせてください。"
            if lang == "ja"
            else f"The key is revoked. The worker signs {n} {'proof' if n == 1 else 'proofs'} anew with "
            "the new key. Tell everybody who holds a proof to get the keys again."
        )
    words = {
        StatementKey.NEXT: ("公開してあり、次に署名に使う", "published, signs next"),
        StatementKey.CURRENT: ("署名に使う", "signs"),
        StatementKey.PREVIOUS: ("確かめるだけ", "verifies only"),
        StatementKey.REVOKED: ("取り消した", "revoked"),
    }
    keys = list(StatementKey.objects.order_by("-made_at"))
    _list_keys(keys, words, ("証明", "statements"), lang)
    return 0


def _list_keys(
    keys: list[Any], words: dict[str, tuple[str, str]], signed: tuple[str, str], lang: Lang
) -> None:
    """Print a key a line with what its state means; ``signed``: what such keys are for, ja and en."""
    for key in keys:
        said = words[key.state][0 if lang == "ja" else 1]
        print_line(f"{key.kid}  {key.made_at:%Y-%m-%d}  {key.state}  ({said})")
    if not keys:
        print_line(
            f"{signed[0]}の鍵はまだありません。`tojimari worker` が動き始めると作られます。"
            if lang == "ja"
            else f"There is no key for {signed[1]} yet. `tojimari worker` makes it when it starts."
        )


def _task_key(arguments: argparse.Namespace, lang: Lang) -> int:
    """Show the keys tasks are signed with, newest first; rotate, revoke or adopt one before."""
    from tojimari.portal.updates import task_keys
    from tojimari.portal.updates.models import TaskKey

    if arguments.do == "rotate":
        task_keys.rotate()
    elif arguments.do == "adopt":
        task_keys.adopt()
    elif arguments.do == "revoke":
        from tojimari.portal.updates.endings import stop_everything

        task_keys.revoke()
        stopped = stop_everything()
        print_line(
            f"鍵を取り消し、{stopped} 件の更新を止めました。機器は、登録し直すまで作業を受けません。"
            if lang == "ja"
            else f"The key is revoked, and {stopped} {'update is' if stopped == 1 else 'updates are'} "
            "stopped. Devices take no task until they are let in anew."
        )
    words = {
        TaskKey.CURRENT: ("署名に使う", "signs"),
        TaskKey.PREVIOUS: ("次の鍵に引き継いだ", "handed on to the next"),
        TaskKey.REVOKED: ("取り消した", "revoked"),
    }
    keys = list(TaskKey.objects.order_by("-made_at"))
    _list_keys(keys, words, ("作業", "tasks"), lang)
    return 0
