"""A lesson from the owner's link to a phone without an account, in a real browser."""

from tojimari.catalog import load_catalog

MADE = """
from tojimari.portal.companies.start import found_company
from tojimari.portal.people.models import User
from tests.support.sessions import session_of

owner = User.objects.create_user("a@example.jp", name="a")
company = found_company(owner, "例のパン屋")
print(company.pk, session_of(owner))
"""
LESSON = load_catalog().lessons["first-ten-minutes"]


def answer(page) -> None:
    for number, question in enumerate(LESSON.questions):
        page.locator(f"input[name=answer{number}][value='{question.right}']").check()
    page.locator("main form button").last.click()


def test_the_owner_hands_on_a_link_and_a_phone_takes_the_lesson(server, opened, held):
    company, session = server.make(MADE)
    owner = opened(server, session)
    owner.goto(f"/c/{company}/lessons/")
    owner.locator("input[name=is_on]").check()
    owner.locator("#people").fill("1")
    owner.locator("form:has(#people) button").click()
    owner.locator("svg.qr").wait_for()
    held(owner)
    address = owner.locator(".address a").get_attribute("href")
    phone = opened(server)
    phone.goto(address)
    held(phone)
    phone.goto(f"{address}{LESSON.id}/")
    held(phone)
    phone.locator("#name").fill("花子")
    answer(phone)
    phone.locator("#over").wait_for()
    held(phone)
    phone.goto(address)
    with phone.expect_download() as given:
        phone.locator("section:has(#paper) button").click()
    assert given.value.suggested_filename == "tojimari-certificate.pdf"
    owner.reload()
    assert "花子" in owner.locator("section:has(#taken)").inner_text()
