"""Supply chains on the portal: who sees what of whom, and that names stay with those who own them."""

import pytest
from django.utils import timezone

from tests.support.supply_chains import HIDDEN, grant, hidden_suppliers, looked, own, states
from tojimari.portal.chains.buyers import BUYER, company_key, granted, network_behind
from tojimari.portal.chains.models import ChainMember, Disclosure, Purchase, SupplyLink
from tojimari.portal.companies.models import Company
from tojimari.portal.core.models import AuditEvent
from tojimari.portal.supporters.models import Grant, Helper, Organisation
from tojimari.portal.words import say

pytestmark = pytest.mark.django_db


def test_a_supplier_is_named_changed_and_taken_off(world):
    assert own(world, "add/", name="山田鋳造", percent="30", replace="hard").status_code == 302
    link = SupplyLink.objects.of(world.company).get()
    assert (link.percent, link.replace, link.partner) == (30, "hard", None)
    assert "山田鋳造" in own(world).content.decode()
    own(world, f"{link.pk}/remove/")
    assert not SupplyLink.objects.of(world.company).exists()


@pytest.mark.parametrize(
    "bad",
    [{"percent": "0"}, {"percent": "101"}, {"percent": "x"}, {"replace": "never"}, {"name": " "}],
)
def test_what_cannot_be_read_changes_nothing(world, bad):
    answer = own(world, "add/", **{"name": "山田鋳造", **bad})
    assert answer.status_code == 400
    assert say("chainpage.bad_supplier", "ja") in answer.content.decode()
    assert not SupplyLink.objects.of(world.company).exists()


def test_a_code_joins_once_and_a_wrong_one_is_refused(world):
    other = Company.objects.create(name="よそ")
    code = ChainMember.objects.of(other).create(company=other).code
    spaced = " ".join((code[:4], code[4:8], code[8:])).lower()
    assert own(world, "add/", name="よそ", code=spaced).status_code == 302
    assert SupplyLink.objects.of(world.company).get().partner == other
    assert own(world, "add/", name="また", code=code).status_code == 400
    assert own(world, "add/", name="まちがい", code="A" * 12).status_code == 400
    assert own(world, "add/", name="短い", code="AB").status_code == 400
    assert SupplyLink.objects.of(world.company).count() == 1


def test_ending_membership_cuts_off_at_once_and_a_fresh_code_replaces_the_old(world):
    own(world, "member/", on="yes")
    first = ChainMember.objects.of(world.company).get().code
    own(world, "member/", on="yes", fresh="yes")
    assert ChainMember.objects.of(world.company).get().code != first
    SupplyLink.objects.of(world.foreign).create(
        company=world.foreign, name="ひみつ商店", partner=world.company
    )
    own(world, "member/")
    assert not ChainMember.objects.of(world.company).exists()
    assert SupplyLink.objects.of(world.foreign).get().partner is None


@pytest.mark.any_database
def test_staff_stranger_and_supporter_get_nothing(world):
    for who in ("staff", "stranger", "supporter", "buyer"):
        assert own(world, who=who).status_code == 404
        assert own(world, "add/", who=who, name="x").status_code == 404
    for who in ("stranger", "supporter", "owner", "operator"):
        assert looked(world, who).status_code == 404
    assert looked(world, "supporter", world.chamber).status_code == 404, "only buyers have a chain"


def test_the_buyer_sees_only_who_ticked_it_and_nobody_after_the_end(world):
    page = looked(world).content.decode()
    assert world.company.name not in page
    given = grant(world)
    states(world.company, "not_met")
    page = looked(world).content.decode()
    assert world.company.name in page
    assert say("chain.assumed", "ja") in page
    Grant.objects.across("test").filter(pk=given.pk).update(withdrawn_at=timezone.now())
    page = looked(world).content.decode()
    assert world.company.name not in page
    answer = world.client("buyer").post(
        f"/s/{world.bank.pk}/chain/{world.company.pk}/purchase/", {"percent": "50"}
    )
    assert answer.status_code == 404


def test_another_buyer_sees_nothing_of_it(world):
    other = Organisation.objects.create(name="別の会社", kind="buyer", approved_at=timezone.now())
    Helper.objects.create(user=world.stranger, organisation=other)
    grant(world)
    own(world, "add/", name="山田鋳造")
    link = SupplyLink.objects.of(world.company).get()
    own(world, f"{link.pk}/disclose/", organisation=[str(world.bank.pk), str(other.pk)])
    assert Disclosure.objects.of(world.company).count() == 1, "only a buyer that may look is told"
    assert "山田鋳造" in looked(world).content.decode()
    shown = looked(world, "stranger", other).content.decode()
    assert world.company.name not in shown
    assert "山田鋳造" not in shown


def test_a_name_is_hidden_until_disclosed_and_again_after(world):
    grant(world)
    own(world, "add/", name="山田鋳造", percent="20")
    link = SupplyLink.objects.of(world.company).get()
    assert "山田鋳造" not in looked(world).content.decode()
    own(world, f"{link.pk}/disclose/", organisation=[str(world.bank.pk)])
    assert "山田鋳造" in looked(world).content.decode()
    own(world, f"{link.pk}/disclose/")
    assert "山田鋳造" not in looked(world).content.decode()


def test_four_undisclosed_suppliers_change_nothing_and_five_are_never_named(world):
    grant(world)
    states(world.company, "met")
    before = looked(world).context["view"]["at_risk"]
    few = hidden_suppliers(world, 4)
    seen = looked(world)
    assert seen.context["view"]["left_out"]
    assert seen.context["view"]["at_risk"] == before
    hidden_suppliers(world, 1)
    seen = looked(world)
    view = seen.context["view"]
    assert view["undisclosed"] == 5
    assert HIDDEN not in seen.content.decode()
    for company in few:
        assert str(company.pk) not in seen.content.decode()
    tried = looked(world, close=[f"h:{few[0].pk}"]).context["view"]
    assert tried["help"]["firms"] == [], "nothing is tried on one that is undisclosed"


def test_a_disclosed_name_without_a_grant_shows_no_state(world):
    grant(world)
    (other,) = hidden_suppliers(world, 1)
    link = SupplyLink.objects.of(world.company).get()
    own(world, f"{link.pk}/disclose/", organisation=[str(world.bank.pk)])
    network = network_behind(world.bank, granted(world.bank))
    (firm,) = [one for one in network.firms.values() if one.name == link.name]
    assert firm.states == {}
    grant(world, other)
    network = network_behind(world.bank, granted(world.bank))
    assert network.firms[company_key(other.pk)].states["supported-os"] == "not_met"
    assert (company_key(other.pk), company_key(world.company.pk)) in {
        (one.supplier, one.buyer) for one in network.links
    }


def test_a_supplier_that_granted_too_is_not_joined_to_the_one_who_hides_it(world):
    grant(world)
    (other,) = hidden_suppliers(world, 1)
    grant(world, other)
    links = network_behind(world.bank, granted(world.bank)).links
    assert (company_key(other.pk), company_key(world.company.pk)) not in {
        (one.supplier, one.buyer) for one in links
    }
    assert (company_key(other.pk), BUYER) in {(one.supplier, one.buyer) for one in links}


def test_what_a_buyer_buys_narrows_it_and_is_logged(world):
    grant(world)
    states(world.company, "not_met")
    address = f"/s/{world.bank.pk}/chain/{world.company.pk}/purchase/"
    assert world.client("buyer").post(address, {"percent": "400"}).status_code == 400
    assert not Purchase.objects.of(world.company).exists()
    world.client("buyer").post(address, {"percent": "40", "replace": "easy"})
    row = Purchase.objects.of(world.company).get()
    assert (row.percent, row.replace) == (40, "easy")
    looked(world)
    looked(world)
    events = AuditEvent.objects.of(world.company)
    assert events.filter(action="chain.seen").count() == 1
    assert events.filter(action="chain.purchase").exists()


def test_help_is_chosen_among_shown_firms_and_bad_questions_are_refused(world):
    grant(world)
    states(world.company, "not_met")
    found = looked(world, k="1").context["view"]["help"]
    assert [one["id"] for one in found["firms"]] == [company_key(world.company.pk)]
    assert looked(world, k="0").status_code == 400
    assert looked(world, minutes="-1").status_code == 400
    assert looked(world, close=["<script>"]).status_code == 200


def test_a_grant_given_anew_tells_no_name_from_before(world):
    first = grant(world)
    own(world, "add/", name=HIDDEN, percent="10")
    link = SupplyLink.objects.of(world.company).get()
    own(world, f"{link.pk}/disclose/", organisation=[str(world.bank.pk)])
    assert HIDDEN in looked(world).content.decode()
    Grant.objects.of(world.company).filter(pk=first.pk).update(withdrawn_at=timezone.now())
    grant(world)
    assert HIDDEN not in looked(world).content.decode()
    own(world, f"{link.pk}/disclose/", organisation=[str(world.bank.pk)])
    assert HIDDEN in looked(world).content.decode()


def test_a_guessed_id_tells_nothing_of_an_undisclosed_supplier(world):
    grant(world)
    hidden = hidden_suppliers(world, 5)
    nobody = looked(world, close=["h:00000000-0000-0000-0000-000000000000"]).context["view"]
    guessed = looked(world, close=[f"h:{hidden[0].pk}"]).context["view"]
    assert guessed["undisclosed"] == 5
    assert guessed["help"] == nobody["help"]


def test_hostile_names_stay_text(world):
    Company.objects.filter(pk=world.company.pk).update(name='"><script>alert(1)</script>')
    grant(world)
    page = looked(world).content.decode()
    assert "<script>alert" not in page
