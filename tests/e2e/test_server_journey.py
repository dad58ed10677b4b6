"""A portal for many, as it runs on a server: PostgreSQL, a web process, a worker, a mail server,
the real agent, and people in real browsers."""

import re
import time

import pytest

from tests.e2e.browser import answer_everything, is_laid_out, is_readable, reload_until, watch
from tests.support.patience import PATIENCE


class Person:
    """Somebody with a browser and a mailbox."""

    def __init__(self, browser, portal, email: str, *, width: int = 390) -> None:
        self.portal, self.email = portal, email
        self.context = browser.new_context(
            viewport={"width": width, "height": 844}, locale="ja-JP", base_url=portal.address
        )
        self.page = self.context.new_page()
        self.complaints = watch(self.page)

    def mails(self) -> list:
        return [mail for mail in self.portal.mails.mails if self.email in str(mail["to"])]

    def newest(self, count: int):
        until = time.monotonic() + PATIENCE
        while len(self.mails()) < count:
            assert time.monotonic() < until, f"no mail for {self.email}"
            self.page.wait_for_timeout(50)
        return self.mails()[-1]

    def sign_up(self) -> None:
        self.page.goto("/")
        is_readable(self.page)
        self.page.locator("a.button.big").click()
        is_readable(self.page)
        before = len(self.mails())
        self.page.locator("input[name=email]").fill(self.email)
        self.page.locator("main form button[type=submit]").first.click()
        is_readable(self.page)
        self._enter_code(before)
        self.page.wait_for_url("**/home/")

    def sign_in(self) -> None:
        self.page.goto("/accounts/login/")
        is_readable(self.page)
        before = len(self.mails())
        self.page.locator("input[name=login]").fill(self.email)
        self.page.locator("main form.card button[type=submit]").first.click()
        self._enter_code(before)

    def _enter_code(self, before: int) -> None:
        text = self.newest(before + 1).get_content()
        code = re.findall(r"\b[A-Z0-9]{3,4}-?[A-Z0-9]{3,4}\b", text)[-1]
        self.page.locator("input[name=code]").fill(code)
        self.page.locator("main form button[type=submit]").first.click()

    def close(self) -> None:
        assert self.complaints == []
        self.context.close()


@pytest.fixture
def person(browser, server):
    made: list[Person] = []

    def make(email: str, **more) -> Person:
        made.append(Person(browser, server, email, **more))
        return made[-1]

    yield make
    for one in made:
        one.close()


def test_owner_device_phone_and_supporter(person, server):
    owner = person("tencho@example.jp")
    owner.sign_up()
    is_readable(owner.page)
    owner.page.locator("input[name=name]").fill("角の酒屋")
    owner.page.locator("form[action='/companies/'] button").click()
    assert answer_everything(owner.page) >= 10
    company = re.search(r"/c/([0-9a-f-]{36})/", owner.page.url).group(1)

    # A computer joins with a code and one command, and sends what it saw.
    owner.page.goto(f"/c/{company}/check/")
    owner.page.locator("form[action$='/code/computer/'] button").click()
    is_readable(owner.page)
    letters = owner.page.locator(".letters").inner_text()
    done = server.run("agent", "enroll", letters, "--server", server.address, "--name", "レジ")
    assert done.returncode == 0, done.stderr
    assert "角の酒屋" in done.stdout
    done = server.run("agent", "run", "--once")
    assert done.returncode == 0, done.stdout + done.stderr
    assert server.run("agent", "status").returncode == 0
    owner.page.goto(f"/c/{company}/devices/")
    is_readable(owner.page)
    assert "レジ" in owner.page.locator("main").inner_text()
    again = server.run("agent", "enroll", letters, "--server", server.address)
    assert again.returncode == 2
    assert "agent leave" in again.stderr

    # The worker has judged it.
    owner.page.goto(f"/c/{company}/")
    reload_until(owner.page, "main:has-text('調べた機器 1台')")
    assert owner.page.locator("#differ").count() == 1
    is_readable(owner.page)

    # A phone answers by a link, without an account.
    owner.page.goto(f"/c/{company}/check/")
    owner.page.locator("form[action$='/code/phone/'] button").click()
    is_readable(owner.page)
    link = owner.page.locator("main a[href*='/phone/']").get_attribute("href")
    assert owner.page.locator("svg.qr").count() == 1
    phone = person("nobody@example.jp").page
    phone.goto(link)
    is_readable(phone)
    phone.locator("a[href='?system=android']").first.click()
    is_readable(phone)
    phone.locator("select[name=version]").select_option(index=1)
    phone.locator("input[name=up_to_date][value=yes]").check()
    phone.locator("input[name=screen_lock][value=no]").check()
    phone.locator("main form button.big").click()
    is_readable(phone)
    assert "画面ロックがありません" in phone.locator("main").inner_text()

    # The operator lets a chamber in; the chamber invites; the owner decides.
    boss = person("unyou@example.jp", width=1280)
    boss.sign_up()
    named = server.run("portal", "operator", "unyou@example.jp")
    assert named.returncode == 0, named.stderr
    helper = person("kaigisho@example.jp", width=1280)
    helper.sign_up()
    boss.page.goto("/operator/")
    is_readable(boss.page)
    boss.page.locator("input[name=name]").fill("町の会議所")
    boss.page.locator("input[name=email]").fill("kaigisho@example.jp")
    boss.page.locator("form.next button").click()
    helper.page.goto("/home/")
    helper.page.wait_for_selector("#rows, a[href^='/s/']")
    organisation = re.search(r"/s/[0-9a-f-]{36}/", helper.page.url + helper.page.content()).group(0)
    helper.page.goto(f"{organisation}invitations/")
    is_readable(helper.page)
    before = len(owner.mails())
    helper.page.locator("#e1").fill("tencho@example.jp")
    helper.page.locator("form:has(#e1) button").click()
    is_readable(helper.page)
    link = re.search(r"http\S+/join/\S+/", owner.newest(before + 1).get_content()).group(0)
    owner.page.goto(link)
    is_readable(owner.page)
    owner.page.locator("input[name=may_write]").check()
    owner.page.locator("main form button.big").click()
    is_readable(owner.page)

    # The chamber sees who needs help and writes; the mail carries the next step.
    helper.page.goto(organisation)
    is_readable(helper.page)
    assert "角の酒屋" in helper.page.locator("#rows").inner_text()
    before = len(owner.mails())
    helper.page.locator("#rows input[name=company]").check()
    helper.page.locator("textarea[name=words]").fill("お元気ですか")
    helper.page.locator("#rows section button").first.click()
    is_readable(helper.page)
    text = owner.newest(before + 1).get_content()
    assert "お元気ですか" in text
    assert "次の一歩:" in text
    helper.page.locator("#rows a[href*='/c/']").click()
    is_readable(helper.page)
    assert "レジ" not in helper.page.locator("main").inner_text()
    # A filter answers in place, by script.
    helper.page.goto(organisation)
    helper.page.locator("select[name=size]").select_option("ten_or_more")
    helper.page.wait_for_function(
        "() => document.querySelector('#rows').innerText.includes('当てはまる会社はありません')"
    )

    # The owner takes it back, and the door is shut.
    owner.page.goto(f"/c/{company}/sharing/")
    is_readable(owner.page)
    owner.page.locator("button[name=withdraw]").click()
    answer = helper.page.goto(f"{organisation}c/{company}/")
    assert answer.status == 404
    owner.page.goto(f"/c/{company}/log/")
    assert "町の会議所" in owner.page.locator("main").inner_text()


def test_a_passkey_signs_in(person):
    anna = person("anna@example.jp")
    anna.sign_up()
    devtools = anna.context.new_cdp_session(anna.page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
            }
        },
    )
    anna.page.goto("/accounts/2fa/webauthn/add/")
    if "reauthenticate" in anna.page.url:
        raise AssertionError(anna.page.url)
    is_readable(anna.page)
    anna.page.locator("input[name=passwordless]").check()
    anna.page.locator("#mfa_webauthn_add").click()
    anna.page.wait_for_url(lambda url: "/add/" not in url)
    is_readable(anna.page)
    anna.context.clear_cookies()
    anna.page.goto("/accounts/login/")
    anna.page.locator("#passkey_login").click()
    anna.page.wait_for_url("**/home/")
    anna.page.goto("/account/")
    is_readable(anna.page)
    assert "anna@example.jp" in anna.page.locator("main").inner_text()


ACCOUNT_PAGES = [
    "/account/",
    "/accounts/2fa/",
    "/accounts/2fa/totp/activate/",
    "/accounts/sessions/",
    "/accounts/email/",
    "/accounts/password/set/",
    "/account/leave/",
]


def test_account_pages_are_readable_in_both_languages(person):
    ben = person("ben@example.jp")
    ben.sign_up()
    for lang in ("ja", "en"):
        ben.page.goto("/account/")
        ben.page.locator(f".langs button[value={lang}]").click()
        # What axe finds, it finds in either language: structure, names, colours.
        held = is_readable if lang == "ja" else is_laid_out
        for page in ACCOUNT_PAGES:
            ben.page.goto(page)
            held(ben.page)
            assert ben.page.evaluate("document.documentElement.lang") == lang
    # Seen, not only there: the sessions, the way out, the code to photograph in the dark.
    ben.page.goto("/accounts/sessions/")
    assert ben.page.locator("main p.card .tag").first.is_visible()
    ben.page.goto("/accounts/logout/")
    assert ben.page.locator("main form[action='/accounts/logout/'] button").is_visible()
    ben.page.emulate_media(color_scheme="dark")
    ben.page.goto("/accounts/2fa/totp/activate/")
    behind = "node => getComputedStyle(node).backgroundColor"
    assert ben.page.locator("img.qr").evaluate(behind) == "rgb(255, 255, 255)"
    ben.page.goto("/account/")
    ben.page.locator("form[action='/accounts/logout/'] button").click()
    ben.page.goto("/account/")
    assert "/accounts/login/" in ben.page.url
    ben.sign_in()
    ben.page.goto("/account/")
    assert ben.page.url.endswith("/account/")
