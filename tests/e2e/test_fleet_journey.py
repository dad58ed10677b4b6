"""A chamber with forty companies in a real browser: finds, invites, shows a QR, reads a report."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.browser import is_laid_out, is_readable, watch
from tests.support.servers import Portal

FILL = Path(__file__).parents[2] / "docs" / "made_up_fleet.py"


@pytest.fixture(scope="module")
def fleet(tmp_path_factory, empty_database):
    """A portal with forty made-up companies: its address, the organisation, a session."""
    started = Portal(
        tmp_path_factory.mktemp("fleet"),
        "serve",
        env={"TOJIMARI_MODE": "server", "TOJIMARI_MAIL_URL": "smtp://127.0.0.1:1"},
        database=empty_database,
    )
    filled = subprocess.run(
        [sys.executable, str(FILL)],
        env={**started.env, "DJANGO_SETTINGS_MODULE": "tojimari.portal.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert filled.returncode == 0, filled.stderr
    organisation, session = filled.stdout.split()
    yield started, organisation, session
    started.stop()


@pytest.mark.parametrize(("width", "lang"), [(390, "ja-JP"), (1280, "en-US")])
def test_a_chamber_finds_invites_and_reports(browser, fleet, width, lang):
    portal, organisation, session = fleet
    context = browser.new_context(
        viewport={"width": width, "height": 844}, locale=lang, base_url=portal.address
    )
    context.add_cookies([{"name": "tojimari", "value": session, "url": portal.address}])
    page = context.new_page()
    complaints = watch(page)
    page.goto(f"/s/{organisation}/")
    is_readable(page)
    is_laid_out(page)
    rows = page.locator("#rows tbody tr")
    assert rows.count() == 40
    said = set(page.locator("#rows tbody td:nth-child(3)").all_inner_texts())
    assert len(said) > 12  # the list tells the companies apart
    first = page.locator(".totals a").first
    count = re.search(r"\d+", first.locator("b").inner_text()).group(0)
    first.click()
    page.wait_for_url("**/?wrong=*")
    is_readable(page)
    assert rows.count() == int(count)

    page.goto(f"/s/{organisation}/invitations/")
    is_readable(page)
    is_laid_out(page)
    page.locator("#pasted").fill("角の店,kado@example.jp\nこわれた行")
    page.locator("form[action$='/list/'] button").click()
    is_readable(page)
    page.goto(f"/s/{organisation}/invitations/")
    page.locator("main summary").nth(2).click()
    page.locator("#ln").fill("11月のセミナー" * 10)
    page.locator("form[action$='/links/'] button").click()
    page.wait_for_url("**/links/**")
    is_readable(page)
    is_laid_out(page)
    assert page.locator("svg.qr").is_visible()
    address = page.locator(".address code").inner_text()

    page.goto(f"/s/{organisation}/reports/")
    is_readable(page)
    page.locator("td.head a").first.click()
    is_readable(page)
    is_laid_out(page)

    visitor = browser.new_context(viewport={"width": 390, "height": 844}, base_url=portal.address)
    at_seminar = visitor.new_page()
    at_seminar.goto(re.sub(r"^https?://[^/]+", "", address))
    is_readable(at_seminar)
    assert complaints == []
    visitor.close()
    context.close()
