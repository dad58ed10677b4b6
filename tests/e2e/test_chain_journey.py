"""A supplier names its own, a buyer sees whom to help first; a bank tries a policy and decides."""

from tojimari.catalog.load import HERE

MADE = """
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


def test_a_chain_from_both_ends(server, opened, held):
    company, bank, owners, buyers = server.make(MADE)
    owner = opened(server, owners)
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
    held(owner, "own-chain")
    buyer = opened(server, buyers)
    buyer.goto(f"/s/{bank}/chain/")
    buyer.locator("svg[role=img]").wait_for()
    assert "例の原料屋" in buyer.content()
    other = held(buyer, "buyer-chain")
    assert "例の原料屋" in other.content()
    buyer.locator("input[name=close]").first.check()
    buyer.locator("form:has(input[name=close]) button").click()
    buyer.locator("input[name=close]:checked").wait_for()
    buyer.locator("#percent-1").fill("30")
    buyer.locator("form:has(#percent-1) button").click()
    buyer.locator("svg[role=img]").wait_for()


def test_a_policy_is_tried_used_and_explained(server, opened, held, tmp_path):
    company, bank, owners, buyers = server.make(MADE)
    file = tmp_path / "policy.yaml"
    file.write_text(SAMPLE.replace("sample: true\n", ""), "utf-8")
    lender = opened(server, buyers)
    lender.goto(f"/s/{bank}/loans/")
    lender.locator("#file").set_input_files(file)
    lender.locator("form:has(#file) button").click()
    lender.locator("button[name=on]").wait_for()
    held(lender, "policy")
    lender.locator("button[name=on]").click()
    lender.locator("table").wait_for()
    held(lender, "portfolio")
    lender.goto(f"/s/{bank}/loans/fairness/")
    held(lender, "fairness")
    lender.goto(f"/s/{bank}/loans/{company}/")
    held(lender, "borrower")
    lender.locator("#reason").fill("現地で見ました")
    lender.locator("form:has(#reason) button").click()
    lender.get_by_text("現地で見ました").wait_for()
    owner = opened(server, owners)
    owner.goto(f"/c/{company}/loans/")
    owner.get_by_text("現地で見ました").wait_for()
    other = held(owner, "own-loans")
    for page in (owner, other):
        with page.expect_download() as given:
            page.locator("a[href$='letter.pdf']").click()
        assert given.value.suggested_filename == "tojimari-loan-letter.pdf"
