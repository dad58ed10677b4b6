"""A mail drill in a real browser: consent, plan, start; a mail on a phone; what the owner sees."""

import re
import subprocess
import sys

import pytest

from tests.e2e.browser import is_readable, watch
from tests.support.drill_mails import CONTACT, DOMAIN, HEADER, path_in
from tests.support.servers import MailServer, Portal

MADE = f"""
import django
django.setup()
from django.utils import timezone
from tojimari.portal.companies.start import found_company
from tojimari.portal.core.models import Employee
from tojimari.portal.outside.models import Site
from tojimari.portal.people.models import User
from tests.support.sessions import session_of

owner = User.objects.create_user("a@example.jp", name="a")
company = found_company(owner, "例のパン屋")
Site.objects.of(company).create(company=company, name="{DOMAIN}", mail_domain="{DOMAIN}", proven_by="dns", proven_at=timezone.now())
for at in range(2):
    Employee.objects.of(company).create(company=company, name=f"p{{at}}", email=f"p{{at}}@{DOMAIN}")
print(company.pk, session_of(owner))
"""
AGENT = "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36"
"""A phone's: a browser without a window calls itself so, and is set aside as a machine."""
DUE = """
import django
django.setup()
from datetime import timedelta
from django.utils import timezone
from tojimari.portal.drills import sending
from tojimari.portal.drills.models import DrillMail
rows = DrillMail.objects.across("a test")
rows.update(send_at=timezone.now() - timedelta(minutes=1))
sending.hand_out()
"""
LONG_AGO = """
import django
django.setup()
from datetime import timedelta
from django.utils import timezone
from tojimari.portal.drills.models import DrillMail
DrillMail.objects.across("a test").update(sent_at=timezone.now() - timedelta(hours=1))
"""
TAKEN_DOWN = """
import django
django.setup()
from tojimari.portal.drills.models import DrillEvent
print(*DrillEvent.objects.across("a test").values_list("kind", flat=True))
"""


@pytest.fixture
def sink():
    server = MailServer()
    yield server
    server.stop()


@pytest.fixture
def portal(tmp_path, empty_database, sink):
    env = {
        "TOJIMARI_MODE": "server",
        "TOJIMARI_MAIL_URL": sink.url,
        "TOJIMARI_OPERATOR_CONTACT": CONTACT,
    }
    started = Portal(tmp_path, "serve", env=env, worker=True, database=empty_database)
    yield started
    started.stop()


def asked(portal, script: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", script],
        env={**portal.env, "DJANGO_SETTINGS_MODULE": "tojimari.portal.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def begun(owner, company: str) -> None:
    """Consent, plan and start as an owner does, looking at each page."""
    owner.goto(f"/c/{company}/drills/")
    is_readable(owner)
    owner.goto(f"/c/{company}/drills/consent/")
    is_readable(owner)
    owner.locator("input[name=agree]").check()
    owner.locator("form:has(input[name=agree]) button").click()
    owner.goto(f"/c/{company}/drills/mails/parcel-easy/")
    is_readable(owner)
    owner.goto(f"/c/{company}/drills/new/")
    is_readable(owner)
    owner.locator("input[name=templates][value=parcel-easy]").check()
    owner.locator("input[name=with_form]").check()
    owner.locator("#days").fill("1")
    owner.locator("form:has(#days) button").click()
    owner.locator("dl.facts").wait_for()
    is_readable(owner)
    owner.locator("form.next button").click()
    owner.locator("#headline").wait_for()


@pytest.mark.parametrize(("width", "lang"), [(390, "ja-JP"), (1280, "en-US")])
def test_from_the_consent_to_a_mail_on_a_phone(browser, portal, sink, width, lang):
    company, session = asked(portal, MADE)
    view = {"width": width, "height": 844}
    context = browser.new_context(viewport=view, locale=lang, base_url=portal.address)
    context.add_cookies([{"name": "tojimari", "value": session, "url": portal.address}])
    owner = context.new_page()
    complaints = watch(owner)
    begun(owner, company)
    asked(portal, DUE)
    mails = [each for each in sink.wait_for(2) if each[HEADER]]
    asked(portal, LONG_AGO)
    links = [path_in(each.get_body(("plain",)).get_content()) for each in mails]

    small = {"width": 390, "height": 844}
    phone = browser.new_context(viewport=small, locale=lang, user_agent=AGENT).new_page()
    heard, sent = watch(phone), []
    phone.on("request", lambda one: sent.append((one.method, one.url, one.post_data)))
    phone.goto(f"{portal.address}{links[0]}")
    is_readable(phone)
    phone.locator("#field-2").press_sequentially("himitsu no aikotoba", delay=5)
    phone.locator("#told").wait_for()
    is_readable(phone)
    assert "himitsu" not in str(sent), "what was typed left the browser"
    with phone.expect_navigation():
        phone.locator("#told button").click()
    is_readable(phone)
    assert re.search(r"/why/$", phone.url)

    owner.goto(f"/c/{company}/drills/")
    owner.locator("section:has(#staff) button").click()
    handed = owner.locator("section:has(#staff) .address a").get_attribute("href")
    phone.goto(f"{portal.address}{re.search('/about-drills/.*', handed)[0]}")
    is_readable(phone)
    phone.locator("#email").fill(f"p0@{DOMAIN}")
    phone.locator("section:has(#no) button").click()
    phone.locator("[role=status]").wait_for()
    is_readable(phone)

    owner.goto(f"/c/{company}/drills/")
    is_readable(owner)
    owner.locator("td.head a").click()
    assert owner.locator("#headline").count() == 1
    assert owner.locator("section:has(#step) a.button").count() == 1
    text = owner.locator("main").inner_text()
    assert not re.search(r"2人のうち1人|1 of 2", text), "nobody may be watched while it runs"
    assert {"opened", "typed"} <= set(asked(portal, TAKEN_DOWN))
    is_readable(owner)
    assert not complaints
    assert not heard
    context.close()


def test_a_phone_without_script_is_counted_by_its_press(browser, portal, sink):
    company, session = asked(portal, MADE)
    context = browser.new_context(locale="ja-JP", base_url=portal.address)
    context.add_cookies([{"name": "tojimari", "value": session, "url": portal.address}])
    begun(context.new_page(), company)
    asked(portal, DUE)
    mails = [each for each in sink.wait_for(2) if each[HEADER]]
    plain = browser.new_context(java_script_enabled=False, locale="ja-JP").new_page()
    plain.goto(f"{portal.address}{path_in(mails[0].get_body(('plain',)).get_content())}")
    plain.locator("#asks button").click()
    assert re.search(r"/why/$", plain.url)
    assert "typed" in asked(portal, TAKEN_DOWN)
    context.close()
