"""A mail drill in a real browser: consent, plan, start; a mail on a phone; what the owner sees."""

import re

from tests.e2e.browser import is_readable
from tests.support.drill_mails import DOMAIN, HEADER, path_in

MADE = f"""
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
from datetime import timedelta
from django.utils import timezone
from tojimari.portal.drills import sending
from tojimari.portal.drills.models import DrillMail
rows = DrillMail.objects.across("a test")
rows.update(send_at=timezone.now() - timedelta(minutes=1))
sending.hand_out()
"""
LONG_AGO = """
from datetime import timedelta
from django.utils import timezone
from tojimari.portal.drills.models import DrillMail
DrillMail.objects.across("a test").update(sent_at=timezone.now() - timedelta(hours=1))
"""
TAKEN_DOWN = """
from tojimari.portal.drills.models import DrillEvent
print(*DrillEvent.objects.across("a test").values_list("kind", flat=True))
"""


def begun(owner, company: str, hold) -> None:
    """Consent, plan and start as an owner does, looking at each page."""
    owner.goto(f"/c/{company}/drills/")
    hold(owner)
    owner.goto(f"/c/{company}/drills/consent/")
    hold(owner)
    owner.locator("input[name=agree]").check()
    owner.locator("form:has(input[name=agree]) button").click()
    owner.goto(f"/c/{company}/drills/mails/parcel-easy/")
    hold(owner)
    owner.goto(f"/c/{company}/drills/new/")
    hold(owner)
    owner.locator("input[name=templates][value=parcel-easy]").check()
    owner.locator("input[name=with_form]").check()
    owner.locator("#days").fill("1")
    owner.locator("form:has(#days) button").click()
    owner.locator("dl.facts").wait_for()
    hold(owner)
    owner.locator("form.next button").click()
    owner.locator("#headline").wait_for()


def test_from_the_consent_to_a_mail_on_a_phone(server, opened, held):
    company, session = server.make(MADE)
    owner = opened(server, session)
    begun(owner, company, held)
    server.make(DUE)
    mails = [each for each in server.mails.wait_for(2) if each[HEADER]]
    server.make(LONG_AGO)
    links = [path_in(each.get_body(("plain",)).get_content()) for each in mails]

    phone, sent = opened(server, user_agent=AGENT), []
    phone.on("request", lambda one: sent.append((one.method, one.url, one.post_data)))
    phone.goto(links[0])
    held(phone)
    phone.locator("#field-2").press_sequentially("himitsu no aikotoba", delay=5)
    phone.locator("#told").wait_for()
    is_readable(phone)
    assert "himitsu" not in str(sent), "what was typed left the browser"
    with phone.expect_navigation():
        phone.locator("#told button").click()
    held(phone)
    assert re.search(r"/why/$", phone.url)

    owner.goto(f"/c/{company}/drills/")
    owner.locator("section:has(#staff) button").click()
    handed = owner.locator("section:has(#staff) .address a").get_attribute("href")
    phone.goto(re.search("/about-drills/.*", handed)[0])
    held(phone)
    phone.locator("#email").fill(f"p0@{DOMAIN}")
    phone.locator("section:has(#no) button").click()
    phone.locator("[role=status]").wait_for()
    is_readable(phone)

    owner.goto(f"/c/{company}/drills/")
    held(owner)
    owner.locator("td.head a").click()
    other = held(owner)
    for page in (owner, other):
        assert page.locator("#headline").count() == 1
        assert page.locator("section:has(#step) p").count() == 1
        assert page.locator("section:has(#step) a.button").count() == 0, "not before it is over"
        text = page.locator("main").inner_text()
        assert not re.search(r"2人のうち1人|1 of 2", text), "nobody may be watched while it runs"
    assert {"opened", "typed"} <= set(server.make(TAKEN_DOWN))


def test_a_phone_without_script_is_counted_by_its_press(server, opened):
    company, session = server.make(MADE)
    begun(opened(server, session), company, lambda page: None)
    server.make(DUE)
    mails = [each for each in server.mails.wait_for(2) if each[HEADER]]
    plain = opened(server, java_script_enabled=False)
    plain.goto(path_in(mails[0].get_body(("plain",)).get_content()))
    plain.locator("#asks button").click()
    assert re.search(r"/why/$", plain.url)
    assert "typed" in server.make(TAKEN_DOWN)
