"""A lesson from the owner's link to a phone without an account, in a real browser."""

import subprocess
import sys

import pytest

from tests.e2e.browser import is_readable, watch
from tests.support.servers import Portal
from tojimari.catalog import load_catalog

MADE = """
import django
django.setup()
from tojimari.portal.companies.start import found_company
from tojimari.portal.people.models import User
from tests.support.sessions import session_of

owner = User.objects.create_user("a@example.jp", name="a")
company = found_company(owner, "例のパン屋")
print(company.pk, session_of(owner))
"""
LESSON = load_catalog().lessons["first-ten-minutes"]


@pytest.fixture
def portal(tmp_path, empty_database):
    env = {"TOJIMARI_MODE": "server", "TOJIMARI_MAIL_URL": "smtp://127.0.0.1:1"}
    started = Portal(tmp_path, "serve", env=env, database=empty_database)
    yield started
    started.stop()


def made(portal) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", MADE],
        env={**portal.env, "DJANGO_SETTINGS_MODULE": "tojimari.portal.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def answer(page) -> None:
    for number, question in enumerate(LESSON.questions):
        page.locator(f"input[name=answer{number}][value='{question.right}']").check()
    page.locator("main form button").last.click()


@pytest.mark.parametrize(("width", "lang"), [(390, "ja-JP"), (1280, "en-US")])
def test_the_owner_hands_on_a_link_and_a_phone_takes_the_lesson(browser, portal, width, lang):
    company, session = made(portal)
    view = {"width": width, "height": 844}
    context = browser.new_context(viewport=view, locale=lang, base_url=portal.address)
    context.add_cookies([{"name": "tojimari", "value": session, "url": portal.address}])
    owner = context.new_page()
    complaints = watch(owner)
    owner.goto(f"/c/{company}/lessons/")
    owner.locator("input[name=is_on]").check()
    owner.locator("#people").fill("1")
    owner.locator("form:has(#people) button").click()
    owner.locator("svg.qr").wait_for()
    is_readable(owner)
    address = owner.locator(".address a").get_attribute("href")
    phone = browser.new_context(viewport={"width": 390, "height": 844}, locale=lang).new_page()
    heard = watch(phone)
    phone.goto(address)
    is_readable(phone)
    phone.goto(f"{address}{LESSON.id}/")
    is_readable(phone)
    phone.locator("#name").fill("花子")
    answer(phone)
    phone.locator("#over").wait_for()
    is_readable(phone)
    phone.goto(address)
    with phone.expect_download() as given:
        phone.locator("section:has(#paper) button").click()
    assert given.value.suggested_filename == "tojimari-certificate.pdf"
    owner.reload()
    assert "花子" in owner.locator("section:has(#taken)").inner_text()
    assert complaints == heard == []
