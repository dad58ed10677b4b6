"""An expert is asked for, comes and reports, in a real browser: three people, one visit."""

from datetime import UTC, datetime, timedelta

from playwright.sync_api import expect

WHO = """
from datetime import timedelta
from django.utils import timezone
from tests.support.sessions import session_of
from tojimari.portal.companies.start import found_company
from tojimari.portal.experts.models import Expert
from tojimari.portal.people.models import User
from tojimari.portal.supporters.models import Grant, Helper, Organisation

chamber = Organisation.objects.create(
    name="例市商工会議所", kind="supporter", approved_at=timezone.now()
)
people = [User.objects.create_user(f"{name}@example.jp", name=name) for name in "abc"]
company = found_company(people[0], "例のパン屋")
Helper.objects.create(user=people[1], organisation=chamber)
Grant.objects.of(company).create(company=company, organisation=chamber)
Expert.objects.create(
    organisation=chamber, outside=True, user=people[2], name="山田", fields=["network"],
    online=True, is_on=True,
)
print(company.pk, chamber.pk)
for user in people:
    print(session_of(user))
"""
BEGUN = """
from datetime import timedelta
from django.utils import timezone
from tojimari.portal.experts.models import ExpertVisit
at = timezone.now() - timedelta(hours=1)
rows = ExpertVisit.objects.across("the hour has come")
rows.update(at=at, sees_until=at + timedelta(days=14))
"""


def through_more(page, address: str, *, rows: int) -> None:
    """Open the rarer pages by keyboard and go to one; the menu takes no more ``rows`` than it may."""
    more = page.locator("nav.menu summary")
    more.press("Enter")
    opened = page.locator("nav.menu details > ul").bounding_box()
    assert opened["x"] >= 0
    assert opened["x"] + opened["width"] <= page.viewport_size["width"]
    page.keyboard.press("Tab")
    first = page.locator("nav.menu details a").first
    expect(first).to_be_focused()
    page.locator(f"nav.menu details a[href='{address}']").press("Enter")
    page.wait_for_url(f"**{address}")
    expect(more).to_have_class("here")
    assert page.locator("nav.menu").bounding_box()["height"] < rows * 52


def test_from_the_wish_to_the_confirmed_report(server, opened, held):
    """The owner's browser has no scripts, so axe looks at the owner's pages in the other one."""
    company, chamber, *sessions = server.make(WHO)
    owner = opened(server, sessions[0], java_script_enabled=False)
    helper, expert = (opened(server, session) for session in sessions[1:])
    owner.goto(f"/c/{company}/experts/")
    held(owner)
    owner.locator("#wish").fill("Wi-Fi")
    owner.locator("#field").select_option("network")
    owner.locator("section:has(#ask) button").click()
    owner.wait_for_url("**/experts/*-*/")
    visit = owner.url
    helper.goto(f"/s/{chamber}/")
    other = held(helper)
    through_more(helper, f"/s/{chamber}/experts/", rows=2)
    through_more(other, f"/s/{chamber}/experts/", rows=1)
    held(helper)
    helper.locator("#open + ul a").click()
    when = (datetime.now(UTC) + timedelta(days=3)).strftime("%Y-%m-%dT10:00")
    helper.locator("#at1").fill(when)
    held(helper)
    helper.locator("section:has(#propose) button").click()
    expert.goto("/home/")
    assert expert.url.endswith("/visits/"), "an expert's first page is the own visits"
    expert.locator("h2 a").click()
    held(expert)
    expert.locator("section:has(#come) form").first.locator("button").click()
    expert.wait_for_url("**/visits/")
    owner.goto(visit)
    held(owner)
    owner.locator("section:has(#yes) button").click()
    with owner.expect_download() as file:
        owner.locator("a[href$='visit.ics']").click()
    assert b"BEGIN:VEVENT" in file.value.path().read_bytes()
    server.make(BEGUN)
    expert.goto("/visits/")
    expert.locator("h2 a").click()
    expert.locator("a[href$='/report/']").click()
    expert.locator("#seen").fill("OK")
    expert.locator("details:has(input[value=network-inventory]) summary").click()
    expert.locator("input[value=network-inventory]").check()
    held(expert)
    expert.locator("main form button").click()
    expert.wait_for_url("**/visits/")
    owner.goto(visit)
    held(owner)
    owner.locator("section:has(#right) button").first.click()
    owner.goto(f"/c/{company}/control/network-inventory/")
    assert owner.locator(".mark.met").count() > 0
    expert.goto("/visits/")
    assert expert.locator("h2 a").count() == 0
