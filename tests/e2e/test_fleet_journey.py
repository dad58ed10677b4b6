"""A chamber with forty companies in a real browser: finds, invites, shows a QR, reads a report."""

import re
from pathlib import Path

from tests.e2e.browser import holds_in_both, is_readable

FILL = Path(__file__).parents[2] / "docs" / "made_up_fleet.py"


def test_a_chamber_finds_invites_and_reports(server, opened, held):
    organisation, session = server.make(FILL.read_text("utf-8"))
    page = opened(server, session)
    page.goto(f"/s/{organisation}/")
    held(page)
    rows = page.locator("#rows tbody tr")
    assert rows.count() == 40
    said = set(page.locator("#rows tbody td:nth-child(3)").all_inner_texts())
    assert len(said) > 12  # the list tells the companies apart
    first = page.locator(".totals a").first
    count = re.search(r"\d+", first.locator("b").inner_text()).group(0)
    first.click()
    page.wait_for_url("**/?wrong=*")
    held(page)
    assert rows.count() == int(count)

    page.goto(f"/s/{organisation}/invitations/")
    held(page)
    page.locator("#pasted").fill("角の店,kado@example.jp\nこわれた行")
    with page.expect_navigation():
        page.locator("form[action$='/list/'] button").click()
    is_readable(page)
    page.goto(f"/s/{organisation}/invitations/")
    page.locator("main summary").nth(2).click()
    page.locator("#ln").fill("11月のセミナー" * 10)
    page.locator("form[action$='/links/'] button").click()
    page.wait_for_url("**/links/**")
    other = held(page)
    assert page.locator("svg.qr").is_visible()
    assert other.locator("svg.qr").is_visible()
    address = page.locator(".address code").inner_text()

    page.goto(f"/s/{organisation}/reports/")
    held(page)
    page.locator("td.head a").first.click()
    page.wait_for_url("**/changes/**")
    holds_in_both(page)  # in the language of the company's people, whoever reads it

    at_seminar = opened(server)
    at_seminar.goto(address)
    held(at_seminar)
