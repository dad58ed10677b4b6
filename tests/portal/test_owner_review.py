"""What an owner stumbled over, seen in a real browser: each stays mended."""

import re
import subprocess
import sys
import venv

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from tests.support.pressing import code_in
from tojimari.portal.companies import result
from tojimari.portal.companies.models import Company, Standing
from tojimari.portal.companies.result import page_context
from tojimari.portal.core.models import AuditEvent
from tojimari.portal.devices.models import Device, EnrolCode
from tojimari.portal.supporters.models import Grant, Invitation
from tojimari.portal.words import say


def text(response) -> str:
    return response.content.decode()


def test_a_code_is_shown_again_after_a_reload_and_in_the_other_language(world):
    client, base = world.client("owner"), f"/c/{world.company.pk}"
    shown = client.post(f"{base}/devices/code/computer/")
    assert shown.status_code == 302
    letters = re.search(r"/code/([A-Z0-9-]{9})/", shown["Location"]).group(1)
    for lang, word in (("ja", "詳しい人に渡す文"), ("en", "A text to hand on")):
        page = client.get(shown["Location"], HTTP_ACCEPT_LANGUAGE=lang)
        assert letters in text(page)
        assert word in text(page)
    EnrolCode.objects.of(world.company).update(used_at=timezone.now())
    assert client.get(shown["Location"])["Location"] == f"{base}/devices/"


def test_a_code_is_shown_to_its_own_company_only(world):
    _, letters = EnrolCode.make(world.company, "computer", world.owner)
    foreign = world.client("stranger").get(f"/c/{world.foreign.pk}/devices/code/{letters}/")
    assert foreign.status_code == 302
    assert letters not in text(foreign)


def test_opening_the_address_of_a_button_is_explained(world):
    page = world.client("owner").get(f"/c/{world.company.pk}/report/pdf/")
    assert page.status_code == 405
    assert "ボタンを押したときだけ開きます" in text(page)


def test_a_wrong_answer_is_refused_without_naming_ids(world):
    client, base = world.client("owner"), f"/c/{world.company.pk}/ask"
    for question, given, sentence in (
        ("updates", {}, "分からなければ「わからない」を押してください"),
        ("pc-count", {"number": "many"}, "0から999までの数を入れてください"),
        ("backup-where", {"choice": ["none", "cloud"]}, "ほかの答えと一緒に選べません"),
    ):
        page = client.post(f"{base}/{question}/", given)
        said = re.search(r'role="alert">([^<]*)<', text(page)).group(1)
        assert page.status_code == 400
        assert sentence in said
        assert not re.search(r"[a-z_]{3,}", said)


def test_answers_alone_are_never_shown_as_seen(world):
    client, base = world.client("owner"), f"/c/{world.company.pk}"
    client.post(f"{base}/ask/updates/?then=result", {"choice": "all"})
    page = text(client.get(f"{base}/"))
    assert "すべて答えにもとづく様子です" in page
    assert "答えから" in page
    assert '<span class="small">見て確認</span>' not in page


def test_what_a_phones_holder_says_is_no_look_at_a_device(world):
    _, letters = EnrolCode.make(world.company, "phone", world.owner)
    Client().post(
        f"/phone/{letters}/",
        {"system": "android", "version": "", "up_to_date": "", "screen_lock": "no"},
    )
    from tojimari.portal.companies.assessments import refresh

    refresh(world.company)
    assert Standing.objects.of(world.company).get().last_seen_at is None


def test_a_phone_without_a_lock_is_told_how_to_set_one_and_what_nobody_knew(world):
    _, letters = EnrolCode.make(world.company, "phone", world.owner)
    page = text(
        Client(HTTP_ACCEPT_LANGUAGE="ja").post(
            f"/phone/{letters}/",
            {"system": "android", "version": "", "up_to_date": "", "screen_lock": "no"},
        )
    )
    assert "Android に画面ロックがありません" in page
    assert "暗証番号 (PIN) を決めます" in page
    assert "わからなかったこと" in page
    assert "OSの版はどれですか" in page
    event = AuditEvent.objects.of(world.company).get(action="phone.answered")
    assert event.about["name"] == "Android"


def test_an_old_phone_is_to_be_replaced(world):
    _, letters = EnrolCode.make(world.company, "phone", world.owner)
    page = text(
        Client(HTTP_ACCEPT_LANGUAGE="ja").post(
            f"/phone/{letters}/",
            {"system": "android", "version": "9", "up_to_date": "yes", "screen_lock": "yes"},
        )
    )
    assert "買い替えてください" in page
    assert "会社のメールやファイルは入れないでください" in page


def test_a_device_is_removed_only_after_asking_once_more(world, machine):
    client = world.client("owner")
    page = f"/c/{world.company.pk}/devices/{machine.device.pk}/remove/"
    assert "「事務所のパソコン」を外しますか" in text(client.get(page))
    assert Device.objects.of(world.company).get(pk=machine.device.pk).removed_at is None
    client.post(page)
    assert Device.objects.of(world.company).get(pk=machine.device.pk).removed_at is not None


def test_a_new_owner_follows_an_invitation_to_the_end_in_one_go(db, world):
    _, secret = Invitation.make(
        "company", organisation=world.chamber, made_by=world.supporter, scopes=("findings:read",)
    )
    client = Client(HTTP_ACCEPT_LANGUAGE="ja")
    assert "はじめての方は" in text(client.get(f"/join/{secret}/"))
    client.post("/accounts/signup/", {"email": "shop@example.jp"})
    page = client.post("/accounts/confirm-email/", {"code": code_in(mail.outbox[-1])}, follow=True)
    assert page.redirect_chain[-1][0].endswith(f"/join/{secret}/")
    assert "この範囲を見せる" in text(page)
    done = client.post(f"/join/{secret}/accept/", {"name": "角の酒屋", "sees_findings": "yes"})
    company = Company.objects.get(name="角の酒屋")
    assert done["Location"] == f"/c/{company.pk}/welcome/"
    grant = Grant.objects.of(company).get()
    assert (grant.organisation, grant.scopes) == (world.chamber, ("findings:read",))
    used = client.get(f"/join/{secret}/")
    assert used.status_code == 404
    assert "使い終わったか、期限が過ぎました" in text(used)


def test_a_mistyped_address_can_be_corrected_on_the_code_page(db):
    client = Client(HTTP_ACCEPT_LANGUAGE="ja")
    client.post("/accounts/signup/", {"email": "tpyo@example.jp"})
    page = text(client.get("/accounts/confirm-email/"))
    assert "アドレスを直す" in page
    assert "もう一度送る" in page
    client.post("/accounts/confirm-email/", {"action": "change", "email": "right@example.jp"})
    assert mail.outbox[-1].to == ["right@example.jp"]
    page = client.post("/accounts/confirm-email/", {"code": code_in(mail.outbox[-1])}, follow=True)
    assert page.status_code == 200
    assert page.context["user"].email == "right@example.jp"


def test_whoever_has_an_account_is_sent_a_way_to_sign_in(world):
    Client(HTTP_ACCEPT_LANGUAGE="ja").post("/accounts/signup/", {"email": world.owner.email})
    letter = mail.outbox[-1]
    assert letter.subject == "【戸締まり】すでに登録されています"
    assert "/accounts/login/" in letter.body
    assert "password" not in letter.body


def test_points_are_bounded_while_questions_are_open(world):
    client, base = world.client("owner"), f"/c/{world.company.pk}"
    client.post(f"{base}/ask/access/?then=result", {"choice": "done"})
    # "Do not know" costs a point there: what can be reached at most is said, and no minus.
    assert "多くて100点です" in text(client.get(f"{base}/"))


def test_a_range_that_says_nothing_is_not_said(world, monkeypatch):
    """Five items in place are 20 points, and each of the other 20 may cost one or bring four."""

    def five_in_place(found, company):
        shown = page_context(found, company)
        return {**shown, "points": {**shown["points"], "between": (0, 100), "unasked": 20}}

    monkeypatch.setattr(result, "page_context", five_in_place)
    page = text(world.client("owner").get(f"/c/{world.company.pk}/"))
    assert f"{say('result.points_open', 'ja', n=20)}</p>" in page


def test_this_weeks_question_is_ticked_off(world):
    client, base = world.client("owner"), f"/c/{world.company.pk}"
    assert "質問に答えました" not in text(client.get(f"{base}/weekly/"))
    page = client.post(f"{base}/ask/mfa/?then=weekly", {"choice": "done"}, follow=True)
    assert "✓ 今週の質問に答えました" in text(page)


def test_done_but_not_yet_so_is_said(world, machine):
    client, base = world.client("owner"), f"/c/{world.company.pk}"
    client.post(f"{base}/ask/mfa/?then=result", {"choice": "not_done"})
    assert "まだ直っていないようです" in text(client.get(f"{base}/?done=mfa-cloud"))


def test_a_server_never_says_this_computer(world):
    page = text(world.client("owner").get(f"/c/{world.company.pk}/"))
    assert "会社のパソコンやスマホを調べる" in page
    assert "このパソコンを調べる" not in page


def test_one_person_on_one_computer_has_no_account_pages(world, settings):
    settings.LOCAL = True
    client = world.client("owner")
    assert client.get("/account/").status_code == 404
    assert client.get(f"/c/{world.company.pk}/sharing/").status_code == 404


@pytest.mark.parametrize("name", ["tojimari-0.0.0-py3-none-any.whl", "x.whl"])
def test_only_the_own_package_is_handed_out(db, name):
    assert Client().get(f"/download/{name}").status_code == 404


@pytest.mark.any_database
def test_the_package_from_the_portal_installs_and_runs(db, tmp_path):
    from tojimari.portal.devices.installation import WHEEL_NAME

    answer = Client().get(f"/download/{WHEEL_NAME}")
    (tmp_path / WHEEL_NAME).write_bytes(answer.content)
    venv.create(tmp_path / "venv", with_pip=True, system_site_packages=False)
    python = tmp_path / "venv" / "bin" / "python"
    install = [python, "-m", "pip", "install", "-q", "--no-deps", "--no-index"]
    subprocess.run([*install, str(tmp_path / WHEEL_NAME)], check=True, cwd=tmp_path)
    # Its dependencies are those of this very environment: only the package itself is new.
    packages = next(path for path in sys.path if path.endswith("site-packages"))
    said = subprocess.run(
        [tmp_path / "venv" / "bin" / "tojimari", "--lang", "ja", "agent", "--help"],
        env={"PYTHONPATH": packages, "LANG": "ja_JP.UTF-8", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    ).stdout
    assert "enroll" in said
