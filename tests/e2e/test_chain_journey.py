"""A supplier names its own, a buyer sees whom to help first; a bank tries a policy and decides."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.e2e.browser import is_readable, watch
from tests.support.servers import Portal
from tojimari.catalog.load import HERE

MADE = """
import django
django.setup()
from django.utils import timezone
from tojimari.portal.companies.models import Company, ControlState
from tojimari.portal.companies.start import found_company
from tojimari.portal.people.models import User
from tojimari.portal.supporters.models import Grant, Helper, Organisation
from tests.support.sessions import session_of

owner = User.objects.create_user("a@example.jp", name="a")
buyer = User.objects.create_user("b@example.jp", name="b")
bank = Organisation.objects.create(name="例の発注元", kind="buyer", approved_at=timezone.now())
Helper.objects.create(user=buyer, organisation=bank)
company = found_company(owner, "例のめっき工場")
others = [Company.objects.create(name=name) for name in ("例の鋳造所", "例の運送", "例の電子部品")]
for place, one in enumerate([company, *others]):
    Grant.objects.across("made").create(
        company=one, organisation=bank, scopes=("chain:read", "loan:judge")
    )
    for control in ("supported-os", "os-updates-pc", "backup-exists", "mfa-remote"):
        state = "not_met" if place % 2 == 0 else "met"
        ControlState.objects.of(one).update_or_create(
            company=one, control=control, defaults={"state": state}
        )
print(company.pk, bank.pk, session_of(owner), session_of(buyer))
"""
SAMPLE = (HERE / "policies" / "support-loan.yaml").read_text("utf-8")


@pytest.fixture
def portal(tmp_path, empty_database):
    env = {"TOJIMARI_MODE": "server", "TOJIMARI_MAIL_URL": "smtp://127.0.0.1:1"}
    started = Portal(tmp_path, "serve", env=env, database=empty_database)
    yield started
    started.stop()


def made(portal) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", MADE],
        env={**portal.env, "DJANGO_SETTINGS_MODULE": "tojimari.portal.settings"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def opened(browser, portal, session, width, lang):
    view = {"width": width, "height": 844}
    context = browser.new_context(viewport=view, locale=lang, base_url=portal.address)
    context.add_cookies([{"name": "tojimari", "value": session, "url": portal.address}])
    page = context.new_page()
    return page, watch(page)


def looked_at(page, name) -> None:
    """Hold a page to what every page is held to; kept as a picture where a person wants to look."""
    is_readable(page)
    if folder := os.environ.get("LOOK_AT"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


@pytest.mark.parametrize(("width", "lang"), [(390, "ja-JP"), (1280, "en-US")])
def test_a_chain_from_both_ends(browser, portal, width, lang):
    company, bank, owners, buyers = made(portal)
    owner, complaints = opened(browser, portal, owners, width, lang)
    owner.goto(f"/c/{company}/chain/")
    owner.locator("#name").fill("例の原料屋")
    owner.locator("#percent").fill("40")
    owner.locator("#replace").select_option("hard")
    owner.locator("form:has(#name) button").click()
    owner.locator("input[name=organisation]").check()
    owner.locator("form:has(input[name=organisation]) button").click()
    owner.locator("input[name=organisation]:checked").wait_for()
    owner.locator("button[name=on]").click()
    owner.locator("button[name=fresh]").wait_for()
    looked_at(owner, f"own-chain-{width}")
    buyer, heard = opened(browser, portal, buyers, width, lang)
    buyer.goto(f"/s/{bank}/chain/")
    buyer.locator("svg[role=img]").wait_for()
    assert "例の原料屋" in buyer.content()
    looked_at(buyer, f"buyer-chain-{width}")
    buyer.locator("input[name=close]").first.check()
    buyer.locator("form:has(input[name=close]) button").click()
    buyer.locator("input[name=close]:checked").wait_for()
    buyer.locator("#percent-1").fill("30")
    buyer.locator("form:has(#percent-1) button").click()
    buyer.locator("svg[role=img]").wait_for()
    assert complaints + heard == []


@pytest.mark.parametrize(("width", "lang"), [(390, "ja-JP"), (1280, "en-US")])
def test_a_policy_is_tried_used_and_explained(browser, portal, tmp_path, width, lang):
    company, bank, owners, buyers = made(portal)
    file = tmp_path / "policy.yaml"
    file.write_text(SAMPLE.replace("sample: true\n", ""), "utf-8")
    lender, complaints = opened(browser, portal, buyers, width, lang)
    lender.goto(f"/s/{bank}/loans/")
    lender.locator("#file").set_input_files(file)
    lender.locator("form:has(#file) button").click()
    lender.locator("button[name=on]").wait_for()
    looked_at(lender, f"policy-{width}")
    lender.locator("button[name=on]").click()
    lender.locator("table").wait_for()
    looked_at(lender, f"portfolio-{width}")
    lender.goto(f"/s/{bank}/loans/fairness/")
    looked_at(lender, f"fairness-{width}")
    lender.goto(f"/s/{bank}/loans/{company}/")
    looked_at(lender, f"borrower-{width}")
    lender.locator("#reason").fill("現地で見ました")
    lender.locator("form:has(#reason) button").click()
    lender.get_by_text("現地で見ました").wait_for()
    owner, heard = opened(browser, portal, owners, width, lang)
    owner.goto(f"/c/{company}/loans/")
    owner.get_by_text("現地で見ました").wait_for()
    looked_at(owner, f"own-loans-{width}")
    with owner.expect_download() as given:
        owner.locator("a[href$='letter.pdf']").click()
    assert given.value.suggested_filename == "tojimari-loan-letter.pdf"
    if folder := os.environ.get("LOOK_AT"):
        given.value.save_as(Path(folder) / f"letter-{width}.pdf")
    assert complaints + heard == []
