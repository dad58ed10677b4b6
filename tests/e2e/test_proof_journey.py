"""A proof from the owner's page to a buyer without an account, in a real browser."""

from playwright.sync_api import expect

from tests.e2e.browser import WAIT, is_readable, reload_until

MADE = """
from tojimari.portal.companies.start import found_company
from tojimari.portal.people.models import User
from tests.support.proofs import answer_everything
from tests.support.sessions import session_of

owner = User.objects.create_user("a@example.jp", name="a")
company = found_company(owner, "例のパン屋")
answer_everything(company)
print(company.pk, session_of(owner))
"""


def test_an_owner_makes_a_proof_and_a_buyer_checks_it_without_a_network(
    server, opened, held, tmp_path
):
    company, session = server.make(MADE)
    owner = opened(server, session)
    owner.goto(f"/c/{company}/proofs/")
    held(owner)
    owner.locator("#make + p + ul a").first.click()
    held(owner)
    owner.locator("input[name=shown]").last.uncheck()
    owner.locator("#audience").fill("買い手 Buyer")
    with owner.expect_navigation():
        owner.locator("#whom ~ p button").click()
    owner.goto(f"/c/{company}/proofs/")
    reload_until(owner, "#made ~ .card a")
    owner.locator("#made ~ .card a").first.click()
    owner.locator("h1").wait_for()
    reload_until(owner, "svg.qr")
    held(owner)
    address = owner.locator(".address a").get_attribute("href")

    reader = opened(server)
    reader.goto(address)
    held(reader)
    taken = {}
    links = {"tf": "sd-jwt", "page": "html", "kf": "statements.json", "sf": "revoked"}
    for name, part in links.items():
        with reader.expect_download() as given:
            reader.locator(f"#take ~ ul a[href*='{part}']").click()
        taken[name] = tmp_path / given.value.suggested_filename
        given.value.save_as(taken[name])

    for width, lang in ((390, "ja-JP"), (1280, "en-US")):
        away = opened(server, width=width, lang=lang, offline=True)
        away.goto(taken["page"].as_uri())
        for name in ("tf", "kf", "sf"):
            away.set_input_files(f"#{name}", taken[name])
        expect(away.locator("#s")).not_to_have_value("", timeout=WAIT)
        away.fill("#a", "買い手 Buyer")
        away.click("button")
        away.locator("#o h2.y").wait_for()
        assert "例のパン屋" in away.inner_text("#o")
        is_readable(away)

    owner.goto(f"/c/{company}/sharing/")
    held(owner)
    owner.locator("#handed ~ ul form button").click()
    is_readable(owner)
    assert reader.goto(address).status == 404
