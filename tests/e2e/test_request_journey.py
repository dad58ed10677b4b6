"""A buyer's request from writing it to reading the answer of a phone without an account."""

import re

from playwright.sync_api import expect

from tests.e2e.browser import WAIT, is_laid_out, is_readable, reload_until

MADE = """
from django.utils import timezone
from tojimari.portal.people.models import User
from tojimari.portal.supporters.models import Helper, Organisation
from tests.support.sessions import session_of

buyer = User.objects.create_user("buyer@example.jp", name="山本")
firm = Organisation.objects.create(name="組立工業", kind="buyer", approved_at=timezone.now())
Helper.objects.create(user=buyer, organisation=firm)
print(firm.pk, session_of(buyer))
"""

ANSWERING = """
from tojimari.portal.companies.start import found_company
from tests.support.proofs import answer_everything
from tests.support.requests import asked_supplier, made_request

owner = User.objects.create_user("a@example.jp", name="a")
company = found_company(owner, "例のパン屋")
answer_everything(company)
inquiry = asked_supplier(made_request(firm, "ipa-6"), company=company)
print(inquiry.request_id, inquiry.pk, company.pk, session_of(owner))
"""


def ask_supplier(page, organisation: str, held) -> None:
    """Write a request of the five basics and send it to one supplier."""
    page.goto(f"/s/{organisation}/requests/new/")
    held(page)
    page.locator("input[name=requirement][value=ipa-5]").check()
    for name, words in (("title", "年に一度の確認"), ("purpose", "図面"), ("contact", "購買課")):
        page.locator(f"[name={name}]").fill(words)
    later = page.evaluate("new Date(Date.now() + 20 * 864e5).toISOString().slice(0, 10)")
    page.locator("#due").fill(later)
    page.locator("main form button").last.click()
    page.locator("#rules").wait_for()
    held(page)
    page.locator("input[name=rules]").check()
    page.locator("button[name=sure]").click()
    page.locator("#email").fill("ito@example.jp")
    page.locator("form:has(#email) button").click()
    page.locator("button[name=sure]").click()
    page.locator("table.cards").wait_for()
    held(page)


def answer_all(page, held) -> None:
    """Answer every question as in place, and send it."""
    page.locator(".next a.button").click()
    page.locator("input[name=state]").first.wait_for()
    held(page)
    while page.locator("input[name=state]").count():  # they differ in words
        held(page, to=is_laid_out)
        page.locator("input[name=state][value=met]").check()
        with page.expect_navigation():
            page.locator("main form button").last.click()
    held(page)
    page.locator("#person").fill("伊藤")
    page.locator("input[name=sure]").check()
    page.locator("main form button").last.click()
    page.locator("#views").wait_for()


def test_a_buyer_asks_and_a_phone_answers_and_takes_back(server, opened, held):
    organisation, session = server.make(MADE)
    buyer = opened(server, session)
    ask_supplier(buyer, organisation, held)
    request = buyer.url.partition("?")[0]
    mail = server.mails.wait_for(1)[0].get_content()
    path = re.search(r"/supplier/[^\s]+/", mail).group(0)
    phone = opened(server)
    phone.goto(path)
    held(phone)
    answer_all(phone, held)
    held(phone)
    buyer.goto(f"{request}?state=answered")
    buyer.locator("td.head a").first.click()
    buyer.locator("table.cards").wait_for()
    is_readable(buyer)
    shown = buyer.url
    phone.reload()
    assert phone.locator("section:has(#views) li").count() == 2  # in the list, and opened
    held(buyer)
    phone.locator("button[name=sure]").click()
    phone.locator("[role=status]").wait_for()
    answer = buyer.request.get(shown)
    assert answer.status == 404


def test_an_answer_of_a_company_is_checked_without_a_network_and_taken_back_from_sharing(
    server, opened, held, tmp_path
):
    firm, session, request, inquiry, company, owning = server.make(MADE + ANSWERING)
    owner = opened(server, owning)
    owner.goto(f"/c/{company}/requests/{inquiry}/check/")
    held(owner)
    owner.locator("fieldset details summary").click()
    is_readable(owner)
    owner.locator("#person").fill("伊藤")
    owner.locator("input[name=sure]").check()
    owner.locator("main form button").last.click()
    owner.locator("#signed").wait_for()
    held(owner)
    buyer = opened(server, session)
    place = f"/s/{firm}/requests/{request}/{inquiry}/"
    buyer.goto(place)
    reload_until(buyer, "#take")  # the worker signs
    held(buyer)
    taken = {}
    for name, part in {"tf": "sd-jwt", "page": "html", "kf": "statements.json", "sf": "revoked"}.items():  # fmt: skip
        with buyer.expect_download() as given:
            buyer.locator(f"#take a[href*='{part}']").click()
        taken[name] = tmp_path / given.value.suggested_filename
        given.value.save_as(taken[name])
    for lang in ("ja-JP", "en-US"):
        away = opened(server, lang=lang, offline=True)
        away.goto(taken["page"].as_uri())
        for name in ("tf", "kf", "sf"):
            away.set_input_files(f"#{name}", taken[name])
        expect(away.locator("#s")).not_to_have_value("", timeout=WAIT)
        away.fill("#a", "組立工業")
        away.fill("#n", request)
        away.click("button")
        away.locator("#o h2.y").wait_for()
        away.fill("#n", inquiry)
        away.click("button")
        away.locator("#o h2.n").wait_for()
    owner.goto(f"/c/{company}/sharing/")
    held(owner)
    owner.locator("#handed ~ ul form button").click()
    owner.locator("[role=status]").wait_for()
    assert buyer.request.get(place).status == 404
