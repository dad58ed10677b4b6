"""A proof from the owner's page to a buyer without an account, in a real browser."""

import subprocess
import sys

import pytest

from tests.e2e.browser import is_readable, watch
from tests.support.servers import Portal

MADE = """
import django
django.setup()
from tojimari.portal.companies.start import found_company
from tojimari.portal.people.models import User
from tests.support.proofs import answer_everything
from tests.support.sessions import session_of

owner = User.objects.create_user("a@example.jp", name="a")
company = found_company(owner, "例のパン屋")
answer_everything(company)
print(company.pk, session_of(owner))
"""
WORK = """
import django
django.setup()
from tests.support.pressing import run_tasks
run_tasks()
"""


@pytest.fixture
def portal(tmp_path, empty_database):
    env = {"TOJIMARI_MODE": "server", "TOJIMARI_MAIL_URL": "smtp://127.0.0.1:1"}
    started = Portal(tmp_path, "serve", env=env, database=empty_database)
    yield started
    started.stop()


def run(portal, program) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**portal.env, "DJANGO_SETTINGS_MODULE": "tojimari.portal.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize(("width", "lang"), [(390, "ja-JP"), (1280, "en-US")])
def test_an_owner_makes_a_proof_and_a_buyer_checks_it_without_a_network(
    browser, portal, width, lang, tmp_path
):
    company, session = run(portal, MADE)
    view = {"width": width, "height": 844}
    context = browser.new_context(viewport=view, locale=lang, base_url=portal.address)
    context.add_cookies([{"name": "tojimari", "value": session, "url": portal.address}])
    owner = context.new_page()
    complaints = watch(owner)
    owner.goto(f"/c/{company}/proofs/")
    is_readable(owner)
    owner.locator("#make + p + ul a").first.click()
    is_readable(owner)
    owner.locator("input[name=shown]").last.uncheck()
    owner.locator("#audience").fill("買い手 Buyer")
    owner.locator("#whom ~ p button").click()
    run(portal, WORK)
    owner.goto(f"/c/{company}/proofs/")
    owner.locator("#made ~ .card a").first.click()
    owner.locator("svg.qr").wait_for()
    is_readable(owner)
    address = owner.locator(".address a").get_attribute("href")

    reader = browser.new_context(viewport=view, locale=lang, base_url=portal.address).new_page()
    heard = watch(reader)
    reader.goto(address)
    is_readable(reader)
    taken = {}
    links = {"tf": "sd-jwt", "page": "html", "kf": "statements.json", "sf": "revoked"}
    for name, part in links.items():
        with reader.expect_download() as given:
            reader.locator(f"#take ~ ul a[href*='{part}']").click()
        taken[name] = tmp_path / given.value.suggested_filename
        given.value.save_as(taken[name])
    assert heard == []

    away = browser.new_context(viewport=view, locale=lang, offline=True).new_page()
    away.goto(taken["page"].as_uri())
    for name in ("tf", "kf", "sf"):
        away.set_input_files(f"#{name}", taken[name])
    away.wait_for_function("document.getElementById('s').value !== ''")
    away.fill("#a", "買い手 Buyer")
    away.click("button")
    away.locator("#o h2.y").wait_for()
    assert "例のパン屋" in away.inner_text("#o")
    is_readable(away)

    owner.goto(f"/c/{company}/sharing/")
    is_readable(owner)
    owner.locator("#handed ~ ul form button").click()
    is_readable(owner)
    assert reader.goto(address).status == 404
    assert complaints == []
