"""From naming the web site to what is seen from outside, in a real browser."""

from tests.e2e.browser import WAIT, answer_everything


def test_a_site_is_named_proven_and_looked_at(portal, opened, held):
    page = opened(portal)
    portal.enter(page)
    page.locator("a.button.big").click()
    answer_everything(page)
    page.locator("nav.menu summary").click()
    page.locator("nav.menu a[href$='/sites/']").click()
    held(page)
    page.locator("#name").fill("www.tokei.example")
    page.locator("form[action$='/add/'] button").click()
    assert "tojimari=" in page.locator("code.copy").first.text_content()
    held(page)
    page.locator("form[action$='/prove/'] button").click()
    page.wait_for_selector("form[action$='/look/']", timeout=WAIT)
    held(page)
    page.locator("form[action$='/look/'] button").click()
    page.wait_for_selector("text=見えたこと", timeout=WAIT)
    assert held(page).locator("text=What was seen").count()
    page.locator("form[action$='/line/'] button").click()
    page.wait_for_selector("section[aria-labelledby=line] ul", timeout=WAIT)
    held(page)
    # The watch: begun, then somebody puts a stranger's program into the page.
    page.locator("form[action$='/watch/'] button").click()
    page.wait_for_selector("form[action$='/stop/']", timeout=WAIT)
    held(page, "sites")
    # There is one next step in the whole product; what is open here leads to what to do.
    page.locator("section.card ul.rows a").first.click()
    held(page, "sites-step")
    page.locator("form[action$='/done/'] button.big").click()
    assert "/sites/?asked=" in page.url
    held(page)
