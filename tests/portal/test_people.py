"""Signing up and in, roles, own data, and leaving for good."""

import json
import re
from datetime import timedelta

import pytest
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.support.pressing import code_in
from tests.support.stored import everything_in_the_database
from tojimari.portal.core.models import AuditEvent
from tojimari.portal.people.models import ApiToken, Membership, User


def test_sign_up_by_mail_code_reaches_the_first_question(client, db):
    client.post("/accounts/signup/", {"email": "New@Example.jp"})
    assert len(mail.outbox) == 1
    assert mail.outbox[0].to == ["new@example.jp"]
    page = client.post("/accounts/confirm-email/", {"code": code_in(mail.outbox[0])}, follow=True)
    assert page.redirect_chain[-1][0] == "/home/"
    page = client.post("/companies/", {"name": "新しい店"}, follow=True)
    assert "/ask/" in page.redirect_chain[-1][0]
    assert Membership.objects.across("test").get().role == "owner"


def test_sign_in_by_mail_code_and_a_wrong_code_does_not(client, world):
    client.post("/accounts/login/code/", {"email": "owner@example.jp"})
    assert client.post("/accounts/login/code/confirm/", {"code": "AAAAAA"}).status_code == 200
    assert client.get("/account/").status_code == 302
    client.post("/accounts/login/code/confirm/", {"code": code_in(mail.outbox[0])})
    assert client.get("/account/").status_code == 200


def test_nobody_learns_who_has_an_account(client, world):
    pages = []
    for address in ("owner@example.jp", "nobody@example.jp"):
        page = Client().post("/accounts/login/code/", {"email": address}, follow=True)
        pages.append((page.status_code, page.redirect_chain))
    assert pages[0] == pages[1]


def test_password_and_authenticator_app(client, world, settings):
    import time

    from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value

    world.owner.set_password("a-long-pass-phrase-9")
    world.owner.save()
    secret = "JBSWY3DPEHPK3PXP"
    TOTP.activate(world.owner, secret)
    sign_in = {"login": "owner@example.jp", "password": "a-long-pass-phrase-9"}
    page = client.post("/accounts/login/", sign_in, follow=True)
    assert page.redirect_chain[-1][0].startswith("/accounts/2fa/authenticate/")
    assert client.get("/account/").status_code == 302
    assert client.post("/accounts/2fa/authenticate/", {"code": "000000"}).status_code == 200
    settings.MFA_TOTP_TOLERANCE = 20  # the code may run out on its way, on a busy machine
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    client.post("/accounts/2fa/authenticate/", {"code": code})
    assert client.get("/account/").status_code == 200


@pytest.mark.parametrize(
    "page",
    [
        "/accounts/login/",
        "/accounts/signup/",
        "/accounts/login/code/",
        "/accounts/password/reset/",
        "/accounts/signup/passkey/",
    ],
)
@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_doors_speak_both_languages(client, db, page, lang):
    client.cookies["django_language"] = lang
    shown = client.get(page).content.decode()
    assert f'<html lang="{lang}">' in shown
    assert 'class="brand"' in shown
    words = re.sub(r"<[^>]+>", " ", shown.split("<main", 1)[1].split("</main", 1)[0])
    assert bool(re.search(r"[ぁ-ん]", words)) == (lang == "ja")


@pytest.mark.parametrize(
    "page",
    [
        "/accounts/2fa/",
        "/accounts/sessions/",
        "/accounts/email/",
        "/account/",
        "/account/leave/",
    ],
)
def test_own_pages_answer(world, page):
    client = world.client("owner")
    assert client.get(page, follow=True).status_code == 200


def test_a_token_is_shown_once_and_can_be_thrown_away(world):
    client = world.client("owner")
    made = client.post(
        "/account/tokens/", {"name": "表計算", "scope": "company:read", "days": "30"}
    )
    secret = re.search(r"tjm_[\w-]+", made.content.decode()).group(0)
    assert secret not in client.get("/account/").content.decode()
    headers = {"authorization": f"Bearer {secret}"}
    assert Client().get("/api/v1/companies", headers=headers).status_code == 200
    token = ApiToken.objects.get()
    client.post(f"/account/tokens/{token.pk}/remove/")
    assert Client().get("/api/v1/companies", headers=headers).status_code == 401


def test_a_token_without_name_or_scope_is_refused(world):
    client = world.client("owner")
    for bad in (
        {"name": ""},
        {"name": "x"},
        {"name": "x", "scope": "all", "days": "30"},
        {"name": "x", "scope": "company:read", "days": "9999"},
    ):
        assert client.post("/account/tokens/", bad).status_code == 400


def test_the_last_owner_cannot_be_removed(world):
    client, company = world.client("owner"), world.company
    own = company.memberships.get(user=world.owner)
    page = f"/c/{company.pk}/settings/people/{own.pk}/remove/"
    assert client.post(page).status_code == 400
    assert company.memberships.filter(user=world.owner).exists()


def test_export_holds_everything_and_no_secret(world, machine):
    from tojimari.portal.devices.models import EnrolCode

    client, base = world.client("owner"), f"/c/{world.company.pk}"
    client.post(f"{base}/ask/mfa/?then=result", {"choice": "not_done"})
    _, letters = EnrolCode.make(world.company, "computer", world.owner)
    taken = client.get(f"{base}/export/").content.decode()
    body = json.loads(taken)
    assert body["company"]["name"] == "ひみつ商店"
    assert {p["email"] for p in body["people"]} == {"owner@example.jp", "staff@example.jp"}
    assert body["companies.observation"][0]["fields"]["question"] == "mfa"
    assert body["devices.device"][0]["name"] == "事務所のパソコン"
    assert body["people.auditevent"]
    assert "よその会社" not in taken
    assert EnrolCode.hashed(letters) not in taken


def test_deleting_a_company_really_deletes(world, machine, client):
    from tests.support.agents import fact, post, report, signed

    owner, base = world.client("owner"), f"/c/{world.company.pk}"
    owner.post(f"{base}/ask/mfa/?then=result", {"choice": "not_done"})
    post(client, signed(machine, report(machine, fact())))
    owner.post(f"{base}/report/pdf/")
    world.client("supporter").post(
        f"/s/{world.chamber.pk}/c/{world.company.pk}/note/", {"text": "ひみつのメモ"}
    )
    assert "ひみつ商店" in everything_in_the_database()
    assert owner.post(f"{base}/delete/", {"word": "いや"}).status_code == 400
    assert owner.post(f"{base}/delete/", {"word": "消す"}).status_code == 302
    left = everything_in_the_database()
    for mark in ("ひみつ", "事務所のパソコン", str(world.company.pk), world.company.pk.hex):
        assert mark not in left, mark
    assert "よその会社" in left


def test_leaving_deletes_the_person_and_the_companies_nobody_else_owns(world):
    client = world.client("owner")
    shown = client.get("/account/leave/").content.decode()
    assert "ひみつ商店" in shown
    client.post("/account/leave/", {"word": "消す"})
    left = everything_in_the_database()
    for mark in ("owner@example.jp", "ひみつ商店", str(world.owner.pk), world.owner.pk.hex):
        assert mark not in left, mark
    assert User.objects.filter(email="staff@example.jp").exists()


def test_leaving_keeps_a_company_with_another_owner(world):
    world.company.memberships.filter(user=world.staff).update(role="owner")
    world.client("owner").post("/account/leave/", {"word": "消す"})
    assert world.company.memberships.count() == 1
    events = AuditEvent.objects.of(world.company)
    assert events.exists()
    assert not events.filter(actor__isnull=False).exists()


def test_my_data_is_mine_alone(world):
    body = world.client("owner").get("/account/my-data/").content.decode()
    assert json.loads(body)["email"] == "owner@example.jp"
    assert "staff@example.jp" not in body


def test_the_log_tells_who_looked(world):
    world.client("supporter").get(f"/s/{world.chamber.pk}/c/{world.company.pk}/")
    shown = world.client("owner").get(f"/c/{world.company.pk}/log/").content.decode()
    assert "町の会議所" in shown
    assert "様子を見た" in shown


def test_sessions_can_be_ended_elsewhere(world):
    here = world.client("owner")
    here.get("/account/")
    assert world.owner.usersession_set.count() >= 1
    assert here.get("/accounts/sessions/").status_code == 200


def test_when_a_session_was_last_seen_is_written_once_a_minute(world):
    owner, seen = world.client("owner"), UserSession.objects.filter(user=world.owner)
    owner.get("/account/")
    now = seen.get().last_seen_at
    with CaptureQueriesContext(connection) as asked:
        owner.get("/account/")
    assert [one["sql"] for one in asked if not one["sql"].startswith("SELECT")] == []
    seen.update(last_seen_at=now - timedelta(seconds=90))
    owner.get("/account/")
    assert seen.get().last_seen_at >= now


def test_another_browser_with_the_same_session_is_seen_at_once(world):
    owner, seen = world.client("owner"), UserSession.objects.filter(user=world.owner)
    owner.get("/account/")
    owner.get("/account/", headers={"user-agent": "Mozilla/5.0 (elsewhere)"})
    assert seen.get().user_agent == "Mozilla/5.0 (elsewhere)"
    owner.get("/account/", REMOTE_ADDR="203.0.113.7")
    assert seen.get().ip == "203.0.113.7"
    page = owner.get("/accounts/sessions/", REMOTE_ADDR="203.0.113.7").content.decode()
    assert "203.0.113.7" in page


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_the_frameworks_words_are_compiled_as_they_are_written(lang):
    import gettext

    folder = settings.LOCALE_PATHS[0] / lang / "LC_MESSAGES"
    with (folder / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    written = (folder / "django.po").read_text("utf-8")
    pairs = re.findall(
        r'(?m)^msgid "(.+)"\n(?:msgid_plural ".*"\n)?msgstr(?:\[0\])? "(.+)"$', written
    )
    assert len(pairs) > 20
    for one, other in pairs:
        shown = compiled.ngettext(one, one, 1) if "%(count)s" in one else compiled.gettext(one)
        assert other in (shown, compiled.ngettext(one, one, 1))


@pytest.mark.parametrize(
    "page",
    [
        "/accounts/2fa/",
        "/accounts/2fa/totp/activate/",
        "/accounts/2fa/webauthn/add/",
        "/accounts/sessions/",
    ],
)
def test_the_frameworks_pages_use_the_names_of_our_own(world, page):
    """One name for one thing: passkey, authenticator app, two steps; nothing left in English."""
    client = world.client("owner")
    shown = client.get(page, follow=True).content.decode()
    shown = re.sub(r"(?s)<script.*?</script>", "", shown)
    words = re.sub(r"<[^>]+>", " ", shown.split("<main", 1)[1].split("</main", 1)[0])
    for jargon in (
        "セキュリティキー",
        "リカバリー",
        "シークレット",
        "セッション",
        "パスワードレス",
        "Name",
    ):
        assert jargon not in words, jargon


@pytest.mark.parametrize(
    ("agent", "said"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/120 Safari/537.36 Edg/120",
            "Edge (Windows)",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) Version/17 Safari/604",
            "Safari (iPhone)",
        ),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/120 Mobile Safari/537.36", "Chrome (Android)"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:121.0) Gecko/20100101 Firefox/121.0",
            "Firefox (Mac)",
        ),
        ("curl/8.5", "curl/8.5"),
    ],
)
def test_a_browser_is_named_as_people_call_it(agent, said):
    from tojimari.portal.visitors import described

    assert described(agent) == said
